// A web server that does what a test says, byte by byte: also what no proper server would do. One request per connection.

using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Cti.Host.Tests.Harness;

/// <summary>A request as it came.</summary>
public sealed record TestRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public string? this[string header] => Headers.GetValueOrDefault(header.ToLowerInvariant());
}

/// <summary>What is sent back.</summary>
public sealed record TestAnswer(string Body = "", int Status = 200)
{
    /// <summary>Sent as they are; `Content-Length` and `Transfer-Encoding` replace the right one.</summary>
    public IReadOnlyList<string> Headers { get; init; } = [];

    /// <summary>In the place of <see cref="Body"/>.</summary>
    public byte[]? Bytes { get; init; }

    /// <summary>The connection stays open behind the last byte until this ends.</summary>
    public Task Hold { get; init; } = Task.CompletedTask;
}

/// <summary>Listens on a free port of this machine until disposed.</summary>
public sealed class TestServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<TestRequest, TestAnswer> _answer;
    private readonly X509Certificate2? _certificate;
    private readonly bool _wantsClientCertificate;
    private readonly CancellationTokenSource _stop = new();

    public TestServer(
        Func<TestRequest, TestAnswer> answer,
        X509Certificate2? certificate = null,
        bool wantsClientCertificate = false
    )
    {
        _answer = answer;
        _certificate = certificate;
        _wantsClientCertificate = wantsClientCertificate;
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>Always the same answer.</summary>
    public TestServer(TestAnswer answer)
        : this(_ => answer) { }

    /// <summary>One answer after the other; the last one again and again.</summary>
    public static TestServer Script(params IReadOnlyList<TestAnswer> answers)
    {
        var next = 0;
        return new TestServer(_ => answers[Math.Min(Interlocked.Increment(ref next), answers.Count) - 1]);
    }

    /// <summary>`http://127.0.0.1:PORT` or https; no slash behind.</summary>
    public string Url =>
        $"{(_certificate is null ? "http" : "https")}://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>What was asked, in order.</summary>
    public ConcurrentQueue<TestRequest> Requests { get; } = new();

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var connection = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = ServeAsync(connection);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            return;
        }
    }

    private async Task ServeAsync(TcpClient connection)
    {
        using (connection)
        {
            try
            {
                await using var stream = await SecureAsync(connection.GetStream());
                var request = await ReadAsync(stream);
                Requests.Enqueue(request);
                var answer = _answer(request);
                var body = answer.Bytes ?? Encoding.UTF8.GetBytes(answer.Body);
                var head = new StringBuilder();
                head.Append(
                    CultureInfo.InvariantCulture,
                    $"HTTP/1.1 {answer.Status} Whatever\r\nConnection: close\r\n"
                );
                foreach (var header in answer.Headers)
                {
                    head.Append(header).Append("\r\n");
                }

                if (
                    !answer.Headers.Any(header =>
                        header.StartsWith("Content-Length", StringComparison.Ordinal)
                        || header.StartsWith("Transfer", StringComparison.Ordinal)
                    )
                )
                {
                    head.Append(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n");
                }

                await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()));
                await stream.WriteAsync(body);
                await stream.FlushAsync();
                await answer.Hold.WaitAsync(_stop.Token);
            }
            catch (Exception error)
                when (error
                        is IOException
                            or OperationCanceledException
                            or ObjectDisposedException
                            or System.Security.Authentication.AuthenticationException
                )
            {
                // The client went away; tests look at what the client says.
                return;
            }
        }
    }

    private async Task<Stream> SecureAsync(NetworkStream plain)
    {
        if (_certificate is null)
        {
            return plain;
        }

        var secure = new SslStream(
            plain,
            false,
            (_, certificate, _, _) => !_wantsClientCertificate || certificate is not null
        );
        await secure.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions
            {
                ServerCertificate = _certificate,
                ClientCertificateRequired = _wantsClientCertificate,
            }
        );
        return secure;
    }

    private static async Task<TestRequest> ReadAsync(Stream stream)
    {
        var (request, length) = await ReadHeadAsync(stream);
        var body = new byte[length];
        await stream.ReadExactlyAsync(body);
        return request with { Body = Encoding.UTF8.GetString(body) };
    }

    /// <summary>A request without its body, and how long that is.</summary>
    internal static async Task<(TestRequest Request, int BodyLength)> ReadHeadAsync(Stream stream)
    {
        var bytes = new List<byte>();
        var one = new byte[1];
        while (!Ends(bytes))
        {
            if (await stream.ReadAsync(one) == 0)
            {
                throw new IOException("the request ended early");
            }

            bytes.Add(one[0]);
        }

        var lines = Encoding.ASCII.GetString([.. bytes]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var first = lines[0].Split(' ');
        var headers = lines
            .Skip(1)
            .Select(line => line.Split(": ", 2))
            .ToDictionary(pair => pair[0].ToLowerInvariant(), pair => pair.ElementAtOrDefault(1) ?? "");
        var length = int.Parse(headers.GetValueOrDefault("content-length", "0"), CultureInfo.InvariantCulture);
        return (new TestRequest(first[0], first[1], headers, ""), length);
    }

    private static bool Ends(List<byte> bytes) =>
        bytes.Count >= 4 && bytes[^4] == '\r' && bytes[^3] == '\n' && bytes[^2] == '\r' && bytes[^1] == '\n';
}
