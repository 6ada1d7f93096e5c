// The second half of a run's graph: observations gather into epochs, epochs commit, and stream sinks are handed what each changed.

using Cti.Core;
using Cti.Host.Delivery;
using Cti.Host.Graph;
using Cti.Host.Store;

namespace Cti.Host.Run;

/// <summary>One per run; everything in it runs on the graph's last task.</summary>
internal sealed class Ingest(
    EpochWriter writer,
    Books books,
    Deliveries deliveries,
    RunProgress progress,
    string pipeline,
    long now
)
{
    private readonly Epoch _epoch = new();
    private readonly Dictionary<string, ReadingCounts> _read = new(StringComparer.Ordinal);

    /// <summary>Where the graph's first half takes its batches from.</summary>
    public BatchPool Pool { get; } = new();

    /// <summary>New observations in the store.</summary>
    public long Observations { get; private set; }

    /// <summary>Readings that are not believed.</summary>
    public List<Alarm> Alarms { get; } = [];

    /// <summary>Tells stream sinks what time has ended. Without any, nobody reads the log, and looking for it would be for nothing.</summary>
    public Task ExpireAsync(CancellationToken abort) =>
        deliveries.IsEmpty ? Task.CompletedTask : LogAsync(() => writer.Expire(pipeline), abort);

    public Sink<SourceBatch> ToSink() =>
        Flows.ForEach<SourceBatch>("store", (item, killSwitch) => TakeAsync(item, killSwitch.Abort));

    private async Task TakeAsync(SourceBatch item, CancellationToken abort)
    {
        deliveries.Demand();
        if (item.Moves is { } moves)
        {
            writer.MoveCursors(moves.Source, moves.All);
        }

        _epoch.Replayed.AddRange(item.Replayed);
        if (item.Batch is { } batch)
        {
            writer.Add(_epoch, batch);
            Count(batch);
        }

        if (item.Cursor is { } cursor)
        {
            _epoch.Cursors[cursor.Uri] = cursor;
        }

        if (item.EndsEpoch && !_epoch.IsEmpty)
        {
            await deliveries.BeforeCommitAsync(abort);
            var batches = _epoch.Batches.ToArray();
            var committed = writer.Commit(_epoch, books);
            Observations += committed.Observations;
            progress.Stored(committed.Observations);
            Array.ForEach(batches, Pool.Return);
            await deliveries.PublishAsync(writer.Committed!, abort);
            writer.Forget();
        }

        switch (item.Ends)
        {
            case CompleteReading reading:
                await EndAsync(reading, abort);
                break;
            case UnchangedReading { Source: var source }:
                await EndUnchangedAsync(source, abort);
                break;
        }
    }

    // A reading that is complete may close what it lacks; one that looks wrong closes nothing and says so.
    private async Task EndAsync(CompleteReading reading, CancellationToken abort)
    {
        var source = reading.Source;
        var read = _read.GetValueOrDefault(source.Name);
        var before = source.IsSnapshot ? writer.Snapshots.Load(source.Name)?.Records : null;
        var alarm = reading.Whole ? SnapshotRules.Judge(source, read, before, now) : null;
        if (alarm is not null)
        {
            Alarms.Add(alarm);
        }

        if (source.IsSnapshot)
        {
            var believed = alarm is null && (read.Records > 0 || SnapshotRules.MayBeEmpty(source));
            var end = new SnapshotEnd(
                source.Name,
                pipeline,
                reading.Cursors,
                read.Records,
                believed ? SnapshotVerdict.Believed : SnapshotVerdict.Suspect,
                SightingsOf(source)
            );
            await LogAsync(() => writer.EndSnapshot(end), abort);
        }
    }

    private async Task EndUnchangedAsync(SourcePlan source, CancellationToken abort)
    {
        if (source.MaxAge is not null)
        {
            var newest = writer.Snapshots.Newest(source.Name, SightingsOf(source));
            if (SnapshotRules.JudgeUnchanged(source, newest, now) is { } alarm)
            {
                Alarms.Add(alarm);
            }
        }

        if (source.IsSnapshot && SightingsOf(source) == Sightings.Listed)
        {
            await LogAsync(() => writer.RenewSnapshot(source.Name, pipeline), abort);
        }
    }

    // A record that says when it was last seen knows better than the list it stands on.
    private static Sightings SightingsOf(SourcePlan source) =>
        source.Map.Templates.All(template => template.LastSeen.IsNone) ? Sightings.Listed : Sightings.Recorded;

    private void Count(ObservationBatch batch)
    {
        var (records, rejected, newest) = _read.GetValueOrDefault(batch.DeclaredSource);
        foreach (var time in batch.EventTime.AsSpan(0, batch.Count))
        {
            newest = Math.Max(newest, time);
        }

        _read[batch.DeclaredSource] = new ReadingCounts(
            records + batch.Records,
            rejected + batch.Rejections.Count,
            newest
        );
    }

    // Entries of the log that no epoch holds in memory.
    private async Task LogAsync(Func<EpochCommitted> write, CancellationToken abort)
    {
        await deliveries.BeforeCommitAsync(abort);
        deliveries.Logged(write().LastSequence);
    }
}
