// Finds the bracket that a YAML parser missed the end of: it tells only where it gave up, which may be many lines below.

namespace Cti.Host.Config;

internal static class OpenBracket
{
    /// <summary>
    /// The innermost <c>[</c> or <c>{</c> that is open before a place, with its line and column from 1; null where none is. Quotes and comments
    /// are passed over. A good guess, not a parser: block texts are taken for what they look like.
    /// </summary>
    public static (char Bracket, int Line, int Column)? Before(string[] lines, int line, int column)
    {
        var open = new Stack<(char Bracket, int Line, int Column)>();
        for (var number = 1; number <= Math.Min(line, lines.Length); number++)
        {
            var text = lines[number - 1];
            var end = number == line ? Math.Min(column - 1, text.Length) : text.Length;
            var quote = '\0';
            for (var at = 0; at < end; at++)
            {
                var character = text[at];
                if (quote != '\0')
                {
                    at += quote == '"' && character == '\\' ? 1 : 0;
                    quote = character == quote ? '\0' : quote;
                }
                else if (character == '#' && (at == 0 || text[at - 1] == ' '))
                {
                    break;
                }
                else if (character is '"' or '\'' && BeginsValue(text, at))
                {
                    quote = character;
                }
                else if (character is '[' or '{' && (open.Count > 0 || BeginsValue(text, at)))
                {
                    open.Push((character, number, at + 1));
                }
                else if (open.TryPeek(out var last) && (character, last.Bracket) is (']', '[') or ('}', '{'))
                {
                    open.Pop();
                }
            }
        }

        return open.TryPeek(out var innermost) ? innermost : null;
    }

    /// <summary>Whether the bracket at a column of a line is closed on it.</summary>
    public static bool Closes(string line, int column) => Before([line[(column - 1)..]], 1, int.MaxValue) is null;

    // Quotes and brackets inside a plain value mean nothing.
    private static bool BeginsValue(string text, int at)
    {
        var before = text.AsSpan(0, at).TrimEnd();
        return before.Length == 0 || before[^1] is ':' or '-' or ',' or '[' or '{';
    }
}
