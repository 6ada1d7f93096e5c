// Records that say their source took something back, or until when it holds: from the file to every output, and back again.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.History;

public class EndingTests
{
    private static Workspace With(string mode = "append")
    {
        var work = new Workspace();
        work.Write(
            "p.yaml",
            $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: feed
                from: { type: file, path: "in/*.csv" }
                read: { type: csv }
                mode: {{mode}}
                map:
                  - { value: { field: value }, type: domain, last_seen: { field: seen }, ended: { field: until } }
                trust: { reliability: A, credibility: 1, confidence: 80, tlp: clear }
                expect: { records: 0.. }
            sinks:
              - { name: list, render: { type: plain_list }, to: { type: file, path: out/list.txt }, max_change: 1000000% }
              - { name: stream, render: { type: ndjson }, to: { type: file, path: out/stream.ndjson } }
            """
        );
        return work;
    }

    private static string Day(int day) => $"2026-01-{day:00}T00:00:00Z";

    private static void Feed(Workspace work, int run, params (string Value, int Seen, int? Until)[] rows) =>
        work.Write(
            $"in/{run}.csv",
            "value,seen,until\n"
                + string.Concat(
                    rows.Select(row => $"{row.Value},{Day(row.Seen)},{(row.Until is { } until ? Day(until) : "")}\n")
                )
        );

    private static List<string> History(Workspace work, string value) =>
        [
            .. work.Query(
                    $"""
                    SELECT strftime("from", '%d'), coalesce(strftime("until", '%d'), '-') FROM claim_history
                    WHERE value = '{value}' AND superseded_at IS NULL ORDER BY 1
                    """
                )
                .Select(row => $"{row[0]} {row[1]}"),
        ];

    [Fact]
    public void What_a_source_takes_back_leaves_every_output_and_comes_back_with_a_later_word()
    {
        using var work = With();
        Feed(work, 1, ("a.example", 1, null), ("b.example", 1, null), ("c.example", 1, 2));
        work.RunAt(Day(3));
        Assert.Equal(["a.example", "b.example"], work.Lines("out/list.txt"));
        Feed(work, 2, ("a.example", 4, 4));
        work.RunAt(Day(5));
        Assert.Equal(["b.example"], work.Lines("out/list.txt"));
        Assert.Equal(
            ["withdrawn"],
            work.Column(
                "SELECT op FROM changes c JOIN claims k ON k.subject = c.indicator WHERE value = 'a.example' ORDER BY sequence DESC LIMIT 1"
            )
        );
        Assert.Contains("\"op\":\"withdrawn\"", work.Lines("out/stream.ndjson")[^1]);
        // An older word that comes in late does not bring it back.
        Feed(work, 3, ("a.example", 3, null));
        work.RunAt(Day(6));
        Assert.Equal(["b.example"], work.Lines("out/list.txt"));
        Feed(work, 4, ("a.example", 7, null));
        work.RunAt(Day(8));
        Assert.Equal(["a.example", "b.example"], work.Lines("out/list.txt"));
        Assert.Equal(["01 04", "07 -"], History(work, "a.example"));
        Assert.Equal(["01 02"], History(work, "c.example"));
        // What was known on the fifth, and what is known now of the second.
        Assert.Equal("b.example\n", Export(work, 5, 5));
        Assert.Equal("a.example\nb.example\n", Export(work, 2, 9));
        Assert.Equal("a.example\nb.example\n", Export(work, 9, 9));
    }

    [Fact]
    public void An_end_that_is_to_come_comes_without_another_word()
    {
        using var work = With();
        Feed(work, 1, ("a.example", 1, 10), ("b.example", 1, 20), ("c.example", 1, null));
        work.Write("in/2.csv", $"value,seen,until\nd.example,{Day(1)},9999-12-31T00:00:00Z\n");
        work.RunAt(Day(3));
        Assert.Equal(["a.example", "b.example", "c.example", "d.example"], work.Lines("out/list.txt"));
        Assert.Equal(["01 10"], History(work, "a.example"));
        work.RunAt(Day(12));
        Assert.Equal(["b.example", "c.example", "d.example"], work.Lines("out/list.txt"));
        Assert.Equal(
            ["a.example 10"],
            work.Query("SELECT value, strftime(withdrawn_at, '%d') FROM claims WHERE withdrawn_at IS NOT NULL")
                .Select(row => string.Join(' ', row))
        );
        // The end is shortened, and then put off.
        Feed(work, 3, ("b.example", 13, 14));
        work.RunAt(Day(15));
        Assert.Equal(["c.example", "d.example"], work.Lines("out/list.txt"));
        Feed(work, 4, ("b.example", 16, 28));
        work.RunAt(Day(17));
        Assert.Equal(["b.example", "c.example", "d.example"], work.Lines("out/list.txt"));
        Assert.Equal(["01 14", "16 28"], History(work, "b.example"));
        Assert.Equal("a.example\nb.example\nc.example\nd.example\n", Export(work, 9, 17));
        Assert.Equal("c.example\nd.example\n", Export(work, 15, 17));
    }

    [Fact]
    public void An_entry_of_a_snapshot_that_has_ended_is_not_on_it()
    {
        using var work = With("snapshot");
        Feed(work, 1, ("a.example", 1, null), ("b.example", 1, 10));
        work.RunAt(Day(3));
        Assert.Equal(["a.example", "b.example"], work.Lines("out/list.txt"));
        Feed(work, 1, ("a.example", 2, 4), ("b.example", 1, 10), ("c.example", 1, 2));
        work.RunAt(Day(5));
        Assert.Equal(["b.example"], work.Lines("out/list.txt"));
        Assert.Equal(
            ["a.example CTI-SCREEN-008", "c.example CTI-SCREEN-008"],
            work.Query("SELECT value, code FROM screenings ORDER BY value").Select(row => string.Join(' ', row))
        );
    }

    private static string Export(Workspace work, int at, int knownAt)
    {
        var result = work.Cti(
            "export",
            "p/list",
            "--store",
            "out/s.duckdb",
            "--as-of",
            Day(at),
            "--known-at",
            Day(knownAt)
        );
        Assert.True(result.Exit == 0, result.ToString());
        return result.Out;
    }
}
