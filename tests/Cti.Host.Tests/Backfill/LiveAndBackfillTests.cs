// History that was partly read live and partly backfilled, in any order, makes the same store: nothing is counted twice, nothing is lost.

using System.Globalization;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Backfill;

[Collection(Heavy.Name)]
public class LiveAndBackfillTests
{
    private const int Days = 6;
    private const int Rows = 60;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Any_split_of_a_history_between_live_runs_and_backfills_makes_the_same_store(int seed)
    {
        using var whole = new Workspace();
        Write(whole, Enumerable.Range(0, Days), "archive");
        whole.Cti(Backfill("archive"));
        var random = new Random(seed);
        using var work = new Workspace();
        work.Write("p.yaml", Archive.Pipeline);
        var backfilledFirst = Enumerable.Range(0, Days).Where(_ => random.Next(3) == 0).ToList();
        var live = Enumerable.Range(0, Days).Where(_ => random.Next(2) == 0).ToList();
        if (backfilledFirst.Count > 0)
        {
            Write(work, backfilledFirst, "archive");
            work.Cti(Backfill("archive"));
        }

        foreach (var day in live)
        {
            Live(work, day);
        }

        Write(work, Enumerable.Range(0, Days), "archive");
        var last = work.Cti(Backfill("archive"));
        Assert.True(last.Exit == 0, last.ToString());
        Assert.Equal(Claims(whole), Claims(work));
        Assert.Equal(Observations(whole), Observations(work));
    }

    [Fact]
    public void A_file_that_a_live_run_has_read_is_not_read_again_and_the_other_way_round()
    {
        using var work = new Workspace();
        work.Write("p.yaml", PipelineText.List());
        work.Write("in/a-2025-11-01.txt", "a.example.com\nb.example.com\n");
        work.Run();
        // Its records have no time of their own: read again, they would be of the name's time, and so others.
        Assert.Equal(0, Records(work.Cti("backfill", "p.yaml", "--json")));
        File.AppendAllText(work.PathOf("in/a-2025-11-01.txt"), "c.example.com\n");
        work.Write("in/a-2025-11-02.txt", "d.example.com\n");
        Assert.Equal(2, Records(work.Cti("backfill", "p.yaml", "--json")));
        Assert.Equal(0, work.Run().GetProperty("records").GetInt64());
        Assert.Equal(4, work.Count("SELECT count(*) FROM observations"));
        Assert.Equal(0, work.Cti("backfill", "p.yaml", "--verify").Exit);
    }

    private static long Records(CtiResult result)
    {
        Assert.True(result.Exit == 0, result.ToString());
        return result.Json.GetProperty("records").GetInt64();
    }

    private static string[] Backfill(string folder) =>
        [
            "backfill",
            "p.yaml",
            "--input",
            $"log={folder}/log-*",
            "--input",
            $"list={folder}/list-*",
            "--now",
            Workspace.Now,
        ];

    private static void Write(Workspace work, IEnumerable<int> days, string folder)
    {
        work.Write("p.yaml", Archive.Pipeline);
        foreach (var day in days)
        {
            work.Write($"{folder}/log-{Archive.Date(day)}.csv", Archive.Log(9, day, Rows));
            work.Write($"{folder}/list-{Archive.Date(day)}.txt", Archive.List(9, day, Rows));
        }
    }

    // The day's files as the feed served them that day, read at the moment their archived names tell.
    private static void Live(Workspace work, int day)
    {
        foreach (var file in Directory.Exists(work.PathOf("in")) ? Directory.GetFiles(work.PathOf("in")) : [])
        {
            File.Delete(file);
        }

        Write(work, [day], "in");
        var now = Archive.Day(day).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        var result = work.Cti("run", "p.yaml", "--now", now, "--json");
        Assert.True(result.Exit == 0, result.ToString());
    }

    private static List<string> Claims(Workspace work) =>
        work.Column(
            "SELECT concat_ws(' ', source, value, first_seen, last_seen, withdrawn_at, confidence, labels) FROM claims ORDER BY 1"
        );

    private static List<string> Observations(Workspace work) =>
        work.Column(
            "SELECT concat_ws(' ', source, value, event_time, id) FROM observations WHERE source = 'log' ORDER BY 1"
        );
}
