// How a page answers: JSON, and errors that say what to do. TAXII's errors are TAXII's objects (2.1 §3.6.1), the others have the same form.

using System.Globalization;
using System.Text.Json;
using Cti.Core;
using Microsoft.AspNetCore.Http;

namespace Cti.Host.Serve.Web;

/// <summary>A request that gets no page; thrown by whoever finds out why.</summary>
/// <param name="status">Of HTTP.</param>
/// <param name="title">What is wrong, in a few words.</param>
/// <param name="description">What to do.</param>
internal sealed class RefusedException(int status, string title, string description) : Exception(title)
{
    public int Status => status;

    public string Description => description;

    public static RefusedException NotFound(string description) => new(404, "not found", description);

    public static RefusedException Forbidden(string description) => new(403, "not allowed", description);

    public static RefusedException Malformed(string description) => new(400, "not understood", description);
}

internal static class Answer
{
    public const string Json = "application/json";

    // No page of HTML is made of an answer: only what JSON itself asks for is escaped.
    private static readonly JsonWriterOptions Plain = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes one JSON value.</summary>
    public static async Task JsonAsync(HttpContext context, int status, string type, Action<Utf8JsonWriter> write)
    {
        using var body = new MemoryStream();
        await using (var json = new Utf8JsonWriter(body, Plain))
        {
            write(json);
        }

        await BytesAsync(context, status, type, body.GetBuffer().AsMemory(0, (int)body.Length));
    }

    public static async Task BytesAsync(HttpContext context, int status, string type, ReadOnlyMemory<byte> bytes)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = type;
        response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(bytes, context.RequestAborted);
        }
    }

    /// <summary>An error.</summary>
    public static Task ErrorAsync(HttpContext context, RefusedException error, bool isTaxii)
    {
        if (error.Status == 401)
        {
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"cti\", charset=\"UTF-8\"";
        }

        if (error.Status is 429 or 503)
        {
            context.Response.Headers.RetryAfter = "5";
        }

        return JsonAsync(
            context,
            error.Status,
            isTaxii ? TaxiiMedia.current : Json,
            json =>
            {
                json.WriteStartObject();
                json.WriteString("title", error.Message);
                json.WriteString("description", error.Description);
                json.WriteString("http_status", error.Status.ToString(CultureInfo.InvariantCulture));
                json.WriteEndObject();
            }
        );
    }

    /// <summary>Lets only some methods pass; HEAD goes with GET.</summary>
    /// <exception cref="RefusedException">It is another.</exception>
    public static void Allow(HttpContext context, params ReadOnlySpan<string> methods)
    {
        foreach (var method in methods)
        {
            if (
                method == context.Request.Method
                || (method == HttpMethods.Get && HttpMethods.IsHead(context.Request.Method))
            )
            {
                return;
            }
        }

        context.Response.Headers.Allow = string.Join(", ", methods.ToArray());
        throw new RefusedException(
            405,
            "method not allowed",
            $"This page takes {string.Join(", ", methods.ToArray())}."
        );
    }
}
