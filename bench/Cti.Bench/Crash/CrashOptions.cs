// What a person may say about a crash run, with every default.

using System.Globalization;
using Cti.Bench.Macro;

namespace Cti.Bench.Crash;

/// <summary>Options of `crash`.</summary>
internal sealed record CrashOptions
{
    public const string Usage = """
        crash [--kills N] [--seed N] [--json] [--cti FILE] [--work-dir DIR]

          --kills N       processes to kill, 10 or more; default 30
          --seed N        chooses the workload and the kills; default 1
          --json          one JSON object instead of a table
          --cti FILE      the executable to kill; default src/Cti.Host/bin/Release/net10.0/cti
          --work-dir DIR  where it happens; default a folder among the system's temporary files; kept for inspection
        """;

    public int Kills { get; init; } = 30;
    public ulong Seed { get; init; } = 1;
    public bool Json { get; init; }
    public string? Cti { get; init; }
    public string WorkDir { get; init; } = Path.Combine(Path.GetTempPath(), "cti-crash");

    /// <summary>Reads the words behind `crash`.</summary>
    /// <exception cref="MacroException">A word that is not known, or a value that does not fit.</exception>
    public static CrashOptions Parse(ReadOnlySpan<string> words)
    {
        var options = new CrashOptions();
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
                // Fewer could not fall into every window.
                "--kills" => options with { Kills = (int)Number(word, value, 10, 100_000) },
                "--seed" => options with { Seed = (ulong)Number(word, value, 0, long.MaxValue) },
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
