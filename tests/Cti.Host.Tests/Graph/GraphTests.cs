// The graph kit by itself: a full queue makes the producer wait, faults travel both ways, drain ends sources, abort ends everything.

using Cti.Host.Graph;
using Xunit;

namespace Cti.Host.Tests.Graph;

public class GraphTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_slow_sink_bounds_what_the_source_produced(int capacity)
    {
        var produced = 0;
        var ahead = 0;
        var consumed = 0;
        var graph = Counting(1000, () => produced++)
            .Async(capacity)
            .To(
                Flows.ForEach<int>(
                    "slow",
                    async (_, _) =>
                    {
                        // Let the producer run as far as it can before looking.
                        for (var turn = 0; turn < 20; turn++)
                        {
                            await Task.Yield();
                        }

                        ahead = Math.Max(ahead, Volatile.Read(ref produced) - consumed);
                        consumed++;
                    }
                )
            );
        using var killSwitch = new KillSwitch();
        await graph.RunAsync(killSwitch).WaitAsync(Patience);
        Assert.Equal(1000, consumed);
        // In the queue, in the writer's hand, in the sink's hand.
        Assert.InRange(ahead, 1, capacity + 2);
    }

    [Fact]
    public async Task A_producer_waits_while_its_queue_is_full()
    {
        var produced = 0;
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var graph = Counting(
                100,
                () =>
                {
                    if (++produced == 4)
                    {
                        full.SetResult();
                    }
                }
            )
            .Async(2)
            .To(Flows.ForEach<int>("gate", (_, _) => release.Task));
        using var killSwitch = new KillSwitch();
        var run = graph.RunAsync(killSwitch);
        // One with the sink, two queued, one that waits for room.
        await full.Task.WaitAsync(Patience);
        Assert.False(run.IsCompleted);
        Assert.Equal(4, Volatile.Read(ref produced));
        release.SetResult();
        await run.WaitAsync(Patience);
        Assert.Equal(100, produced);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task A_fault_of_the_source_arrives_after_the_elements_before_it(int capacity)
    {
        var seen = new List<int>();
        var graph = new Source<int>("faulty", _ => Faulty()).Async(capacity).To(Collect(seen));
        using var killSwitch = new KillSwitch();
        var fault = await Assert.ThrowsAsync<InvalidDataException>(() =>
            graph.RunAsync(killSwitch).WaitAsync(Patience)
        );
        Assert.Equal("the source broke", fault.Message);
        Assert.Equal([1, 2, 3], seen);

        static async IAsyncEnumerable<int> Faulty()
        {
            for (var number = 1; number <= 3; number++)
            {
                await Task.Yield();
                yield return number;
            }

            throw new InvalidDataException("the source broke");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task A_fault_of_the_sink_stops_the_source_and_waits_for_its_end(int capacity)
    {
        var produced = 0;
        var ended = false;
        var graph = new Source<int>("endless", _ => Endless())
            .Async(capacity)
            .To(
                Flows.ForEach<int>(
                    "faulty",
                    (number, _) => number == 5 ? throw new InvalidDataException("the sink broke") : Task.CompletedTask
                )
            );
        using var killSwitch = new KillSwitch();
        await Assert.ThrowsAsync<InvalidDataException>(() => graph.RunAsync(killSwitch).WaitAsync(Patience));
        Assert.True(ended, "the source still runs");
        Assert.InRange(produced, 5, 5 + capacity + 2);

        async IAsyncEnumerable<int> Endless()
        {
            try
            {
                while (true)
                {
                    await Task.Yield();
                    yield return ++produced;
                }
            }
            finally
            {
                ended = true;
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public async Task Drain_ends_the_source_and_everything_in_flight_arrives(int capacity)
    {
        using var killSwitch = new KillSwitch();
        var produced = new List<int>();
        var seen = new List<int>();
        var graph = new Source<int>("draining", Polite)
            .Async(capacity)
            .Via(Flows.Map<int, int>("same", number => number))
            .To(
                Flows.ForEach<int>(
                    "sink",
                    (number, control) =>
                    {
                        seen.Add(number);
                        if (number == 10)
                        {
                            control.Shutdown();
                        }

                        return Task.CompletedTask;
                    }
                )
            );
        await graph.RunAsync(killSwitch).WaitAsync(Patience);
        Assert.True(killSwitch.IsDraining);
        Assert.False(killSwitch.IsAborted);
        Assert.Equal(produced, seen);
        Assert.InRange(seen.Count, 10, 10 + capacity + 2);

        async IAsyncEnumerable<int> Polite(KillSwitch control)
        {
            for (var number = 1; !control.IsDraining; number++)
            {
                await Task.Yield();
                produced.Add(number);
                yield return number;
            }
        }
    }

    [Fact]
    public async Task Drain_keeps_the_next_source_of_a_concatenation_from_starting()
    {
        using var killSwitch = new KillSwitch();
        var seen = new List<int>();
        var started = false;
        var second = new Source<int>(
            "second",
            _ =>
            {
                started = true;
                return Counting(3, () => { }).Open(killSwitch);
            }
        );
        var first = Counting(5, () => { });
        await first.Concat(second).To(Collect(seen)).RunAsync(killSwitch).WaitAsync(Patience);
        Assert.Equal([1, 2, 3, 4, 5, 1, 2, 3], seen);
        started = false;
        killSwitch.Shutdown();
        await first.Concat(second).To(Collect(seen)).RunAsync(killSwitch).WaitAsync(Patience);
        Assert.False(started);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public async Task Abort_ends_the_run_at_once_with_a_cancellation(int capacity)
    {
        using var killSwitch = new KillSwitch();
        var seen = 0;
        var graph = Counting(1_000_000, () => { })
            .Async(capacity)
            .To(
                Flows.ForEach<int>(
                    "sink",
                    (_, control) =>
                    {
                        if (++seen == 10)
                        {
                            control.AbortNow();
                        }

                        return Task.CompletedTask;
                    }
                )
            );
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => graph.RunAsync(killSwitch).WaitAsync(Patience));
        Assert.Equal(10, seen);
    }

    [Fact]
    public async Task Without_a_queue_everything_runs_fused_one_element_at_a_time()
    {
        var steps = new List<string>();
        var graph = Counting(3, () => steps.Add("source"))
            .Async(0)
            .Via(
                Flows.Map<int, int>(
                    "flow",
                    number =>
                    {
                        steps.Add("flow");
                        return number;
                    }
                )
            )
            .Async(0)
            .To(
                Flows.ForEach<int>(
                    "sink",
                    (_, _) =>
                    {
                        steps.Add("sink");
                        return Task.CompletedTask;
                    }
                )
            );
        using var killSwitch = new KillSwitch();
        await graph.RunAsync(killSwitch);
        Assert.Equal(Enumerable.Repeat<string[]>(["source", "flow", "sink"], 3).SelectMany(step => step), steps);
    }

    [Fact]
    public async Task A_graph_is_a_value_that_starts_nothing_and_can_run_again()
    {
        var produced = 0;
        var seen = new List<int>();
        var graph = Counting(3, () => produced++).Async(2).To(Collect(seen));
        Assert.Equal(0, produced);
        using var killSwitch = new KillSwitch();
        await graph.RunAsync(killSwitch);
        await graph.RunAsync(killSwitch);
        Assert.Equal([1, 2, 3, 1, 2, 3], seen);
        Assert.Equal("counting ═ ─ collect", graph.Name);
    }

    private static Source<int> Counting(int count, Action each)
    {
        return new Source<int>("counting", _ => Run());

        async IAsyncEnumerable<int> Run()
        {
            for (var number = 1; number <= count; number++)
            {
                each();
                yield return number;
                await Task.CompletedTask;
            }
        }
    }

    private static Sink<T> Collect<T>(List<T> target) =>
        Flows.ForEach<T>(
            "collect",
            (element, _) =>
            {
                target.Add(element);
                return Task.CompletedTask;
            }
        );
}
