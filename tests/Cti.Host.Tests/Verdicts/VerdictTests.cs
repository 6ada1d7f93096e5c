// What is found to be a false positive leaves every sink and stays away, whoever goes on listing it, until somebody says that it was none.

using System.Text.Json;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Verdicts;

public class VerdictTests
{
    private const string First = "2026-01-02T00:00:00Z";
    private const string Found = "2026-01-02T12:00:00Z";
    private const string Next = "2026-01-03T00:00:00Z";
    private const string Cleared = "2026-01-03T12:00:00Z";
    private const string Later = "2026-01-04T00:00:00Z";
    private const string Value = "a.example.com";

    // A set, a log and a collection of one list.
    private static Workspace With(string list = "a.example.com\n192.0.2.1\n")
    {
        var work = new Workspace();
        work.Write(
            "p.yaml",
            SetPipeline.Text("{ type: plain_list }", "out/list.txt")
                + SetPipeline.Sink("collection", "{ type: stix_bundle }", "{ type: taxii_collection, api_root: intel }")
                + """
                  - name: log
                    render: { type: ndjson }
                    to: { type: file, path: out/log.ndjson }
                """
        );
        work.Write("in/a.txt", list);
        return work;
    }

    private static CtiResult Try(Workspace work, string verdict, params IEnumerable<string> rest) =>
        work.Cti(["verdicts", "add", verdict, .. rest, "--store", "out/s.duckdb"]);

    private static void Say(Workspace work, string verdict, string at)
    {
        var result = Try(work, verdict, Value, "--at", at);
        Assert.True(result.Exit == 0, result.ToString());
    }

    /// <summary>What the log says of the value: op and indicator.</summary>
    private static List<(string Op, string Indicator)> Logged(Workspace work) =>
        [
            .. work.Lines("out/log.ndjson")
                .Select(line => JsonDocument.Parse(line).RootElement)
                .Where(change => change.GetProperty("value").GetString() == Value)
                .Select(change =>
                    (change.GetProperty("op").GetString()!, change.GetProperty("indicator").GetString()!)
                ),
        ];

    /// <summary>What the collection holds of the value, oldest first: its id, and how it stands.</summary>
    private static List<string> Published(Workspace work) =>
        work.Column(
            $"""
            SELECT id || CASE WHEN (content::JSON ->> 'revoked') = 'true' THEN ' revoked' WHEN (content::JSON ->> 'valid_until') IS NULL THEN ' holds' ELSE ' ended' END
            FROM published WHERE type = 'indicator' AND (content::JSON ->> 'name') = '{Value}' ORDER BY place
            """
        );

    [Fact]
    public void It_is_gone_from_sets_logs_and_collections_and_stays_away_though_it_is_listed()
    {
        using var work = With();
        work.RunAt(First);
        var id = Assert.Single(Logged(work)).Indicator;

        Say(work, "false_positive", Found);
        var plan = work.Cti("plan", "p.yaml", "--now", Next, "--json");
        var step = Assert.Single(
            plan.Json.GetProperty("steps").EnumerateArray(),
            step => step.GetProperty("sink").GetString() == "set"
        );
        Assert.Equal("withdraw", step.GetProperty("op").GetString());
        Assert.Equal("a false positive", step.GetProperty("reason").GetString());

        work.RunAt(Next);
        Assert.Equal(["192.0.2.1"], work.Lines("out/list.txt"));
        Assert.Equal([("added", id), ("withdrawn", id)], Logged(work));
        Assert.Equal([$"{id} holds", $"{id} revoked"], Published(work));

        // Its source drops it, lists it again, and another one lists it too: nobody hears of it.
        work.Write("in/a.txt", "192.0.2.1\n");
        work.RunAt("2026-01-05T00:00:00Z");
        work.Write("in/a.txt", "192.0.2.1\na.example.com\n");
        work.RunAt("2026-01-06T00:00:00Z");
        work.Write(
            "p.yaml",
            work.Read("p.yaml")
                .Replace(
                    "screen:",
                    """
                      - name: b
                        from: { type: file, path: in/b.txt }
                        read: { type: lines }
                        map: [ { value: { field: line }, type: domain } ]
                        trust: { reliability: A, credibility: 1, confidence: 90, tlp: clear }
                    screen:
                    """,
                    StringComparison.Ordinal
                )
        );
        work.Write("in/b.txt", "a.example.com\n");
        work.RunAt("2026-01-07T00:00:00Z");
        Assert.Equal(["192.0.2.1"], work.Lines("out/list.txt"));
        Assert.Equal(2, Logged(work).Count);
        Assert.Equal(2, Published(work).Count);
        Assert.Equal(0, work.Count("SELECT count(*) FROM books WHERE missing <> 0"));
    }

