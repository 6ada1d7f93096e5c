// cti backfill as a user has it: names and ranges, what is skipped and what is read again, the proof, and how it meets what runs live.

using System.Text.Json;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Backfill;

public class BackfillTests
{
    private static readonly string[] Both =
    [
        "--input",
        "log=archive/log-*",
        "--input",
        "list=archive/list-*",
        "--now",
        Workspace.Now,
    ];

    [Fact]
    public void A_partition_is_of_the_time_in_its_name_and_partitions_commit_in_order_of_time()
    {
        using var work = List();
        work.Write("in/a/20251103.txt", "c.example.com\n");
        work.Write("in/feed-2025-11-01T0600.txt", "a.example.com\n");
        work.Write("in/2025/11/02.txt", "b.example.com\n");
        var proof = Backfill(work, "--input", "a=in/**/*.txt", "--tz", "+02:00").GetProperty("backfill");
        Assert.Equal(3, proof.GetProperty("done").GetInt32());
        Assert.Equal(
            [
                "2025-11-01 04:00:00 a.example.com",
                "2025-11-01 22:00:00 b.example.com",
                "2025-11-02 22:00:00 c.example.com",
            ],
            work.Column("SELECT event_time || ' ' || value FROM observations ORDER BY event_time")
        );
        Assert.Equal(
            ["a.example.com", "b.example.com", "c.example.com"],
            work.Column("SELECT value FROM changes JOIN indicators USING (indicator) ORDER BY sequence")
        );
    }

    [Fact]
    public void Files_without_a_date_or_with_two_are_listed_and_nothing_is_read()
    {
        using var work = List();
        work.Write("in/2025-11-01.txt", "a.example.com\n");
        work.Write("in/readme.txt", "");
        work.Write("in/2025-11-01_2025-11-30.txt", "");
        var result = work.Cti("backfill", "p.yaml", "--input", "a=in/*");
        Assert.Equal(2, result.Exit);
        Assert.Contains("CTI-BACKFILL-001 1 file has no date", result.Error, StringComparison.Ordinal);
        Assert.Contains("  in/readme.txt", result.Error, StringComparison.Ordinal);
        Assert.Contains(
            "  in/2025-11-01_2025-11-30.txt (2025-11-01, 2025-11-30)",
            result.Error,
            StringComparison.Ordinal
        );
        Assert.False(work.Exists("out/s.duckdb"));
        // Resolved by saying which date counts.
        var resolved = Backfill(
            work,
            "--input",
            "a=in/2025*",
            "--date-pattern",
            "yyyy-MM-dd'.txt'",
            "--to",
            "2025-11-01"
        );
        Assert.Equal(1, resolved.GetProperty("records").GetInt64());
    }

