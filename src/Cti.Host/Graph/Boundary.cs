// The one place where elements change tasks: a bounded channel. Full means wait; the first fault travels both ways.

using System.Threading.Channels;

namespace Cti.Host.Graph;

internal static class Boundary
{
    /// <summary>
    /// Runs <paramref name="upstream"/> on a task of its own. A fault upstream is thrown downstream after the elements before it; when
    /// downstream stops reading (fault, abort), upstream is cancelled at its next element and awaited, so that nothing runs on unseen.
    /// </summary>
    public static async IAsyncEnumerable<T> Decouple<T>(
        IAsyncEnumerable<T> upstream,
        int capacity,
        KillSwitch killSwitch
    )
    {
        var channel = Channel.CreateBounded<T>(
            new BoundedChannelOptions(capacity)
            {
                SingleReader = true,
                SingleWriter = true,
                FullMode = BoundedChannelFullMode.Wait,
            }
        );
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(killSwitch.Abort);
        var producer = Task.Run(() => PumpAsync(upstream, channel.Writer, gone.Token));
        try
        {
            await foreach (var element in channel.Reader.ReadAllAsync(killSwitch.Abort))
            {
                yield return element;
            }
        }
        finally
        {
            await gone.CancelAsync();
            await producer;
        }
    }

    // Never throws: a fault is handed to the reader through the channel's completion.
    private static async Task PumpAsync<T>(
        IAsyncEnumerable<T> upstream,
        ChannelWriter<T> writer,
        CancellationToken gone
    )
    {
        try
        {
            await foreach (var element in upstream)
            {
                await writer.WriteAsync(element, gone);
            }

            writer.Complete();
        }
#pragma warning disable CA1031 // Every fault, whatever its type, must reach the reader: swallowing none is the point.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            writer.TryComplete(fault);
        }
    }
}
