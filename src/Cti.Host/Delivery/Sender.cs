// Sends a batch until every record of it is settled: again after transient failures and waits the endpoint asks for, in halves around a record that
// will never be taken. F# RetryPolicy and Sending decide; Polly waits, breaks and times out.

using System.Globalization;
using Cti.Core;
using Cti.Host.Tracing;
using Microsoft.FSharp.Core;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace Cti.Host.Delivery;

/// <summary>A record of a batch that will never be taken.</summary>
internal sealed record PoisonRecord(int Index, string Code, string Message, int Attempts);

/// <summary>What became of a batch.</summary>
/// <param name="Settled">Records from its beginning that are delivered or poison.</param>
/// <param name="Poison">In order of their places.</param>
/// <param name="Fault">Why the rest was not sent; null where all is settled.</param>
internal sealed record SendReport(int Settled, IReadOnlyList<PoisonRecord> Poison, NotDelivered? Fault);

/// <summary>One per sink; used by its task.</summary>
internal sealed class Sender
{
    private readonly IDeliveryTransport _transport;
    private readonly DeliverySettings _settings;
    private readonly TimeProvider _clock;
    private readonly Func<double> _random;
    private readonly Action<NotDelivered?> _tell;
    private readonly ResiliencePipeline<SendOutcome> _pipeline;
    private bool _isOpen;
    private DateTimeOffset _freeAt;

    // Of the send under way.
    private int _failures;
    private int _waits;
    private long? _failingSince;
    private TimeSpan _delay;
    private NotDelivered? _last;

    /// <param name="transport">Opened here, again after each transient failure.</param>
    /// <param name="settings">The sink's.</param>
    /// <param name="breaker">The endpoint's.</param>
    /// <param name="receipt">Of the last acknowledged send.</param>
    /// <param name="clock">Waits and limits.</param>
    /// <param name="random">0 to 1, for jitter.</param>
    /// <param name="tell">Called with the failure that is waited for, and with null once the endpoint takes something again.</param>
    public Sender(
        IDeliveryTransport transport,
        DeliverySettings settings,
        ResiliencePipeline<SendOutcome> breaker,
        string receipt,
        TimeProvider clock,
        Func<double> random,
        Action<NotDelivered?> tell
    )
    {
        _transport = transport;
        _settings = settings;
        _clock = clock;
        _random = random;
        _tell = tell;
        Receipt = receipt;
        _freeAt = clock.GetUtcNow();
        _pipeline = new ResiliencePipelineBuilder<SendOutcome> { TimeProvider = clock }
            .AddRetry(
                new RetryStrategyOptions<SendOutcome>
                {
                    // Ours decides when it is enough.
                    MaxRetryAttempts = int.MaxValue,
                    ShouldHandle = arguments => new(TriesAgain(arguments.Outcome)),
                    DelayGenerator = _ => new(_delay),
                }
            )
            .AddPipeline(breaker)
            .AddTimeout(new TimeoutStrategyOptions { Timeout = settings.Timeout })
            .Build();
    }

    /// <summary>Of the last send that was acknowledged.</summary>
    public string Receipt { get; private set; }

    /// <summary>Opens the transport, if it is not open; null where it is then.</summary>
    public async Task<NotDelivered?> OpenAsync(CancellationToken stop) =>
        _isOpen ? null : await RunAsync(null, stop) as NotDelivered;

    /// <summary>Sends, until everything is settled or nothing more can be done in this run.</summary>
    public async Task<SendReport> SendAsync(DeliveryBatch batch, CancellationToken stop)
    {
        var poison = new List<PoisonRecord>();
        var sending = SendingModule.start(batch.Count);
        while (SendingModule.next(sending) is { IsSome: true, Value: var segment })
        {
            var part = segment.Count == batch.Count ? batch : batch.Slice(segment.First, segment.Count);
            switch (await RunAsync(part, stop))
            {
                case Delivered delivered:
                    Receipt = delivered.Receipt;
                    poison.AddRange(
                        delivered.Refused.Select(record => new PoisonRecord(
                            segment.First + record.Index,
                            record.Code,
                            record.Message,
                            1
                        ))
                    );
                    sending = SendingModule.delivered(sending);
                    break;
                case NotDelivered { Kind: FailureKind.TooLarge or FailureKind.Terminal } refused:
                    switch (SendingModule.refused(sending))
                    {
                        case RefusalStep.Split { Item: var halves }:
                            sending = halves;
                            break;
                        case RefusalStep.DeadLetter letter:
                            poison.Add(new PoisonRecord(letter.index, refused.Code, refused.Message, 1 + _failures));
                            sending = letter.rest;
                            break;
                    }

                    break;
                case NotDelivered fault:
                    return new SendReport(SendingModule.settled(sending), poison, fault);
            }
        }

        return new SendReport(batch.Count, poison, null);
    }

