// Input that is broken or hostile: a coded rejection or a clear error with its place; the good records beside it survive; nothing crashes.

using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Run;

public class HostileInputTests
{
    private const string Good = "good1.example.com\n";

    [Fact]
    public void Binary_garbage_is_rejected_line_by_line_and_good_lines_in_it_survive()
    {
        using var work = Lines();
        var random = new Random(5);
        var garbage = new byte[300_000];
        random.NextBytes(garbage);
        work.Write("in/a.txt", [.. Encoding.UTF8.GetBytes(Good), .. garbage, .. "\ngood2.example.com\n"u8]);
        var report = work.Run();
        AssertHolds(work, "good1.example.com", "good2.example.com");
        Assert.True(report.GetProperty("rejected").GetInt64() > 500);
        Assert.Equal(
            0,
            work.Count(
                "SELECT count(*) FROM dead_letters WHERE NOT regexp_full_match(code, 'CTI-[A-Z]+-\\d{3}') OR line IS NULL OR length(message) = 0"
            )
        );
    }

    [Fact]
    public void A_zero_byte_file_is_read_without_records_or_errors()
    {
        using var work = Lines();
        work.Write("in/a1.txt", "");
        work.Write("in/a2.txt", Good);
        Assert.Equal(1, work.Run().GetProperty("records").GetInt64());
        AssertHolds(work, "good1.example.com");
    }

    [Fact]
    public void A_truncated_gzip_fails_the_run_names_the_file_and_keeps_what_could_be_read()
    {
        using var work = Lines();
        var text = string.Concat(Enumerable.Range(0, 20_000).Select(n => $"host{n * 7919 % 20011}.example.com\n"));
        var packed = Gzip(text);
        work.Write("in/a1.gz", packed[..(packed.Length / 2)]);
        work.Write("in/a2.txt", Good);
        var result = work.TryRun();
        AssertFailed(result, "in/a1.gz");
        AssertHolds(work, "good1.example.com");
        Assert.True(work.Count("SELECT count(*) FROM indicators") > 1000);
        AssertBalanced(result.Json);
        // The whole file, put there later, gives everything once.
        work.Write("in/a1.gz", packed);
        work.Run();
        Assert.Equal(
            text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct().Count() + 1,
            work.Count("SELECT count(*) FROM indicators")
        );
    }

    [Fact]
    public void A_gzip_bomb_is_stopped_and_the_file_beside_it_is_read()
    {
        using var work = Lines();
        work.Write("in/a1.gz", Gzip(new string('\n', 200_000_000)));
        work.Write("in/a2.txt", Good);
        var result = work.TryRun();
        AssertFailed(result, "in/a1.gz");
        AssertHolds(work, "good1.example.com");
    }

    [Fact]
    public void Invalid_utf8_is_a_dead_letter_with_its_original_bytes()
    {
        using var work = Lines();
        work.Write("in/a.txt", [.. "ok.example.com\nbad"u8, 0xff, 0xfe, .. ".example.com\nok2.example.com\n"u8]);
        Assert.Equal(1, work.Run().GetProperty("rejected").GetInt64());
        AssertHolds(work, "ok.example.com", "ok2.example.com");
        Assert.Equal(
            ["read", "CTI-READ-006", "in/a.txt", "2", "15", "626164FFFE2E6578616D706C652E636F6D"],
            work.Query("SELECT stage, code, uri, line, byte_offset, hex(original) FROM dead_letters")[0]
        );
    }

    [Fact]
    public void A_line_of_100_MB_is_one_dead_letter_and_its_neighbours_survive()
    {
        using var work = Lines();
        using (var file = File.Create(Prepare(work, "in/a.txt")))
        {
            file.Write("before.example.com\n"u8);
            var block = new byte[1_000_000];
            Array.Fill(block, (byte)'x');
            for (var megabyte = 0; megabyte < 100; megabyte++)
            {
                file.Write(block);
            }

            file.Write("\nafter.example.com\n"u8);
        }

        Assert.Equal(3, work.Run().GetProperty("records").GetInt64());
        AssertHolds(work, "after.example.com", "before.example.com");
        Assert.Equal(["CTI-READ-001", "2", "19"], work.Query("SELECT code, line, byte_offset FROM dead_letters")[0]);
        Assert.True(new FileInfo(work.StorePath).Length < 20_000_000);
    }

