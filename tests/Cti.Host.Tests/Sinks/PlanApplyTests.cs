// Plan and apply as a user sees them: limits, approval, manual sinks, files somebody touched, entries that end.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Sinks;

public class PlanApplyTests
{
    [Fact]
    public void A_plan_beyond_max_change_waits_is_shown_refused_and_applied_once_approved()
    {
        using var work = With("max_change: 30%");
        work.Write("in/a1.txt", Names(0, 10));
        work.Run();
        var before = work.Rendered();
        work.Write("in/a2.txt", Names(10, 5));

        var run = work.TryRun();
        Assert.True(run.Exit == 4, run.ToString());
        Assert.Equal("waiting", run.Json.GetProperty("status").GetString());
        Assert.Contains("max_change", run.Error, StringComparison.Ordinal);
        Assert.Equal(before, work.Rendered());

        var plan = work.Cti("plan", "p.yaml", "--now", Workspace.Now, "--json");
        Assert.Equal(0, plan.Exit);
        var sink = plan.Json.GetProperty("sinks")[0];
        Assert.Equal(
            "list planned 10 5 0 0",
            $"{sink.GetProperty("name")} {sink.GetProperty("status")} {sink.GetProperty("held")} {sink.GetProperty("add")} {sink.GetProperty("change")} {sink.GetProperty("withdraw")}"
        );
        var step = plan.Json.GetProperty("steps")[0];
        Assert.Equal(5, plan.Json.GetProperty("steps").GetArrayLength());
        Assert.Equal(
            "add domain host10.example.com",
            $"{step.GetProperty("op")} {step.GetProperty("type")} {step.GetProperty("value")}"
        );
        Assert.Contains(
            "+ domain host10.example.com",
            work.Cti("plan", "p.yaml", "--now", Workspace.Now).Out,
            StringComparison.Ordinal
        );
        Assert.Equal(before, work.Rendered());

        Assert.Equal(4, work.Cti("apply", "p.yaml", "--now", Workspace.Now).Exit);
        Assert.Equal(before, work.Rendered());
        Assert.Equal(["applied", "waiting", "waiting"], work.Column("SELECT status FROM plans ORDER BY planned_at"));

        Assert.Equal(0, work.Cti("apply", "p.yaml", "--now", Workspace.Now, "--approve").Exit);
        Assert.Equal(15, work.Lines("out/list.txt").Length);
        Assert.Equal(15, work.Count("SELECT count(*) FROM sink_state"));
        Assert.Contains(
            "nothing to do",
            work.Cti("apply", "p.yaml", "--now", Workspace.Now).Out,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_first_plan_is_not_held_to_max_change()
    {
        using var work = With("max_change: 1%");
        work.Write("in/a1.txt", Names(0, 50));
        work.Run();
        Assert.Equal(50, work.Lines("out/list.txt").Length);
    }

    [Fact]
    public void A_plan_that_leaves_fewer_than_min_entries_waits()
    {
        using var work = With("min_entries: 8", "mode: snapshot");
        work.Write("in/a1.txt", Names(0, 10));
        work.Run();
        work.Write("in/a1.txt", Names(0, 7));
        var run = work.Cti("run", "p.yaml", "--now", "2026-01-03T00:00:00Z");
        Assert.True(run.Exit == 4, run.ToString());
        Assert.Contains("min_entries", run.Error + run.Out, StringComparison.Ordinal);
        Assert.Equal(10, work.Lines("out/list.txt").Length);
        Assert.Equal(
            0,
            work.Cti("apply", "p.yaml", "--sink", "list", "--approve", "--now", "2026-01-03T00:00:00Z").Exit
        );
        Assert.Equal(7, work.Lines("out/list.txt").Length);
    }

    [Fact]
    public void A_manual_sink_waits_for_apply()
    {
        using var work = With("apply: manual");
        work.Write("in/a1.txt", Names(0, 3));
        var run = work.TryRun();
        Assert.True(run.Exit == 4, run.ToString());
        Assert.False(work.Exists("out/list.txt"));
        Assert.False(Directory.Exists(work.PathOf("out/.cti")));
        Assert.Equal(0, work.Cti("apply", "p.yaml", "--now", Workspace.Now).Exit);
        Assert.Equal(3, work.Lines("out/list.txt").Length);
    }

    [Fact]
    public void A_file_that_was_changed_or_removed_by_others_is_written_anew()
    {
        using var work = With("");
        work.Write("in/a1.txt", Names(0, 3));
        work.Run();
        var content = work.Read("out/list.txt");
        work.Write("out/list.txt", "host0.example.com\nevil-edit.example.com\n");
        work.Run();
        Assert.Equal(content, work.Read("out/list.txt"));
        File.Delete(work.PathOf("out/list.txt"));
        work.Run();
        Assert.Equal(content, work.Read("out/list.txt"));
        Assert.Equal(3, work.Count("SELECT count(*) FROM deliveries"));
    }

    [Fact]
    public void Plan_touches_neither_files_nor_what_sinks_acknowledged()
    {
        using var work = With("");
        work.Write("in/a1.txt", Names(0, 3));
        work.Run();
        work.Write("in/a2.txt", Names(3, 1));
        var files = work.Rendered();
        Assert.Contains("+0 ~0 -0", work.Cti("plan", "p.yaml", "--now", Workspace.Now).Out, StringComparison.Ordinal);
        Assert.Contains(
            "+0 ~0 -3",
            work.Cti("plan", "p.yaml", "--now", "2027-01-01T00:00:00Z").Out,
            StringComparison.Ordinal
        );
        Assert.Equal(files, work.Rendered());
        Assert.Equal(3, work.Count("SELECT count(*) FROM sink_state"));
        Assert.Equal(1, work.Count("SELECT count(*) FROM plans"));
    }

    [Fact]
    public void What_expires_is_withdrawn_and_comes_back_when_it_is_seen_again()
    {
        using var work = With("");
        work.Write("in/a1.txt", "11.22.33.44\nhost1.example.com\n");
        work.RunAt("2026-01-02T00:00:00Z");
        Assert.Equal(["11.22.33.44", "host1.example.com"], work.Lines("out/list.txt"));
        // An address lives for 30 days, a name for 90.
        work.RunAt("2026-01-31T23:59:59Z");
        Assert.Equal(2, work.Lines("out/list.txt").Length);
        work.RunAt("2026-02-01T00:00:00Z");
        Assert.Equal(["host1.example.com"], work.Lines("out/list.txt"));
        Assert.Equal(
            ["host1.example.com"],
            work.Column("SELECT i.value FROM sink_state s JOIN indicators i USING (indicator)")
        );
        work.Write("in/a2.txt", "11.22.33.44\n");
        work.RunAt("2026-02-02T00:00:00Z");
        Assert.Equal(["11.22.33.44", "host1.example.com"], work.Lines("out/list.txt"));
    }

    [Fact]
    public void A_stream_is_told_once_what_expired_and_again_when_it_comes_back()
    {
        using var work = new Workspace();
        work.Write(
            "p.yaml",
            PipelineText.List()
                + "\n  - { name: stream, render: { type: ndjson }, to: { type: file, path: out/changes.ndjson }, max_tlp: red }\n"
        );
        work.Write("in/a1.txt", "11.22.33.44\nhost1.example.com\n");
        work.RunAt("2026-01-02T00:00:00Z");
        work.RunAt("2026-02-01T00:00:00Z");
        work.RunAt("2026-02-01T12:00:00Z");
        work.Write("in/a2.txt", "11.22.33.44\n");
        work.RunAt("2026-02-02T00:00:00Z");
        string[] expected =
        [
            "added 11.22.33.44",
            "added host1.example.com",
            "withdrawn 11.22.33.44",
            "added 11.22.33.44",
        ];
        Assert.Equal(
            expected,
            work.Lines("out/changes.ndjson")
                .Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement)
                .Select(change => $"{change.GetProperty("op")} {change.GetProperty("value")}")
        );
        Assert.Equal(["added", "added", "withdrawn", "added"], work.Column("SELECT op FROM changes ORDER BY sequence"));
    }

    [Fact]
    public void What_falls_below_the_bar_is_withdrawn()
    {
        using var work = With("where: \"score >= 40\"");
        work.Write("in/a1.txt", "11.22.33.44\nhost1.example.com\n");
        work.RunAt("2026-01-02T00:00:00Z");
        // 80 and a straight line over 30 days: below 40 after 15.
        work.RunAt("2026-01-17T00:00:00Z");
        Assert.Equal(2, work.Lines("out/list.txt").Length);
        work.RunAt("2026-01-17T12:00:00Z");
        Assert.Equal(["host1.example.com"], work.Lines("out/list.txt"));
        Assert.Equal(
            ["added", "added", "withdrawn"],
            work.Column("SELECT op FROM deliveries ORDER BY acknowledged_at, op")
        );
    }

    [Fact]
    public void Trust_changed_in_the_file_raises_revisions_and_rewrites_what_shows_it()
    {
        using var work = new Workspace();
        work.Write("p.yaml", PipelineText.Everything());
        foreach (var source in new[] { "a", "b", "c" })
        {
            work.Write($"in/{source}.csv", Feeds.Header + $"shared.example.com,,,,\nonly-{source}.example.com,,,,\n");
        }

        work.Run();
        var before = work.Query("SELECT value, revision FROM indicators ORDER BY value")
            .ToDictionary(row => row[0], row => int.Parse(row[1], System.Globalization.CultureInfo.InvariantCulture));
        work.Write(
            "p.yaml",
            work.Read("p.yaml")
                .Replace(
                    "reliability: A, credibility: 1, confidence: 90",
                    "reliability: D, credibility: 1, confidence: 90",
                    StringComparison.Ordinal
                )
        );
        work.RunAt("2026-01-02T01:00:00Z");
        Assert.Equal(
            before.Select(pair =>
                $"{pair.Key} {(pair.Key is "shared.example.com" or "only-a.example.com" ? pair.Value + 1 : pair.Value)}"
            ),
            work.Query("SELECT value, revision FROM indicators ORDER BY value").Select(row => $"{row[0]} {row[1]}")
        );
        Assert.Equal(
            ["only-a.example.com", "shared.example.com"],
            work.Column(
                "SELECT DISTINCT value FROM changes JOIN indicators USING (indicator) WHERE op = 'changed' AND changes.recorded_at = '2026-01-02 01:00:00' ORDER BY ALL"
            )
        );
        Assert.Equal(
            2,
            work.Lines("out/changes.ndjson")
                .Count(line =>
                    line.Contains("\"op\":\"changed\"", StringComparison.Ordinal)
                    && line.Contains("2026-01-02T01:00:00", StringComparison.Ordinal)
                )
        );
    }

    private static Workspace With(string sink, string source = "")
    {
        var work = new Workspace();
        var limits = sink.Contains("max_change", StringComparison.Ordinal) ? sink : $"{sink}\n    max_change: 1000000%";
        work.Write("p.yaml", PipelineText.List(source, limits.Trim()));
        return work;
    }

    private static string Names(int from, int count) =>
        string.Concat(Enumerable.Range(from, count).Select(n => $"host{n}.example.com\n"));
}
