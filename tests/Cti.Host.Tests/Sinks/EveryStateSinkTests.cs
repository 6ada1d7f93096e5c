// What holds for every format of a state sink: planned and applied, withdrawn when the last source takes it back or its time is over, and the way back. The
// tool that reads a format has its own tests; here it is the file that is looked at.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Sinks;

[Trait("Speed", "Long")]
public class EveryStateSinkTests
{
    // Values no format has a reason to refuse; each format holds some of them.
    private const string Stays =
        "203.0.113.9\nstays.example.com\nhttp://stays.example.com/x\nd41d8cd98f00b204e9800998ecf8427a\n";
    private const string Goes =
        "203.0.113.77\ngoes.example.com\nhttp://goes.example.com/y\nd41d8cd98f00b204e9800998ecf8427b\n";

    private const string Leaves = "goes.example.com";
    private const string LeavingAddress = "203.0.113.77";
    private const string LeavingHash = "d41d8cd98f00b204e9800998ecf8427b";

    /// <summary>Renderer, file, which of the leaving values the file shows.</summary>
    public static TheoryData<string, string, string> Formats =>
        new()
        {
            { "{ type: plain_list }", "out/set", Leaves },
            { "{ type: csv }", "out/set", Leaves },
            { "{ type: openioc }", "out/set", Leaves },
            { "{ type: rpz }", "out/set", Leaves },
            { "{ type: hosts }", "out/set", Leaves },
            { "{ type: unbound_zone }", "out/set", Leaves },
            { "{ type: suricata_rules }", "out/set", Leaves },
            { "{ type: suricata_dataset, of: md5 }", "out/set", LeavingHash },
            { "{ type: suricata_iprep, category: 2 }", "out/set", LeavingAddress },
            { "{ type: snort_rules }", "out/set", Leaves },
            { "{ type: zeek_intel }", "out/set", Leaves },
            { "{ type: nftables }", "out/set", LeavingAddress },
            { "{ type: ipset }", "out/set", LeavingAddress },
            { "{ type: edl, flavour: palo_alto, list: domains }", "out/set", Leaves },
            { "{ type: edl, flavour: fortigate, list: addresses }", "out/set", LeavingAddress },
            { "{ type: edl, flavour: check_point }", "out/set", Leaves },
            { "{ type: squid, list: domains }", "out/set", Leaves },
            { "{ type: haproxy, list: domains }", "out/set", Leaves },
            { "{ type: nginx, block: map }", "out/set", Leaves },
            { "{ type: clamav_hashes, kind: hdb }", "out/set.hdb", LeavingHash },
            { "{ type: yara_hashes }", "out/set", LeavingHash },
            { "{ type: osquery_pack }", "out/set", Leaves },
            { "{ type: sigma_rules }", "out/set", Leaves },
            { "{ type: splunk_lookup, collection: domain }", "out/set", Leaves },
        };

    // Its companion, which stays.
    private static string Companion(string shown) =>
        shown switch
        {
            Leaves => "stays.example.com",
            LeavingAddress => "203.0.113.9",
            _ => "d41d8cd98f00b204e9800998ecf8427a",
        };

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_set_is_planned_withdrawn_from_taken_back_and_emptied_when_all_of_it_has_expired(
        string render,
        string file,
        string shown
    )
    {
        using var work = With(render, file);
        work.Write("in/a.txt", Stays + Goes);
        work.RunAt("2026-01-02T00:00:00Z");
        var first = work.Read(file);
        Assert.Contains(shown, first, StringComparison.Ordinal);
        var held = Held(work);
        var id = work.Column("SELECT plan_id FROM plans")[0];

        // A plan shows, and changes nothing.
        var plan = work.Cti("plan", "p.yaml", "--now", "2036-01-02T00:00:00Z", "--json");
        Assert.Contains(
            plan.Json.GetProperty("steps").EnumerateArray(),
            step =>
                step.GetProperty("op").GetString() == "withdraw"
                && step.GetProperty("value").GetString()!.Contains(shown, StringComparison.Ordinal)
        );
        Assert.Equal(first, work.Read(file));

        // Its last source takes it back.
        work.Write("in/a.txt", Stays);
        work.RunAt("2026-01-03T00:00:00Z");
        Assert.DoesNotContain(shown, work.Read(file), StringComparison.Ordinal);
        Assert.Contains(Companion(shown), work.Read(file), StringComparison.Ordinal);
        Assert.Equal(
            0,
            work.Count(
                "SELECT count(*) FROM sink_state s JOIN indicators i USING (indicator) WHERE i.value LIKE '%goes%' OR i.value IN ('203.0.113.77', 'd41d8cd98f00b204e9800998ecf8427b')"
            )
        );

        // The way back.
        var back = work.Cti("apply", "p.yaml", "--to", id);
        Assert.True(back.Exit == 0, back.ToString());
        Assert.Contains(shown, work.Read(file), StringComparison.Ordinal);
        Assert.Equal(held, Held(work));

        // Beyond every type's lifetime.
        var apply = work.Cti("apply", "p.yaml", "--now", "2036-01-02T00:00:00Z");
        Assert.True(apply.Exit == 0, apply.ToString());
        Assert.DoesNotContain(shown, work.Read(file), StringComparison.Ordinal);
        Assert.DoesNotContain(Companion(shown), work.Read(file), StringComparison.Ordinal);
    }

    private static long Held(Workspace work) => work.Count("SELECT count(*) FROM sink_state");

    private static Workspace With(string render, string file)
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
                to: { type: file, path: {{file}} }
                max_change: 100%
            """
        );
        return work;
    }
}
