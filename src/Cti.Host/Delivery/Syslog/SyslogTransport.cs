// Records as syslog messages over one connection. Nobody acknowledges them: delivered means that this machine wrote all of a batch to a receiver
// that had not closed the connection by then. docs/sinks/syslog.md says what that can lose.

using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Cti.Core;
using Cti.Host.Net;

namespace Cti.Host.Delivery.Syslog;

internal sealed class SyslogTransport : IDeliveryTransport
{
    private readonly SyslogPlan _plan;
    private readonly TimeProvider _clock;
    private readonly SyslogMessage.Framer _framer;
    private readonly Utf8Writer _frames = new(64 * 1024);
    private Connection? _connection;

    public SyslogTransport(SyslogPlan plan, TimeProvider clock)
    {
        _plan = plan;
        _clock = clock;
        // A machine may be named by letters that a message cannot hold.
        var own = SyslogHeaderModule.isWord(Environment.MachineName) ? Environment.MachineName : "";
        _framer = new SyslogMessage.Framer(
            plan.Header.HostName.Length > 0
                ? plan.Header
                : new SyslogHeader(
                    plan.Header.Facility,
                    plan.Header.Severity,
                    own,
                    plan.Header.AppName,
                    plan.Header.StructuredData
                )
        );
        Endpoint = $"syslog{(plan.Tls is null ? "" : "+tls")}://{plan.Host}:{plan.Port}";
    }

    public string Endpoint { get; }

    public BatchLimits Limits => _plan.Limits;

    public async Task<SendOutcome> OpenAsync(string receipt, CancellationToken stop)
    {
        if (_connection is { IsClosed: false })
        {
            return new Delivered(receipt);
        }

        await CloseAsync();
        return await WithinAsync(
            async token =>
            {
                _connection = await Connection.OpenAsync(_plan, token);
                return new Delivered(receipt);
            },
            _plan.ConnectTimeout,
            stop
        );
    }

    public async Task<SendOutcome> SendAsync(DeliveryBatch batch, CancellationToken stop)
    {
        if (await OpenAsync("", stop) is NotDelivered failure)
        {
            return failure;
        }

        _frames.Clear();
        var now = _clock.GetUtcNow();
        for (var index = 0; index < batch.Count; index++)
        {
            _framer.Write(batch.Record(index).Span, now, _frames);
        }

        var frames = _frames.Written.ToArray();
        return await WithinAsync(
            async token =>
            {
                await _connection!.WriteAsync(frames, token);
                return _connection.IsClosed
                    ? throw new IOException("the receiver closed the connection while it was written to")
                    : new Delivered($"bytes:{frames.Length}");
            },
            _plan.Timeout,
            stop
        );
    }

    public async ValueTask DisposeAsync() => await CloseAsync();

    // After any failure the connection is given up: half a frame may stand in it, and what follows would be taken for its rest.
    private async Task<SendOutcome> WithinAsync(
        Func<CancellationToken, Task<Delivered>> act,
        TimeSpan limit,
        CancellationToken stop
    )
    {
        using var time = new CancellationTokenSource(limit, _clock);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stop, time.Token);
        try
        {
            return await act(any.Token);
        }
        catch (OperationCanceledException)
        {
            await CloseAsync();
            stop.ThrowIfCancellationRequested();
            return Failed(
                FailureKind.Transient,
                "CTI-SEND-002",
                "the receiver cannot be connected (`connect_timeout`), or takes no more (`timeout`); it may be overloaded"
            );
        }
        catch (AuthenticationException error)
        {
            await CloseAsync();
            return Failed(
                FailureKind.Misconfigured,
                "CTI-SEND-009",
                $"no secure connection: {ConnectionException.Words(error)}. If the receiver's certificate is issued by an authority of your own, declare `ca`"
            );
        }
        catch (ConnectionException error)
        {
            return Failed(FailureKind.Misconfigured, "CTI-SEND-012", error.Message);
        }
        catch (Exception error) when (error is SocketException or IOException)
        {
            await CloseAsync();
            return Failed(
                FailureKind.Transient,
                "CTI-SEND-001",
                $"the receiver cannot be reached, or is gone: {ConnectionException.Words(error)}"
            );
        }
    }

    private NotDelivered Failed(FailureKind kind, string code, string problem) =>
        new(kind, code, $"{Endpoint}: {_plan.Redactor.Redact(problem)}.");

    private async ValueTask CloseAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync();
        }
    }

    // A socket, or TLS on it, and somebody who listens on it: a receiver has nothing to say, so that its first word is its end.
    private sealed class Connection : IAsyncDisposable
    {
        private readonly Socket _socket;
        private readonly Stream _stream;
        private readonly Task _ended;

        private Connection(Socket socket, Stream stream)
        {
            _socket = socket;
            _stream = stream;
            _ended = ListenAsync();
        }

        // The kernel knows before whoever listens has been told: readable, and nothing to read, is the end.
        public bool IsClosed =>
            _ended.IsCompleted || (_socket.Poll(0, SelectMode.SelectRead) && _socket.Available == 0);

        public static async Task<Connection> OpenAsync(SyslogPlan plan, CancellationToken stop)
        {
            var options = plan.Tls is { } tls ? TlsFiles.Options(tls) : null;
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
                await socket.ConnectAsync(plan.Host, plan.Port, stop);
                var plain = new NetworkStream(socket, ownsSocket: true);
                if (options is null)
                {
                    return new Connection(socket, plain);
                }

                var secure = new SslStream(plain);
                options.TargetHost = plan.Host;
                await secure.AuthenticateAsClientAsync(options, stop);
                return new Connection(socket, secure);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        public async Task WriteAsync(ReadOnlyMemory<byte> frames, CancellationToken stop)
        {
            await _stream.WriteAsync(frames, stop);
            await _stream.FlushAsync(stop);
        }

        public async ValueTask DisposeAsync()
        {
            await _stream.DisposeAsync();
            await _ended;
        }

        // Ends when the receiver closes or breaks its side. What it says meanwhile is nothing we know of.
        private async Task ListenAsync()
        {
            var buffer = new byte[512];
            try
            {
                while (await _stream.ReadAsync(buffer) > 0) { }
            }
            catch (Exception error)
                when (error is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
            {
                return;
            }
        }
    }
}
