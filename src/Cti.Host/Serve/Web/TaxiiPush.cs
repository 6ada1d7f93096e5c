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
        var sent = new PushedBatch(envelope.ResultValue, collection.Sink.MaxTlp);
        string status;
        long added;
        using (var store = catalogue.Open(collection.Pipeline))
        {
            var number = Registration.SinkNumber(store.Connection, collection.Pipeline.Name, collection.Sink.Name);
            lock (store.Publishing)
            {
                using var transaction = store.Connection.BeginTransaction();
                added = sent.Add(store.Connection, number, visitor.Name, now);
                status = sent.Status(id, now);
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
                $"{now:yyyy-MM-dd'T'HH:mm:ss'Z'} {visitor.Name} sent {sent.Count} objects to {collection.Name}: {added} added, {sent.Refused} refused"
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
}
