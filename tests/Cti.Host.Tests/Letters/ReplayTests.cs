// Garbage in; look, mend, replay: what could not be used is used, once, and its letter is closed with it.

using System.IO.Compression;
using System.Text;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Letters;

public class ReplayTests
{
    private const string Bad = "type: ipv4";
    private const string Mended = "type: auto";

    // A CSV source `a` whose values are taken for addresses until the pipeline is mended.
    private static string Pipeline(
        string type,
        string read = "type: csv",
        string rest = "",
        string from = "",
        string source = ""
    ) =>
        $$"""
            pipeline: p
            store: out/s.duckdb
            {{rest}}
            sources:
              - name: a
                from: { type: file, path: "in/a*" {{from}} }
                {{source}}
                read: { {{read}} }
                map: [ { value: { field: value }, {{type}} } ]
                trust: { reliability: A, credibility: 1, confidence: 80, tlp: clear }
            sinks:
              - { name: list, render: { type: plain_list }, to: { type: file, path: out/list.txt }, max_change: 1000% }
              - { name: stream, render: { type: ndjson }, to: { type: file, path: out/changes.ndjson } }
            """;

    private static Workspace With(string pipeline, string input)
    {
        var work = new Workspace();
        work.Write("p.yaml", pipeline);
        work.Write("in/a.csv", input);
        return work;
    }

    private static CtiResult Letters(Workspace work, params string[] arguments) =>
        work.Cti(["dead-letters", arguments[0], "p.yaml", .. arguments[1..]]);

    private static CtiResult Replay(Workspace work, params string[] arguments)
    {
        var result = Letters(work, ["replay", "--now", Workspace.Now, "--json", .. arguments]);
        Assert.True(result.Exit == 0, result.ToString());
        return result;
    }

    private static void BooksExplain(Workspace work)
    {
        Assert.Empty(work.Query("FROM books WHERE missing <> 0"));
        Assert.Equal(
            work.Count("SELECT coalesce(sum(rejected), 0)::BIGINT FROM stage_counts"),
            work.Count("SELECT coalesce(sum(attempts), 0)::BIGINT FROM dead_letters")
        );
    }

    [Fact]
    public void After_mending_the_pipeline_a_replay_uses_what_could_not_be_used_and_a_second_one_does_nothing()
    {
        using var work = With(
            Pipeline(Bad),
            "value,note\n198.51.100.1,x\nbad.example,x\n\"worse.example\",\"two\nlines\"\n"
        );
        work.Run();
        Assert.Equal(["198.51.100.1"], work.Lines("out/list.txt"));

        var list = Letters(work, "list", "--json").Json;
        Assert.Equal(2, list.GetProperty("total").GetInt32());
        Assert.Equal(2, list.GetProperty("groups")[0].GetProperty("letters").GetInt32());
        var text = Letters(work, "list").Out;
        Assert.Contains("p: 2 dead letters", text, StringComparison.Ordinal);
        Assert.Contains("in/a.csv:3", text, StringComparison.Ordinal);

        // Not mended: they stay, one attempt older.
        var failed = Replay(work);
        Assert.Equal(2, failed.Json.GetProperty("open_dead_letters").GetInt32());
        Assert.Equal(["open 2", "open 2"], work.Column("SELECT concat(status, ' ', attempts) FROM dead_letters"));
        BooksExplain(work);

        work.Write("p.yaml", Pipeline(Mended));
        var report = Replay(work).Json;
        Assert.Equal(0, report.GetProperty("open_dead_letters").GetInt32());
        Assert.Equal(2, report.GetProperty("observations").GetInt32());
        Assert.Equal(["198.51.100.1", "bad.example", "worse.example"], work.Lines("out/list.txt").Order());
        Assert.Equal(
            ["bad.example 3 26", "worse.example 4 40"],
            work.Column(
                "SELECT concat_ws(' ', value, line, byte_offset) FROM observations WHERE line > 2 ORDER BY line"
            )
        );
        Assert.Equal(["replayed"], work.Column("SELECT DISTINCT status FROM dead_letters"));
        Assert.Contains(
            "replay of 2 dead letters: 2 records read again",
            work.Column("SELECT message FROM runs ORDER BY started_at")[^1],
            StringComparison.Ordinal
        );
        BooksExplain(work);

        var before = StoreContent.Of(work);
        var again = Letters(work, "replay");
        Assert.Equal(0, again.Exit);
        Assert.Contains("no open dead letter", again.Error, StringComparison.Ordinal);
        Assert.Equal(before, StoreContent.Of(work));
    }

