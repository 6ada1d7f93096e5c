// A set as a TAXII collection: what is published, and what its readers are told of what leaves it.

using System.Text.Json;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Sinks;

public class CollectionTests
{
    private static Workspace With(string values, string keys = "", string render = "type: stix_bundle")
    {
        var work = new Workspace();
        Write(work, keys, render);
        work.Write("in/a.txt", values);
        return work;
    }

    private static void Write(Workspace work, string keys, string render = "type: stix_bundle") =>
        work.Write(
            "p.yaml",
            SetPipeline
                .Text($"{{ {render} }}", "x", keys)
                .Replace(
                    "to: { type: file, path: x }",
                    "to: { type: taxii_collection, api_root: intel }",
                    StringComparison.Ordinal
                )
        );

    /// <summary>The versions of the indicator of a value, oldest first: `valid_until` or "holds", and whether it is the last.</summary>
    private static List<string> Versions(Workspace work, string value) =>
        work.Column(
            $"""
            SELECT coalesce((content::JSON ->> 'valid_until'), 'holds') || CASE WHEN is_last THEN ' last' ELSE '' END FROM published
            WHERE type = 'indicator' AND (content::JSON ->> 'name') = '{value}' ORDER BY place
            """
        );

    [Fact]
    public void Indicators_are_published_once_and_again_only_when_they_change()
    {
        using var work = With("192.0.2.1\na.example.com\n");
        work.RunAt("2026-01-02T00:00:00Z");
        var published = work.Count("SELECT count(*) FROM published");
        work.RunAt("2026-01-03T00:00:00Z");
        Assert.Equal(published, work.Count("SELECT count(*) FROM published"));
        Assert.Equal(["holds last"], Versions(work, "192.0.2.1"));
        Assert.Equal(
            ["true"],
            work.Column("SELECT bool_and((content::JSON ->> 'id') = id) FROM published").Select(Lower)
        );
        Assert.Equal(
            "0",
            work.Column(
                "SELECT count(*) FROM published a JOIN published b ON a.place = b.place + 1 AND a.added <= b.added"
            )[0]
        );
    }

    [Fact]
    public void What_the_only_source_withdraws_is_published_once_more_with_its_end()
    {
        using var work = With("192.0.2.1\na.example.com\n");
        work.RunAt("2026-01-02T00:00:00Z");
        work.Write("in/a.txt", "a.example.com\n");
        work.RunAt("2026-01-03T00:00:00Z");
        Assert.Equal(["holds", "2026-01-03T00:00:00.000Z last"], Versions(work, "192.0.2.1"));
        work.RunAt("2026-01-04T00:00:00Z");
        Assert.Equal(2, Versions(work, "192.0.2.1").Count);
        // And again without, when it is back.
        work.Write("in/a.txt", "192.0.2.1\na.example.com\n");
        work.RunAt("2026-01-05T00:00:00Z");
        Assert.Equal(["holds", "2026-01-03T00:00:00.000Z", "holds last"], Versions(work, "192.0.2.1"));
        Ascending(work);
    }

    [Fact]
    public void What_the_condition_does_not_select_any_more_is_published_once_more_with_its_end()
    {
        using var work = With("192.0.2.1\na.example.com\n", "where: \"type = 'ipv4' or type = 'domain'\"");
        work.RunAt("2026-01-02T00:00:00Z");
        Write(work, "where: \"type = 'domain'\"");
        work.RunAt("2026-01-03T00:00:00Z");
        Assert.Equal(["holds", "2026-01-03T00:00:00.000Z last"], Versions(work, "192.0.2.1"));
        // Nothing of the indicator changed meanwhile: it gets a version of its own all the same.
        Write(work, "where: \"type = 'ipv4' or type = 'domain'\"");
        work.RunAt("2026-01-04T00:00:00Z");
        Assert.Equal(["holds", "2026-01-03T00:00:00.000Z", "holds last"], Versions(work, "192.0.2.1"));
        Ascending(work);
    }

    [Fact]
    public void What_expires_is_published_once_more_with_its_end()
    {
        using var work = With("192.0.2.1\n");
        // What is not said again is old some day.
        work.Write("p.yaml", work.Read("p.yaml").Replace("mode: snapshot", "mode: append", StringComparison.Ordinal));
        work.RunAt("2026-01-02T00:00:00Z");
        work.RunAt("2026-12-02T00:00:00Z");
        var versions = Versions(work, "192.0.2.1");
        Assert.Equal("holds", versions[0]);
        Assert.Matches(@"^2026-\d\d-\d\dT.* last$", Assert.Single(versions[1..]));
    }