    [Fact]
    public void A_csv_row_of_10000_columns_is_one_dead_letter_and_its_neighbours_survive()
    {
        using var work = Csv();
        work.Write(
            "in/a.csv",
            $"value,seen,labels\nfirst.example.com,\n{string.Join(',', Enumerable.Repeat("x", 10_000))}\nlast.example.com,\n"
        );
        Assert.Equal(3, work.Run().GetProperty("records").GetInt64());
        AssertHolds(work, "first.example.com", "last.example.com");
        Assert.Equal("3", work.Query("SELECT line FROM dead_letters WHERE code LIKE 'CTI-READ-%'")[0][0]);
    }

    [Fact]
    public void A_csv_header_of_10000_columns_is_refused_or_read_but_never_a_crash()
    {
        using var work = Csv();
        work.Write(
            "in/a.csv",
            $"value,seen,labels,{string.Join(',', Enumerable.Range(0, 10_000).Select(n => $"c{n}"))}\nfirst.example.com,\n"
        );
        var result = work.TryRun();
        Assert.InRange(result.Exit, 0, 1);
        AssertBalanced(result.Json);
    }

    [Theory]
    [InlineData("0001-01-01T00:00:00Z")]
    [InlineData("9999-12-31T23:59:59Z")]
    [InlineData("0000-00-00T00:00:00Z")]
    [InlineData("2026-02-30T00:00:00Z")]
    [InlineData("-290308-12-21T19:59:05Z")]
    public void A_date_at_the_ends_of_time_neither_crashes_nor_hides_its_neighbours(string date)
    {
        using var work = Csv();
        work.Write(
            "in/a.csv",
            $"value,seen,labels\nbefore.example.com,2026-01-01T00:00:00Z\nodd.example.com,{date}\nafter.example.com,2026-01-01T00:00:00Z\n"
        );
        var report = work.Run();
        AssertHolds(work, "after.example.com", "before.example.com");
        // Either it was refused with a code, or it is stored and leaves as valid text.
        Assert.Equal(
            1,
            report.GetProperty("rejected").GetInt64()
                + work.Count("SELECT count(*) FROM indicators WHERE value = 'odd.example.com'")
        );
        using var bundle = JsonDocument.Parse(work.Read("out/bundle.json"));
        Assert.All(
            bundle
                .RootElement.GetProperty("objects")
                .EnumerateArray()
                .Where(o => o.GetProperty("type").GetString() == "indicator"),
            indicator =>
                Assert.Matches(
                    @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,6}Z$",
                    indicator.GetProperty("valid_from").GetString()
                )
        );
    }

    [Fact]
    public void An_octal_address_is_rejected_by_code_and_never_reinterpreted()
    {
        using var work = Lines();
        work.Write("in/a.txt", "010.1.1.1\n0x8.1.1.1\n8.1.1.0251\n11.22.33.44\n");
        Assert.Equal(3, work.Run().GetProperty("rejected").GetInt64());
        AssertHolds(work, "11.22.33.44");
        Assert.Equal(["1", "2", "3"], work.Column("SELECT line FROM dead_letters ORDER BY line"));
    }

    [Theory]
    [InlineData("nul\0in.example.com")]
    [InlineData("quote'in.example.com")]
    [InlineData("quote\"in.example.com")]
    [InlineData("$(touch pwned).example.com")]
    [InlineData("`touch pwned`.example.com")]
    [InlineData("../../etc/passwd")]
    [InlineData("=cmd|' /C calc'!A0")]
    [InlineData("@SUM(1+1)*cmd")]
    [InlineData("x.example.com; DROP TABLE claims")]
    [InlineData("x.example.com CNAME .")]
    [InlineData("\u001b[31mred.example.com")]
    public void A_hostile_value_is_a_dead_letter_in_a_list(string value)
    {
        using var work = Lines();
        work.Write("in/a.txt", $"{Good}{value}\ngood2.example.com\n");
        Assert.Equal(1, work.Run().GetProperty("rejected").GetInt64());
        AssertHolds(work, "good1.example.com", "good2.example.com");
        Assert.False(work.Exists("pwned"));
        Assert.Matches("^CTI-(READ|NORM)[A-Z]*-\\d{3}$", work.Column("SELECT code FROM dead_letters")[0]);
    }

    [Fact]
    public void Hostile_text_in_urls_and_labels_stays_text_in_every_output()
    {
        using var work = Csv();
        work.Write(
            "in/a.csv",
            "value,seen,labels\nhttp://x.example.com/a'b$(id)/../d?e=%00%0a&f=%3Cscript%3E,,\"=1+1,$(id) ../x 'y' \"\"z\"\"\"\n"
                + "lost.example.com,,\"line\nbreak\"\nlost.example.com,,\u001b[2J\n"
        );
        work.Run();
        Assert.Single(work.Lines("out/list.txt"));
        Assert.Equal(["labels", "labels"], work.Column("SELECT field FROM dead_letters"));
        using var bundle = JsonDocument.Parse(work.Read("out/bundle.json"));
        Assert.Single(work.Lines("out/changes.ndjson"));
        using var change = JsonDocument.Parse(work.Lines("out/changes.ndjson")[0]);
        Assert.Contains("$(id)", change.RootElement.GetProperty("labels")[0].GetString(), StringComparison.Ordinal);
        var csv = work.Cti(
            "sql",
            "SELECT list_extract(labels, 1) FROM indicators",
            "--store",
            "out/s.duckdb",
            "--format",
            "csv"
        ).Out;
        Assert.DoesNotContain("\n\"=1+1", csv, StringComparison.Ordinal);
        var table = work.Cti("sql", "FROM indicators", "--store", "out/s.duckdb").Out;
        Assert.DoesNotContain('\u001b', table);
        Assert.DoesNotContain(
            '\u001b',
            work.Cti(
                "explain",
                "http://x.example.com/a'b$(id)/../d?e=%00%0a&f=%3Cscript%3E",
                "--store",
                "out/s.duckdb"
            ).Out
        );
    }

    private static Workspace Lines()
    {
        var work = new Workspace();
        work.Write("p.yaml", PipelineText.List(sink: "max_change: 100000%"));
        return work;
    }

    private static Workspace Csv()
    {
        var work = new Workspace();
        work.Write(
            "p.yaml",
            """
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: a
                from: { type: file, path: "in/a*" }
                read: { type: csv }
                map: [ { value: { field: value }, type: auto, first_seen: { field: seen }, labels: [ { field: labels } ] } ]
                trust: { reliability: A, credibility: 1, confidence: 80 }
            sinks:
              - { name: list, render: { type: plain_list }, to: { type: file, path: out/list.txt } }
              - { name: bundle, render: { type: stix_bundle, observables: true }, to: { type: file, path: out/bundle.json } }
              - { name: stream, render: { type: ndjson }, to: { type: file, path: out/changes.ndjson } }
            """
        );
        return work;
    }

    private static string Prepare(Workspace work, string name)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(work.PathOf(name))!);
        return work.PathOf(name);
    }

    private static void AssertHolds(Workspace work, params string[] values) =>
        Assert.Equal(
            values,
            work.Lines("out/list.txt").Intersect(values, StringComparer.Ordinal).Order(StringComparer.Ordinal)
        );

    private static void AssertFailed(CtiResult result, string file)
    {
        Assert.True(result.Exit == 1, result.ToString());
        var line = Assert.Single(result.Error.Split('\n'), line => line.Contains(file, StringComparison.Ordinal));
        Assert.EndsWith(".", line, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    private static void AssertBalanced(JsonElement report) =>
        Assert.All(
            report.GetProperty("books").EnumerateArray(),
            stage =>
            {
                long Of(string name) => stage.GetProperty(name).GetInt64();
                Assert.Equal(
                    Of("in") + Of("expanded"),
                    Of("out") + Of("screened") + Of("rejected") + Of("merged") + Of("dropped") + Of("in_flight")
                );
            }
        );

    private static byte[] Gzip(string text)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Optimal))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return target.ToArray();
    }
}
