// cti run --watch as a user has it: schedules, reload, one store for several pipelines, signals, a kill.

using System.Text.Json;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Serve;

public class ServiceTests
{
    private const string Often = "schedule: { every: 1s }";

    private static Workspace Listed(string name = "p.yaml", string values = "a.example.com\n")
    {
        var work = new Workspace();
        work.Write(name, PipelineText.List(rest: Often));
        work.Write("in/a", values);
        return work;
    }

    private static string Named(string pipeline, string source) =>
        PipelineText
            .List(rest: Often)
            .Replace("pipeline: p", $"pipeline: {pipeline}", StringComparison.Ordinal)
            .Replace("name: a", $"name: {source}", StringComparison.Ordinal)
            .Replace("in/a*", $"in/{source}*", StringComparison.Ordinal)
            .Replace("list.txt", $"{pipeline}.txt", StringComparison.Ordinal);

    [Fact]
    public void What_a_file_gains_is_read_by_the_next_run_and_a_drain_ends_it()
    {
        using var work = Listed();
        using var service = ServiceProcess.Start(work, "p.yaml");
        service.WaitFor("1 records, 1 new observations");
        File.AppendAllText(work.PathOf("in/a"), "b.example.com\n");
        service.WaitFor("1 records, 1 new observations");
        Assert.Equal(130, service.Stop());
        Assert.Equal(["a.example.com", "b.example.com"], work.Lines("out/list.txt"));
        Assert.False(work.Exists("out/s.duckdb.sock"), "the socket is left");
        Assert.Empty(work.Query("FROM books WHERE missing <> 0"));
        Assert.Equal("0", work.Column("SELECT count(*) FROM runs WHERE status = 'running'")[0]);
    }

    [Fact]
    public void Runs_of_pipelines_that_share_a_store_take_turns()
    {
        using var work = new Workspace();
        work.Write(
            "pipelines/one.yaml",
            Named("one", "a")
                .Replace("out/", "../out/", StringComparison.Ordinal)
                .Replace("in/", "../in/", StringComparison.Ordinal)
        );
        work.Write(
            "pipelines/two.yaml",
            Named("two", "b")
                .Replace("out/", "../out/", StringComparison.Ordinal)
                .Replace("in/", "../in/", StringComparison.Ordinal)
        );
        work.Write("in/a", "a.example.com\n");
        work.Write("in/b", "b.example.com\n");
        using var service = ServiceProcess.Start(work, "pipelines");
        service.WaitFor("one: done");
        service.WaitFor("two: done");
        service.WaitFor("one: done");
        service.WaitFor("two: done");
        Assert.Equal(130, service.Stop());
        Assert.Equal(
            "0",
            work.Column(
                "SELECT count(*) FROM runs a JOIN runs b ON a.run_id <> b.run_id AND a.started_at < b.finished_at AND b.started_at < a.finished_at"
            )[0]
        );
        Assert.Equal(["one", "two"], work.Column("SELECT DISTINCT pipeline FROM runs ORDER BY 1"));
    }

    [Fact]
    public void A_source_that_is_not_due_is_left_alone()
    {
        using var work = new Workspace();
        work.Write(
            "p.yaml",
            """
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: often
                from: { type: file, path: in/often }
                read: { type: lines }
                mode: snapshot
                map: [ { value: { field: line }, type: auto } ]
                schedule: { every: 1s }
              - name: seldom
                from: { type: file, path: in/seldom }
                read: { type: lines }
                mode: snapshot
                map: [ { value: { field: line }, type: auto } ]
                schedule: { cron: "0 0 1 1 *", tz: Europe/Berlin }
            sinks:
              - { name: list, render: { type: plain_list }, to: { type: file, path: out/list.txt } }
            """
        );
        work.Write("in/often", "a.example.com\n");
        work.Write("in/seldom", "b.example.com\n");
        using var service = ServiceProcess.Start(work, "p.yaml");
        // Never asked before: both are due. From then on one of them is.
        service.WaitFor("2 records");
        File.WriteAllText(work.PathOf("in/seldom"), "c.example.com\n");
        File.WriteAllText(work.PathOf("in/often"), "d.example.com\n");
        service.WaitFor("1 records, 1 new");
        service.WaitFor("p: done");
        service.Stop();
        // What was not asked was not withdrawn either.
        Assert.Equal(["b.example.com", "d.example.com"], work.Lines("out/list.txt"));
    }

