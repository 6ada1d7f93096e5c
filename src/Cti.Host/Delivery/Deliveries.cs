// All stream sinks of a run: opened together, told of every commit, finished together. One that fails leaves the others alone, unless it is required.

using Cti.Core;
using Cti.Host.Graph;
using Cti.Host.Run;
using Cti.Host.Sinks;
using Cti.Host.Store;

namespace Cti.Host.Delivery;

/// <summary>What stream sinks share.</summary>
internal sealed record DeliveryContext(
    PipelinePlan Plan,
    StoreFile Store,
    Dictionaries Dictionaries,
    Enricher? Enricher,
    ExitScreen Screen,
    long Now,
    Guid RunId,
    RunEnvironment Environment,
    AcknowledgementNumbers Acknowledgements
)
{
    /// <summary>Dead letters of sinks that are tried again before anything else; null for none.</summary>
    public Letters.LetterFilter? Replay { get; init; }
}

/// <summary>One per run. All but <see cref="Health"/> belongs to the run's own tasks.</summary>
internal sealed class Deliveries : IAsyncDisposable
{
    // Pages: a few, so that judging and rendering overlap with folding; each has some hundred kilobytes.
    private const int QueuedPages = 8;

    // Entries read from the log at once: every read costs a look at all claims.
    private const long LogPage = 32_768;

    private readonly DeliveryContext _context;
    private readonly CancellationTokenSource _stop;
    private readonly CancellationTokenRegistration _drain;
    private readonly List<(Tlp MaxTlp, Fold Fold, List<StreamDelivery> Sinks)> _viewers = [];
    private readonly List<StreamDelivery> _sinks = [];
    private readonly FreshPages _fresh;

    /// <summary>Opens the stream sinks of a pipeline and starts them; nothing is told yet but what the log holds up to <paramref name="logEnd"/>.</summary>
    public Deliveries(DeliveryContext context, long logEnd, KillSwitch killSwitch)
    {
        _context = context;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(killSwitch.Abort);
        var pool = new PagePool(context.Enricher is not null);
        _fresh = new FreshPages(context.Enricher, pool);
        var endpoints = new Endpoints(context.Environment.Clock);
        foreach (var sink in context.Plan.Sinks.Where(sink => !sink.HoldsState))
        {
            var delivery = Open(sink, endpoints, pool, logEnd);
            _sinks.Add(delivery);
            Viewer(sink.MaxTlp).Add(delivery);
        }

        _drain = killSwitch.Drain.Register(() => _sinks.ForEach(sink => sink.Intake.Drain()));
        _sinks.ForEach(sink => sink.Start(_stop.Token));
    }

    /// <summary>Whether anybody follows the log.</summary>
    public bool IsEmpty => _sinks.Count == 0;

    public IReadOnlyList<StreamDelivery> Sinks => _sinks;

    /// <summary>How the sinks are doing; safe from any thread.</summary>
    public IReadOnlyList<DeliveryHealth> Health() => [.. _sinks.Select(sink => sink.Health())];

    /// <summary>Sinks that stopped, one sentence each.</summary>
    public IEnumerable<string> Faults =>
        _sinks
            .Where(sink => sink.Fault is not null)
            .Select(sink => $"sink {sink.Name}: {sink.Fault!.Message} ({sink.Fault.Code})");

    /// <summary>Waits until every sink that may hold ingestion lets it go on.</summary>
    /// <exception cref="SinkException">A required sink has failed.</exception>
    public async Task BeforeCommitAsync(CancellationToken abort)
    {
        foreach (var sink in _sinks)
        {
            await sink.Intake.WaitForLagAsync(abort);
        }

        Demand();
    }

    /// <summary>Hands the changes of an epoch that has just been committed to the sinks.</summary>
    public async Task PublishAsync(CommittedEpoch epoch, CancellationToken abort)
    {
        if (IsEmpty || epoch.Changes == 0)
        {
            return;
        }

        _sinks.ForEach(sink => sink.Intake.Committed(epoch.FirstSequence + epoch.Changes - 1));
        _fresh.Begin(epoch);
        for (var first = 0; first < epoch.Changes; first += ChangePage.MostRows)
        {
            var count = Math.Min(ChangePage.MostRows, epoch.Changes - first);
            foreach (var (_, fold, sinks) in _viewers)
            {
                await OfferAsync(fold, sinks, first, count, abort);
            }
        }

        _sinks.ForEach(sink => sink.Intake.Offered());
    }

    /// <summary>Tells the sinks of entries that are only in the log.</summary>
    public void Logged(long last) => _sinks.ForEach(sink => sink.Intake.Logged(last));

