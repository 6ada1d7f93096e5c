// The same input, configuration and `now` give the same bytes, however the work is cut up; and a second run has nothing to do.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Run;

public class DeterminismTests
{
    [Fact]
    public void Outputs_are_the_same_bytes_whatever_the_batch_size_and_the_threads()
    {
        string? expectedFiles = null;
        string? expectedStore = null;
        foreach (var (batch, threads) in new[] { (1, 1), (1, 2), (1000, 1), (1000, 2), (100_000, 1), (100_000, 2) })
        {
            using var work = Make();
            work.Run("--batch-size", $"{batch}", "--threads", $"{threads}");
            var files = string.Join('\n', work.Rendered().Select(file => $"{file.Key} {file.Value.Content}"));
            Assert.Equal(4, work.Rendered().Count);
            expectedFiles ??= files;
            expectedStore ??= StoreContent.Of(work);
            Assert.True(files == expectedFiles, $"files differ with batches of {batch} on {threads} threads");
            Assert.Equal(expectedStore, StoreContent.Of(work));
        }
    }

    [Fact]
    public void A_second_run_reads_nothing_and_changes_no_file()
    {
        using var work = Make();
        work.Run();
        var files = work.Rendered();
        var store = StoreContent.Of(work);
        var again = work.Run();
        Assert.Equal(0, again.GetProperty("records").GetInt64());
        Assert.Equal(0, again.GetProperty("observations").GetInt64());
        Assert.Equal(files, work.Rendered());
        Assert.Equal(store, StoreContent.Of(work));
    }

    [Fact]
    public void A_second_run_at_a_later_time_changes_no_list_whose_members_stay()
    {
        using var work = new Workspace();
        work.Write(
            "p.yaml",
            PipelineText
                .Everything()
                .Replace("where: \"score >= 30\"", "where: \"confidence >= 30\"", StringComparison.Ordinal)
        );
        work.Write("in/a.csv", Feeds.Csv(1, 500, 400));
        work.Write("in/b.csv", Feeds.Csv(2, 500, 400));
        work.Write("in/c.csv", Feeds.Csv(3, 500, 400));
        work.RunAt("2026-01-02T00:00:00Z");
        var files = work.Rendered();
        work.RunAt("2026-01-02T00:00:01Z");
        Assert.Equal(files, work.Rendered());
    }

    [Fact]
    public void The_feeds_hold_enough_of_everything_to_prove_something()
    {
        using var work = Make();
        work.Run();
        Assert.True(work.Count("SELECT count(*) FROM indicators WHERE source_count > 1") > 300);
        Assert.True(work.Count("SELECT count(*) FROM dead_letters") > 50);
        Assert.True(work.Count("SELECT count(*) FROM screenings") > 5);
        Assert.True(work.Lines("out/list.txt").Length > 500);
        Assert.True(work.Lines("out/changes.ndjson").Length > 500);
    }

    private static Workspace Make()
    {
        var work = new Workspace();
        work.Write("p.yaml", PipelineText.Everything());
        work.Write("in/a.csv", Feeds.Csv(1, 2500, 1500));
        work.Write("in/b.csv", Feeds.Csv(2, 1500, 1500));
        work.Write("in/c1.csv", Feeds.Csv(3, 700, 1500));
        work.Write("in/c2.csv", Feeds.Csv(4, 700, 1500));
        return work;
    }
}
