// The store's diary of runs: which began, with which configuration, how they ended, and the account of each stage.

using Cti.Core;
using Cti.DuckDb;

namespace Cti.Host.Store;

/// <summary>How a run ended. The names are stored.</summary>
public enum RunStatus
{
    Running,
    Done,

    /// <summary>Done, but a plan waits for approval.</summary>
    Waiting,

    /// <summary>A signal asked it to end; what was in flight arrived.</summary>
    Drained,

    /// <summary>Stopped at once by a second signal.</summary>
    Aborted,
    Failed,

    /// <summary>Killed; found and closed by a later run.</summary>
    Interrupted,
}

/// <summary>Rows of one run. Every write is part of the caller's transaction where one is open.</summary>
internal sealed class RunLog(Guid runId, string configHash)
{
    public Guid RunId { get; } = runId;

    /// <summary>SHA-256 of the pipeline's text.</summary>
    public string ConfigHash { get; } = configHash;

    /// <summary>Closes what a killed process left open, then opens this run.</summary>
    public static RunLog Begin(
        DuckDbConnection connection,
        Guid runId,
        string pipeline,
        string config,
        string configHash,
        string version,
        DateTime now,
        DateTime startedAt
    )
    {
        using var transaction = connection.BeginTransaction();
        connection.Run(
            "UPDATE runs SET status = 'interrupted', finished_at = $1, message = 'the process ended without closing its books' WHERE status = 'running'",
            startedAt
        );
        connection.Run(
            "INSERT INTO configs SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT 1 FROM configs WHERE hash = $1)",
            configHash,
            pipeline,
            config,
            startedAt
        );
        connection.Run(
            "INSERT INTO runs VALUES ($1, $2, $3, $4, $5, $6, NULL, 'running', NULL)",
            runId,
            pipeline,
            configHash,
            version,
            now,
            startedAt
        );
        transaction.Commit();
        return new RunLog(runId, configHash);
    }

    /// <summary>Replaces the stored account by the one given.</summary>
    public void SaveBooks(DuckDbConnection connection, Books books)
    {
        connection.Run("DELETE FROM stage_counts WHERE run_id = $1", RunId);
        foreach (var (stage, counts) in books.Stages)
        {
            connection.Run(
                "INSERT INTO stage_counts VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                RunId,
                stage,
                counts.In,
                counts.Expanded,
                counts.Out,
                counts.Screened,
                counts.Rejected,
                counts.Merged,
                counts.Dropped,
                counts.InFlight
            );
        }
    }

    /// <summary>Stores what was wrong with sources.</summary>
    public void SaveAlarms(DuckDbConnection connection, IEnumerable<Run.Alarm> alarms, DateTime recordedAt)
    {
        foreach (var alarm in alarms)
        {
            connection.Run(
                "INSERT INTO alarms VALUES ($1, $2, $3, $4, $5)",
                RunId,
                alarm.Source,
                alarm.Code,
                alarm.Message,
                recordedAt
            );
        }
    }

    public void End(DuckDbConnection connection, RunStatus status, string? message, DateTime finishedAt) =>
        connection.Run(
            "UPDATE runs SET status = $2, message = $3, finished_at = $4 WHERE run_id = $1",
            RunId,
            Name(status),
            message,
            finishedAt
        );

    /// <summary>The stored name of a status.</summary>
    public static string Name(RunStatus status) => status.ToString().ToLowerInvariant();
}

/// <summary>The account of a run: counts by stage, in the order the stages stand on the data's way, sinks last.</summary>
public sealed class Books
{
    private readonly List<KeyValuePair<string, StageCounts>> _stages = [];

    public IReadOnlyList<KeyValuePair<string, StageCounts>> Stages => _stages;

    /// <summary>Adds to a stage's account.</summary>
    public void Add(string stage, StageCounts counts)
    {
        for (var index = 0; index < _stages.Count; index++)
        {
            if (_stages[index].Key == stage)
            {
                _stages[index] = new(stage, StageCountsModule.add(_stages[index].Value, counts));
                return;
            }
        }

        _stages.Add(new(stage, counts));
    }

    /// <summary>The account of a stage; zero where it has none.</summary>
    public StageCounts this[string stage]
    {
        get
        {
            foreach (var (name, counts) in _stages)
            {
                if (name == stage)
                {
                    return counts;
                }
            }

            return StageCountsModule.zero;
        }
    }

    /// <summary>Stages whose account does not balance, with what is missing.</summary>
    public IReadOnlyList<(string Stage, long Missing)> Unbalanced()
    {
        var result = new List<(string, long)>();
        foreach (var (stage, counts) in _stages)
        {
            if (StageCountsModule.missing(counts) is var missing and not 0)
            {
                result.Add((stage, missing));
            }
        }

        return result;
    }

    /// <summary>A copy, to go on with after a transaction that may fail.</summary>
    public Books Clone()
    {
        var copy = new Books();
        copy._stages.AddRange(_stages);
        return copy;
    }
}
