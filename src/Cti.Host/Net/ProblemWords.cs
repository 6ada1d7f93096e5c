// What a server adds to a refusal, where it says it in JSON: a TAXII error message (TAXII 2.1, section 3.6.1) or problem details (RFC 9457).

using System.Text.Json;
using Cti.Host.Cli;

namespace Cti.Host.Net;

internal static class ProblemWords
{
    // A sentence; a server that says more is not listened to.
    private const int MostBytes = 8 * 1024;
    private const int MostCharacters = 300;
    private static readonly string[] Members = ["title", "description", "detail"];

    /// <summary>One line to quote, not redacted; empty where it says nothing that is understood.</summary>
    public static async Task<string> OfAsync(HttpResponseMessage response, CancellationToken stop)
    {
        if (
            response.Content.Headers.ContentType?.MediaType is not { } type
            || !type.Contains("json", StringComparison.OrdinalIgnoreCase)
            || response.Content.Headers.ContentEncoding.Count > 0
        )
        {
            return "";
        }

        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(stop);
            var bytes = new byte[MostBytes];
            var length = await stream.ReadAtLeastAsync(bytes, MostBytes, throwOnEndOfStream: false, stop);
            using var document = JsonDocument.Parse(bytes.AsMemory(0, length));
            return Of(document.RootElement);
        }
        catch (Exception error) when (error is JsonException or IOException or HttpRequestException)
        {
            // The status alone has to do.
            return "";
        }
    }

    /// <summary>The words of an error in JSON; empty where it holds none.</summary>
    public static string Of(JsonElement error)
    {
        if (error.ValueKind != JsonValueKind.Object)
        {
            return "";
        }

        var words = Members
            .Select(name => error.TryGetProperty(name, out var text) ? Text(text) : "")
            .Where(text => text.Length > 0)
            .Distinct(StringComparer.Ordinal);
        var line = string.Join(": ", words);
        return Shown(line);
    }

    /// <summary>What a server says, fit to be quoted: not longer than a sentence, nothing in it that a terminal would obey.</summary>
    public static string Shown(string text) =>
        TerminalText.Visible(text.Length > MostCharacters ? text[..MostCharacters] + "…" : text);

    private static string Text(JsonElement text)
    {
        try
        {
            return text.ValueKind == JsonValueKind.String ? text.GetString() ?? "" : "";
        }
        catch (InvalidOperationException)
        {
            // Not UTF-8.
            return "";
        }
    }
}
