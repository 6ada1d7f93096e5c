// Keeps what enrichment says of every subject in the store, for SQL and `cti explain`: new subjects are looked up, and all of them again when a table
// changed. Sinks do not read it: they ask the same tables themselves (docs/decisions/0013).

using Cti.Core;
using Cti.DuckDb;
using Cti.Host.Run;

namespace Cti.Host.Store;

internal static class FactsPass
{
    /// <summary>The stage's name in the books.</summary>
    public const string Stage = "enrich";

    /// <summary>
    /// Brings the facts of a pipeline's subjects up to date, in one transaction; gives the stage's account, null where the pipeline does not enrich.
    /// </summary>
    public static StageCounts? Run(DuckDbConnection connection, string pipeline, LoadedTables? tables, long now)
    {
        var last = connection.Rows(
            "SELECT fingerprint, sequence FROM store.enrichments WHERE pipeline = $1",
            reader => (Fingerprint: reader.GetString(0), Sequence: reader.GetInt64(1)),
            pipeline
        );
        if (tables is null && last.Count == 0)
        {
            return null;
        }

        using var transaction = connection.BeginTransaction();
        var known = tables is not null && last.Count > 0 && last[0].Fingerprint == tables.Fingerprint;
        if (!known)
        {
            connection.Run("DELETE FROM store.facts WHERE pipeline = $1", pipeline);
        }

        connection.Run("DELETE FROM store.enrichments WHERE pipeline = $1", pipeline);
        var looked = 0L;
        if (tables is not null)
        {
            var newest = connection.Value<long>("SELECT coalesce(max(sequence), 0) FROM store.changes");
            looked = LookUp(connection, pipeline, tables.Enricher, known ? last[0].Sequence : 0, now);
            connection.Run(
                "INSERT INTO store.enrichments VALUES ($1, $2, $3, $4)",
                pipeline,
                tables.Fingerprint,
                newest,
                TimestampModule.toDateTime(now)
            );
        }

        transaction.Commit();
        return tables is null ? null : new StageCounts(looked, 0, looked, 0, 0, 0, 0, 0);
    }

    // Subjects of the pipeline's sources that the log added or changed behind `sequence` and that have no facts yet.
    private static long LookUp(DuckDbConnection connection, string pipeline, Enricher enricher, long sequence, long now)
    {
        using var reading = connection.DuplicateConnection();
        using var command = reading.CreateCommand(
            $"""
            SELECT c.subject, any_value(c.type), any_value(c.value)
            FROM store.claims c
            JOIN store.sources s ON s.id = c.source AND s.pipeline = $1
            {(
                sequence == 0
                    ? ""
                    : "SEMI JOIN (SELECT indicator FROM store.changes WHERE sequence > $2) h ON h.indicator = c.subject"
            )}
            {(
                sequence == 0
                    ? ""
                    : "ANTI JOIN (SELECT subject FROM store.facts WHERE pipeline = $1) f ON f.subject = c.subject"
            )}
            GROUP BY c.subject
            """
        );
        command.Parameters.Add(new DuckDbParameter { Value = pipeline });
        if (sequence > 0)
        {
            command.Parameters.Add(new DuckDbParameter { Value = sequence });
        }

        var looked = 0L;
        using var reader = command.ExecuteReader();
        using var appender = new FactAppender(connection, pipeline, now);
        var batch = new IndicatorBatch(DuckDbAppender.ChunkSize) { Facts = new FactColumns(DuckDbAppender.ChunkSize) };
        while (reader.NextChunk() is { } chunk)
        {
            batch.Clear();
            chunk.Column(0).CopyUuids(batch.Subject.AsSpan(0, chunk.Count));
            var type = chunk.Column(1).Values<byte>();
            var value = chunk.Column(2);
            for (var row = 0; row < chunk.Count; row++)
            {
                batch.Add();
                batch.Type[row] = ObservableTypeModule.tryOfCode(type[row]).Value;
                batch.Value.Add(value.Bytes(row));
                enricher.Fill(batch, row);
            }

            looked += chunk.Count;
            appender.Add(batch);
        }

        appender.Close();
        return looked;
    }
}
