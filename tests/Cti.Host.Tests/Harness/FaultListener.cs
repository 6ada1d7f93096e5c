// Accepts connections on this machine, with TLS or without, and hands each to whoever plays the other side: also by resetting it. It can leave
// and come back on the same port.

using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Cti.Host.Tests.Harness;

/// <summary>One accepted connection.</summary>
public sealed class FaultConnection(Socket socket, Stream stream, CancellationToken stop)
{
    public Stream Stream { get; } = stream;

    /// <summary>The listener is gone.</summary>
    public CancellationToken Stop { get; } = stop;

    /// <summary>Ends the connection with RST: what was sent and not yet read is lost.</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    /// <summary>Sends FIN, and goes on reading.</summary>
    public void HalfClose() => socket.Shutdown(SocketShutdown.Send);
}

/// <summary>Listens on a port of this machine until disposed.</summary>
public sealed class FaultListener : IDisposable
{
    private readonly Func<FaultConnection, Task> _serve;
    private readonly X509Certificate2? _certificate;
    private readonly bool _wantsClientCertificate;
    private readonly ConcurrentDictionary<Task, bool> _serving = [];
    private TcpListener _listener;
    private CancellationTokenSource _stop = new();

    public FaultListener(
        Func<FaultConnection, Task> serve,
        X509Certificate2? certificate = null,
        bool wantsClientCertificate = false
    )
    {
        _serve = serve;
        _certificate = certificate;
        _wantsClientCertificate = wantsClientCertificate;
        _listener = new TcpListener(IPAddress.Loopback, 0);
        Port = Listen();
    }

    public int Port { get; }

    /// <summary>Refuses connections from now on, and breaks those there are: they are closed when this returns.</summary>
    public void Leave()
    {
        _stop.Cancel();
        _listener.Dispose();
        Task.WaitAll([.. _serving.Keys], TimeSpan.FromSeconds(10));
        _serving.Clear();
    }

    /// <summary>Breaks what connections there are and accepts new ones, on the same port.</summary>
    public void Return()
    {
        Leave();
        _stop = new CancellationTokenSource();
        _listener = new TcpListener(IPAddress.Loopback, Port);
        _listener.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        Listen();
    }

    public void Dispose()
    {
        Leave();
        _stop.Dispose();
    }

    private int Listen()
    {
        // Small, so that whoever does not read is soon felt.
        _listener.Server.ReceiveBufferSize = 32 * 1024;
        _listener.Start();
        // Away from the test's own threads, which may wait for us.
        var (listener, stop) = (_listener, _stop.Token);
        _ = Task.Run(() => AcceptAsync(listener, stop), CancellationToken.None);
        return ((IPEndPoint)_listener.LocalEndpoint).Port;
    }

    private async Task AcceptAsync(TcpListener listener, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                _serving.TryAdd(ServeAsync(await listener.AcceptSocketAsync(stop), stop), true);
            }
        }
        catch (Exception error) when (IsEnd(error))
        {
            return;
        }
    }

    private async Task ServeAsync(Socket socket, CancellationToken stop)
    {
        using (socket)
        {
            try
            {
                await using var plain = new NetworkStream(socket);
                await using var stream = await SecureAsync(plain, stop);
                await _serve(new FaultConnection(socket, stream, stop));
            }
            catch (Exception error) when (IsEnd(error))
            {
                // The client went away, or was sent away; tests look at what the client says.
                return;
            }
        }
    }

    private static bool IsEnd(Exception error) =>
        error
            is IOException
                or SocketException
                or OperationCanceledException
                or ObjectDisposedException
                or AuthenticationException;

    private async Task<Stream> SecureAsync(NetworkStream plain, CancellationToken stop)
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
            },
            stop
        );
        return secure;
    }
}
