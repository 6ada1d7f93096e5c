// The command line a user gave, as it is sent to the service that owns the store: the same, with paths that mean the same in another folder.

using System.CommandLine;
using System.CommandLine.Parsing;

namespace Cti.Host.Cli;

internal static class Forwarding
{
    /// <summary>The arguments of a command, from its name on. Options that were not given are left out.</summary>
    /// <param name="result">What the user gave.</param>
    /// <param name="instead">Options and arguments that are sent with another value, or (null) not at all.</param>
    public static string[] Arguments(ParseResult result, IReadOnlyDictionary<Symbol, string?> instead)
    {
        var names = new Stack<string>();
        for (SymbolResult? level = result.CommandResult; level is CommandResult command; level = command.Parent)
        {
            names.Push(command.Command.Name);
        }

        // The program itself is the outermost command.
        names.Pop();
        var words = new List<string>(names);
        foreach (var option in result.CommandResult.Command.Options)
        {
            if (instead.TryGetValue(option, out var other))
            {
                words.AddRange(other is null ? [] : [$"{option.Name}={other}"]);
            }
            else if (result.GetResult(option) is { Implicit: false } given)
            {
                words.AddRange(
                    given.Tokens.Count == 0
                        ? [option.Name]
                        : given.Tokens.Select(token => $"{option.Name}={token.Value}")
                );
            }
        }

        words.Add("--");
        foreach (var argument in result.CommandResult.Command.Arguments)
        {
            if (instead.TryGetValue(argument, out var other))
            {
                words.AddRange(other is null ? [] : [other]);
            }
            else
            {
                words.AddRange(result.GetResult(argument)?.Tokens.Select(token => token.Value) ?? []);
            }
        }

        return [.. words];
    }
}
