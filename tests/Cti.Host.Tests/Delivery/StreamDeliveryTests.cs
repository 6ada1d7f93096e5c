// What a stream sink gets, in which order and how fast, while its endpoint takes all of it: behind others, behind the log, and when the run is to end.

using Cti.Host.Delivery;
using Cti.Host.Graph;
using Cti.Host.Store;
using Xunit;
using static Cti.Host.Tests.Delivery.Endpoint;

namespace Cti.Host.Tests.Delivery;

public sealed class StreamDeliveryTests : IDisposable
{
    private readonly DeliveryWork _work = new();

    public void Dispose() => _work.Dispose();

    [Fact]
    public async Task Everything_arrives_once_and_in_the_logs_order()
    {
        var siem = _work.Sink("siem", "timeout: 1h, batch: { records: 7 }");
        _work.Source("a", DeliveryWork.Values(0, 100));

        var report = await _work.RunAsync();

        Assert.Equal(RunStatus.Done, report.Status);
        siem.TookInOrder(DeliveryWork.Sequences(100));
        Assert.All(siem.Taken, record => Assert.Equal("added", record.Op));
        Assert.Equal(100, report.Books["sink:siem"].Out);
        Assert.All(siem.Taken, record => Assert.EndsWith(":1", record.Key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_sink_goes_on_behind_what_it_acknowledged_and_repeats_nothing()
    {
        var siem = _work.Sink("siem", "timeout: 1h, batch: { records: 10 }");
        _work.Source("a", DeliveryWork.Values(0, 100));
        siem.Answer = (_, send, _) => send == 4 ? Fails(FailureKind.Misconfigured) : Took;

        var failed = await _work.RunAsync();
        Assert.Equal(RunStatus.Failed, failed.Status);
        Assert.Contains(
            failed.Messages,
            message => message.Contains("sink siem: scripted. (CTI-SINK-999)", StringComparison.Ordinal)
        );
        Assert.Equal(70, failed.Books["sink:siem"].InFlight);
        siem.TookInOrder(DeliveryWork.Sequences(30));

        Assert.Equal(RunStatus.Done, (await _work.RunAsync()).Status);
        siem.TookInOrder(DeliveryWork.Sequences(100));
    }

    [Fact]
    public async Task A_rate_spreads_the_records()
    {
        var siem = _work.Sink("siem", "timeout: 1h, rate: 10/s");
        _work.Source("a", DeliveryWork.Values(0, 55));

        await _work.RunAsync();

        siem.TookInOrder(DeliveryWork.Sequences(55));
        Assert.True(
            _work.Clock.GetUtcNow() - new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero)
                >= TimeSpan.FromSeconds(4.5)
        );
    }

    [Fact]
    public async Task In_lock_step_nobody_is_an_epoch_ahead()
    {
        var slow = _work.Sink("slow", "timeout: 1h, batch: { records: 3 }");
        var fast = _work.Sink("fast");
        _work.Source("a", DeliveryWork.Values(0, 100));
        var ahead = new List<string>();
        slow.Answer = async (batch, _, _) =>
        {
            await Task.Yield();
            var epoch = (batch[0].Sequence - 1) / 20;
            var other = fast.Taken.Select(record => (record.Sequence - 1) / 20).DefaultIfEmpty(0).Max();
            if (other > epoch)
            {
                ahead.Add($"{other} > {epoch}");
            }

            return null;
        };

        await _work.RunAsync();

        Assert.Empty(ahead);
        slow.TookInOrder(DeliveryWork.Sequences(100));
        fast.TookInOrder(DeliveryWork.Sequences(100));
    }

    [Fact]
    public async Task A_sink_that_spills_reads_what_it_missed_from_the_log_and_is_told_the_newest_of_what_was_overtaken()
    {
        using var work = new DeliveryWork { EpochRecords = 5 };
        var slow = work.Sink("slow", "timeout: 1h, on_full: spill");
        var fast = work.Sink("fast");
        work.Source("a", DeliveryWork.Values(0, 100));
        work.Source("b", DeliveryWork.Values(50, 100));
        // The first send is acknowledged when the other sink has all of it.
        var all = new TaskCompletionSource();
        fast.Answer = (batch, _, _) =>
        {
            if (batch[^1].Sequence == 200)
            {
                all.SetResult();
            }

            return Took;
        };
        slow.Answer = async (_, send, _) =>
        {
            if (send == 1)
            {
                await all.Task;
            }

            return null;
        };

        var report = await work.RunAsync();

        Assert.Equal(RunStatus.Done, report.Status);
        fast.TookInOrder(DeliveryWork.Sequences(200));
        var told = slow.Taken.Select(record => record.Sequence).ToList();
        Assert.Equal(told.Order(), told);
        Assert.Equal(
            fast.Taken.GroupBy(record => record.Value).Select(group => (group.Key, group.Last().Revision)).Order(),
            slow.Taken.GroupBy(record => record.Value).Select(group => (group.Key, group.Last().Revision)).Order()
        );
        var books = report.Books["sink:slow"];
        Assert.Equal((200, 0), (books.In, books.InFlight));
        Assert.True(books.Merged > 0, books.ToString());
    }

    [Fact]
    public async Task Asked_to_drain_a_sink_has_its_time_and_says_what_is_in_flight()
    {
        var siem = _work.Sink("siem", "timeout: 1h, batch: { records: 10 }");
        _work.Source("a", DeliveryWork.Values(0, 100));
        using var killSwitch = new KillSwitch();
        siem.Answer = async (_, send, stop) =>
        {
            if (send == 2)
            {
                killSwitch.Shutdown();
                await Task.Delay(Timeout.Infinite, stop);
            }

            return null;
        };

        var report = await _work.RunAsync(killSwitch);

        Assert.Equal(RunStatus.Drained, report.Status);
        siem.TookInOrder(DeliveryWork.Sequences(10));
        Assert.True(report.Books["sink:siem"].InFlight >= 10, report.Books["sink:siem"].ToString());
        Assert.Contains(
            report.Messages,
            message => message.Contains("committed and not delivered", StringComparison.Ordinal)
        );

        siem.Answer = (_, _, _) => Took;
        Assert.Equal(RunStatus.Done, (await _work.RunAsync()).Status);
        siem.TookInOrder(DeliveryWork.Sequences(100));
    }

    [Fact]
    public async Task Aborted_a_sink_stops_at_once_and_repeats_only_what_was_not_acknowledged()
    {
        var siem = _work.Sink("siem", "timeout: 1h, batch: { records: 10 }");
        _work.Source("a", DeliveryWork.Values(0, 100));
        using var killSwitch = new KillSwitch();
        siem.Answer = async (_, send, stop) =>
        {
            if (send == 3)
            {
                killSwitch.AbortNow();
                await Task.Delay(Timeout.Infinite, stop);
            }

            return null;
        };

        Assert.Equal(RunStatus.Aborted, (await _work.RunAsync(killSwitch)).Status);
        siem.TookInOrder(DeliveryWork.Sequences(20));

        siem.Answer = (_, _, _) => Took;
        Assert.Equal(RunStatus.Done, (await _work.RunAsync()).Status);
        siem.TookInOrder(DeliveryWork.Sequences(100));
    }
}