    [Fact]
    public void What_is_believed_again_comes_back_as_another_indicator()
    {
        using var work = With();
        work.RunAt(First);
        var id = Logged(work)[0].Indicator;
        Say(work, "false_positive", Found);
        work.RunAt(Next);
        Say(work, "true_positive", Cleared);
        work.RunAt(Later);

        Assert.Equal(["192.0.2.1", Value], work.Lines("out/list.txt").Order(StringComparer.Ordinal));
        var log = Logged(work);
        var other = log[^1].Indicator;
        Assert.Equal([("added", id), ("withdrawn", id), ("added", other)], log);
        Assert.NotEqual(id, other);
        Assert.Equal([$"{id} holds", $"{id} revoked", $"{other} holds"], Published(work));

        // And from then on like any other.
        work.Write("in/a.txt", "192.0.2.1\n");
        work.RunAt("2026-01-05T00:00:00Z");
        Assert.Equal(("withdrawn", other), Logged(work)[^1]);
        Assert.Equal($"{other} ended", Published(work)[^1]);
    }

    [Fact]
    public void An_indicator_that_nobody_heard_was_false_ends_all_the_same_when_it_is_believed_again()
    {
        using var work = With();
        work.RunAt(First);
        var id = Logged(work)[0].Indicator;
        Say(work, "false_positive", Found);
        Say(work, "true_positive", "2026-01-02T13:00:00Z");
        work.RunAt(Next);
        var published = Published(work);
        Assert.Equal(
            [$"{id} holds", $"{id} ended"],
            published.Where(line => line.StartsWith(id, StringComparison.Ordinal))
        );
        Assert.EndsWith(
            " holds",
            Assert.Single(published, line => !line.StartsWith(id, StringComparison.Ordinal)),
            StringComparison.Ordinal
        );
        Assert.Equal(2, work.Lines("out/list.txt").Length);
    }

    [Fact]
    public void A_sink_that_is_taken_back_does_not_get_it_back()
    {
        using var work = With();
        work.RunAt(First);
        var plan = work.Column("SELECT plan_id FROM plans WHERE sink = 'set'")[0];
        Say(work, "false_positive", Found);
        work.Write("in/a.txt", "a.example.com\n");
        work.RunAt(Next);
        Assert.Equal([], work.Lines("out/list.txt"));

        var back = work.Cti("apply", "p.yaml", "--to", plan);
        Assert.True(back.Exit == 0, back.ToString());
        Assert.Equal(["192.0.2.1"], work.Lines("out/list.txt"));
    }

    [Fact]
    public void An_export_knows_it_from_when_it_was_said()
    {
        using var work = With();
        work.RunAt(First);
        Say(work, "false_positive", Found);

        string[] Export(string at, params IEnumerable<string> rest)
        {
            var export = work.Cti(["export", "p/set", "--store", "out/s.duckdb", "--as-of", at, .. rest]);
            Assert.True(export.Exit == 0, export.ToString());
            return export.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }

        Assert.Equal(2, Export("2026-01-02T11:00:00Z").Length);
        Assert.Equal(["192.0.2.1"], Export("2026-01-02T13:00:00Z"));
        // It was recorded today, so nobody knew it then.
        Assert.Equal(2, Export("2026-01-02T13:00:00Z", "--known-at", "2026-01-02T13:00:00Z").Length);
    }

