// What a mapping says, from the file to the store and the sinks: several values a cell, conditions, tables, times, words.

using System.Globalization;
using System.Text;
using System.Text.Json;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Run;

public class MappingTests
{
    private const string Md5 = "0123456789abcdef0123456789abcdef";
    private const string Sha1 = "0123456789abcdef0123456789abcdef01234567";

    private static string Pipeline(string map, string trust = "tlp: clear") =>
        $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: feed
                from: { type: file, path: "in/feed*.csv" }
                read: { type: csv }
                map:
            {{map}}
                trust: { reliability: B, credibility: 2, confidence: 70, {{trust}} }
              - name: other
                from: { type: file, path: "in/other*.csv" }
                read: { type: csv }
                map: [ { value: { field: value }, tlp: { field: tlp }, description: { field: says }, references: [ { field: link } ] } ]
                trust: { reliability: A, credibility: 1, confidence: 90, tlp: amber }
            sinks:
              - { name: bundle, render: { type: stix_bundle }, to: { type: file, path: out/bundle.json } }
              - { name: inside, render: { type: stix_bundle }, to: { type: file, path: out/inside.json }, max_tlp: red }
              - { name: stream, render: { type: ndjson }, to: { type: file, path: out/changes.ndjson } }
            """;

    private const string Rich = """
              - value: { field: iocs, split: [",", ";"], strip_prefix: "ioc=" }
                when: "status = 'online' AND level <> 'none'"
                type_from: { field: kind, table: { hosts: domain, hashes: auto, note: skip }, otherwise: reject }
                first_seen: { field: seen, format: ["yyyy-MM-dd HH:mm:ss", "d MMM yyyy", unix], zone: "+01:00" }
                labels: [ { field: tags, split: [",", "/"] } ]
                confidence: { field: level, table: { high: 90, low: 30 } }
                tlp: { field: marking }
                description: { field: comment }
                references: [ { field: links, split: " " }, { const: "https://feed.example/about" } ]
        """;

    private const string Header = "iocs,status,kind,seen,tags,level,marking,comment,links\n";

    private static Workspace Make(string rows, string other = "", string map = Rich)
    {
        var work = new Workspace();
        work.Write("p.yaml", Pipeline(map));
        work.Write("in/feed.csv", Header + rows);
        work.Write("in/other.csv", "value,tlp,says,link\n" + other);
        return work;
    }

    private static Dictionary<string, JsonElement> Indicators(Workspace work, string file = "out/bundle.json") =>
        JsonDocument
            .Parse(work.Read(file))
            .RootElement.GetProperty("objects")
            .EnumerateArray()
            .Where(item => item.GetProperty("type").GetString() == "indicator")
            .ToDictionary(item => item.GetProperty("name").GetString()!, StringComparer.Ordinal);

    private static List<string> Claims(Workspace work) =>
        work.Column(
            "SELECT to_json(c)::VARCHAR FROM (SELECT * EXCLUDE (asserted_at, low, high) FROM claims) c ORDER BY 1"
        );

    [Fact]
    public void A_row_of_everything_reaches_store_bundle_stream_and_explain()
    {
        using var work = Make(
            "\"ioc=one.example.test; two.example.test\",online,hosts,14 Dec 2025,\"c2,bot/net\",high,TLP:WHITE,\"Seen in \"\"spam\"\"\",https://feed.example/2 https://feed.example/1\n"
                + $"\"MD5: {Md5},sha1={Sha1}\",online,hashes,1765699200,,low,,,\n"
                + "three.example.test,offline,hosts,2025-12-30 10:00:00,,high,,,\n"
                + "see below,online,note,2025-12-30 10:00:00,,high,,,\n"
                + "four.example.test,online,hosts,soon,,high,,,\n"
                + "five.example.test,online,hosts,,,high,,,not-a-link\n"
        );
        var report = work.Run();
        Assert.Equal(
            [
                "five.example.test domain 90",
                $"{Md5} md5 30",
                $"{Sha1} sha1 30",
                "one.example.test domain 90",
                "two.example.test domain 90",
            ],
            work.Column("SELECT value || ' ' || type || ' ' || confidence FROM claims")
                .Order(StringComparer.Ordinal)
                .OrderBy(line =>
                    line.StartsWith("01", StringComparison.Ordinal) ? 1
                    : line[0] == 'f' ? 0
                    : 2
                )
        );
        Assert.Equal(
            ["2025-12-13 23:00:00", "2025-12-14 08:00:00"],
            work.Column(
                $"SELECT strftime(event_time, '%Y-%m-%d %H:%M:%S') FROM observations WHERE value IN ('one.example.test', '{Md5}') ORDER BY 1"
            )
        );
        Assert.Equal(
            ["Seen in \"spam\"|https://feed.example/1 https://feed.example/2 https://feed.example/about|bot c2 net"],
            work.Column(
                "SELECT description || '|' || array_to_string(reference_urls, ' ') || '|' || array_to_string(labels, ' ') FROM observations WHERE value = 'one.example.test'"
            )
        );
        Assert.Equal(
            work.Column("SELECT description FROM claims WHERE value = 'two.example.test'"),
            work.Column("SELECT description FROM indicators WHERE value = 'two.example.test'")
        );
        Assert.Equal(
            ["https://feed.example/about"],
            work.Column("SELECT unnest(reference_urls) FROM indicators WHERE value = 'five.example.test'")
        );

        // What was refused, and why; the books know of each.
        Assert.Equal(
            [
                "CTI-SCREEN-006 domain three.example.test when status = 'online' AND level <> 'none' 4",
                "CTI-SCREEN-007  see below type_from note 5",
            ],
            work.Column(
                "SELECT concat_ws(' ', code, coalesce(type, ''), value, list, entry, line) FROM screenings ORDER BY code"
            )
        );
        Assert.Equal(
            ["CTI-MAP-002 seen soon", "CTI-MAP-012 links not-a-link"],
            work.Column("SELECT concat_ws(' ', code, field, value) FROM dead_letters ORDER BY 1")
        );
        Assert.Equal(
            ["6 3 5 2 2"],
            work.Column(
                "SELECT concat_ws(' ', \"in\", expanded, \"out\", screened, rejected) FROM books WHERE stage = 'map'"
            )
        );
        Assert.Equal(2, report.GetProperty("screened").GetInt64());
        Assert.Equal(0, work.Count("SELECT count(*) FROM books WHERE missing <> 0"));

        var one = Indicators(work)["one.example.test"];
        Assert.Equal("Seen in \"spam\"", one.GetProperty("description").GetString());
        Assert.Equal(
            ["feed https://feed.example/1", "feed https://feed.example/2", "feed https://feed.example/about"],
            one.GetProperty("external_references")
                .EnumerateArray()
                .Select(item => $"{item.GetProperty("source_name").GetString()} {item.GetProperty("url").GetString()}")
        );
        Assert.Equal(
            "A file, by MD5 hash that threat intelligence reports.",
            Indicators(work)[Md5].GetProperty("description").GetString()
        );
        var line = work.Lines("out/changes.ndjson")
            .Select(text => JsonDocument.Parse(text).RootElement)
            .Single(item => item.GetProperty("value").GetString() == "one.example.test");
        Assert.Equal("Seen in \"spam\"", line.GetProperty("description").GetString());
        Assert.Equal(3, line.GetProperty("references").GetArrayLength());

        var told = work.Cti("explain", "one.example.test", "--store", "out/s.duckdb");
        Assert.Contains("says: Seen in \"spam\"", told.Out, StringComparison.Ordinal);
        Assert.Contains("see https://feed.example/1", told.Out, StringComparison.Ordinal);
        var refused = work.Cti("explain", "three.example.test", "--store", "out/s.duckdb");
        Assert.Contains("screened by when (entry status = 'online'", refused.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Words_of_a_source_above_max_tlp_leave_through_no_sink()
    {
        const string ours = "shared.example.test,online,hosts,2025-12-30 10:00:00,,high,,our words,\n";
        using var with = Make(ours, "shared.example.test,red,secret words,https://secret.example/1\n");
        using var without = Make(ours);
        with.Run();
        without.Run();
        foreach (var file in new[] { "out/bundle.json", "out/changes.ndjson" })
        {
            Assert.Equal(without.Read(file), with.Read(file));
            Assert.Contains("our words", with.Read(file), StringComparison.Ordinal);
        }

        // Who may see all sees the words of the weightiest source, and each reference under its own source's name.
        var inside = Indicators(with, "out/inside.json")["shared.example.test"];
        Assert.Equal("secret words", inside.GetProperty("description").GetString());
        Assert.Equal(
            ["feed https://feed.example/about", "other https://secret.example/1"],
            inside
                .GetProperty("external_references")
                .EnumerateArray()
                .Select(item => $"{item.GetProperty("source_name").GetString()} {item.GetProperty("url").GetString()}")
        );
        Assert.Equal(["secret words"], with.Column("SELECT description FROM indicators"));
    }

    [Fact]
    public void Newer_words_take_the_place_of_older_ones_and_make_a_new_version()
    {
        using var work = Make(
            "a.example.test,online,hosts,2025-12-30 10:00:00,,high,,old words,https://feed.example/1\n"
        );
        work.Run();
        work.Write(
            "in/feed2.csv",
            Header
                + "a.example.test,online,hosts,2025-12-31 10:00:00,,high,,new words,https://feed.example/2\n"
                + "a.example.test,online,hosts,2025-12-29 10:00:00,,high,,older words,\n"
        );
        work.RunAt("2026-01-03T00:00:00Z");
        var indicator = Indicators(work)["a.example.test"];
        Assert.Equal("new words", indicator.GetProperty("description").GetString());
        Assert.Equal("2026-01-03T00:00:00.000Z", indicator.GetProperty("modified").GetString());
        Assert.Equal(3, indicator.GetProperty("external_references").GetArrayLength());
        Assert.Equal(
            ["added", "changed"],
            work.Lines("out/changes.ndjson")
                .Select(text => JsonDocument.Parse(text).RootElement.GetProperty("op").GetString())
        );

        // Said again, later: no news.
        work.Write(
            "in/feed3.csv",
            Header + "a.example.test,online,hosts,2026-01-01 10:00:00,,high,,new words,https://feed.example/1\n"
        );
        work.RunAt("2026-01-04T00:00:00Z");
        Assert.Equal(2, work.Lines("out/changes.ndjson").Length);
    }

    [Fact]
    public void Results_do_not_depend_on_the_batch_size_where_records_swell()
    {
        var rows = new StringBuilder();
        for (var row = 0; row < 700; row++)
        {
            var cell = string.Join(',', Enumerable.Range(row * 3, 5).Select(number => $"h{number}.example.test"));
            rows.Append(
                CultureInfo.InvariantCulture,
                $"\"{cell}\",online,hosts,2025-12-30 10:00:{row % 60:00},t{row % 7},high,,words {row % 11},https://feed.example/{row}\n"
            );
        }

        string? expected = null;
        foreach (var size in new[] { "3", "256", "4096" })
        {
            using var work = Make(rows.ToString());
            work.Run("--batch-size", size);
            var content = StoreContent.Of(work) + work.Read("out/bundle.json");
            expected ??= content;
            Assert.Equal(expected, content);
        }
    }

    [Fact]
    public void A_second_reading_of_the_same_file_changes_nothing()
    {
        using var work = Make("a.example.test,online,hosts,2025-12-30 10:00:00,,high,,words,https://feed.example/1\n");
        work.Run();
        var before = Claims(work);
        File.Copy(work.PathOf("in/feed.csv"), work.PathOf("in/feed2.csv"));
        work.RunAt("2026-01-03T00:00:00Z");
        Assert.Single(work.Lines("out/changes.ndjson"));
        Assert.Equal(before, Claims(work));
    }

    [Theory]
    [InlineData("status = 'online'", "statsu = 'online'", "CTI-CFG-015", "did you mean `status`?")]
    [InlineData("status = 'online'", "status = ", "CTI-PRED-001", "")]
    [InlineData("hosts: domain", "hosts: domian", "CTI-CFG-008", "did you mean `domain`?")]
    [InlineData("hosts: domain", "hosts: domain, Hosts: url", "CTI-CFG-014", "keep one")]
    [InlineData("otherwise: reject", "otherwise: drop", "CTI-CFG-008", "skip")]
    [InlineData("zone: \"+01:00\"", "zone: Europe/Vienna", "CTI-CFG-009", "names of zones are not supported")]
    [InlineData("https://feed.example/about", "feed.example/about", "CTI-CFG-009", "https://")]
    [InlineData("{ high: 90", "{ high: 101", "CTI-CFG-010", "")]
    public void A_mapping_that_cannot_be_meant_is_told_where_it_stands(
        string from,
        string into,
        string code,
        string hint
    )
    {
        using var work = new Workspace();
        var text = Pipeline(Rich)
            .Replace(
                "read: { type: csv }\n    map:\n",
                $"read: {{ type: csv, header: none, columns: [{Header.Trim()}] }}\n    map:\n",
                StringComparison.Ordinal
            );
        work.Write("p.yaml", text);
        Assert.Equal(0, work.Cti("validate", "p.yaml").Exit);
        work.Write("p.yaml", text.Replace(from, into, StringComparison.Ordinal));
        var result = work.Cti("validate", "p.yaml");
        Assert.Equal(2, result.Exit);
        Assert.Contains(code, result.Error, StringComparison.Ordinal);
        Assert.Contains(hint, result.Error, StringComparison.Ordinal);
    }
}
