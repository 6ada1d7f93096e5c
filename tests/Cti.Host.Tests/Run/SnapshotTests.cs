// Snapshots that are believed, and those that are not; what an unchanged one means; sub-sources.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Run;

public class SnapshotTests
{
    private const string Later = "2026-01-03T00:00:00Z";

    [Fact]
    public void A_snapshot_of_less_than_half_is_taken_but_not_believed()
    {
        using var work = With("mode: snapshot");
        work.Write("in/a.txt", Names(0, 40));
        work.Run();
        work.Write("in/a.txt", Names(30, 19) + "new.example.com\n");
        work.RunAt(Later);
        Assert.Equal(20, work.Lines("out/list.txt").Length);
        work.Write("in/a.txt", Names(30, 8) + "newer.example.com\n");
        Alarms(work, "2026-01-04T00:00:00Z", "CTI-SOURCE-033", "9 records, 55% fewer than the 20");
        Assert.Equal(21, work.Lines("out/list.txt").Length);
        // The next one is held against the last that was believed.
        work.Write("in/a.txt", Names(0, 30));
        work.RunAt("2026-01-05T00:00:00Z");
        Assert.Equal(30, work.Lines("out/list.txt").Length);
        Assert.Equal(["CTI-SOURCE-033"], work.Column("SELECT code FROM alarms"));
    }

    [Fact]
    public void A_short_list_may_lose_most_of_its_entries()
    {
        using var work = With("mode: snapshot");
        work.Write("in/a.txt", Names(0, 19));
        work.Run();
        work.Write("in/a.txt", Names(0, 1));
        work.RunAt(Later);
        Assert.Single(work.Lines("out/list.txt"));
    }

    [Fact]
    public void A_snapshot_that_may_be_small_or_empty_says_so()
    {
        using var work = With("mode: snapshot\n    expect: { records: 0.. }");
        work.Write("in/a.txt", Names(0, 40));
        work.Run();
        work.Write("in/a.txt", Names(0, 1));
        work.RunAt(Later);
        Assert.Single(work.Lines("out/list.txt"));
        work.Write("in/a.txt", "# nothing today\n");
        work.RunAt("2026-01-04T00:00:00Z");
        Assert.Empty(work.Lines("out/list.txt"));
    }

    [Fact]
    public void Saying_what_may_be_expected_is_enough_to_have_the_same_snapshot_believed()
    {
        using var work = With("mode: snapshot");
        work.Write("in/a.txt", Names(0, 40));
        work.Run();
        work.Write("in/a.txt", Names(0, 5));
        Alarms(work, Later, "CTI-SOURCE-033", "5 records");
        work.Write(
            "p.yaml",
            work.Read("p.yaml")
                .Replace("mode: snapshot", "mode: snapshot\n    expect: { records: 2.. }", StringComparison.Ordinal)
        );
        work.RunAt("2026-01-04T00:00:00Z");
        Assert.Equal(5, work.Lines("out/list.txt").Length);
    }

    [Fact]
    public void An_empty_snapshot_raises_an_alarm_only_after_one_that_was_not()
    {
        using var work = With("mode: snapshot");
        work.Write("in/a.txt", "");
        work.Run();
        work.Write("in/a.txt", Names(0, 2));
        work.RunAt(Later);
        work.Write("in/a.txt", "# nothing\n");
        Alarms(work, "2026-01-04T00:00:00Z", "CTI-SOURCE-034", "the one before had 2 records");
        Assert.Equal(2, work.Lines("out/list.txt").Length);
    }

    [Fact]
    public void What_an_unchanged_snapshot_lists_lives_on()
    {
        using var work = With("mode: snapshot", "score: { lifetime: { domain: 10d } }");
        work.Write("in/a.txt", Names(0, 3));
        work.Run();
        Assert.Equal(0, work.RunAt("2026-01-10T00:00:00Z").GetProperty("records").GetInt64());
        work.RunAt("2026-01-18T00:00:00Z");
        Assert.Equal(3, work.Lines("out/list.txt").Length);
        Assert.Equal(3, work.Count("SELECT count(*) FROM observations"));
        Assert.Equal(["added", "added", "added"], work.Column("SELECT op FROM changes"));
    }

