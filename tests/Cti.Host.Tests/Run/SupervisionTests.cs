// What a pipeline decides about failures: go on, stop, or ask again.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Run;

public class SupervisionTests
{
    private static Workspace With(string onFailure, string input = "192.0.2.1\nno value\n192.0.2.2\n")
    {
        var work = new Workspace();
        work.Write("p.yaml", PipelineText.List($"on_failure: {{ {onFailure} }}", "max_change: 1000000%"));
        work.Write("in/a.txt", input);
        return work;
    }

    [Theory]
    [InlineData("read: resume")]
    [InlineData("read: stop")]
    [InlineData("map: stop, normalise: resume")]
    public void A_record_that_a_stage_resumes_after_is_a_dead_letter(string onFailure)
    {
        using var work = With(onFailure);
        work.Run();
        Assert.Equal(["192.0.2.1", "192.0.2.2"], work.Lines("out/list.txt"));
        Assert.Single(work.Column("SELECT id FROM dead_letters WHERE status = 'open'"));
    }

    [Theory]
    [InlineData("normalise", "010.1.1.1", "CTI-NORM-")]
    public void A_record_that_a_stage_stops_at_ends_the_run_and_nothing_of_its_epoch_is_stored(
        string stage,
        string poison,
        string code
    )
    {
        using var work = With($"{stage}: stop", $"192.0.2.1\n{poison}\n192.0.2.2\n");
        var stopped = work.TryRun();
        Assert.Equal(1, stopped.Exit);
        Assert.Contains("source a: CTI-STOP-001 in/a.txt:2: " + code, stopped.Error, StringComparison.Ordinal);
        var alarm = Assert.Single(stopped.Json.GetProperty("alarms").EnumerateArray());
        Assert.Equal("CTI-STOP-001", alarm.GetProperty("code").GetString());
        Assert.Equal(0, work.Count("SELECT (SELECT count(*) FROM observations) + (SELECT count(*) FROM dead_letters)"));
        Assert.False(work.Exists("out/list.txt"));
        Assert.Equal(["failed"], work.Column("SELECT status FROM runs"));

        // Mended, all of it is read.
        work.Write("in/a.txt", "192.0.2.1\n192.0.2.3\n192.0.2.2\n");
        work.Run();
        Assert.Equal(["192.0.2.1", "192.0.2.2", "192.0.2.3"], work.Lines("out/list.txt"));
        Assert.Empty(work.Query("FROM books WHERE missing <> 0"));
    }

    [Theory]
    [InlineData("read", "x\0y", "CTI-READ-")]
    public void A_record_that_cannot_be_cut_out_stops_a_reader_that_is_told_so(string stage, string poison, string code)
    {
        using var work = With($"{stage}: stop", $"192.0.2.1\n{poison}\n");
        var stopped = work.TryRun();
        Assert.Equal(1, stopped.Exit);
        Assert.Contains("CTI-STOP-001 in/a.txt:2: " + code, stopped.Error, StringComparison.Ordinal);
    }

    private static Workspace TwoSources(string first, string onFailure)
    {
        var work = With("source: resume", "192.0.2.1\n");
        work.Write(
            "p.yaml",
            work.Read("p.yaml")
                .Replace(
                    "sources:",
                    $$"""
                    sources:
                      - name: first
                        from: {{first}}
                        read: { type: lines }
                        map: [ { value: { field: line }, type: auto } ]
                        trust: { reliability: A, credibility: 1, confidence: 80, tlp: clear }
                        on_failure: { {{onFailure}} }
                    """,
                    StringComparison.Ordinal
                )
        );
        return work;
    }

    [Fact]
    public void After_a_source_that_cannot_be_read_the_others_go_on_unless_it_stops_the_run()
    {
        using var resumed = TwoSources("{ type: file, path: nowhere/x }", "source: resume");
        Assert.Equal(1, resumed.TryRun().Exit);
        Assert.Equal(["192.0.2.1"], resumed.Lines("out/list.txt"));

        using var stopped = TwoSources("{ type: file, path: nowhere/x }", "source: stop");
        var result = stopped.TryRun();
        Assert.Equal(1, result.Exit);
        Assert.Contains("CTI-STOP-002", result.Error, StringComparison.Ordinal);
        Assert.Equal(
            "first",
            Assert.Single(result.Json.GetProperty("alarms").EnumerateArray()).GetProperty("source").GetString()
        );
        Assert.False(stopped.Exists("out/list.txt"));
        Assert.Equal(0, stopped.Count("SELECT count(*) FROM observations"));
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(4, 1)]
    public void A_source_that_is_restarted_is_asked_again_with_backoff_and_then_given_up(int failures, int exit)
    {
        // A program that fails so often: it counts its starts in a file.
        var program = $"[sh, -c, \"echo x >>starts; [ $(wc -l <starts) -gt {failures} ] || exit 7; echo 192.0.2.7\"]";
        using var work = TwoSources(
            $"{{ type: command, run: {program} }}",
            "source: restart, restart: { attempts: 3, base: 10ms, max: 20ms }"
        );
        var result = work.TryRun();
        Assert.True(result.Exit == exit, result.ToString());
        Assert.Equal(3, work.Lines("starts").Length);
        // Given up, the others go on all the same.
        Assert.Equal(exit == 0 ? ["192.0.2.1", "192.0.2.7"] : ["192.0.2.1"], work.Lines("out/list.txt"));
        if (exit == 0)
        {
            Assert.Contains(
                "source first: answered when asked for the 3. time",
                result.Error,
                StringComparison.Ordinal
            );
        }
        else
        {
            Assert.Single(result.Json.GetProperty("alarms").EnumerateArray());
        }
    }

    [Fact]
    public void A_signal_ends_the_wait_before_a_source_is_asked_again()
    {
        using var work = TwoSources(
            "{ type: command, run: [sh, -c, \"touch started; exit 7\"] }",
            "source: restart, restart: { attempts: 3, base: 1h, max: 1h, total: 1d }"
        );
        using var run = CtiProcess.Start(work.Root, "run", "p.yaml", "--quiet");
        Assert.True(SpinWait.SpinUntil(() => work.Exists("started"), TimeSpan.FromMinutes(1)));
        Assert.True(run.InterruptUntilItEnds(TimeSpan.FromMinutes(1)));
        Assert.True(run.Wait().Exit is 130 or 131);
    }

    [Fact]
    public void A_dry_run_shows_what_a_run_would_stop_at_and_what_is_behind_it()
    {
        using var work = With("normalise: stop");
        var dry = work.Cti("run", "p.yaml", "--dry-run");
        Assert.True(dry.Exit == 0, dry.ToString());
        Assert.Contains("192.0.2.2", dry.Out, StringComparison.Ordinal);
    }
}
