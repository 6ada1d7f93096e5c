// What the store already holds of an epoch's subjects: their claims, and which of the epoch's observations it has. Reads only; the tables it fills
// are temporary.

using Cti.Core;
using Cti.DuckDb;

namespace Cti.Host.Store;

/// <summary>One per run; used by the thread that owns the writer's connection.</summary>
internal sealed class EpochLookup
{
    private readonly DuckDbConnection _connection;
    private readonly EpochMerge _merge;

    public EpochLookup(DuckDbConnection connection, EpochMerge merge)
    {
        _connection = connection;
        _merge = merge;
    }

    /// <summary>The temporary table of the epoch's subjects, filled by <see cref="ReadStored"/>.</summary>
    public const string Subjects = "epoch_subjects";

    /// <summary>Appends all stored claims of the epoch's subjects, of every source.</summary>
    public void ReadStored(ClaimBatch stored)
    {
        // Made anew each time: a temporary table that is emptied keeps its rows in memory as long as it lives.
        _connection.Execute($"CREATE OR REPLACE TEMP TABLE {Subjects} (subject UUID)");
        using (var appender = _connection.CreateAppender("temp", null, Subjects))
        {
            var subjects = new UInt128[DuckDbAppender.ChunkSize];
            var heads = _merge.Heads;
            for (var start = 0; start < heads.Count; start += subjects.Length)
            {
                var count = Math.Min(subjects.Length, heads.Count - start);
                for (var index = 0; index < count; index++)
                {
                    subjects[index] = _merge.Claims.Subject[heads[start + index]];
                }

                using var chunk = appender.NewChunk(count);
                chunk.Column(0).WriteUuids(subjects.AsSpan(0, count));
                chunk.Append();
            }

            appender.Close();
        }

        ReadClaims("store.claims", stored);
    }

    /// <summary>Appends the claims of the epoch's subjects from a table shaped like that of the claims.</summary>
    public void ReadClaims(string table, ClaimBatch claims)
    {
        using var command = _connection.CreateCommand(
            $"SELECT {ClaimReader.Columns} FROM {table} c JOIN {Subjects} e ON c.subject = e.subject"
        );
        using var reader = command.ExecuteReader();
        while (reader.NextChunk() is { } chunk)
        {
            ClaimReader.Append(chunk, claims);
        }
    }

    /// <summary>
    /// Takes out of the epoch's claims the observations the store has. One can be there only if its claim is; of claims that are only extended no
    /// observation is stored, so they are not asked for. They are found by their id and count no second time.
    /// </summary>
    public void ForgetKnown(Epoch epoch, ClaimBatch stored)
    {
        if (_merge.Recognise(stored) == 0)
        {
            return;
        }

        var places = new List<(UInt128 Id, long Place)>();
        for (var batch = 0; batch < epoch.Batches.Count; batch++)
        {
            var claimOf = epoch.ClaimOf[batch];
            for (var row = 0; row < claimOf.Length; row++)
            {
                var claim = claimOf[row];
                if (claim >= 0 && _merge.Claims.Row[claim] >= 0 && !_merge.IsExtended(claim))
                {
                    places.Add((epoch.Batches[batch].Id[row], ((long)batch << 32) | (uint)row));
                }
            }
        }

        if (places.Count == 0)
        {
            return;
        }

        _connection.Execute("CREATE OR REPLACE TEMP TABLE epoch_ids (id UUID, place BIGINT)");
        using (var appender = _connection.CreateAppender("temp", null, "epoch_ids"))
        {
            var ids = new UInt128[DuckDbAppender.ChunkSize];
            var numbers = new long[DuckDbAppender.ChunkSize];
            for (var start = 0; start < places.Count; start += ids.Length)
            {
                var count = Math.Min(ids.Length, places.Count - start);
                for (var index = 0; index < count; index++)
                {
                    (ids[index], numbers[index]) = places[start + index];
                }

                using var chunk = appender.NewChunk(count);
                chunk.Column(0).WriteUuids(ids.AsSpan(0, count));
                chunk.Column(1).Write<long>(numbers.AsSpan(0, count));
                chunk.Append();
            }

            appender.Close();
        }

        using var command = _connection.CreateCommand(
            "SELECT e.place FROM epoch_ids e SEMI JOIN store.observations o ON o.id = e.id"
        );
        using var reader = command.ExecuteReader();
        while (reader.NextChunk() is { } chunk)
        {
            foreach (var place in chunk.Column(0).Values<long>())
            {
                var claimOf = epoch.ClaimOf[(int)(place >> 32)];
                var row = (int)(uint)place;
                _merge.Forget(claimOf[row]);
                claimOf[row] = -1;
            }
        }
    }
}
