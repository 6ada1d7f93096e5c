// A receiver of syslog frames that count octets (RFC 6587, section 3.4.1), strict: what is no frame is a failure. It can stop reading, and break off.

using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Cti.Host.Tests.Harness;

/// <summary>What becomes of one connection.</summary>
public enum ReceiverFault
{
    None,

    /// <summary>Nothing is ever read.</summary>
    Deaf,

    /// <summary>Reset after some frames.</summary>
    Reset,

    /// <summary>FIN is sent after one frame.</summary>
    HalfClosed,
}

/// <summary>Listens until disposed.</summary>
public sealed class SyslogReceiver : IDisposable
{
    private const int FramesBeforeReset = 5;
    private readonly ConcurrentQueue<ReceiverFault> _next = new();
    private readonly SemaphoreSlim _arrived = new(0);
    private int _connections;

    public SyslogReceiver(X509Certificate2? certificate = null, bool wantsClientCertificate = false) =>
        Listener = new FaultListener(ServeAsync, certificate, wantsClientCertificate);

    public FaultListener Listener { get; }

    /// <summary>Connections accepted so far.</summary>
    public int Connections => _connections;

    /// <summary>Messages, in order.</summary>
    public ConcurrentQueue<string> Messages { get; } = new();

    /// <summary>What broke the framing; empty where nothing did.</summary>
    public ConcurrentQueue<string> Broken { get; } = new();

    /// <summary>What becomes of the next connections.</summary>
    public void Next(params IReadOnlyList<ReceiverFault> faults)
    {
        foreach (var fault in faults)
        {
            _next.Enqueue(fault);
        }
    }

    /// <summary>Waits until so many more messages have come.</summary>
    public async Task ReceiveAsync(int count)
    {
        for (var index = 0; index < count; index++)
        {
            if (!await _arrived.WaitAsync(TimeSpan.FromSeconds(30)))
            {
                throw new TimeoutException($"{index} of {count} messages came; framing: {string.Join(", ", Broken)}");
            }
        }
    }

    public void Dispose()
    {
        Listener.Dispose();
        _arrived.Dispose();
    }

    private async Task ServeAsync(FaultConnection connection)
    {
        Interlocked.Increment(ref _connections);
        _next.TryDequeue(out var fault);
        if (fault == ReceiverFault.Deaf)
        {
            await Task.Delay(Timeout.Infinite, connection.Stop);
        }

        var stream = new BufferedStream(connection.Stream, 4096);
        for (var frames = 1; await ReadAsync(stream, connection.Stop) is { } message; frames++)
        {
            Messages.Enqueue(message);
            _arrived.Release();
            if (fault == ReceiverFault.Reset && frames == FramesBeforeReset)
            {
                connection.Reset();
                return;
            }

            if (fault == ReceiverFault.HalfClosed && frames == 1)
            {
                connection.HalfClose();
            }
        }
    }

    private async Task<string?> ReadAsync(Stream stream, CancellationToken stop)
    {
        var digits = "";
        var one = new byte[1];
        while (await stream.ReadAsync(one, stop) == 1 && one[0] != ' ')
        {
            digits += (char)one[0];
            if (!char.IsAsciiDigit((char)one[0]) || digits.Length > 9)
            {
                Broken.Enqueue($"no length: {digits}");
                return null;
            }
        }

        if (digits.Length == 0)
        {
            return null;
        }

        var message = new byte[int.Parse(digits, CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(message, stop);
        return Encoding.UTF8.GetString(message);
    }
}
