// What users change of collections: objects they add, with a status that says what became of each, and objects of theirs that they delete.

using System.Globalization;
using System.Text;
using System.Text.Json;
using Cti.Core;
using Cti.DuckDb;
using Cti.Host.Run;
using Cti.Host.Store;
using Microsoft.AspNetCore.Http;

namespace Cti.Host.Serve.Web;

/// <summary>One per server.</summary>
/// <param name="catalogue">What there is.</param>
/// <param name="environment">Clock and ids; told of every change.</param>
internal sealed class TaxiiPush(Catalogue catalogue, RunEnvironment environment)
{
    // What became of one object.
    private sealed record Judged(string Id, long Version, ReadOnlyMemory<byte> Text, StixObjectHead? Head)
    {
        public PushFault? Fault { get; set; }

        public bool IsThere { get; set; }
    }

    // How long a status can be asked for.
    private static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    /// <summary>Adds the objects of an envelope (§5.5).</summary>
    /// <exception cref="RefusedException">The visitor may not, or it is no envelope.</exception>
    public async Task AddAsync(HttpContext context, Visitor visitor, ServedCollection collection)
    {
        if (!TaxiiPages.MayWrite(visitor, collection))
        {
            throw RefusedException.Forbidden("You may read this collection, and not add to it.");
        }

        if (!TaxiiMedia.isContent(context.Request.ContentType ?? ""))
        {
            throw new RefusedException(
                415,
                "media type not understood",
                $"Send an envelope as {TaxiiMedia.current} (Content-Type)."
            );
        }

        var content = await BodyAsync(context);
        var envelope = TaxiiEnvelope.cut(content);
        if (envelope.IsError)
        {
            throw envelope.ErrorValue switch
            {
                EnvelopeFault.NoJson { problem: var problem } => RefusedException.Malformed(problem),
                EnvelopeFault.OtherShape { problem: var problem } => new RefusedException(
                    422,
                    "not an envelope",
                    problem
                ),
                _ => throw new InvalidOperationException("a new kind of fault"),
            };
        }

        var now = environment.Clock.GetUtcNow().UtcDateTime;
        var id = environment.NewId();
        var judged = Judge([.. envelope.ResultValue], collection.Sink.MaxTlp);
        string status;
        long added;
        using (var store = catalogue.Open(collection.Pipeline))
        {
            var number = Registration.SinkNumber(store.Connection, collection.Pipeline.Name, collection.Sink.Name);
            lock (store.Publishing)
            {
                using var transaction = store.Connection.BeginTransaction();
                added = Add(store.Connection, number, judged, visitor, now);
                status = Status(id, now, judged);
                store.Connection.Run("DELETE FROM store.taxii_statuses WHERE requested_at < $1", now - Kept);
                store.Connection.Run(
                    "INSERT INTO store.taxii_statuses VALUES ($1, $2, $3, $4, $5)",
                    id,
                    number,
                    visitor.Name,
                    now,
                    status
                );
                transaction.Commit();
            }
        }

        environment.Error.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{now:yyyy-MM-dd'T'HH:mm:ss'Z'} {visitor.Name} sent {judged.Count} objects to {collection.Name}: {added} added, {judged.Count(item => item.Fault is not null)} refused"
            )
        );
        await Answer.BytesAsync(context, 202, TaxiiMedia.current, Encoding.UTF8.GetBytes(status));
    }

    /// <summary>What became of an envelope (§4.3); for whoever sent it.</summary>
    /// <exception cref="RefusedException">There is no such status for the visitor.</exception>
    public async Task StatusAsync(
        HttpContext context,
        Visitor visitor,
        IReadOnlyList<ServedCollection> collections,
        string id
    )
    {
        if (Guid.TryParseExact(id, "D", out var uuid))
        {
            foreach (var pipeline in collections.Select(collection => collection.Pipeline).Distinct())
            {
                using var store = catalogue.Open(pipeline);
                if (
                    store.Connection.Value<string>(
                        "SELECT status FROM store.taxii_statuses WHERE id = $1 AND publisher = $2",
                        uuid,
                        visitor.Name
                    ) is
                    { } status
                )
                {
                    await Answer.BytesAsync(context, 200, TaxiiMedia.current, Encoding.UTF8.GetBytes(status));
                    return;
                }
            }
        }

        throw RefusedException.NotFound(
            "There is no such status: they are kept for a day, for whoever sent the objects."
        );
    }

    /// <summary>Deletes what users added of an object (§5.7).</summary>
    /// <exception cref="RefusedException">The visitor may not, or it is not there.</exception>
    public async Task DeleteAsync(HttpContext context, Visitor visitor, ServedCollection collection, string objectId)
    {
        if (!TaxiiPages.MayRead(visitor, collection) || !TaxiiPages.MayWrite(visitor, collection))
        {
            throw RefusedException.Forbidden("To delete takes the right to read the collection and to add to it.");
        }

        var filter = TaxiiPages.Filter(context, TaxiiResource.Deletion);
        using var store = catalogue.Open(collection.Pipeline);
        var number = Registration.SinkNumber(store.Connection, collection.Pipeline.Name, collection.Sink.Name);
        var reader = new CollectionReader(store.Connection, number, visitor.Rights.MaxTlp);
        if (CollectionReader.Parse(objectId) is not { } id || !reader.Has(id.Type, id.Id))
        {
            throw RefusedException.NotFound($"There is no {objectId} in this collection.");
        }

        int deleted;
        lock (store.Publishing)
        {
            using var transaction = store.Connection.BeginTransaction();
            var ours = store.Connection.Value<long>(
                "SELECT count(*) FROM store.published WHERE collection = $1 AND type = $2 AND id = $3 AND publisher IS NULL",
                number,
                id.Type,
                id.Id
            );
            if (ours > 0)
            {
                throw RefusedException.Forbidden(
                    "A pipeline publishes this object: it says itself when it does not hold any more."
                );
            }

            deleted = new CollectionTable(store.Connection, number).Delete(
                id.Type,
                id.Id,
                filter.IsSpecWanted ? CollectionReader.Versions(filter.Versions) : "false"
            );
            transaction.Commit();
        }

        environment.Error.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{environment.Clock.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss'Z'} {visitor.Name} deleted {deleted} versions of {objectId} from {collection.Name}"
            )
        );
        await Answer.JsonAsync(
            context,
            200,
            TaxiiMedia.current,
            json =>
            {
                json.WriteStartObject();
                json.WriteEndObject();
            }
        );
    }

    private static async Task<byte[]> BodyAsync(HttpContext context)
    {
        if (context.Request.ContentLength > WebServer.MaxContentLength)
        {
            throw TooLong();
        }

        using var body = new MemoryStream();
        var piece = new byte[64 * 1024];
        int count;
        while ((count = await context.Request.Body.ReadAsync(piece, context.RequestAborted)) > 0)
        {
            if (body.Length + count > WebServer.MaxContentLength)
            {
                throw TooLong();
            }

            body.Write(piece, 0, count);
        }

        return body.ToArray();
    }

    private static RefusedException TooLong() =>
        new(
            413,
            "too long",
            string.Create(
                CultureInfo.InvariantCulture,
                $"At most {WebServer.MaxContentLength:N0} bytes at a time (max_content_length of the API root). Send the objects in several envelopes."
            )
        );

    private static List<Judged> Judge(ReadOnlyMemory<byte>[] objects, Tlp maxTlp)
    {
        var judge = new PushedObjects(maxTlp);
        var judged = new List<Judged>(objects.Length);
        foreach (var text in objects)
        {
            var verdict = judge.Judge(text.Span);
            judged.Add(
                verdict.IsOk
                    ? new Judged(verdict.ResultValue.FullId, verdict.ResultValue.Version, text, verdict.ResultValue)
                    : new Judged(IdOf(text), TimestampModule.none, text, null) { Fault = verdict.ErrorValue }
            );
        }

        return judged;
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

    // Adds what is new, and notes of the rest why it is not: it is there, or something else is.
    private static long Add(
        DuckDbConnection connection,
        int collection,
        List<Judged> judged,
        Visitor visitor,
        DateTime now
    )
    {
        var first = new Dictionary<(string Id, long Version), Judged>();
        foreach (var item in judged.Where(item => item.Head is not null))
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
            return fresh.Count == 0 ? 0 : new CollectionTable(connection, collection).Add(now, visitor.Name);
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

    private static string Status(Guid id, DateTime now, List<Judged> judged)
    {
        var failures = judged.Where(item => item.Fault is not null).ToList();
        var successes = judged.Where(item => item.Fault is null).ToList();
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("id", id.ToString("D"));
            json.WriteString("status", "complete");
            json.WriteString("request_timestamp", TaxiiPages.Time(now));
            json.WriteNumber("total_count", judged.Count);
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
