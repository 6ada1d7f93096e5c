// cti probe as a user meets it: the road to a sink is open or closed, told in one line, and nothing of the probe stays, whatever happens on the way.

using System.Text.Json;
using Cti.Host.Tests.Harness;
using Cti.Host.Tests.Serve;
using Xunit;

namespace Cti.Host.Tests.Probes;

public class ProbeTests
{
    // A tool that loads a list by copying it, and is asked by its lines.
    private const string Reload = "reload: { run: [ cp, \"{file}\", tool.txt ] }";
    private const string Ask = "probe: { run: [ grep, -qx, \"{value}\", tool.txt ], timeout: 3s }";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void An_open_road_is_told_in_one_line_and_nothing_stays()
    {
        using var work = With($"{Reload}\n    {Ask}\n    check: {{ type: command, run: [ test, -s, \"{{file}}\" ] }}");
        work.Run();
        var before = Everything(work);

        var probe = work.Cti("probe", "p.yaml", "list");

        Assert.True(probe.Exit == 0, probe.ToString());
        Assert.Matches(
            @"^list: open: 192\.0\.2\.77 was written, accepted by test, loaded by cp, seen by the tool, and withdrawn \(\d+\.\d s\)\n$",
            probe.Out
        );
        Assert.Equal(before, Everything(work));
        Assert.Equal("a.example\nb.example\n", work.Read("tool.txt"));
        Assert.False(Directory.Exists(work.PathOf("out/.cti")));
        // The next run has nothing to mend.
        work.Run();
        Assert.Equal(before, Everything(work));
    }

