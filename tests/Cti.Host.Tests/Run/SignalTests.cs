// Signals while a run waits for its input: a drain takes as long as it takes, a second signal ends it whatever it waits for.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Run;

public class SignalTests
{
    [Fact]
    public void A_drain_is_not_cut_short_however_long_the_input_takes()
    {
        using var work = WithPipe();
        using var process = CtiProcess.Start(work.Root, "run", "p.yaml", "--json", "--now", Workspace.Now);
        using (var pipe = OpenPipe(work))
        {
            WriteUntilRead(pipe);
            process.Interrupt();
            // Longer than any library would wait before it kills.
            Assert.False(process.EndsWithin(TimeSpan.FromSeconds(3)), "the run ended before its input did");
            pipe.Write("b.example.com\n"u8);
        }

        var result = process.Wait();
        Assert.True(result.Exit == 130, result.ToString());
        Assert.Equal(["drained"], work.Column("SELECT status FROM runs"));
        Assert.Empty(work.Query("FROM books WHERE missing <> 0"));
    }

    [Fact]
    public void A_second_signal_aborts_even_a_run_that_is_blocked_in_its_input()
    {
        using var work = WithPipe();
        using var process = CtiProcess.Start(work.Root, "run", "p.yaml", "--json", "--now", Workspace.Now);
        using (var pipe = OpenPipe(work))
        {
            WriteUntilRead(pipe);
            Assert.True(process.InterruptUntilItEnds(TimeSpan.FromSeconds(20)), "the run cannot be ended");
        }

        Assert.Equal(131, process.Wait().Exit);
        // What the abort left behind is closed by the next run.
        File.Delete(work.PathOf("in/a"));
        work.Write("in/a", "c.example.com\n");
        work.Run();
        Assert.Equal(["interrupted", "done"], work.Column("SELECT status FROM runs ORDER BY started_at"));
        Assert.Equal(["c.example.com"], work.Lines("out/list.txt"));
    }

    private static Workspace WithPipe()
    {
        var work = new Workspace();
        work.Write("p.yaml", PipelineText.List());
        Directory.CreateDirectory(work.PathOf("in"));
        using var make = CtiProcess.Launch(work.Root, "mkfifo", "in/a");
        make.Wait();
        return work;
    }

    // A pipe holds 64 KiB: once all of this was taken, the run is in the middle of reading.
    private static void WriteUntilRead(FileStream pipe)
    {
        for (var line = 0; line < 10_000; line++)
        {
            pipe.Write("host.of.a.longer.name.example.com\n"u8);
        }
    }

    // Opening blocks until the run opens the other end, so from here on the run reads.
    private static FileStream OpenPipe(Workspace work) =>
        new(work.PathOf("in/a"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0);
}
