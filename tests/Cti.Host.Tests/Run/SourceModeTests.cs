// What a source's mode promises: append reads on where it ended; a snapshot withdraws what its next complete reading lacks, and nothing on the
// word of a reading that looks wrong.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Run;

public class SourceModeTests
{
    private const string Later = "2026-01-03T00:00:00Z";

    [Fact]
    public void An_appended_file_is_read_from_where_it_ended()
    {
        using var work = With();
        work.Write("in/a.txt", "a.example.com\n");
        work.Run();
        File.AppendAllText(work.PathOf("in/a.txt"), "b.example.com\n");
        Assert.Equal(1, work.Run().GetProperty("records").GetInt64());
        Assert.Equal(["a.example.com", "b.example.com"], work.Lines("out/list.txt"));
        Assert.Equal(
            ["1 1", "2 15"],
            work.Query("SELECT line, byte_offset + 1 FROM observations ORDER BY line")
                .Select(row => string.Join(' ', row))
        );
    }

    [Fact]
    public void A_last_line_that_went_on_is_read_as_a_whole()
    {
        using var work = With();
        work.Write("in/a.txt", "a.example.com\nb.example");
        work.Run();
        File.AppendAllText(work.PathOf("in/a.txt"), ".org\n");
        work.Run();
        Assert.Contains("b.example.org", work.Lines("out/list.txt"));
    }

    [Fact]
    public void A_rewritten_file_is_read_anew_and_what_it_repeats_counts_once()
    {
        using var work = With();
        work.Write("in/a.txt", "a.example.com\nb.example.com\n");
        work.Run();
        work.Write("in/a.txt", "b.example.com\nc.example.com\na.example.com\n");
        var report = work.Run();
        Assert.Equal(3, report.GetProperty("records").GetInt64());
        Assert.Equal(1, report.GetProperty("observations").GetInt64());
        Assert.Equal(2, report.GetProperty("merged").GetInt64());
        Assert.Equal(["1", "1", "1"], work.Column("SELECT observations FROM claims"));
        Assert.Equal(["a.example.com", "b.example.com", "c.example.com"], work.Lines("out/list.txt"));
    }

