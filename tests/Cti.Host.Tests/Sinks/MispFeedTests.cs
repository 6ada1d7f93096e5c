// The MISP outputs through the program: what stands in the folder after each run, and that it is read back as it was.

using System.Text.Json;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Sinks;

[Collection(Heavy.Name)]
public class MispFeedTests
{
    private const string FirstDay = "2026-01-02T10:00:00Z";
    private const string SecondDay = "2026-01-03T10:00:00Z";
    private const string ThirdDay = "2026-01-04T10:00:00Z";

    private static string Pipeline(string sink) =>
        $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: feed
                from: { type: file, path: "in/*.txt" }
                read: { type: lines }
                mode: snapshot
                map: [{ value: { field: line }, labels: [{ const: "tlp:clear" }, { const: c2 }] }]
                trust: { reliability: B, credibility: 2, confidence: 80, tlp: green }
            sinks:
              - name: misp
            {{sink}}
                max_tlp: green
                max_change: 1000000%
            """;

    private const string Feed =
        "    render: { type: misp_feed, info: Example, organisation: { name: Example Org } }\n    to: { type: directory, path: out/misp }";

    private const string Event =
        "    render: { type: misp_event, info: Example, organisation: { name: Example Org } }\n    to: { type: file, path: out/event.json }";

    private static Dictionary<string, JsonElement> Manifest(Workspace work) =>
        JsonDocument
            .Parse(work.Read("out/misp/manifest.json"))
            .RootElement.EnumerateObject()
            .ToDictionary(entry => entry.Name, entry => entry.Value);

    /// <summary>Value and whether deleted, of a file's attributes.</summary>
    private static List<(string Value, bool IsDeleted)> Attributes(Workspace work, string file) =>
        [
            .. JsonDocument
                .Parse(work.Read(file))
                .RootElement.GetProperty("Event")
                .GetProperty("Attribute")
                .EnumerateArray()
                .Select(attribute =>
                    (attribute.GetProperty("value").GetString()!, attribute.GetProperty("deleted").GetBoolean())
                )
                .OrderBy(attribute => attribute.Item1, StringComparer.Ordinal),
        ];

    private static void AssertWhole(Workspace work)
    {
        var names = Manifest(work).Keys.Select(id => id + ".json").Append("manifest.json").Append("hashes.csv");
        Assert.Equal(
            names.Order(StringComparer.Ordinal),
            Directory
                .EnumerateFileSystemEntries(work.PathOf("out/misp"))
                .Select(path => Path.GetFileName(path))
                .Order(StringComparer.Ordinal)
        );
        foreach (var (id, entry) in Manifest(work))
        {
            var head = JsonDocument.Parse(work.Read($"out/misp/{id}.json")).RootElement.GetProperty("Event");
            Assert.Equal(id, head.GetProperty("uuid").GetString());
            foreach (var member in new[] { "timestamp", "date", "info", "threat_level_id", "analysis" })
            {
                Assert.Equal(entry.GetProperty(member).GetString(), head.GetProperty(member).GetString());
            }
        }
    }

    [Fact]
    public void Events_are_of_a_day_what_is_gone_stays_deleted_and_what_rests_is_not_touched()
    {
        using var work = new Workspace();
        work.Write("p.yaml", Pipeline(Feed));
        work.Write("in/a.txt", "a.example\nb.example\n");
        work.RunAt(FirstDay);
        AssertWhole(work);
        var first = Assert.Single(Manifest(work).Keys);
        Assert.Equal([("a.example", false), ("b.example", false)], Attributes(work, $"out/misp/{first}.json"));
        // As md5sum prints them.
        Assert.Equal(
            [$"af60befa758e782df5bdf9901187616d,{first}", $"7917f65461a6a693b84c53c84cc85f68,{first}"],
            work.Lines("out/misp/hashes.csv")
        );

        var before = work.Rendered("out/misp");
        work.RunAt(FirstDay);
        Assert.Equal(before, work.Rendered("out/misp"));

        work.Write("in/a.txt", "a.example\nb.example\n203.0.113.7\n");
        work.RunAt(SecondDay);
        AssertWhole(work);
        var second = Assert.Single(Manifest(work).Keys, id => id != first);
        Assert.Equal([("203.0.113.7", false)], Attributes(work, $"out/misp/{second}.json"));

        work.Write("in/a.txt", "a.example\n203.0.113.7\n");
        var resting = work.Rendered("out/misp")[$"out/misp/{second}.json"];
        work.RunAt(ThirdDay);
        AssertWhole(work);
        Assert.Equal([("a.example", false), ("b.example", true)], Attributes(work, $"out/misp/{first}.json"));
        Assert.Equal(2, work.Lines("out/misp/hashes.csv").Length);
        Assert.Equal(2, Manifest(work).Count);
        Assert.Equal(resting.Written, work.Rendered("out/misp")[$"out/misp/{second}.json"].Written);
    }

    [Fact]
    public void A_feed_is_read_back_as_it_was_and_what_is_deleted_in_it_ends()
    {
        using var work = new Workspace();
        work.Write("p.yaml", Pipeline(Feed));
        work.Write("in/a.txt", "a.example\nb.example\n192.0.2.1:80\nhttp://c.example/x|y\n");
        work.RunAt(FirstDay);
        using var reader = new Workspace();
        reader.Write(
            "p.yaml",
            $$"""
            pipeline: back
            store: out/s.duckdb
            sources:
              - name: misp
                from: { type: file, path: "{{work.PathOf("out/misp")}}/*-*.json" }
                read: { type: misp }
                trust: { reliability: B, credibility: 2, confidence: 10, tlp: red }
            sinks:
              - { name: list, render: { type: plain_list }, to: { type: file, path: out/list.txt } }
            """
        );
        const string Holding =
            "SELECT c.type || ' ' || c.value || ' ' || i.tlp FROM store.claims c JOIN indicators i ON i.indicator = c.subject WHERE c.withdrawn_at IS NULL ORDER BY ALL";
        reader.RunAt(FirstDay);
        Assert.Equal(4, work.Column(Holding).Count);
        Assert.Equal(work.Column(Holding), reader.Column(Holding));
        // What the feed's own source said, weighed by how far it is believed.
        Assert.Equal(["68"], reader.Column("SELECT DISTINCT confidence FROM claims"));
        Assert.Equal(["c2"], reader.Column("SELECT DISTINCT unnest(labels) FROM indicators"));
        work.Write("in/a.txt", "a.example\n192.0.2.1:80\nhttp://c.example/x|y\n");
        work.RunAt(SecondDay);
        reader.RunAt(SecondDay);
        Assert.Equal(3, work.Column(Holding).Count);
        Assert.Equal(work.Column(Holding), reader.Column(Holding));
    }

    [Fact]
    public void One_event_in_one_file_keeps_what_is_gone_as_deleted()
    {
        using var work = new Workspace();
        work.Write("p.yaml", Pipeline(Event));
        work.Write("in/a.txt", "a.example\nb.example\n");
        work.RunAt(FirstDay);
        work.Write("in/a.txt", "b.example\n");
        work.RunAt(SecondDay);
        Assert.Equal([("a.example", true), ("b.example", false)], Attributes(work, "out/event.json"));
        var before = work.Rendered();
        work.RunAt(ThirdDay);
        Assert.Equal(before, work.Rendered());
        // What somebody changed is made again.
        work.Write("out/event.json", "{}");
        work.RunAt(ThirdDay);
        Assert.Equal([("b.example", false)], Attributes(work, "out/event.json"));
    }

    [Fact]
    public void A_folder_with_somebody_elses_feed_is_left_alone()
    {
        using var work = new Workspace();
        work.Write("p.yaml", Pipeline(Feed));
        work.Write("in/a.txt", "a.example\n");
        work.Write("out/misp/manifest.json", "{\"5c7cdc3b-2f40-4dca-8200-276c0a00020f\": {\"info\": \"x\"}}");
        var result = work.TryRun();
        Assert.Equal(1, result.Exit);
        Assert.Contains("somebody else's feed", result.ToString(), StringComparison.Ordinal);
        Assert.Equal(
            ["manifest.json"],
            Directory.EnumerateFileSystemEntries(work.PathOf("out/misp")).Select(Path.GetFileName)
        );
    }

    [Fact]
    public void A_feed_needs_a_folder_and_a_file_is_none()
    {
        using var work = new Workspace();
        work.Write("p.yaml", Pipeline(Feed.Replace("directory", "file", StringComparison.Ordinal)));
        var result = work.Cti("validate", "p.yaml");
        Assert.Equal(2, result.Exit);
        Assert.Contains("type: directory", result.ToString(), StringComparison.Ordinal);
    }
}
