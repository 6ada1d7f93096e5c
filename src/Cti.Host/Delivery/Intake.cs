// What stands between ingestion and one sink's task: the bounded queue of fresh pages. F# Handover decides; this holds the pages and lets both sides
// wait.

using Cti.Core;
using Cti.Host.Store;

namespace Cti.Host.Delivery;

/// <summary>One per sink. Ingestion's members are called by one thread, the sink's by another.</summary>
internal sealed class Intake(HandoverSettings settings, SinkCursor cursor, long logEnd)
{
    private readonly Lock _gate = new();
    private readonly Queue<ChangePage> _pages = new();
    private readonly Signal _forSink = new();
    private readonly Signal _forIngest = new();
    private Handover _state = HandoverModule.start(settings, cursor.Sequence, logEnd);
    private bool _offering;
    private bool _isAwaited;

    /// <summary>A copy of the state; safe from any thread.</summary>
    public Handover State
    {
        get
        {
            lock (_gate)
            {
                return _state;
            }
        }
    }

    // Ingestion ------------------------------------------------------------------------------------------------------------------------------

    /// <summary>An epoch is committed; its pages follow.</summary>
    public void Committed(long last) => Change(state => HandoverModule.committed(last, state), offering: true);

    /// <summary>Entries are committed that are only in the log.</summary>
    public void Logged(long last) => Change(state => HandoverModule.logged(last, state), offering: false);

    /// <summary>All pages of the epoch were offered.</summary>
    public void Offered() => Change(state => state, offering: false);

    /// <summary>Offers a page; waits where the sink's queue is full and it may not fall behind.</summary>
    public async Task OfferAsync(ChangePage page, CancellationToken stop)
    {
        while (!TryOffer(page))
        {
            await _forIngest.WaitAsync(stop);
        }
    }

    /// <summary>Waits until more may be committed.</summary>
    public async Task WaitForLagAsync(CancellationToken stop)
    {
        while (HoldsIngestion())
        {
            await _forIngest.WaitAsync(stop);
        }
    }

    /// <summary>The run is to end: nobody waits for the sink any more.</summary>
    public void Drain()
    {
        lock (_gate)
        {
            _state = HandoverModule.drain(_state);
        }

        _forIngest.Set();
        _forSink.Set();
    }

    /// <summary>The log will not grow any more.</summary>
    public void Complete() => Change(HandoverModule.complete, offering: false);

    // The sink -------------------------------------------------------------------------------------------------------------------------------

    /// <summary>What to do next; a page, where it is one to take.</summary>
    public HandoverStep Next(out ChangePage? page)
    {
        HandoverStep step;
        lock (_gate)
        {
            (step, _state) = HandoverModule.next(_state);
            page = step.IsTakePage ? _pages.Dequeue() : null;
            if (page is not null)
            {
                _state = HandoverModule.took(page.Last, _state);
            }
        }

        _forIngest.Set();
        return step;
    }

    /// <summary>What <see cref="Next"/> said to read is read.</summary>
    public void HasRead(long last)
    {
        lock (_gate)
        {
            _state = HandoverModule.read(last, _state);
        }
    }

    public void Acknowledged(long sequence)
    {
        lock (_gate)
        {
            _state = HandoverModule.acknowledged(sequence, _state);
        }

        _forIngest.Set();
    }

    /// <summary>Whether somebody waits for what is in hand: then a batch that is not full goes out at once.</summary>
    public bool IsAwaited
    {
        get
        {
            lock (_gate)
            {
                return _isAwaited
                    || _state.Phase.IsDraining
                    || _state.Phase.IsCompleted
                    || (!_offering && settings.OnFull.IsWait && settings.MaxLag == 0);
            }
        }
    }

    /// <summary>Waits for more, or for somebody to wait.</summary>
    public Task WaitAsync(CancellationToken stop) => _forSink.WaitAsync(stop);

    /// <inheritdoc cref="WaitAsync(CancellationToken)"/>
    public Task WaitAsync(TimeSpan most, TimeProvider clock, CancellationToken stop) =>
        _forSink.WaitAsync(most, clock, stop);

    /// <summary>The sink takes nothing more.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _state = HandoverModule.stop(_state);
            while (_pages.TryDequeue(out var page))
            {
                page.Release();
            }
        }

        _forIngest.Set();
        _forSink.Set();
    }

    private void Change(Func<Handover, Handover> change, bool offering)
    {
        lock (_gate)
        {
            _state = change(_state);
            _offering = offering;
        }

        _forSink.Set();
    }

    private bool TryOffer(ChangePage page)
    {
        OfferStep step;
        lock (_gate)
        {
            (step, _state) = HandoverModule.offer(page.Last, _state);
            if (step.IsEnqueue)
            {
                page.Retain();
                _pages.Enqueue(page);
            }
        }

        _forSink.Set();
        return !step.IsWait;
    }

    private bool HoldsIngestion()
    {
        bool holds;
        lock (_gate)
        {
            holds = _isAwaited = HandoverModule.holdsIngestion(_state);
        }

        _forSink.Set();
        return holds;
    }
}
