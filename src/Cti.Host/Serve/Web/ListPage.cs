// GET /lists/PIPELINE/SINK: the file of a sink, for firewalls and others that fetch their list; with `as_of` as it should have been at a time.

using System.Globalization;
using System.Text;
using Cti.Core;
using Cti.Host.Run;
using Cti.Host.Sinks;
using Cti.Host.Store;
using Microsoft.AspNetCore.Http;

namespace Cti.Host.Serve.Web;

/// <summary>One per server.</summary>
/// <param name="catalogue">What there is.</param>
/// <param name="environment">For the time.</param>
internal sealed class ListPage(Catalogue catalogue, RunEnvironment environment) : IDisposable
{
    // Rendering a set of the past reads the whole store: one at a time.
    private readonly SemaphoreSlim _past = new(1);

    public void Dispose() => _past.Dispose();

    /// <summary>Answers.</summary>
    /// <exception cref="RefusedException">There is no such list for the visitor.</exception>
    public async Task AnswerAsync(HttpContext context, Visitor visitor, string pipeline, string sink)
    {
        var name = $"{pipeline}/{sink}";
        if (!AccessRightsModule.mayRead(visitor.Rights, name) || catalogue.List(pipeline, sink) is not { } list)
        {
            throw RefusedException.NotFound(
                $"There is no list {name} for you. A sink of a file is served where it says `serve: true`."
            );
        }

        Check(visitor, name, list.Sink.MaxTlp);
        context.Response.Headers.CacheControl = "private, no-cache";
        if (context.Request.Query.ContainsKey("as_of") || context.Request.Query.ContainsKey("known_at"))
        {
            await PastAsync(context, visitor, list.Pipeline, list.Sink);
            return;
        }

        try
        {
            await using var file = new FileStream(
                list.Sink.Path,
                FileMode.Open,
                FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete,
                1,
                FileOptions.Asynchronous
            );
            await SendAsync(context, file, File.GetLastWriteTimeUtc(file.SafeFileHandle), list.Sink.Render);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new RefusedException(503, "not there yet", $"{name} was not applied yet; the next run does.");
        }
    }

    private async Task PastAsync(HttpContext context, Visitor visitor, PipelinePlan pipeline, SinkPlan sink)
    {
        var now = TimestampModule.ofDateTimeOffset(environment.Clock.GetUtcNow());
        var asOf = new AsOf(Time(context, "as_of") ?? now, Time(context, "known_at") ?? now);
        await using var spool = new FileStream(
            Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()),
            FileMode.CreateNew,
            FileAccess.ReadWrite,
            FileShare.None,
            64 * 1024,
            FileOptions.DeleteOnClose
        );
        await _past.WaitAsync(context.RequestAborted);
        try
        {
            using var store = catalogue.Open(pipeline);
            using var state = store.Connection.BeginTransaction();
            var outcome = new ExportRun(store, store.Path).Render(
                pipeline.Name,
                sink.Name,
                asOf,
                bytes => spool.Write(bytes.Span),
                context.RequestAborted
            );
            // What may leave was another thing then, perhaps.
            Check(visitor, $"{pipeline.Name}/{sink.Name}", outcome.Pipeline.StateSink(sink.Name).MaxTlp);
            await spool.FlushAsync(context.RequestAborted);
            await SendAsync(
                context,
                spool,
                TimestampModule.toDateTime(asOf.At),
                outcome.Pipeline.StateSink(sink.Name).Render
            );
        }
        catch (ExportException error)
        {
            throw RefusedException.NotFound(error.Message);
        }
        catch (ListException error)
        {
            throw RefusedException.NotFound(error.Message);
        }
        finally
        {
            _past.Release();
        }
    }

    // The whole, or the word that it is what the client has (RFC 9110 §13.1).
    private static async Task SendAsync(HttpContext context, FileStream file, DateTime changedAt, RenderSpec render)
    {
        file.Position = 0;
        var hash = new System.IO.Hashing.XxHash128();
        await hash.AppendAsync(file, context.RequestAborted);
        var tag = $"\"{Convert.ToHexStringLower(hash.GetCurrentHash())}\"";
        var response = context.Response;
        response.Headers.ETag = tag;
        response.Headers.LastModified = changedAt.ToString("R", CultureInfo.InvariantCulture);
        if (IsKnown(context.Request, tag, changedAt))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = render switch
        {
            RenderSpec.StixBundle => "application/stix+json;version=2.1",
            RenderSpec.AttackNavigator or RenderSpec.MispEvent or RenderSpec.OsqueryPack => Answer.Json,
            RenderSpec.OpenIoc => "application/xml",
            RenderSpec.Csv or RenderSpec.SplunkLookup => "text/csv; charset=utf-8",
            _ => "text/plain; charset=utf-8",
        };
        response.ContentLength = file.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            file.Position = 0;
            await file.CopyToAsync(response.Body, context.RequestAborted);
        }
    }

    private static bool IsKnown(HttpRequest request, string tag, DateTime changedAt)
    {
        if (request.Headers.IfNoneMatch.Count > 0)
        {
            return request
                .Headers.IfNoneMatch.SelectMany(line => (line ?? "").Split(','))
                .Select(known => known.Trim())
                .Any(known => known == "*" || known == tag || known == "W/" + tag);
        }

        return DateTimeOffset.TryParseExact(
                request.Headers.IfModifiedSince.ToString(),
                "R",
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal,
                out var since
            )
            && changedAt < since.UtcDateTime.AddSeconds(1);
    }

    private static void Check(Visitor visitor, string name, Tlp maxTlp)
    {
        if (!AccessRightsModule.maySee(visitor.Rights, maxTlp))
        {
            throw RefusedException.Forbidden(
                $"{name} may hold TLP:{TlpModule.name(maxTlp).ToUpperInvariant()}, and you may see up to TLP:{TlpModule.name(visitor.Rights.MaxTlp).ToUpperInvariant()}."
            );
        }
    }

    private static long? Time(HttpContext context, string name)
    {
        if (!context.Request.Query.TryGetValue(name, out var given))
        {
            return null;
        }

        return StixTime.tryRead(Encoding.UTF8.GetBytes(given.ToString())) is { IsSome: true, Value: var time }
            ? time
            : throw RefusedException.Malformed($"{name}: write a time such as 2026-01-01T00:00:00Z");
    }
}
