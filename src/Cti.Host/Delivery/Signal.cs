// Wakes the one task that waits for something to change. A signal that comes while nobody waits is kept; several are one.

using System.Threading.Channels;

namespace Cti.Host.Delivery;

internal sealed class Signal
{
    private readonly Channel<byte> _channel = Channel.CreateBounded<byte>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true }
    );

    public void Set() => _channel.Writer.TryWrite(0);

    /// <summary>Waits for the next signal.</summary>
    public async Task WaitAsync(CancellationToken stop) => await _channel.Reader.ReadAsync(stop);

    /// <summary>Waits for the next signal, but no longer than <paramref name="most"/>.</summary>
    public async Task WaitAsync(TimeSpan most, TimeProvider clock, CancellationToken stop)
    {
        if (most <= TimeSpan.Zero || _channel.Reader.TryRead(out _))
        {
            return;
        }

        using var over = new CancellationTokenSource(most, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, over.Token);
        try
        {
            await _channel.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // The time is over.
        }
    }
}
