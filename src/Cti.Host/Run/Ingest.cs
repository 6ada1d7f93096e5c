// The second half of a run's graph: observations gather into epochs, epochs commit, and stream sinks are handed what each changed.

using Cti.Core;
using Cti.Host.Delivery;
using Cti.Host.Graph;
using Cti.Host.Serve;
using Cti.Host.Store;
using Microsoft.FSharp.Core;

namespace Cti.Host.Run;

/// <summary>One per run; everything in it runs on the graph's last task.</summary>
internal sealed class Ingest(
    EpochWriter writer,
    Books books,
    Deliveries deliveries,
    RunProgress progress,
    string pipeline,
    PipelineGauges? gauges,
    StoreRest rest
)
{
    private readonly Epoch _epoch = new();

    // Where the log and the count stood when the source began that is being read.
    private long _sequenceBefore = writer.LastSequence;
    private long _observationsBefore;
    private Reading? _reading;
    private ReadingCounts _read;

    /// <summary>Where the graph's first half takes its batches from.</summary>
    public BatchPool Pool { get; } = new();

    /// <summary>New observations in the store.</summary>
    public long Observations { get; private set; }

    /// <summary>Readings that are not believed.</summary>
    public List<Alarm> Alarms { get; } = [];

    /// <summary>Of every source that changed objects without a new version.</summary>
    public IEnumerable<Alarm> ObjectAlarms =>
        writer
            .ObjectConflicts.GroupBy(conflict => conflict.Source)
            .Select(group => new Alarm(
                ObjectTable.Conflict,
                group.Key,
                $"{group.Count()} object{(group.Count() == 1 ? "" : "s")} came with the id and the time of modification of a known one and other content, the first {group.First().Id}; what came first stands. Ask the feed's maker"
            ));

    /// <summary>All sources have ended: takes back what they said would end by now.</summary>
    public Task EndAsync(CancellationToken abort)
    {
        rest.Wake();
        return LogAsync(writer.End, abort);
    }

    /// <summary>Tells stream sinks what time has ended. Without any, nobody reads the log, and looking for it would be for nothing.</summary>
    public Task ExpireAsync(CancellationToken abort) =>
        deliveries.IsEmpty ? Task.CompletedTask : LogAsync(() => writer.Expire(pipeline), abort);

    /// <summary>Keeps answers of services, and tells stream sinks of the subjects of which something else is known now.</summary>
    public Task AnsweredAsync(Action save, IReadOnlyList<UInt128> changed, CancellationToken abort) =>
        LogAsync(() => writer.Answered(save, deliveries.IsEmpty ? [] : changed), abort);

    public Sink<SourceBatch> ToSink() =>
        Flows.ForEach<SourceBatch>(
            "store",
            async (item, killSwitch) =>
            {
                gauges?.Dequeued();
                gauges?[Stage.Store].Begin("storing");
                await TakeAsync(item, killSwitch.Abort);
                gauges?[Stage.Store].End();
            }
        );

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
            await rest.WhileAsync(deliveries.BeforeCommitAsync(abort), _epoch.Records);
            var batches = _epoch.Batches.ToArray();
            var before = books[StageModule.name(Stage.Store)];
            var committed = writer.Commit(_epoch, books);
            if (gauges is { Taps: not null })
            {
                writer.Show(gauges, committed);
            }

            gauges?[Stage.Store].Add(StageCountsModule.subtract(books[StageModule.name(Stage.Store)], before));
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

        if (item is { Batch: null, EndsEpoch: true })
        {
            // The source has ended, well or not; what comes now is the next one's.
            (_sequenceBefore, _observationsBefore) = (writer.LastSequence, Observations);
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
        var found = complete.Whole
            ? FeedRules.judge(
                source.Expect,
                _read,
                before is { } last ? FSharpValueOption<long>.Some(last) : FSharpValueOption<long>.None,
                reading.At
            )
            : FSharpValueOption<FeedAlarm>.None;
        if (
            partition is not null
            && found.IsNone
            && _read.Records == 0
            && !FeedRules.mayBeEmpty(source.Expect)
            && source.IsSnapshot
        )
        {
            found = FSharpValueOption<FeedAlarm>.Some(FeedRules.emptyPartition);
        }

        Raise(source, found, partition);
        if (source.IsSnapshot)
        {
            var believed = found.IsNone && (_read.Records > 0 || FeedRules.mayBeEmpty(source.Expect));
            partition?.End(
                believed ? PartitionStatus.Done : PartitionStatus.Suspect,
                whole: true,
                believed || found.IsNone ? null : found.Value.Message
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

        // A list that is read anew every time says something new where the log grew; a log of sightings, with every sighting.
        if (writer.LastSequence > _sequenceBefore || (!source.IsSnapshot && Observations > _observationsBefore))
        {
            writer.Note(source.Name, StoredReading.Changed);
        }
        else
        {
            EndSilent(reading, source, found.IsNone);
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
        EndSilent(reading, source, mayAlarm: true);
        if (source.IsSnapshot && source.Sightings.IsListed)
        {
            await LogAsync(() => writer.RenewSnapshot(reading, pipeline), abort);
        }
    }

    // Nothing new: a feed may be silent for as long as it is used to be. One alarm for one cause is enough.
    private void EndSilent(Reading reading, SourcePlan source, bool mayAlarm)
    {
        if (mayAlarm)
        {
            var habit = writer.Habit(source.Name);
            // Looked for in all claims of the source: only where somebody asked for it.
            var newest = source.Expect.MaxAge.IsSome ? writer.Snapshots.Newest(source.Name, source.Sightings) : null;
            Raise(
                source,
                FeedRules.judgeUnchanged(
                    source.Expect,
                    ToTime(newest),
                    ToTime(habit.ChangedAt),
                    habit.Distances,
                    reading.At
                )
            );
        }

        writer.Note(source.Name, StoredReading.Unchanged);
    }

    private void Raise(SourcePlan source, FSharpValueOption<FeedAlarm> found, PartitionTally? partition = null)
    {
        if (found.IsSome)
        {
            var where = partition is null ? "" : $"{partition.Row.Files}: ";
            Alarms.Add(new Alarm(found.Value.Code, source.Name, where + found.Value.Message));
        }
    }

    private static long ToTime(DateTime? time) =>
        time is { } known ? TimestampModule.ofDateTimeOffset(new(known, TimeSpan.Zero)) : TimestampModule.none;

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
