// What a service shows of itself: to /health, /metrics and `cti top`. The service's loop writes it, anybody reads it.

using Cti.Core;
using Cti.Host.Run;

namespace Cti.Host.Serve;

/// <summary>How a pipeline's last run ended.</summary>
internal sealed record LastRun(
    string Status,
    DateTimeOffset EndedAt,
    double Seconds,
    long Records,
    long Observations,
    IReadOnlyList<Alarm> Alarms,
    IReadOnlyList<string> Messages
);

/// <summary>One source's place in its timetable.</summary>
/// <param name="Source">Its name.</param>
/// <param name="Due">When it is read next; null where never.</param>
/// <param name="Failures">Readings that failed in a row.</param>
internal sealed record NextReading(string Source, DateTimeOffset? Due, int Failures);

/// <summary>One pipeline as it stands.</summary>
internal sealed record PipelineStanding
{
    public required string Name { get; init; }

    /// <summary>What it says just now.</summary>
    public required PipelinePlan Plan { get; init; }
    public required string File { get; init; }

    /// <summary>Absolute path of its store.</summary>
    public required string Store { get; init; }
    public required IReadOnlyList<string> Sinks { get; init; }
    public required PipelineGauges Gauges { get; init; }
    public required IReadOnlyList<NextReading> Readings { get; init; }

    /// <summary>Since when it runs; null where it does not.</summary>
    public DateTimeOffset? RunningSince { get; init; }
    public LastRun? Last { get; init; }
    public DateTimeOffset? LastSuccess { get; init; }

    /// <summary>Runs so far, by how they ended.</summary>
    public required IReadOnlyDictionary<string, long> Runs { get; init; }

    /// <summary>When its next source is due.</summary>
    public DateTimeOffset? Next => Readings.Min(reading => reading.Due);

    /// <summary>Whether its last run or one of its sources failed.</summary>
    public bool IsFailing => Last?.Status is "failed" or "aborted" || Readings.Any(reading => reading.Failures > 0);
}

/// <summary>A stage that has work and gets nothing done.</summary>
internal sealed record StuckStage(string Pipeline, string Stage, string Doing, TimeSpan For);

/// <summary>One per service.</summary>
/// <param name="clock">For what is stuck.</param>
/// <param name="patience">How long a stage may have work and get nothing done.</param>
internal sealed class ServiceBoard(TimeProvider clock, TimeSpan patience)
{
    private volatile IReadOnlyList<PipelineStanding> _pipelines = [];
    private volatile IReadOnlyList<StoreOwner> _stores = [];
    private volatile string _problem = "";
    private volatile bool _draining;

    public TimeProvider Clock => clock;

    public TimeSpan Patience => patience;

    /// <summary>Requests to the server so far, by page and status.</summary>
    public System.Collections.Concurrent.ConcurrentDictionary<(string Page, int Status), long> Requests { get; } =
        new();

    public DateTimeOffset StartedAt { get; } = clock.GetUtcNow();

    public IReadOnlyList<PipelineStanding> Pipelines => _pipelines;

    public IReadOnlyList<StoreOwner> Stores => _stores;

    /// <summary>Why changed files are not taken; "" where nothing is wrong with them.</summary>
    public string Problem
    {
        get => _problem;
        set => _problem = value;
    }

    /// <summary>Whether it was asked to end.</summary>
    public bool IsDraining
    {
        get => _draining;
        set => _draining = value;
    }

    public void Show(IReadOnlyList<PipelineStanding> pipelines, IReadOnlyList<StoreOwner> stores)
    {
        _pipelines = pipelines;
        _stores = stores;
    }

    /// <summary>Stages that have work and get nothing done, with how long already.</summary>
    public IReadOnlyList<StuckStage> Stuck()
    {
        var now = clock.GetUtcNow();
        return
        [
            .. _pipelines.SelectMany(pipeline =>
                pipeline
                    .Gauges.Activities()
                    .Where(stage => StageActivityModule.isStuck(patience, now, stage.Activity))
                    .Select(stage => new StuckStage(
                        pipeline.Name,
                        stage.Stage,
                        stage.Doing,
                        StageActivityModule.idleWithWork(now, stage.Activity).Value
                    ))
            ),
        ];
    }

    /// <summary>How far stream sinks are behind; those of a store that cannot be asked just now are left out.</summary>
    public IReadOnlyList<SinkLag> Lags()
    {
        var lags = new List<SinkLag>();
        foreach (var store in _stores)
        {
            try
            {
                lags.AddRange(store.Lags());
            }
            catch (Exception error)
                when (error
                        is DuckDb.DuckDbException
                            or Host.Store.StoreException
                            or ObjectDisposedException
                            or InvalidOperationException
                )
            {
                // It is being opened anew, or closed.
            }
        }

        return lags;
    }

    /// <summary>What runs are doing, for whoever waits for them to end; "" where nothing is in flight.</summary>
    public string InFlight() =>
        string.Join("; ", _pipelines.Select(pipeline => pipeline.Gauges.InFlight()).Where(text => text.Length > 0));
}
