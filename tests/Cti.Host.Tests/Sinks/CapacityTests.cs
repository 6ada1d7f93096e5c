// Tools with little room: which entries stay, which are said by larger ones, and where it is told what was left out.

using System.Text.Json;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Sinks;

public class CapacityTests
{
    private const string Header = "value,first_seen,last_seen,labels,confidence\n";

    [Fact]
    public void The_best_stay_and_the_rest_is_listed_with_the_reason()
    {
        using var work = With("plain_list", "capacity: 2");
        work.Write(
            "in/a.csv",
            Header
                + "low.example.com,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,,30\n"
                + "best.example.com,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,,90\n"
                + "good.example.com,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,,60\n"
        );
        work.Run();

        Assert.Equal(["best.example.com", "good.example.com"], work.Lines("out/list.txt"));
        Assert.Contains(
            "1 left out for lack of room: capacity 2",
            work.Cti("plan", "p.yaml", "--now", Workspace.Now).Out,
            StringComparison.Ordinal
        );
        Assert.Equal(
            ["list low.example.com capacity"],
            work.Column(
                "SELECT l.sink || ' ' || i.value || ' ' || l.reason FROM left_out l JOIN indicators i USING (indicator)"
            )
        );

        // A better one takes the place of the last.
        work.Write("in/a2.csv", Header + "new.example.com,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,,80\n");
        var plan = work.Cti("run", "p.yaml", "--now", Workspace.Now);
        Assert.True(plan.Exit == 0, plan.ToString());
        Assert.Equal(["best.example.com", "new.example.com"], work.Lines("out/list.txt"));
        Assert.Equal(2, work.Count("SELECT count(*) FROM sink_state"));
        Assert.Equal(2, work.Count("SELECT count(*) FROM left_out"));

        var explained = work.Cti("explain", "low.example.com", "--store", "out/s.duckdb", "--now", Workspace.Now).Out;
        Assert.Contains("left out: the tool has no room", explained, StringComparison.Ordinal);

        var steps = work.Cti("plan", "p.yaml", "--now", Workspace.Now, "--json").Json.GetProperty("steps");
        Assert.Equal(
            ["leave_out good.example.com", "leave_out low.example.com"],
            steps.EnumerateArray().Select(step => $"{Text(step, "op")} {Text(step, "value")}")
        );
        Assert.Contains("no room: its score is", Text(steps[0], "reason"), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_listed_name_or_range_stands_for_is_no_entry_of_its_own()
    {
        using var work = With("rpz", "fold: true");
        work.Write(
            "in/a.csv",
            Header
                + string.Concat(
                    (
                        (string[])
                            [
                                "evil.example.com",
                                "a.evil.example.com",
                                "other.example.com",
                                "198.51.100.0/24",
                                "198.51.100.7",
                                "203.0.113.9",
                            ]
                    ).Select(value => $"{value},2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,,90\n")
                )
        );
        work.Run();

        var zone = work.Read("out/list.txt");
        Assert.Contains("*.evil.example.com CNAME", zone, StringComparison.Ordinal);
        Assert.DoesNotContain("a.evil", zone, StringComparison.Ordinal);
        Assert.DoesNotContain("32.7.100.51.198.rpz-ip", zone, StringComparison.Ordinal);
        Assert.Contains("32.9.113.0.203.rpz-ip", zone, StringComparison.Ordinal);
        Assert.Contains(
            "2 left out that others stand for",
            work.Cti("plan", "p.yaml", "--now", Workspace.Now).Out,
            StringComparison.Ordinal
        );
        Assert.Equal(4, work.Count("SELECT count(*) FROM sink_state"));

        // The name is taken back by its source: what it stood for is an entry again.
        work.Write("p.yaml", Text("rpz", "fold: true\n    where: \"value <> 'evil.example.com'\""));
        work.Run();
        Assert.Contains("a.evil.example.com CNAME", work.Read("out/list.txt"), StringComparison.Ordinal);
    }

    [Fact]
    public void There_is_room_for_what_is_left_after_folding()
    {
        using var work = With(
            "rpz",
            "{ fold: true, capacity: 2 }".Trim('{', '}', ' ').Replace(", ", "\n    ", StringComparison.Ordinal)
        );
        work.Write(
            "in/a.csv",
            Header
                + "evil.example.com,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,,50\n"
                + "a.evil.example.com,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,,90\n"
                + "other.example.com,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,,60\n"
        );
        work.Run();
        Assert.Contains("*.evil.example.com CNAME", work.Read("out/list.txt"), StringComparison.Ordinal);
        Assert.Contains("other.example.com CNAME", work.Read("out/list.txt"), StringComparison.Ordinal);
    }

    [Fact]
    public void Neighbours_that_fill_a_range_are_written_as_it_until_one_of_them_goes()
    {
        using var work = With("edl, flavour: palo_alto", "fold: true\n    max_change: 100000%");
        work.Write("in/a.csv", List("198.51.100.4", "198.51.100.5", "198.51.100.6", "198.51.100.7", "203.0.113.9"));
        Assert.Contains(
            "; 4 written together as 1 range",
            work.Cti("run", "p.yaml", "--now", Workspace.Now).Out,
            StringComparison.Ordinal
        );
        Assert.Equal(["198.51.100.4/30", "203.0.113.9"], work.Lines("out/list.txt"));
        // Each is held for itself, and none was left out.
        Assert.Equal(5, work.Count("SELECT count(*) FROM sink_state"));
        Assert.Equal(0, work.Count("SELECT count(*) FROM left_out"));
        Assert.Equal(["198.51.100.4/30", "203.0.113.9"], Export(work));

        // A second run changes nothing.
        var before = work.Rendered();
        work.Run();
        Assert.Equal(before, work.Rendered());

        work.Write(
            "p.yaml",
            Text(
                "edl, flavour: palo_alto",
                "fold: true\n    max_change: 100000%\n    where: \"value <> '198.51.100.6'\""
            )
        );
        work.Run();
        Assert.Equal(["198.51.100.4/31", "198.51.100.7", "203.0.113.9"], work.Lines("out/list.txt"));
        Assert.Equal(work.Lines("out/list.txt"), Export(work));
    }

    [Fact]
    public void A_list_is_written_anew_where_neighbours_are_to_be_written_together_from_now_on()
    {
        using var work = With("edl, flavour: palo_alto", "fold: false");
        work.Write("in/a.csv", List("198.51.100.4", "198.51.100.5"));
        work.Run();
        Assert.Equal(["198.51.100.4", "198.51.100.5"], work.Lines("out/list.txt"));
        work.Write("p.yaml", Text("edl, flavour: palo_alto", "fold: true"));
        work.Run();
        Assert.Equal(["198.51.100.4/31"], work.Lines("out/list.txt"));
        work.Write("p.yaml", Text("edl, flavour: palo_alto", ""));
        work.Run();
        Assert.Equal(["198.51.100.4", "198.51.100.5"], work.Lines("out/list.txt"));
    }

    [Fact]
    public void A_range_ranks_as_the_best_of_those_that_fill_it_and_takes_one_place()
    {
        using var work = With("edl, flavour: palo_alto", "fold: true\n    capacity: 2");
        work.Write(
            "in/a.csv",
            Header
                + string.Concat(
                    (
                        (string[])
                            [
                                "198.51.100.4,,,,20",
                                "198.51.100.5,,,,90",
                                "203.0.113.9,,,,60",
                                "203.0.113.20,,,,50",
                                "203.0.113.21,,,,30",
                            ]
                    ).Select(row =>
                        row.Replace(",,,,", ",2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,,", StringComparison.Ordinal)
                        + "\n"
                    )
                )
        );
        work.Run();
        Assert.Equal(["198.51.100.4/31", "203.0.113.9"], work.Lines("out/list.txt"));
        Assert.Equal(["198.51.100.4/31", "203.0.113.9"], Export(work));
        Assert.Equal(
            ["203.0.113.20", "203.0.113.21"],
            work.Column("SELECT i.value FROM left_out l JOIN indicators i USING (indicator) ORDER BY i.value")
        );
    }

    [Theory]
    [InlineData("rpz", "31.4.100.51.198.rpz-ip CNAME .")]
    [InlineData("ipset", "add blocklist_ipv4_new 198.51.100.4/31")]
    [InlineData("squid, list: addresses", "198.51.100.4/31")]
    [InlineData("haproxy, list: addresses", "198.51.100.4/31")]
    [InlineData("nginx, block: geo", "198.51.100.4/31 1;")]
    public void Formats_of_addresses_write_neighbours_together(string renderer, string line)
    {
        using var work = With(renderer, "fold: true");
        work.Write("in/a.csv", List("198.51.100.4", "198.51.100.5"));
        work.Run();
        Assert.Contains(line, work.Lines("out/list.txt"));
        Assert.Equal(2, work.Count("SELECT count(*) FROM sink_state"));
    }

    private static string List(params IEnumerable<string> values) =>
        Header + string.Concat(values.Select(value => $"{value},2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,,90\n"));

    private static string[] Export(Workspace work)
    {
        var export = work.Cti("export", "p/list", "--store", "out/s.duckdb", "--as-of", Workspace.Now);
        Assert.True(export.Exit == 0, export.ToString());
        return export.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    [Fact]
    public void A_format_whose_entries_stand_for_themselves_cannot_fold()
    {
        using var work = With("plain_list", "fold: true");
        var validate = work.Cti("validate", "p.yaml");
        Assert.True(validate.Exit == 2, validate.ToString());
        Assert.Contains(
            "every entry of `plain_list` stands for itself alone",
            validate.Error,
            StringComparison.Ordinal
        );
    }

    private static string Text(JsonElement step, string name) => step.GetProperty(name).GetString()!;

    private static Workspace With(string renderer, string sink)
    {
        var work = new Workspace();
        work.Write("p.yaml", Text(renderer, sink));
        return work;
    }

    private static string Text(string renderer, string sink) =>
        $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: a
                from: { type: file, path: "in/a*" }
                read: { type: csv }
                map:
                  - value: { field: value }
                    type: auto
                    first_seen: { field: first_seen }
                    last_seen: { field: last_seen }
                    confidence: { field: confidence }
                trust: { reliability: A, credibility: 1, confidence: 90, tlp: clear }
            screen: { private: keep }
            sinks:
              - name: list
                render: { type: {{renderer}} }
                to: { type: file, path: out/list.txt }
                {{sink}}
            """;
}
