// Stands between a client and a real server: passes bytes on, until it is told to fall silent or to break off.

using System.Net;
using System.Net.Sockets;

namespace Cti.Host.Tests.Harness;

/// <summary>Listens until disposed.</summary>
public sealed class FaultProxy : IDisposable
{
    private readonly int _target;
    private volatile Task _silence = Task.CompletedTask;
    private TaskCompletionSource _loud = new();
    private int _connections;
    private long _bytesUntilReset = long.MaxValue;

    public FaultProxy(int target)
    {
        _target = target;
        Listener = new FaultListener(ServeAsync);
    }

    public FaultListener Listener { get; }

    /// <summary>Connections accepted so far.</summary>
    public int Connections => _connections;

    /// <summary>Passes nothing on any more, and closes nothing.</summary>
    public void FallSilent()
    {
        _loud = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _silence = _loud.Task;
    }

    /// <summary>Passes on again.</summary>
    public void Resume()
    {
        _silence = Task.CompletedTask;
        _loud.TrySetResult();
    }

    /// <summary>Resets the connection once the client has sent so many more bytes; the next connection is whole.</summary>
    public void ResetAfter(long bytes) => Interlocked.Exchange(ref _bytesUntilReset, bytes);

    public void Dispose()
    {
        Resume();
        Listener.Dispose();
    }

    private async Task ServeAsync(FaultConnection connection)
    {
        Interlocked.Increment(ref _connections);
        using var server = new TcpClient();
        await server.ConnectAsync(IPAddress.Loopback, _target, connection.Stop);
        var answers = CopyAsync(server.GetStream(), connection.Stream, connection, counts: false);
        var requests = CopyAsync(connection.Stream, server.GetStream(), connection, counts: true);
        await Task.WhenAny(answers, requests);
    }

    private async Task CopyAsync(Stream from, Stream to, FaultConnection connection, bool counts)
    {
        var buffer = new byte[2048];
        while (await from.ReadAsync(buffer, connection.Stop) is var count and > 0)
        {
            await _silence.WaitAsync(connection.Stop);
            if (counts && Interlocked.Add(ref _bytesUntilReset, -count) <= 0)
            {
                Interlocked.Exchange(ref _bytesUntilReset, long.MaxValue);
                connection.Reset();
                return;
            }

            await to.WriteAsync(buffer.AsMemory(0, count), connection.Stop);
        }
    }
}
