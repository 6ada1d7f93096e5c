// One run of one pipeline, from its first byte to its last acknowledgement: its stages one after the other, and what became of them.

using System.Diagnostics;
using System.Globalization;
using Cti.Core;
using Cti.Host.Delivery;
using Cti.Host.Graph;
using Cti.Host.Serve;
using Cti.Host.Sinks;
using Cti.Host.Store;

namespace Cti.Host.Run;

/// <summary>Runs pipelines.</summary>
public sealed class PipelineRun
{
    private readonly RunContext _run;

    private PipelineRun(RunContext run) => _run = run;

    /// <summary>
    /// Runs a pipeline, or the part of it that <paramref name="scope"/> names, to its end, on the store of its plan.
    /// </summary>
    /// <exception cref="StoreException">The store cannot be opened or written.</exception>
    internal static Task<RunReport> RunAsync(
        PipelinePlan plan,
        RunOptions options,
        RunEnvironment environment,
        KillSwitch killSwitch,
        RunScope? scope = null
    ) =>
        RunAsync(
            plan,
            options,
            environment,
            scope ?? RunScope.Everything,
            () => Task.FromResult(StoreFile.Open(plan.StorePath, new StoreOptions())),
            killSwitch
        );

    /// <summary>Runs a pipeline, or a part of it, on a store that nobody else writes meanwhile.</summary>
    /// <exception cref="StoreException">The store cannot be opened or written.</exception>
    /// <exception cref="ListException">A list or table cannot be used; the store was not asked for.</exception>
    internal static async Task<RunReport> RunAsync(
        PipelinePlan plan,
        RunOptions options,
        RunEnvironment environment,
        RunScope scope,
        Func<Task<StoreFile>> open,
        KillSwitch killSwitch
    )
    {
        var clock = Stopwatch.StartNew();
        // Lists are read before the store is touched: a missing one changes nothing.
        var content = new DiskLists();
        var lists = LoadedLists.Load(plan, content);
        using var store = await open();
        using var progress = new RunProgress(plan.Name, environment.Error, environment.IsTerminal, options.Quiet);
        // By the machine's own clock: it is about memory, not about a time that is told.
        using var rest = new StoreRest(store.Connection, TimeProvider.System);
        var context = RunContext.Begin(plan, options, environment, scope, store, rest, progress);
        var run = new PipelineRun(context);
        lists.LoadAnswers(store.Connection, plan, context.Now);
        StoredLists.Save(
            store.Connection,
            context.Log.RunId,
            lists.Fingerprint,
            content.Take(),
            TimestampModule.toDateTime(context.Now)
        );
        var status = await run.GuardAsync(() => run.RunStagesAsync(lists, killSwitch), killSwitch);
        progress.Phase("checkpoint");
        return context.Outcome.Close(status, plan, store, context.Log, environment.Clock, clock.Elapsed.TotalSeconds);
    }

    private async Task<RunStatus> RunStagesAsync(LoadedLists lists, KillSwitch killSwitch)
    {
        var letters = new DeadLetters(
            _run.Store.Connection,
            _run.Plan.Name,
            _run.Plan.File,
            _run.Plan.Declared.DeadLetters,
            _run.Log.RunId
        );
        var writer = new EpochWriter(
            _run.Store.Connection,
            _run.Dictionaries,
            _run.Log,
            letters,
            _run.Plan.Score,
            _run.Now,
            _run.Environment.Clock
        );
        var screen = KeepScreen(writer, lists.Screen);
        var numbers = new AcknowledgementNumbers(_run.Store.Connection);
        var context = new DeliveryContext(
            _run.Plan,
            _run.Store,
            _run.Dictionaries,
            lists.Tables?.Enricher,
            screen,
            _run.Now,
            _run.Log.RunId,
            _run.Environment,
            numbers
        )
        {
            Replay = _run.Options.Replay,
        };
        var ingest = new IngestPass(_run);
        var failed = false;
        if (_run.Scope.Backfill is not null)
        {
            // Stream sinks hear at the end how things stand, not how they came to be (docs/decisions/0017).
            await using var nobody = new Deliveries(
                context with
                {
                    Plan = _run.Plan with { Sinks = [] },
                },
                writer.LastSequence,
                killSwitch
            );
            failed = await ingest.RunAsync(writer, lists, screen, nobody, killSwitch);
            if (killSwitch.IsDraining)
            {
                return RunStatus.Drained;
            }
        }

        await using var deliveries = new Deliveries(context, writer.LastSequence, killSwitch);
        var begun = _run.Environment.Clock.GetUtcNow().UtcDateTime;
        _run.Scope.Gauges?.Follow(deliveries.Health);
        failed |= _run.Scope.Backfill is null && await ingest.RunAsync(writer, lists, screen, deliveries, killSwitch);
        deliveries.Complete();
        if (killSwitch.IsDraining)
        {
            await FinishAsync(deliveries, killSwitch, begun);
            return RunStatus.Drained;
        }

        // The epoch's buffers are of no use from here on; handed back, planning stays below what reading took (docs/performance.md).
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        _run.Progress.Phase("enriching");
        var tables = lists.Tables is { HasTables: true } known ? known : null;
        if (FactsPass.Run(_run.Store.Connection, _run.Plan.Name, tables, _run.Now) is { } looked)
        {
            _run.Outcome.Books.Add(FactsPass.Stage, looked);
        }

        // Beside the stream sinks' last changes: a slow one keeps no block list waiting.
        _run.Progress.Phase("planning and applying");
        TellStateSinks(gauge => gauge.Begin("planning and applying"));
        var outcome = new StateSinks(
            _run.Store,
            _run.Dictionaries,
            lists.Tables?.Enricher,
            screen,
            _run.Log,
            numbers,
            _run.Environment
        ).Run(_run.Plan, _run.Now, StateSinksMode.Run, killSwitch.Abort);
        TellStateSinks(gauge => gauge.End());
        _run.Progress.Phase("delivering");
        failed |= await FinishAsync(deliveries, killSwitch, begun);
        foreach (var sink in outcome.Sinks)
        {
            _run.Outcome.Books.Add("sink:" + sink.Name, sink.Counts);
            TellSink(sink.Name, sink.Counts, begun);
            var lost =
                sink.Losses.Total == 0
                    ? ""
                    : string.Create(
                        CultureInfo.InvariantCulture,
                        $"; {sink.Losses.Total:N0} loss{(sink.Losses.Total == 1 ? "" : "es")}"
                    );
            _run.Outcome.Sinks.Add(new SinkReport(sink.Name, sink.Summary + lost, sink.Written ? sink.Path : null));
            writer.Losses.Add("sink:" + sink.Name, null, sink.Losses);
        }

        writer.SaveLosses();

        _run.Outcome.Messages.AddRange(outcome.Messages);
        _run.Outcome.Alarms.AddRange(outcome.Alarms);
        failed |= outcome.Failed;
        return deliveries.Sinks.Any(sink => sink is { Fault: null, Counts.InFlight: > 0 }) ? RunStatus.Drained
            : failed ? RunStatus.Failed
            : outcome.Waiting ? RunStatus.Waiting
            : RunStatus.Done;
    }

