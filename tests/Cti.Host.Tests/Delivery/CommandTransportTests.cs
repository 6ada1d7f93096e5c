// A program that takes records: what it is given, what it may answer, and how it ends.

using System.Globalization;
using Cti.Host.Delivery;
using Cti.Host.Tests.Delivery.Contract;
using Cti.Host.Tests.Harness;
using Xunit;
using static Cti.Host.Tests.Delivery.Declared;

namespace Cti.Host.Tests.Delivery;

public class CommandTransportTests
{
    [Fact]
    public async Task A_record_that_is_rejected_is_named_and_the_others_are_delivered()
    {
        await using var rig = new CommandRig();
        await using var transport = rig.Create();
        var good = Batch(0, 10);
        var poison = Batch(10, 1, mark: "poison");
        var more = Batch(11, 10);
        var delivered = AssertDelivered(await transport.SendAsync(Join(good, poison, more), default));
        var refused = Assert.Single(delivered.Refused);
        Assert.Equal((10, "CTI-SEND-021"), (refused.Index, refused.Code));
        Assert.Equal("rejects it It said: it is poison, ${env:CTI_TEST_SECRET}", refused.Message);
        Assert.Equal(20, (await rig.TakenAsync(20)).Count);
    }

    [Fact]
    public async Task A_record_that_is_wanted_later_comes_again_alone()
    {
        await using var rig = new CommandRig();
        await using var transport = rig.Create();
        rig.BeBusy();
        var batch = Join(Batch(0, 5), Batch(5, 1, mark: "busy"), Batch(6, 1, mark: "poison"), Batch(7, 3));
        var failure = AssertFailed(transport, await transport.SendAsync(batch, default), FailureKind.Transient);
        Assert.Contains("the printer is busy", failure.Message, StringComparison.Ordinal);
        Assert.Equal(8, (await rig.TakenAsync(8)).Count);
        rig.Mend();
        // What was refused at the first attempt is told with the second, at its place.
        Assert.Equal(6, Assert.Single(AssertDelivered(await transport.SendAsync(batch, default)).Refused).Index);
        Assert.Equal(9, (await rig.TakenAsync(9)).Distinct().Count());
    }

    [Fact]
    public async Task A_program_that_hangs_is_killed_with_its_children_and_its_last_words_are_told()
    {
        await using var rig = new CommandRig();
        await using var transport = rig.Create(TimeSpan.FromSeconds(2));
        rig.Fail(Trouble.Hang);
        var failure = AssertFailed(transport, await transport.SendAsync(Batch(0, 3), default), FailureKind.Transient);
        Assert.Equal("CTI-SEND-024", failure.Code);
        Assert.Contains("It said: waiting, ${env:CTI_TEST_SECRET}", failure.Message, StringComparison.Ordinal);
        AssertGone(rig.Child);
    }

    [Theory]
    [InlineData("while read -r l; do echo done; done", "CTI-SEND-023", "It said: done")]
    [InlineData("while read -r l; do echo ok now; done", "CTI-SEND-023", "It said: ok now")]
    [InlineData("while read -r l; do echo; done", "CTI-SEND-023", "answers something else")]
    [InlineData("read -r l; head -c 100000 /dev/zero; sleep 600", "CTI-SEND-023", "more than 4096 bytes")]
    public async Task A_program_that_does_not_keep_to_the_protocol_is_told_so(string program, string code, string says)
    {
        using var work = new Workspace();
        await using var transport = Transport(work, Shell(program));
        var failure = AssertFailed(
            transport,
            await transport.SendAsync(Batch(0, 3), default),
            FailureKind.Misconfigured
        );
        Assert.Equal(code, failure.Code);
        Assert.Contains(says, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_nobody_asked_for_is_not_taken_for_the_next_record()
    {
        using var work = new Workspace();
        await using var transport = Transport(work, Shell("while read -r l; do printf 'ok\\nok\\n'; done"));
        AssertDelivered(await transport.SendAsync(Batch(0, 1), default));
        var failure = AssertFailed(
            transport,
            await transport.SendAsync(Batch(1, 1), default),
            FailureKind.Misconfigured
        );
        Assert.Contains("more often than it is given records", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("./nowhere")]
    [InlineData("no-such-program-anywhere")]
    public async Task A_program_that_is_not_there_is_told(string program)
    {
        using var work = new Workspace();
        await using var transport = Transport(work, $"{{ type: command, run: [{program}] }}");
        var failure = AssertFailed(transport, await transport.OpenAsync("", default), FailureKind.Misconfigured);
        Assert.Equal("CTI-SEND-020", failure.Code);
    }

    [Fact]
    public async Task A_program_that_does_not_end_is_killed_after_its_grace()
    {
        using var work = new Workspace();
        var transport = Transport(
            work,
            "{ type: command, grace: 200ms, run: [/bin/sh, -c, \"while read -r l; do echo ok; done; echo $$ > child; exec sleep 600\"] }"
        );
        AssertDelivered(await transport.SendAsync(Batch(0, 3), default));
        await transport.DisposeAsync();
        AssertGone(work.Read("child").Trim());
    }

    // A megabyte that it answers only when it has read all of it, and one that it answers before it reads any more: neither waits for the other.
    [Theory]
    [InlineData("n=0; while read -r l; do n=$((n+1)); if [ $n = 500 ]; then yes ok | head -n 500; fi; done")]
    [InlineData("while read -r l; do echo ok; done")]
    public async Task Reading_and_writing_do_not_wait_for_each_other(string program)
    {
        using var work = new Workspace();
        await using var transport = Transport(work, Shell(program));
        AssertDelivered(await transport.SendAsync(Batch(0, 500, 2000), default));
    }

    private static string Shell(string program) =>
        $"{{ type: command, run: [/bin/sh, -c, \"{program.Replace("\\", "\\\\", StringComparison.Ordinal)}\"] }}";

    private static void AssertGone(string process) =>
        Assert.True(
            SpinWait.SpinUntil(() => !LinuxProcess.IsRunning(process), TimeSpan.FromSeconds(10)),
            $"process {process} still runs"
        );

    private static DeliveryBatch Join(params IReadOnlyList<DeliveryBatch> parts)
    {
        var body = new MemoryStream();
        var ends = new List<int>();
        foreach (var part in parts)
        {
            ends.AddRange(part.Ends.Select(end => end + (int)body.Length));
            body.Write(part.Body.Span);
        }

        return new DeliveryBatch(body.ToArray(), ends, [.. parts.SelectMany(part => part.Keys)]);
    }
}
