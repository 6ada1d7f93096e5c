// The YAML parser's complaints in words for people: what stands there, and what to do. Its own words where we know no better.

using System.Text.RegularExpressions;
using Cti.Core.Declare;
using YamlDotNet.Core;

namespace Cti.Host.Config;

internal static partial class YamlProblem
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

        if (Unclosed(lines, line, column, message) is { } bracket)
        {
            return bracket;
        }

        if (Unseparated(lines, line) is { } key)
        {
            return key;
        }

        var (problem, hint) = message switch
        {
            _ when Has("quoted scalar") && (Has("end of stream") || Has("wrong indentation") || Has("document")) => (
                "the quote that opens here is not closed",
                "close it; inside single quotes a quote is written twice: 'it\'\'s'"
            ),
            _ when Has("invalid mapping") || Has("Mapping values are not allowed") => (
                "a colon and a blank cannot stand inside this value",
                "put the value in quotes, or begin the key on a line of its own"
            ),
            _ when Has("cannot start any token") => (
                "a value cannot begin with this character",
                "put the value in quotes"
            ),
            _ when Has("could not find expected ':'") => (
                "this is no key with a value",
                "write `key: value`, with a blank behind the colon"
            ),
            _ when Has("escape") => (
                "this escape means nothing in double quotes",
                "double the backslash, or use single quotes"
            ),
            _ when Has("did not find expected '-'") || Has("did not find expected key") || Has("block mapping") => (
                $"this line begins in column {column}, which is in line with nothing above it",
                Neighbour(lines, line)
            ),
            _ => ($"this is not YAML: {message.TrimEnd('.', ' ').ReplaceLineEndings(" ")}", ""),
        };
        return (SpanModule.at(line, column), Fault.NewSyntax(problem, hint));

        bool Has(string words) => message.Contains(words, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Where the parser gives up without a word.</summary>
    public static (Span Place, Fault Fault) Unexplained(string[] lines, int line, int column) =>
        Unclosed(lines, line, column, "flow")
        ?? (
            SpanModule.at(line, column),
            Fault.NewSyntax("this is not YAML", "look here and just above for a missing bracket, quote or colon")
        );

    // Inside brackets the parser gives up where something does not fit, far from the bracket that is the mistake.
    private static (Span, Fault)? Unclosed(string[] lines, int line, int column, string message)
    {
        if (
            !message.Contains("flow", StringComparison.Ordinal)
            || OpenBracket.Before(lines, line, column) is not { } open
        )
        {
            return null;
        }

        if (OpenBracket.Closes(lines[open.Line - 1], open.Column))
        {
            return (
                SpanModule.at(line, column),
                Fault.NewSyntax(
                    $"something is missing before this, inside `{open.Bracket}`",
                    "entries are separated by `, `, and a colon and a blank stand behind a key"
                )
            );
        }

        var (kind, end) = open.Bracket == '[' ? ("list", "]") : ("block", "}");
        return (
            SpanModule.at(open.Line, open.Column),
            Fault.NewSyntax($"the {kind} that opens here with `{open.Bracket}` is not closed", $"close it with `{end}`")
        );
    }

    // A line of its own that would be a key and its value, were there a blank behind the colon.
    private static (Span, Fault)? Unseparated(string[] lines, int line)
    {
        for (var number = Math.Min(line, lines.Length); number >= Math.Max(1, line - 1); number--)
        {
            var match = Glued().Match(lines[number - 1]);
            if (match.Success)
            {
                return (
                    SpanModule.at(number, match.Groups["key"].Index + 1),
                    Fault.NewSyntax(
                        "this is no key with a value",
                        $"a blank must follow the colon: `{match.Groups["key"].Value} {match.Groups["value"].Value}`"
                    )
                );
            }
        }

        return null;
    }

    [GeneratedRegex(@"^\s*(?:- )?(?<key>[a-z_][a-z0-9_]*:)(?<value>[^\s:/][^:]{0,60})$", RegexOptions.CultureInvariant)]
    private static partial Regex Glued();

    // The line above that says how far this one should be indented.
    private static string Neighbour(string[] lines, int line)
    {
        // The parser may name a line behind the last.
        for (var number = Math.Min(line - 1, lines.Length); number >= 1; number--)
        {
            var text = lines[number - 1];
            if (text.TrimStart() is { Length: > 0 } trimmed && trimmed[0] != '#')
            {
                return $"keys of one block stand in one column; line {number} begins in column {text.Length - trimmed.Length + 1}";
            }
        }

        return "keys of one block stand in one column";
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
