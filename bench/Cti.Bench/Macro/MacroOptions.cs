// What a person may say about a macro run, with every default.

using System.Globalization;

namespace Cti.Bench.Macro;

/// <summary>Options of `macro`.</summary>
internal sealed record MacroOptions
{
    public const string Usage = """
        macro [--records N] [--seed N] [--input FILE] [--lists WHICH] [--streams N] [--runs N] [--json] [--cti FILE] [--work-dir DIR]

          --records N     records to generate, 1 or more; default 1000000
          --seed N        chooses the generated feed; default 1
          --input FILE    a CSV with the columns value, type, source, first_seen instead of a generated one
          --lists WHICH   the warninglists to screen by: generated, none, or a folder of *.json; default generated
          --streams N     add so many stream sinks, and measure with and without them in turn, 1 to 16
          --runs N        measure so often and take the median of every figure; default 1
          --json          one JSON object instead of a table
          --cti FILE      the executable to measure; default src/Cti.Host/bin/Release/net10.0/cti
          --work-dir DIR  where feeds are kept and stores are written; default a folder among the system's temporary files
        """;

    public long Records { get; init; } = 1_000_000;
    public ulong Seed { get; init; } = 1;
    public string? Input { get; init; }

    /// <summary>`generated`, `none`, or a folder.</summary>
    public string Lists { get; init; } = "generated";

    /// <summary>Stream sinks whose cost is measured; 0 for none.</summary>
    public int Streams { get; init; }
    public int Runs { get; init; } = 1;
    public bool Json { get; init; }
    public string? Cti { get; init; }
    public string WorkDir { get; init; } = Path.Combine(Path.GetTempPath(), "cti-bench");

    /// <summary>Reads the words behind `macro`.</summary>
    /// <exception cref="MacroException">A word that is not known, or a value that does not fit.</exception>
    public static MacroOptions Parse(ReadOnlySpan<string> words)
    {
        var options = new MacroOptions();
        while (words is [var word, .. var rest])
        {
            if (word == "--json")
            {
                options = options with { Json = true };
                words = rest;
                continue;
            }

            if (rest is not [var value, .. var others])
            {
                throw new MacroException($"{word}: unknown, or without its value\n\n{Usage}");
            }

            options = word switch
            {
                "--records" => options with { Records = Number(word, value, 1, 1_000_000_000) },
                "--seed" => options with { Seed = (ulong)Number(word, value, 0, long.MaxValue) },
                "--input" => options with { Input = Path.GetFullPath(value) },
                "--lists" => options with { Lists = value is "generated" or "none" ? value : Path.GetFullPath(value) },
                "--streams" => options with { Streams = (int)Number(word, value, 1, 16) },
                "--runs" => options with { Runs = (int)Number(word, value, 1, 1_000) },
                "--cti" => options with { Cti = Path.GetFullPath(value) },
                "--work-dir" => options with { WorkDir = Path.GetFullPath(value) },
                _ => throw new MacroException($"{word}: unknown\n\n{Usage}"),
            };
            words = others;
        }

        return options;
    }

    private static long Number(string word, string value, long least, long most) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number >= least
        && number <= most
            ? number
            : throw new MacroException($"{word} {value}: a whole number from {least} to {most}");
}

/// <summary>The measurement cannot be made, or what was measured did not do its work; the message says what to do.</summary>
internal sealed class MacroException(string message) : Exception(message);
