// A command of the user's own program, when a service owns the store: the same command line goes to the service, and what it answers is printed.

using System.Net.Sockets;
using System.Text.Json;
using Cti.Host.Cli;
using Cti.Host.Run;

namespace Cti.Host.Serve;

internal static class StoreClient
{
    /// <summary>Has the store's owner run a command. Null where nobody owns it: then open the store.</summary>
    /// <param name="storePath">The store.</param>
    /// <param name="arguments">The command line; paths in it are absolute.</param>
    /// <param name="io">Where the answer goes.</param>
    /// <param name="output">Where standard output goes instead; asked for with its first byte, or at a good end.</param>
    public static async Task<int?> RunAsync(
        string storePath,
        string[] arguments,
        CommandIo io,
        Func<Stream>? output = null
    )
    {
        using var socket = await SocketPlace.ConnectAsync(storePath, io.Stop);
        if (socket is null)
        {
            return null;
        }

        Stream? target = null;
        try
        {
            await using var stream = new NetworkStream(socket);
            var (columns, rows) = io.Terminal ?? (0, 0);
            Frame.Write(
                stream,
                FrameKind.Request,
                JsonSerializer.SerializeToUtf8Bytes(
                    new CommandRequest(ThisProgram.Version, arguments, io.Folder, columns, rows),
                    RequestJson.Default.CommandRequest
                )
            );
            while (await Frame.ReadAsync(stream, io.Stop) is { } frame)
            {
                switch (frame.Kind)
                {
                    case FrameKind.Out:
                        target ??= output?.Invoke() ?? io.Bytes;
                        await target.WriteAsync(frame.Content, io.Stop);
                        await target.FlushAsync(io.Stop);
                        break;
                    case FrameKind.Error:
                        await io.Error.WriteAsync(System.Text.Encoding.UTF8.GetString(frame.Content));
                        await io.Error.FlushAsync(io.Stop);
                        break;
                    case FrameKind.Question:
                        var yes = io.Ask(System.Text.Encoding.UTF8.GetString(frame.Content));
                        Frame.Write(stream, FrameKind.Answer, [yes ? (byte)1 : (byte)0]);
                        break;
                    case FrameKind.Exit:
                        var exit = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(frame.Content);
                        target ??= exit == ExitCode.Done ? output?.Invoke() : null;
                        return exit;
                    default:
                        throw new InvalidDataException("the service says something this cti does not understand");
                }
            }

            return Lost(io, storePath, "it ended before the answer was complete");
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException or SocketException)
        {
            return Lost(io, storePath, error.Message);
        }
        catch (IOException error)
            when (error is { InnerException: null } && error.Message.Contains("Broken pipe", StringComparison.Ordinal))
        {
            // Whoever reads our output had enough.
            return ExitCode.Done;
        }
        catch (IOException error) when (error.InnerException is SocketException lost)
        {
            return Lost(io, storePath, lost.Message);
        }
        finally
        {
            if (output is not null && target is not null)
            {
                await target.DisposeAsync();
            }
        }
    }

    private static int Lost(CommandIo io, string storePath, string why)
    {
        io.Error.WriteLine(
            $"CTI-SERVICE-010 the service that owns {storePath} went away: {why.TrimEnd('.')}. Look whether it runs, then try again."
        );
        return ExitCode.Failed;
    }
}
