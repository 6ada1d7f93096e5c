// GET /health and GET /metrics on a loopback address. The framework's own small listener: two pages for a scraper need no web server.

using System.Net;
using System.Text;
using Cti.Core;
using Cti.Host.Run;

namespace Cti.Host.Serve;

/// <summary>Serves until disposed.</summary>
internal sealed class StatusServer : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ServiceBoard _board;

    private StatusServer(IPEndPoint address, ServiceBoard board)
    {
        _board = board;
        _listener.Prefixes.Add($"http://{address}/");
        // A scraper that hangs is let go.
        _listener.TimeoutManager.IdleConnection = TimeSpan.FromSeconds(30);
    }

    /// <summary>Starts; null, and why on the environment's error, where the address cannot be had.</summary>
    public static StatusServer? TryStart(IPEndPoint address, ServiceBoard board, RunEnvironment environment)
    {
        var server = new StatusServer(address, board);
        try
        {
            server._listener.Start();
            _ = server.ServeAsync();
            return server;
        }
        catch (Exception error) when (error is HttpListenerException or System.Net.Sockets.SocketException)
        {
            environment.Error.WriteLine(
                $"CTI-SERVICE-004 --listen {address}: {error.Message}. Choose another port, or end who has it."
            );
            server.Dispose();
            return null;
        }
    }

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                Answer(await _listener.GetContextAsync());
            }
            catch (Exception error)
                when (error
                        is HttpListenerException
                            or ObjectDisposedException
                            or InvalidOperationException
                            or IOException
                )
            {
                // The scraper went away, or the service ends; the loop's condition tells which.
                continue;
            }
        }
    }

    private void Answer(HttpListenerContext context)
    {
        var (status, type, text) = (context.Request.HttpMethod, context.Request.Url?.AbsolutePath) switch
        {
            ("GET" or "HEAD", "/health") => Health(),
            ("GET" or "HEAD", "/metrics") => (200, OpenMetrics.contentType, ServiceMetrics.Print(_board)),
            ("GET" or "HEAD", _) => (404, "text/plain; charset=utf-8", "There are /health and /metrics.\n"),
            _ => (405, "text/plain; charset=utf-8", "Only GET.\n"),
        };
        using var response = context.Response;
        var bytes = Encoding.UTF8.GetBytes(text);
        response.StatusCode = status;
        // This listener closes a connection it has said would stay: who sends the next request on it gets no answer.
        response.KeepAlive = false;
        response.ContentType = type;
        response.Headers["Cache-Control"] = "no-store";
        response.ContentLength64 = bytes.Length;
        if (context.Request.HttpMethod != "HEAD")
        {
            response.OutputStream.Write(bytes);
        }
    }

    private (int Status, string Type, string Text) Health()
    {
        var health = ServiceHealth.Of(_board);
        return (health.IsHealthy ? 200 : 503, "application/json", health.ToJson());
    }
}