    [Fact]
    public void A_snapshot_withdraws_what_its_next_complete_reading_lacks_and_takes_back_what_returns()
    {
        using var work = With("mode: snapshot", stream: true);
        work.Write("in/a.txt", "a.example.com\nb.example.com\n");
        work.Run();
        work.Write("in/a.txt", "b.example.com\nc.example.com\n");
        work.RunAt(Later);
        Assert.Equal(["b.example.com", "c.example.com"], work.Lines("out/list.txt"));
        Assert.Equal(
            ["2026-01-03 00:00:00"],
            work.Column("SELECT withdrawn_at::VARCHAR FROM indicators WHERE value = 'a.example.com'")
        );
        Assert.Contains(
            work.Lines("out/s.ndjson"),
            line =>
                line.Contains("\"op\":\"withdrawn\"", StringComparison.Ordinal)
                && line.Contains("a.example.com", StringComparison.Ordinal)
        );
        work.Write("in/a.txt", "a.example.com\nb.example.com\nc.example.com\n");
        work.RunAt("2026-01-04T00:00:00Z");
        Assert.Equal(3, work.Lines("out/list.txt").Length);
        Assert.Equal(
            ["added", "withdrawn", "added"],
            work.Column(
                "SELECT op FROM changes JOIN indicators USING (indicator) WHERE value = 'a.example.com' ORDER BY sequence"
            )
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData("# only a comment\n")]
    [InlineData("\n\n\n")]
    public void An_empty_snapshot_withdraws_nothing(string content)
    {
        using var work = With("mode: snapshot");
        work.Write("in/a.txt", "a.example.com\nb.example.com\n");
        work.Run();
        work.Write("in/a.txt", content);
        var result = work.Cti("run", "p.yaml", "--now", Later);
        Assert.True(result.Exit == 1, result.ToString());
        Assert.Contains("CTI-SOURCE-034", result.Out, StringComparison.Ordinal);
        Assert.Equal(2, work.Lines("out/list.txt").Length);
    }

    [Theory]
    [InlineData("expect: { records: 3..100 }", "a.example.com\n", "expect: records")]
    [InlineData("expect: { max_rejected: 10% }", "a.example.com\n<html>\n<body>service unavailable\n", "max_rejected")]
    public void A_suspect_snapshot_withdraws_nothing_and_says_so(string expect, string content, string says)
    {
        using var work = With($"mode: snapshot\n    {expect}");
        work.Write("in/a.txt", "a.example.com\nb.example.com\nc.example.com\n");
        work.Run();
        work.Write("in/a.txt", content);
        var result = work.Cti("run", "p.yaml", "--now", Later, "--quiet");
        Assert.True(result.Exit == 1, result.ToString());
        Assert.Contains(says, result.Error, StringComparison.Ordinal);
        Assert.Equal(3, work.Lines("out/list.txt").Length);
    }

    [Fact]
    public void A_snapshot_of_several_files_of_which_one_changed_keeps_what_the_others_hold()
    {
        using var work = With("mode: snapshot");
        work.Write("in/a1.txt", "a.example.com\nb.example.com\n");
        work.Write("in/a2.txt", "c.example.com\n");
        work.Run();
        work.Write("in/a1.txt", "a.example.com\nd.example.com\n");
        work.RunAt(Later);
        Assert.Equal(["a.example.com", "c.example.com", "d.example.com"], work.Lines("out/list.txt"));
    }

    [Fact]
    public void A_snapshot_that_lost_one_of_its_files_withdraws_what_only_that_file_held()
    {
        using var work = With("mode: snapshot");
        work.Write("in/a1.txt", "a.example.com\nb.example.com\n");
        work.Write("in/a2.txt", "b.example.com\nc.example.com\n");
        work.Run();
        File.Delete(work.PathOf("in/a2.txt"));
        work.RunAt(Later);
        Assert.Equal(["a.example.com", "b.example.com"], work.Lines("out/list.txt"));
        Assert.Equal(0, work.RunAt("2026-01-04T00:00:00Z").GetProperty("records").GetInt64());
    }

    [Fact]
    public void A_snapshot_killed_anywhere_still_withdraws_what_it_lacks_in_the_next_run()
    {
        using var whole = With("mode: snapshot");
        var clock = System.Diagnostics.Stopwatch.StartNew();
        TwoSnapshots(whole, TimeSpan.MaxValue);
        var duration = clock.Elapsed;
        for (var kill = 1; kill <= 4; kill++)
        {
            using var work = With("mode: snapshot");
            TwoSnapshots(work, duration / 2 * (0.4 + (0.15 * kill)));
            Assert.Equal(StoreContent.Of(whole), StoreContent.Of(work));
            Assert.Equal(whole.Read("out/list.txt"), work.Read("out/list.txt"));
        }
    }

    // The second snapshot lacks half of the first; its run is killed after a while, and repeated.
    private static void TwoSnapshots(Workspace work, TimeSpan killAfter)
    {
        string Names(int from) => string.Concat(Enumerable.Range(from, 6000).Select(n => $"host{n}.example.com\n"));
        work.Write("in/a.txt", Names(0));
        work.Run();
        work.Write("in/a.txt", Names(3000));
        if (killAfter != TimeSpan.MaxValue)
        {
            using var process = CtiProcess.Start(work.Root, "run", "p.yaml", "--now", Later, "--epoch-records", "1000");
            process.EndsWithin(killAfter);
            process.Kill();
        }

        Assert.Equal(0, work.Cti("run", "p.yaml", "--now", Later, "--epoch-records", "1000").Exit);
        Assert.Equal(6000, work.Lines("out/list.txt").Length);
    }

    [Fact]
    public void The_same_command_from_another_folder_reads_no_file_twice()
    {
        using var work = With();
        work.Write("in/a.txt", "a.example.com\n");
        work.Run();
        using var process = CtiProcess.Start(
            Path.GetTempPath(),
            "run",
            work.PathOf("p.yaml"),
            "--json",
            "--now",
            Later
        );
        Assert.Equal(0, process.Wait().Json.GetProperty("records").GetInt64());
        Assert.Equal(1, work.Count("SELECT count(*) FROM observations"));
    }

    private static Workspace With(string source = "", bool stream = false)
    {
        var work = new Workspace();
        var more = stream
            ? "\n  - { name: stream, render: { type: ndjson }, to: { type: file, path: out/s.ndjson } }"
            : "";
        work.Write("p.yaml", PipelineText.List(source, "max_change: 1000000%" + more));
        return work;
    }
}
