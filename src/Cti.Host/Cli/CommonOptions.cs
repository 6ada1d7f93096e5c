// The options that commands share, and how they become RunOptions.

using System.CommandLine;
using System.Globalization;
using Cti.Host.Run;

namespace Cti.Host.Cli;

/// <summary>One set per command: System.CommandLine's options belong to the command they are added to.</summary>
internal sealed class CommonOptions
{
    private readonly Option<string[]> _input = new("--input")
    {
        Description = "Feed a source from local files: NAME=GLOB, or from standard input: NAME=-. Once per source.",
        HelpName = "NAME=GLOB",
    };

    private readonly Option<string?> _store = new("--store")
    {
        Description = "Use this store instead of the pipeline's.",
        HelpName = "PATH",
    };

    private readonly Option<string?> _outDir = new("--out-dir")
    {
        Description = "Take relative paths of the store and of sinks from here instead of the pipeline's folder.",
        HelpName = "DIR",
    };

    private readonly Option<string?> _now = new("--now")
    {
        Description =
            "The time scores and publication times are computed at, as 2026-01-01T00:00:00Z. Default: the clock.",
        HelpName = "TIME",
    };

    private readonly Option<int> _batchSize = new("--batch-size")
    {
        Description = "Raw records per batch, 1 to 1000000. Results do not depend on it.",
        DefaultValueFactory = _ => new RunOptions().BatchSize,
        HelpName = "N",
    };

    private readonly Option<int> _threads = new("--threads")
    {
        Description =
            "1 runs everything on one task, 2 reads on one and stores on another. Results do not depend on it.",
        DefaultValueFactory = _ => new RunOptions().Threads,
        HelpName = "N",
    };

    // For tests of what happens between epochs; nobody tunes it.
    private readonly Option<int> _epochRecords = new("--epoch-records")
    {
        Hidden = true,
        DefaultValueFactory = _ => new RunOptions().EpochRecords,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object on stdout at the end." };
    private readonly Option<bool> _quiet = new("--quiet") { Description = "Print errors only." };
    private readonly Option<bool> _strict = new("--strict")
    {
        Description = "Exit with 3 where there are dead letters.",
    };

    /// <summary>Adds all of them to a command.</summary>
    public void AddTo(Command command)
    {
        Option[] all = [_input, _store, _outDir, _now, _batchSize, _threads, _epochRecords, _json, _quiet, _strict];
        foreach (var option in all)
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            foreach (var input in result.GetValue(_input) ?? [])
            {
                if (input.IndexOf('=', StringComparison.Ordinal) is <= 0 || input.EndsWith('='))
                {
                    result.AddError($"--input {input}: write NAME=GLOB, such as --input urlhaus=csv/*.csv");
                }
            }

            CheckRange(result, _batchSize, 1_000_000);
            CheckRange(result, _threads, 64);
            CheckRange(result, _epochRecords, 1_000_000);

            if (result.GetValue(_now) is { } now && ParseTime(now) is null)
            {
                result.AddError($"--now {now}: write a time such as 2026-01-01T00:00:00Z");
            }
        });
    }

    /// <summary>What the command line says.</summary>
    public RunOptions Read(ParseResult result) =>
        new()
        {
            Inputs = (result.GetValue(_input) ?? [])
                .Select(input => input.Split('=', 2))
                .GroupBy(pair => pair[0], StringComparer.Ordinal)
                .ToDictionary(group => group.Key, group => group.Last()[1], StringComparer.Ordinal),
            Store = result.GetValue(_store),
            OutDir = result.GetValue(_outDir),
            Now = result.GetValue(_now) is { } now ? ParseTime(now) : null,
            BatchSize = result.GetValue(_batchSize),
            Threads = result.GetValue(_threads),
            EpochRecords = result.GetValue(_epochRecords),
            Json = result.GetValue(_json),
            Quiet = result.GetValue(_quiet),
            Strict = result.GetValue(_strict),
        };

    // An option that was not given has its default, which needs no check.
    private static void CheckRange(System.CommandLine.Parsing.CommandResult result, Option<int> option, int most)
    {
        if (
            result.GetResult(option) is { Implicit: false } given
            && given.GetValueOrDefault<int>() is var value
            && (value < 1 || value > most)
        )
        {
            result.AddError($"{option.Name}: a number from 1 to {most}");
        }
    }

    /// <summary>A time as the command line takes it, UTC where it does not say; null for anything else.</summary>
    public static DateTimeOffset? ParseTime(string text) =>
        DateTimeOffset.TryParse(
            text,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var time
        )
            ? time
            : null;
}
