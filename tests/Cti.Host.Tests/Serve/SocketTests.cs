// Other commands while a service owns the store: the same command, the same output.

using System.Net.Sockets;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Serve;

public class SocketTests
{
    private const string Seldom = "schedule: { every: 1h }";

    private static Workspace Filled(string sink = "")
    {
        var work = new Workspace();
        work.Write("p.yaml", PipelineText.List(rest: Seldom, sink: sink));
        work.Write("in/a", "a.example.com\n192.0.2.1\n\"quoted\",example\n");
        work.Cti("run", "p.yaml", "--quiet");
        return work;
    }

    public static TheoryData<string[]> Commands =>
        [
            ["sql", "SELECT type, value FROM indicators ORDER BY value", "--store", "out/s.duckdb"],
            ["sql", "SELECT * FROM screenings ORDER BY ALL", "--store", "out/s.duckdb", "--format", "csv"],
            [
                "sql",
                "SELECT value, sources FROM indicators ORDER BY value",
                "--store",
                "out/s.duckdb",
                "--format",
                "json",
            ],
            ["sql", "DESCRIBE indicators", "--store", "out/s.duckdb"],
            ["sql", "SELECT nonsense FROM nowhere", "--store", "out/s.duckdb"],
            ["sql", "SELEC", "--store", "out/s.duckdb"],
            ["verdicts", "list", "--store", "out/s.duckdb"],
            ["verdicts", "list", "a.example.com", "--store", "out/s.duckdb", "--json"],
            ["verdicts", "add", "seen", "b.example.com", "--store", "out/s.duckdb", "--by", "ann"],
            ["verdicts", "add", "false_positive", "a.example.com", "--store", "out/s.duckdb", "--at", "2999-01-01"],
            ["approvals", "list", "--store", "out/s.duckdb"],
            ["approvals", "grant", "ffff", "--store", "out/s.duckdb"],
            ["explain", "a[.]example[.]com", "--store", "out/s.duckdb", "--now", Workspace.Now],
            ["explain", "a.example.com", "--store", "out/s.duckdb", "--json", "--now", Workspace.Now],
            ["explain", "b.example.com", "--store", "out/s.duckdb", "--now", Workspace.Now],
            ["plan", "p.yaml"],
            ["plan", "p.yaml", "--json"],
            ["apply", "p.yaml", "--sink", "nobody"],
            ["apply", "p.yaml"],
            ["dead-letters", "list", "p.yaml"],
            ["dead-letters", "list", "p.yaml", "--json", "--status=all", "--since", "2000-01-01T00:00:00Z"],
            ["dead-letters", "list", "p.yaml", "--limit", "-1"],
            ["dead-letters", "show", "p.yaml", "0"],
            ["dead-letters", "replay", "p.yaml", "ffff"],
            ["dead-letters", "replay", "p.yaml", "--code", "CTI-NORM-999"],
            ["dead-letters", "purge", "p.yaml"],
            ["dead-letters", "purge", "p.yaml", "--yes", "--older-than", "10000d"],
            ["cursor", "list", "p.yaml"],
            ["cursor", "list", "p.yaml", "--json"],
            ["cursor", "set", "p.yaml", "a", "end"],
            ["cursor", "set", "p.yaml", "b", "0"],
            ["cursor", "reset", "p.yaml", "a"],
            ["cursor", "reset", "p.yaml", "a", "--uri", "in/none", "--yes"],
            ["export", "p.yaml/list", "--as-of", Workspace.Now, "--known-at", Workspace.Now],
            ["export", "p/list", "--store", "out/s.duckdb", "--as-of", "2100-01-01T00:00:00Z"],
            ["export", "p/nothing", "--store", "out/s.duckdb"],
            ["export", "p.yaml"],
        ];