    [Fact]
    public void What_an_allow_list_holds_back_is_published_once_more_with_its_end()
    {
        using var work = With("192.0.2.1\na.example.com\n");
        work.RunAt("2026-01-02T00:00:00Z");
        work.Write("ours.txt", "a.example.com\n");
        work.Write(
            "p.yaml",
            work.Read("p.yaml")
                .Replace(
                    "screen: { private: keep }",
                    "screen: { private: keep, allow: [ours.txt] }",
                    StringComparison.Ordinal
                )
        );
        work.RunAt("2026-01-03T00:00:00Z");
        Assert.Equal(["holds", "2026-01-03T00:00:00.000Z last"], Versions(work, "a.example.com"));
    }

    [Fact]
    public void A_sink_taken_back_says_what_it_said_then_in_a_later_version()
    {
        using var work = With("192.0.2.1\n");
        work.RunAt("2026-01-02T00:00:00Z");
        var plan = work.Column("SELECT plan_id FROM plans WHERE status = 'applied' ORDER BY planned_at LIMIT 1")[0];
        work.Write("in/a.txt", "a.example.com\n");
        work.RunAt("2026-01-03T00:00:00Z");
        Assert.Equal(["holds last"], Versions(work, "a.example.com"));
        var back = work.Cti("apply", "p.yaml", "--to", plan, "--now", "2026-01-04T00:00:00Z");
        Assert.True(back.Exit == 0, back.ToString());
        Assert.Equal("holds last", Versions(work, "192.0.2.1")[^1]);
        Assert.EndsWith("Z last", Versions(work, "a.example.com")[^1], StringComparison.Ordinal);
        Ascending(work);
    }

    [Fact]
    public void What_is_declared_otherwise_is_published_anew()
    {
        using var work = With("192.0.2.1\n");
        work.RunAt("2026-01-02T00:00:00Z");
        Assert.Empty(work.Query("FROM published WHERE type = 'observed-data'"));
        Write(work, "", "type: stix_bundle, observables: true");
        work.RunAt("2026-01-03T00:00:00Z");
        Assert.Single(work.Query("FROM published WHERE type = 'observed-data'"));
        Assert.Equal(["holds last"], Versions(work, "192.0.2.1"));
    }

    [Fact]
    public void A_collection_holds_what_a_bundle_of_the_same_indicators_does()
    {
        using var work = With(
            "192.0.2.1\na.example.com\nhttp://b.example.com/x\n",
            render: "type: stix_bundle, observables: true"
        );
        work.Write(
            "p.yaml",
            work.Read("p.yaml")
                + """

                  - name: bundle
                    render: { type: stix_bundle, observables: true }
                    to: { type: file, path: out/bundle.json }
                """
        );
        work.RunAt("2026-01-02T00:00:00Z");
        var bundle = JsonDocument.Parse(work.Read("out/bundle.json")).RootElement.GetProperty("objects");
        Assert.Equal(
            bundle.EnumerateArray().Select(item => item.GetRawText()).Order(StringComparer.Ordinal),
            work.Column("SELECT content FROM published").Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData("check: { type: command, run: [ x, \"{file}\" ] }")]
    [InlineData("reload: { run: [ x ] }")]
    [InlineData("serve: true")]
    public void What_is_for_files_is_refused(string key)
    {
        using var work = With("", key);
        Assert.Equal(2, work.Cti("validate", "p.yaml").Exit);
    }

    [Theory]
    [InlineData("{ type: plain_list }", "intel")]
    [InlineData("{ type: ndjson }", "intel")]
    [InlineData("{ type: stix_bundle }", "taxii2")]
    [InlineData("{ type: stix_bundle }", "Intel")]
    public void A_collection_holds_objects_under_a_root_of_its_own(string render, string root)
    {
        using var work = With("");
        work.Write(
            "p.yaml",
            work.Read("p.yaml")
                .Replace("{ type: stix_bundle }", render, StringComparison.Ordinal)
                .Replace("api_root: intel", $"api_root: {root}", StringComparison.Ordinal)
        );
        Assert.Equal(2, work.Cti("validate", "p.yaml").Exit);
    }

    // The same id never twice with the same version, and the last version is the latest.
    private static void Ascending(Workspace work)
    {
        Assert.Equal(
            "0",
            work.Column("SELECT count(*) FROM (FROM published SELECT id, version GROUP BY ALL HAVING count(*) > 1)")[0]
        );
        Assert.Equal(
            "0",
            work.Column(
                "SELECT count(*) FROM (SELECT id FROM published GROUP BY id HAVING max(version) <> max(version) FILTER (is_last) OR count(*) FILTER (is_last) <> 1)"
            )[0]
        );
    }

    private static string Lower(string text) => text.ToLowerInvariant();
}
