// The table of what backfills have read.

using Cti.Core;
using Cti.DuckDb;

namespace Cti.Host.Store;

internal static class Partitions
{
    // Entries of an archive are called by its name and theirs.
    private const string Among = "list_contains($1, split_part(uri, '!', 1))";

    /// <summary>Every partition of a pipeline, by source and time.</summary>
    public static Dictionary<(string Source, long At), PartitionRow> Load(
        DuckDbConnection connection,
        string pipeline
    ) =>
        connection
            .Rows(
                """
                SELECT source, epoch_us(event_time), uris, content_hash, bytes, records, expanded, screened, rejected, merged, observations, whole, status,
                    message, run_id, config_hash
                FROM partitions WHERE pipeline = $1
                """,
                reader => new PartitionRow
                {
                    Pipeline = pipeline,
                    Source = reader.GetString(0),
                    At = reader.GetInt64(1),
                    Uris = reader.GetFieldValue<List<string>>(2),
                    ContentHash = reader.GetString(3),
                    Bytes = reader.GetInt64(4),
                    Books = new PartitionBooks(
                        reader.GetInt64(5),
                        reader.GetInt64(6),
                        reader.GetInt64(7),
                        reader.GetInt64(8),
                        reader.GetInt64(9),
                        reader.GetInt64(10)
                    ),
                    Whole = reader.GetBoolean(11),
                    Status = PartitionStatusModule.parse(reader.GetString(12)),
                    Message = reader.Text(13),
                    RunId = reader.GetGuid(14),
                    ConfigHash = reader.GetString(15),
                },
                pipeline
            )
            .ToDictionary(row => (row.Source, row.At));

    /// <summary>Replaces a row; part of the caller's transaction.</summary>
    public static void Save(DuckDbConnection connection, PartitionRow row, DateTime recordedAt)
    {
        connection.Run(
            "DELETE FROM partitions WHERE pipeline = $1 AND source = $2 AND key = $3",
            row.Pipeline,
            row.Source,
            row.Key
        );
        connection.Run(
            "INSERT INTO partitions VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
            row.Pipeline,
            row.Source,
            row.Key,
            TimestampModule.toDateTime(row.At),
            row.Uris.ToArray(),
            row.ContentHash,
            row.Bytes,
            row.Books.Records,
            row.Books.Expanded,
            row.Books.Screened,
            row.Books.Rejected,
            row.Books.Merged,
            row.Books.Observations,
            row.Whole,
            PartitionStatusModule.name(row.Status),
            row.Message,
            row.RunId,
            row.ConfigHash,
            recordedAt
        );
    }

    /// <summary>How many observations the store holds that were read from these files.</summary>
    public static long Observations(DuckDbConnection connection, IReadOnlyList<string> uris) =>
        connection.Value<long>(
            $"SELECT count(*) FROM store.observations o SEMI JOIN (SELECT id FROM store.uris WHERE {Among}) u ON u.id = o.uri",
            [uris.ToArray()]
        );

    /// <summary>
    /// Takes back the dead letters and screenings of a partition that is read again from its beginning: they come again. Part of the caller's
    /// transaction.
    /// </summary>
    public static void ForgetOutcomes(DuckDbConnection connection, PartitionRow row)
    {
        string[] tables = ["dead_letters WHERE status = 'open' AND run_id = $2", "store.screenings WHERE run = $2"];
        foreach (var rows in tables)
        {
            connection.Run(
                $"DELETE FROM {rows} AND source = $3 AND {Among}",
                row.Uris.ToArray(),
                row.RunId,
                row.Source
            );
        }
    }
}