    /// <summary>The log will not grow any more; the sinks go on until they have all of it.</summary>
    public void Complete() => _sinks.ForEach(sink => sink.Intake.Complete());

    /// <summary>A required sink that failed fails the run.</summary>
    /// <exception cref="SinkException">So it is.</exception>
    public void Demand()
    {
        foreach (var sink in _sinks)
        {
            if (sink is { IsRequired: true, Fault: { } fault })
            {
                throw new SinkException($"sink {sink.Name} is required and failed: {fault.Message} ({fault.Code})");
            }
        }
    }

    /// <summary>
    /// Waits until every sink has the whole log, failed, or is out of time: asked to drain, they have <paramref name="drainTimeout"/> from then.
    /// </summary>
    public async Task FinishAsync(KillSwitch killSwitch, TimeSpan drainTimeout)
    {
        var all = Task.WhenAll(_sinks.Select(sink => sink.Completion));
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (killSwitch.Drain.Register(() => asked.TrySetResult()))
        {
            if (await Task.WhenAny(all, asked.Task) != all)
            {
                using var done = new CancellationTokenSource();
                await Task.WhenAny(all, Task.Delay(drainTimeout, _context.Environment.Clock, done.Token));
                await done.CancelAsync();
                await _stop.CancelAsync();
            }
        }

        await all;
        killSwitch.Abort.ThrowIfCancellationRequested();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var sink in _sinks)
        {
            await sink.DisposeAsync();
        }

        await _drain.DisposeAsync();
        _stop.Dispose();
    }

    private async Task OfferAsync(Fold fold, List<StreamDelivery> sinks, int first, int count, CancellationToken abort)
    {
        if (!sinks.Exists(sink => sink.Intake.State.Lane.IsQueue))
        {
            return;
        }

        var page = _fresh.Make(fold, _context.Now, first, count);
        if (SharedFormat(sinks) is { } format)
        {
            page.ShareLines(format);
        }

        try
        {
            foreach (var sink in sinks)
            {
                await sink.Intake.OfferAsync(page, abort);
            }
        }
        finally
        {
            page.Release();
        }
    }

    // The format in which several sinks want every row; null where none does.
    private static ChangeFormat? SharedFormat(List<StreamDelivery> sinks)
    {
        for (var first = 0; first < sinks.Count; first++)
        {
            for (var other = first + 1; other < sinks.Count; other++)
            {
                if (
                    sinks[first].WantsAll
                    && sinks[other].WantsAll
                    && sinks[first].Format.Tag == sinks[other].Format.Tag
                )
                {
                    return sinks[first].Format;
                }
            }
        }

        return null;
    }

    private List<StreamDelivery> Viewer(Tlp maxTlp)
    {
        var known = _viewers.FindIndex(viewer => viewer.MaxTlp.Equals(maxTlp));
        if (known < 0)
        {
            known = _viewers.Count;
            _viewers.Add((maxTlp, NewFold(maxTlp), []));
        }

        return _viewers[known].Sinks;
    }

    private Fold NewFold(Tlp maxTlp) =>
        _context.Dictionaries.Fold(
            new Viewer(maxTlp, _context.Now, _context.Plan.Score, _context.Plan.Sources.Count > 0)
        );

    private StreamDelivery Open(SinkPlan sink, Endpoints endpoints, PagePool pool, long logEnd)
    {
        var environment = _context.Environment;
        var number = Registration.SinkNumber(_context.Store.Connection, _context.Plan.Name, sink.Name);
        var transport = environment.Transports(sink);
        var ledger = new SinkLedger(
            _context,
            number,
            sink.Name,
            transport.Endpoint,
            environment.Clock,
            _context.Acknowledgements.Next
        );
        var cursor = ledger.Load();
        return new StreamDelivery(
            new StreamParts
            {
                Name = sink.Name,
                Transport = transport,
                Settings = sink.Delivery,
                Rule = new SinkRule(sink.Where, RenderSpecModule.create(sink.Render)),
                Format = ((RenderSpec.Lines)sink.Render).Item,
                Screen = _context.Screen,
                Ledger = ledger,
                Replay = _context.Replay,
                Revisions = new AcknowledgedRevisions(ledger.Connection, number),
                Log = new LogReader(ledger.Connection, NewFold(sink.MaxTlp), _context.Enricher, pool, _context.Now),
                Intake = new Intake(
                    new HandoverSettings(QueuedPages, LogPage, sink.Delivery.OnFull, sink.Delivery.MaxLag),
                    cursor,
                    logEnd
                ),
                Endpoints = endpoints,
                Cursor = cursor,
                Clock = environment.Clock,
                Random = environment.Random,
            }
        );
    }
}