    [Theory]
    [MemberData(nameof(Commands))]
    public void A_command_says_the_same_whether_a_service_owns_the_store_or_nobody(string[] command)
    {
        using var work = Filled();
        var alone = work.Cti(command);
        using var service = ServiceProcess.Start(work, "p.yaml");
        var served = work.Cti(command);
        Assert.Equal(alone.ToString(), served.ToString());
        Assert.Equal(130, service.Stop());
    }

    [Fact]
    public void Paths_are_those_of_whoever_asks()
    {
        using var work = Filled();
        using var service = ServiceProcess.Start(work, "p.yaml");
        Directory.CreateDirectory(work.PathOf("else/where"));
        using var plan = CtiProcess.Start(work.PathOf("else/where"), "plan", "../../p.yaml");
        Assert.Contains(work.PathOf("out/list.txt"), plan.Wait().Out, StringComparison.Ordinal);
        using var sql = CtiProcess.Start(
            work.PathOf("else/where"),
            "sql",
            "SELECT value FROM indicators ORDER BY value",
            "--store",
            "../../out/s.duckdb",
            "--format",
            "csv",
            "--out",
            "mine.csv"
        );
        Assert.Equal(0, sql.Wait().Exit);
        Assert.Equal("value\n192.0.2.1\na.example.com\n", work.Read("else/where/mine.csv"));
        service.Stop();
    }

    [Fact]
    public void Parquet_comes_through_the_socket_whole()
    {
        using var work = Filled();
        using var service = ServiceProcess.Start(work, "p.yaml");
        var command = new[]
        {
            "sql",
            "FROM indicators",
            "--store",
            "out/s.duckdb",
            "--format",
            "parquet",
            "--out",
            "x.parquet",
        };
        Assert.Equal(0, work.Cti(command).Exit);
        service.Stop();
        Assert.Equal(2, work.Count($"SELECT count(*) FROM '{work.PathOf("x.parquet")}'"));
    }

    [Theory]
    [InlineData("DELETE FROM runs")]
    [InlineData("SET memory_limit = '10GB'")]
    [InlineData("ATTACH ':memory:' AS m")]
    [InlineData("SELECT 1; DROP TABLE runs")]
    [InlineData("COMMIT; DELETE FROM runs")]
    [InlineData("COPY (SELECT 1) TO 'x.csv'")]
    [InlineData("CHECKPOINT")]
    public void A_service_answers_queries_and_nothing_else(string sql)
    {
        using var work = Filled();
        using var service = ServiceProcess.Start(work, "p.yaml");
        var answer = work.Cti("sql", sql, "--store", "out/s.duckdb");
        Assert.Equal(1, answer.Exit);
        Assert.Contains("CTI-SERVICE-014", answer.Error, StringComparison.Ordinal);
        service.Stop();
        Assert.NotEqual(0, work.Count("SELECT count(*) FROM runs"));
        Assert.False(work.Exists("x.csv"));
    }

    [Fact]
    public void A_question_may_use_a_share_of_the_machine_or_what_a_service_has_and_is_told_so()
    {
        using var work = Filled();
        // What cannot be put aside on the disk: 240 MB.
        const string big = "SELECT len(list(i)) AS n FROM range(30000000) t(i)";
        var alone = work.Cti("sql", big, "--store", "out/s.duckdb", "--format", "csv");
        Assert.True(alone.Exit == 0, alone.ToString());
        Assert.Equal("n\n30000000\n", alone.Out);

        using var service = ServiceProcess.Start(work, "p.yaml");
        var served = work.Cti("sql", big, "--store", "out/s.duckdb");
        Assert.Equal(1, served.Exit);
        Assert.StartsWith("The question needs more memory than it may use.", served.Error, StringComparison.Ordinal);
        // The service goes on.
        Assert.Equal(0, work.Cti("sql", "SELECT 1", "--store", "out/s.duckdb").Exit);
        Assert.Equal(130, service.Stop());
    }

