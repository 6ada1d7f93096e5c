// The YAML parser's complaints in words for people: what stands there, and what to do. Its own words where we know no better.

using Cti.Core.Declare;
using YamlDotNet.Core;

namespace Cti.Host.Config;

internal static class YamlProblem
{
    /// <summary>Where it is wrong, and how.</summary>
    public static (Span Place, Fault Fault) Explain(YamlException error, string[] lines)
    {
        var message = error.InnerException?.Message ?? error.Message;
        var line = (int)Math.Max(1, error.Start.Line);
        var column = (int)Math.Max(1, error.Start.Column);

        if (message.Contains("tab", StringComparison.OrdinalIgnoreCase) && TabLine(lines, line) is { } tab)
        {
            return (
                SpanModule.at(tab, lines[tab - 1].IndexOf('\t', StringComparison.Ordinal) + 1),
                Fault.NewSyntax("a tab indents this line", "YAML is indented with spaces only")
            );
        }

        var (problem, hint) = message switch
        {
            _ when Has("quoted scalar") && Has("end of stream") => (
                "the quote that opens here is not closed",
                "close it, or double it inside single quotes: 'it\'\'s'"
            ),
            _ when Has("invalid mapping") || Has("Mapping values are not allowed") => (
                "a colon and a blank cannot stand inside this value",
                "put the value in quotes, or begin the key on a line of its own"
            ),
            _ when Has("cannot start any token") => (
                "a value cannot begin with this character",
                "put the value in quotes"
            ),
            _ when Has("expected \',\' or \']\'") => (
                "a list that was opened with `[` is not closed",
                "close it with `]`"
            ),
            _ when Has("expected \',\' or \'}\'") => (
                "a block that was opened with `{` is not closed",
                "close it with `}`"
            ),
            _ when Has("escape") => (
                "this escape means nothing in double quotes",
                "double the backslash, or use single quotes"
            ),
            _ => ($"this is not YAML: {message.TrimEnd('.', ' ').ReplaceLineEndings(" ")}", ""),
        };
        return (SpanModule.at(line, column), Fault.NewSyntax(problem, hint));

        bool Has(string words) => message.Contains(words, StringComparison.OrdinalIgnoreCase);
    }

    // The first line at or behind `from` that is indented with a tab; 1-based.
    private static int? TabLine(string[] lines, int from)
    {
        for (var number = Math.Max(1, from); number <= lines.Length; number++)
        {
            var text = lines[number - 1];

            if (text[..(text.Length - text.TrimStart().Length)].Contains('\t', StringComparison.Ordinal))
            {
                return number;
            }
        }

        return null;
    }
}
