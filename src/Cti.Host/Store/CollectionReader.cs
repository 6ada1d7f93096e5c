// Pages of a collection. The log of versions is read from a place on, in stretches that grow while little is found in them: a page costs what is on it,
// wherever it stands.

using System.Globalization;
using System.Text;
using Cti.Core;
using Cti.DuckDb;

namespace Cti.Host.Store;

/// <summary>One version of an object.</summary>
/// <param name="Place">Its place in the collection.</param>
/// <param name="Added">When it was added.</param>
/// <param name="Id">`type--uuid`.</param>
/// <param name="Version">Its version, else when it was added.</param>
/// <param name="Content">The object; empty where only its head was asked for.</param>
internal readonly record struct PublishedVersion(
    long Place,
    DateTime Added,
    string Id,
    DateTime Version,
    byte[] Content
);

/// <summary>A page of versions, in the order in which they were added.</summary>
/// <param name="Versions">What is on it.</param>
/// <param name="Next">Behind which place the next one begins; null where nothing is left.</param>
internal sealed record CollectionPage(IReadOnlyList<PublishedVersion> Versions, long? Next);

/// <summary>Reads one collection for one user.</summary>
/// <param name="connection">One state of the store.</param>
/// <param name="collection">The sink's number.</param>
/// <param name="maxTlp">The strictest marking the user may see.</param>
internal sealed class CollectionReader(DuckDbConnection connection, int collection, Tlp maxTlp)
{
    // Of a page: what clients add may be ten megabytes each.
    private const long MostBytes = 16 * 1024 * 1024;

    // A stretch in which nothing was found is followed by one so much longer.
    private const int Growth = 8;

    private readonly string _scope = string.Create(
        CultureInfo.InvariantCulture,
        $"collection = {collection} AND tlp <= {TlpModule.code(maxTlp)}"
    );

    /// <summary>One page of what is asked for. It may be shorter than the limit where its objects are large, and has one at least where there is one.</summary>
    /// <param name="filter">What is asked for.</param>
    /// <param name="id">Of one object; null for all.</param>
    /// <param name="withContent">Whether the objects themselves are wanted.</param>
    public CollectionPage Page(TaxiiFilter filter, (string Type, Guid Id)? id, bool withContent)
    {
        if (!filter.IsSpecWanted)
        {
            return new CollectionPage([], null);
        }

        var (condition, values) = Condition(filter, id);
        var found = Heads(filter, condition, values);
        var length = 0;
        long bytes = 0;
        while (
            length < Math.Min(filter.Limit, found.Count) && (length == 0 || bytes + found[length].Bytes <= MostBytes)
        )
        {
            bytes += withContent ? found[length].Bytes : 0;
            length++;
        }

        var page = found.GetRange(0, length);
        var contents = withContent && length > 0 ? Contents(page, condition, values) : [];
        return new CollectionPage(
            [.. page.Select((head, place) => head.Version with { Content = withContent ? contents[place] : [] })],
            length < found.Count ? page[^1].Version.Place : null
        );
    }

    // One more than the page may have, to know whether there is more.
    private List<(PublishedVersion Version, int Bytes)> Heads(TaxiiFilter filter, string condition, object?[] values)
    {
        var found = new List<(PublishedVersion Version, int Bytes)>();
        var last =
            connection.Value<long?>("SELECT max(place) FROM store.published WHERE collection = $1", collection) ?? 0;
        var after = Start(filter);
        long stretch = filter.Limit + 1;
        while (after < last && found.Count <= filter.Limit)
        {
            var until = Math.Min(last, after + stretch);
            found.AddRange(
                connection.Rows(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"""
                        SELECT place, added, type || '--' || id::VARCHAR, coalesce(version, added), bytes FROM store.published
                        WHERE {_scope} AND place > {after} AND place <= {until} AND {condition}
                        ORDER BY place LIMIT {filter.Limit + 1 - found.Count}
                        """
                    ),
                    reader =>
                        (
                            new PublishedVersion(
                                reader.GetInt64(0),
                                reader.GetDateTime(1),
                                reader.GetString(2),
                                reader.GetDateTime(3),
                                []
                            ),
                            reader.GetInt32(4)
                        ),
                    values
                )
            );
            after = until;
            stretch *= Growth;
        }

