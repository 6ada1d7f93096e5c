// Foreign objects into their table, word for word and each version once; and which claims were made of them.

using Cti.Core;
using Cti.DuckDb;

namespace Cti.Host.Store;

/// <summary>An object whose version says it is one that is known, but is not.</summary>
internal sealed record ObjectConflict(string Source, string Id, Position Position);

internal static class ObjectTable
{
    /// <summary>The alarm about such objects.</summary>
    public const string Conflict = "CTI-OBJECT-001";

    /// <summary>
    /// Writes the objects of an epoch's batches and what was derived from them; part of the caller's transaction. Of two objects with one id and one
    /// version that are not the same, the one that came first stands; the others are given back.
    /// </summary>
    public static IReadOnlyList<ObjectConflict> Write(
        DuckDbConnection connection,
        IReadOnlyList<ObservationBatch> batches,
        DateTime recordedAt
    )
    {
        if (batches.All(batch => batch.Objects.Count == 0))
        {
            return [];
        }

        connection.Execute(
            """
            CREATE OR REPLACE TEMP TABLE epoch_objects (
                position BIGINT, id VARCHAR, type VARCHAR, modified TIMESTAMP, source VARCHAR, tlp VARCHAR, object VARCHAR, uri VARCHAR, line BIGINT,
                byte_offset BIGINT
            );
            CREATE OR REPLACE TEMP TABLE epoch_derivations (subject UUID, source VARCHAR, object VARCHAR)
            """
        );
        Append(connection, batches);
        AppendDerivations(connection, batches);
        // Without versions every other text is a version of its own; with them the first of one version. Texts are compared by their sums, so that what is
        // sorted and joined is narrow: the texts of an epoch are as large as the memory there is.
        connection.Execute(
            """
            CREATE OR REPLACE TEMP TABLE epoch_versions AS
            WITH
                arrived AS (SELECT position, id, modified, md5_number(object) AS sum FROM epoch_objects),
                stored AS (
                    SELECT DISTINCT id, modified, md5_number(object) AS sum FROM objects SEMI JOIN epoch_objects USING (id)
                )
            SELECT a.position, s.id IS NOT NULL AS is_stored, row_number() OVER version AS place,
                a.sum <> coalesce(s.sum, first_value(a.sum) OVER version) AS differs
            FROM arrived a
            LEFT JOIN stored s
                ON s.id = a.id AND (s.modified = a.modified OR (s.modified IS NULL AND a.modified IS NULL AND s.sum = a.sum))
            WINDOW version AS (PARTITION BY a.id, a.modified, CASE WHEN a.modified IS NULL THEN a.sum END ORDER BY a.position)
            """
        );
        // In the order in which they came: the table on the left keeps its order.
        connection.Run(
            """
            INSERT INTO objects
            SELECT id, type, modified, source, tlp, object, uri, line, byte_offset, $1 FROM epoch_objects
            SEMI JOIN (FROM epoch_versions WHERE place = 1 AND NOT is_stored) USING (position)
            """,
            recordedAt
        );
        connection.Run(
            """
            INSERT INTO store.derivations
            SELECT DISTINCT subject, source, object, $1::TIMESTAMP FROM epoch_derivations
            ANTI JOIN (FROM store.derivations SEMI JOIN epoch_derivations USING (subject)) USING (subject, source, object)
            """,
            recordedAt
        );
        return connection.Rows(
            """
            SELECT source, id, uri, line, byte_offset FROM epoch_objects
            SEMI JOIN (FROM epoch_versions WHERE differs) USING (position) ORDER BY position
            """,
            reader => new ObjectConflict(
                reader.GetString(0),
                reader.GetString(1),
                new Position(reader.GetString(2), reader.GetInt64(3), reader.GetInt64(4))
            )
        );
    }

    private static void Append(DuckDbConnection connection, IReadOnlyList<ObservationBatch> batches)
    {
        using var appender = connection.CreateAppender("temp", null, "epoch_objects");
        var position = 0L;
        foreach (var batch in batches)
        {
            for (var start = 0; start < batch.Objects.Count; start += DuckDbAppender.ChunkSize)
            {
                var rows = batch.Objects.GetRange(
                    start,
                    Math.Min(DuckDbAppender.ChunkSize, batch.Objects.Count - start)
                );
                using var chunk = appender.NewChunk(rows.Count);
                chunk.Column(0).Write<long>(rows.Select(_ => position++).ToArray());
                Texts(chunk.Column(1), rows, row => row.Id);
                Texts(chunk.Column(2), rows, row => row.Type);
                chunk.Column(3).Write(rows.Select(row => row.Modified).ToArray(), TimestampModule.none);
                Texts(chunk.Column(4), rows, _ => batch.DeclaredSource);
                Texts(chunk.Column(5), rows, row => TlpModule.name(row.Tlp));
                var texts = batch.ObjectTexts;
                chunk
                    .Column(6)
                    .WriteStrings(
                        texts.Buffer,
                        Enumerable.Range(start, rows.Count).Select(texts.Start).ToArray(),
                        Enumerable.Range(start, rows.Count).Select(texts.Length).ToArray()
                    );
                Texts(chunk.Column(7), rows, row => row.Position.Uri);
                chunk.Column(8).Write<long>(rows.Select(row => row.Position.Line).ToArray());
                chunk.Column(9).Write<long>(rows.Select(row => row.Position.Offset).ToArray());
                chunk.Append();
            }
        }

        appender.Close();
    }

    private static void AppendDerivations(DuckDbConnection connection, IReadOnlyList<ObservationBatch> batches)
    {
        using var appender = connection.CreateAppender("temp", null, "epoch_derivations");
        foreach (var batch in batches)
        {
            foreach (var rows in batch.Derivations.Chunk(DuckDbAppender.ChunkSize))
            {
                using var chunk = appender.NewChunk(rows.Length);
                chunk.Column(0).WriteUuids(rows.Select(row => batch.Subject[row.Row]).ToArray());
                Texts(chunk.Column(1), rows, row => batch.Source[row.Row]);
                Texts(chunk.Column(2), rows, row => batch.Objects[row.Object].Id);
                chunk.Append();
            }
        }

        appender.Close();
    }

    private static void Texts<T>(DuckDbColumnWriter column, IReadOnlyList<T> rows, Func<T, string> text) =>
        column.WriteStrings(rows.Select(text).ToArray());
}
