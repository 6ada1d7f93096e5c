// Who watches a service: taps, the picture of top, the pages. What a scraper reads is judged by the reference parser of OpenMetrics.

using System.Globalization;
using System.Text.Json;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Serve;

public class WatchingTests
{
    private static Workspace Listed()
    {
        var work = new Workspace();
        work.Write(
            "p.yaml",
            PipelineText.List(rest: "schedule: { every: 1s }")
                + "\n  - { name: stream, render: { type: ndjson }, to: { type: file, path: out/changes.ndjson } }\n"
        );
        work.Write("in/a", "a.example.com\n");
        return work;
    }

    private static List<JsonElement> Samples(CtiResult result)
    {
        Assert.True(result.Exit == 0, result.ToString());
        return
        [
            .. result
                .Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonDocument.Parse(line).RootElement),
        ];
    }

    [Theory]
    [InlineData("read", "record", "out")]
    [InlineData("screen", "value", "out")]
    [InlineData("store", "value", "added")]
    [InlineData("sink:list", "value", "added")]
    [InlineData("sink:stream", "value", "added")]
    public void A_tap_shows_what_passes(string stage, string key, string decision)
    {
        using var work = Listed();
        // So many that a few more are within max_change.
        work.Write("in/a", string.Concat(Enumerable.Range(0, 200).Select(number => $"a{number}.example.com\n")));
        using var service = ServiceProcess.Start(work, "p.yaml");
        service.WaitFor("p: done");
        using var tap = CtiProcess.Start(work.Root, "tap", "p.yaml", stage, "--limit", "1");
        // Nobody knows when it begins to listen: something new comes until it has heard of it.
        for (var number = 0; number < 60 && !tap.EndsWithin(TimeSpan.FromSeconds(1)); number++)
        {
            File.AppendAllText(
                work.PathOf("in/a"),
                string.Create(CultureInfo.InvariantCulture, $"b{number}.example.com\n")
            );
        }

        var sample = Assert.Single(Samples(tap.Wait()));
        Assert.Equal(stage, sample.GetProperty("stage").GetString());
        Assert.Equal(decision, sample.GetProperty("decision").GetString());
        Assert.Matches(@"^b\d+\.example\.com$", sample.GetProperty(key).GetString());
        Assert.Equal(130, service.Stop());
    }

    [Fact]
    public void A_tap_shows_what_falls_out_and_why_and_only_what_is_asked_for()
    {
        using var work = Listed();
        using var service = ServiceProcess.Start(work, "p.yaml");
        service.WaitFor("p: done");
        using var tap = CtiProcess.Start(
            work.Root,
            "tap",
            "p.yaml",
            "normalise",
            "--limit",
            "1",
            "--where",
            "value LIKE '010.%'"
        );
        for (var number = 0; number < 60 && !tap.EndsWithin(TimeSpan.FromSeconds(1)); number++)
        {
            File.AppendAllText(work.PathOf("in/a"), "c.example.com\n010.1.1.1\n");
        }

        var sample = Assert.Single(Samples(tap.Wait()));
        Assert.Equal("rejected", sample.GetProperty("decision").GetString());
        Assert.StartsWith("CTI-NORM-", sample.GetProperty("code").GetString()!, StringComparison.Ordinal);
        Assert.Equal("in/a", sample.GetProperty("uri").GetString());
        Assert.True(sample.GetProperty("line").GetInt64() > 1);
        service.Stop();
    }

    [Theory]
    [InlineData("q", "read", "CTI-SERVICE-021")]
    [InlineData("p", "sink:nobody", "CTI-SERVICE-022")]
    public void A_tap_of_what_is_not_there_says_what_is(string pipeline, string stage, string code)
    {
        using var work = Listed();
        using var service = ServiceProcess.Start(work, "p.yaml");
        var tap = work.Cti("tap", pipeline, stage, "--store", "out/s.duckdb");
        Assert.Equal(2, tap.Exit);
        Assert.Contains(code, tap.Error, StringComparison.Ordinal);
        service.Stop();
    }

    [Fact]
    public void Top_tells_once_where_there_is_no_terminal()
    {
        using var work = Listed();
        using var service = ServiceProcess.Start(work, "p.yaml");
        service.WaitFor("p: done");
        var top = work.Cti("top", "--store", "out/s.duckdb");
        Assert.True(top.Exit == 0, top.ToString());
        Assert.DoesNotContain('\u001b', top.Out);
        foreach (var part in (string[])["p: ", "  read ", "  store ", "  sink:list ", "  sink:stream "])
        {
            Assert.Contains(part, top.Out, StringComparison.Ordinal);
        }

        service.Stop();
    }

    [Theory]
    [InlineData("0.0.0.0:9464")]
    [InlineData("192.0.2.1:9464")]
    [InlineData("127.0.0.1")]
    [InlineData("9464")]
    public void Beyond_this_machine_nothing_is_served(string address)
    {
        using var work = Listed();
        var result = work.Cti("serve", "p.yaml", "--listen", address);
        Assert.Equal(2, result.Exit);
        Assert.Contains("CTI-SERVICE-006", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_are_read_by_the_reference_parser_of_the_format()
    {
        using var work = Listed();
        var port = ServiceProcess.FreePort();
        using var service = ServiceProcess.Serve(work, "p.yaml", "--listen", $"127.0.0.1:{port}");
        service.WaitFor("p: done");
        using var http = new HttpClient();
        var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/metrics"));
        Assert.Equal("application/openmetrics-text", answer.Content.Headers.ContentType!.MediaType);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Contains(
            "cti_records_total{pipeline=\"p\",stage=\"read\",outcome=\"in\"} 1\n",
            text,
            StringComparison.Ordinal
        );
        Assert.Equal(404, (int)(await http.GetAsync(new Uri($"http://127.0.0.1:{port}/"))).StatusCode);
        Assert.Equal(
            405,
            (int)(await http.PostAsync(new Uri($"http://127.0.0.1:{port}/health"), new StringContent(""))).StatusCode
        );
        Assert.Equal(130, service.Stop());
        // Debian's own: another one in the path would not have Debian's module.
        if (Tools.Find("/usr/bin/python3", "python3-prometheus-client") is not { } python)
        {
            return;
        }

        work.Write("metrics.txt", text);
        using var parser = CtiProcess.Launch(
            work.Root,
            python,
            "-c",
            "from prometheus_client.openmetrics.parser import text_string_to_metric_families as read\nprint(' '.join(sorted(family.name for family in read(open('metrics.txt').read()))))"
        );
        var read = parser.Wait();
        Assert.True(read.Exit == 0, read.ToString());
        foreach (
            var family in (string[])
                [
                    "cti_records",
                    "cti_runs",
                    "cti_last_success_timestamp_seconds",
                    "cti_sink_lag_changes",
                    "cti_store_bytes",
                    "cti_build",
                ]
        )
        {
            Assert.Contains(family, read.Out.Trim().Split(' '));
        }
    }

    [Fact]
    public void Systemd_hears_when_the_service_is_ready_and_when_it_ends()
    {
        using var work = Listed();
        var path = work.PathOf("notify");
        using var manager = new System.Net.Sockets.Socket(
            System.Net.Sockets.AddressFamily.Unix,
            System.Net.Sockets.SocketType.Dgram,
            System.Net.Sockets.ProtocolType.Unspecified
        );
        manager.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(path));
        manager.ReceiveTimeout = 60_000;
        using var service = ServiceProcess.StartUnready(
            work,
            new Dictionary<string, string> { ["NOTIFY_SOCKET"] = path, ["WATCHDOG_USEC"] = "60000000" },
            "p.yaml"
        );
        Assert.Equal("READY=1", Hear(manager));
        Assert.Equal("WATCHDOG=1", Hear(manager));
        service.Signal("TERM");
        Assert.Equal("STOPPING=1", Hear(manager));
        Assert.Equal(130, service.Exit());
    }

    private static string Hear(System.Net.Sockets.Socket manager)
    {
        var bytes = new byte[256];
        return System.Text.Encoding.UTF8.GetString(bytes, 0, manager.Receive(bytes));
    }
}