    [Fact]
    public void A_restart_waits_for_the_time_and_does_not_ask_again()
    {
        using var work = new Workspace();
        work.Write("p.yaml", PipelineText.List(rest: "schedule: { cron: \"0 0 1 1 *\" }"));
        work.Write("in/a", "a.example.com\n");
        using (var first = ServiceProcess.Start(work, "p.yaml"))
        {
            first.WaitFor("p: done");
            Assert.Equal(130, first.Stop());
        }

        using var second = ServiceProcess.Start(work, "p.yaml");
        var next = work.Cti("top", "--store", "out/s.duckdb", "--json").Json.GetProperty("pipelines")[0];
        Assert.Equal("waiting", next.GetProperty("state").GetString());
        Assert.EndsWith("-01-01T00:00:00Z", next.GetProperty("next_run").GetString()!, StringComparison.Ordinal);
        second.Stop();
        Assert.Equal(1, work.Count("SELECT count(*) FROM runs"));
    }

    [Fact]
    public void Files_that_change_hold_from_the_next_run_and_broken_ones_never()
    {
        using var work = Listed();
        using var service = ServiceProcess.Start(work, "p.yaml");
        service.WaitFor("p: done");
        work.Write("p.yaml", PipelineText.List(rest: Often).Replace("auto }", "nonsense }", StringComparison.Ordinal));
        service.WaitFor("CTI-SERVICE-003");
        service.WaitFor("error[CTI-CFG-008]");
        service.WaitFor("p.yaml:7:");
        // It goes on as it was, and says so to whoever asks.
        File.AppendAllText(work.PathOf("in/a"), "b.example.com\n");
        service.WaitFor("1 records, 1 new");
        // Saved once more with the same mistake: nothing new to tell.
        work.Write(
            "p.yaml",
            PipelineText.List(rest: Often).Replace("auto }", "nonsense }", StringComparison.Ordinal) + "# saved\n"
        );
        service.Signal("HUP");
        service.WaitFor("p: done");
        work.Write("p.yaml", PipelineText.List(rest: Often, sink: "where: \"value = 'b.example.com'\""));
        service.WaitFor("reloaded");
        service.WaitFor("p: done");
        service.WaitFor("p: done");
        service.Stop();
        Assert.Equal(["b.example.com"], work.Lines("out/list.txt"));
        Assert.Equal(1, service.Said.Split("CTI-SERVICE-003").Length - 1);
    }

    [Fact]
    public void Files_join_and_leave_a_watched_folder()
    {
        using var work = new Workspace();
        Directory.CreateDirectory(work.PathOf("flows"));
        using var service = ServiceProcess.Start(work, "flows");
        work.Write(
            "flows/one.yaml",
            Named("one", "a")
                .Replace("in/", "../in/", StringComparison.Ordinal)
                .Replace("out/", "../out/", StringComparison.Ordinal)
        );
        work.Write("in/a", "a.example.com\n");
        service.WaitFor("reloaded: 1 pipeline");
        service.WaitFor("one: done");
        File.Delete(work.PathOf("flows/one.yaml"));
        service.WaitFor("reloaded: 0 pipelines");
        // Its store is nobody's any more: whoever comes opens it.
        Assert.Equal(0, work.Cti("sql", "FROM runs", "--store", "out/s.duckdb").Exit);
        service.Stop();
    }

    [Fact]
    public void A_failing_source_is_tried_again_and_the_others_go_on()
    {
        using var work = new Workspace();
        work.Write(
            "p.yaml",
            PipelineText
                .List(rest: Often)
                .Replace("\"in/a*\"", "in/a", StringComparison.Ordinal)
                .Replace(
                    "sinks:",
                    """
                      - name: b
                        from: { type: file, path: in/b }
                        read: { type: lines }
                        map: [ { value: { field: line }, type: auto } ]
                    sinks:
                    """,
                    StringComparison.Ordinal
                )
                .Replace(Often, "", StringComparison.Ordinal)
                .Replace("pipeline: p", "pipeline: p\n" + Often, StringComparison.Ordinal)
        );
        work.Write("in/b", "b.example.com\n");
        using var service = ServiceProcess.Start(work, "p.yaml");
        service.WaitFor("CTI-SOURCE-001");
        var top = work.Cti("top", "--store", "out/s.duckdb", "--json").Json;
        Assert.Equal("degraded", top.GetProperty("status").GetString());
        Assert.True(
            top.GetProperty("pipelines")[0].GetProperty("sources")[0].GetProperty("failures").GetInt32() >= 1,
            top.ToString()
        );
        work.Write("in/a", "a.example.com\n");
        // The other source's own schedule may come first, with nothing new.
        while (!service.WaitFor("p: done").Contains("1 new observations", StringComparison.Ordinal)) { }
        service.Stop();
        Assert.Equal(["a.example.com", "b.example.com"], work.Lines("out/list.txt"));
    }

