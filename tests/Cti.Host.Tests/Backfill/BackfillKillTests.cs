// kill -9 at twenty random moments of a backfill, each time resumed: the store is that of one uninterrupted backfill.

using System.Diagnostics;
using System.Globalization;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Backfill;

[Collection(Heavy.Name)]
public class BackfillKillTests
{
    private const int Kills = 20;
    private const int Days = 24;
    private const int Rows = 600;

    private static readonly string[] Command =
    [
        "backfill",
        "p.yaml",
        "--input",
        "log=archive/log-*",
        "--input",
        "list=archive/list-*",
        "--now",
        Workspace.Now,
        "--json",
        // Several epochs in a partition, so that some kills fall between them.
        "--epoch-records",
        "400",
        "--batch-size",
        "100",
    ];

    [Fact]
    public void Killed_twenty_times_and_resumed_the_store_is_that_of_one_uninterrupted_backfill()
    {
        using var whole = new Workspace();
        Archive.Write(whole, 7, Days, Rows);
        var clock = Stopwatch.StartNew();
        var uninterrupted = whole.Cti(Command);
        var duration = clock.Elapsed;
        // One list is cut off: that is told, and stays so.
        Assert.True(uninterrupted.Exit == 1, uninterrupted.ToString());
        var expected = Content(whole);

        var random = new Random(4);
        var kills = 0;
        var midway = 0;
        while (kills < Kills)
        {
            using var work = new Workspace();
            Archive.Write(work, 7, Days, Rows);
            var ended = false;
            while (kills < Kills && !ended)
            {
                using var process = CtiProcess.Start(work.Root, Command);
                ended = process.EndsWithin(duration * (0.1 + (random.NextDouble() * 0.5)));
                process.Kill();
                kills += ended ? 0 : 1;
                midway += !ended && IsMidway(work) ? 1 : 0;
            }

            var last = work.Cti(Command);
            Assert.True(last.Exit == 1, last.ToString());
            Assert.Equal(expected, Content(work));
            Assert.Empty(work.Query("FROM books WHERE missing <> 0"));
            Assert.Equal(
                uninterrupted.Json.GetProperty("backfill").GetProperty("content_hash").GetString(),
                last.Json.GetProperty("backfill").GetProperty("content_hash").GetString()
            );
        }

        Assert.True(midway >= 5, $"only {midway} of {Kills} kills fell between the first partition and the last");
    }

    private static bool IsMidway(Workspace work) =>
        File.Exists(work.StorePath)
        && new FileInfo(work.StorePath).Length > 0
        && work.Count("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'partitions'") > 0
        && work.Count("SELECT count(*) FROM partitions") is > 0 and < Days * 2;

    private static string Content(Workspace work)
    {
        var rows = work.Query(
            "SELECT count(*)::VARCHAR, sum(hash(t)::HUGEINT)::VARCHAR FROM (SELECT * EXCLUDE (run_id, recorded_at) FROM partitions) t"
        )[0];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{StoreContent.Of(work)}\npartitions: {rows[0]} rows, {rows[1]}\nlist: {work.Read("out/blocklist.txt")}\nstream: {work.Read("out/changes.ndjson")}"
        );
    }
}
