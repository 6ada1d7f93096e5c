// Recognises a page for people, which a portal or a proxy sends with status 200 in the place of the server that was meant.

namespace Cti.Host.Net;

internal static class HtmlPage
{
    private static readonly byte[][] Starts = ["<!doctype html"u8.ToArray(), "<html"u8.ToArray()];

    /// <summary>Whether a body that starts so is one: pages are also sent as plain text, or as nothing in particular.</summary>
    public static bool Begins(ReadOnlySpan<byte> start)
    {
        start = start.StartsWith("\uFEFF"u8) ? start[3..] : start;
        start = start.TrimStart(" \t\r\n"u8);
        foreach (var html in Starts)
        {
            if (start.Length >= html.Length && System.Text.Ascii.EqualsIgnoreCase(start[..html.Length], html))
            {
                return true;
            }
        }

        return false;
    }
}
