// A dead letter as it is shown: read from the store by the commands that list and show.

using Cti.DuckDb;
using Cti.Host.Store;

namespace Cti.Host.Letters;

/// <summary>A group of letters that have stage, code and source in common.</summary>
internal sealed record LetterGroup(
    string Stage,
    string Code,
    string? Source,
    long Letters,
    long Attempts,
    string Message
);

/// <summary>One letter; what a purge takes is null.</summary>
internal sealed record LetterRow(
    Guid Id,
    string Status,
    string Stage,
    string Code,
    string? Message,
    string? Field,
    string? Value,
    string? Source,
    string? Uri,
    long? Line,
    long? Offset,
    byte[]? Original,
    string? Header,
    Guid? Indicator,
    int? Revision,
    Guid RunId,
    int Attempts,
    DateTime RecordedAt,
    DateTime UpdatedAt,
    DateTime? ClosedAt
)
{
    private const string Columns =
        "id, status, stage, code, message, field, value, source, uri, line, byte_offset, original, header, indicator, revision, run_id, attempts, recorded_at, updated_at, closed_at";

    /// <summary>Where it came from or should have gone, for a person.</summary>
    public string Place => Line is { } line ? $"{Uri}:{line}" : Uri ?? "";

    /// <summary>The letters of a filter, newest first; without their originals.</summary>
    public static List<LetterRow> List(DuckDbConnection connection, string pipeline, LetterFilter filter, int limit)
    {
        var (sql, parameters) = filter.ToSql(pipeline);
        return connection.Rows(
            $"SELECT {Columns.Replace("original", "NULL::BLOB", StringComparison.Ordinal)} FROM dead_letters WHERE {sql} ORDER BY updated_at DESC, stage, source, uri, byte_offset, id LIMIT {limit}",
            Read,
            parameters
        );
    }

    /// <summary>Whole letters, at most two: enough to see whether there is exactly one.</summary>
    public static List<LetterRow> Find(DuckDbConnection connection, string pipeline, string id)
    {
        var (sql, parameters) = new LetterFilter { Ids = [id] }.ToSql(pipeline);
        return connection.Rows($"SELECT {Columns} FROM dead_letters WHERE {sql} LIMIT 2", Read, parameters);
    }

    /// <summary>What the letters of a filter have in common, the most first.</summary>
    public static List<LetterGroup> Groups(DuckDbConnection connection, string pipeline, LetterFilter filter)
    {
        var (sql, parameters) = filter.ToSql(pipeline);
        return connection.Rows(
            $"SELECT stage, code, source, count(*), sum(attempts)::BIGINT, coalesce(min(message), '') FROM dead_letters WHERE {sql} GROUP BY ALL ORDER BY 4 DESC, 1, 2, 3",
            reader => new LetterGroup(
                reader.GetString(0),
                reader.GetString(1),
                reader.Text(2),
                reader.GetInt64(3),
                reader.GetInt64(4),
                reader.GetString(5)
            ),
            parameters
        );
    }

    /// <summary>Open letters about a value, or about deliveries of an indicator; a few of them, without their originals.</summary>
    public static List<LetterRow> About(DuckDbConnection connection, string[] values, Guid indicator) =>
        connection.Rows(
            $"SELECT {Columns.Replace("original", "NULL::BLOB", StringComparison.Ordinal)} FROM dead_letters WHERE status = 'open' AND (value IN (SELECT unnest($1)) OR indicator = $2) ORDER BY updated_at DESC, id LIMIT 20",
            Read,
            values,
            indicator
        );

    /// <summary>How many letters of the filter there are of each status.</summary>
    public static Dictionary<string, long> Statuses(DuckDbConnection connection, string pipeline, LetterFilter filter)
    {
        var (sql, parameters) = filter.ToSql(pipeline);
        return connection
            .Rows(
                $"SELECT status, count(*) FROM dead_letters WHERE {sql} GROUP BY 1",
                reader => (Status: reader.GetString(0), Count: reader.GetInt64(1)),
                parameters
            )
            .ToDictionary(row => row.Status, row => row.Count, StringComparer.Ordinal);
    }

    private static LetterRow Read(DuckDbDataReader reader) =>
        new(
            reader.GetGuid(0),
            reader.GetString(1),
            reader.GetString(2),
            reader.GetString(3),
            reader.Text(4),
            reader.Text(5),
            reader.Text(6),
            reader.Text(7),
            reader.Text(8),
            reader.IsDBNull(9) ? null : reader.GetInt64(9),
            reader.IsDBNull(10) ? null : reader.GetInt64(10),
            reader.IsDBNull(11) ? null : reader.GetFieldValue<byte[]>(11),
            reader.Text(12),
            reader.IsDBNull(13) ? null : reader.GetGuid(13),
            reader.IsDBNull(14) ? null : reader.GetInt32(14),
            reader.GetGuid(15),
            reader.GetInt32(16),
            reader.GetDateTime(17),
            reader.GetDateTime(18),
            reader.IsDBNull(19) ? null : reader.GetDateTime(19)
        );
}
