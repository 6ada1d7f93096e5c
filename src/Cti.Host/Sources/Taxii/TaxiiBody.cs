// A body in the spool as text, unpacked. One that was cut before it was packed shows only here, and may come whole the next time.

using Cti.Host.Sources.Http;

namespace Cti.Host.Sources.Taxii;

internal static class TaxiiBody
{
    /// <exception cref="SourceException">The spool cannot be read.</exception>
    public static TextContent Open(HttpAnswer answer, FileReadOptions text, string name) =>
        answer.Body is { } body
            ? new TextContent(body.Path, text with { Compression = answer.Compression, Name = name })
            : throw new InvalidOperationException("nothing was asked for conditionally");

    /// <summary>Reads on; 0 at the end.</summary>
    /// <exception cref="HttpFault">It is cut short.</exception>
    public static int Read(TextContent text, Span<byte> target)
    {
        try
        {
            return text.Read(target);
        }
        catch (SourceException error) when (error.Code == "CTI-SOURCE-005")
        {
            throw HttpFault.CutShort(text.File.Consumed, error);
        }
    }
}