    // A part, or only the opening; with all its attempts. Never a failure that could still go well.
    private async Task<SendOutcome> RunAsync(DeliveryBatch? batch, CancellationToken stop)
    {
        (_failures, _waits, _failingSince, _last) = (0, 0, null, null);
        try
        {
            var outcome = await _pipeline.ExecuteAsync(
                static async (state, stop) => await state.Sender.AttemptAsync(state.Batch, stop),
                (Sender: this, Batch: batch),
                stop
            );
            return outcome is NotDelivered { Kind: FailureKind.Transient or FailureKind.Throttled } fault
                ? GivenUp(fault)
                : Tell(outcome);
        }
        catch (TimeoutRejectedException)
        {
            return GivenUp(TimedOut());
        }
        catch (BrokenCircuitException)
        {
            return GivenUp(_last ?? Broken());
        }
    }

    private async ValueTask<SendOutcome> AttemptAsync(DeliveryBatch? batch, CancellationToken stop)
    {
        if (!_isOpen)
        {
            var opened = await _transport.OpenAsync(Receipt, stop);
            if (opened is not Delivered ready)
            {
                return opened;
            }

            _isOpen = true;
            Receipt = ready.Receipt;
        }

        if (batch is null)
        {
            return new Delivered(Receipt);
        }

        if (_settings.Rate is { Value: var rate })
        {
            await PaceAsync(RateModule.cost(rate, batch.Count), stop);
        }

        using var span = Spans.Start(Spans.SinkSend);
        return await _transport.SendAsync(batch, stop);
    }

    private async Task PaceAsync(TimeSpan cost, CancellationToken stop)
    {
        var now = _clock.GetUtcNow();
        if (_freeAt > now)
        {
            await Task.Delay(_freeAt - now, _clock, stop);
        }
        else
        {
            _freeAt = now;
        }

        _freeAt += cost;
    }

    private bool TriesAgain(Outcome<SendOutcome> outcome)
    {
        FSharpValueOption<TimeSpan> delay;
        switch (outcome)
        {
            case { Result: NotDelivered { Kind: FailureKind.Transient } fault }:
                delay = Failed(fault);
                break;
            case { Exception: TimeoutRejectedException }:
                delay = Failed(TimedOut());
                break;
            case { Result: NotDelivered { Kind: FailureKind.Throttled } throttled }:
                _last = throttled;
                delay = Waits(throttled.NotBefore);
                break;
            case { Exception: BrokenCircuitException broken }:
                _last ??= Broken();
                delay = Waits(broken.RetryAfter);
                break;
            default:
                return false;
        }

        if (delay.IsNone)
        {
            return false;
        }

        _delay = delay.Value;
        _tell(_last);
        return true;
    }

    private FSharpValueOption<TimeSpan> Failed(NotDelivered fault)
    {
        // Whatever was open may be broken.
        _isOpen = false;
        _last = fault;
        _failures++;
        return RetryPolicyModule.afterTransient(_settings.Retry, _failures, Since(), _random());
    }

    private FSharpValueOption<TimeSpan> Waits(TimeSpan? asked)
    {
        _waits++;
        return RetryPolicyModule.afterThrottled(
            _settings.Retry,
            _waits,
            Since(),
            asked is { } time ? FSharpValueOption<TimeSpan>.Some(time) : FSharpValueOption<TimeSpan>.None,
            _random()
        );
    }

    private TimeSpan Since()
    {
        _failingSince ??= _clock.GetTimestamp();
        return _clock.GetElapsedTime(_failingSince.Value);
    }

    private SendOutcome Tell(SendOutcome outcome)
    {
        if (_last is not null && outcome is Delivered)
        {
            _tell(null);
        }

        return outcome;
    }

    private NotDelivered GivenUp(NotDelivered fault) =>
        fault with
        {
            Message = string.Create(
                CultureInfo.InvariantCulture,
                $"{fault.Message} Given up after {_failures + _waits} attempts in {Since().TotalSeconds:0} s; the next run goes on behind what was acknowledged."
            ),
        };

    private NotDelivered TimedOut() =>
        new(
            FailureKind.Transient,
            "CTI-SINK-002",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{_transport.Endpoint} did not acknowledge within {_settings.Timeout.TotalSeconds:0.###} s (timeout)."
            )
        );

    private NotDelivered Broken() =>
        new(
            FailureKind.Transient,
            "CTI-SINK-003",
            $"{_transport.Endpoint} failed for every sink that speaks to it; nothing is sent for a while."
        );
}
