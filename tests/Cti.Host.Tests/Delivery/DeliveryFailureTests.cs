// What becomes of a stream sink, its records and its neighbours when an endpoint fails, asks for time, or refuses a record.

using Cti.Host.Delivery;
using Cti.Host.Letters;
using Cti.Host.Run;
using Cti.Host.Store;
using Xunit;
using static Cti.Host.Tests.Delivery.Endpoint;

namespace Cti.Host.Tests.Delivery;

public sealed class DeliveryFailureTests : IDisposable
{
    private readonly DeliveryWork _work = new();

    public void Dispose() => _work.Dispose();

    [Fact]
    public async Task A_poison_record_becomes_a_dead_letter_and_what_stands_behind_it_goes_out()
    {
        var siem = _work.Sink("siem");
        _work.Source("a", DeliveryWork.Values(0, 40));
        siem.Answer = (batch, _, _) =>
            batch.Any(record => record.Value == "host13.example.com") ? Fails(FailureKind.Terminal) : Took;

        var report = await _work.RunAsync();

        Assert.Equal(RunStatus.Done, report.Status);
        siem.TookInOrder(DeliveryWork.Sequences(40).Where(sequence => sequence != 14));
        Assert.Equal(1, report.Books["sink:siem"].Rejected);
        var letter = Assert.Single(
            _work.Work.Query(
                "SELECT stage, code, message, uri, attempts, revision, op, contains(original::VARCHAR, 'host13.example.com'), indicator IS NOT NULL FROM dead_letters"
            )
        );
        Assert.Equal(["sink:siem", "CTI-SINK-999", "scripted.", "siem", "1", "1", "added", "True", "True"], letter);
    }

    [Fact]
    public async Task What_became_a_dead_letter_is_added_with_its_next_change()
    {
        var siem = _work.Sink("siem");
        _work.Source("a", DeliveryWork.Values(0, 3));
        siem.Answer = (batch, _, _) =>
            batch.Any(record => record.Value == "host1.example.com") ? Fails(FailureKind.TooLarge) : Took;
        await _work.RunAsync();

        siem.Answer = (_, _, _) => Took;
        _work.Source("b", DeliveryWork.Values(0, 3));
        await _work.RunAsync();

        Assert.Equal(
            ["changed", "added", "changed"],
            siem.Taken.Where(record => record.Key.EndsWith(":2", StringComparison.Ordinal)).Select(record => record.Op)
        );
    }

    [Fact]
    public async Task What_an_endpoint_took_without_a_word_is_withdrawn_although_a_run_came_between_that_told_it_nothing()
    {
        var siem = _work.Sink("siem");
        _work.Snapshot("list", DeliveryWork.Values(0, 3));
        siem.AnswersInstead = _ => new NotDelivered(FailureKind.Misconfigured, "CTI-SINK-999", "taken, and not told.");
        await _work.RunAsync();
        siem.Answer = (_, _, _) => Fails(FailureKind.Misconfigured);
        await _work.RunAsync();
        Assert.Equal(["True"], _work.Work.Column("SELECT in_doubt FROM cursors WHERE kind = 'sink'"));

        siem.Answer = (_, _, _) => Took;
        siem.AnswersInstead = _ => null;
        _work.Snapshot("list", DeliveryWork.Values(3, 1));
        await _work.RunAsync();

        Assert.Equal(
            ["host3.example.com"],
            siem.Held.Where(held => held.Value != "withdrawn").Select(held => held.Key)
        );
    }

    [Fact]
    public async Task A_dead_letter_told_before_its_entry_is_reached_is_not_taken_back_by_the_run_that_reaches_it()
    {
        var siem = _work.Sink("siem");
        _work.Source("a", DeliveryWork.Values(0, 3));
        siem.Answer = (batch, _, _) =>
            batch.Any(record => record.Value == "host1.example.com") ? Fails(FailureKind.TooLarge) : Took;
        await _work.RunAsync();
        // Behind the cursor from here on: the endpoint is down, and what it may have taken is in doubt.
        _work.Source("b", DeliveryWork.Values(0, 3));
        siem.Answer = (_, _, _) => Fails(FailureKind.Misconfigured);
        await _work.RunAsync();
        // The letter goes out, and then the endpoint is down again.
        siem.Answer = (batch, _, _) =>
            batch is [{ Value: "host1.example.com" }] ? Took : Fails(FailureKind.Misconfigured);
        await _work.RunAsync(replay: new LetterFilter());
        Assert.Equal("added", siem.Held["host1.example.com"]);
        Assert.Equal(["True"], _work.Work.Column("SELECT in_doubt FROM cursors WHERE kind = 'sink'"));

        siem.Answer = (_, _, _) => Took;
        await _work.RunAsync();

        Assert.Equal("added", siem.Held["host1.example.com"]);
        Assert.Equal(["False"], _work.Work.Column("SELECT in_doubt FROM cursors WHERE kind = 'sink'"));
    }

    [Fact]
    public async Task Records_an_endpoint_names_become_dead_letters_without_a_second_send()
    {
        var siem = _work.Sink("siem");
        _work.Source("a", DeliveryWork.Values(0, 10));
        siem.Answer = (_, _, _) =>
            Task.FromResult<SendOutcome?>(new Delivered("r", [new RefusedRecord(3, "CTI-SINK-998", "no.")]));

        var report = await _work.RunAsync();

        Assert.Equal(1, siem.Sends);
        Assert.Equal((9, 1), (report.Books["sink:siem"].Out, report.Books["sink:siem"].Rejected));
        Assert.Equal(["CTI-SINK-998"], _work.Work.Column("SELECT code FROM dead_letters"));
    }

