// Dead letters, cursors and exports while a service owns the store: what writes takes its turn between runs, and what asks is answered from afar.

using System.Globalization;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Serve;

public class ServedStoreTests
{
    private const string Seldom = "schedule: { every: 1h }";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static Workspace Filled(string input = "a.example.com\n192.0.2.1\nno value\n")
    {
        var work = new Workspace();
        work.Write("p.yaml", PipelineText.List(rest: Seldom, sink: "max_change: 1000000%"));
        work.Write("in/a.txt", input);
        work.Cti("run", "p.yaml", "--quiet");
        return work;
    }

    // A pipeline whose reading waits for the file `go`, so that its run lasts as long as a test wants.
    private static Workspace Waiting()
    {
        var work = new Workspace();
        work.Write("in/a.txt", "192.0.2.1\nno value\n");
        var pipeline = PipelineText.List(rest: Seldom, sink: "max_change: 1000000%");
        work.Write("p.yaml", pipeline);
        work.Cti("run", "p.yaml", "--quiet");
        work.Write(
            "p.yaml",
            pipeline.Replace(
                "sources:",
                """
                sources:
                  - name: slow
                    from: { type: command, run: [sh, -c, "touch begun; while [ ! -e go ]; do sleep 0.1; done; echo '{\"v\":\"192.0.2.9\"}'"], timeout: 2m }
                    read: { type: ndjson }
                    map: [ { value: { field: v }, type: auto } ]
                    trust: { reliability: A, credibility: 1, confidence: 80, tlp: clear }
                """,
                StringComparison.Ordinal
            )
        );
        return work;
    }

    // A command whose standard error is a file, so that it can be read meanwhile.
    private static CtiProcess Launch(Workspace work, string command) =>
        CtiProcess.Launch(work.Root, "sh", "-c", $"exec '{CtiProcess.Executable}' {command} 2>said.txt");

    private static void WaitFor(Workspace work, string file, string text) =>
        Assert.True(
            SpinWait.SpinUntil(
                () => work.Exists(file) && work.Read(file).Contains(text, StringComparison.Ordinal),
                Patience
            ),
            $"{file} never said: {text}"
        );

    [Fact]
    public void A_replay_waits_for_the_run_under_way_and_closes_its_letters()
    {
        using var work = Waiting();
        using var service = ServiceProcess.Start(work, "p.yaml");
        WaitFor(work, "begun", "");
        using var replay = Launch(work, "dead-letters replay p.yaml --json");
        WaitFor(work, "said.txt", "waiting: a run of this store is under way");
        // Who only looks does not wait.
        Assert.Contains("1 dead letter", work.Cti("dead-letters", "list", "p.yaml").Out, StringComparison.Ordinal);
        Assert.Equal(0, work.Cti("cursor", "list", "p.yaml").Exit);
        work.Write("go", "");
        var ended = replay.Wait();
        Assert.True(ended.Exit == 0, ended.ToString());
        Assert.Equal("done", ended.Json.GetProperty("status").GetString());
        Assert.Equal(1, ended.Json.GetProperty("records").GetInt64());
        Assert.Equal(1, ended.Json.GetProperty("open_dead_letters").GetInt64());
        Assert.Equal(130, service.Stop());
        Assert.Equal(["2"], work.Column("SELECT attempts FROM dead_letters"));
        Assert.Empty(work.Query("FROM books WHERE missing <> 0"));
        Assert.Equal(["done"], work.Column("SELECT DISTINCT status FROM runs"));
    }

    [Theory]
    [InlineData("cursor reset p.yaml a --yes", 0, "are read again by the next run")]
    [InlineData("cursor set p.yaml a line:2 --uri in/a.txt", 0, "in/a.txt is read on from byte 10, line 2")]
    [InlineData("dead-letters purge p.yaml --yes", 0, "1 dead letters purged")]
    public void What_writes_waits_for_the_run_under_way(string command, int exit, string says)
    {
        using var work = Waiting();
        using var service = ServiceProcess.Start(work, "p.yaml");
        WaitFor(work, "begun", "");
        using var edit = Launch(work, command);
        WaitFor(work, "said.txt", "waiting: a run of this store is under way");
        work.Write("go", "");
        var ended = edit.Wait();
        Assert.Equal(exit, ended.Exit);
        Assert.Contains(says, ended.Out, StringComparison.Ordinal);
        Assert.Equal(130, service.Stop());
    }

    [Fact]
    public void A_verdict_waits_for_the_run_under_way_and_the_next_one_tells_the_sinks()
    {
        using var work = Waiting();
        using var service = ServiceProcess.Start(work, "p.yaml");
        WaitFor(work, "begun", "");
        using var verdict = Launch(work, "verdicts add false_positive 192.0.2.1 --by ann --store out/s.duckdb");
        WaitFor(work, "said.txt", "waiting: a run of this store is under way");
        // Who only looks does not wait.
        Assert.Equal("Nothing was said.\n", work.Cti("verdicts", "list", "--store", "out/s.duckdb").Out);
        work.Write("go", "");
        var said = verdict.Wait();
        Assert.True(said.Exit == 0, said.ToString());
        Assert.Contains("192.0.2.1", work.Lines("out/list.txt"));
        var apply = work.Cti("apply", "p.yaml");
        Assert.True(apply.Exit == 0, apply.ToString());
        Assert.DoesNotContain("192.0.2.1", work.Lines("out/list.txt"));
        Assert.Equal(130, service.Stop());
        Assert.Equal(["ann"], work.Column("SELECT reporter FROM false_positives"));
    }