    [Fact]
    public void A_service_that_was_killed_leaves_nothing_in_the_way_of_the_next_one()
    {
        using var work = Listed();
        using (var first = ServiceProcess.Start(work, "p.yaml"))
        {
            first.WaitFor("p: done");
            first.Kill();
        }

        Assert.True(work.Exists("out/s.duckdb.sock"), "a killed service cannot take its socket away");
        // Nobody answers there: the store is opened as if there were none.
        Assert.Equal(0, work.Cti("sql", "FROM indicators", "--store", "out/s.duckdb").Exit);
        using var second = ServiceProcess.Start(work, "p.yaml");
        Assert.Contains(
            "a.example.com",
            work.Cti("sql", "FROM indicators", "--store", "out/s.duckdb").Out,
            StringComparison.Ordinal
        );
        Assert.Equal(130, second.Stop());
    }

    [Fact]
    public void A_second_service_on_a_store_is_told_who_has_it()
    {
        using var work = Listed();
        using var first = ServiceProcess.Start(work, "p.yaml");
        using var second = ServiceProcess.StartUnready(work, new Dictionary<string, string>(), "p.yaml");
        Assert.Equal(1, second.Exit());
        Assert.Contains("in use by another process", second.Said, StringComparison.Ordinal);
        // The first one's socket is still its own.
        Assert.Equal(0, work.Cti("top", "--store", "out/s.duckdb").Exit);
        Assert.Equal(130, first.Stop());
    }

    [Fact]
    public void Broken_files_at_the_start_are_told_as_validate_tells_them()
    {
        using var work = new Workspace();
        work.Write("p.yaml", PipelineText.List(rest: "schedule: { cron: \"0 0 * * *\", tz: Europe/Berln }"));
        using var service = ServiceProcess.StartUnready(work, new Dictionary<string, string>(), "p.yaml");
        Assert.Equal(2, service.Exit());
        Assert.Contains("did you mean `Europe/Berlin`", service.Said, StringComparison.Ordinal);
        Assert.Contains("Europe/Berlin", work.Cti("validate", "p.yaml").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_not_drain_in_time_is_named_and_aborted()
    {
        using var work = Stuck();
        using var service = ServiceProcess.Start(work, "p.yaml", "--drain-timeout", "1s");
        using var pipe = new FileStream(work.PathOf("in/a"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0);
        service.Signal("TERM");
        service.WaitFor("draining: what is in flight is stored (p: read (reading a)");
        service.WaitFor("CTI-SERVICE-005");
        Assert.Equal(131, service.Exit());
    }

    [Fact]
    public async Task A_stage_that_is_stuck_is_named_by_the_health_page()
    {
        using var work = Stuck();
        var port = ServiceProcess.FreePort();
        using var service = ServiceProcess.Serve(
            work,
            "p.yaml",
            "--stuck-after",
            "1s",
            "--listen",
            $"127.0.0.1:{port}"
        );
        using var pipe = new FileStream(work.PathOf("in/a"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0);
        using var http = new HttpClient();
        // Two seconds by its own clock; until then it is well.
        HttpResponseMessage answer;
        do
        {
            answer = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/health"));
        } while (answer.IsSuccessStatusCode);

        Assert.Equal(503, (int)answer.StatusCode);
        var health = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal("stuck", health.GetProperty("status").GetString());
        var stuck = health.GetProperty("stuck")[0];
        Assert.Equal("p", stuck.GetProperty("pipeline").GetString());
        Assert.Equal("read", stuck.GetProperty("stage").GetString());
        Assert.Equal("reading a", stuck.GetProperty("doing").GetString());
        service.Signal("TERM");
        service.Signal("TERM");
        Assert.Equal(131, service.Exit());
    }

    // A source that never ends and never says anything: a pipe.
    private static Workspace Stuck()
    {
        var work = new Workspace();
        work.Write("p.yaml", PipelineText.List(rest: Often));
        Directory.CreateDirectory(work.PathOf("in"));
        using var make = CtiProcess.Launch(work.Root, "mkfifo", "in/a");
        make.Wait();
        return work;
    }
}
