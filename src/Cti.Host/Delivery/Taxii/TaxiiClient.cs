// Requests to one TAXII server, in its media type. An answer that is no success, or no TAXII, is a TaxiiRefusal with its verdict.

using System.Text.Json;
using Cti.Host.Delivery.Http;
using Cti.Host.Net;
using Cti.Host.Net.Taxii;

namespace Cti.Host.Delivery.Taxii;

/// <summary>One per transport and set of secrets.</summary>
internal sealed class TaxiiClient(TaxiiPushPlan plan, TimeProvider clock) : ITaxiiClient, IDisposable
{
    /// <summary>TAXII 2.1, section 1.6.8.</summary>
    public const string MediaType = "application/taxii+json;version=2.1";

    // A status names each object of a request; nobody says more.
    private const int LongestAnswer = 16 << 20;

    /// <summary>The way to the server.</summary>
    public HttpLine Line { get; } = new(plan.Url, plan.Connection, plan.MaxRedirects, clock);

    public Uri Address => Line.Url;

    public string Shown(Uri url) => plan.Redactor.Redact(Redirects.Shown(url));

    /// <exception cref="TaxiiRefusal">It cannot be had.</exception>
    public Task<JsonDocument> GetAsync(Uri url, CancellationToken stop) => AskAsync(url, HttpMethod.Get, null, stop);

    /// <summary>Adds objects to a collection; gives the status resource.</summary>
    /// <exception cref="TaxiiRefusal">They are not taken.</exception>
    public Task<JsonDocument> PostAsync(Uri url, ReadOnlyMemory<byte> envelope, CancellationToken stop) =>
        AskAsync(url, HttpMethod.Post, envelope, stop);

    public void Dispose() => Line.Dispose();

    private async Task<JsonDocument> AskAsync(
        Uri url,
        HttpMethod method,
        ReadOnlyMemory<byte>? envelope,
        CancellationToken stop
    )
    {
        using var response = await Line.AskAsync(url, place => Request(method, place, envelope), stop);
        var body = await HttpLine.ReadAsync(response, LongestAnswer, stop);
        var document = Parse(body);
        var verdict = TaxiiAnswer.Judge(
            response.StatusCode,
            RetryAfter.Of(response.Headers.RetryAfter, clock.GetUtcNow()),
            plan.References,
            Said(document, body)
        );
        if (verdict is null && document is not null)
        {
            return document;
        }

        document?.Dispose();
        throw new TaxiiRefusal(
            verdict ?? TaxiiAnswer.NotTaxii($"{Shown(url)} sends something that is no TAXII resource")
        );
    }

    private HttpRequestMessage Request(HttpMethod method, Uri place, ReadOnlyMemory<byte>? envelope)
    {
        var content = envelope is { } bytes ? new ReadOnlyMemoryContent(bytes) : null;
        content?.Headers.TryAddWithoutValidation("Content-Type", MediaType);
        var request = Line.Request(method, place, content);
        request.Headers.TryAddWithoutValidation("Accept", MediaType);
        return request;
    }

    // Null where it is no JSON object.
    private static JsonDocument? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return document;
            }

            document.Dispose();
            return null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private string Said(JsonDocument? document, ReadOnlyMemory<byte> body) =>
        document is null ? Heard.Quote(body.Span, plan.Redactor)
        : ProblemWords.Of(document.RootElement) is { Length: > 0 } words ? $" It says: {plan.Redactor.Redact(words)}"
        : "";
}
