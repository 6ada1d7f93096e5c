// The reading pages of the TAXII 2.1 server: discovery, API roots, collections, objects, manifests, versions. Each rule names its section; what a query asks
// for is read by the core (TaxiiFilter), what a collection holds by the store (CollectionReader).

using System.Globalization;
using System.Text.Json;
using Cti.Core;
using Cti.Host.Store;
using Microsoft.AspNetCore.Http;
using Microsoft.FSharp.Collections;

namespace Cti.Host.Serve.Web;

/// <summary>One per server.</summary>
/// <param name="catalogue">What there is.</param>
/// <param name="push">What changes collections.</param>
internal sealed class TaxiiPages(Catalogue catalogue, TaxiiPush push)
{
    /// <summary>Of discovery, on the host's root (§4.1).</summary>
    public const string Discovery = "taxii2";

    /// <summary>Whether a path's first step is one of TAXII's.</summary>
    public bool Has(string first) => first == Discovery || catalogue.Of(first).Count > 0;

    /// <summary>Answers a request whose path is split at its slashes.</summary>
    /// <exception cref="RefusedException">There is no such page, or it is not for the visitor.</exception>
    public async Task AnswerAsync(HttpContext context, Visitor visitor, string[] steps)
    {
        if (!TaxiiMedia.isAccepted(context.Request.Headers.Accept.ToString()))
        {
            throw new RefusedException(406, "not acceptable", $"This server answers in {TaxiiMedia.current}.");
        }

        if (steps[^1].Length > 0)
        {
            throw RefusedException.NotFound("Every path of TAXII 2.1 ends in a slash; this one does not.");
        }

        switch (steps[..^1])
        {
            case [Discovery]:
                Answer.Allow(context, HttpMethods.Get);
                await DiscoverAsync(context, visitor);
                break;
            case [var root]:
                Answer.Allow(context, HttpMethods.Get);
                await DescribeAsync(context, visitor, root);
                break;
            case [var root, "status", var id]:
                Answer.Allow(context, HttpMethods.Get);
                await push.StatusAsync(context, visitor, Visible(visitor, root), id);
                break;
            case [var root, "collections"]:
                Answer.Allow(context, HttpMethods.Get);
                await ListAsync(context, visitor, root);
                break;
            case [var root, "collections", var id]:
                Answer.Allow(context, HttpMethods.Get);
                await Answer.JsonAsync(
                    context,
                    200,
                    TaxiiMedia.current,
                    json => Write(json, visitor, Find(visitor, root, id))
                );
                break;
            case [var root, "collections", var id, "manifest"]:
                Answer.Allow(context, HttpMethods.Get);
                await PageAsync(context, visitor, Find(visitor, root, id), TaxiiResource.Objects, null, WriteManifest);
                break;
            case [var root, "collections", var id, "objects"]:
                Answer.Allow(context, HttpMethods.Get, HttpMethods.Post);
                await ObjectsAsync(context, visitor, Find(visitor, root, id));
                break;
            case [var root, "collections", var id, "objects", var objectId]:
                Answer.Allow(context, HttpMethods.Get, HttpMethods.Delete);
                await ObjectAsync(context, visitor, Find(visitor, root, id), objectId);
                break;
            case [var root, "collections", var id, "objects", var objectId, "versions"]:
                Answer.Allow(context, HttpMethods.Get);
                await PageAsync(
                    context,
                    visitor,
                    Find(visitor, root, id),
                    TaxiiResource.Versions,
                    objectId,
                    WriteVersions
                );
                break;
            default:
                throw RefusedException.NotFound("TAXII 2.1 knows no such page.");
        }
    }

    private Task ObjectsAsync(HttpContext context, Visitor visitor, ServedCollection collection) =>
        HttpMethods.IsPost(context.Request.Method)
            ? push.AddAsync(context, visitor, collection)
            : PageAsync(context, visitor, collection, TaxiiResource.Objects, null, WriteObjects);

    private Task ObjectAsync(HttpContext context, Visitor visitor, ServedCollection collection, string id) =>
        HttpMethods.IsDelete(context.Request.Method)
            ? push.DeleteAsync(context, visitor, collection, id)
            : PageAsync(context, visitor, collection, TaxiiResource.Object, id, WriteObjects);

    private Task DiscoverAsync(HttpContext context, Visitor visitor)
    {
        var request = context.Request;
        var roots = catalogue
            .Collections.Where(collection => IsVisible(visitor, collection))
            .Select(collection => $"{request.Scheme}://{request.Host}/{collection.Target.ApiRoot.Value}/")
            .Distinct()
            .Order(StringComparer.Ordinal)
            .ToList();
        return Answer.JsonAsync(
            context,
            200,
            TaxiiMedia.current,
            json =>
            {
                json.WriteStartObject();
                json.WriteString("title", "Cti.Pipelines");
                json.WriteString("description", "Threat intelligence of the pipelines that run here.");
                if (roots.Count > 0)
                {
                    json.WriteString("default", roots[0]);
                    json.WriteStartArray("api_roots");
                    roots.ForEach(json.WriteStringValue);
                    json.WriteEndArray();
                }

                json.WriteEndObject();
            }
        );
    }

    private Task DescribeAsync(HttpContext context, Visitor visitor, string root)
    {
        Visible(visitor, root);
        return Answer.JsonAsync(
            context,
            200,
            TaxiiMedia.current,
            json =>
            {
                json.WriteStartObject();
                json.WriteString("title", root);
                json.WriteStartArray("versions");
                json.WriteStringValue(TaxiiMedia.current);
                json.WriteEndArray();
                json.WriteNumber("max_content_length", WebServer.MaxContentLength);
                json.WriteEndObject();
            }
        );
    }