    [Theory]
    [InlineData("CTI-BACKFILL-003", "--input", "a=in/*", "--from", "2026-01-01")]
    [InlineData("CTI-BACKFILL-004", "--input", "a=-")]
    [InlineData("CTI-BACKFILL-005", "--input", "a=in/*", "--tz", "Europe/Atlantis")]
    [InlineData("CTI-BACKFILL-006", "--input", "a=in/*", "--date-pattern", "HH")]
    [InlineData("CTI-BACKFILL-007", "--input", "a=in/*", "--from", "tomorrow")]
    [InlineData("CTI-BACKFILL-007", "--input", "a=in/*", "--from", "2025-11-02", "--to", "2025-11-01")]
    [InlineData("CTI-SOURCE-001", "--input", "a=nowhere/*")]
    [InlineData("there is no source b", "--input", "b=in/*")]
    public void What_cannot_be_backfilled_is_told(string code, params string[] options)
    {
        using var work = List();
        work.Write("in/2025-11-01.txt", "a.example.com\n");
        var result = work.Cti(["backfill", "p.yaml", .. options]);
        Assert.Equal(2, result.Exit);
        Assert.Contains(code, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_read_is_skipped_and_what_has_changed_is_read_again()
    {
        using var work = List();
        Days(work, 5);
        Assert.Equal(5, Backfill(work, "--input", "a=in/*").GetProperty("records").GetInt64());
        var again = Backfill(work, "--input", "a=in/*");
        Assert.Equal(0, again.GetProperty("records").GetInt64());
        Assert.Equal(5, again.GetProperty("backfill").GetProperty("skipped").GetInt32());
        work.Write("in/2025-11-03.txt", "new.example.com\nhost2.example.com\n");
        work.Write("in/2025-11-06.txt", "late.example.com\n");
        var changed = Backfill(work, "--input", "a=in/*");
        Assert.Equal(3, changed.GetProperty("records").GetInt64());
        Assert.Contains("CTI-BACKFILL-010", changed.GetProperty("messages").ToString(), StringComparison.Ordinal);
        Assert.Equal(7, work.Count("SELECT count(*) FROM observations"));
        Assert.Equal(
            ["2025-11-03 00:00:00"],
            work.Column("SELECT event_time::VARCHAR FROM observations WHERE value = 'new.example.com'")
        );
    }

    [Fact]
    public void Holes_of_a_regular_series_are_told_and_are_no_error()
    {
        using var work = List();
        Days(work, 20);
        File.Delete(work.PathOf("in/2025-11-08.txt"));
        File.Delete(work.PathOf("in/2025-11-09.txt"));
        var proof = Backfill(work, "--input", "a=in/*").GetProperty("backfill");
        Assert.Equal(
            ["source a: 2 days without a file: 2025-11-08 to 2025-11-09"],
            proof.GetProperty("holes").EnumerateArray().Select(hole => hole.GetString())
        );
    }

    [Fact]
    public void Verifying_tells_what_differs_and_what_is_missing_and_touches_nothing()
    {
        using var work = new Workspace();
        Archive.Write(work, 3, 6, 40);
        work.Cti(["backfill", "p.yaml", .. Both]);
        File.Delete(work.PathOf($"archive/list-{Archive.Date(2)}.txt.gz"));
        var store = File.ReadAllBytes(work.StorePath);
        Assert.Equal(0, Verify(work, "--input", "log=archive/log-*").Exit);
        work.Write($"archive/log-{Archive.Date(4)}.csv", "value,label\nother.example.com,x\n");
        work.Write($"archive/log-{Archive.Date(9)}.csv", "value,label\nnewer.example.com,x\n");
        File.Delete(work.PathOf($"archive/log-{Archive.Date(1)}.csv"));
        var result = Verify(work, "--input", "log=archive/log-*");
        Assert.Equal(5, result.Exit);
        Assert.Equal(4, result.Json.GetProperty("ok").GetInt32());
        Assert.Equal(
            [$"{Archive.Date(4)} different", $"{Archive.Date(9)} missing", $"{Archive.Date(1)} missing"],
            result
                .Json.GetProperty("partitions")
                .EnumerateArray()
                .Where(partition => partition.GetProperty("verdict").GetString() != "ok")
                .Select(partition =>
                    $"{partition.GetProperty("key").GetString()![..10]} {partition.GetProperty("verdict").GetString()}"
                )
        );
        Assert.Equal(store, File.ReadAllBytes(work.StorePath));
    }

    [Fact]
    public void Observations_that_the_store_lost_are_found_by_verifying()
    {
        using var work = List();
        Days(work, 3);
        Backfill(work, "--input", "a=in/*");
        using (var connection = new DuckDb.DuckDbConnection($"Data Source={work.StorePath}"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText =
                "DELETE FROM store.observations WHERE uri = (SELECT id FROM store.uris WHERE uri = 'in/2025-11-02.txt')";
            command.ExecuteNonQuery();
        }

        var result = Verify(work, "--input", "a=in/*");
        Assert.Equal(5, result.Exit);
        Assert.Contains("the store holds 0 of 1 observations", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_and_a_cut_off_snapshot_close_nothing_and_are_named()
    {
        using var work = new Workspace();
        Archive.Write(work, 5, 6, 40);
        var result = work.Cti(["backfill", "p.yaml", "--json", .. Both]);
        Assert.Equal(1, result.Exit);
        var alarms = result.Json.GetProperty("alarms").EnumerateArray().ToList();
        Assert.Contains(alarms, alarm => Is(alarm, "CTI-SOURCE-005", $"archive/list-{Archive.Date(2)}.txt.gz"));
        Assert.Contains(alarms, alarm => Is(alarm, "CTI-SOURCE-034", $"archive/list-{Archive.Date(3)}.txt.gz"));
        Assert.Equal(2, alarms.Count);
        Assert.Equal(
            [$"{Archive.Date(2)} failed", $"{Archive.Date(3)} suspect"],
            work.Column("SELECT left(key, 10) || ' ' || status FROM partitions WHERE status <> 'done' ORDER BY key")
        );
        Assert.Empty(
            work.Query(
                $"FROM claims WHERE source = 'list' AND withdrawn_at IN ('{Archive.Date(2)}', '{Archive.Date(3)}')"
            )
        );
        var listed = Archive
            .List(5, 5, 40)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Order(StringComparer.Ordinal);
        Assert.Equal(
            listed,
            work.Column("SELECT value FROM claims WHERE source = 'list' AND withdrawn_at IS NULL")
                .Order(StringComparer.Ordinal)
        );
        // What is gone went when the next complete list lacked it.
        Assert.Equal(
            0,
            work.Count(
                "SELECT count(*) FROM claims WHERE source = 'list' AND withdrawn_at IS NOT NULL AND withdrawn_at <> date_trunc('day', withdrawn_at)"
            )
        );
    }

    [Fact]
    public void Stream_sinks_hear_at_the_end_how_things_stand_and_of_nothing_twice()
    {
        using var work = new Workspace();
        Archive.Write(work, 6, 8, 60);
        work.Cti(["backfill", "p.yaml", .. Both]);
        var told = work.Lines("out/changes.ndjson")
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("value").GetString())
            .ToList();
        Assert.Equal(told.Distinct(), told);
        Assert.Equal(work.Lines("out/blocklist.txt").Order(StringComparer.Ordinal), told.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("1", "1000000")]
    [InlineData("8", "7")]
    public void The_store_does_not_depend_on_threads_or_batches(string threads, string batch)
    {
        using var one = new Workspace();
        using var other = new Workspace();
        Archive.Write(one, 8, 10, 50);
        Archive.Write(other, 8, 10, 50);
        one.Cti(["backfill", "p.yaml", .. Both]);
        other.Cti(["backfill", "p.yaml", "--threads", threads, "--batch-size", batch, .. Both]);
        Assert.Equal(StoreContent.Of(one), StoreContent.Of(other));
    }

    private static bool Is(JsonElement alarm, string code, string file) =>
        alarm.GetProperty("code").GetString() == code
        && alarm.GetProperty("message").GetString()!.Contains(file, StringComparison.Ordinal);

    private static Workspace List()
    {
        var work = new Workspace();
        work.Write("p.yaml", PipelineText.List());
        return work;
    }

    private static void Days(Workspace work, int days)
    {
        for (var day = 0; day < days; day++)
        {
            work.Write($"in/{Archive.Date(day)}.txt", $"host{day}.example.com\n");
        }
    }

    private static JsonElement Backfill(Workspace work, params string[] options)
    {
        var result = work.Cti(["backfill", "p.yaml", "--json", "--now", Workspace.Now, .. options]);
        Assert.True(result.Exit == 0, result.ToString());
        return result.Json;
    }

    private static CtiResult Verify(Workspace work, params string[] options) =>
        work.Cti(["backfill", "p.yaml", "--json", "--verify", .. options]);
}
