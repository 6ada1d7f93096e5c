// Where the owner of a store is reached: a Unix socket beside the store. A socket's path may have 107 bytes only (unix(7)): of a longer one the
// socket stands among the temporary files, and a small file beside the store says where.

using System.Net.Sockets;
using System.Text;

namespace Cti.Host.Serve;

internal static class SocketPlace
{
    // sun_path of Linux, without the zero at its end; macOS has four bytes less.
    private const int LongestPath = 103;

    /// <summary>What stands beside the store: the socket, or the file that names it.</summary>
    public static string Beside(string storePath) => Path.GetFullPath(storePath) + ".sock";

    /// <summary>Listens. Whoever holds the store's lock may: a socket that is still there is a dead one's.</summary>
    /// <exception cref="IOException">The place cannot be written; SocketException and UnauthorizedAccessException too.</exception>
    public static OwnedSocket Listen(string storePath)
    {
        var beside = Beside(storePath);
        var path = beside;
        string? folder = null;
        File.Delete(beside);
        if (Encoding.UTF8.GetByteCount(beside) > LongestPath)
        {
            folder = Directory.CreateTempSubdirectory("cti-").FullName;
            path = Path.Combine(folder, "sock");
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));
            // Before anybody can connect: nobody listens yet.
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            socket.Listen(16);
            if (folder is not null)
            {
                File.WriteAllText(beside, path);
            }

            return new OwnedSocket(socket, path, beside, folder);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Connects to the owner of a store; null where there is none.</summary>
    public static async Task<Socket?> ConnectAsync(string storePath, CancellationToken stop)
    {
        var beside = Beside(storePath);
        if (!File.Exists(beside))
        {
            return null;
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            var path =
                Encoding.UTF8.GetByteCount(beside) > LongestPath ? await File.ReadAllTextAsync(beside, stop) : beside;
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), stop);
            return socket;
        }
        catch (Exception error)
            when (error is SocketException or IOException or ArgumentException or UnauthorizedAccessException)
        {
            // Left behind by a service that was killed, or somebody else's: opening the store tells.
            socket.Dispose();
            return null;
        }
    }
}

/// <summary>A listening socket. Disposing takes it away.</summary>
internal sealed class OwnedSocket(Socket socket, string path, string beside, string? folder) : IDisposable
{
    public Socket Socket => socket;

    public void Dispose()
    {
        socket.Dispose();
        try
        {
            File.Delete(path);
            File.Delete(beside);
            if (folder is not null)
            {
                Directory.Delete(folder);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The next owner takes it away.
        }
    }
}