    private Task ListAsync(HttpContext context, Visitor visitor, string root)
    {
        var collections = Visible(visitor, root);
        return Answer.JsonAsync(
            context,
            200,
            TaxiiMedia.current,
            json =>
            {
                json.WriteStartObject();
                json.WriteStartArray("collections");
                foreach (var collection in collections)
                {
                    Write(json, visitor, collection);
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }
        );
    }

    private static void Write(Utf8JsonWriter json, Visitor visitor, ServedCollection collection)
    {
        json.WriteStartObject();
        json.WriteString("id", collection.Id.ToString("D"));
        json.WriteString("title", collection.Title);
        if (collection.Target.Description is { Value: var description })
        {
            json.WriteString("description", description);
        }

        // Takes the id's place in URLs (§5.1).
        json.WriteString("alias", Alias(collection));
        json.WriteBoolean("can_read", MayRead(visitor, collection));
        json.WriteBoolean("can_write", MayWrite(visitor, collection));
        json.WriteStartArray("media_types");
        json.WriteStringValue(TaxiiMedia.stix);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    // One page of versions (§3.4, §3.5), with the dates of the first and the last of it.
    private async Task PageAsync(
        HttpContext context,
        Visitor visitor,
        ServedCollection collection,
        TaxiiResource resource,
        string? objectId,
        Action<Utf8JsonWriter, CollectionPage> write
    )
    {
        if (!MayRead(visitor, collection))
        {
            throw RefusedException.Forbidden("You may add to this collection, and not read it.");
        }

        var filter = Filter(context, resource);
        CollectionPage page;
        using (var store = catalogue.Open(collection.Pipeline))
        {
            using var state = store.Connection.BeginTransaction();
            var reader = new CollectionReader(
                store.Connection,
                Run.Registration.SinkNumber(store.Connection, collection.Pipeline.Name, collection.Sink.Name),
                visitor.Rights.MaxTlp
            );
            var id = objectId is null ? null : CollectionReader.Parse(objectId);
            if (objectId is not null && (id is not { } one || !reader.Has(one.Type, one.Id)))
            {
                throw RefusedException.NotFound($"There is no {objectId} in this collection.");
            }

            page = reader.Page(filter, id, write == WriteObjects);
        }

        if (page.Versions.Count > 0)
        {
            context.Response.Headers["X-TAXII-Date-Added-First"] = Time(page.Versions[0].Added);
            context.Response.Headers["X-TAXII-Date-Added-Last"] = Time(page.Versions[^1].Added);
        }

        await Answer.JsonAsync(
            context,
            200,
            TaxiiMedia.current,
            json =>
            {
                // What is empty has no members (§3.7).
                json.WriteStartObject();
                if (page.Next is { } next)
                {
                    json.WriteBoolean("more", true);
                    json.WriteString("next", TaxiiFilterModule.next(next));
                }

                if (page.Versions.Count > 0)
                {
                    write(json, page);
                }

                json.WriteEndObject();
            }
        );
    }

    private static void WriteObjects(Utf8JsonWriter json, CollectionPage page)
    {
        json.WriteStartArray("objects");
        foreach (var version in page.Versions)
        {
            json.WriteRawValue(version.Content, skipInputValidation: true);
        }

        json.WriteEndArray();
    }

    private static void WriteManifest(Utf8JsonWriter json, CollectionPage page)
    {
        json.WriteStartArray("objects");
        foreach (var version in page.Versions)
        {
            json.WriteStartObject();
            json.WriteString("id", version.Id);
            json.WriteString("date_added", Time(version.Added));
            json.WriteString("version", Time(version.Version));
            json.WriteString("media_type", TaxiiMedia.stix);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteVersions(Utf8JsonWriter json, CollectionPage page)
    {
        json.WriteStartArray("versions");
        foreach (var version in page.Versions)
        {
            json.WriteStringValue(Time(version.Version));
        }

        json.WriteEndArray();
    }

    /// <summary>What a request asks for.</summary>
    /// <exception cref="RefusedException">It is not understood.</exception>
    public static TaxiiFilter Filter(HttpContext context, TaxiiResource resource)
    {
        var query = context.Request.Query.SelectMany(pair =>
            pair.Value.Select(value => Tuple.Create(pair.Key, value ?? ""))
        );
        var filter = TaxiiFilterModule.parse(resource, ListModule.OfSeq(query));
        return filter.IsOk ? filter.ResultValue : throw RefusedException.Malformed(filter.ErrorValue);
    }

    // The collections of an API root that a visitor may know of. A root of which none is visible is not there.
    private List<ServedCollection> Visible(Visitor visitor, string root) =>
        catalogue.Of(root).Where(collection => IsVisible(visitor, collection)).ToList() is { Count: > 0 } found
            ? found
            : throw RefusedException.NotFound("There is no such API root for you.");

    private ServedCollection Find(Visitor visitor, string root, string id) =>
        Visible(visitor, root)
            .FirstOrDefault(collection => collection.Id.ToString("D") == id || Alias(collection) == id)
        ?? throw RefusedException.NotFound("There is no such collection for you in this API root.");

    private static string Alias(ServedCollection collection) => $"{collection.Pipeline.Name}.{collection.Sink.Name}";

    private static bool IsVisible(Visitor visitor, ServedCollection collection) =>
        MayRead(visitor, collection) || MayWrite(visitor, collection);

    public static bool MayRead(Visitor visitor, ServedCollection collection) =>
        AccessRightsModule.mayRead(visitor.Rights, collection.Name);

    public static bool MayWrite(Visitor visitor, ServedCollection collection) =>
        AccessRightsModule.mayWrite(visitor.Rights, collection.Name);

    /// <summary>Microseconds (§1.5.4).</summary>
    public static string Time(DateTime time) =>
        time.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
