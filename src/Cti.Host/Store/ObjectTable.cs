// Foreign objects into their table, word for word and each version once; and which claims were made of them.

using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
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
            CREATE OR REPLACE TEMP TABLE epoch_objects (position INTEGER, id VARCHAR, modified TIMESTAMP, sum UHUGEINT);
            CREATE OR REPLACE TEMP TABLE epoch_derivations (subject UUID, source VARCHAR, object VARCHAR)
            """
        );
        AppendVersions(connection, batches);
        AppendDerivations(connection, batches);
        // Without versions every other text is a version of its own; with them the first of one version. The texts themselves stay where they are until it
        // is known which of them are new: an epoch of them is as large as the memory there is.
        connection.Execute(
            """
            CREATE OR REPLACE TEMP TABLE epoch_versions AS
            WITH
                stored AS (
                    SELECT DISTINCT id, modified, md5_number(object) AS sum FROM objects SEMI JOIN epoch_objects USING (id)
                )
            SELECT a.position, s.id IS NOT NULL AS is_stored, row_number() OVER version AS place,
                a.sum <> coalesce(s.sum, first_value(a.sum) OVER version) AS differs
            FROM epoch_objects a
            LEFT JOIN stored s
                ON s.id = a.id AND (s.modified = a.modified OR (s.modified IS NULL AND a.modified IS NULL AND s.sum = a.sum))
            WINDOW version AS (PARTITION BY a.id, a.modified, CASE WHEN a.modified IS NULL THEN a.sum END ORDER BY a.position)
            """
        );
        AppendNew(connection, batches, recordedAt);
        connection.Run(
            """
            INSERT INTO store.derivations
            SELECT DISTINCT subject, source, object, $1::TIMESTAMP FROM epoch_derivations
            ANTI JOIN (FROM store.derivations SEMI JOIN epoch_derivations USING (subject)) USING (subject, source, object)
            """,
            recordedAt
        );
        return Conflicts(connection, batches);
    }

    private static void AppendVersions(DuckDbConnection connection, IReadOnlyList<ObservationBatch> batches)
    {
        using var appender = connection.CreateAppender("temp", null, "epoch_objects");
        var position = 0;
        foreach (var batch in batches)
        {
            for (var start = 0; start < batch.Objects.Count; start += DuckDbAppender.ChunkSize)
            {
                var places = Enumerable
                    .Range(start, Math.Min(DuckDbAppender.ChunkSize, batch.Objects.Count - start))
                    .ToArray();
                using var chunk = appender.NewChunk(places.Length);
                chunk.Column(0).Write<int>(places.Select(_ => position++).ToArray());
                Texts(chunk.Column(1), places, place => batch.Objects[place].Id);
                chunk
                    .Column(2)
                    .Write(places.Select(place => batch.Objects[place].Modified).ToArray(), TimestampModule.none);
                chunk.Column(3).Write<UInt128>(places.Select(place => Sum(batch.ObjectTexts, place)).ToArray());
                chunk.Append();
            }
        }

        appender.Close();
    }

    // As DuckDB's md5_number: texts are told apart by it, nobody is kept out by it.
#pragma warning disable CA5351
    private static UInt128 Sum(TextColumn texts, int place)
    {
        Span<byte> sum = stackalloc byte[MD5.HashSizeInBytes];
        MD5.HashData(texts[place], sum);
        return BinaryPrimitives.ReadUInt128LittleEndian(sum);
    }
#pragma warning restore CA5351

    // In the order in which they came.
    private static void AppendNew(
        DuckDbConnection connection,
        IReadOnlyList<ObservationBatch> batches,
        DateTime recordedAt
    )
    {
        var arrived = Places(
            connection,
            batches,
            "SELECT position FROM epoch_versions WHERE place = 1 AND NOT is_stored ORDER BY position"
        );
        using var appender = connection.CreateAppender(null, null, "objects");
        foreach (var (batch, places) in arrived)
        {
            foreach (var rows in places.Chunk(DuckDbAppender.ChunkSize))
            {
                Append(appender, batch, rows, recordedAt);
            }
        }

        appender.Close();
    }

    private static void Append(DuckDbAppender appender, ObservationBatch batch, int[] places, DateTime recordedAt)
    {
        var objects = Array.ConvertAll(places, place => batch.Objects[place]);
        var texts = batch.ObjectTexts;
        using var chunk = appender.NewChunk(places.Length);
        Texts(chunk.Column(0), objects, row => row.Id);
        Texts(chunk.Column(1), objects, row => row.Type);
        chunk.Column(2).Write(Array.ConvertAll(objects, row => row.Modified), TimestampModule.none);
        chunk.Column(3).FillString(Encoding.UTF8.GetBytes(batch.DeclaredSource));
        Texts(chunk.Column(4), objects, row => TlpModule.name(row.Tlp));
        chunk
            .Column(5)
            .WriteStrings(texts.Buffer, Array.ConvertAll(places, texts.Start), Array.ConvertAll(places, texts.Length));
        Texts(chunk.Column(6), objects, row => row.Position.Uri);
        chunk.Column(7).Write<long>(Array.ConvertAll(objects, row => row.Position.Line));
        chunk.Column(8).Write<long>(Array.ConvertAll(objects, row => row.Position.Offset));
        chunk.Column(9).Fill(TimestampModule.ofDateTimeOffset(new DateTimeOffset(recordedAt, TimeSpan.Zero)));
        chunk.Append();
    }

    private static List<ObjectConflict> Conflicts(
        DuckDbConnection connection,
        IReadOnlyList<ObservationBatch> batches
    ) =>
        Places(connection, batches, "SELECT position FROM epoch_versions WHERE differs ORDER BY position")
            .SelectMany(found =>
                found.Places.Select(place => new ObjectConflict(
                    found.Batch.DeclaredSource,
                    found.Batch.Objects[place].Id,
                    found.Batch.Objects[place].Position
                ))
            )
            .ToList();

    // Positions among the epoch's objects, ascending, as places in its batches.
    private static List<(ObservationBatch Batch, int[] Places)> Places(
        DuckDbConnection connection,
        IReadOnlyList<ObservationBatch> batches,
        string positions
    )
    {
        var found = connection.Rows(positions, reader => reader.GetInt32(0));
        var places = new List<(ObservationBatch, int[])>();
        var (first, from) = (0, 0);
        foreach (var batch in batches)
        {
            var end = from;
            while (end < found.Count && found[end] < first + batch.Objects.Count)
            {
                end++;
            }

            places.Add((batch, found[from..end].Select(position => position - first).ToArray()));
            (first, from) = (first + batch.Objects.Count, end);
        }

        return places;
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
