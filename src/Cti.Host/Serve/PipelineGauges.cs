// What a pipeline's runs tell whoever watches them: stages, the queue between reading and storing, and taps. Nobody watches a plain `cti run`:
// then there is none of this, and a batch pays one comparison with null.

using System.Collections.Concurrent;
using Cti.Core;
using Cti.Host.Delivery;
using Microsoft.FSharp.Core;

namespace Cti.Host.Serve;

/// <summary>One per pipeline of a service, across its runs and reloads. Safe from any thread.</summary>
internal sealed class PipelineGauges(string pipeline, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, StageGauge> _stages = new(StringComparer.Ordinal);
    private readonly Lock _tapping = new();
    private volatile TapSession[]? _taps;
    private volatile Func<IReadOnlyList<DeliveryHealth>> _streams = static () => [];
    private long _followedSince;
    private int _queued;

    public string Pipeline => pipeline;

    /// <summary>Batches that were read and not yet taken by the store.</summary>
    public int Queued => Volatile.Read(ref _queued);

    /// <summary>How the stream sinks of the run are doing; none between runs.</summary>
    public IReadOnlyList<DeliveryHealth> Streams => _streams();

    /// <summary>What every stage does, for the judgement whether it is stuck: a stream sink has work while it lags.</summary>
    public IReadOnlyList<(string Stage, string Doing, StageActivity Activity)> Activities()
    {
        var since = new DateTimeOffset(Interlocked.Read(ref _followedSince), TimeSpan.Zero);
        return
        [
            .. Stages.Select(stage => (stage.Name, stage.Doing, stage.Activity(pipeline))),
            .. Streams
                .Where(sink => sink.Lag > 0)
                .Select(sink =>
                    (
                        "sink:" + sink.Name,
                        sink.LastError ?? "delivering",
                        new StageActivity(
                            pipeline,
                            "sink:" + sink.Name,
                            FSharpValueOption<DateTimeOffset>.Some(since),
                            sink.AcknowledgedAt is { } at
                                ? FSharpValueOption<DateTimeOffset>.Some(at)
                                : FSharpValueOption<DateTimeOffset>.None
                        )
                    )
                ),
        ];
    }

    /// <summary>A run has begun to deliver.</summary>
    public void Follow(Func<IReadOnlyList<DeliveryHealth>> streams)
    {
        Interlocked.Exchange(ref _followedSince, clock.GetUtcNow().UtcTicks);
        _streams = streams;
    }

    /// <summary>Who listens; null where nobody does.</summary>
    public TapSession[]? Taps => _taps;

    /// <summary>Every stage that ever ran, in the order the stages stand on the data's way, sinks last.</summary>
    public IReadOnlyList<StageGauge> Stages =>
        [.. _stages.Values.OrderBy(stage => Place(stage.Name)).ThenBy(stage => stage.Name, StringComparer.Ordinal)];

    public StageGauge this[string stage] => _stages.GetOrAdd(stage, name => new StageGauge(name, clock));

    public StageGauge this[Stage stage] => this[StageModule.name(stage)];

    /// <summary>A batch came out of the pure stages.</summary>
    public void Add(ObservationBatch batch)
    {
        foreach (var stage in (ReadOnlySpan<Stage>)[Stage.Read, Stage.Map, Stage.Normalise, Stage.Screen])
        {
            this[stage].Add(batch.Books[StageModule.index(stage)]);
        }
    }

    public void Enqueued() => Interlocked.Increment(ref _queued);

    public void Dequeued() => Interlocked.Decrement(ref _queued);

    /// <summary>What its stages do, in words; "" where they do nothing.</summary>
    public string InFlight()
    {
        var late = Streams
            .Where(sink => sink.Lag > 0)
            .Select(sink => $"sink:{sink.Name} ({sink.Lag} changes to deliver)");
        var busy = Stages
            .Where(stage => stage.Doing.Length > 0)
            .Select(stage => $"{stage.Name} ({stage.Doing})")
            .Concat(late)
            .ToList();
        var queued = Queued > 0 ? $", {Queued} batches wait for the store" : "";
        return busy.Count == 0 && queued.Length == 0 ? "" : $"{pipeline}: {string.Join(", ", busy)}{queued}";
    }

    /// <summary>A run is over: nothing works, nothing waits.</summary>
    public void Rest()
    {
        Interlocked.Exchange(ref _queued, 0);
        _streams = static () => [];
        foreach (var stage in _stages.Values.Where(stage => stage.Doing.Length > 0))
        {
            stage.End();
        }
    }

    /// <summary>Listens until the session is disposed.</summary>
    public void Open(TapSession tap)
    {
        lock (_tapping)
        {
            _taps = [.. _taps ?? [], tap];
        }
    }

    public void Close(TapSession tap)
    {
        lock (_tapping)
        {
            var left = (_taps ?? []).Where(other => other != tap).ToArray();
            _taps = left.Length == 0 ? null : left;
        }
    }

    private static int Place(string stage)
    {
        var place = Array.FindIndex(StageModule.all, known => StageModule.name(known) == stage);
        return place < 0 ? StageModule.all.Length : place;
    }
}
