// A real rsyslog behind a syslog sink: what a SIEM's relay stores is the line that was rendered, and nothing in a record begins another.

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.ToolSinks;

[Collection(Heavy.Name)]
public class RsyslogTests
{
    [Theory]
    [InlineData("cef", "CEF:0|Cti.Pipelines|cti|1|indicator-")]
    [InlineData("leef", "LEEF:2.0|Cti.Pipelines|cti|1|indicator-")]
    [InlineData("ecs", "{\"@timestamp\":")]
    [InlineData("ndjson", "{\"sequence\":")]
    [Trait("Tool", "rsyslog")]
    public void A_relay_stores_every_line_as_it_was_rendered_and_hears_of_what_is_withdrawn(string format, string start)
    {
        if (Tools.Find("rsyslogd", "rsyslog") is not { } rsyslogd)
        {
            return;
        }

        using var work = new Workspace();
        var port = FreePort();
        work.Write(
            "rsyslog.conf",
            $$"""
            global(workDirectory="{{work.Root}}" maxMessageSize="64k")
            module(load="imtcp")
            template(name="message" type="string" string="%msg%\n")
            input(type="imtcp" port="{{port}}" address="127.0.0.1")
            if $programname == "cti" then action(type="omfile" file="{{work.PathOf("relay.log")}}" template="message")
            """
        );
        using var server = CtiProcess.Launch(
            work.Root,
            rsyslogd,
            "-n",
            "-f",
            work.PathOf("rsyslog.conf"),
            "-i",
            work.PathOf("pid")
        );
        Assert.True(Answers(port, server), "rsyslogd does not listen");
        work.Write("in/a.txt", "stays.example.com\nhttp://goes.example.com/a|b=c\"d\n203.0.113.9\n");
        work.Write("p.yaml", Pipeline(format, port));
        work.RunAt("2026-01-02T00:00:00Z");
        work.Write("in/a.txt", "stays.example.com\n203.0.113.9\n");
        work.RunAt("2026-01-03T00:00:00Z");
        // The relay is asked to end, and writes what it has by then.
        server.Terminate();
        server.Wait();

        var lines = work.Lines("relay.log").Select(line => line.TrimStart()).ToArray();
        Assert.Equal(4, lines.Length);
        Assert.All(lines, line => Assert.StartsWith(start, line, StringComparison.Ordinal));
        Assert.Equal(work.Lines("out/same.txt"), lines);
        Assert.Contains("withdrawn", lines[3], StringComparison.Ordinal);
    }

    private static bool Answers(int port, CtiProcess server)
    {
        for (var attempt = 0; attempt < 300; attempt++)
        {
            try
            {
                using var client = new TcpClient();
                client.Connect(IPAddress.Loopback, port);
                return true;
            }
            catch (SocketException) when (!server.EndsWithin(TimeSpan.FromMilliseconds(100))) { }
        }

        return false;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Pipeline(string format, int port) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: a
                from: { type: file, path: in/a.txt }
                read: { type: lines }
                mode: snapshot
                expect: { shrink: 100% }
                map: [ { value: { field: line }, type: auto } ]
                trust: { reliability: A, credibility: 1, confidence: 80, tlp: clear }
            screen: { private: keep }
            sinks:
              - name: siem
                render: { type: {{format}} }
                to: { type: syslog, host: 127.0.0.1, port: {{port}}, protocol: tcp }
              - name: same
                render: { type: {{format}} }
                to: { type: file, path: out/same.txt }
            """
        );
}
