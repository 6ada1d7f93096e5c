// What a command has to do with the world: where its words go, where paths are taken from, which stores it can open. The same command runs in the
// program the user started, and in the service that owns the store (docs/decisions/0018).

using System.Text;
using Cti.Host.Run;
using Cti.Host.Serve;
using Cti.Host.Store;

namespace Cti.Host.Cli;

/// <summary>Opens stores for commands.</summary>
internal interface IStores
{
    /// <summary>For reading; others may write meanwhile, which is not seen.</summary>
    /// <exception cref="StoreException">It cannot be opened.</exception>
    StoreFile Read(string path, StoreOptions options);

    /// <summary>For writing, alone: waits until nobody else writes, and says so. Disposing lets the next one in.</summary>
    /// <exception cref="StoreException">It cannot be opened.</exception>
    /// <exception cref="OperationCanceledException">Nobody listens to <paramref name="io"/> any more.</exception>
    StoreFile Write(string path, CommandIo io);
}

/// <summary>Stores as files that this process opens itself.</summary>
internal sealed class LocalStores : IStores
{
    public StoreFile Read(string path, StoreOptions options) => StoreFile.Open(path, options with { ReadOnly = true });

    public StoreFile Write(string path, CommandIo io) => StoreFile.Open(path, StoreOptions.ByHand);
}

/// <summary>One command's surroundings. Disposing flushes what was written.</summary>
internal sealed class CommandIo : IDisposable
{
    private CommandIo(Stream bytes, TextWriter error, string folder, IStores stores, Func<string, bool> ask)
    {
        Bytes = bytes;
        Out = new StreamWriter(bytes, new UTF8Encoding(false)) { NewLine = "\n" };
        Error = error;
        Folder = folder;
        Stores = stores;
        Ask = ask;
    }

    /// <summary>Standard output as bytes. Flush <see cref="Out"/> before writing here.</summary>
    public Stream Bytes { get; }

    /// <summary>Standard output as text.</summary>
    public StreamWriter Out { get; }

    public TextWriter Error { get; }

    /// <summary>Where the user stands.</summary>
    public string Folder { get; }

    public IStores Stores { get; }

    /// <summary>Asks whoever gave the command a question of yes or no.</summary>
    public Func<string, bool> Ask { get; }

    /// <summary>The service this runs in; null in the user's own program.</summary>
    public ServiceBoard? Service { get; private init; }

    /// <summary>Cancelled when the service is to end: what runs for long comes to an end that can be gone on from.</summary>
    public CancellationToken Drain { get; private init; }

    /// <summary>Cancelled when nobody listens any more.</summary>
    public CancellationToken Stop { get; private init; }

    /// <summary>Columns and rows of the user's terminal; null where there is none.</summary>
    public (int Columns, int Rows)? Terminal { get; private init; }

    public bool IsServed => Service is not null;

    /// <summary>What a run begun by this command has of the machine; where it says how it gets on.</summary>
    public RunEnvironment Environment =>
        IsServed ? RunEnvironment.System with { Error = Error, IsTerminal = false } : RunEnvironment.System;

    /// <summary>This program's own.</summary>
    public static CommandIo Console() =>
        new(
            StandardOutput(),
            System.Console.Error,
            System.Environment.CurrentDirectory,
            new LocalStores(),
            Confirmation.Ask
        )
        {
            Terminal = OwnTerminal(),
        };

    /// <summary>A client's, in a service.</summary>
    public static CommandIo Served(
        Stream output,
        TextWriter error,
        CommandRequest request,
        ClientDialog dialog,
        IStores stores,
        ServiceBoard service,
        CancellationToken drain,
        CancellationToken stop
    ) =>
        new(output, TextWriter.Synchronized(error), request.Folder, stores, dialog.Ask)
        {
            Service = service,
            Drain = drain,
            Stop = stop,
            Terminal = request.Columns > 0 && request.Rows > 0 ? (request.Columns, request.Rows) : null,
        };

    /// <summary>A path as the user knows it: relative to where they stand if it lies below.</summary>
    public string Shown(string path)
    {
        if (!IsServed)
        {
            return path;
        }

        var full = Path.GetFullPath(path);
        var relative = Path.GetRelativePath(Folder, full);
        return relative.StartsWith("..", StringComparison.Ordinal) ? full : relative;
    }

    /// <summary>The terminal standard output is; null where it is none.</summary>
    public static (int Columns, int Rows)? OwnTerminal() =>
        System.Console.IsOutputRedirected ? null : (System.Console.WindowWidth, System.Console.WindowHeight);

    // The console's own stream keeps silent about a reader that is gone (`… | head`), and a long answer would be made for nobody.
    private static Stream StandardOutput()
    {
        var file = new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(1, false), FileAccess.Write, 0);
        // A file may be shared with standard error, which moves its end.
        return file.CanSeek ? System.Console.OpenStandardOutput() : file;
    }

    public void Dispose()
    {
        Out.Flush();
        Bytes.Flush();
        Error.Flush();
    }
}
