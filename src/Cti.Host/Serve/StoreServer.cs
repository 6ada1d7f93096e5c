// The owner's side of a store's socket: runs the commands of a few clients at a time, each against the open store, until they end or their client
// goes away.

using System.Buffers.Binary;
using System.CommandLine;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Cti.Host.Cli;

namespace Cti.Host.Serve;

/// <summary>One per open store. Disposing ends all clients.</summary>
internal sealed class StoreServer : IDisposable
{
    /// <summary>Clients at a time; one more is told to wait.</summary>
    public const int MostClients = 16;

    // To say what it wants, and to take what it is sent: a client that hangs holds nothing up.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // What a service runs for others. Everything else they run themselves.
    private static readonly string[] Commands =
    [
        "sql",
        "explain",
        "plan",
        "apply",
        "export",
        "approvals",
        "verdicts",
        "probe",
        "dead-letters",
        "cursor",
        "tap",
        "top",
    ];

    private readonly OwnedSocket _socket;
    private readonly IStores _stores;
    private readonly ServiceBoard _service;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationToken _drain;
    private int _clients;

    /// <param name="storePath">Beside which the socket is made.</param>
    /// <param name="stores">What commands work on.</param>
    /// <param name="service">What commands may tell of.</param>
    /// <param name="drain">Asks commands that run for long to come to an end.</param>
    /// <exception cref="IOException">The socket cannot be made.</exception>
    public StoreServer(string storePath, IStores stores, ServiceBoard service, CancellationToken drain)
    {
        _drain = drain;
        _socket = SocketPlace.Listen(storePath);
        _stores = stores;
        _service = service;
        _ = AcceptAsync();
    }

    public void Dispose()
    {
        _stop.Cancel();
        _socket.Dispose();
        // Clients hear of it through their tokens, which live as long as they do.
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await _socket.Socket.AcceptAsync(_stop.Token);
                _ = Task.Run(() => ServeAsync(client));
            }
            catch (Exception error)
                when (error is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // One that went away while it came is no reason to stop listening.
                if (_stop.IsCancellationRequested)
                {
                    return;
                }
            }
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using (client)
        {
            client.SendTimeout = (int)Patience.TotalMilliseconds;
            using var gone = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            await using var stream = new NetworkStream(client);
            var sending = new Lock();
            try
            {
                var exit =
                    Interlocked.Increment(ref _clients) > MostClients
                        ? Refuse(
                            stream,
                            sending,
                            $"CTI-SERVICE-011 {MostClients} clients are served already; try again."
                        )
                        : await RunAsync(stream, sending, gone);
                var code = new byte[4];
                BinaryPrimitives.WriteInt32BigEndian(code, exit);
                lock (sending)
                {
                    Frame.Write(stream, FrameKind.Exit, code);
                }
            }
            catch (Exception error)
                when (error
                        is IOException
                            or SocketException
                            or InvalidDataException
                            or OperationCanceledException
                            or JsonException
                            or ObjectDisposedException
                )
            {
                // The client went away or never was one. Nobody is left to be told.
                return;
            }
            finally
            {
                Interlocked.Decrement(ref _clients);
            }
        }
    }

    private async Task<int> RunAsync(NetworkStream stream, Lock sending, CancellationTokenSource gone)
    {
        using var asking = CancellationTokenSource.CreateLinkedTokenSource(gone.Token);
        asking.CancelAfter(Patience);
        var frame = await Frame.ReadAsync(stream, asking.Token);
        if (
            frame is not { Kind: FrameKind.Request, Content: var content }
            || JsonSerializer.Deserialize(content, RequestJson.Default.CommandRequest) is not { } request
        )
        {
            throw new InvalidDataException("no request");
        }

        if (request.Arguments.Length == 0 || !Commands.Contains(request.Arguments[0], StringComparer.Ordinal))
        {
            return Refuse(stream, sending, "CTI-SERVICE-012 a service does not run this command.");
        }

        var dialog = new ClientDialog(stream, sending, gone);
        _ = dialog.ListenAsync();
        await using var output = new FrameStream(stream, FrameKind.Out, sending);
        await using var errors = new FrameStream(stream, FrameKind.Error, sending);
        await using var error = new StreamWriter(errors, new UTF8Encoding(false)) { NewLine = "\n", AutoFlush = true };
        using var io = CommandIo.Served(output, error, request, dialog, _stores, _service, _drain, gone.Token);
        var parsed = CommandLine.Root().Parse(request.Arguments);
        foreach (var problem in parsed.Errors)
        {
            io.Error.WriteLine(problem.Message);
        }

        if (parsed.Errors.Count > 0)
        {
            return ExitCode.Usage;
        }

        var invocation = new ServedInvocation
        {
            Io = io,
            ProcessTerminationTimeout = null,
            EnableDefaultExceptionHandler = false,
        };
        try
        {
            return await parsed.InvokeAsync(invocation, gone.Token);
        }
#pragma warning disable CA1031 // A client's command must not take the service with it; whoever asked is told.
        catch (Exception defect) when (defect is not (OperationCanceledException or IOException))
#pragma warning restore CA1031
        {
            io.Error.WriteLine($"CTI-SERVICE-013 the command ended by a defect of cti, please report it: {defect}");
            return ExitCode.Failed;
        }
    }

    private static int Refuse(NetworkStream stream, Lock sending, string message)
    {
        lock (sending)
        {
            Frame.Write(stream, FrameKind.Error, Encoding.UTF8.GetBytes(message + "\n"));
        }

        return ExitCode.Failed;
    }
}
