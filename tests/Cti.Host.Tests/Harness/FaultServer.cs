// A web server on raw sockets that misbehaves as it is told, request by request, and keeps what it took.

using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Cti.Host.Tests.Harness;

/// <summary>What becomes of one request.</summary>
public abstract record Fault
{
    private Fault() { }

    /// <summary>It is read, and answered.</summary>
    public sealed record Answer(int Status, string Body = "", params IReadOnlyList<string> Headers) : Fault;

    /// <summary>It is read, and never answered.</summary>
    public sealed record Hang : Fault;

    /// <summary>The connection is reset before its body is read.</summary>
    public sealed record ResetBefore : Fault;

    /// <summary>The connection is reset when half of its body is read.</summary>
    public sealed record ResetAmid : Fault;

    /// <summary>The connection is reset when it is read, in the place of an answer.</summary>
    public sealed record ResetAfter : Fault;

    /// <summary>It is answered with success and half of the body that is announced.</summary>
    public sealed record HalfAnswer : Fault;

    /// <summary>Its body is read a byte a second.</summary>
    public sealed record SlowRead : Fault;

    /// <summary>Its answer is sent a byte a second.</summary>
    public sealed record SlowAnswer : Fault;

    /// <summary>It is answered with success and a body without end: 10 GB.</summary>
    public sealed record Endless : Fault;

    /// <summary>Success.</summary>
    public static Fault None { get; } = new Answer(200);

    public static Fault Redirect(string to, int status = 307) => new Answer(status, "", $"Location: {to}");
}

/// <summary>A request as it came.</summary>
public sealed record FaultRequest(TestRequest Head, byte[] Body)
{
    public string? this[string header] => Head[header];

    /// <summary>Unpacked, as text.</summary>
    public string Text
    {
        get
        {
            if (Head["content-encoding"] != "gzip")
            {
                return Encoding.UTF8.GetString(Body);
            }

            using var unpacked = new StreamReader(
                new GZipStream(new MemoryStream(Body), CompressionMode.Decompress),
                Encoding.UTF8
            );
            return unpacked.ReadToEnd();
        }
    }
}

/// <summary>Listens on a free port of this machine until disposed. One request per connection.</summary>
public sealed class FaultServer : IDisposable
{
    private static readonly TimeSpan Slowness = TimeSpan.FromSeconds(1);
    private readonly ConcurrentQueue<Fault> _next = new();
    private readonly string _scheme;

    public FaultServer(X509Certificate2? certificate = null, Func<FaultRequest, Fault>? judge = null)
    {
        Judge = judge ?? (_ => Fault.None);
        _scheme = certificate is null ? "http" : "https";
        Listener = new FaultListener(ServeAsync, certificate);
    }

    public FaultListener Listener { get; }

    /// <summary>What becomes of a request that <see cref="Next"/> says nothing of: success.</summary>
    public Func<FaultRequest, Fault> Judge { get; set; }

    /// <summary>`http://127.0.0.1:PORT` or https; no slash behind.</summary>
    public string Url => $"{_scheme}://127.0.0.1:{Listener.Port}";

    /// <summary>Requests that were read to their end.</summary>
    public ConcurrentQueue<FaultRequest> Requests { get; } = new();

    /// <summary>Those that were answered with success: a receiver holds their records.</summary>
    public ConcurrentQueue<FaultRequest> Taken { get; } = new();

    /// <summary>Bytes of answers that the client let us send.</summary>
    public long Sent { get; private set; }

    /// <summary>What becomes of the next requests, one after the other; then every one is judged again.</summary>
    public void Next(params IReadOnlyList<Fault> faults)
    {
        foreach (var fault in faults)
        {
            _next.Enqueue(fault);
        }
    }

    public void Dispose() => Listener.Dispose();

    private async Task ServeAsync(FaultConnection connection)
    {
        var stream = connection.Stream;
        var (head, length) = await TestServer.ReadHeadAsync(stream);
        var body = new byte[length];
        _next.TryDequeue(out var fault);
        switch (fault)
        {
            case Fault.ResetBefore:
                connection.Reset();
                return;
            case Fault.ResetAmid:
                await stream.ReadExactlyAsync(body.AsMemory(0, length / 2), connection.Stop);
                connection.Reset();
                return;
            case Fault.SlowRead:
                for (var at = 0; at < length; at++)
                {
                    await stream.ReadExactlyAsync(body.AsMemory(at, 1), connection.Stop);
                    await Task.Delay(Slowness, connection.Stop);
                }

                return;
            default:
                await stream.ReadExactlyAsync(body, connection.Stop);
                break;
        }

        var request = new FaultRequest(head, body);
        Requests.Enqueue(request);
        await AnswerAsync(connection, request, fault ?? Judge(request));
    }

    private async Task AnswerAsync(FaultConnection connection, FaultRequest request, Fault fault)
    {
        var stream = connection.Stream;
        switch (fault)
        {
            case Fault.Hang:
                await Task.Delay(Timeout.Infinite, connection.Stop);
                return;
            case Fault.ResetAfter:
                connection.Reset();
                return;
            case Fault.HalfAnswer:
                await WriteAsync(
                    stream,
                    "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\nhalf of it"
                );
                return;
            case Fault.SlowAnswer:
                foreach (var one in "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                {
                    await WriteAsync(stream, one.ToString());
                    await Task.Delay(Slowness, connection.Stop);
                }

                return;
            case Fault.Endless:
                Taken.Enqueue(request);
                await WriteAsync(stream, "HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\nConnection: close\r\n\r\n");
                var chunk = new byte[64 * 1024];
                while (true)
                {
                    await stream.WriteAsync(chunk, connection.Stop);
                    Sent += chunk.Length;
                }

            case Fault.Answer answer:
                if (answer.Status is >= 200 and < 300)
                {
                    Taken.Enqueue(request);
                }

                var bytes = Encoding.UTF8.GetBytes(answer.Body);
                var head = string.Concat(answer.Headers.Select(header => header + "\r\n"));
                await WriteAsync(
                    stream,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"HTTP/1.1 {answer.Status} Whatever\r\nConnection: close\r\nContent-Length: {bytes.Length}\r\n{head}\r\n"
                    )
                );
                await stream.WriteAsync(bytes);
                return;
            default:
                throw new InvalidOperationException("a new kind of fault");
        }
    }

    private static async Task WriteAsync(Stream stream, string text)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text));
        await stream.FlushAsync();
    }
}
