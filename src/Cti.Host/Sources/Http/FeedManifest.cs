// The manifest of a MISP feed as somebody serves it: which events there are and when each last changed. Names become addresses, so what is no UUID
// is not taken for a name.

using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace Cti.Host.Sources.Http;

/// <summary>An event that a manifest names.</summary>
/// <param name="Id">Its UUID, lower case: with `.json` behind it the name of its file.</param>
/// <param name="Changed">When it last changed, as the manifest writes it; only compared.</param>
internal readonly record struct FeedEvent(string Id, string Changed)
{
    /// <summary>The event's file in the feed's folder.</summary>
    public string FileName => Id + ".json";

    /// <summary>Seconds since 1970; 0 where the manifest does not say.</summary>
    public long Seconds => long.TryParse(Changed, out var seconds) ? seconds : 0;
}

/// <summary>A manifest, read.</summary>
/// <param name="Events">Each event once, those that changed first before those that changed later.</param>
/// <param name="Unnamed">Entries whose name is no UUID.</param>
internal sealed record FeedManifest(IReadOnlyList<FeedEvent> Events, int Unnamed)
{
    /// <summary>Bytes, unpacked, that are read.</summary>
    public const int MaxBytes = 64 << 20;

    /// <summary>Reads a manifest from a file, which may be packed with gzip.</summary>
    /// <exception cref="InvalidDataException">It is no manifest; the message says why.</exception>
    public static FeedManifest Read(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> magic = stackalloc byte[2];
        var isPacked = file.ReadAtLeast(magic, 2, throwOnEndOfStream: false) == 2 && magic is [0x1f, 0x8b];
        file.Position = 0;
        using Stream content = isPacked ? new GZipStream(file, CompressionMode.Decompress) : file;
        return Parse(Content(content));
    }

    /// <summary>Reads a manifest.</summary>
    /// <exception cref="InvalidDataException">It is none; the message says why.</exception>
    public static FeedManifest Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return ParseObject(json.StartsWith("\uFEFF"u8) ? json[3..] : json);
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"it is no JSON from line {(error.LineNumber ?? 0) + 1} on", error);
        }
        catch (InvalidOperationException error)
        {
            throw new InvalidDataException("it holds text that is none", error);
        }
    }

    private static FeedManifest ParseObject(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new InvalidDataException("it is no object of events");
        }

        var events = new Dictionary<string, string>(StringComparer.Ordinal);
        var unnamed = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            if (Guid.TryParseExact(name, "D", out var id) && reader.TokenType == JsonTokenType.StartObject)
            {
                events[id.ToString("D")] = Changed(ref reader);
            }
            else
            {
                unnamed++;
                reader.Skip();
            }
        }

        // Reads on to what may follow, which is a fault.
        reader.Read();
        return new FeedManifest(
            [
                .. events
                    .Select(entry => new FeedEvent(entry.Key, entry.Value))
                    .OrderBy(entry => entry.Seconds)
                    .ThenBy(entry => entry.Id, StringComparer.Ordinal),
            ],
            unnamed
        );
    }

    // The entry's timestamp; some write a text, some a number.
    private static string Changed(ref Utf8JsonReader reader)
    {
        var changed = "";
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isTimestamp = reader.ValueTextEquals("timestamp"u8);
            reader.Read();
            if (isTimestamp && reader.TokenType is JsonTokenType.String or JsonTokenType.Number)
            {
                var text =
                    reader.TokenType == JsonTokenType.String
                        ? reader.GetString() ?? ""
                        : Encoding.UTF8.GetString(reader.ValueSpan);
                changed = text.Length <= 64 ? text : text[..64];
            }
            else
            {
                reader.Skip();
            }
        }

        return changed;
    }

    private static byte[] Content(Stream stream)
    {
        using var content = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (stream.Read(buffer) is var count and > 0)
        {
            if (content.Length + count > MaxBytes)
            {
                throw new InvalidDataException($"it has more than {MaxBytes >> 20} MiB");
            }

            content.Write(buffer, 0, count);
        }

        return content.ToArray();
    }
}
