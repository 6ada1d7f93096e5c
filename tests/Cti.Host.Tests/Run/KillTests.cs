// kill -9 at any moment, then a rerun: the same store and files as one uninterrupted run. Ctrl-C: what is in flight arrives, and the next run goes on.

using System.Diagnostics;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Run;

/// <summary>One uninterrupted run, done once, that interrupted ones are held against.</summary>
public sealed class UninterruptedRun : IDisposable
{
    public static readonly string[] Options = ["--epoch-records", "4000", "--batch-size", "500"];

    private readonly string[] _feeds =
    [
        Feeds.Csv(11, 36_000, 25_000),
        Feeds.Csv(12, 18_000, 25_000),
        Feeds.Csv(13, 6_000, 25_000),
    ];

    public UninterruptedRun()
    {
        using var work = Make();
        var clock = Stopwatch.StartNew();
        work.Run(Options);
        Duration = clock.Elapsed;
        Store = StoreContent.Of(work);
        Files = Contents(work);
    }

    public TimeSpan Duration { get; }

    public string Store { get; }

    public IReadOnlyList<string> Files { get; }

    /// <summary>A workspace with the same input and nothing done yet.</summary>
    public Workspace Make()
    {
        var work = new Workspace();
        work.Write("p.yaml", PipelineText.Everything());
        work.Write("in/a.csv", _feeds[0]);
        work.Write("in/b.csv", _feeds[1]);
        work.Write("in/c.csv", _feeds[2]);
        return work;
    }

    /// <summary>Names and contents of the rendered files.</summary>
    public static List<string> Contents(Workspace work) =>
        [
            .. work.Rendered()
                .Where(file => !file.Key.Contains(".cti/", StringComparison.Ordinal))
                .Select(file => $"{file.Key} {Hash(file.Value.Content)}"),
        ];

    public void Dispose() { }

    private static string Hash(string content) =>
        Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(content)));
}

[Collection(Heavy.Name)]
public class KillTests(UninterruptedRun whole) : IClassFixture<UninterruptedRun>
{
    private const int Kills = 10;

    [Fact]
    public void Ten_runs_killed_at_ten_moments_end_as_one_uninterrupted_run_after_a_rerun()
    {
        var midway = 0;
        for (var kill = 0; kill < Kills; kill++)
        {
            using var work = whole.Make();
            using (
                var process = CtiProcess.Start(
                    work.Root,
                    ["run", "p.yaml", "--now", Workspace.Now, .. UninterruptedRun.Options]
                )
            )
            {
                process.EndsWithin(whole.Duration * ((kill + 1) / (Kills + 1.0)));
                process.Kill();
            }

            var before =
                File.Exists(work.StorePath) && new FileInfo(work.StorePath).Length > 0 ? Observations(work) : 0;
            work.Run(UninterruptedRun.Options);
            var total = work.Count("SELECT count(*) FROM observations");
            midway += before > 0 && before < total ? 1 : 0;
            Assert.Equal(whole.Store, StoreContent.Of(work));
            Assert.Equal(whole.Files, UninterruptedRun.Contents(work));
            Assert.Empty(work.Query("FROM books WHERE missing <> 0"));
            Assert.Equal(0, work.Count("SELECT count(*) FROM runs WHERE status = 'running'"));
            if (before > 0 && before < total)
            {
                Assert.Equal(["interrupted", "done"], work.Column("SELECT status FROM runs ORDER BY started_at"));
            }
        }

        Assert.True(midway >= 3, $"only {midway} of {Kills} kills fell between the first epoch and the last");
    }

    [Fact]
    public void A_run_killed_again_and_again_gets_there_in_the_end()
    {
        using var work = whole.Make();
        for (var kill = 0; kill < 5; kill++)
        {
            using var process = CtiProcess.Start(
                work.Root,
                ["run", "p.yaml", "--now", Workspace.Now, .. UninterruptedRun.Options]
            );
            process.EndsWithin(whole.Duration / 2);
            process.Kill();
        }

        work.Run(UninterruptedRun.Options);
        Assert.Equal(whole.Store, StoreContent.Of(work));
        Assert.Equal(whole.Files, UninterruptedRun.Contents(work));
    }

    [Fact]
    public void Ctrl_C_drains_with_exit_130_and_the_next_run_completes_the_work()
    {
        using var work = whole.Make();
        CtiResult drained;
        using (
            var process = CtiProcess.Start(
                work.Root,
                ["run", "p.yaml", "--json", "--now", Workspace.Now, .. UninterruptedRun.Options]
            )
        )
        {
            // The stream sink's file grows with the first epoch: from here on there is something in flight.
            while (
                !(work.Exists("out/changes.ndjson") && new FileInfo(work.PathOf("out/changes.ndjson")).Length > 0)
                && !process.EndsWithin(TimeSpan.FromMilliseconds(2))
            ) { }

            process.Interrupt();
            drained = process.Wait();
        }

        Assert.True(drained.Exit == 130, drained.ToString());
        Assert.Equal("drained", drained.Json.GetProperty("status").GetString());
        Assert.Contains("draining", drained.Error, StringComparison.Ordinal);
        Assert.Equal(["drained"], work.Column("SELECT status FROM runs"));
        Assert.Empty(work.Query("FROM books WHERE missing <> 0"));
        var records = drained.Json.GetProperty("records").GetInt64();
        Assert.InRange(records, 4000, 59_999);
        // The drained epoch ended early: what counts is what the store holds, not how it was cut into epochs.
        work.Run(UninterruptedRun.Options);
        Assert.Equal(["drained", "done"], work.Column("SELECT status FROM runs ORDER BY started_at"));
        Assert.Equal(60_000, work.Count("SELECT sum(\"in\") FROM books WHERE stage = 'read'"));
        Assert.Equal(Table(whole.Store, "observations"), Table(StoreContent.Of(work), "observations"));
        Assert.Equal(Table(whole.Store, "dead_letters"), Table(StoreContent.Of(work), "dead_letters"));
        Assert.Equal(Table(whole.Store, "screenings"), Table(StoreContent.Of(work), "screenings"));
        Assert.Equal(Table(whole.Store, "store.label_sets"), Table(StoreContent.Of(work), "store.label_sets"));
        Assert.Equal(Lists(whole.Files), Lists(UninterruptedRun.Contents(work)));
    }

    private static long Observations(Workspace work) =>
        work.Count("SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'store' AND table_name = 'observations'")
        == 0
            ? 0
            : work.Count("SELECT count(*) FROM observations");

    private static string Table(string content, string table) =>
        content.Split('\n').Single(line => line.StartsWith(table + ":", StringComparison.Ordinal));

    private static List<string> Lists(IEnumerable<string> files) =>
        [.. files.Where(file => !file.Contains("changes.ndjson", StringComparison.Ordinal))];
}
