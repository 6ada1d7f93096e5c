// The first half of a run's graph: every source in turn, input by input, its records taken through the pure stages. One source after the other
// and one reader each, so that what comes out does not depend on threads; the store works beside it on its own task.

using Cti.Core;
using Cti.Host.Graph;
using Cti.Host.Serve;
using Cti.Host.Sources;
using Cti.Host.Store;

namespace Cti.Host.Run;

/// <summary>Reads a pipeline's sources. One per run.</summary>
internal sealed class SourceStream(
    PipelinePlan plan,
    RunOptions options,
    ScreenSet screen,
    long readAt,
    IReadOnlyDictionary<string, Dictionary<string, SourceCursor>> cursors,
    BatchPool pool,
    RunProgress progress,
    OriginServices services,
    RunScope? scope = null
)
{
    private readonly PipelineGauges? _gauges = scope?.Gauges;

    // What an epoch holds is looked at after so many of its records, whatever the size of the batches: a record may yield thousands of
    // observations and carry long texts, so counting records alone would not bound memory. Sources that are declared so are looked at oftener.
    private const int Block = 4096;
    private const int SwellingBlock = 256;
    private const long EpochTextBytes = 32L << 20;

    /// <summary>What kept a source from being read to its end. Read it when the graph has run.</summary>
    public List<Alarm> Faults { get; } = [];

    /// <summary>What somebody should look at although nothing failed, one sentence each.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>The sources as a source of the graph.</summary>
    public Source<SourceBatch> ToSource()
    {
        var all = plan
            .Sources.Where(source => scope?.Reads(source) ?? true)
            .Select(source => new Source<SourceBatch>(source.Name, killSwitch => Watched(source, killSwitch)))
            .ToList();
        return all.Skip(1).Aggregate(all[0], (first, next) => first.Concat(next));
    }

    // A batch that waits for room in the queue is no work of the reader's any more: what is stuck then stands behind it.
    private async IAsyncEnumerable<SourceBatch> Watched(SourcePlan source, KillSwitch killSwitch)
    {
        var reading = _gauges?[Stage.Read];
        reading?.Begin($"reading {source.Name}");
        await foreach (var batch in Read(source, killSwitch))
        {
            _gauges?.Enqueued();
            reading?.End();
            yield return batch;
            reading?.Begin($"reading {source.Name}");
        }

        reading?.End();
    }

    private async IAsyncEnumerable<SourceBatch> Read(SourcePlan source, KillSwitch killSwitch)
    {
        var reading = new Reading(source.Name, readAt, source.Sightings);
        var observer = new Observer(source.Map, screen, reading.At, reading.Sightings);
        var recognised = new List<string>();
        var raw = new RawBatch(options.BatchSize);
        var inEpoch = 0;
        var faultsBefore = Faults.Count;
        var ends = new List<SourceCursor>();
        var whole = true;
        var blockRecords = MapSpecModule.swells(source.Map) ? SwellingBlock : Block;
        long observations = 0;
        long texts = 0;
        var census = new FieldsSought();
        var supervisor = new Supervisor(source, services);
        using var inputs = await FindAsync(source, supervisor, killSwitch);
        if (inputs is { IsUnchanged: true })
        {
            yield return new SourceBatch(reading, null, null, true, new UnchangedReading(source));
            yield break;
        }

        if (inputs is { Moves.Count: > 0 })
        {
            // Committed before anything is read: a kill between two files must not forget where one of them was left.
            Rename(source, inputs.Moves);
            yield return new SourceBatch(reading, null, null, false, null)
            {
                Moves = new CursorMoves(source.Name, inputs.Moves),
            };
        }

        foreach (var input in inputs?.All ?? [])
        {
            var faultsBeforeInput = Faults.Count;
            using var file = Open(source, supervisor, input);
            whole &= !input.IsPart && file is { Start: FileStart.Fresh or FileStart.Rewritten };
            BoundMap? bound = null;
            string[] columns = [];
            while (file is not null && !killSwitch.IsDraining)
            {
                killSwitch.Abort.ThrowIfCancellationRequested();
                var toBorder = Math.Min(options.EpochRecords - inEpoch, blockRecords - inEpoch % blockRecords);
                if (!TryRead(source, supervisor, file, raw, Math.Min(options.BatchSize, toBorder)))
                {
                    break;
                }

                // Where the header is bad there are only rejections, and no columns to bind to. Entries of an archive have headers of their own.
                if (raw.Count > 0 && (bound is null || !ReferenceEquals(columns, file.Columns)))
                {
                    columns = file.Columns;
                    var map = file.Recognition is { } found ? AutoMap.complete(source.Map, found) : source.Map;
                    observer = ReferenceEquals(map, source.Map)
                        ? observer
                        : new Observer(map, screen, reading.At, reading.Sightings);
                    Recognised(source, file, recognised);
                    if ((bound = Bind(source, supervisor, map, file)) is null)
                    {
                        break;
                    }
                }

                var batch = pool.Rent(Math.Min(options.BatchSize, blockRecords));
                observer.Apply(raw, bound, batch);
                supervisor.Take(batch);
                if (_gauges is { } gauges)
                {
                    Tell(gauges, raw, batch);
                }

                // Objects fill an epoch like records; what one element of a document yields is never parted, so a border may be passed over.
                var blocksBefore = inEpoch / blockRecords;
                inEpoch += batch.Records + batch.Objects.Count;
                var cursor = CursorOf(source, input, file, input.Before);
                if (input.Before.Mark.Length > 0)
                {
                    // The next time the part may begin the same and end elsewhere.
                    cursor = cursor with
                    {
                        Size = cursor.Offset,
                    };
                }

                batch.EndOffset = cursor.Offset;
                batch.EndLine = cursor.Line;
                batch.Header = cursor.Header;
                observations += batch.Count;
                texts += batch.Remarks.Size + Kept(batch);
                var full =
                    inEpoch >= options.EpochRecords
                    || (
                        inEpoch / blockRecords > blocksBefore
                        && (observations >= options.EpochRecords || texts >= EpochTextBytes)
                    );
                if (full)
                {
                    (inEpoch, observations, texts) = (0, 0, 0);
                }

                progress.Read(batch.Records, file.BytesRead);
                var keeps = !source.IsSnapshot && input.KeepsCursor;
                yield return new SourceBatch(reading, batch, keeps ? cursor : null, full, null);
            }

            census.Add(file?.Census);
            // What is wrong with one input says nothing about the others.
            if (file is not null && input.KeepsCursor && !killSwitch.IsDraining && Faults.Count == faultsBeforeInput)
            {
                // Behind the last record there may be comments: they count as read. Only the end tells what the whole is recognised by.
                var end = CursorOf(source, input, file, input.Validators);
                ends.Add(end);
                yield return new SourceBatch(reading, null, source.IsSnapshot ? null : end, false, null);
            }
        }

        if (inputs?.Fault is { } missing)
        {
            Tell(source, supervisor, missing);
        }

        var complete = inputs is not null && Faults.Count == faultsBefore && !killSwitch.IsDraining;
        if (complete && whole)
        {
            Notes.AddRange(census.Missing().Select(note => $"source {source.Name}: {note}"));
        }

        yield return new SourceBatch(
            reading,
            null,
            null,
            true,
            complete ? new CompleteReading(source, ends, whole) : null
        );
    }

    private void Rename(SourcePlan source, IReadOnlyList<CursorMove> moves)
    {
        var known = cursors[source.Name];
        var moved = moves.Select(move => known[move.From] with { Uri = move.To }).ToList();
        foreach (var move in moves)
        {
            known.Remove(move.From);
        }

        foreach (var cursor in moved)
        {
            known[cursor.Uri] = cursor;
        }

        Notes.AddRange(
            moves.Select(move => $"source {source.Name}: {move.From} is called {move.To} now; it is read on from there")
        );
    }

    // Bytes of records that become dead letters, and of objects: they wait for the epoch's end like any text.
    private static long Kept(ObservationBatch batch)
    {
        long bytes = batch.ObjectTexts.Count == 0 ? 0 : batch.ObjectTexts.Ends[batch.ObjectTexts.Count - 1];
        foreach (var rejection in batch.Rejections)
        {
            bytes += rejection.Original.Length;
        }

        return bytes;
    }

    private static void Tell(PipelineGauges gauges, RawBatch raw, ObservationBatch batch)
    {
        gauges.Add(batch);
        foreach (var tap in gauges.Taps ?? [])
        {
            tap.Take(raw, batch);
        }
    }

    // Null where there is nothing to read: a fault, which is told, or the run is to end.
    private async Task<SourceInputs?> FindAsync(SourcePlan source, Supervisor supervisor, KillSwitch killSwitch)
    {
        var known = cursors.GetValueOrDefault(source.Name) ?? [];
        try
        {
            while (true)
            {
                progress.Phase($"fetching {source.Name}");
                try
                {
                    var inputs = await source
                        .Origin.Create(source.IsSnapshot, services)
                        .FindAsync(known, killSwitch.Drain);
                    progress.Expect(inputs.All.Sum(input => input.Size));
                    Notes.AddRange(inputs.Notes.Select(note => $"source {source.Name}: {note}"));
                    if (supervisor.Failures > 0)
                    {
                        Notes.Add($"source {source.Name}: answered when asked for the {supervisor.Failures + 1}. time");
                    }

                    return inputs;
                }
                catch (SourceException error)
                {
                    progress.Phase($"waiting to ask {source.Name} again: {error.Code}");
                    if (!await supervisor.RestartsAsync(killSwitch))
                    {
                        Tell(source, supervisor, error);
                        return null;
                    }
                }
            }
        }
        catch (OperationCanceledException) when (killSwitch.IsDraining)
        {
            killSwitch.Abort.ThrowIfCancellationRequested();
            return null;
        }
        finally
        {
            progress.Phase("reading");
        }
    }

    private void Tell(SourcePlan source, Supervisor supervisor, SourceException error) =>
        Tell(supervisor, new Alarm(error.Code, source.Name, error.Message));

    private void Tell(Supervisor supervisor, Alarm fault)
    {
        supervisor.Take(fault);
        Faults.Add(fault);
    }

    private FileReading? Open(SourcePlan source, Supervisor supervisor, SourceInput input)
    {
        try
        {
            // A snapshot says everything anew: it is read from its beginning, whatever was appended to it.
            var known = source.IsSnapshot ? null : cursors.GetValueOrDefault(source.Name)?.GetValueOrDefault(input.Key);
            return input.Open(source.Reader, known);
        }
        catch (SourceException error)
        {
            Tell(source, supervisor, error);
            return null;
        }
    }

    private bool TryRead(SourcePlan source, Supervisor supervisor, FileReading file, RawBatch raw, int maxRecords)
    {
        try
        {
            return file.ReadBatch(raw, maxRecords);
        }
        catch (SourceException error)
        {
            // What was read before the fault is good and goes its way; the source is incomplete.
            Tell(source, supervisor, error);
            return false;
        }
    }

    // What was decided is told once for files that are alike.
    private void Recognised(SourcePlan source, FileReading file, List<string> told)
    {
        if (file.Recognition is { } recognition && !told.Contains(recognition.Sentence))
        {
            told.Add(recognition.Sentence);
            Notes.Add($"source {source.Name}: {file.Name}: {recognition.Sentence}");
        }
    }

    private BoundMap? Bind(SourcePlan source, Supervisor supervisor, MapSpec map, FileReading file)
    {
        if (map.Templates.IsEmpty && file.Recognition is { } recognition)
        {
            Tell(
                supervisor,
                new Alarm(
                    "CTI-READ-051",
                    source.Name,
                    $"{file.Name}: {recognition.Sentence}. Write a `map` that names the fields to take."
                )
            );
            return null;
        }

        var bound = MapPlan.bind(map, file.Columns);
        if (bound.IsOk)
        {
            return bound.ResultValue;
        }

        foreach (var error in bound.ErrorValue)
        {
            Tell(supervisor, new Alarm(error.code, source.Name, $"{file.Name}: {error.message}"));
        }

        return null;
    }

    private static SourceCursor CursorOf(SourcePlan source, SourceInput input, FileReading file, Validators validators)
    {
        var cursor = file.CursorAfterLastBatch;
        return new SourceCursor(
            source.Name,
            input.Key,
            cursor.Offset,
            cursor.Line,
            cursor.Size,
            cursor.ModifiedUnixMicroseconds,
            cursor.ContentHash,
            cursor.Header,
            validators
        );
    }
}
