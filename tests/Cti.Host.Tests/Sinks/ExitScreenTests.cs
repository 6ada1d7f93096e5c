// The lists at the exit: what would be screened today leaves every sink at the next run, whenever it came in; and comes back when the list lets go.

using System.Text.Json;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Sinks;

public class ExitScreenTests
{
    private const string Later = "2026-01-03T00:00:00Z";

    private static string Pipeline(string screen) =>
        $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: a
                from: { type: file, path: "in/a*" }
                read: { type: lines }
                map: [ { value: { field: line }, type: auto } ]
                trust: { reliability: A, credibility: 1, confidence: 80, tlp: clear }
            screen: { {{screen}} }
            sinks:
              - { name: list, render: { type: plain_list }, to: { type: file, path: out/list.txt } }
              - { name: bundle, render: { type: stix_bundle }, to: { type: file, path: out/bundle.json } }
              - { name: stream, render: { type: ndjson }, to: { type: file, path: out/changes.ndjson } }
            """;

    private static Workspace With(string screen, string feed)
    {
        var work = new Workspace();
        work.Write("p.yaml", Pipeline(screen));
        work.Write("in/a1.txt", feed);
        return work;
    }

    [Theory]
    [InlineData("allow", "CTI-SCREEN-002")]
    [InlineData("never", "CTI-SCREEN-010")]
    public void An_entry_added_to_our_list_leaves_every_sink_at_the_next_run(string key, string code)
    {
        using var work = With($"{key}: [ours.txt]", "198.51.100.7\n198.51.100.8\n");
        work.Write("ours.txt", "# ours\n");
        work.Run();
        Assert.Equal(["198.51.100.7", "198.51.100.8"], work.Lines("out/list.txt"));

        work.Write("ours.txt", "# ours\n198.51.100.7\n");
        var run = work.Cti("run", "p.yaml", "--now", Later);
        Assert.True(run.Exit == 0, run.ToString());
        Assert.Equal(["198.51.100.8"], work.Lines("out/list.txt"));
        Assert.DoesNotContain("198.51.100.7", work.Read("out/bundle.json"), StringComparison.Ordinal);
        var last = JsonDocument.Parse(work.Lines("out/changes.ndjson")[^1]).RootElement;
        Assert.Equal("withdrawn 198.51.100.7", $"{last.GetProperty("op")} {last.GetProperty("value")}");
        Assert.Equal(3, work.Lines("out/changes.ndjson").Length);

        // The sink's account has it as screened, the store and explain say why.
        Assert.Equal(
            ["1"],
            work.Column(
                "SELECT screened FROM stage_counts JOIN runs USING (run_id) WHERE stage = 'sink:list' ORDER BY started_at DESC LIMIT 1"
            )
        );
        Assert.Contains("1 held back by lists (ours.txt 1)", run.Out, StringComparison.Ordinal);
        Assert.Equal(
            [$"p {code} ours.txt 198.51.100.7"],
            work.Query("SELECT pipeline, code, list, entry FROM held_back").Select(row => string.Join(' ', row))
        );
        var explained = work.Cti("explain", "198.51.100.7", "--store", "out/s.duckdb", "--now", Later);
        Assert.Contains(
            $"not in p/list: held back by ours.txt (entry 198.51.100.7, {code})",
            explained.Out,
            StringComparison.Ordinal
        );

        // A run without news says nothing twice.
        var before = work.Rendered();
        work.RunAt(Later);
        Assert.Equal(before, work.Rendered());
        Assert.Equal(1, work.Count("SELECT count(*) FROM held_back"));
    }

    [Fact]
    public void An_entry_taken_from_our_list_brings_the_indicator_back()
    {
        using var work = With("allow: [ours.txt]", "198.51.100.7\n198.51.100.8\n");
        work.Write("ours.txt", "");
        work.Run();
        work.Write("ours.txt", "198.51.100.7\n");
        work.RunAt(Later);
        work.Write("ours.txt", "");
        work.RunAt("2026-01-04T00:00:00Z");
        Assert.Equal(["198.51.100.7", "198.51.100.8"], work.Lines("out/list.txt"));
        var last = JsonDocument.Parse(work.Lines("out/changes.ndjson")[^1]).RootElement;
        Assert.Equal("added 198.51.100.7", $"{last.GetProperty("op")} {last.GetProperty("value")}");
        Assert.Equal(0, work.Count("SELECT count(*) FROM held_back"));
    }

    [Fact]
    public void A_never_list_holds_back_the_network_around_an_entry_and_the_domain_above_it_and_plan_says_so()
    {
        using var work = With(
            "never: [never.txt]",
            "198.51.100.0/24\nshop.example.com\nhttp://www.shop.example.com/x\n"
        );
        work.Write("never.txt", "203.0.113.1\n");
        work.Run();
        Assert.Equal(3, work.Lines("out/list.txt").Length);
        work.Write("never.txt", "198.51.100.77 # our mail\nwww.shop.example.com\n");
        var plan = work.Cti("plan", "p.yaml", "--now", Later);
        Assert.Contains(
            "- cidr 198.51.100.0/24  (held back by never.txt (entry 198.51.100.77, CTI-SCREEN-010))",
            plan.Out,
            StringComparison.Ordinal
        );
        work.RunAt(Later);
        Assert.Equal("", work.Read("out/list.txt").Trim());

        // New claims are screened on their way in.
        work.Write("in/a2.txt", "198.51.100.64/26\n");
        work.RunAt("2026-01-04T00:00:00Z");
        Assert.Equal(
            ["CTI-SCREEN-010 never.txt 198.51.100.77"],
            work.Query("SELECT code, list, entry FROM screenings WHERE value = '198.51.100.64/26'")
                .Select(row => string.Join(' ', row))
        );
    }

    [Fact]
    public void A_public_suffix_is_too_broad_and_names_its_rule()
    {
        using var work = new Workspace();
        work.Write(
            "p.yaml",
            Pipeline("").Replace("screen: {  }", "public_suffix_list: { path: psl.dat }", StringComparison.Ordinal)
        );
        work.Write(
            "psl.dat",
            "com\n*.ck\n!www.ck\n// ===BEGIN PRIVATE DOMAINS===\nhost.test\n// ===END PRIVATE DOMAINS===\n"
        );
        work.Write("in/a1.txt", "host.test\nevil.host.test\nother.ck\nwww.ck\n");
        work.Run();
        Assert.Equal(["evil.host.test", "www.ck"], work.Lines("out/list.txt"));
        Assert.Equal(
            ["host.test CTI-SCREEN-003 psl.dat host.test", "other.ck CTI-SCREEN-003 psl.dat *.ck"],
            work.Query("SELECT value, code, list, entry FROM screenings ORDER BY value")
                .Select(row => string.Join(' ', row))
        );
    }

    [Theory]
    [InlineData("warninglists: [w.json]", "w.json", "{\"list\":", "CTI-SCREEN-101 The warninglist w.json")]
    [InlineData(
        "warninglists: [w.json]",
        "w.json",
        "{\"list\":[],\"type\":\"strnig\"}",
        "CTI-SCREEN-103 The warninglist w.json has the type 'strnig'"
    )]
    [InlineData(
        "warninglists: [w.json]",
        "w.json",
        "{\"list\":[\"(a)\\\\1\"],\"type\":\"regex\"}",
        "CTI-SCREEN-104 The expression (a)\\1 of the warninglist w.json"
    )]
    [InlineData(
        "never: [never.txt]",
        "never.txt",
        "good.example\nnot a value\n",
        "CTI-SCREEN-105 Line 2 of the list never.txt is no value, domain or CIDR: not a value"
    )]
    public void A_bad_list_names_file_and_entry_and_nothing_is_touched(
        string screen,
        string file,
        string text,
        string message
    )
    {
        using var work = With(screen, "198.51.100.7\n");
        work.Write(file, text);
        var run = work.TryRun();
        Assert.Equal(1, run.Exit);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.False(work.Exists("out/s.duckdb"));
    }
}
