// What commits together: the batches of one source since the last commit, merged as they came.

using Cti.Core;
using Cti.Host.Sources;

namespace Cti.Host.Store;

/// <summary>Where a source will be once the epoch is committed.</summary>
public sealed record SourceCursor(
    string Source,
    string Uri,
    long Offset,
    long Line,
    long Size,
    long ModifiedUnixMicroseconds,
    string ContentHash,
    string Header,
    Validators Validators
);

/// <summary>An epoch being gathered. Used by the thread that writes the store; the batches go back to their pool after the commit.</summary>
internal sealed class Epoch
{
    /// <summary>The batches, in order.</summary>
    public List<ObservationBatch> Batches { get; } = [];

    /// <summary>Per batch and observation: its claim's row in the epoch's merge, -1 where it is the same as one before it.</summary>
    public List<int[]> ClaimOf { get; } = [];

    /// <summary>The newest cursor of each input the epoch touched.</summary>
    public Dictionary<string, SourceCursor> Cursors { get; } = new(StringComparer.Ordinal);

    /// <summary>Dead letters whose records are in the batches.</summary>
    public List<Guid> Replayed { get; } = [];

    /// <summary>Raw records in the batches.</summary>
    public long Records { get; private set; }

    public bool IsEmpty => Batches.Count == 0 && Cursors.Count == 0 && Replayed.Count == 0;

    public void Add(ObservationBatch batch, int[] claimOf)
    {
        Batches.Add(batch);
        ClaimOf.Add(claimOf);
        Records += batch.Records;
    }

    public void Clear()
    {
        Batches.Clear();
        ClaimOf.Clear();
        Cursors.Clear();
        Replayed.Clear();
        Records = 0;
    }
}

/// <summary>What an epoch added to the store.</summary>
/// <param name="FirstSequence">Its first change in the log.</param>
/// <param name="LastSequence">Its last one; smaller than the first where it made no change.</param>
/// <param name="Observations">New observations.</param>
/// <param name="Merged">Observations that were the same as one already held.</param>
public readonly record struct EpochCommitted(long FirstSequence, long LastSequence, long Observations, long Merged);

/// <summary>What a commit leaves behind for those who follow the log; valid until the writer forgets the epoch.</summary>
internal sealed record CommittedEpoch(EpochMerge Merge, ClaimBatch Stored, long FirstSequence)
{
    /// <summary>Entries the epoch added to the log.</summary>
    public int Changes => Merge.ChangeSubjects.Count;
}
