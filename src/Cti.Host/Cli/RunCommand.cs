// cti run: pipelines one after the other until their sources are drained.

using System.CommandLine;
using Cti.Host.Graph;
using Cti.Host.Run;
using Cti.Host.Serve;
using Cti.Host.Store;
using Cti.Host.Trials;

namespace Cti.Host.Cli;

internal static class RunCommand
{
    public static Command Create()
    {
        var pipelines = Pipelines.Argument();
        var dryRun = new Option<bool>("--dry-run")
        {
            Description = "Read the sources and show what would come of it; write nothing.",
        };
        var limit = new Option<int?>("--limit")
        {
            Description =
                $"With --dry-run: records of each source to read, 1 to {DryRun.MostRecords}. Default: {DryRun.DefaultLimit}.",
            HelpName = "N",
        };
        var watch = new WatchOptions();
        var options = new CommonOptions();
        var command = new Command(
            "run",
            """
            Run pipelines until their sources are drained: read, normalise, screen, store, deliver. What was read before is not read again. With --watch
            they keep running on their schedules (docs/service.md); `cti serve` also answers who asks.

            Examples:
              cti run pipelines/quickstart.yaml
              cti run pipelines/urlhaus.yaml --input urlhaus=downloads/*.csv --out-dir out
              cti run pipelines/ipsum.yaml --json | jq .books
              cti run pipelines/ipsum.yaml --dry-run --limit 200
              cti run --watch pipelines
            """
        )
        {
            pipelines,
            dryRun,
            limit,
        };
        watch.AddTo(command, dryRun);
        options.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(limit) is { } records)
            {
                if (!result.GetValue(dryRun))
                {
                    result.AddError("--limit is for --dry-run: a run reads everything");
                }
                else if (records < 1 || records > DryRun.MostRecords)
                {
                    result.AddError($"--limit: a number from 1 to {DryRun.MostRecords}");
                }
            }
        });
        command.SetAction(result =>
            result.GetValue(dryRun)
                ? DryRunAction.RunAsync(
                    result.GetValue(pipelines)!,
                    options.Read(result),
                    result.GetValue(limit) ?? DryRun.DefaultLimit
                )
            : watch.Wanted(result)
                ? ServeAction.RunAsync(watch.Read(result, result.GetValue(pipelines)!, options.Read(result)))
            : RunAsync(
                result.GetValue(pipelines)!,
                watch.Limit(result, options.Read(result)),
                watch.DrainTimeout(result)
            )
        );
        return command;
    }

    private static async Task<int> RunAsync(string[] paths, RunOptions options, TimeSpan drainTimeout)
    {
        if (Pipelines.Load(paths, options, Console.Error) is not { } plans)
        {
            return ExitCode.Usage;
        }

        using var io = CommandIo.Console();
        using var killSwitch = new KillSwitch();
        PipelineGauges? gauges = null;
        using var signals = new Signals(
            killSwitch,
            Console.Error,
            drainTimeout,
            () => Volatile.Read(ref gauges)?.InFlight() ?? ""
        );
        var exit = ExitCode.Done;
        foreach (var plan in plans)
        {
            if (killSwitch.IsDraining)
            {
                break;
            }

            RunReport report;
            try
            {
                Volatile.Write(ref gauges, new PipelineGauges(plan.Name, TimeProvider.System));
                report = await PipelineRun.RunAsync(
                    plan,
                    options,
                    RunEnvironment.System,
                    killSwitch,
                    new RunScope(null, gauges)
                );
            }
            catch (Exception error) when (error is StoreException or ListException)
            {
                await Console.Error.WriteLineAsync($"{plan.Name}: {error.Message}");
                exit = ExitCode.Worse(exit, ExitCode.Failed);
                continue;
            }

            Print(io, report, options);
            exit = ExitCode.Worse(exit, ExitCode.Of(report.Status, options.Strict && report.Rejected > 0));
        }

        return exit;
    }

    /// <summary>What a person or a program is told of a run.</summary>
    public static void Print(CommandIo io, RunReport report, RunOptions options)
    {
        if (options.Json)
        {
            JsonOutput.Write(io, report.WriteJson);
        }
        else if (!options.Quiet)
        {
            io.Out.Write(report.ToText());
            io.Out.Flush();
        }

        if (options.Json || options.Quiet)
        {
            foreach (var message in report.Messages)
            {
                io.Error.WriteLine($"{report.Pipeline}: {message}");
            }
        }
    }
}
