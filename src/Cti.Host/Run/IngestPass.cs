// Everything that comes in: the graph from sources to the store is built and run, services are asked, and what went wrong is told.

using Cti.Core;
using Cti.Host.Delivery;
using Cti.Host.Enrich;
using Cti.Host.Graph;
using Cti.Host.Letters;
using Cti.Host.Sinks;
using Cti.Host.Sources;
using Cti.Host.Store;

namespace Cti.Host.Run;

/// <summary>The half of a run that fills the store.</summary>
internal sealed class IngestPass(RunContext run)
{
    /// <summary>Reads what the run shall read; whether something went wrong that left good data behind.</summary>
    public async Task<bool> RunAsync(
        EpochWriter writer,
        LoadedLists lists,
        ExitScreen exit,
        Deliveries deliveries,
        KillSwitch killSwitch
    )
    {
        AnswersAsked? asked = null;
        var screen = lists.Screen.Set;
        var connection = run.Store.Connection;
        var ingest = new Ingest(
            writer,
            run.Outcome.Books,
            deliveries,
            run.Progress,
            run.Plan.Name,
            run.Scope.Gauges,
            run.Rest
        );
        var cursors = run.Plan.Sources.ToDictionary(
            source => source.Name,
            source => Cursors.LoadSource(connection, source.Name),
            StringComparer.Ordinal
        );
        using var spool = new Spool(run.Plan.StorePath);
        var services = new OriginServices(run.Plan.StorePath, spool, run.Environment.Clock)
        {
            Random = run.Environment.Random,
        };
        var readAt = run.Options.ReadAt is { } time ? TimestampModule.ofDateTimeOffset(time) : run.Now;
        var source = new SourceStream(
            run.Plan,
            run.Options,
            screen,
            readAt,
            cursors,
            ingest.Pool,
            run.Progress,
            services,
            run.Scope
        );
        var past = run.Scope.Backfill is null
            ? null
            : new PartitionStream(
                run.Plan,
                run.Scope.Backfill,
                run.Options,
                screen,
                cursors,
                Partitions.Load(connection, run.Plan.Name),
                run.Log,
                ingest.Pool,
                run.Progress,
                services
            );
        var letters = run.Options.Replay is { } chosen
            ? new LetterStream(run.Plan, run.Store, chosen, screen, readAt, ingest.Pool)
            : null;
        if (run.Plan.Sources.Any(run.Scope.Reads))
        {
            var input = letters?.ToSource() ?? past?.ToSource() ?? source.ToSource();
            var graph = input.Async(run.Options.Threads > 1 ? 4 : 0).To(ingest.ToSink());
            try
            {
                await graph.RunAsync(killSwitch);
            }
            finally
            {
                run.Outcome.Observations = ingest.Observations;
                run.Outcome.Indicators = writer.Indicators;
            }
        }

        if (!killSwitch.IsDraining)
        {
            await ingest.EndAsync(killSwitch.Abort);
            await ingest.ExpireAsync(killSwitch.Abort);
            asked = await AskAsync(lists, exit, ingest, spool, killSwitch);
        }

        if (past is not null && run.Scope.Backfill is not null)
        {
            run.Outcome.Proof = new BackfillProof(
                run.Scope.Backfill,
                Partitions.Load(connection, run.Plan.Name),
                past.Skipped
            );
            run.Outcome.Messages.AddRange(past.Notes);
        }

        var faults = past?.Faults ?? source.Faults;
        foreach (var failed in faults.Select(fault => fault.Source).Where(run.Outcome.FailedSources.Add))
        {
            writer.Note(failed, StoredReading.Failed);
        }

        run.Outcome.Alarms.AddRange(faults);
        run.Outcome.Alarms.AddRange(ingest.Alarms);
        run.Outcome.Alarms.AddRange(ingest.ObjectAlarms);
        run.Outcome.Losses = writer.Losses;
        run.Outcome.Messages.AddRange(run.Outcome.Alarms.Select(alarm => alarm.ToString()));
        run.Outcome.Messages.AddRange(source.Notes);
        run.Outcome.Messages.AddRange(letters?.Notes ?? []);
        var isIncomplete = run.Outcome.Alarms.Count > 0;
        // A service that does not answer is told, and costs facts only.
        run.Outcome.Alarms.AddRange(asked?.Alarms ?? []);
        run.Outcome.Messages.AddRange(asked?.Notes ?? []);
        return isIncomplete;
    }

    // Behind what came in, so that it is asked about at once; before stream sinks end, so that they hear of it.
    private async Task<AnswersAsked?> AskAsync(
        LoadedLists lists,
        ExitScreen screen,
        Ingest ingest,
        Spool spool,
        KillSwitch killSwitch
    )
    {
        if (lists.Tables is not { Answers: not null } tables)
        {
            return null;
        }

        run.Progress.Phase("asking services");
        var asked = await new AnswerPass(run.Store, run.Plan, run.Dictionaries, tables, screen, run.Now).RunAsync(
            spool,
            run.Environment.Clock,
            (save, changed) => ingest.AnsweredAsync(save, changed, killSwitch.Abort),
            killSwitch.Drain,
            killSwitch.Abort
        );
        run.Outcome.Books.Add(FactsPass.Stage, asked.Counts);
        return asked;
    }
}
