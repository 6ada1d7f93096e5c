// The options of `cti run` and `cti serve` about a service, and how they become ServiceOptions.

using System.CommandLine;
using System.CommandLine.Parsing;
using Cti.Core.Declare;
using Cti.Host.Run;
using Cti.Host.Serve;

namespace Cti.Host.Cli;

/// <summary>One set per command.</summary>
internal sealed class WatchOptions
{
    private static readonly ServiceOptions Defaults = new() { Paths = [], Run = new RunOptions() };

    private readonly Option<bool> _watch = new("--watch")
    {
        Description =
            "Keep running on schedules; pipelines may be files, globs and folders, and are read again when they change.",
    };

    private readonly Option<string?> _drainTimeout = new("--drain-timeout")
    {
        Description = "How long what is in flight may take to end after Ctrl-C or SIGTERM, 1s or more. Default: 30s.",
        HelpName = "TIME",
    };

    private readonly Option<string?> _stuckAfter = new("--stuck-after")
    {
        Description =
            "A stage of a service that has work and gets nothing done for so long is stuck, 1s or more. Default: 5m.",
        HelpName = "TIME",
    };

    /// <summary>Adds those of every service to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_drainTimeout);
        command.Options.Add(_stuckAfter);
        command.Validators.Add(result =>
        {
            Check(result, _drainTimeout);
            Check(result, _stuckAfter);
        });
    }

    /// <summary>Adds all of them to a command that may do without a service.</summary>
    public void AddTo(Command command, Option<bool> dryRun)
    {
        command.Options.Add(_watch);
        AddTo(command);
        command.Validators.Add(result =>
        {
            var watches = result.GetValue(_watch);
            if (!watches && result.GetValue(_stuckAfter) is not null)
            {
                result.AddError("--stuck-after is for --watch");
            }

            if (watches && result.GetValue(dryRun))
            {
                result.AddError("--watch and --dry-run cannot stand together: a dry run keeps nothing");
            }
        });
    }

    /// <summary>Whether a service is wanted.</summary>
    public bool Wanted(ParseResult result) => result.GetValue(_watch);

    public TimeSpan DrainTimeout(ParseResult result) => Time(result.GetValue(_drainTimeout)) ?? Defaults.DrainTimeout;

    /// <summary>Sinks give up a little earlier, so that a run can still close its books before it is aborted.</summary>
    public RunOptions Limit(ParseResult result, RunOptions run) =>
        run with
        {
            DrainTimeout = DrainTimeout(result) * 0.8,
        };

    public ServiceOptions Read(ParseResult result, string[] paths, RunOptions run) =>
        Defaults with
        {
            Paths = paths,
            Run = Limit(result, run),
            DrainTimeout = DrainTimeout(result),
            StuckAfter = Time(result.GetValue(_stuckAfter)) ?? Defaults.StuckAfter,
        };

    private static void Check(CommandResult result, Option<string?> option)
    {
        if (result.GetValue(option) is { } given && Time(given) is null)
        {
            result.AddError($"{option.Name} {given}: write a time from 1s to 1d, such as 30s or 5m");
        }
    }

    // Durations are written as in pipelines.
    private static TimeSpan? Time(string? text)
    {
        if (text is null)
        {
            return null;
        }

        var parsed = Literal.duration.Parse.Invoke(text);
        return
            parsed.IsOk && parsed.ResultValue >= TimeSpan.FromSeconds(1) && parsed.ResultValue <= TimeSpan.FromDays(1)
            ? parsed.ResultValue
            : null;
    }
}
