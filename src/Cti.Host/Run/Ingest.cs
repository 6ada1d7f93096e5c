// The second half of a run's graph: observations gather into epochs, epochs commit, and stream sinks are told of each before the next.

using Cti.Core;
using Cti.Host.Graph;
using Cti.Host.Sinks;
using Cti.Host.Store;

namespace Cti.Host.Run;

/// <summary>One per run; everything in it runs on the graph's last task.</summary>
internal sealed class Ingest(
    EpochWriter writer,
    Books books,
    IReadOnlyList<StreamSink> streams,
    RunProgress progress,
    long now
)
{
    private readonly Epoch _epoch = new();
    private readonly HashSet<StreamSink> _faulty = [];
    private readonly Dictionary<string, (long Records, long Rejected, long Newest)> _read = new(StringComparer.Ordinal);

    /// <summary>Where the graph's first half takes its batches from.</summary>
    public BatchPool Pool { get; } = new(4096);

    /// <summary>New observations in the store.</summary>
    public long Observations { get; private set; }

    /// <summary>What a feed did not keep of what its pipeline expects of it.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>Tells stream sinks what the log holds and they did not acknowledge.</summary>
    public void CatchUp(CancellationToken abort) => Deliver(writer.LastSequence, abort);

    /// <summary>Tells stream sinks what time has ended. Without any, nobody reads the log, and looking for it would be for nothing.</summary>
    public void Expire(string pipeline, CancellationToken abort)
    {
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
            var batches = _epoch.Batches.ToArray();
            var committed = writer.Commit(_epoch, books);
            Observations += committed.Observations;
            progress.Stored(committed.Observations);
            Array.ForEach(batches, Pool.Return);
            Deliver(committed.LastSequence, abort);
        }

        if (item.Ends is { } reading)
        {
            End(reading, abort);
        }
    }

    // A reading that is complete may close what it lacks; one that looks wrong closes nothing and says so.
    private void End(CompleteReading reading, CancellationToken abort)
    {
        var source = reading.Source;
        var (records, rejected, newest) = _read.GetValueOrDefault(source.Name);
        var suspect = reading.Whole ? Suspect(source, records, rejected) ?? Stale(source, records, newest) : null;
        if (suspect is not null)
        {
            Warnings.Add($"source {source.Name}: {suspect}");
        }

        if (source.IsSnapshot)
        {
            var committed = writer.EndSnapshot(source.Name, reading.Cursors, suspect is null && records > 0);
            Deliver(committed.LastSequence, abort);
        }
    }

    private static string? Suspect(SourcePlan source, long records, long rejected)
    {
        if (records == 0)
        {
            return null;
        }

        if (source.ExpectedRecords is { } expected && (records < expected.Fewest || records > expected.Most))
        {
            return $"{records:N0} records, expected {expected.Fewest:N0} to {expected.Most:N0}; nothing is withdrawn on its word. Look at the feed, or change `expect: records`.";
        }

        return source.MaxRejected is { } most && rejected > most * records
            ? $"{rejected:N0} of {records:N0} records were rejected, more than the {most:P0} of `expect: max_rejected`; nothing is withdrawn on its word. Look at the dead letters."
            : null;
    }

    private string? Stale(SourcePlan source, long records, long newest) =>
        records > 0 && source.MaxAge is { } most && TimeSpan.FromMicroseconds(now - newest) is var age && age > most
            ? $"its newest record is {age.TotalHours:N0} hours old, more than the {most.TotalHours:N0} hours of `expect: max_age`; nothing is withdrawn on its word. Look whether the feed is still served."
            : null;

    private void Count(ObservationBatch batch)
    {
        var (records, rejected, newest) = _read.GetValueOrDefault(batch.DeclaredSource);
        foreach (var time in batch.EventTime.AsSpan(0, batch.Count))
        {
            newest = Math.Max(newest, time);
        }

        _read[batch.DeclaredSource] = (records + batch.Records, rejected + batch.Rejections.Count, newest);
    }

    private void Deliver(long last, CancellationToken abort)
    {
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
