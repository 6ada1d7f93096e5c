// Tells systemd how the service is: sd_notify(3) is one datagram to the socket that NOTIFY_SOCKET names. Without that variable nobody asks.

using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Cti.Host.Serve;

/// <summary>One per service.</summary>
internal sealed class SystemdNotify : IDisposable
{
    private readonly Socket? _socket;
    private readonly UnixDomainSocketEndPoint? _manager;

    /// <param name="variable">Value of an environment variable; null where it is not set.</param>
    public SystemdNotify(Func<string, string?> variable)
    {
        if (variable("NOTIFY_SOCKET") is { Length: > 1 } path)
        {
            // A name that begins with @ is in the abstract namespace, which begins with a zero byte.
            _manager = new UnixDomainSocketEndPoint(path[0] == '@' ? "\0" + path[1..] : path);
            _socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        }

        if (
            long.TryParse(variable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var period)
            && period > 0
        )
        {
            // As sd_watchdog_enabled(3) advises.
            WatchdogEvery = TimeSpan.FromMicroseconds(period / 2.0);
        }
    }

    /// <summary>How often the watchdog wants to hear; null where there is none.</summary>
    public TimeSpan? WatchdogEvery { get; }

    /// <summary>`READY=1`, `RELOADING=1`, `STOPPING=1`, `WATCHDOG=1`.</summary>
    public void Tell(string state)
    {
        if (_socket is null || _manager is null)
        {
            return;
        }

        try
        {
            _socket.SendTo(Encoding.UTF8.GetBytes(state), _manager);
        }
        catch (SocketException)
        {
            // The manager is restarting: it asks nobody to wait for it.
        }
    }

    public void Dispose() => _socket?.Dispose();
}