    // Waits for the stream sinks and tells what became of them; whether one failed.
    private async Task<bool> FinishAsync(Deliveries deliveries, KillSwitch killSwitch, DateTime begun)
    {
        await deliveries.FinishAsync(killSwitch, _run.Options.DrainTimeout);
        foreach (var sink in deliveries.Sinks)
        {
            var counts = sink.Counts;
            _run.Outcome.Books.Add("sink:" + sink.Name, counts);
            TellSink(sink.Name, counts, begun);
            var flight = counts.InFlight > 0 ? $", {counts.InFlight:N0} in flight: the next run goes on there" : "";
            _run.Outcome.Sinks.Add(
                new SinkReport(
                    sink.Name,
                    string.Create(CultureInfo.InvariantCulture, $"{counts.Out:N0} changes delivered") + flight,
                    sink.Endpoint
                )
            );
            if (counts.InFlight > 0 && sink.Fault is null)
            {
                _run.Outcome.Messages.Add(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"sink {sink.Name}: {counts.InFlight:N0} changes are committed and not delivered: the time to drain was over. The next run goes on there."
                    )
                );
            }
        }

        var faults = deliveries.Faults.ToList();
        _run.Outcome.Messages.AddRange(faults);
        return faults.Count > 0;
    }

    private void TellSink(string sink, StageCounts counts, DateTime since)
    {
        if (_run.Scope.Gauges is { } gauges)
        {
            gauges["sink:" + sink].Add(counts);
            if (gauges.Taps is not null)
            {
                StoreTap.Deliveries(gauges, _run.Store.Connection, sink, since);
            }
        }
    }

    private void TellStateSinks(Action<StageGauge> tell)
    {
        if (_run.Scope.Gauges is { } gauges)
        {
            foreach (var sink in _run.Plan.Sinks.Where(sink => sink.HoldsState))
            {
                tell(gauges["sink:" + sink.Name]);
            }
        }
    }

    // What came in under other lists is held against these, before anything new comes in; stream sinks are told with the rest of the log.
    private ExitScreen KeepScreen(EpochWriter writer, LoadedScreen lists)
    {
        using var transaction = _run.Store.Connection.BeginTransaction();
        var now = TimestampModule.toDateTime(_run.Now);
        var screen = ExitScreen.Keep(_run.Store.Connection, _run.Plan, lists, now, out var changed);
        if (_run.Plan.Sinks.Any(sink => !sink.HoldsState))
        {
            writer.TellOf(changed);
        }

        transaction.Commit();
        return screen;
    }

    // The first fault is the outcome; what was committed before it stands.
    private async Task<RunStatus> GuardAsync(Func<Task<RunStatus>> body, KillSwitch killSwitch)
    {
        try
        {
            return await body();
        }
        catch (OperationCanceledException) when (killSwitch.IsAborted)
        {
            _run.Outcome.Messages.Add(
                "aborted; what was committed before stands, the rest is read again by the next run"
            );
            return RunStatus.Aborted;
        }
        catch (StageStoppedException stop)
        {
            _run.Outcome.FailedSources.Add(stop.Alarm.Source);
            _run.Outcome.Alarms.Add(stop.Alarm);
            _run.Outcome.Messages.Add(stop.Alarm.ToString());
            return RunStatus.Failed;
        }
        catch (DuckDb.DuckDbException error)
        {
            _run.Outcome.StoreFailed(_run.Store, error);
            return RunStatus.Failed;
        }
        catch (Exception error) when (error is SinkException or StoreException or IOException)
        {
            _run.Outcome.Messages.Add(error.Message);
            return RunStatus.Failed;
        }
    }
}