    [Fact]
    public async Task An_endpoint_that_asks_to_wait_is_left_alone_for_as_long()
    {
        var siem = _work.Sink("siem");
        _work.Source("a", DeliveryWork.Values(0, 10));
        siem.Answer = (_, send, _) => send <= 7 ? Fails(FailureKind.Throttled, TimeSpan.FromSeconds(17)) : Took;

        Assert.Equal(RunStatus.Done, (await _work.RunAsync()).Status);

        siem.TookInOrder(DeliveryWork.Sequences(10));
        Assert.Equal(7, _work.Clock.Leaps.Count(leap => leap == TimeSpan.FromSeconds(17)));
    }

    [Fact]
    public async Task Transient_failures_are_tried_again_with_growing_delays_and_the_connection_is_made_anew()
    {
        var siem = _work.Sink("siem", "timeout: 1h, retry: { attempts: 4, base: 3s, max: 10s }");
        _work.Source("a", DeliveryWork.Values(0, 10));
        siem.Answer = (_, send, _) => send <= 3 ? Fails(FailureKind.Transient) : Took;

        Assert.Equal(RunStatus.Done, (await _work.RunAsync()).Status);

        siem.TookInOrder(DeliveryWork.Sequences(10));
        Assert.Equal(4, siem.Opened);
        Assert.Equal([3, 6, 10], _work.Clock.Leaps.Select(leap => leap.TotalSeconds).Where(leap => leap >= 3));
    }

    [Fact]
    public async Task A_dead_sink_stops_neither_ingestion_nor_the_others_and_catches_up_in_the_next_run()
    {
        var dead = _work.Sink("dead");
        var well = _work.Sink("well");
        _work.Source("a", DeliveryWork.Values(0, 100));
        dead.Answer = (_, _, _) => Fails(FailureKind.Transient);

        var report = await _work.RunAsync();
        Assert.Equal(RunStatus.Failed, report.Status);
        Assert.Contains(report.Messages, message => message.Contains("Given up after", StringComparison.Ordinal));
        Assert.Equal(100, report.Observations);
        well.TookInOrder(DeliveryWork.Sequences(100));
        Assert.Empty(dead.Taken);
        Assert.Equal(100, report.Books["sink:dead"].InFlight);

        dead.Answer = (_, _, _) => Took;
        Assert.Equal(RunStatus.Done, (await _work.RunAsync()).Status);
        dead.TookInOrder(DeliveryWork.Sequences(100));
        well.TookInOrder(DeliveryWork.Sequences(100));
    }

    [Fact]
    public async Task A_required_sink_that_fails_fails_the_run_before_more_is_stored()
    {
        var siem = _work.Sink("siem", "timeout: 1h, required: true");
        _work.Source("a", DeliveryWork.Values(0, 400));
        siem.Answer = (_, _, _) => Fails(FailureKind.Misconfigured);

        var report = await _work.RunAsync();

        Assert.Equal(RunStatus.Failed, report.Status);
        Assert.Contains(
            report.Messages,
            message => message.Contains("sink siem is required and failed", StringComparison.Ordinal)
        );
        Assert.InRange(_work.Work.Count("SELECT count(*) FROM observations"), 0, 40);
    }

    [Fact]
    public async Task A_send_that_is_never_acknowledged_times_out()
    {
        var siem = _work.Sink("siem", "timeout: 20s, retry: { attempts: 2 }");
        _work.Source("a", DeliveryWork.Values(0, 5));
        siem.Answer = async (_, _, stop) =>
        {
            await Task.Delay(Timeout.Infinite, stop);
            return null;
        };

        var report = await _work.RunAsync();

        Assert.Equal(2, siem.Sends);
        Assert.Contains(
            report.Messages,
            message =>
                message.Contains("within 20 s", StringComparison.Ordinal)
                && message.Contains("CTI-SINK-002", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Sinks_of_one_endpoint_learn_from_each_other_that_it_is_down()
    {
        const string Keys = "timeout: 1h, on_full: spill, retry: { attempts: 5, total: 10s, base: 1ms }";
        var first = _work.Sink("first", Keys, "https://siem.example");
        var second = _work.Sink("second", Keys, "https://siem.example");
        _work.Source("a", DeliveryWork.Values(0, 5));
        first.Answer = second.Answer = (_, _, _) => Fails(FailureKind.Transient);

        var report = await _work.RunAsync();

        Assert.Equal(RunStatus.Failed, report.Status);
        // Both were opened well; with six failures the circuit is open for both.
        Assert.InRange(first.Sends + second.Sends, 6, 7);
    }

    [Fact]
    public async Task A_transport_that_throws_ends_its_own_sink_only()
    {
        var broken = _work.Sink("broken");
        var well = _work.Sink("well");
        _work.Source("a", DeliveryWork.Values(0, 30));
        broken.Answer = (_, _, _) => throw new InvalidOperationException("a defect");

        var report = await _work.RunAsync();

        Assert.Equal(RunStatus.Failed, report.Status);
        Assert.Contains(report.Messages, message => message.Contains("CTI-SINK-004", StringComparison.Ordinal));
        well.TookInOrder(DeliveryWork.Sequences(30));
    }
}
