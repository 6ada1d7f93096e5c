// What a run has come to so far, and how it is closed: its books are checked and stored, its diary ends, its report is made.

using Cti.Core;
using Cti.Host.Store;

namespace Cti.Host.Run;

/// <summary>One per run; used by the run's own task.</summary>
internal sealed class RunOutcome
{
    private bool _storeFailed;

    public Books Books { get; } = new();

    /// <summary>What went wrong, waits, or was decided, one sentence each.</summary>
    public List<string> Messages { get; } = [];

    /// <summary>Sources that failed or are not believed.</summary>
    public List<Alarm> Alarms { get; } = [];

    public List<SinkReport> Sinks { get; } = [];

    /// <summary>Sources that could not be read to their end.</summary>
    public HashSet<string> FailedSources { get; } = new(StringComparer.Ordinal);

    /// <summary>Of a backfill.</summary>
    public BackfillProof? Proof { get; set; }

    /// <summary>What of the sources was not carried over; null where nothing was read.</summary>
    public LossTable? Losses { get; set; }

    /// <summary>New ones in the store.</summary>
    public long Observations { get; set; }

    /// <summary>In the store.</summary>
    public long Indicators { get; set; }

    /// <summary>Tells once that the store cannot be used: after a failed commit DuckDB refuses everything, closing the books too.</summary>
    public void StoreFailed(StoreFile store, DuckDb.DuckDbException error)
    {
        if (!_storeFailed)
        {
            _storeFailed = true;
            Messages.Add(
                $"the store {store.Path} cannot be used: {error.Message.ReplaceLineEndings(" ").TrimEnd('.')}. What was committed before stands. Check the free space, then run again."
            );
        }
    }

    /// <summary>Closes the books and the diary. Books that do not balance make a run that went well a failed one.</summary>
    public RunReport Close(
        RunStatus status,
        PipelinePlan plan,
        StoreFile store,
        RunLog log,
        TimeProvider clock,
        double seconds
    )
    {
        status = Check(status);
        var connection = store.Connection;
        try
        {
            log.SaveBooks(connection, Books);
            log.SaveAlarms(connection, Alarms, clock.GetUtcNow().UtcDateTime);
            log.End(
                connection,
                status,
                Messages.Count == 0 ? null : string.Join("; ", Messages),
                clock.GetUtcNow().UtcDateTime
            );
            store.Checkpoint();
        }
        catch (DuckDb.DuckDbException error)
        {
            StoreFailed(store, error);
            status = RunStatus.Failed;
        }

        return new RunReport
        {
            Pipeline = plan.Name,
            Status = status,
            RunId = log.RunId,
            Records = Books[StageModule.name(Stage.Read)].In,
            Observations = Observations,
            Indicators = Indicators,
            Screened = Books
                .Stages.Where(stage => !stage.Key.StartsWith("sink:", StringComparison.Ordinal))
                .Sum(stage => stage.Value.Screened),
            Rejected = Books.Stages.Sum(stage => stage.Value.Rejected),
            Merged = Books[StageModule.name(Stage.Store)].Merged,
            ElapsedSeconds = seconds,
            Books = Books,
            Outputs = [store.Path, .. Sinks.Where(sink => sink.Path is not null).Select(sink => sink.Path!)],
            Sinks = Sinks,
            Alarms = Alarms,
            Proof = Proof,
            Losses = LossCount.Of(reason => Losses?[reason] ?? 0),
            FailedSources = FailedSources,
            Messages = Messages,
            OpenDeadLetters = _storeFailed ? 0 : DeadLetters.CountOpen(connection, plan.Name),
            File = plan.File,
        };
    }

    private RunStatus Check(RunStatus status)
    {
        var unproven = Proof?.Unbalanced ?? [];
        var unbalanced = Books.Unbalanced();
        foreach (var (stage, missing) in unbalanced)
        {
            Messages.Add(
                $"the books of stage {stage} do not balance: {missing} records are not accounted for; this is a defect, please report it"
            );
        }

        Messages.AddRange(unproven);
        return unbalanced.Count + unproven.Count > 0 && status is (RunStatus.Done or RunStatus.Waiting)
            ? RunStatus.Failed
            : status;
    }
}
