// Memory that a run gives back while it waits for slow sinks. Knows when waiting is long; must not know what is waited for.

using System.Globalization;
using Cti.DuckDb;

namespace Cti.Host.Store;

/// <summary>
/// One per run, used by the task that commits its epochs. While sinks hold it back the store keeps to less memory, and keeps to it for small epochs,
/// until it is held back no longer or asked to <see cref="Wake"/>; a run that is drained ends at rest. Disposing wakes it.
/// </summary>
internal sealed class StoreRest(DuckDbConnection connection, TimeProvider clock) : IDisposable
{
    // Shorter waits are part of any delivery: giving back and fetching anew would cost more than it saves.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    // Enough to commit a small epoch and to read a page of the log; a bulk load's epochs need all there is (docs/reliability.md).
    private const string RestingLimit = "48MiB";
    private const long SmallEpoch = 40_960;

    // The limit to go back to; null while it holds.
    private string? _limit;

    /// <summary>Waits until an epoch of so many records may commit.</summary>
    public async Task WhileAsync(Task held, long records)
    {
        if (!held.IsCompleted && await IsLongAsync(held))
        {
            Rest();
            await held;
            if (records > SmallEpoch)
            {
                Wake();
            }
        }
        else
        {
            Wake();
            await held;
        }
    }

    /// <summary>Gives the store its own limit back.</summary>
    public void Wake()
    {
        if (_limit is { } limit && TrySet(limit))
        {
            _limit = null;
        }
    }

    public void Dispose() => Wake();

    private async Task<bool> IsLongAsync(Task held)
    {
        using var over = new CancellationTokenSource();
        var first = await Task.WhenAny(held, Task.Delay(Patience, clock, over.Token));
        await over.CancelAsync();
        return first != held;
    }

    private void Rest()
    {
        if (_limit is null)
        {
            var limit = connection.Value<string>("SELECT current_setting('memory_limit')");
            _limit = TrySet(RestingLimit) ? limit : null;
        }

        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    // Refused where what is in use now cannot be given back: then it stays as it is.
    private bool TrySet(string limit)
    {
        try
        {
            connection.Execute(string.Create(CultureInfo.InvariantCulture, $"SET memory_limit = '{limit}'"));
            return true;
        }
        catch (DuckDbException)
        {
            return false;
        }
    }
}
