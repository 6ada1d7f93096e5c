// A pipeline with one sink for a real tool, and the tool itself on loopback: what the tests of tools share. Knows no tool.

using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Cti.Host.Tests.Harness;

internal static class ToolSink
{
    /// <summary>
    /// A workspace whose source in/a.txt holds these values, one in each line, and takes back what is gone from it; and whose sink writes out/FILE,
    /// checked by the format's own checker unless `guards` says otherwise.
    /// </summary>
    public static Workspace With(
        string render,
        string file,
        IEnumerable<string> values,
        string guards = "check: { type: built_in }"
    )
    {
        var work = new Workspace();
        work.Write(
            "p.yaml",
            $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: a
                from: { type: file, path: in/a.txt }
                read: { type: lines }
                mode: snapshot
                map: [ { value: { field: line }, type: auto } ]
                trust: { reliability: A, credibility: 1, confidence: 80, tlp: clear }
            sinks:
              - name: tool
                render: { {{render}} }
                to: { type: file, path: out/{{file}} }
                {{guards}}
            """
        );
        List(work, values);
        return work;
    }

    /// <summary>What the source says from now on.</summary>
    public static void List(Workspace work, IEnumerable<string> values) =>
        work.Write("in/a.txt", string.Join('\n', values) + "\n");

    /// <summary>A free port of loopback.</summary>
    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    /// <summary>Starts a server and gives it back when it takes connections on a port of loopback; one that ends before fails the test.</summary>
    public static CtiProcess Serve(Workspace work, int port, string program, params IEnumerable<string> arguments)
    {
        var server = CtiProcess.Launch(work.Root, program, arguments);
        for (var attempt = 0; attempt < 300; attempt++)
        {
            if (server.EndsWithin(TimeSpan.FromMilliseconds(100)))
            {
                Assert.Fail(server.Wait().ToString());
            }

            if (TakesConnections(port))
            {
                return server;
            }
        }

        server.Kill();
        var said = server.Wait();
        server.Dispose();
        throw new TimeoutException($"{program} took no connection: {said}");
    }

    /// <summary>The status of a request, as a client of a web server or proxy sees it.</summary>
    public static async Task<int> Status(Uri address, Uri? proxy = null, params (string Name, string Value)[] headers)
    {
        using var handler = new SocketsHttpHandler { UseProxy = proxy is not null };
        handler.Proxy = proxy is null ? null : new WebProxy(proxy);
        using var client = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(60) };
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await client.SendAsync(request);
        return (int)response.StatusCode;
    }

    private static bool TakesConnections(int port)
    {
        using var client = new TcpClient();
        try
        {
            client.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
