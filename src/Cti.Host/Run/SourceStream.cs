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
/// <param name="Ends">The reading that was complete with this batch; null otherwise.</param>
internal sealed record SourceBatch(
    ObservationBatch? Batch,
    SourceCursor? Cursor,
    bool EndsEpoch,
    CompleteReading? Ends
);

/// <summary>A source that was read to its end.</summary>
/// <param name="Source">The source.</param>
/// <param name="Cursors">Of a snapshot: where its files ended. Kept back until here, because half a snapshot is read again as a whole.</param>
/// <param name="Whole">Whether every file was read from its beginning: only then do the numbers say something about the feed.</param>
internal sealed record CompleteReading(SourcePlan Source, IReadOnlyList<SourceCursor> Cursors, bool Whole);

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

    /// <summary>What somebody should look at although nothing failed, one sentence each.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>The sources as a source of the graph.</summary>
    public Source<SourceBatch> ToSource()
    {
        var all = plan
            .Sources.Select(source => new Source<SourceBatch>(source.Name, killSwitch => Read(source, killSwitch)))
            .ToList();
        return all.Skip(1).Aggregate(all[0], (first, next) => first.Concat(next));
    }

#pragma warning disable CS1998 // Reading files is synchronous; the enumeration is asynchronous for those who wait at its end.
    private async IAsyncEnumerable<SourceBatch> Read(SourcePlan source, KillSwitch killSwitch)
#pragma warning restore CS1998
    {
        var observer = new Observer(source.Map, screen, now);
        var recognised = new List<string>();
        var raw = new RawBatch(options.BatchSize);
        var inEpoch = 0;
        var faultsBefore = Faults.Count;
        var paths = Match(source);
        var ends = new List<SourceCursor>();
        var whole = true;
        var census = new FieldsSought();
        if (source.IsSnapshot && Faults.Count == faultsBefore && IsUnchanged(source, paths))
        {
            // A snapshot of which no file changed says nothing new.
            yield break;
        }

        foreach (var path in paths)
        {
            using var file = Open(source, path);
            whole &= file is { Start: FileStart.Fresh or FileStart.Rewritten };
            BoundMap? bound = null;
            while (file is not null && !killSwitch.IsDraining)
            {
                killSwitch.Abort.ThrowIfCancellationRequested();
                if (!TryRead(source, file, raw, Math.Min(options.BatchSize, options.EpochRecords - inEpoch)))
                {
                    break;
                }

                // Where the header is bad there are only rejections, and no columns to bind to.
                if (raw.Count > 0 && bound is null)
                {
                    var map = file.Recognition is { } found ? AutoMap.complete(source.Map, found) : source.Map;
                    observer = ReferenceEquals(map, source.Map) ? observer : new Observer(map, screen, now);
                    Recognised(source, file, recognised);
                    if ((bound = Bind(source, map, file)) is null)
                    {
                        break;
                    }
                }

                var batch = pool.Rent();
                observer.Apply(raw, bound, batch);
                inEpoch += batch.Records;
                var cursor = CursorOf(source, file);
                batch.EndOffset = cursor.Offset;
                batch.EndLine = cursor.Line;
                var full = inEpoch >= options.EpochRecords;
                inEpoch = full ? 0 : inEpoch;
                progress.Read(batch.Records, file.BytesRead);
                yield return new SourceBatch(batch, source.IsSnapshot ? null : cursor, full, null);
            }

            census.Add(file?.Census);
            if (file is not null && !killSwitch.IsDraining && Faults.Count == faultsBefore)
            {
                // Behind the last record there may be comments: they count as read.
                var end = CursorOf(source, file);
                ends.Add(end);
                yield return new SourceBatch(null, source.IsSnapshot ? null : end, false, null);
            }
        }

        var complete = Faults.Count == faultsBefore && !killSwitch.IsDraining;
        if (complete && whole)
        {
            Notes.AddRange(census.Missing().Select(note => $"source {source.Name}: {note}"));
        }

        yield return new SourceBatch(null, null, true, complete ? new CompleteReading(source, ends, whole) : null);
    }

    // Whether the files are those of the last complete reading, as they were then.
    private bool IsUnchanged(SourcePlan source, IReadOnlyList<string> paths)
    {
        var known = cursors.GetValueOrDefault(source.Name);
        if (known is null || known.Count != paths.Count)
        {
            return false;
        }

        foreach (var path in paths)
        {
            var file = new FileInfo(path);
            if (
                !file.Exists
                || known.GetValueOrDefault(Key(path)) is not { } cursor
                || cursor.Size != file.Length
                || cursor.ModifiedUnixMicroseconds
                    != (file.LastWriteTimeUtc - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond
            )
            {
                return false;
            }
        }

        return true;
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
            // A snapshot says everything anew: it is read from its beginning, whatever was appended to it.
            var known = source.IsSnapshot ? null : cursors.GetValueOrDefault(source.Name)?.GetValueOrDefault(Key(path));
            return FileSource.Open(
                path,
                source.Compression,
                source.Reader,
                known is null ? null : ToFileCursor(path, known)
            );
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

    // What was decided is told once for files that are alike.
    private void Recognised(SourcePlan source, FileReading file, List<string> told)
    {
        if (file.Recognition is { } recognition && !told.Contains(recognition.Sentence))
        {
            told.Add(recognition.Sentence);
            Notes.Add($"source {source.Name}: {file.Path}: {recognition.Sentence}");
        }
    }

    private BoundMap? Bind(SourcePlan source, MapSpec map, FileReading file)
    {
        if (map.Templates.IsEmpty && file.Recognition is { } recognition)
        {
            Faults.Add(
                $"source {source.Name}: {file.Path}: CTI-READ-051 {recognition.Sentence}. Write a `map` that names the fields to take."
            );
            return null;
        }

        var bound = MapPlan.bind(map, file.Columns.Length > 0 ? file.Columns : source.Columns);
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

    // Cursors name files as seen from the store: the same file wherever the user stands, and where all of it is moved together.
    private string Key(string path) =>
        Path.GetRelativePath(Path.GetDirectoryName(Path.GetFullPath(plan.StorePath))!, path);

    private SourceCursor CursorOf(SourcePlan source, FileReading file)
    {
        var cursor = file.CursorAfterLastBatch;
        return new SourceCursor(
            source.Name,
            Key(file.Path),
            cursor.Offset,
            cursor.Line,
            cursor.Size,
            cursor.ModifiedUnixMicroseconds,
            cursor.ContentHash,
            cursor.Header
        );
    }

    private static FileCursor ToFileCursor(string path, SourceCursor cursor) =>
        new(
            path,
            cursor.Offset,
            cursor.Line,
            cursor.Size,
            cursor.ModifiedUnixMicroseconds,
            cursor.ContentHash,
            cursor.Header
        );
}
