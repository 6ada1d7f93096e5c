// The store's log of changes as the one who writes it sees it: numbers its entries, and adds what an epoch changed and what else changes claims.

using System.Runtime.InteropServices;
using Cti.Core;
using Cti.DuckDb;

namespace Cti.Host.Store;

/// <summary>One per run; used by the thread that owns the writer's connection. Its numbers are dense.</summary>
/// <param name="connection">The writer's.</param>
internal sealed class ChangeLog(DuckDbConnection connection)
{
    /// <summary>The number of the next entry, from 1.</summary>
    public long Next { get; private set; } =
        connection.Value<long>("SELECT coalesce(max(sequence), 0) + 1 FROM store.changes");

    /// <summary>The number of the last entry; 0 where there is none.</summary>
    public long Last => Next - 1;

    /// <summary>Entries were written from <see cref="Next"/> on.</summary>
    public void Advance(int entries) => Next += entries;

    /// <summary>Lets others write entries. One transaction.</summary>
    /// <param name="write">Gets the number of the next entry and gives the number of entries it made.</param>
    public EpochCommitted Write(Func<long, int> write)
    {
        var first = Next;
        using var transaction = connection.BeginTransaction();
        var entries = write(first);
        transaction.Commit();
        Advance(entries);
        return new EpochCommitted(first, Last, 0, 0);
    }

    /// <summary>
    /// Writes what an epoch changed, a vector at a time. Part of the caller's transaction, who says <see cref="Advance"/> once it is committed.
    /// </summary>
    public void Append(EpochMerge merge, long now)
    {
        var count = merge.ChangeSubjects.Count;
        if (count == 0)
        {
            return;
        }

        using var appender = connection.CreateAppender(null, "store", "changes");
        var subjects = CollectionsMarshal.AsSpan(merge.ChangeSubjects);
        var revisions = CollectionsMarshal.AsSpan(merge.ChangeRevisions);
        var ops = CollectionsMarshal.AsSpan(merge.ChangeOps);
        var sequence = new long[DuckDbAppender.ChunkSize];
        for (var start = 0; start < count; start += sequence.Length)
        {
            var rows = Math.Min(sequence.Length, count - start);
            for (var row = 0; row < rows; row++)
            {
                sequence[row] = Next + start + row;
            }

            using var chunk = appender.NewChunk(rows);
            chunk.Column(0).Write<long>(sequence.AsSpan(0, rows));
            chunk.Column(1).WriteUuids(subjects.Slice(start, rows));
            chunk.Column(2).Write<int>(revisions.Slice(start, rows));
            chunk.Column(3).Write<byte>(ops.Slice(start, rows));
            chunk.Column(4).Fill(now);
            chunk.Append();
        }

        appender.Close();
    }
}