    [Fact]
    public void Explain_and_sql_tell_who_said_it_and_why()
    {
        using var work = With();
        work.RunAt(First);
        var said = Try(
            work,
            "false_positive",
            "a[.]example[.]com",
            "--comment",
            "our own\u001b[31m mirror",
            "--by",
            "ann",
            "--at",
            Found
        );
        Assert.True(said.Exit == 0, said.ToString());
        Assert.Equal(
            $"domain {Value}: a false positive. The next run takes it out of every sink, or `cti apply` now.\n",
            said.Out
        );

        var explained = work.Cti("explain", Value, "--store", "out/s.duckdb", "--now", Next);
        Assert.Contains("score 0.00 now", explained.Out, StringComparison.Ordinal);
        Assert.Contains(
            "found false_positive 2026-01-02T12:00:00Z by ann: our own·[31m mirror",
            explained.Out,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "not in p/set: a false positive; acknowledged revision 1",
            explained.Out,
            StringComparison.Ordinal
        );

        var json = work.Cti("explain", Value, "--store", "out/s.duckdb", "--now", Next, "--json").Json;
        Assert.Equal("false_positive", json.GetProperty("verdicts")[0].GetProperty("verdict").GetString());
        Assert.Equal(
            [
                ["ann", "2026-01-02 12:00:00", "0"],
            ],
            work.Query(
                $"SELECT f.reporter, i.revoked_at::VARCHAR, s.score FROM indicators i JOIN false_positives f USING (indicator) JOIN score_now s USING (indicator) WHERE i.value = '{Value}'"
            )
        );
        Assert.Equal("1", work.Column("SELECT count(*) FROM indicators WHERE revoked_at IS NOT NULL")[0]);

        var list = work.Cti("verdicts", "list", Value, "--store", "out/s.duckdb");
        Assert.Equal(
            "2026-01-02 12:00:00Z  false_positive  domain a.example.com, by ann: our own·[31m mirror\n",
            list.Out
        );
        var listed = work.Cti("verdicts", "list", "--store", "out/s.duckdb", "--json").Json.GetProperty("verdicts");
        Assert.Equal("our own\u001b[31m mirror", listed[0].GetProperty("comment").GetString());
        Assert.Equal("Nothing was said.\n", work.Cti("verdicts", "list", "192.0.2.1", "--store", "out/s.duckdb").Out);
    }

    [Fact]
    public void What_changes_nothing_is_noted_and_nobody_hears_of_it()
    {
        using var work = With();
        work.RunAt(First);
        foreach (var verdict in (string[])["seen", "true_positive"])
        {
            var said = Try(work, verdict, Value, "--at", Found);
            Assert.Equal($"domain {Value}: noted; nothing changes.\n", said.Out);
        }

        Say(work, "false_positive", Found);
        var again = Try(work, "false_positive", Value, "--at", "2026-01-02T13:00:00Z");
        Assert.Equal($"domain {Value}: noted; it is a false positive since 2026-01-02 12:00:00Z.\n", again.Out);
        work.RunAt(Next);
        Assert.Equal(2, Logged(work).Count);
        Assert.Equal(4, work.Count("SELECT count(*) FROM verdicts"));
    }

    [Theory]
    [InlineData("CTI-VERDICT-001 no source ever reported domain b.example.com", "b.example.com")]
    [InlineData("CTI-VERDICT-001", "a.example.com", "b.example.com")]
    [InlineData("CTI-NORM-", "no value")]
    [InlineData("--type nothing: no such type", "a.example.com", "--type", "nothing")]
    [InlineData("CTI-VERDICT-002 --at is in the future", "a.example.com", "--at", "2999-01-01")]
    [InlineData("--at yesterday: no time", "a.example.com", "--at", "yesterday")]
    public void What_cannot_be_judged_is_told_and_nothing_is_recorded(string told, params string[] arguments)
    {
        using var work = With();
        work.RunAt(First);
        var said = Try(work, "false_positive", arguments);
        Assert.Equal(2, said.Exit);
        Assert.Contains(told, said.Error, StringComparison.Ordinal);
        Assert.Equal(0, work.Count("SELECT count(*) FROM verdicts"));
    }

    [Fact]
    public void A_word_that_is_no_verdict_and_a_store_that_is_not_there_are_told()
    {
        using var work = With();
        Assert.Equal(1, Try(work, "false_positive", Value).Exit);
        work.RunAt(First);
        Assert.Equal(2, Try(work, "wrong", Value).Exit);
    }
}
