// A partition while it is read: its row grows with every epoch, in the epoch's transaction. So a killed backfill knows what of it is in the store.

using Cti.Core;
using Cti.DuckDb;

namespace Cti.Host.Store;

/// <summary>One per reading of a partition; used by the thread that owns the writer's connection once it was handed over.</summary>
internal sealed class PartitionTally
{
    private PartitionRow _row;
    private PartitionRow? _again;
    private PartitionBooks _read;
    private long _offered;
    private long _stored;

    /// <param name="row">As it begins: with the books of what an earlier run read and this one does not read again.</param>
    /// <param name="again">What an earlier run left of the same content, which this one reads again from its beginning; null where there is nothing.</param>
    public PartitionTally(PartitionRow row, PartitionRow? again)
    {
        _row = row;
        _again = again;
        _read = row.Books with { Merged = 0, Observations = 0 };
        _offered = row.Books.Merged + row.Books.Observations;
        _stored = row.Books.Observations + (again?.Books.Observations ?? 0);
    }

    /// <summary>As it stands; with the status of its end once that is told.</summary>
    public PartitionRow Row => _row;

    /// <summary>Takes an epoch's account over: the batches as they were read, how many observations were new and how many were not.</summary>
    public void Add(IEnumerable<ObservationBatch> batches, long added, long merged)
    {
        foreach (var batch in batches)
        {
            _read += PartitionBooks.Of(batch);
        }

        _offered += added + merged;
        _stored += added;
        _row = _row with
        {
            // What an interrupted reading stored is met again, and counts as stored, not as said twice.
            Books = _read with
            {
                Merged = Math.Max(0, _offered - _stored),
                Observations = _stored,
            },
        };
    }

    /// <summary>Its end: saved with the next transaction.</summary>
    public void End(PartitionStatus status, bool whole, string? message) =>
        _row = _row with { Status = status, Whole = whole, Message = message };

    /// <summary>
    /// Takes back what an earlier run said of records that are read again now: it is said again. Before anything is written of them; part of the
    /// caller's transaction.
    /// </summary>
    public void Begin(DuckDbConnection connection)
    {
        if (_again is { } before)
        {
            Partitions.ForgetOutcomes(connection, before);
            _again = null;
        }
    }

    /// <summary>Writes the row; part of the caller's transaction.</summary>
    public void Save(DuckDbConnection connection, DateTime recordedAt) => Partitions.Save(connection, _row, recordedAt);
}