    [Fact]
    public void The_same_poison_read_again_is_the_same_letter()
    {
        using var work = With(Pipeline(Bad, source: "mode: snapshot"), "value\n198.51.100.1\nbad.example\n");
        work.Run();
        work.Write("in/a.csv", "value\n198.51.100.1\nbad.example\n198.51.100.2\n");
        work.Run();
        Assert.Equal(["open 2"], work.Column("SELECT concat(status, ' ', attempts) FROM dead_letters"));
        BooksExplain(work);
    }

    [Fact]
    public void What_the_newest_snapshot_lists_no_longer_is_not_brought_back()
    {
        using var work = With(Pipeline(Bad, source: "mode: snapshot"), "value\n198.51.100.1\nbad.example\n");
        work.Run();
        work.Write("in/a.csv", "value\n198.51.100.1\n198.51.100.2\n");
        work.Run();
        work.Write("p.yaml", Pipeline(Mended, source: "mode: snapshot"));
        Assert.Contains("CTI-DEAD-008", Replay(work).Out, StringComparison.Ordinal);
        Assert.Equal(["198.51.100.1", "198.51.100.2"], work.Lines("out/list.txt").Order());
    }

    [Fact]
    public void All_that_was_wrong_with_a_record_is_closed_with_it_and_what_was_right_is_not_doubled()
    {
        var two = Pipeline(Bad)
            .Replace(
                "map: [ { value: { field: value }, type: ipv4 } ]",
                "map: [ { value: { field: value }, type: ipv4 }, { value: { field: other }, type: ipv4 }, { value: { field: good }, type: ipv4 } ]",
                StringComparison.Ordinal
            );
        using var work = With(two, "value,other,good\nbad.example,worse.example,192.0.2.1\n");
        work.Run();
        Assert.Equal(2, work.Count("SELECT count(*) FROM dead_letters WHERE status = 'open'"));

        // One of the two is mended; it is asked for by one letter's id.
        work.Write(
            "p.yaml",
            two.Replace(
                "value: { field: other }, type: ipv4",
                "value: { field: other }, type: auto",
                StringComparison.Ordinal
            )
        );
        Replay(work, work.Column("SELECT id::VARCHAR FROM dead_letters ORDER BY id")[0][..13]);
        Assert.Equal(["open", "replayed"], work.Column("SELECT status FROM dead_letters ORDER BY 1"));
        Assert.Equal(["192.0.2.1", "worse.example"], work.Lines("out/list.txt").Order());
        Assert.Equal(2, work.Count("SELECT count(*) FROM observations"));
        BooksExplain(work);
    }

    [Fact]
    public void A_replay_by_filter_leaves_the_others_alone()
    {
        using var work = With(Pipeline(Bad), "value\nbad.example\nx\0y\n");
        work.Run();
        work.Write("p.yaml", Pipeline(Mended));
        Replay(work, "--stage", "normalise");
        Assert.Equal(
            ["normalise replayed", "read open"],
            work.Column("SELECT concat(stage, ' ', status) FROM dead_letters ORDER BY 1")
        );
        Assert.Equal(2, Letters(work, "replay", "ffffffff-nothing").Exit);
    }

    public static TheoryData<string, string> Packed =>
        new()
        {
            { "gzip", "" },
            { "utf-16", "" },
            { "latin-1", ", encoding: latin-1" },
        };

    [Theory]
    [MemberData(nameof(Packed))]
    public void Packed_and_transcoded_sources_are_replayed(string form, string mend)
    {
        const string Text = "value,note\n198.51.100.1,x\nbad.example,größe\n";
        using var work = With(Pipeline(Bad), Text);
        if (form == "gzip")
        {
            using var packed = new MemoryStream();
            using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            {
                gzip.Write(Encoding.UTF8.GetBytes(Text));
            }

            work.Write("in/a.csv", packed.ToArray());
        }
        else
        {
            var encoding = form == "utf-16" ? Encoding.Unicode : Encoding.Latin1;
            work.Write("in/a.csv", [.. encoding.GetPreamble(), .. encoding.GetBytes(Text)]);
        }

        work.Run();
        Assert.Equal(1, work.Count("SELECT count(*) FROM dead_letters"));
        work.Write("p.yaml", Pipeline(Mended, "type: csv" + mend));
        Replay(work);
        Assert.Equal(["198.51.100.1", "bad.example"], work.Lines("out/list.txt").Order());
    }

