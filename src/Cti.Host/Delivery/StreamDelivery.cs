// One stream sink's task: takes changes from the queue or the log, judges and renders them, sends them in batches, and moves the sink's cursor once
// they are acknowledged. In order, at least once.

using Cti.Core;
using Cti.Host.Store;
using Microsoft.FSharp.Core;

namespace Cti.Host.Delivery;

/// <summary>One per sink and run.</summary>
internal sealed class StreamDelivery : IAsyncDisposable
{
    private readonly StreamParts _parts;
    private readonly Outbox _outbox;
    private readonly BatchLimits _limits;
    private readonly Sender _sender;
    private readonly Doubts _doubts;
    private readonly Settlement _settlement;
    private long? _dirtySince;
    private volatile NotDelivered? _waitsFor;
    private volatile bool _isOver;

    public StreamDelivery(StreamParts parts)
    {
        _parts = parts;
        _limits = Limits(parts.Transport.Limits, parts.Settings);
        _doubts = new Doubts(parts.Ledger, parts.Transport.TakesBack, parts.Cursor);
        _settlement = new Settlement(parts, _doubts);
        _outbox = new Outbox(_limits, parts.Cursor.Sequence);
        _sender = new Sender(
            parts.Transport,
            parts.Settings,
            parts.Endpoints.BreakerOf(parts.Transport.Endpoint),
            parts.Cursor.Receipt,
            parts.Clock,
            parts.Random,
            fault => _waitsFor = fault
        );
    }

    public string Name => _parts.Name;

    public string Endpoint => _parts.Transport.Endpoint;

    public Intake Intake => _parts.Intake;

    /// <summary>What its lines look like.</summary>
    public ChangeFormat Format => _parts.Format;

    /// <summary>Whether it wants whatever its viewer may see.</summary>
    public bool WantsAll => !_parts.Rule.IsConditional;

    /// <summary>Whether the run fails at once when the sink does.</summary>
    public bool IsRequired => _parts.Settings.IsRequired;

    /// <summary>Why it stopped; null where it did not.</summary>
    public NotDelivered? Fault { get; private set; }

    /// <summary>Ends when the sink is done, whatever the reason; never fails.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>The account; final once <see cref="Completion"/> has ended. What is committed and not acknowledged is in flight.</summary>
    public StageCounts Counts
    {
        get
        {
            var lag = Intake.State.Lag;
            return StageCountsModule.add(_settlement.Counts, new StageCounts(lag, 0, 0, 0, 0, 0, 0, lag));
        }
    }

    /// <summary>How it is doing; safe from any thread.</summary>
    public DeliveryHealth Health()
    {
        var state = Intake.State;
        var waitsFor = _waitsFor;
        var at =
            Fault is not null || (_isOver && state.Lag > 0) ? DeliveryState.Stopped
            : _isOver ? DeliveryState.Finished
            : waitsFor is not null ? DeliveryState.WaitingForEndpoint
            : state.Lane.IsLog ? DeliveryState.CatchingUp
            : DeliveryState.InStep;
        var error = Fault ?? waitsFor;
        return new DeliveryHealth(
            Name,
            Endpoint,
            at,
            state.Lag,
            state.Queued,
            state.Acknowledged,
            _settlement.NotedAt,
            error is null ? null : $"{error.Code} {error.Message}"
        );
    }

    /// <summary>Begins to deliver, on a task of its own.</summary>
    /// <param name="stop">Ends it where it is; what the endpoint has acknowledged by then is noted.</param>
    public void Start(CancellationToken stop) => Completion = Task.Run(() => RunAsync(stop), CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await Completion;
        await _parts.Transport.DisposeAsync();
        _parts.Ledger.Dispose();
    }

