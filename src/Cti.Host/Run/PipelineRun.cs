// One run of one pipeline, from its first byte to its last acknowledgement: the graph is built, materialised, and its books are closed.

using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Cti.Core;
using Cti.Host.Delivery;
using Cti.Host.Enrich;
using Cti.Host.Graph;
using Cti.Host.Serve;
using Cti.Host.Sinks;
using Cti.Host.Store;

namespace Cti.Host.Run;

/// <summary>Everything a run needs from outside.</summary>
/// <param name="Clock">For recording times and, without `--now`, for the run's `now`.</param>
/// <param name="NewId">Makes run and plan ids.</param>
/// <param name="Error">Progress and warnings.</param>
/// <param name="IsTerminal">Whether <paramref name="Error"/> is a terminal.</param>
public sealed record RunEnvironment(TimeProvider Clock, Func<Guid> NewId, TextWriter Error, bool IsTerminal)
{
    /// <summary>The machine's own.</summary>
    public static RunEnvironment System { get; } =
        new(TimeProvider.System, Guid.NewGuid, Console.Error, !Console.IsErrorRedirected);

    /// <summary>0 to 1, for the jitter of retries.</summary>
    public Func<double> Random { get; init; } = global::System.Random.Shared.NextDouble;

    /// <summary>Who runs it, for approvals.</summary>
    public string User { get; init; } = Environment.UserName;

    /// <summary>Makes what carries a stream sink's records.</summary>
    internal Func<SinkPlan, IDeliveryTransport> Transports { get; init; } =
        sink => Delivery.Transports.Create(sink, Clock);
}

/// <summary>Runs pipelines.</summary>
public sealed class PipelineRun
{
    private readonly PipelinePlan _plan;
    private readonly RunOptions _options;
    private readonly RunEnvironment _environment;
    private readonly RunScope _scope;
    private readonly StoreFile _store;
    private readonly Dictionaries _dictionaries;
    private readonly RunLog _log;
    private readonly long _now;
    private readonly RunProgress _progress;
    private readonly RunOutcome _outcome = new();

