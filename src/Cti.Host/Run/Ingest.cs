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
    long now,
    PipelineGauges? gauges
)
{
    private readonly Epoch _epoch = new();

    // Where the log and the count stood when the source began that is being read.
    private long _sequenceBefore = writer.LastSequence;
    private long _observationsBefore;
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
                await EndAsync(reading, abort);
                break;
            case UnchangedReading { Source: var source }:
                await EndUnchangedAsync(source, abort);
                break;
        }

        if (item is { Batch: null, EndsEpoch: true })
        {
            // The source has ended, well or not; what comes now is the next one's.
            (_sequenceBefore, _observationsBefore) = (writer.LastSequence, Observations);
        }
    }

    // A reading that is complete may close what it lacks; one that looks wrong closes nothing and says so.
    private async Task EndAsync(CompleteReading reading, CancellationToken abort)
    {
        var source = reading.Source;
        var read = _read.GetValueOrDefault(source.Name);
        var before = source.IsSnapshot ? writer.Snapshots.Load(source.Name)?.Records : null;
        var found = reading.Whole
            ? FeedRules.judge(
                source.Expect,
                read,
                before is { } last ? FSharpValueOption<long>.Some(last) : FSharpValueOption<long>.None,
                now
            )
            : FSharpValueOption<FeedAlarm>.None;
        Raise(source, found);

        if (source.IsSnapshot)
        {
            var believed = found.IsNone && (read.Records > 0 || FeedRules.mayBeEmpty(source.Expect));
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

        // A list that is read anew every time says something new where the log grew; a log of sightings, with every sighting.
        if (writer.LastSequence > _sequenceBefore || (!source.IsSnapshot && Observations > _observationsBefore))
        {
            writer.Note(source.Name, StoredReading.Changed);
        }
        else
        {
            EndSilent(source, found.IsNone);
        }
    }

    private async Task EndUnchangedAsync(SourcePlan source, CancellationToken abort)
    {
        EndSilent(source, mayAlarm: true);
        if (source.IsSnapshot && SightingsOf(source) == Sightings.Listed)
        {
            await LogAsync(() => writer.RenewSnapshot(source.Name, pipeline), abort);
        }
    }

    // Nothing new: a feed may be silent for as long as it is used to be. One alarm for one cause is enough.
    private void EndSilent(SourcePlan source, bool mayAlarm)
    {
        if (mayAlarm)
        {
            var habit = writer.Habit(source.Name);
            // Looked for in all claims of the source: only where somebody asked for it.
            var newest = source.Expect.MaxAge.IsSome ? writer.Snapshots.Newest(source.Name, SightingsOf(source)) : null;
            Raise(
                source,
                FeedRules.judgeUnchanged(source.Expect, ToTime(newest), ToTime(habit.ChangedAt), habit.Distances, now)
            );
        }

        writer.Note(source.Name, StoredReading.Unchanged);
    }

    private void Raise(SourcePlan source, FSharpValueOption<FeedAlarm> found)
    {
        if (found.IsSome)
        {
            Alarms.Add(new Alarm(found.Value.Code, source.Name, found.Value.Message));
        }
    }

    private static long ToTime(DateTime? time) =>
        time is { } known ? TimestampModule.ofDateTimeOffset(new(known, TimeSpan.Zero)) : TimestampModule.none;

    // A record that says when it was last seen knows better than the list it stands on.
    private static Sightings SightingsOf(SourcePlan source) =>
        source.Map.Templates.All(template => template.LastSeen.IsNone) ? Sightings.Listed : Sightings.Recorded;

    private void Count(ObservationBatch batch)
    {
        var before = _read.GetValueOrDefault(batch.DeclaredSource);
        var newest = before.Newest;
        foreach (var time in batch.EventTime.AsSpan(0, batch.Count))
        {
            newest = Math.Max(newest, time);
        }

        _read[batch.DeclaredSource] = new ReadingCounts(
            before.Records + batch.Records,
            before.Rejected + batch.Rejections.Count,
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