        return found;
    }

    private List<byte[]> Contents(
        List<(PublishedVersion Version, int Bytes)> page,
        string condition,
        object?[] values
    ) =>
        connection.Rows(
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                SELECT content FROM store.published
                WHERE {_scope} AND place >= {page[0].Version.Place} AND place <= {page[
                    ^1
                ].Version.Place} AND {condition}
                ORDER BY place
                """
            ),
            reader => Encoding.UTF8.GetBytes(reader.GetString(0)),
            values
        );

    /// <summary>Whether the collection has any version of an object that the user may see.</summary>
    public bool Has(string type, Guid id) =>
        connection.Value<long>(
            $"SELECT count(*) FROM (SELECT 1 FROM store.published WHERE {_scope} AND type = $1 AND id = $2 LIMIT 1)",
            type,
            id
        ) > 0;

    /// <summary>Splits `type--uuid`; null for any other text.</summary>
    public static (string Type, Guid Id)? Parse(string id) =>
        id.IndexOf("--", StringComparison.Ordinal) is var cut and > 0
        && Guid.TryParseExact(id.AsSpan(cut + 2), "D", out var uuid)
        && !id.AsSpan(cut).ContainsAnyInRange('A', 'Z')
            ? (id[..cut], uuid)
            : null;

    /// <summary>Which versions a filter wants, as a condition over the columns of `store.published`. Holds no text of the client.</summary>
    public static string Versions(TaxiiVersions versions) =>
        versions.All
            ? "true"
            : string.Join(
                " OR ",
                (
                    (IEnumerable<string>)
                        [
                            .. versions.First ? ["is_first"] : Array.Empty<string>(),
                            .. versions.Last ? ["is_last"] : Array.Empty<string>(),
                            .. versions.At.Select(at =>
                                $"coalesce(version, added) = make_timestamp({TimestampModule.toMicroseconds(at).ToString(CultureInfo.InvariantCulture)})"
                            ),
                        ]
                ).DefaultIfEmpty("false")
            );

    private long Start(TaxiiFilter filter)
    {
        if (TimestampModule.isNone(filter.AddedAfter))
        {
            return filter.After;
        }

        // Places follow their times. Nothing later than that: behind the last.
        var first = connection.Value<long?>(
            "SELECT min(place) FROM store.published WHERE collection = $1 AND added > make_timestamp($2::BIGINT)",
            collection,
            TimestampModule.toMicroseconds(filter.AddedAfter)
        );
        return Math.Max(filter.After, (first ?? long.MaxValue) - 1);
    }

    private static (string Condition, object?[] Values) Condition(TaxiiFilter filter, (string Type, Guid Id)? id)
    {
        var values = new List<object?>();
        string Value(object value)
        {
            values.Add(value);
            return "$" + values.Count.ToString(CultureInfo.InvariantCulture);
        }

        var ids = id is { } one ? [one] : filter.Ids.Select(Parse).OfType<(string Type, Guid Id)>().ToList();
        var conditions = new List<string> { $"({Versions(filter.Versions)})" };
        if (id is not null || !filter.Ids.IsEmpty)
        {
            conditions.Add(
                ids.Count == 0
                    ? "false"
                    : $"({string.Join(" OR ", ids.Select(wanted => $"(id = {Value(wanted.Id)} AND type = {Value(wanted.Type)})"))})"
            );
        }

        if (!filter.Types.IsEmpty)
        {
            conditions.Add($"type IN ({string.Join(", ", filter.Types.Select(type => Value(type)))})");
        }

        return (string.Join(" AND ", conditions), [.. values]);
    }
}
