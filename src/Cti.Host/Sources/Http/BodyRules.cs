// Whether an answer looks like a feed at all: the classic loss is an error page for people, taken for the feed with status 200.

using System.Net.Http.Headers;
using Cti.Host.Net;

namespace Cti.Host.Sources.Http;

internal static class BodyRules
{
    private static readonly string[] ForPeople = ["text/html", "application/xhtml+xml"];

    /// <summary>Judges the media type; a server that names none is believed.</summary>
    /// <exception cref="HttpFault">It is not accepted.</exception>
    public static void CheckType(HttpContentHeaders headers, IReadOnlyList<string> accepted)
    {
        if (headers.ContentType?.MediaType?.ToLowerInvariant() is { } type && !Accepts(accepted, type))
        {
            throw HttpFault.WrongType(type, accepted);
        }
    }

    /// <summary>How the body is packed: as declared, unless it was packed for the way.</summary>
    /// <exception cref="HttpFault">In a way that is not understood.</exception>
    public static Compression CompressionOf(HttpContentHeaders headers, Compression declared) =>
        string.Join(", ", headers.ContentEncoding).ToLowerInvariant() switch
        {
            "" or "identity" => declared,
            // Servers that name a packed file so send it packed once, not twice.
            "gzip" or "x-gzip" => Compression.Gzip,
            var other => throw HttpFault.WrongEncoding(other),
        };

    /// <summary>Judges the first bytes: pages are also sent as plain text, or as nothing in particular.</summary>
    /// <exception cref="HttpFault">They begin a page.</exception>
    public static void CheckStart(ReadOnlySpan<byte> start, IReadOnlyList<string> accepted)
    {
        if (HtmlPage.Begins(start) && !ForPeople.Any(type => accepted.Count > 0 && Accepts(accepted, type)))
        {
            throw HttpFault.WrongType("an HTML page", accepted);
        }
    }

    private static bool Accepts(IReadOnlyList<string> accepted, string type) =>
        accepted.Count == 0
            ? !ForPeople.Contains(type, StringComparer.Ordinal)
            : accepted.Any(pattern =>
                pattern.EndsWith("/*", StringComparison.Ordinal)
                    ? type.StartsWith(pattern[..^1], StringComparison.Ordinal)
                    : type == pattern || pattern == "*/*"
            );
}
