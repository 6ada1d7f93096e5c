// The first half of a backfill's graph: partitions in order of time. Several are read ahead, each on its own task behind a bounded queue; what they
// say is handed on one partition after the other, so what comes out does not depend on how many are read at once.

using System.Security.Cryptography;
using Cti.Core;
using Cti.Host.Graph;
using Cti.Host.Sources;
using Cti.Host.Store;

namespace Cti.Host.Run;

/// <summary>A partition has nothing more.</summary>
/// <param name="Source">Its source.</param>
/// <param name="Complete">Its reading, where it was read to its end; null otherwise.</param>
/// <param name="Whole">Whether every file of it was read from its beginning.</param>
/// <param name="Message">What was wrong; null where nothing was.</param>
internal sealed record PartitionReading(SourcePlan Source, CompleteReading? Complete, bool Whole, string? Message)
    : ReadingEnd(Source);

/// <summary>Reads a backfill's partitions. One per run.</summary>
internal sealed class PartitionStream(
    PipelinePlan plan,
    BackfillPlan backfill,
    RunOptions options,
    ScreenSet screen,
    IReadOnlyDictionary<string, Dictionary<string, SourceCursor>> cursors,
    IReadOnlyDictionary<(string Source, long At), PartitionRow> known,
    RunLog run,
    BatchPool pool,
    RunProgress progress,
    OriginServices services
)
{
    private const int QueuedBatches = 4;
    private static readonly Dictionary<string, SourceCursor> NoCursors = [];
    private readonly Lock _telling = new();
    private readonly HashSet<string> _noted = new(StringComparer.Ordinal);

    /// <summary>What kept partitions from being read to their end. Read it when the graph has run.</summary>
    public List<Alarm> Faults { get; } = [];

    /// <summary>What somebody should look at although nothing failed, one sentence each.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Partitions that were done before.</summary>
    public int Skipped { get; private set; }

    /// <summary>The partitions as a source of the graph.</summary>
    public Source<SourceBatch> ToSource() => new("partitions", ReadAll);

    private async IAsyncEnumerable<SourceBatch> ReadAll(KillSwitch killSwitch)
    {
        var sizes = backfill.Partitions.Select(Size).ToList();
        progress.Expect(sizes.Sum());
        var ahead = new Queue<Begun>();
        var next = 0;
        try
        {
            for (var number = 0; number < backfill.Partitions.Count && !killSwitch.IsDraining; number++)
            {
                while (next < backfill.Partitions.Count && ahead.Count < options.Threads)
                {
                    ahead.Enqueue(new Begun(ReadOne(backfill.Partitions[next++], killSwitch), killSwitch));
                }

                var partition = backfill.Partitions[number];
                progress.Partition(number + 1, backfill.Partitions.Count, TimestampModule.toText(partition.At));
                var skipped = true;
                await using var begun = ahead.Dequeue();
                while (await begun.NextAsync())
                {
                    skipped = false;
                    progress.Read(begun.Current.Batch?.Records ?? 0, 0);
                    yield return begun.Current;
                }

                Skipped += skipped && !killSwitch.IsDraining ? 1 : 0;
                progress.PartitionDone(sizes[number], skipped);
            }
        }
        finally
        {
            while (ahead.TryDequeue(out var begun))
            {
                await begun.DisposeAsync();
            }
        }
    }

    // Runs on the partition's own task. Nothing comes of one that is done.
    private async IAsyncEnumerable<SourceBatch> ReadOne(Partition partition, KillSwitch killSwitch)
    {
        var source = backfill.Sources[partition.Source];
        var before = known.GetValueOrDefault((source.Name, partition.At));
        var content = Hash(source, partition, killSwitch, out var unreadable);
        var step = PartitionPlan.step(
            before is null ? default : Microsoft.FSharp.Core.FSharpValueOption<KnownPartition>.Some(before.Known),
            content.Hash,
            run.ConfigHash
        );
        if (step.IsSkip && unreadable is null)
        {
            yield break;
        }

        var row = new PartitionRow
        {
            Pipeline = plan.Name,
            Source = source.Name,
            At = partition.At,
            Uris = [.. partition.Paths],
            ContentHash = content.Hash,
            Bytes = content.Bytes,
            Whole = true,
            RunId = run.RunId,
            ConfigHash = run.ConfigHash,
        };
        if (unreadable is not null)
        {
            Tell(unreadable, row);
            if (before is null)
            {
                var reading = new Reading(source.Name, partition.At, source.Sightings);
                yield return new SourceBatch(
                    reading,
                    null,
                    null,
                    true,
                    new PartitionReading(source, null, false, unreadable.Message)
                )
                {
                    Partition = new PartitionTally(row, null),
                };
            }

            // What the store says of it stands: nobody knows whether it is another one now.
            yield break;
        }

        if (step.IsReadAgain)
        {
            Note(
                $"source {source.Name}: CTI-BACKFILL-010 {row.Files}: its content is another one than on the last time; it was read again"
            );
        }

        var (partitionTally, from) = Begin(source, row, before, step);
        await foreach (var batch in Read(source, partition, partitionTally, from, killSwitch))
        {
            yield return batch;
        }
    }

    // Where a reading goes on that was ended in the middle, or that a live run began, or whose file has grown: cursors know. One that is read anew
    // asks for none.
    private (PartitionTally Tally, Dictionary<string, SourceCursor> From) Begin(
        SourcePlan source,
        PartitionRow row,
        PartitionRow? before,
        PartitionStep step
    )
    {
        var own = cursors.GetValueOrDefault(source.Name) ?? NoCursors;
        if (before is null && !source.IsSnapshot)
        {
            var live = row.Uris.Any(path => own.ContainsKey(LocalFiles.Key(plan.StorePath, path)));
            return (new PartitionTally(row with { Whole = !live }, null), own);
        }

        var isSame = before is not null && before.ContentHash == row.ContentHash;
        return before is not null && !source.IsSnapshot && (isSame ? step.IsRead : HasGrown(source, row, own))
            ? (new PartitionTally(row with { Whole = before.Whole, Books = before.Books }, null), own)
            : (new PartitionTally(row, isSame ? before : null), NoCursors);
    }

    // A file that was written on, or mended behind where it was cut off: what was read of it stands, and is in the books already.
    private bool HasGrown(SourcePlan source, PartitionRow row, Dictionary<string, SourceCursor> own)
    {
        if (row.Uris is not [var path] || own.GetValueOrDefault(LocalFiles.Key(plan.StorePath, path)) is not { } cursor)
        {
            return false;
        }

        try
        {
            using var file = new SourceInput(path, path, cursor.Uri, source.Origin.Text).Open(source.Reader, cursor);
            return file.Start is FileStart.Resumed or FileStart.Unchanged;
        }
        catch (SourceException)
        {
            // Told when it is read.
            return false;
        }
    }

    private async IAsyncEnumerable<SourceBatch> Read(
        SourcePlan source,
        Partition partition,
        PartitionTally tally,
        Dictionary<string, SourceCursor> from,
        KillSwitch killSwitch
    )
    {
        var files = source with
        {
            Origin = new FilePlan { Globs = [.. partition.Paths], Text = source.Origin.Text },
        };
        using var silent = new RunProgress(plan.Name, TextWriter.Null, isTerminal: false, quiet: true);
        var stream = new SourceStream(
            plan with
            {
                Sources = [files],
            },
            options,
            screen,
            partition.At,
            new Dictionary<string, Dictionary<string, SourceCursor>> { [source.Name] = from },
            pool,
            silent,
            services
        );
        // What an earlier backfill read of it from the beginning counts as read now.
        var goesOn = tally.Row.Books != default && tally.Row.Whole;
        await foreach (var batch in stream.ToSource().Open(killSwitch))
        {
            var isLast = batch is { Batch: null, Cursor: null, EndsEpoch: true };
            var complete = batch.Ends as CompleteReading;
            var message =
                stream.Faults.Count > 0 ? string.Join("; ", stream.Faults.Select(fault => fault.Message)) : null;
            yield return batch with
            {
                Partition = tally,
                // Drained: neither ended well nor failed.
                Ends =
                    isLast && (complete is not null || message is not null)
                        ? new PartitionReading(source, complete, goesOn || complete is { Whole: true }, message)
                        : null,
            };
        }

        foreach (var fault in stream.Faults)
        {
            Tell(fault, tally.Row);
        }

        // Files of one feed are alike: what is noted of the first is not told of every one.
        lock (_telling)
        {
            if (stream.Notes.Count > 0 && _noted.Add(source.Name))
            {
                Notes.AddRange(stream.Notes);
            }
        }
    }

    private static long Size(Partition partition) =>
        partition.Paths.Sum(path => File.Exists(path) ? new FileInfo(path).Length : 0);

    private static (string Hash, long Bytes) Hash(
        SourcePlan source,
        Partition partition,
        KillSwitch killSwitch,
        out Alarm? unreadable
    )
    {
        unreadable = null;
        try
        {
            return PartitionContent.Hash(partition.Paths, killSwitch.Abort);
        }
        catch (SourceException error)
        {
            unreadable = new Alarm(error.Code, source.Name, error.Message);
            return ("", 0);
        }
    }

    private void Tell(Alarm alarm, PartitionRow row)
    {
        var message = alarm.Message.Contains(row.Uris[0], StringComparison.Ordinal)
            ? alarm.Message
            : $"{row.Files}: {alarm.Message}";
        lock (_telling)
        {
            Faults.Add(alarm with { Message = message });
        }
    }

    private void Note(string note)
    {
        lock (_telling)
        {
            Notes.Add(note);
        }
    }

    /// <summary>A partition that is being read: the first batch is asked for at once, which starts its task.</summary>
    private sealed class Begun : IAsyncDisposable
    {
        private readonly IAsyncEnumerator<SourceBatch> _batches;
        private Task<bool>? _first;

        public Begun(IAsyncEnumerable<SourceBatch> batches, KillSwitch killSwitch)
        {
            _batches = Boundary.Decouple(batches, QueuedBatches, killSwitch).GetAsyncEnumerator();
            _first = _batches.MoveNextAsync().AsTask();
        }

        public SourceBatch Current => _batches.Current;

        public ValueTask<bool> NextAsync()
        {
            if (_first is { } first)
            {
                _first = null;
                return new ValueTask<bool>(first);
            }

            return _batches.MoveNextAsync();
        }

        public async ValueTask DisposeAsync()
        {
            // An enumerator must not be disposed while it is moving.
            if (_first is { } first)
            {
                await first.ContinueWith(
                    _ => { },
                    CancellationToken.None,
                    TaskContinuationOptions.ExecuteSynchronously,
                    TaskScheduler.Default
                );
            }

            await _batches.DisposeAsync();
        }
    }
}
