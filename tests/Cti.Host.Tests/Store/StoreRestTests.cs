// A run that its sinks hold back gives memory back, and takes it again when it goes on.

using Cti.Host.Store;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Store;

public class StoreRestTests
{
    private const string Resting = "48.0 MiB";

    private static string? Limit(StoreFile store)
    {
        using var other = store.Connect();
        return other.Value<string>("SELECT current_setting('memory_limit')");
    }

    [Fact]
    public async Task A_long_wait_lowers_the_limit_until_nobody_waits_any_more()
    {
        using var work = new Workspace();
        using var store = StoreFile.Open(work.PathOf("s.duckdb"), new StoreOptions());
        using var rest = new StoreRest(store.Connection, new LeapingClock());
        var own = Limit(store);
        await rest.WhileAsync(Task.CompletedTask, records: 1);
        Assert.Equal(own, Limit(store));
        await HeldAsync(store, rest, records: 1);
        Assert.Equal(Resting, Limit(store));
        await rest.WhileAsync(Task.CompletedTask, records: 1);
        Assert.Equal(own, Limit(store));
    }

    [Fact]
    public async Task A_large_epoch_has_all_memory_and_so_has_what_comes_behind()
    {
        using var work = new Workspace();
        using var store = StoreFile.Open(work.PathOf("s.duckdb"), new StoreOptions());
        var own = Limit(store);
        using (var rest = new StoreRest(store.Connection, new LeapingClock()))
        {
            await HeldAsync(store, rest, records: 245_760);
            Assert.Equal(own, Limit(store));
            await HeldAsync(store, rest, records: 1);
        }

        Assert.Equal(own, Limit(store));
    }

    private static async Task HeldAsync(StoreFile store, StoreRest rest, long records)
    {
        var held = new TaskCompletionSource();
        var waiting = rest.WhileAsync(held.Task, records);
        while (Limit(store) != Resting)
        {
            await Task.Yield();
        }

        held.SetResult();
        await waiting;
    }
}
