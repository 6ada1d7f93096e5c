// Which dead letters a command is about: what a person may say, and the same as SQL.

using Cti.DuckDb;
using Cti.Host.Store;

namespace Cti.Host.Letters;

/// <summary>Every part that is given must hold; none for all letters of the pipeline.</summary>
public sealed record LetterFilter
{
    /// <summary>Beginnings of ids, hexadecimal with dashes; any of them.</summary>
    public IReadOnlyList<string> Ids { get; init; } = [];

    /// <summary>`read`, `map`, `normalise` or `sink:NAME`.</summary>
    public string? Stage { get; init; }
    public string? Code { get; init; }
    public string? Source { get; init; }

    /// <summary>Met for the last time then or later (UTC).</summary>
    public DateTime? Since { get; init; }

    /// <summary>Met for the last time before then (UTC).</summary>
    public DateTime? Before { get; init; }

    /// <summary>`open`, `replayed` or `purged`; null for all.</summary>
    public string? Status { get; init; }

    /// <summary>The condition and its parameters; `$1` is the pipeline.</summary>
    internal (string Sql, object?[] Parameters) ToSql(string pipeline)
    {
        var parameters = new List<object?> { pipeline };
        var conditions = new List<string> { "pipeline = $1" };
        void Add(object? value, string condition)
        {
            if (value is not null)
            {
                parameters.Add(value);
                conditions.Add(
                    condition.Replace(
                        "$n",
                        "$" + parameters.Count.ToString(System.Globalization.CultureInfo.InvariantCulture),
                        StringComparison.Ordinal
                    )
                );
            }
        }

        Add(Stage, "stage = $n");
        Add(Code, "code = $n");
        Add(Source, "source = $n");
        Add(Since, "updated_at >= $n");
        Add(Before, "updated_at < $n");
        Add(Status, "status = $n");
        Add(
            Ids.Count == 0 ? null : Ids.Select(id => id.ToLowerInvariant()).ToArray(),
            "list_any_value(list_filter($n, lambda x: starts_with(id::VARCHAR, x))) IS NOT NULL"
        );
        return (string.Join(" AND ", conditions), [.. parameters]);
    }

    /// <summary>How many letters there are.</summary>
    internal long Count(DuckDbConnection connection, string pipeline)
    {
        var (sql, parameters) = ToSql(pipeline);
        return connection.Value<long>($"SELECT count(*) FROM dead_letters WHERE {sql}", parameters);
    }
}