    [Fact]
    public void What_waits_is_sent_away_when_the_service_ends()
    {
        using var work = Waiting();
        using var service = ServiceProcess.Start(work, "p.yaml");
        WaitFor(work, "begun", "");
        using var edit = Launch(work, "cursor reset p.yaml a --yes");
        WaitFor(work, "said.txt", "waiting: a run of this store is under way");
        service.Signal("TERM");
        Assert.Equal(1, edit.Wait().Exit);
        Assert.Contains("CTI-SERVICE-015", work.Read("said.txt"), StringComparison.Ordinal);
        work.Write("go", "");
        Assert.Equal(130, service.Exit());
        Assert.Contains("line 3", work.Cti("cursor", "list", "p.yaml").Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_replay_that_a_client_began_is_drained_with_the_service()
    {
        using var work = Filled("poison.example.com\n");
        var sink = "\n  - { name: siem, render: { type: ndjson }, to: { type: command, run: [sh, refuse.sh] } }\n";
        work.Write("p.yaml", PipelineText.List(rest: Seldom, sink: "max_change: 1000000%") + sink);
        // Refused now, and held up until the file `go` is there when it is tried again.
        work.Write("refuse.sh", "while read -r line; do echo reject it is poison; done");
        work.Cti("run", "p.yaml", "--quiet");
        Assert.Equal(["sink:siem"], work.Column("SELECT stage FROM dead_letters"));
        work.Write(
            "refuse.sh",
            "while read -r line; do touch begun; while [ ! -e go ]; do sleep 0.1; done; echo ok; done"
        );
        using var service = ServiceProcess.Start(work, "p.yaml");
        using var replay = Launch(work, "dead-letters replay p.yaml --json");
        WaitFor(work, "begun", "");
        service.Signal("TERM");
        service.WaitFor("draining");
        work.Write("go", "");
        Assert.Equal(130, service.Exit());
        replay.Wait();
        Assert.Equal(["replayed"], work.Column("SELECT status FROM dead_letters"));
        Assert.Empty(work.Column("SELECT status FROM runs WHERE status NOT IN ('done', 'drained')"));
    }

    [Theory]
    [InlineData("y", "done", "0")]
    [InlineData("n", "Reset 1 cursors of source a?", "33")]
    public void A_question_is_asked_where_its_asker_sits(string answer, string says, string position)
    {
        using var work = Filled();
        using var service = ServiceProcess.Start(work, "p.yaml");
        // A terminal of its own, into which somebody types.
        using var terminal = CtiProcess.Launch(
            work.Root,
            "sh",
            "-c",
            $"echo {answer} | script -qec \"'{CtiProcess.Executable}' cursor reset p.yaml a\" /dev/null"
        );
        var asked = terminal.Wait();
        Assert.Contains("are read again by the next run. [y/N]", asked.Out, StringComparison.Ordinal);
        Assert.Contains(says, asked.Out, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(130, service.Stop());
        Assert.Equal(position, work.Column("SELECT coalesce(max(position), 0) FROM cursors WHERE kind = 'source'")[0]);
    }

    [Fact]
    public void An_export_is_one_state_and_written_whole_by_whoever_asked()
    {
        using var work = Filled();
        using var service = ServiceProcess.Start(work, "p.yaml");
        Directory.CreateDirectory(work.PathOf("else/where"));
        using var export = CtiProcess.Start(
            work.PathOf("else/where"),
            "export",
            "../../p.yaml/list",
            "--out",
            "mine.txt"
        );
        var ended = export.Wait();
        Assert.True(ended.Exit == 0, ended.ToString());
        Assert.Equal(["192.0.2.1", "a.example.com"], work.Lines("else/where/mine.txt"));
        using var none = CtiProcess.Start(work.PathOf("else/where"), "export", "../../p.yaml/none", "--out", "no.txt");
        Assert.Equal(2, none.Wait().Exit);
        Assert.Equal(["mine.txt"], Directory.GetFiles(work.PathOf("else/where")).Select(Path.GetFileName));
        Assert.Equal(130, service.Stop());
    }

    [Fact]
    public void Cursors_name_files_as_their_asker_sees_them()
    {
        using var work = Filled();
        work.Write("in/a2.txt", "192.0.2.7\n");
        using var service = ServiceProcess.Start(work, "p.yaml");
        Directory.CreateDirectory(work.PathOf("in/deeper"));
        using var which = CtiProcess.Start(work.PathOf("in"), "cursor", "set", "../p.yaml", "a", "0");
        Assert.Contains("such as --uri a.txt", which.Wait().Error, StringComparison.Ordinal);
        using var set = CtiProcess.Start(work.PathOf("in"), "cursor", "set", "../p.yaml", "a", "0", "--uri", "a.txt");
        Assert.Contains("source a: a.txt is read on from byte 0", set.Wait().Out, StringComparison.Ordinal);
        Assert.Equal(130, service.Stop());
    }
}
