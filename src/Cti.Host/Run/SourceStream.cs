// The first half of a run's graph: every source in turn, file by file, its records taken through the pure stages. One source after the other
// and one reader each, so that what comes out does not depend on threads; the store works beside it on its own task.

using System.Collections.Concurrent;
using Cti.Core;
using Cti.Host.Graph;
using Cti.Host.Sources;
using Cti.Host.Store;

namespace Cti.Host.Run;

/// <summary>Observations of one batch of raw records, on their way to the store.</summary>
/// <param name="Batch">The observations; null where only the end of a source is told.</param>
/// <param name="Cursor">Where the source stands behind this batch.</param>
/// <param name="EndsEpoch">Whether the epoch closes with it: after a fixed number of records, or with the source.</param>
/// <param name="EndsSource">The source whose reading was complete with this batch; null otherwise.</param>
internal sealed record SourceBatch(ObservationBatch? Batch, SourceCursor? Cursor, bool EndsEpoch, SourcePlan? EndsSource);

/// <summary>Observation batches, used again and again.</summary>
internal sealed class BatchPool(int capacity)
{
    private readonly ConcurrentBag<ObservationBatch> _free = [];

    public ObservationBatch Rent() => _free.TryTake(out var batch) ? batch : new ObservationBatch(capacity);

    public void Return(ObservationBatch batch) => _free.Add(batch);
}

/// <summary>Reads a pipeline's sources. One per run.</summary>
internal sealed class SourceStream(
    PipelinePlan plan,
    RunOptions options,
    ScreenSet screen,
    long now,
    IReadOnlyDictionary<string, Dictionary<string, SourceCursor>> cursors,
    BatchPool pool,
    RunProgress progress
)
{
    /// <summary>What kept a source from being read to its end, one sentence each. Read it when the graph has run.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>The sources as a source of the graph.</summary>
    public Source<SourceBatch> ToSource()
    {
        var all = plan.Sources.Select(source => new Source<SourceBatch>(source.Name, killSwitch => Read(source, killSwitch))).ToList();
        return all.Skip(1).Aggregate(all[0], (first, next) => first.Concat(next));
    }

#pragma warning disable CS1998 // Reading files is synchronous; the enumeration is asynchronous for those who wait at its end.
    private async IAsyncEnumerable<SourceBatch> Read(SourcePlan source, KillSwitch killSwitch)
#pragma warning restore CS1998
    {
        var observer = new Observer(source.Map, screen, now);
        var raw = new RawBatch(options.BatchSize);
        var inEpoch = 0;
        var faultsBefore = Faults.Count;
        var changed = false;
        foreach (var path in Match(source))
        {
            using var file = Open(source, path);
            BoundMap? bound = null;
            while (file is not null && !killSwitch.IsDraining)
            {
                killSwitch.Abort.ThrowIfCancellationRequested();
                if (!TryRead(source, file, raw, Math.Min(options.BatchSize, options.EpochRecords - inEpoch)))
                {
                    break;
                }

                // Where the header is bad there are only rejections, and no columns to bind to.
                if (raw.Count > 0 && bound is null && (bound = Bind(source, file)) is null)
                {
                    break;
                }

                var batch = pool.Rent();
                observer.Apply(raw, bound, batch);
                inEpoch += batch.Records;
                var cursor = CursorOf(source, file);
                batch.EndOffset = cursor.Offset;
                batch.EndLine = cursor.Line;
                var ends = inEpoch >= options.EpochRecords;
                inEpoch = ends ? 0 : inEpoch;
                progress.Read(batch.Records, file.BytesRead);
                yield return new SourceBatch(batch, cursor, ends, null);
            }

            if (file is not null && !killSwitch.IsDraining && Faults.Count == faultsBefore)
            {
                // Behind the last record there may be comments: they count as read.
                yield return new SourceBatch(null, CursorOf(source, file), false, null);
                changed |= file.Start != FileStart.Unchanged;
            }
        }

        // A snapshot of which no file changed says nothing new.
        var complete = Faults.Count == faultsBefore && !killSwitch.IsDraining && (changed || !source.IsSnapshot);
        yield return new SourceBatch(null, null, true, complete ? source : null);
    }

    private IReadOnlyList<string> Match(SourcePlan source)
    {
        try
        {
            var files = FileSource.Match(source.Globs);
            progress.Expect(files);
            return files;
        }
        catch (SourceException error)
        {
            Faults.Add($"source {source.Name}: {error.Message}");
            return [];
        }
    }

    private FileReading? Open(SourcePlan source, string path)
    {
        try
        {
            var known = cursors.TryGetValue(source.Name, out var byUri) && byUri.TryGetValue(path, out var cursor) ? cursor : null;
            var file = FileSource.Open(path, source.Compression, source.Reader, known is null ? null : ToFileCursor(known));
            if (source.IsSnapshot && known is not null && file.Start != FileStart.Unchanged)
            {
                // A snapshot says everything anew: it is read from its beginning, whatever was appended to it.
                file.Dispose();
                file = FileSource.Open(path, source.Compression, source.Reader, null);
            }

            return file;
        }
        catch (SourceException error)
        {
            Faults.Add($"source {source.Name}: {error.Message}");
            return null;
        }
    }

    private bool TryRead(SourcePlan source, FileReading file, RawBatch raw, int maxRecords)
    {
        try
        {
            return file.ReadBatch(raw, maxRecords);
        }
        catch (SourceException error)
        {
            // What was read before the fault is good and goes its way; the source is incomplete.
            Faults.Add($"source {source.Name}: {error.Message}");
            return false;
        }
    }

    private BoundMap? Bind(SourcePlan source, FileReading file)
    {
        var bound = MapPlan.bind(source.Map, file.Columns.Length > 0 ? file.Columns : source.Columns);
        if (bound.IsOk)
        {
            return bound.ResultValue;
        }

        foreach (var error in bound.ErrorValue)
        {
            Faults.Add($"source {source.Name}: {file.Path}: {error.code} {error.message}");
        }

        return null;
    }

    private static SourceCursor CursorOf(SourcePlan source, FileReading file)
    {
        var cursor = file.CursorAfterLastBatch;
        return new SourceCursor(
            source.Name,
            cursor.Uri,
            cursor.Offset,
            cursor.Line,
            cursor.Size,
            cursor.ModifiedUnixMicroseconds,
            cursor.ContentHash,
            cursor.Header
        );
    }

    private static FileCursor ToFileCursor(SourceCursor cursor) =>
        new(
            cursor.Uri,
            cursor.Offset,
            cursor.Line,
            cursor.Size,
            cursor.ModifiedUnixMicroseconds,
            cursor.ContentHash,
            cursor.Header
        );
}
