// What holds for every format of a state sink: planned and applied, withdrawn when the last source takes it back or its time is over, and the way back. The
// tool that reads a format has its own tests; here it is the file that is looked at.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Sinks;

public class EveryStateSinkTests
{
    // Values no format has a reason to refuse; each format holds some of them.
    private const string Stays =
        "203.0.113.9\nstays.example.com\nhttp://stays.example.com/x\nd41d8cd98f00b204e9800998ecf8427a\n";
    private const string Goes =
        "203.0.113.77\ngoes.example.com\nhttp://goes.example.com/y\nd41d8cd98f00b204e9800998ecf8427b\n";

    /// <summary>Renderer, target, what of the leaving values the file shows, whether it tells of what ended once more.</summary>
    public static TheoryData<string, string, string> Formats =>
        new()
        {
            { "{ type: plain_list }", "file", "goes.example.com" },
            { "{ type: rpz }", "file", "goes.example.com CNAME" },
            { "{ type: csv }", "file", "goes.example.com" },
            { "{ type: openioc }", "file", "goes.example.com" },
            { "{ type: sigma_rules }", "file", "goes.example.com" },
            { "{ type: osquery_pack }", "file", "goes.example.com" },
            { "{ type: splunk_lookup, collection: domain }", "file", "goes.example.com" },
            { "{ type: suricata_rules }", "file", "goes.example.com" },
            { "{ type: snort_rules }", "file", "goes.example.com" },
            { "{ type: zeek_intel }", "file", "goes.example.com\tIntel::DOMAIN" },
        };

    [Theory]
    [MemberData(nameof(Formats))]
    public void What_its_last_source_takes_back_is_gone_with_the_next_apply(string render, string target, string shown)
    {
        using var work = With(render, target);
        work.Write("in/a.txt", Stays + Goes);
        work.RunAt("2026-01-02T00:00:00Z");
        Assert.Contains(shown, work.Read("out/set"), StringComparison.Ordinal);
        Assert.True(Held(work) > 1);

        work.Write("in/a.txt", Stays);
        var planned = work.Cti("run", "p.yaml", "--now", "2026-01-03T00:00:00Z");
        Assert.True(planned.Exit == 0, planned.ToString());

        Assert.DoesNotContain("goes.example", work.Read("out/set"), StringComparison.Ordinal);
        Assert.Contains(
            shown.Replace("goes", "stays", StringComparison.Ordinal),
            work.Read("out/set"),
            StringComparison.Ordinal
        );
        Assert.Equal(
            0,
            work.Count(
                "SELECT count(*) FROM sink_state s JOIN indicators i USING (indicator) WHERE i.value LIKE '%goes%'"
            )
        );
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void What_expires_is_gone_with_the_next_apply(string render, string target, string shown)
    {
        using var work = With(render, target);
        work.Write("in/a.txt", Stays + Goes);
        work.RunAt("2026-01-02T00:00:00Z");
        Assert.Contains(shown, work.Read("out/set"), StringComparison.Ordinal);

        // Hashes live for ever in effect, names for ninety days.
        var apply = work.Cti("apply", "p.yaml", "--now", "2027-01-02T00:00:00Z");

        Assert.True(apply.Exit == 0, apply.ToString());
        Assert.DoesNotContain("goes.example", work.Read("out/set"), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_plan_shows_and_changes_nothing_and_a_second_apply_neither(string render, string target, string shown)
    {
        using var work = With(render, target);
        work.Write("in/a.txt", Stays + Goes);
        work.RunAt("2026-01-02T00:00:00Z");
        var content = work.Read("out/set");
        Assert.Contains(shown, content, StringComparison.Ordinal);

        var plan = work.Cti("plan", "p.yaml", "--now", "2027-01-02T00:00:00Z", "--json");
        Assert.Contains(
            plan.Json.GetProperty("steps").EnumerateArray(),
            step =>
                step.GetProperty("op").GetString() == "withdraw"
                && step.GetProperty("value").GetString()!.Contains("goes", StringComparison.Ordinal)
        );
        Assert.Equal(content, work.Read("out/set"));
        Assert.Contains(
            "nothing to do",
            work.Cti("apply", "p.yaml", "--now", "2026-01-02T00:00:00Z").Out,
            StringComparison.Ordinal
        );
        Assert.Equal(content, work.Read("out/set"));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_sink_goes_back_to_what_it_held(string render, string target, string shown)
    {
        using var work = With(render, target);
        work.Write("in/a.txt", Stays + Goes);
        work.RunAt("2026-01-02T00:00:00Z");
        var id = work.Column("SELECT plan_id FROM plans")[0];
        var held = Held(work);
        work.Write("in/a.txt", Stays);
        work.RunAt("2026-01-03T00:00:00Z");
        Assert.DoesNotContain("goes.example", work.Read("out/set"), StringComparison.Ordinal);

        var back = work.Cti("apply", "p.yaml", "--to", id);

        Assert.True(back.Exit == 0, back.ToString());
        Assert.Contains(shown, work.Read("out/set"), StringComparison.Ordinal);
        Assert.Equal(held, Held(work));
    }

    private static long Held(Workspace work) => work.Count("SELECT count(*) FROM sink_state");

    private static Workspace With(string render, string target)
    {
        var work = new Workspace();
        work.Write(
            "p.yaml",
            $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: a
                from: { type: file, path: in/a.txt }
                read: { type: lines }
                mode: snapshot
                expect: { shrink: 100% }
                map: [ { value: { field: line }, type: auto } ]
                trust: { reliability: A, credibility: 1, confidence: 80, tlp: clear }
            screen: { private: keep }
            sinks:
              - name: set
                render: {{render}}
                to: { type: {{target}}, path: out/set }
                max_change: 100%
            """
        );
        return work;
    }
}