    [Fact]
    public void What_had_expired_returns_with_an_unchanged_snapshot_and_the_log_says_so()
    {
        using var work = With(
            "mode: snapshot",
            "score: { lifetime: { domain: 10d } }",
            "\n  - { name: stream, render: { type: ndjson }, to: { type: file, path: out/s.ndjson } }"
        );
        work.Write("in/a.txt", Names(0, 1));
        work.Run();
        work.RunAt("2026-02-20T00:00:00Z");
        Assert.Single(work.Lines("out/list.txt"));
        Assert.Equal(["added", "added"], work.Column("SELECT op FROM changes ORDER BY sequence"));
        Assert.Equal(2, work.Lines("out/s.ndjson").Length);
    }

    [Fact]
    public void What_a_suspect_snapshot_lacks_does_not_live_on_by_it()
    {
        using var work = With("mode: snapshot", "score: { lifetime: { domain: 10d } }");
        work.Write("in/a.txt", Names(0, 40));
        work.Run();
        work.Write("in/a.txt", Names(0, 5));
        Alarms(work, "2026-01-04T00:00:00Z", "CTI-SOURCE-033", "5 records");
        // Neither does the alarm end by itself.
        Alarms(work, "2026-01-13T00:00:00Z", "CTI-SOURCE-033", "5 records");
        Assert.Equal(5, work.Lines("out/list.txt").Length);
    }

    [Fact]
    public void A_record_that_says_when_it_was_last_seen_is_believed()
    {
        using var work = Csv("last_seen: { field: seen }", "score: { lifetime: { domain: 10d } }");
        work.Write("in/a.csv", "value,by,seen\na.example.com,x,2026-01-01T00:00:00Z\n");
        work.Run();
        work.RunAt("2026-01-10T00:00:00Z");
        Assert.Equal(["2026-01-01 00:00:00"], work.Column("SELECT last_seen::VARCHAR FROM claims"));
    }

    [Fact]
    public void A_record_that_says_only_when_it_was_first_seen_is_seen_while_it_is_listed()
    {
        using var work = Csv("first_seen: { field: seen }", "score: { lifetime: { domain: 10d } }");
        work.Write("in/a.csv", "value,by,seen\na.example.com,x,2025-03-01T00:00:00Z\n");
        work.Run();
        Assert.Equal(["a.example.com"], work.Lines("out/list.txt"));
        Assert.Equal(
            ["2025-03-01 00:00:00|2026-01-02 00:00:00"],
            work.Column("SELECT first_seen::VARCHAR || '|' || last_seen::VARCHAR FROM claims")
        );
    }

    [Fact]
    public void A_snapshot_withdraws_what_its_sub_sources_no_longer_say()
    {
        using var work = Csv("source: { field: by }");
        work.Write("in/a.csv", "value,by\na.example.com,x\nb.example.com,x\nb.example.com,y\n");
        work.Run();
        work.Write("in/a.csv", "value,by\nb.example.com,y\n");
        work.RunAt(Later);
        Assert.Equal(["b.example.com"], work.Lines("out/list.txt"));
        Assert.Equal(
            ["a.example.com a/x", "b.example.com a/x"],
            work.Column("SELECT value || ' ' || source FROM claims WHERE withdrawn_at IS NOT NULL ORDER BY ALL")
        );
    }

    private static void Alarms(Workspace work, string now, string code, string says)
    {
        var result = work.Cti("run", "p.yaml", "--json", "--now", now);
        Assert.True(result.Exit == 1, result.ToString());
        var alarm = Assert.Single(result.Json.GetProperty("alarms").EnumerateArray());
        Assert.Equal(code, alarm.GetProperty("code").GetString());
        Assert.Contains(says, alarm.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Contains(code, result.Error, StringComparison.Ordinal);
    }

    private static string Names(int from, int count) =>
        string.Concat(Enumerable.Range(from, count).Select(number => $"host{number}.example.com\n"));

    private static Workspace With(string source, string rest = "", string sinks = "")
    {
        var work = new Workspace();
        work.Write("p.yaml", PipelineText.List(source, "max_change: 1000000%" + sinks, rest));
        return work;
    }

    private static Workspace Csv(string map, string rest = "")
    {
        var work = new Workspace();
        work.Write(
            "p.yaml",
            $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: a
                from: { type: file, path: in/a.csv }
                read: { type: csv }
                mode: snapshot
                map: [ { value: { field: value }, type: auto, {{map}} } ]
            {{rest}}
            sinks: [ { name: list, render: { type: plain_list }, to: { type: file, path: out/list.txt }, max_change: 1000000% } ]
            """
        );
        return work;
    }
}
