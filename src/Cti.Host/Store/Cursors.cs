// Where sources and stream sinks stand. Written in the transaction of what the position stands for.

using Cti.Core;
using Cti.DuckDb;
using Cti.Host.Sources;

namespace Cti.Host.Store;

/// <summary>Where a stream sink stands.</summary>
/// <param name="Sequence">The last change it acknowledged.</param>
/// <param name="Receipt">Of its last acknowledged send; empty before the first.</param>
/// <param name="IsInDoubt">Whether something behind it was sent, perhaps, and not noted.</param>
internal sealed record SinkCursor(long Sequence, string Receipt, bool IsInDoubt = false);

internal static class Cursors
{
    /// <summary>The stored cursors of a source, by uri.</summary>
    public static Dictionary<string, SourceCursor> LoadSource(DuckDbConnection connection, string source) =>
        connection
            .Rows(
                "SELECT uri, position, line, size, modified_us, content_hash, header, etag, last_modified, body_hash, receipt FROM cursors WHERE kind = 'source' AND name = $1",
                reader => new SourceCursor(
                    source,
                    reader.GetString(0),
                    reader.GetInt64(1),
                    reader.GetInt64(2),
                    reader.GetInt64(3),
                    reader.GetInt64(4),
                    reader.GetString(5),
                    reader.GetString(6),
                    new Validators(reader.GetString(7), reader.GetString(8), reader.GetString(9))
                    {
                        Mark = reader.GetString(10),
                    }
                ),
                source
            )
            .ToDictionary(cursor => cursor.Uri, StringComparer.Ordinal);

    public static void SaveSources(DuckDbConnection connection, IEnumerable<SourceCursor> cursors, DateTime updatedAt)
    {
        foreach (var cursor in cursors)
        {
            connection.Run(
                "DELETE FROM cursors WHERE kind = 'source' AND name = $1 AND uri = $2",
                cursor.Source,
                cursor.Uri
            );
            connection.Run(
                "INSERT INTO cursors (kind, name, uri, position, line, size, modified_us, content_hash, header, etag, last_modified, body_hash, updated_at, receipt) "
                    + "VALUES ('source', $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
                cursor.Source,
                cursor.Uri,
                cursor.Offset,
                cursor.Line,
                cursor.Size,
                cursor.ModifiedUnixMicroseconds,
                cursor.ContentHash,
                cursor.Header,
                cursor.Validators.ETag,
                cursor.Validators.LastModified,
                cursor.Validators.BodyHash,
                updatedAt,
                cursor.Validators.Mark
            );
        }
    }

    /// <summary>Gives cursors of a source over to other names; what stood under those names is forgotten.</summary>
    public static void Move(
        DuckDbConnection connection,
        string source,
        IReadOnlyList<CursorMove> moves,
        DateTime updatedAt
    )
    {
        var before = LoadSource(connection, source);
        foreach (var move in moves)
        {
            connection.Run("DELETE FROM cursors WHERE kind = 'source' AND name = $1 AND uri = $2", source, move.From);
        }

        SaveSources(connection, moves.Select(move => before[move.From] with { Uri = move.To }), updatedAt);
    }

    /// <summary>
    /// Where a stream sink stands: the last change it acknowledged, and what its transport left as receipt then; null before its first time.
    /// </summary>
    public static SinkCursor? LoadSink(DuckDbConnection connection, string sink)
    {
        var rows = connection.Rows(
            "SELECT position, receipt, in_doubt FROM cursors WHERE kind = 'sink' AND name = $1",
            reader => new SinkCursor(reader.GetInt64(0), reader.GetString(1), reader.GetBoolean(2)),
            sink
        );
        return rows.Count == 0 ? null : rows[0];
    }

    public static void SaveSink(
        DuckDbConnection connection,
        string sink,
        string endpoint,
        SinkCursor cursor,
        DateTime updatedAt
    )
    {
        connection.Run("DELETE FROM cursors WHERE kind = 'sink' AND name = $1", sink);
        connection.Run(
            "INSERT INTO cursors (kind, name, uri, position, line, size, modified_us, content_hash, header, etag, last_modified, body_hash, updated_at, receipt, in_doubt) "
                + "VALUES ('sink', $1, $2, $3, 0, 0, 0, '', '', '', '', '', $4, $5, $6)",
            sink,
            endpoint,
            cursor.Sequence,
            updatedAt,
            cursor.Receipt,
            cursor.IsInDoubt
        );
    }
}
