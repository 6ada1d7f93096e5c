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
    string pipeline
)
{
    private readonly Epoch _epoch = new();
    private Reading? _reading;
    private ReadingCounts _read;

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
        if (!ReferenceEquals(item.Reading, _reading))
        {
            _reading = item.Reading;
            _read = default;
            writer.Begin(item.Reading);
        }

        if (item.Moves is { } moves)
        {
            writer.MoveCursors(moves.Source, moves.All);
        }

        _epoch.Replayed.AddRange(item.Replayed);
        if (item.Batch is { } batch)
        {
            writer.Add(_epoch, batch);
            Count(item.Reading, batch);
        }

        if (item.Cursor is { } cursor)
        {
            _epoch.Cursors[cursor.Uri] = cursor;
        }

        _epoch.Partition = item.Partition;
        if (item is { Ends: PartitionReading end, Partition: { } ending })
        {
            EndPartition(ending, end);
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
                await EndAsync(item.Reading, reading, abort);
                break;
            case PartitionReading { Complete: { } reading } when item.Partition is { } partition:
                await EndAsync(item.Reading, reading, abort, partition);
                break;
            case UnchangedReading { Source: var source }:
                await EndUnchangedAsync(item.Reading, source, abort);
                break;
        }
    }

    // A reading that is complete may close what it lacks; one that looks wrong closes nothing and says so.
    private async Task EndAsync(
        Reading reading,
        CompleteReading complete,
        CancellationToken abort,
        PartitionTally? partition = null
    )
    {
        var source = complete.Source;
        var before = source.IsSnapshot ? writer.Snapshots.Before(reading)?.Records : null;
        var alarm = complete.Whole ? SnapshotRules.Judge(source, _read, before, reading.At) : null;
        if (
            partition is not null
            && alarm is null
            && _read.Records == 0
            && !SnapshotRules.MayBeEmpty(source)
            && source.IsSnapshot
        )
        {
            alarm = SnapshotRules.Empty(source);
        }

        if (alarm is not null)
        {
            Alarms.Add(partition is null ? alarm : alarm with { Message = $"{partition.Row.Files}: {alarm.Message}" });
        }

        if (source.IsSnapshot)
        {
            var believed = alarm is null && (_read.Records > 0 || SnapshotRules.MayBeEmpty(source));
            partition?.End(
                believed ? PartitionStatus.Done : PartitionStatus.Suspect,
                whole: true,
                believed ? null : alarm?.Message
            );
            var end = new SnapshotEnd(
                reading,
                pipeline,
                // The cursors are those of the live feed, which a backfill is no step of.
                partition is null
                    ? complete.Cursors
                    : null,
                _read.Records,
                believed ? SnapshotVerdict.Believed : SnapshotVerdict.Suspect
            )
            {
                Partition = partition,
            };
            await LogAsync(() => writer.EndSnapshot(end), abort);
        }
    }

    // A snapshot that was read to its end is judged before it is told how it ended.
    private static void EndPartition(PartitionTally partition, PartitionReading end)
    {
        if (end.Complete is null || !end.Source.IsSnapshot)
        {
            partition.End(end.Complete is null ? PartitionStatus.Failed : PartitionStatus.Done, end.Whole, end.Message);
        }
    }

    private async Task EndUnchangedAsync(Reading reading, SourcePlan source, CancellationToken abort)
    {
        if (source.MaxAge is not null)
        {
            var newest = writer.Snapshots.Newest(source.Name, source.Sightings);
            if (SnapshotRules.JudgeUnchanged(source, newest, reading.At) is { } alarm)
            {
                Alarms.Add(alarm);
            }
        }

        if (source.IsSnapshot && source.Sightings.IsListed)
        {
            await LogAsync(() => writer.RenewSnapshot(reading, pipeline), abort);
        }
    }

    // Where last sightings are the list's own, only the first ones tell how old its records are.
    private void Count(Reading reading, ObservationBatch batch)
    {
        var newest = _read.Newest;
        var times = reading.Sightings.IsListed ? batch.FirstSeen : batch.EventTime;
        foreach (var time in times.AsSpan(0, batch.Count))
        {
            newest = Math.Max(newest, time);
        }

        _read = new ReadingCounts(_read.Records + batch.Records, _read.Rejected + batch.Rejections.Count, newest);
    }

    // Entries of the log that no epoch holds in memory.
    private async Task LogAsync(Func<EpochCommitted> write, CancellationToken abort)
    {
        await deliveries.BeforeCommitAsync(abort);
        deliveries.Logged(write().LastSequence);
    }
}
