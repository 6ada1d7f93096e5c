// The objects of one envelope: what is wrong with each, what of them is new to a collection, and the status that tells.

using System.Text;
using System.Text.Json;
using Cti.Core;
using Cti.DuckDb;
using Cti.Host.Store;

namespace Cti.Host.Serve.Web;

/// <summary>One per request.</summary>
internal sealed class PushedBatch
{
    // What became of one object.
    private sealed record Judged(string Id, long Version, ReadOnlyMemory<byte> Text, StixObjectHead? Head)
    {
        public PushFault? Fault { get; set; }

        public bool IsThere { get; set; }
    }

    private readonly List<Judged> _judged = [];

    /// <param name="objects">Each as its bytes stand in the envelope.</param>
    /// <param name="maxTlp">The most secret that the collection may hold.</param>
    public PushedBatch(IEnumerable<ReadOnlyMemory<byte>> objects, Tlp maxTlp)
    {
        var judge = new PushedObjects(maxTlp);
        foreach (var text in objects)
        {
            var verdict = judge.Judge(text.Span);
            _judged.Add(
                verdict.IsOk
                    ? new Judged(verdict.ResultValue.FullId, verdict.ResultValue.Version, text, verdict.ResultValue)
                    : new Judged(IdOf(text), TimestampModule.none, text, null) { Fault = verdict.ErrorValue }
            );
        }
    }

    // What a client would know a refused object by.
    private static string IdOf(ReadOnlyMemory<byte> text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return
                json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("id", out var id)
                && id.ValueKind == JsonValueKind.String
                ? id.GetString() ?? ""
                : "unknown";
        }
        catch (JsonException)
        {
            return "unknown";
        }
    }

    public int Count => _judged.Count;

    public int Refused => _judged.Count(item => item.Fault is not null);

    /// <summary>Adds what is new, and notes of the rest why it is not: it is there, or something else is. Part of the caller's transaction.</summary>
    /// <param name="connection">The store's.</param>
    /// <param name="collection">The sink's number.</param>
    /// <param name="user">Who sent them.</param>
    /// <param name="now">When.</param>
    /// <returns>How many were added.</returns>
    public long Add(DuckDbConnection connection, int collection, string user, DateTime now)
    {
        var first = new Dictionary<(string Id, long Version), Judged>();
        foreach (var item in _judged.Where(item => item.Head is not null))
        {
            if (first.TryGetValue((item.Id, item.Version), out var before))
            {
                Compare(item, before.Text, isOurs: false);
            }
            else
            {
                first.Add((item.Id, item.Version), item);
            }
        }

        using (var all = Stage(connection, first.Values))
        {
            Compare(connection, collection, first);
        }

        var fresh = first.Values.Where(item => item is { Fault: null, IsThere: false }).ToList();
        using (var staged = Stage(connection, fresh))
        {
            return fresh.Count == 0 ? 0 : new CollectionTable(connection, collection).Add(now, user);
        }
    }

    private static StagedObjects Stage(DuckDbConnection connection, IEnumerable<Judged> items)
    {
        var staged = new StagedObjects(connection);
        foreach (var item in items)
        {
            if (item.Head is { } head)
            {
                staged.Take(head, item.Text.Span);
            }
        }

        staged.Close();
        return staged;
    }

    // With what the collection holds of the same objects.
    private static void Compare(
        DuckDbConnection connection,
        int collection,
        Dictionary<(string Id, long Version), Judged> sent
    )
    {
        var known = connection.Rows(
            $"""
            SELECT s.type || '--' || s.id::VARCHAR, s.version, p.publisher IS NULL,
                coalesce(p.version, 'epoch'::TIMESTAMP) = coalesce(s.version, 'epoch'::TIMESTAMP), p.content
            FROM {StagedObjects.Table} s JOIN store.published p ON p.id = s.id AND p.type = s.type
            WHERE p.collection = $1
            """,
            reader =>
                (
                    Id: reader.GetString(0),
                    Version: reader.IsDBNull(1)
                        ? TimestampModule.none
                        : TimestampModule.ofDateTimeOffset(new DateTimeOffset(reader.GetDateTime(1), TimeSpan.Zero)),
                    IsOurs: reader.GetBoolean(2),
                    IsSameVersion: reader.GetBoolean(3),
                    Content: reader.GetString(4)
                ),
            collection
        );
        foreach (var row in known)
        {
            var item = sent[(row.Id, row.Version)];
            if (row.IsSameVersion)
            {
                Compare(item, Encoding.UTF8.GetBytes(row.Content), row.IsOurs);
            }
            else if (row.IsOurs && !item.IsThere)
            {
                item.Fault ??= PushFault.NotYours;
            }
        }
    }

    // Clients write the same object in other words: members in another order, other blanks.
    private static void Compare(Judged item, ReadOnlyMemory<byte> known, bool isOurs)
    {
        using var sent = JsonDocument.Parse(item.Text);
        using var there = JsonDocument.Parse(known);
        item.IsThere = JsonElement.DeepEquals(sent.RootElement, there.RootElement);
        item.Fault =
            item.IsThere ? null
            : isOurs ? PushFault.NotYours
            : PushFault.OtherContent;
    }

    /// <summary>What became of them, as a status resource (TAXII 2.1 §4.3.1).</summary>
    public string Status(Guid id, DateTime now)
    {
        var failures = _judged.Where(item => item.Fault is not null).ToList();
        var successes = _judged.Where(item => item.Fault is null).ToList();
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("id", id.ToString("D"));
            json.WriteString("status", "complete");
            json.WriteString("request_timestamp", TaxiiPages.Time(now));
            json.WriteNumber("total_count", _judged.Count);
            json.WriteNumber("success_count", successes.Count);
            Details(json, "successes", successes, now);
            json.WriteNumber("failure_count", failures.Count);
            Details(json, "failures", failures, now);
            json.WriteNumber("pending_count", 0);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(body.GetBuffer().AsSpan(0, (int)body.Length));
    }

    private static void Details(Utf8JsonWriter json, string name, List<Judged> items, DateTime now)
    {
        if (items.Count == 0)
        {
            return;
        }

        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            json.WriteString("id", item.Id);
            json.WriteString(
                "version",
                TaxiiPages.Time(TimestampModule.isNone(item.Version) ? now : TimestampModule.toDateTime(item.Version))
            );
            if (item.Fault is { } fault)
            {
                json.WriteString("message", PushFaultModule.message(fault));
            }
            else if (item.IsThere)
            {
                json.WriteString("message", "it was there already");
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
