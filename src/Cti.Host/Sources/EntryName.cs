// How the name of an archive's entry is shown. Names come from whoever made the archive: they may hold anything.
using System.Globalization;
using System.Text;

namespace Cti.Host.Sources;

/// <summary>Makes names of entries safe to show in messages, positions and tables.</summary>
internal static class EntryName
{
    private const int MaxCharacters = 200;

    /// <summary>The name on one line: what is not seen, or reverses text, is written <c>\u{…}</c>; long names are cut.</summary>
    public static string Shown(string name)
    {
        var text = new StringBuilder(name.Length);
        foreach (var rune in name.EnumerateRunes())
        {
            if (text.Length >= MaxCharacters)
            {
                return text.Append('…').ToString();
            }
            text.Append(IsShown(rune) ? rune.ToString() : $"\\u{{{rune.Value:x}}}");
        }
        return text.ToString();
    }

    private static bool IsShown(Rune rune) =>
        rune.Value != '\\'
        && Rune.GetUnicodeCategory(rune)
            is not (
                UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned
            );
}
