// The second half of a run's graph: observations gather into epochs, epochs commit, and stream sinks are told of each before the next.

using Cti.Core;
using Cti.Host.Graph;
using Cti.Host.Sinks;
using Cti.Host.Store;

namespace Cti.Host.Run;

/// <summary>When stream sinks are told of changes.</summary>
internal enum StreamTelling
{
    /// <summary>After every epoch, before the next commits.</summary>
    EachEpoch,

    /// <summary>Once, after the last: how things stand then, not how they came to be (docs/decisions/0017).</summary>
    AtTheEnd,
}

/// <summary>One per run; everything in it runs on the graph's last task.</summary>
internal sealed class Ingest(
    EpochWriter writer,
    Books books,
    IReadOnlyList<StreamSink> streams,
    RunProgress progress,
    string pipeline,
    StreamTelling telling
)
{
    private StreamTelling _telling = telling;
    private readonly Epoch _epoch = new();
    private readonly HashSet<StreamSink> _faulty = [];
    private Reading? _reading;
    private ReadingCounts _read;

    /// <summary>Where the graph's first half takes its batches from.</summary>
    public BatchPool Pool { get; } = new();

    /// <summary>New observations in the store.</summary>
    public long Observations { get; private set; }

    /// <summary>Readings that are not believed.</summary>
    public List<Alarm> Alarms { get; } = [];

    /// <summary>Sinks that failed, one sentence each.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>Tells stream sinks what the log holds and they did not acknowledge.</summary>
    public void CatchUp(CancellationToken abort) => Deliver(writer.LastSequence, abort);

    /// <summary>Tells stream sinks what time has ended. Without any, nobody reads the log, and looking for it would be for nothing.</summary>
    public void Expire(CancellationToken abort)
    {
        _telling = StreamTelling.EachEpoch;
        if (streams.Count > 0)
        {
            Deliver(writer.Expire(pipeline).LastSequence, abort);
        }
    }

    public Sink<SourceBatch> ToSink() =>
        Flows.ForEach<SourceBatch>(
            "store",
            (item, killSwitch) =>
            {
                Take(item, killSwitch.Abort);
                return Task.CompletedTask;
            }
        );

    private void Take(SourceBatch item, CancellationToken abort)
    {
        if (!ReferenceEquals(item.Reading, _reading))
        {
            _reading = item.Reading;
            _read = default;
            writer.Begin(item.Reading);
        }

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
            var batches = _epoch.Batches.ToArray();
            var committed = writer.Commit(_epoch, books);
            Observations += committed.Observations;
            progress.Stored(committed.Observations);
            Array.ForEach(batches, Pool.Return);
            Deliver(committed.LastSequence, abort);
        }

        switch (item.Ends)
        {
            case CompleteReading reading:
                End(item.Reading, reading, abort);
                break;
            case PartitionReading { Complete: { } reading } when item.Partition is { } partition:
                End(item.Reading, reading, abort, partition);
                break;
            case UnchangedReading { Source: var source }:
                EndUnchanged(item.Reading, source, abort);
                break;
        }
    }

    // A reading that is complete may close what it lacks; one that looks wrong closes nothing and says so.
    private void End(
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
            var committed = writer.EndSnapshot(
                new SnapshotEnd(
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
                }
            );
            Deliver(committed.LastSequence, abort);
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

    private void EndUnchanged(Reading reading, SourcePlan source, CancellationToken abort)
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
            Deliver(writer.RenewSnapshot(reading, pipeline).LastSequence, abort);
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

    private void Deliver(long last, CancellationToken abort)
    {
        if (_telling == StreamTelling.AtTheEnd)
        {
            return;
        }

        foreach (var stream in streams)
        {
            if (_faulty.Contains(stream))
            {
                continue;
            }

            try
            {
                stream.DeliverTo(last, abort);
            }
            catch (SinkException error)
            {
                // One dead sink never stops the others: it catches up from the log in a later run.
                _faulty.Add(stream);
                Warnings.Add($"sink {stream.Name}: {error.Message}");
            }
        }
    }
}