    [Theory]
    [InlineData(
        "type: json, records: data",
        "{ \"data\": [ { \"value\": \"198.51.100.1\" }, {\n \"value\":\n \"bad.example\" } ] }",
        2
    )]
    [InlineData("type: ndjson", "{ \"value\": \"198.51.100.1\" }\n{ \"value\": \"bad.example\" }\n", 2)]
    public void Json_records_are_replayed_where_they_stood(string read, string input, int line)
    {
        using var work = With(Pipeline(Bad, read), input);
        work.Run();
        var at = work.Query("SELECT line, byte_offset FROM dead_letters")[0];
        work.Write("p.yaml", Pipeline(Mended, read));
        Replay(work);
        Assert.Equal(["198.51.100.1", "bad.example"], work.Lines("out/list.txt").Order());
        Assert.Equal(at, work.Query("SELECT line, byte_offset FROM observations WHERE value = 'bad.example'")[0]);
        Assert.True(int.Parse(at[0], System.Globalization.CultureInfo.InvariantCulture) <= line);
    }

    [Fact]
    public void A_record_that_only_began_to_be_kept_says_so_and_stays_open()
    {
        using var work = With(Pipeline(Bad), "value,note\nbad.example," + new string('x', 70_000) + "\n");
        work.Run();
        work.Write("p.yaml", Pipeline(Mended));
        Assert.Contains("CTI-DEAD-002", Replay(work).Out, StringComparison.Ordinal);
        Assert.Equal(["open"], work.Column("SELECT status FROM dead_letters"));
    }

    [Fact]
    public void Poison_in_the_middle_holds_nobody_up()
    {
        var rows = string.Concat(
            Enumerable.Range(0, 200).Select(row => row % 3 == 0 ? $"bad{row}.example\n" : $"198.51.100.{row}\n")
        );
        using var work = With(Pipeline(Bad), "value\n" + rows);
        work.Run("--epoch-records", "50");
        Assert.Equal(133, work.Lines("out/list.txt").Length);
        Assert.Equal(67, work.Count("SELECT count(*) FROM dead_letters"));
    }

    [Theory]
    [InlineData("max_count: 10", "max_count")]
    [InlineData("max_bytes: 100B", "max_bytes")]
    public void Full_means_stop_and_what_was_committed_stands(string bound, string setting)
    {
        var rows = string.Concat(
            Enumerable.Range(0, 100).Select(row => row < 50 ? $"198.51.100.{row}\n" : $"bad{row}.example\n")
        );
        using var work = With(Pipeline(Bad, rest: $"dead_letters: {{ {bound} }}"), "value\n" + rows);
        var result = work.TryRun("--epoch-records", "50");
        Assert.Equal(1, result.Exit);
        foreach (
            var part in new[]
            {
                "CTI-DEAD-001",
                "stage normalise",
                "CTI-NORM-",
                "cti dead-letters list p.yaml",
                setting,
            }
        )
        {
            Assert.Contains(part, result.Error, StringComparison.Ordinal);
        }

        Assert.Equal(50, work.Count("SELECT count(*) FROM observations"));
        Assert.Equal(0, work.Count("SELECT count(*) FROM dead_letters"));

        // Raised, the rest is read.
        work.Write("p.yaml", Pipeline(Bad, rest: "dead_letters: { max_count: 50, max_bytes: 1KB }"));
        work.Run("--epoch-records", "50");
        Assert.Equal(50, work.Count("SELECT count(*) FROM dead_letters"));
        Assert.Equal(50, work.Count("SELECT count(*) FROM observations"));
    }

    [Fact]
    public void A_kill_before_the_commit_leaves_the_letter_open_and_one_after_it_closed()
    {
        // Commit and close are one transaction: any prefix of replays leaves as many observations as closed letters.
        var rows = string.Concat(Enumerable.Range(0, 5000).Select(row => $"bad{row}.example\n"));
        using var work = With(Pipeline(Bad), "value\n" + rows);
        work.Run();
        work.Write("p.yaml", Pipeline(Mended));
        for (var wait = 150; wait < 1500; wait += 150)
        {
            using var process = CtiProcess.Start(work.Root, "dead-letters", "replay", "p.yaml", "--now", Workspace.Now);
            process.EndsWithin(TimeSpan.FromMilliseconds(wait));
            process.Kill();
            Assert.Equal(
                work.Count("SELECT count(*) FROM dead_letters WHERE status = 'replayed'"),
                work.Count("SELECT count(*) FROM observations")
            );
        }

        Letters(work, "replay", "--now", Workspace.Now);
        Assert.Equal(5000, work.Count("SELECT count(*) FROM dead_letters WHERE status = 'replayed'"));
        Assert.Equal(5000, work.Count("SELECT count(*) FROM observations"));
        work.Run();
        Assert.Equal(5000, work.Lines("out/list.txt").Length);
    }
}
