// What goes from a run's first half to its second: the observations of one batch of raw records, and what is told with them.

using Cti.Core;
using Cti.Host.Sources;
using Cti.Host.Store;

namespace Cti.Host.Run;

/// <summary>Observations of one batch of raw records, on their way to the store.</summary>
/// <param name="Reading">The reading it is part of; an epoch never holds two.</param>
/// <param name="Batch">The observations; null where only the end of a source is told.</param>
/// <param name="Cursor">Where the source stands behind this batch.</param>
/// <param name="EndsEpoch">Whether the epoch closes with it: after a fixed number of records, or with the source.</param>
/// <param name="Ends">The reading that ended well with this batch; null otherwise.</param>
internal sealed record SourceBatch(
    Reading Reading,
    ObservationBatch? Batch,
    SourceCursor? Cursor,
    bool EndsEpoch,
    ReadingEnd? Ends
)
{
    /// <summary>The partition of a backfill it is part of; null where a source is read as it is now.</summary>
    public PartitionTally? Partition { get; init; }

    /// <summary>Dead letters whose record the batch holds.</summary>
    public IReadOnlyList<Guid> Replayed { get; init; } = [];

    /// <summary>Cursors that go over to other names before anything of the source is read; null for none.</summary>
    public CursorMoves? Moves { get; init; }
}

/// <summary>Files of a source that have other names now.</summary>
internal sealed record CursorMoves(string Source, IReadOnlyList<CursorMove> All);

/// <summary>A source has nothing more, and nothing went wrong.</summary>
internal abstract record ReadingEnd(SourcePlan Source);

/// <summary>A source that was read to its end.</summary>
/// <param name="Source">The source.</param>
/// <param name="Cursors">Of a snapshot: where its inputs ended. Kept back until here, because half a snapshot is read again as a whole.</param>
/// <param name="Whole">Whether every input was read from its beginning: only then do the numbers say something about the feed.</param>
internal sealed record CompleteReading(SourcePlan Source, IReadOnlyList<SourceCursor> Cursors, bool Whole)
    : ReadingEnd(Source);

/// <summary>A source that says what it said last time: nothing was read.</summary>
internal sealed record UnchangedReading(SourcePlan Source) : ReadingEnd(Source);