    private async Task RunAsync(CancellationToken stop)
    {
        try
        {
            if (await _sender.OpenAsync(stop) is { } closed)
            {
                Fault = closed;
                return;
            }

            if (_parts.Cursor.Receipt.Length == 0)
            {
                _parts.Ledger.Begin(_sender.Receipt);
            }

            _doubts.Open();

            await RedeliverAsync(stop);
            while (Fault is null && await StepAsync(stop)) { }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // What is in flight is told by the books.
        }
#pragma warning disable CA1031 // Whatever a transport throws ends its own sink only; the run tells it.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Fault = new NotDelivered(
                FailureKind.Misconfigured,
                "CTI-SINK-004",
                $"{Endpoint} could not be delivered to: {error.Message.ReplaceLineEndings(" ")} What it acknowledged before stands."
            );
        }
        finally
        {
            End();
        }
    }

    private void End()
    {
        try
        {
            Commit();
            _doubts.Close(_settlement.Noted, _sender.Receipt);
        }
        catch (Exception error) when (error is DuckDb.DuckDbException or StoreException)
        {
            // What the endpoint took and the store could not note is sent again by the next run.
            Fault ??= new NotDelivered(FailureKind.Misconfigured, "CTI-SINK-004", error.Message);
        }

        Intake.Stop();
        _isOver = true;
    }

    // What could not be delivered before, as it is now. No entries of the log: the cursor stays where it is.
    private async Task RedeliverAsync(CancellationToken stop)
    {
        if (_parts.Replay is not { } filter || _parts.Ledger.OpenLetters(filter) is not { Count: > 0 } subjects)
        {
            return;
        }

        foreach (var page in _parts.Log.Newest(subjects, stop))
        {
            _parts.Revisions.Load(page.Subjects);
            for (var row = 0; row < page.Indicators.Count && Fault is null; row++)
            {
                var change = Judge(page, row);
                if (change.IsNone)
                {
                    _parts.Ledger.Settle(page.Indicators.Subject[row]);
                    _settlement.Pass(new Passed(1, 1, 0));
                    continue;
                }

                // Alone: what failed for good once shall not take others with it.
                page.Write(_parts.Format, row, change.Value, _outbox.Body);
                // Behind the cursor: no stretch of the log.
                _outbox.Add(
                    new Told(page.Indicators.Subject[row], page.Indicators.Revision[row], change.Value, 0),
                    _outbox.Through
                );
                var report = await SendBatchAsync(stop);
                Fault = report.Fault;
                _settlement.Pass(new Passed(report.Settled, 0, 0));
                _outbox.Clear();
            }

            Commit();
            page.Release();
        }
    }

    // Whether there may be more.
    private async Task<bool> StepAsync(CancellationToken stop)
    {
        switch (Intake.Next(out var page))
        {
            case { IsReadLog: true, After: var after, UpTo: var upTo }:
                await ReadLogAsync(after, upTo, stop);
                return true;
            case { IsTakePage: true }:
                try
                {
                    await TakeAsync(page!, stop);
                }
                finally
                {
                    page!.Release();
                }

                return true;
            case { IsFinished: true }:
                await FlushAsync(stop);
                return false;
            default:
                await IdleAsync(stop);
                return true;
        }
    }

    private async Task ReadLogAsync(long after, long upTo, CancellationToken stop)
    {
        var pages = _parts.Log.Read(after, upTo, stop);
        var taken = 0;
        try
        {
            for (; taken < pages.Count && Fault is null; taken++)
            {
                await TakeAsync(pages[taken], stop);
                pages[taken].Release();
            }
        }
        finally
        {
            for (; taken < pages.Count; taken++)
            {
                pages[taken].Release();
            }
        }

        Intake.HasRead(upTo);
    }

    // Nothing to take: what is in hand waits for more, unless somebody waits for it or its time is over.
    private async Task IdleAsync(CancellationToken stop)
    {
        if (!_outbox.IsDirty && _settlement.IsEmpty)
        {
            await Intake.WaitAsync(stop);
            return;
        }

        _dirtySince ??= _parts.Clock.GetTimestamp();
        var left = _parts.Settings.Batch.Time - _parts.Clock.GetElapsedTime(_dirtySince.Value);
        if (left <= TimeSpan.Zero || Intake.IsAwaited)
        {
            await FlushAsync(stop);
        }
        else
        {
            await Intake.WaitAsync(left, _parts.Clock, stop);
        }
    }

    private async Task TakeAsync(ChangePage page, CancellationToken stop)
    {
        if (page.Subjects is not null && !_parts.Revisions.Are(page.Subjects))
        {
            // What is in hand may be about the same subjects.
            await FlushAsync(stop);
            _parts.Revisions.Load(page.Subjects);
        }

        var batch = page.Indicators;
        for (var row = 0; row < batch.Count && Fault is null; row++)
        {
            var sequence = page.Sequence[row];
            _outbox.PassGap(sequence - 1, page.Gaps);
            var change = Judge(page, row);
            if (change.IsNone)
            {
                _outbox.Screen(sequence);
                continue;
            }

            var end = _outbox.Body.Length;
            page.Write(_parts.Format, row, change.Value, _outbox.Body);
            if (_outbox.Body.Length > _limits.Bytes && _outbox.Count > 0)
            {
                _outbox.Body.Truncate(end);
                await SendAsync(stop);
                page.Write(_parts.Format, row, change.Value, _outbox.Body);
            }

            _outbox.Add(page.Tell(row, change.Value), sequence);
            if (_outbox.IsFull)
            {
                await SendAsync(stop);
            }
        }

        if (Fault is null)
        {
            _outbox.PassGap(page.Last, page.Gaps);
        }
    }

    private FSharpValueOption<ChangeOp> Judge(ChangePage page, int row)
    {
        var batch = page.Indicators;
        var wanted = _parts.Rule.Wants(batch, row) && _parts.Screen.Ask(batch.Subject[row]) is null;
        var acknowledged = page.Known[row] ? _parts.Revisions.Of(batch.Subject[row]) : 0;
        var step = Plan.step(wanted, batch.Revision[row], acknowledged);
        // Of what the viewer may not see not even the id is told: who never had it would learn of it.
        return Plan.change(page.Hidden[row] ? step : _doubts.Unwanted(step, batch.Subject[row]));
    }

    private async Task FlushAsync(CancellationToken stop)
    {
        await SendAsync(stop);
        Commit();
    }

    private async Task SendAsync(CancellationToken stop)
    {
        if (Fault is not null)
        {
            return;
        }

        var settled = _outbox.Count;
        if (_outbox.Count > 0)
        {
            var report = await SendBatchAsync(stop);
            settled = report.Settled;
            Fault = report.Fault;
            _waitsFor = null;
        }

        var (passed, sequence) = _outbox.Settled(settled);
        _settlement.Reach(passed, sequence);
        _outbox.Clear();
        if (_settlement.IsDue)
        {
            Commit();
        }
    }

    private async Task<SendReport> SendBatchAsync(CancellationToken stop)
    {
        var batch = _outbox.ToBatch();
        _doubts.Begin(_settlement.Noted, _sender.Receipt);
        var report = await _sender.SendAsync(batch, stop);
        _settlement.Take(_outbox, batch, report);
        _doubts.End(report.Settled == batch.Count);
        return report;
    }

    private void Commit()
    {
        if (!_settlement.IsEmpty)
        {
            _settlement.Note(_sender.Receipt);
            _dirtySince = null;
        }
    }

    // What is declared, or else what suits the transport; never more than a second's worth of the rate.
    private static BatchLimits Limits(BatchLimits transport, DeliverySettings settings)
    {
        var records = settings.Batch.Records is { Value: var declared } ? declared : transport.Records;
        var bytes = settings.Batch.Bytes is { Value: var declaredBytes } ? declaredBytes : transport.Bytes;
        var burst = settings.Rate is { Value: var rate } ? RateModule.burst(rate) : int.MaxValue;
        return new BatchLimits(Math.Min(records, burst), bytes);
    }
}
