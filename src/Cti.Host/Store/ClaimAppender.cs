// Claims into their table's columns, in the place of those they replace, a vector at a time. The one place that knows the order of its columns when
// written.

using Cti.Core;
using Cti.DuckDb;

namespace Cti.Host.Store;

internal static class ClaimAppender
{
    /// <summary>Deletes the stored claims in whose place others will be written.</summary>
    /// <param name="connection">The writer's, in its transaction.</param>
    /// <param name="claims">What the store shall hold, each with the row of the store it replaces.</param>
    public static void DeleteReplaced(DuckDbConnection connection, ClaimBatch claims)
    {
        connection.Execute("CREATE OR REPLACE TEMP TABLE epoch_rows (claim BIGINT)");
        using (var appender = connection.CreateAppender("temp", null, "epoch_rows"))
        {
            var rows = new long[DuckDbAppender.ChunkSize];
            var count = 0;
            for (var row = 0; row <= claims.Count; row++)
            {
                if (row < claims.Count && claims.Row[row] >= 0)
                {
                    rows[count++] = claims.Row[row];
                }

                if (count > 0 && (count == rows.Length || row == claims.Count))
                {
                    using var chunk = appender.NewChunk(count);
                    chunk.Column(0).Write<long>(rows.AsSpan(0, count));
                    chunk.Append();
                    count = 0;
                }
            }

            appender.Close();
        }

        connection.Execute("DELETE FROM store.claims WHERE rowid IN (SELECT claim FROM epoch_rows)");
    }

    /// <summary>Writes claims.</summary>
    /// <param name="connection">The writer's, in its transaction.</param>
    /// <param name="claims">What the store shall hold.</param>
    /// <param name="assertedAt">The mark of the reading: every claim of an epoch was asserted in it.</param>
    public static void Write(DuckDbConnection connection, ClaimBatch claims, long assertedAt)
    {
        if (claims.Count == 0)
        {
            return;
        }

        using var appender = connection.CreateAppender(null, "store", "claims");
        var codes = new byte[DuckDbAppender.ChunkSize];
        var valueStart = new int[DuckDbAppender.ChunkSize];
        var valueLength = new int[DuckDbAppender.ChunkSize];
        var low = new UInt128[DuckDbAppender.ChunkSize];
        var high = new UInt128[DuckDbAppender.ChunkSize];
        var describedAt = new long[DuckDbAppender.ChunkSize];
        var description = new TextCells();
        var references = new TextCells();
        for (var start = 0; start < claims.Count; start += DuckDbAppender.ChunkSize)
        {
            var rows = Math.Min(DuckDbAppender.ChunkSize, claims.Count - start);
            using var chunk = appender.NewChunk(rows);
            chunk.Column(0).WriteUuids(claims.Subject.AsSpan(start, rows));
            chunk.Column(1).Write<int>(claims.Source.AsSpan(start, rows));
            for (var row = 0; row < rows; row++)
            {
                codes[row] = ObservableTypeModule.code(claims.Type[start + row]);
            }

            chunk.Column(2).Write<byte>(codes.AsSpan(0, rows));
            for (var row = 0; row < rows; row++)
            {
                valueStart[row] = claims.Value.Start(start + row);
                valueLength[row] = claims.Value.Length(start + row);
                AddressRange.Of(claims.Type[start + row], claims.Value[start + row], ref low[row], ref high[row]);
            }

            chunk.Column(3).WriteStrings(claims.Value.Buffer, valueStart.AsSpan(0, rows), valueLength.AsSpan(0, rows));

            // No address range ends at 0 but 0.0.0.0 itself, which is never stored: 0 says that there is none.
            chunk.Column(4).Write(low.AsSpan(0, rows), UInt128.Zero);
            chunk.Column(5).Write(high.AsSpan(0, rows), UInt128.Zero);
            chunk.Column(6).Write<long>(claims.FirstSeen.AsSpan(start, rows));
            chunk.Column(7).Write<long>(claims.LastSeen.AsSpan(start, rows));
            chunk.Column(8).Write<long>(claims.RecordedAt.AsSpan(start, rows));
            chunk.Column(9).Write<long>(claims.ChangedAt.AsSpan(start, rows));
            chunk.Column(10).Fill(assertedAt);
            chunk.Column(11).Write(claims.WithdrawnAt.AsSpan(start, rows), TimestampModule.none);
            chunk.Column(12).Write<byte>(claims.Confidence.AsSpan(start, rows));
            for (var row = 0; row < rows; row++)
            {
                codes[row] = TlpModule.code(claims.Tlp[start + row]);
            }

            chunk.Column(13).Write<byte>(codes.AsSpan(0, rows));
            chunk.Column(14).Write<int>(claims.Labels.AsSpan(start, rows));
            chunk.Column(15).Write<int>(claims.Observations.AsSpan(start, rows));
            chunk.Column(16).Write<int>(claims.Revision.AsSpan(start, rows));
            for (var row = 0; row < rows && !claims.Remarks.IsEmpty; row++)
            {
                description.Set(row, claims.Remarks.Description(start + row));
                references.Set(row, claims.Remarks.References(start + row));
            }

            description.Write(chunk.Column(17));
            if (claims.Remarks.IsEmpty)
            {
                chunk.Column(18).WriteNulls();
            }
            else
            {
                for (var row = 0; row < rows; row++)
                {
                    describedAt[row] = claims.Remarks.DescribedAt(start + row);
                }

                chunk.Column(18).Write(describedAt.AsSpan(0, rows), TimestampModule.none);
            }

            references.Write(chunk.Column(19));
            chunk.Column(20).Write(claims.Until.AsSpan(start, rows), TimestampModule.none);
            chunk.Append();
            description.Clear();
            references.Clear();
        }

        appender.Close();
    }
}