    private PipelineRun(
        PipelinePlan plan,
        RunOptions options,
        RunEnvironment environment,
        RunScope scope,
        StoreFile store,
        RunProgress progress
    )
    {
        _plan = plan;
        _scope = scope;
        _options = options;
        _environment = environment;
        _store = store;
        _progress = progress;
        var started = environment.Clock.GetUtcNow();
        _now = TimestampModule.ofDateTimeOffset(options.Now ?? started);
        _log = RunLog.Begin(
            store.Connection,
            environment.NewId(),
            plan.Name,
            plan.Text,
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(plan.Text))),
            ThisProgram.Version,
            TimestampModule.toDateTime(_now),
            started.UtcDateTime
        );
        try
        {
            _dictionaries = Registration.Apply(store.Connection, plan, _now);
        }
        catch (StoreException error)
        {
            // Told by the caller; the diary must not say that it still runs.
            _log.End(store.Connection, RunStatus.Failed, error.Message, started.UtcDateTime);
            throw;
        }
    }

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
        var run = new PipelineRun(plan, options, environment, scope, store, progress);
        lists.LoadAnswers(store.Connection, plan, run._now);
        StoredLists.Save(
            store.Connection,
            run._log.RunId,
            lists.Fingerprint,
            content.Take(),
            TimestampModule.toDateTime(run._now)
        );
        var status = await run.GuardAsync(() => run.RunStagesAsync(lists, killSwitch), killSwitch);
        progress.Phase("checkpoint");
        return run._outcome.Close(status, plan, store, run._log, environment.Clock, clock.Elapsed.TotalSeconds);
    }

    private async Task<RunStatus> RunStagesAsync(LoadedLists lists, KillSwitch killSwitch)
    {
        var letters = new DeadLetters(
            _store.Connection,
            _plan.Name,
            _plan.File,
            _plan.Declared.DeadLetters,
            _log.RunId
        );
        var writer = new EpochWriter(
            _store.Connection,
            _dictionaries,
            _log,
            letters,
            _plan.Score,
            _now,
            _environment.Clock
        );
        var screen = KeepScreen(writer, lists.Screen);
        var numbers = new AcknowledgementNumbers(_store.Connection);
        var context = new DeliveryContext(
            _plan,
            _store,
            _dictionaries,
            lists.Tables?.Enricher,
            screen,
            _now,
            _log.RunId,
            _environment,
            numbers
        )
        {
            Replay = _options.Replay,
        };
        var failed = false;
        if (_scope.Backfill is not null)
        {
            // Stream sinks hear at the end how things stand, not how they came to be (docs/decisions/0017).
            await using var nobody = new Deliveries(
                context with
                {
                    Plan = _plan with { Sinks = [] },
                },
                writer.LastSequence,
                killSwitch
            );
            failed = await IngestAsync(writer, lists, screen, nobody, killSwitch);
            if (killSwitch.IsDraining)
            {
                return RunStatus.Drained;
            }
        }

        await using var deliveries = new Deliveries(context, writer.LastSequence, killSwitch);
        var begun = _environment.Clock.GetUtcNow().UtcDateTime;
        _scope.Gauges?.Follow(deliveries.Health);
        failed |= _scope.Backfill is null && await IngestAsync(writer, lists, screen, deliveries, killSwitch);
        deliveries.Complete();
        if (killSwitch.IsDraining)
        {
            await FinishAsync(deliveries, killSwitch, begun);
            return RunStatus.Drained;
        }

        // The epoch's buffers are of no use from here on; handed back, planning stays below what reading took (docs/performance.md).
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        _progress.Phase("enriching");
        var tables = lists.Tables is { HasTables: true } known ? known : null;
        if (FactsPass.Run(_store.Connection, _plan.Name, tables, _now) is { } looked)
        {
            _outcome.Books.Add(FactsPass.Stage, looked);
        }

        // Beside the stream sinks' last changes: a slow one keeps no block list waiting.
        _progress.Phase("planning and applying");
        TellStateSinks(gauge => gauge.Begin("planning and applying"));
        var outcome = new StateSinks(
            _store,
            _dictionaries,
            lists.Tables?.Enricher,
            screen,
            _log,
            numbers,
            _environment
        ).Run(_plan, _now, StateSinksMode.Run, killSwitch.Abort);
        TellStateSinks(gauge => gauge.End());
        _progress.Phase("delivering");
        failed |= await FinishAsync(deliveries, killSwitch, begun);
        foreach (var sink in outcome.Sinks)
        {
            _outcome.Books.Add("sink:" + sink.Name, sink.Counts);
            TellSink(sink.Name, sink.Counts, begun);
            var lost =
                sink.Losses.Total == 0
                    ? ""
                    : string.Create(
                        CultureInfo.InvariantCulture,
                        $"; {sink.Losses.Total:N0} loss{(sink.Losses.Total == 1 ? "" : "es")}"
                    );
            _outcome.Sinks.Add(new SinkReport(sink.Name, sink.Summary + lost, sink.Written ? sink.Path : null));
            writer.Losses.Add("sink:" + sink.Name, null, sink.Losses);
        }

        writer.SaveLosses();

        _outcome.Messages.AddRange(outcome.Messages);
        _outcome.Alarms.AddRange(outcome.Alarms);
        failed |= outcome.Failed;
        return deliveries.Sinks.Any(sink => sink is { Fault: null, Counts.InFlight: > 0 }) ? RunStatus.Drained
            : failed ? RunStatus.Failed
            : outcome.Waiting ? RunStatus.Waiting
            : RunStatus.Done;
    }

    // Waits for the stream sinks and tells what became of them; whether one failed.
    private async Task<bool> FinishAsync(Deliveries deliveries, KillSwitch killSwitch, DateTime begun)
    {
        await deliveries.FinishAsync(killSwitch, _options.DrainTimeout);
        foreach (var sink in deliveries.Sinks)
        {
            var counts = sink.Counts;
            _outcome.Books.Add("sink:" + sink.Name, counts);
            TellSink(sink.Name, counts, begun);
            var flight = counts.InFlight > 0 ? $", {counts.InFlight:N0} in flight: the next run goes on there" : "";
            _outcome.Sinks.Add(
                new SinkReport(
                    sink.Name,
                    string.Create(CultureInfo.InvariantCulture, $"{counts.Out:N0} changes delivered") + flight,
                    sink.Endpoint
                )
            );
            if (counts.InFlight > 0 && sink.Fault is null)
            {
                _outcome.Messages.Add(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"sink {sink.Name}: {counts.InFlight:N0} changes are committed and not delivered: the time to drain was over. The next run goes on there."
                    )
                );
            }
        }

        var faults = deliveries.Faults.ToList();
        _outcome.Messages.AddRange(faults);
        return faults.Count > 0;
    }

    private void TellSink(string sink, StageCounts counts, DateTime since)
    {
        if (_scope.Gauges is { } gauges)
        {
            gauges["sink:" + sink].Add(counts);
            if (gauges.Taps is not null)
            {
                StoreTap.Deliveries(gauges, _store.Connection, sink, since);
            }
        }
    }

    private void TellStateSinks(Action<StageGauge> tell)
    {
        if (_scope.Gauges is { } gauges)
        {
            foreach (var sink in _plan.Sinks.Where(sink => sink.HoldsState))
            {
                tell(gauges["sink:" + sink.Name]);
            }
        }
    }

    // What came in under other lists is held against these, before anything new comes in; stream sinks are told with the rest of the log.
    private ExitScreen KeepScreen(EpochWriter writer, LoadedScreen lists)
    {
        using var transaction = _store.Connection.BeginTransaction();
        var now = TimestampModule.toDateTime(_now);
        var screen = ExitScreen.Keep(_store.Connection, _plan, lists, now, out var changed);
        if (_plan.Sinks.Any(sink => !sink.HoldsState))
        {
            writer.TellOf(changed);
        }

        transaction.Commit();
        return screen;
    }

    // Returns whether something went wrong that left good data behind.
    private async Task<bool> IngestAsync(
        EpochWriter writer,
        LoadedLists lists,
        ExitScreen exit,
        Deliveries deliveries,
        KillSwitch killSwitch
    )
    {
        AnswersAsked? asked = null;
        var screen = lists.Screen.Set;
        var connection = _store.Connection;
        var ingest = new Ingest(writer, _outcome.Books, deliveries, _progress, _plan.Name, _scope.Gauges);
        var cursors = _plan.Sources.ToDictionary(
            source => source.Name,
            source => Cursors.LoadSource(connection, source.Name),
            StringComparer.Ordinal
        );
        using var spool = new Sources.Spool(_plan.StorePath);
        var services = new Sources.OriginServices(_plan.StorePath, spool, _environment.Clock)
        {
            Random = _environment.Random,
        };
        var readAt = _options.ReadAt is { } time ? TimestampModule.ofDateTimeOffset(time) : _now;
        var source = new SourceStream(
            _plan,
            _options,
            screen,
            readAt,
            cursors,
            ingest.Pool,
            _progress,
            services,
            _scope
        );
        var past = _scope.Backfill is null
            ? null
            : new PartitionStream(
                _plan,
                _scope.Backfill,
                _options,
                screen,
                cursors,
                Partitions.Load(connection, _plan.Name),
                _log,
                ingest.Pool,
                _progress,
                services
            );
        var letters = _options.Replay is { } chosen
            ? new Letters.LetterStream(_plan, _store, chosen, screen, readAt, ingest.Pool)
            : null;
        if (_plan.Sources.Any(_scope.Reads))
        {
            var input = letters?.ToSource() ?? past?.ToSource() ?? source.ToSource();
            var graph = input.Async(_options.Threads > 1 ? 4 : 0).To(ingest.ToSink());
            try
            {
                await graph.RunAsync(killSwitch);
            }
            finally
            {
                _outcome.Observations = ingest.Observations;
                _outcome.Indicators = writer.Indicators;
            }
        }

        if (!killSwitch.IsDraining)
        {
            await ingest.EndAsync(killSwitch.Abort);
            await ingest.ExpireAsync(killSwitch.Abort);
            asked = await AskAsync(lists, exit, ingest, spool, killSwitch);
        }

        if (past is not null && _scope.Backfill is not null)
        {
            _outcome.Proof = new BackfillProof(_scope.Backfill, Partitions.Load(connection, _plan.Name), past.Skipped);
            _outcome.Messages.AddRange(past.Notes);
        }

        var faults = past?.Faults ?? source.Faults;
        foreach (var failed in faults.Select(fault => fault.Source).Where(_outcome.FailedSources.Add))
        {
            writer.Note(failed, StoredReading.Failed);
        }

        _outcome.Alarms.AddRange(faults);
        _outcome.Alarms.AddRange(ingest.Alarms);
        _outcome.Alarms.AddRange(ingest.ObjectAlarms);
        _outcome.Losses = writer.Losses;
        _outcome.Messages.AddRange(_outcome.Alarms.Select(alarm => alarm.ToString()));
        _outcome.Messages.AddRange(source.Notes);
        _outcome.Messages.AddRange(letters?.Notes ?? []);
        var isIncomplete = _outcome.Alarms.Count > 0;
        // A service that does not answer is told, and costs facts only.
        _outcome.Alarms.AddRange(asked?.Alarms ?? []);
        _outcome.Messages.AddRange(asked?.Notes ?? []);
        return isIncomplete;
    }

    // Behind what came in, so that it is asked about at once; before stream sinks end, so that they hear of it.
    private async Task<AnswersAsked?> AskAsync(
        LoadedLists lists,
        ExitScreen screen,
        Ingest ingest,
        Sources.Spool spool,
        KillSwitch killSwitch
    )
    {
        if (lists.Tables is not { Answers: not null } tables)
        {
            return null;
        }

        _progress.Phase("asking services");
        var asked = await new AnswerPass(_store, _plan, _dictionaries, tables, screen, _now).RunAsync(
            spool,
            _environment.Clock,
            (save, changed) => ingest.AnsweredAsync(save, changed, killSwitch.Abort),
            killSwitch.Drain,
            killSwitch.Abort
        );
        _outcome.Books.Add(FactsPass.Stage, asked.Counts);
        return asked;
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
            _outcome.Messages.Add("aborted; what was committed before stands, the rest is read again by the next run");
            return RunStatus.Aborted;
        }
        catch (StageStoppedException stop)
        {
            _outcome.FailedSources.Add(stop.Alarm.Source);
            _outcome.Alarms.Add(stop.Alarm);
            _outcome.Messages.Add(stop.Alarm.ToString());
            return RunStatus.Failed;
        }
        catch (DuckDb.DuckDbException error)
        {
            _outcome.StoreFailed(_store, error);
            return RunStatus.Failed;
        }
        catch (Exception error) when (error is SinkException or StoreException or IOException)
        {
            _outcome.Messages.Add(error.Message);
            return RunStatus.Failed;
        }
    }
}
