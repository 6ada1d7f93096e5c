// The text of a configuration file: its bytes, bounded, as UTF-8 or not at all. Knows encodings, knows no YAML.

using System.Text;
using Cti.Core.Declare;

namespace Cti.Host.Config;

/// <summary>A file's text, or why it is none: exactly one of <see cref="Text"/> and <see cref="Problem"/> is there.</summary>
internal sealed record ConfigText(string? Text, Diagnostic? Problem)
{
    /// <summary>What can be shown of bytes that are no text.</summary>
    public string Shown { get; private init; } = "";

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>Reads a file of at most <paramref name="limit"/> bytes; places in it name <paramref name="file"/>.</summary>
    /// <exception cref="IOException">It cannot be opened or read; UnauthorizedAccessException too.</exception>
    public static ConfigText Read(string path, int limit, string file)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        // One byte more than allowed is enough to be refused, however large the file is.
        var bytes = new byte[stream.CanSeek && stream.Length > 0 ? Math.Min(limit, stream.Length) + 1 : limit + 1];
        var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return length > limit
            ? Failed(
                file,
                1,
                1,
                Fault.NewLimit(
                    $"the file is larger than {limit:N0} bytes",
                    "no pipeline needs that: is it the right file?"
                )
            )
            : Decode(bytes.AsSpan(0, length), file);
    }

    private static ConfigText Decode(ReadOnlySpan<byte> bytes, string file)
    {
        if (bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
        {
            return Failed(
                file,
                1,
                1,
                Fault.NewEncoding("the file is written in UTF-16", "save it as UTF-8 (without changing anything else)")
            );
        }

        var text = bytes is [0xEF, 0xBB, 0xBF, ..] ? bytes[3..] : bytes;
        try
        {
            return new ConfigText(Strict.GetString(text), null);
        }
        catch (DecoderFallbackException error)
        {
            var before = text[..Math.Clamp(error.Index, 0, text.Length)];
            var line = before.Count((byte)'\n') + 1;
            var column = Encoding.UTF8.GetCharCount(before[(before.LastIndexOf((byte)'\n') + 1)..]) + 1;
            var wrong = before.Length < text.Length ? text[before.Length] : (byte)0;
            return Failed(
                file,
                line,
                column,
                Fault.NewEncoding(
                    $"here stands the byte 0x{wrong:X2}, which is no UTF-8",
                    "save the file as UTF-8; it looks like Latin-1 or Windows-1252"
                )
            ) with
            {
                Shown = Encoding.UTF8.GetString(text),
            };
        }
    }

    private static ConfigText Failed(string file, int line, int column, Fault fault) =>
        new(
            null,
            DiagnosticModule.create(PathModule.root, SpanModule.inFile(file, SpanModule.at(line, column)), fault)
        );
}