    [Fact]
    public void A_plan_that_waits_is_approved_while_the_service_runs()
    {
        using var work = Filled("max_change: 1%");
        File.AppendAllText(work.PathOf("in/a"), "b.example.com\nc.example.com\n");
        using var service = ServiceProcess.Start(work, "p.yaml");
        work.Write("p.yaml", PipelineText.List(rest: "schedule: { every: 1s }", sink: "max_change: 1%"));
        service.WaitFor("waits: the plan touches");
        var refused = work.Cti("apply", "p.yaml");
        Assert.True(refused.Exit == 4, refused.ToString());
        var approved = work.Cti("apply", "p.yaml", "--approve");
        Assert.True(approved.Exit == 0, approved.ToString());
        Assert.Contains("b.example.com", work.Lines("out/list.txt"));
        service.WaitFor("p: done");
        service.Stop();
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void The_socket_is_the_owners_alone()
    {
        using var work = Filled();
        using var service = ServiceProcess.Start(work, "p.yaml");
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite,
            File.GetUnixFileMode(work.PathOf("out/s.duckdb.sock"))
        );
        service.Stop();
    }

    [Fact]
    public void A_store_with_a_path_too_long_for_a_socket_is_reached_all_the_same()
    {
        using var work = Filled();
        var deep = string.Join('/', Enumerable.Repeat("a-folder-with-a-long-name", 6));
        var store = $"{deep}/s.duckdb";
        using (var service = ServiceProcess.Start(work, "p.yaml", "--store", store))
        {
            service.WaitFor("p: done");
            var answer = work.Cti("sql", "SELECT count(*) AS n FROM indicators", "--store", store, "--format", "csv");
            Assert.True(answer.Exit == 0, answer.ToString());
            Assert.Equal("n\n2\n", answer.Out);
            Assert.Equal(0, work.Cti("top", "--store", store).Exit);
            Assert.Equal(130, service.Stop());
        }

        Assert.False(work.Exists(store + ".sock"), "the file that names the socket is left");
    }

    [Fact]
    public void Whoever_sends_rubbish_or_nothing_is_let_go_and_the_others_are_served()
    {
        using var work = Filled();
        using var service = ServiceProcess.Start(work, "p.yaml");
        var sockets = new List<Socket>();
        foreach (
            var rubbish in (byte[][])
                [
                    [0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
                    "GET / HTTP/1.1\r\n\r\n"u8.ToArray(),
                    "R\0\0\0\u0002{}"u8.ToArray(),
                    [],
                ]
        )
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(work.PathOf("out/s.duckdb.sock")));
            socket.Send(rubbish);
            sockets.Add(socket);
        }

        Assert.Equal(0, work.Cti("sql", "FROM runs", "--store", "out/s.duckdb").Exit);
        sockets.ForEach(socket => socket.Dispose());
        Assert.Equal(130, service.Stop());
    }

    [Fact]
    public void A_client_that_goes_away_in_the_middle_of_an_answer_stops_its_query()
    {
        using var work = Filled();
        using var service = ServiceProcess.Start(work, "p.yaml");
        // A billion rows: nobody waits for their end.
        using (
            var client = CtiProcess.Launch(
                work.Root,
                "sh",
                "-c",
                $"'{CtiProcess.Executable}' sql 'FROM range(1000000000)' --store out/s.duckdb --format csv | head -n 3"
            )
        )
        {
            Assert.Equal("range\n0\n1\n", client.Wait().Out);
        }

        Assert.Equal(0, work.Cti("apply", "p.yaml").Exit);
        Assert.Equal(130, service.Stop());
    }

    [Fact]
    public void Without_a_service_tap_and_top_say_what_to_do()
    {
        using var work = Filled();
        var top = work.Cti("top", "--store", "out/s.duckdb");
        Assert.Equal(1, top.Exit);
        Assert.Contains("cti run --watch", top.Error, StringComparison.Ordinal);
        var tap = work.Cti("tap", "p.yaml", "read");
        Assert.Equal(1, tap.Exit);
        Assert.Contains("--dry-run", tap.Error, StringComparison.Ordinal);
    }
}
