// The contract of stream sinks, cell by cell, for every transport, on real sockets, processes and a real broker. docs/sinks/contract.md is the table.

using System.Diagnostics;
using Cti.Host.Delivery;
using Cti.Host.Tests.Harness;
using Xunit;
using static Cti.Host.Tests.Delivery.Declared;

namespace Cti.Host.Tests.Delivery.Contract;

[Collection(WithRabbitMq.Name)]
public class TransportContractTests(RabbitMqBroker broker)
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(400);

    public static TheoryData<string> All => [.. TransportRig.All];

    [Theory]
    [MemberData(nameof(All))]
    public Task Delivers_in_order(string name) =>
        WithAsync(
            name,
            async rig =>
            {
                await using var transport = rig.Create();
                AssertDelivered(await transport.OpenAsync("", default));
                AssertDelivered(await transport.SendAsync(rig.Batch(0, 100), default));
                AssertDelivered(await transport.SendAsync(rig.Batch(100, 1), default));
                AssertDelivered(await transport.SendAsync(rig.Batch(101, 399), default));
                Assert.Equal(Records(0, 500), await rig.TakenAsync(500));
            }
        );

    [Theory]
    [MemberData(nameof(All))]
    public Task Resumes_after_a_restart_behind_what_was_acknowledged(string name) =>
        WithAsync(
            name,
            async rig =>
            {
                string receipt;
                await using (var first = rig.Create())
                {
                    AssertDelivered(await first.OpenAsync("", default));
                    receipt = AssertDelivered(await first.SendAsync(rig.Batch(0, 50), default)).Receipt;
                }

                Assert.NotEqual("", receipt);
                await using var second = rig.Create();
                AssertDelivered(await second.OpenAsync(receipt, default));
                AssertDelivered(await second.SendAsync(rig.Batch(50, 50), default));
                Assert.Equal(Records(0, 100), await rig.TakenAsync(100));
            }
        );

    [Theory]
    [MemberData(nameof(All))]
    public Task Survives_a_reset_in_the_middle_of_a_batch_and_repeats_only_that_one(string name) =>
        WithAsync(
            name,
            async rig =>
            {
                await using var transport = rig.Create();
                AssertDelivered(await transport.OpenAsync("", default));
                AssertDelivered(await transport.SendAsync(rig.Batch(0, 10, rig.Padding), default));
                var before = (await rig.TakenAsync(10)).ToList();
                rig.Fail(Trouble.Reset);
                var batch = rig.Batch(10, 500, rig.Padding);
                AssertFailed(transport, await transport.SendAsync(batch, default), FailureKind.Transient);
                rig.Mend();
                AssertDelivered(await transport.OpenAsync("", default));
                AssertDelivered(await transport.SendAsync(batch, default));
                Assert.Equal(Records(0, 10, rig.Padding), before);
                var after = (await rig.TakenAsync(510)).Skip(10).ToList();
                Assert.Equal(
                    Records(10, 500, rig.Padding).Order(StringComparer.Ordinal),
                    after.Distinct().Order(StringComparer.Ordinal)
                );
            }
        );

    [Theory]
    [MemberData(nameof(All))]
    public Task Reconnects_when_the_other_side_was_away(string name) =>
        WithAsync(
            name,
            async rig =>
            {
                await using var transport = rig.Create();
                AssertDelivered(await transport.OpenAsync("", default));
                AssertDelivered(await transport.SendAsync(rig.Batch(0, 10), default));
                Assert.Equal(Records(0, 10), (await rig.TakenAsync(10)).ToList());
                rig.Fail(Trouble.Away);
                // A peer that is away is noticed by the second attempt at the latest: the first may still find the old connection open.
                var first = await transport.SendAsync(rig.Batch(10, 10), default);
                if (first is not Delivered)
                {
                    AssertFailed(transport, first, FailureKind.Transient);
                }

                AssertFailed(transport, await transport.SendAsync(rig.Batch(10, 10), default), FailureKind.Transient);
                rig.Mend();
                AssertDelivered(await transport.SendAsync(rig.Batch(10, 10), default));
                Assert.Equal(Records(0, 20), await rig.TakenAsync(20));
            }
        );

    [Theory]
    [MemberData(nameof(All))]
    public Task Times_out_and_goes_on_when_the_other_side_answers_again(string name) =>
        WithAsync(
            name,
            async rig =>
            {
                await using var transport = rig.Create(Short);
                AssertDelivered(await transport.OpenAsync("", default));
                rig.Fail(Trouble.Hang);
                var clock = Stopwatch.StartNew();
                var failure = AssertFailed(
                    transport,
                    await transport.SendAsync(rig.Batch(0, 500, rig.Padding), default),
                    FailureKind.Transient
                );
                Assert.InRange(clock.Elapsed, Short * 0.9, TimeSpan.FromSeconds(20));
                Assert.Contains("`timeout`", failure.Message, StringComparison.Ordinal);
                rig.Mend();
                AssertDelivered(await transport.SendAsync(rig.Batch(0, 5), default));
            }
        );

    [Theory]
    [MemberData(nameof(All))]
    public Task Aborts_at_once_however_long_it_would_wait(string name) =>
        WithAsync(
            name,
            async rig =>
            {
                await using var transport = rig.Create();
                AssertDelivered(await transport.OpenAsync("", default));
                rig.Fail(Trouble.Hang);
                using var stop = new CancellationTokenSource(Short);
                var clock = Stopwatch.StartNew();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
                    transport.SendAsync(rig.Batch(0, 500, rig.Padding), stop.Token)
                );
                Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
                rig.Mend();
            }
        );

    [Theory]
    [MemberData(nameof(All))]
    public Task Ends_soon_and_cleanly_when_it_is_disposed(string name) =>
        WithAsync(
            name,
            async rig =>
            {
                var transport = rig.Create();
                AssertDelivered(await transport.OpenAsync("", default));
                AssertDelivered(await transport.SendAsync(rig.Batch(0, 10), default));
                var clock = Stopwatch.StartNew();
                await transport.DisposeAsync();
                Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
                Assert.Equal(Records(0, 10), await rig.TakenAsync(10));
                Assert.True(rig is not CommandRig command || command.WasDrained, "the program did not end by itself");
            }
        );

    [Theory]
    [MemberData(nameof(All))]
    public Task States_how_much_one_send_may_carry(string name) =>
        WithAsync(
            name,
            async rig =>
            {
                await using var transport = rig.Create();
                Assert.InRange(transport.Limits.Records, 1, 100_000);
                Assert.InRange(transport.Limits.Bytes, 1, 64_000_000);
                AssertDelivered(await transport.OpenAsync("", default));
                // A single record beyond the bytes is sent alone, and is taken.
                AssertDelivered(await transport.SendAsync(rig.Batch(0, 1, transport.Limits.Bytes), default));
                Assert.Equal(Records(0, 1, transport.Limits.Bytes), await rig.TakenAsync(1));
            }
        );

    [Theory]
    [MemberData(nameof(All))]
    public Task Never_tells_a_secret(string name) =>
        WithAsync(
            name,
            async rig =>
            {
                await using var transport = rig.Create(Short);
                var told = new List<SendOutcome>
                {
                    await transport.OpenAsync("", default),
                    await transport.SendAsync(rig.Batch(0, 3, mark: "poison"), default),
                };
                foreach (var trouble in Enum.GetValues<Trouble>())
                {
                    rig.Fail(trouble);
                    told.Add(await transport.SendAsync(rig.Batch(0, 20), default));
                    rig.Mend();
                }

                Assert.DoesNotContain(TransportRig.Secret, transport.Endpoint, StringComparison.Ordinal);
                Assert.All(told.OfType<NotDelivered>(), one => Clean(one.Message));
                Assert.All(
                    told.OfType<Delivered>(),
                    one =>
                    {
                        Clean(one.Receipt);
                        Assert.All(one.Refused, refused => Clean(refused.Message));
                    }
                );
            }
        );

    // Those that answer for each record: what was acknowledged is not sent again, though its batch failed.
    [Fact]
    public async Task A_program_that_dies_gets_only_what_it_had_not_acknowledged()
    {
        await using var rig = new CommandRig();
        await using var transport = rig.Create();
        rig.DieAfter(30);
        var failure = AssertFailed(transport, await transport.SendAsync(Batch(0, 100), default), FailureKind.Transient);
        Assert.Contains("ended with exit code 3", failure.Message, StringComparison.Ordinal);
        Assert.Contains("It said: out of paper, ${env:CTI_TEST_SECRET}", failure.Message, StringComparison.Ordinal);
        rig.Mend();
        // It comes in parts, as after a split.
        var batch = Batch(0, 100);
        AssertDelivered(await transport.SendAsync(batch.Slice(0, 50), default));
        AssertDelivered(await transport.SendAsync(batch.Slice(50, 50), default));
        Assert.Equal(Records(0, 100), await rig.TakenAsync(100));
    }

    [Fact]
    public async Task A_queue_that_was_full_gets_only_what_it_had_not_confirmed()
    {
        if (!await broker.IsThereAsync())
        {
            return;
        }

        var queue = await broker.QueueAsync(maxLength: 30);
        await using var rig = new RabbitMqRig(broker, queue);
        await using var transport = rig.Create();
        var failure = AssertFailed(transport, await transport.SendAsync(Batch(0, 50), default), FailureKind.Transient);
        Assert.Equal("CTI-SEND-031", failure.Code);
        Assert.Equal(Records(0, 30), (await rig.TakenAsync(30)).ToList());
        AssertDelivered(await transport.SendAsync(Batch(0, 50), default));
        Assert.Equal(Records(0, 50), await rig.TakenAsync(50));
    }

    private async Task WithAsync(string name, Func<TransportRig, Task> act)
    {
        var rig = await TransportRig.CreateAsync(name, broker);
        if (rig is not null)
        {
            await using (rig)
            {
                await act(rig);
            }
        }
    }

    private static void Clean(string text) =>
        Assert.DoesNotContain(TransportRig.Secret, text, StringComparison.Ordinal);

    private static IEnumerable<string> Records(int first, int count, int padding = 20) =>
        Enumerable.Range(first, count).Select(number => Record(number, padding));
}
