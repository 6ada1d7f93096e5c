// Text from files and feeds, made safe to print: it must not steer a terminal.

using System.Globalization;

namespace Cti.Host.Cli;

internal static class TerminalText
{
    /// <summary>Control characters and marks of writing direction are shown as a dot, each as one column; a tab as a blank.</summary>
    public static string Visible(string text) =>
        string.Create(
            text.Length,
            text,
            (target, source) =>
            {
                for (var index = 0; index < source.Length; index++)
                {
                    target[index] = source[index] switch
                    {
                        '\t' => ' ',
                        var character when char.IsControl(character) => '·',
                        var character when character is >= '\u202a' and <= '\u202e' or >= '\u2066' and <= '\u2069' =>
                            '·',
                        var character => character,
                    };
                }
            }
        );

    /// <summary>"1 file", "1,200 files".</summary>
    public static string Count(long count, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {noun}{(count == 1 ? "" : "s")}");

    /// <summary>At most so many columns, the last an ellipsis where something was cut off.</summary>
    public static string Cut(string text, int columns) => text.Length <= columns ? text : text[..(columns - 1)] + "…";
}