    [Fact]
    public void A_program_gets_one_object()
    {
        using var work = With(Reload, where: "type = 'domain'");
        work.Run();
        var probe = work.Cti("probe", "p.yaml", "list", "--json", "--value", "probe[.]test");
        Assert.True(probe.Exit == 0, probe.ToString());
        Assert.True(probe.Json.GetProperty("open").GetBoolean());
        Assert.Equal("domain", probe.Json.GetProperty("type").GetString());
        Assert.Equal("probe.test", probe.Json.GetProperty("value").GetString());
        Assert.Equal(JsonValueKind.Null, probe.Json.GetProperty("read_back").ValueKind);
        Assert.Contains("not read back", probe.Json.GetProperty("steps").GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_road_can_be_probed_before_the_first_run()
    {
        using var work = With($"{Reload}\n    {Ask}");
        var probe = work.Cti("probe", "p.yaml", "list");
        Assert.True(probe.Exit == 0, probe.ToString());
        // The tool was given the empty set, and nothing is there that was not before.
        Assert.Equal("", work.Read("tool.txt"));
        Assert.False(work.Exists("out/list.txt"));
        Assert.False(work.Exists("out/s.duckdb"));
        work.Write(
            "p.yaml",
            work.Read("p.yaml").Replace(Reload, "", StringComparison.Ordinal).Replace(Ask, "", StringComparison.Ordinal)
        );
        Assert.Equal(0, work.Cti("probe", "p.yaml", "list").Exit);
        Assert.False(work.Exists("out/list.txt"));
    }

    [Fact]
    public void What_the_checker_refuses_is_never_put_in_place()
    {
        using var work = With(
            $"{Reload}\n    check: {{ type: command, run: [ sh, -c, 'if grep -n 192.0.2.77 \"$0\"; then exit 3; fi', \"{{file}}\" ] }}"
        );
        work.Run();
        var before = Everything(work);
        var probe = work.Cti("probe", "p.yaml", "list");
        Assert.True(probe.Exit == 1, probe.ToString());
        Assert.StartsWith(
            "list: closed: CTI-SINK-005 the checker does not take out/list.txt",
            probe.Out,
            StringComparison.Ordinal
        );
        Assert.Contains("exit code 3", probe.Out, StringComparison.Ordinal);
        Assert.Equal(before, Everything(work));
    }

    [Theory]
    // It reads another file.
    [InlineData("true", "CTI-PROBE-002", "does `reload` tell it?")]
    // It forgets nothing.
    [InlineData("sh, -c, 'cat \"$0\" >>tool.txt', \"{file}\"", "CTI-PROBE-003", "the tool still has it")]
    // It takes nothing that holds the value.
    [InlineData("sh, -c, '! grep -q 192.0.2.77 \"$0\"', \"{file}\"", "CTI-SINK-006", "the tool did not take")]
    public void A_tool_that_does_not_do_its_part_is_told(string reload, string code, string words)
    {
        using var work = With($"reload: {{ run: [ {reload} ] }}\n    {Ask}");
        work.Run();
        work.Write("tool.txt", "a.example\n");
        var before = Everything(work);
        var probe = work.Cti("probe", "p.yaml", "list");
        Assert.True(probe.Exit == 1, probe.ToString());
        Assert.StartsWith($"list: closed: {code} ", probe.Out, StringComparison.Ordinal);
        Assert.Contains(words, probe.Out, StringComparison.Ordinal);
        Assert.Equal(before, Everything(work));
    }

    [Fact]
    public void A_tool_that_cannot_be_asked_is_no_tool_that_has_not_the_value()
    {
        using var work = With(
            $"{Reload}\n    probe: {{ run: [ sh, -c, 'echo no such socket; exit 2', \"{{value}}\" ], timeout: 3s }}"
        );
        work.Run();
        var probe = work.Cti("probe", "p.yaml", "list");
        Assert.Equal(1, probe.Exit);
        Assert.Contains("exit code 2", probe.Out, StringComparison.Ordinal);
        Assert.Contains("no such socket", probe.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_that_is_held_is_no_probe_and_a_plan_that_waits_does_not_slip_through()
    {
        using var work = With($"{Reload}\n    {Ask}");
        work.Run();
        work.Write(
            "p.yaml",
            work.Read("p.yaml").Replace("max_change: 100%", "max_change: 1%", StringComparison.Ordinal)
        );
        work.Write("in/a.txt", "a.example\nb.example\nc.example\n");
        Assert.Equal(4, work.TryRun().Exit);
        var before = Everything(work);
        var held = work.Cti("probe", "p.yaml", "list", "--value", "a.example");
        Assert.True(held.Exit == 1, held.ToString());
        Assert.Contains("CTI-PROBE-001", held.Out, StringComparison.Ordinal);
        // What waits is not in the file that the tool is shown.
        work.Write(
            "p.yaml",
            work.Read("p.yaml")
                .Replace(
                    Reload,
                    "reload: { run: [ sh, -c, 'cat \"$0\" >>seen.txt; cp \"$0\" tool.txt', \"{file}\" ] }",
                    StringComparison.Ordinal
                )
        );
        var probe = work.Cti("probe", "p.yaml", "list");
        Assert.True(probe.Exit == 0, probe.ToString());
        Assert.Equal("192.0.2.77\na.example\nb.example\na.example\nb.example\n", work.Read("seen.txt"));
        Assert.Equal(before, Everything(work));
    }

    [Fact]
    public void What_cannot_be_probed_is_a_mistake_of_the_command_line()
    {
        using var work = With(Reload);
        Assert.Contains("it has: list", work.Cti("probe", "p.yaml", "nobody").Error, StringComparison.Ordinal);
        Assert.Equal(2, work.Cti("probe", "p.yaml", "nobody").Exit);
        Assert.Equal(2, work.Cti("probe", "p.yaml", "list", "--value", "not a value").Exit);
    }

    [Fact]
    public void An_interrupted_probe_leaves_the_former_file_and_tells_the_tool()
    {
        using var work = With($"reload: {{ run: [ sh, reload.sh, \"{{file}}\" ] }}");
        work.Write("reload.sh", "cp \"$1\" tool.txt\n");
        work.Run();
        var before = Everything(work);
        // Hangs on the file with the value, not on the former one.
        work.Write(
            "reload.sh",
            "cp \"$1\" tool.txt\nif grep -q 192.0.2.77 \"$1\"; then touch waiting; exec sleep 600; fi\n"
        );
        using var probe = CtiProcess.Start(work.Root, "probe", "p.yaml", "list");
        Assert.True(SpinWait.SpinUntil(() => work.Exists("waiting"), Patience), "the tool was never told");
        Assert.Contains("192.0.2.77", work.Read("out/list.txt"), StringComparison.Ordinal);
        probe.Interrupt();
        var result = probe.Wait();
        Assert.True(result.Exit == 1, result.ToString());
        Assert.Contains("CTI-PROBE-004 interrupted", result.Out, StringComparison.Ordinal);
        Assert.Equal(before, Everything(work));
        Assert.Equal("a.example\nb.example\n", work.Read("tool.txt"));
    }

    [Theory]
    [InlineData("100%", 0)]
    // Also where a plan waits: the value is no part of it.
    [InlineData("1%", 4)]
    public void What_a_killed_probe_left_is_taken_out_by_the_next_apply(string maxChange, int exit)
    {
        using var work = With($"reload: {{ run: [ sh, reload.sh, \"{{file}}\" ] }}");
        work.Write("reload.sh", "cp \"$1\" tool.txt\n");
        work.Run();
        var before = work.Read("out/list.txt");
        work.Write(
            "reload.sh",
            "if grep -q 192.0.2.77 \"$1\"; then touch waiting; exec sleep 600; fi\ncp \"$1\" tool.txt\n"
        );
        using var probe = CtiProcess.Start(work.Root, "probe", "p.yaml", "list");
        Assert.True(SpinWait.SpinUntil(() => work.Exists("waiting"), Patience), "the tool was never told");
        probe.Kill();
        Assert.Contains("192.0.2.77", work.Read("out/list.txt"), StringComparison.Ordinal);
        work.Write("tool.txt", "192.0.2.77\n");
        if (exit == 4)
        {
            work.Write(
                "p.yaml",
                work.Read("p.yaml").Replace("max_change: 100%", $"max_change: {maxChange}", StringComparison.Ordinal)
            );
            work.Write("in/a.txt", "a.example\nb.example\nc.example\n");
        }

        var next = work.TryRun();
        Assert.True(next.Exit == exit, next.ToString());
        Assert.Equal(before, work.Read("out/list.txt"));
        Assert.Equal(before, work.Read("tool.txt"));
        Assert.False(Directory.Exists(work.PathOf("out/.cti")));
    }

    [Fact]
    public void A_stream_is_told_of_one_more_and_of_its_end()
    {
        using var server = new FaultServer();
        using var work = WithStream($"render: {{ type: ndjson }}, to: {{ type: http, url: \"{server.Url}\" }}");
        work.Run();
        var before = Everything(work);
        var probe = work.Cti("probe", "p.yaml", "s");
        Assert.True(probe.Exit == 0, probe.ToString());
        Assert.Contains(
            $"192.0.2.77 was sent, accepted by {server.Url}, not read back",
            probe.Out,
            StringComparison.Ordinal
        );
        Assert.Equal(
            ["added", "withdrawn"],
            server
                .Taken.TakeLast(2)
                .Select(request => JsonDocument.Parse(request.Text).RootElement.GetProperty("op").GetString())
        );
        Assert.Equal(before, Everything(work));
    }

    [Fact]
    public void A_stream_that_leads_nowhere_is_closed()
    {
        using var server = new FaultServer();
        server.Listener.Leave();
        using var work = WithStream($"render: {{ type: ndjson }}, to: {{ type: http, url: \"{server.Url}\" }}");
        var probe = work.Cti("probe", "p.yaml", "s");
        Assert.True(probe.Exit == 1, probe.ToString());
        Assert.StartsWith(
            $"s: closed: CTI-SEND-001 {server.Url}: the server cannot be reached",
            probe.Out,
            StringComparison.Ordinal
        );
        server.Listener.Return();
        server.Next(new Fault.Answer(403, "who are you"));
        server.Judge = _ => new Fault.Answer(403, "who are you");
        var refused = work.Cti("probe", "p.yaml", "s", "--json");
        Assert.Equal("CTI-SEND-007", refused.Json.GetProperty("code").GetString());
    }

    [Fact]
    public void A_file_that_is_appended_to_is_byte_for_byte_what_it_was()
    {
        using var work = WithStream("render: { type: ndjson }, to: { type: file, path: out/changes.ndjson }");
        Assert.Equal(0, work.Cti("probe", "p.yaml", "s").Exit);
        Assert.False(work.Exists("out/changes.ndjson"));
        work.Run();
        var before = Everything(work);
        var probe = work.Cti("probe", "p.yaml", "s");
        Assert.True(probe.Exit == 0, probe.ToString());
        Assert.Equal(before, Everything(work));
    }

    [Fact]
    public void A_TAXII_server_is_asked_what_it_holds()
    {
        using var receiver = new TaxiiReceiver();
        using var work = WithStream(
            $"render: {{ type: stix_changes }}, to: {{ type: taxii, url: \"{receiver.Discovery}\" }}"
        );
        var probe = work.Cti("probe", "p.yaml", "s");
        Assert.True(probe.Exit == 0, probe.ToString());
        Assert.Contains("read back, and withdrawn", probe.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("not read back", probe.Out, StringComparison.Ordinal);
        Assert.True(receiver.Held[^1].TryGetProperty("valid_until", out _));
        Assert.Empty(receiver.Wrong);
        receiver.CanWrite = false;
        Assert.StartsWith("s: closed: CTI-SEND-052", work.Cti("probe", "p.yaml", "s").Out, StringComparison.Ordinal);
    }

    [Fact]
    public void While_a_service_owns_the_store_it_probes_for_others()
    {
        using var work = With($"{Reload}\n    {Ask}", rest: "schedule: { every: 1h }");
        // By the clock, as the service runs: at another time it would write the list anew.
        Assert.Equal(0, work.Cti("run", "p.yaml", "--quiet").Exit);
        var before = work.Read("out/list.txt");
        using var service = ServiceProcess.Start(work, "p.yaml");
        var probe = work.Cti("probe", "p.yaml", "list");
        Assert.True(probe.Exit == 0, probe.ToString());
        Assert.Contains("list: open: 192.0.2.77 was written", probe.Out, StringComparison.Ordinal);
        Assert.Equal(before, work.Read("out/list.txt"));
        Assert.Equal(130, service.Stop());
    }

    // Files that were written, and what the store says of indicators and sinks.
    private static string Everything(Workspace work) =>
        string.Join(
            '\n',
            Directory
                .EnumerateFiles(work.PathOf("out"), "*", SearchOption.AllDirectories)
                .Where(path => !path.Contains(".duckdb", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(path => path + " " + Convert.ToBase64String(File.ReadAllBytes(path)))
                .Concat(
                    work.Query(
                            """
                            SELECT 'indicator', i::VARCHAR FROM indicators i UNION ALL SELECT 'delivery', d::VARCHAR FROM deliveries d
                            UNION ALL SELECT 'state', s::VARCHAR FROM sink_state s UNION ALL SELECT 'cursor', c::VARCHAR FROM cursors c WHERE kind = 'sink' ORDER BY ALL
                            """
                        )
                        .Select(row => string.Join(' ', row))
                )
        );

    private static Workspace With(string sink, string where = "score >= 0", string rest = "")
    {
        var work = new Workspace();
        work.Write(
            "p.yaml",
            PipelineText.List(sink: $"max_change: 100%\n    where: \"{where}\"\n    {sink}", rest: rest)
        );
        work.Write("in/a.txt", "a.example\nb.example\n");
        return work;
    }

    private static Workspace WithStream(string sink)
    {
        var work = new Workspace();
        work.Write("p.yaml", PipelineText.List() + $"\n  - {{ name: s, {sink} }}\n");
        work.Write("in/a.txt", "a.example\nb.example\n");
        return work;
    }
}
