// One question to a service: the subject's value in URL or body, written so that it cannot say anything else, and what the answer means.

using System.Text.Json;
using Cti.Core;
using Cti.Host.Net;
using Cti.Host.Sources;
using Cti.Host.Sources.Http;

namespace Cti.Host.Enrich;

/// <summary>A service cannot be asked any further in this run; the message says why and holds no secret.</summary>
internal sealed class AnswerException(string message, bool isFinal) : Exception(message)
{
    /// <summary>Whether every other question would end the same.</summary>
    public bool IsFinal { get; } = isFinal;
}

internal static class AnswerQuestion
{
    private const string Mark = "{value}";

    // What servers take is about that long.
    private const int LongestUrl = 8000;

    /// <summary>
    /// The request about a value: percent-encoded in the URL, as JSON text in a body. Null where the value is one that no URL can carry:
    /// `..` is a step up, however it is written, and a very long one is refused by every server.
    /// </summary>
    /// <exception cref="ConnectionException">References resolve to something that is no URL.</exception>
    public static HttpAsk? Of(HttpPlan plan, string value)
    {
        var written = plan.Url.Reveal();
        var isInUrl = written.Contains(Mark, StringComparison.Ordinal);
        if (isInUrl && value.Length > 0 && value.All(letter => letter == '.'))
        {
            return null;
        }

        var escaped = Uri.EscapeDataString(value);
        if (isInUrl && escaped.Length + written.Length > LongestUrl)
        {
            return null;
        }

        var url = Address(written, escaped);
        // Where a reference brought the place of `{value}` along, it may stand in the host.
        if (!Redirects.IsSameOrigin(url, Address(written, "x")))
        {
            throw ConnectionException.BadUrl();
        }

        var body = plan
            .Body?.Reveal()
            .Replace(Mark, JsonEncodedText.Encode(value).ToString(), StringComparison.Ordinal);
        return new HttpAsk(url, Validators.None, "application/json", body);
    }

    /// <summary>The values of a service's facts; null where it knows nothing of the subject: many say so in a page of their own.</summary>
    /// <exception cref="AnswerException">What it says is no JSON.</exception>
    public static FactValue[]? Read(AnswerPlan service, HttpAnswer answer)
    {
        using var body = answer.Body ?? throw new InvalidOperationException("nothing was asked for conditionally");
        var text = service.Page.Text with { Compression = answer.Compression, Name = service.Name };
        using var content = new TextContent(body.Path, text);
        var bytes = new byte[16 * 1024];
        var length = 0;
        try
        {
            while (content.Read(bytes.AsSpan(length)) is var count and > 0)
            {
                length += count;
                if (length > service.Page.MaxBytes)
                {
                    throw new AnswerException("an answer unpacks to more than `max_bytes`", false);
                }

                if (bytes.Length - length < TextContent.MinTarget)
                {
                    Array.Resize(ref bytes, bytes.Length * 2);
                }
            }
        }
        catch (SourceException)
        {
            throw new AnswerException("an answer is damaged", false);
        }

        if (length == 0)
        {
            return null;
        }

        var values = AnswerReading.tryRead(service.Facts, bytes.AsMemory(0, length));
        if (values.IsNone)
        {
            throw new AnswerException("an answer is no JSON", false);
        }

        return values.Value.All(value => value.IsUnknown) ? null : values.Value;
    }

    private static Uri Address(string written, string value) =>
        Uri.TryCreate(written.Replace(Mark, value, StringComparison.Ordinal), UriKind.Absolute, out var url)
        && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp)
        && url.UserInfo.Length == 0
            ? url
            : throw ConnectionException.BadUrl();
}
