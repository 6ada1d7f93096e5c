// A bundle with foreign objects: which leave, by marking and version; that new ones are written although no indicator changed; losses in the summary.

using System.Text.Json;
using Cti.DuckDb;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Sinks;

public class ForeignObjectSinkTests
{
    private static string Id(string type, int number) => $"{type}--00000000-0000-4000-8000-{number:000000000000}";

    private static void Keep(Workspace work, string id, int version, string tlp, string source, string more = "")
    {
        using var connection = new DuckDbConnection($"Data Source={work.StorePath}");
        connection.Open();
        using var command = connection.CreateCommand();
        var type = id[..id.IndexOf("--", StringComparison.Ordinal)];
        command.CommandText = $$"""
            INSERT INTO objects VALUES (
                '{{id}}', '{{type}}', TIMESTAMP '2026-01-0{{version}}', '{{source}}', '{{tlp}}',
                '{"type":"{{type}}","id":"{{id}}","v":{{version}}{{more}}}', 'a.json', 1, 0, TIMESTAMP '2026-01-02'
            );
            INSERT INTO store.derivations SELECT subject, 'feed', '{{id}}', TIMESTAMP '2026-01-02' FROM store.claims WHERE value = 'a.example.com'
            """;
        command.ExecuteNonQuery();
    }

    private static List<JsonElement> Objects(Workspace work) =>
        [.. JsonDocument.Parse(work.Read("out/b.json")).RootElement.GetProperty("objects").EnumerateArray()];

    [Fact]
    public void Objects_leave_by_their_newest_marking_and_change_the_file_by_themselves()
    {
        using var work = new Workspace();
        work.Write("in/a.txt", "a.example.com\nb.example.com\n");
        work.Write(
            "p.yaml",
            """
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: feed
                from: { type: file, path: in/a.txt }
                read: { type: lines }
                map: [ { value: { field: line }, type: domain } ]
            sinks:
              - { name: bundle, render: { type: stix_bundle, objects: true }, to: { type: file, path: out/b.json }, max_tlp: green }
            """
        );
        work.Run();
        var before = work.Read("out/b.json");
        Keep(work, Id("indicator", 1), 1, "clear", "feed", $",\"created_by_ref\":\"{Id("identity", 7)}\"");
        Keep(work, Id("malware", 2), 1, "green", "feed");
        Keep(work, Id("malware", 2), 2, "green", "feed");
        Keep(work, Id("tool", 3), 1, "amber", "feed");
        Keep(work, Id("tool", 4), 1, "clear", "feed");
        Keep(work, Id("tool", 4), 2, "red", "feed");
        Keep(work, Id("tool", 5), 1, "clear", "other");
        var report = work.Run();
        Assert.NotEqual(before, work.Read("out/b.json"));
        var objects = Objects(work);
        var foreign = objects
            .Where(item => item.TryGetProperty("v", out _))
            .Select(item => $"{item.GetProperty("id").GetString()} {item.GetProperty("v").GetInt32()}");
        Assert.Equal([$"{Id("indicator", 1)} 1", $"{Id("malware", 2)} 2"], foreign);
        var made = objects
            .Where(item => item.GetProperty("type").GetString() == "relationship")
            .Select(item =>
                $"{item.GetProperty("relationship_type").GetString()} {item.GetProperty("target_ref").GetString()}"
            );
        Assert.Equal([$"derived-from {Id("indicator", 1)}", $"related-to {Id("malware", 2)}"], made);
        Assert.Equal(
            ["CTI-LOSS-006 unresolved 1"],
            report
                .GetProperty("losses")
                .EnumerateArray()
                .Select(loss =>
                    $"{loss.GetProperty("code").GetString()} {loss.GetProperty("reason").GetString()} {loss.GetProperty("count").GetInt64()}"
                )
        );
        Assert.Equal(
            [$"sink:bundle indicator.created_by_ref {Id("identity", 7)}"],
            work.Query("SELECT stage, path, value FROM losses").Select(row => string.Join(' ', row))
        );
        // The versions of then: the marking that was raised later holds nothing back, and nothing had been made of them yet.
        var past = work.Cti(
            "export",
            "p/bundle",
            "--store",
            "out/s.duckdb",
            "--as-of",
            "2026-01-01T12:00:00Z",
            "--known-at",
            Workspace.Now
        );
        Assert.True(past.Exit == 0, past.ToString());
        Assert.Equal(
            [$"{Id("indicator", 1)} 1", $"{Id("malware", 2)} 1", $"{Id("tool", 4)} 1"],
            past.Json.GetProperty("objects")
                .EnumerateArray()
                .Where(item => item.TryGetProperty("v", out _))
                .Select(item => $"{item.GetProperty("id").GetString()} {item.GetProperty("v").GetInt32()}")
        );
        var known = work.Cti(
            "export",
            "p/bundle",
            "--store",
            "out/s.duckdb",
            "--known-at",
            Workspace.Now,
            "--as-of",
            Workspace.Now
        );
        Assert.Equal(work.Read("out/b.json"), known.Out);
        // Nothing new: the same bytes, and nothing to do.
        var after = work.Read("out/b.json");
        work.Run();
        Assert.Equal(after, work.Read("out/b.json"));
        Assert.Equal("empty", work.Column("SELECT status FROM plans ORDER BY planned_at DESC LIMIT 1")[0]);
    }
}
