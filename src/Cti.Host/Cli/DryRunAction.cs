// What `cti run --dry-run` does: the pipelines one after the other, each told at once.

using System.Text.Json;
using Cti.Host.Graph;
using Cti.Host.Run;
using Cti.Host.Serve;
using Cti.Host.Trials;

namespace Cti.Host.Cli;

internal static class DryRunAction
{
    public static async Task<int> RunAsync(string[] paths, RunOptions options, int limit)
    {
        if (Pipelines.Load(paths, options, Console.Error) is not { } plans)
        {
            return ExitCode.Usage;
        }

        using var killSwitch = new KillSwitch();
        using var signals = new Signals(killSwitch, Console.Error, ServiceOptions.DefaultDrainTimeout, () => "");
        var exit = ExitCode.Done;
        foreach (var plan in plans)
        {
            DryRunOutcome outcome;
            try
            {
                outcome = await DryRun.RunAsync(plan, options, limit, RunEnvironment.System, killSwitch);
            }
            catch (ListException error)
            {
                await Console.Error.WriteLineAsync($"{plan.Name}: {error.Message}");
                exit = ExitCode.Worse(exit, ExitCode.Failed);
                continue;
            }
            catch (OperationCanceledException) when (killSwitch.IsAborted)
            {
                return ExitCode.Aborted;
            }

            Print(outcome, options);
            exit = ExitCode.Worse(
                exit,
                outcome.Faults.Count > 0 ? ExitCode.Failed
                    : options.Strict && outcome.Result.Rejections.Count > 0 ? ExitCode.DeadLetters
                    : ExitCode.Done
            );
            if (killSwitch.IsDraining)
            {
                return ExitCode.Drained;
            }
        }

        return exit;
    }

    private static void Print(DryRunOutcome outcome, RunOptions options)
    {
        if (options.Json)
        {
            using var stdout = Console.OpenStandardOutput();
            using (var json = new Utf8JsonWriter(stdout))
            {
                DryRunReport.WriteJson(json, outcome);
            }

            stdout.WriteByte((byte)'\n');
        }
        else if (!options.Quiet)
        {
            Console.Out.Write(DryRunReport.ToText(outcome));
        }

        if (options.Json || options.Quiet)
        {
            foreach (var fault in outcome.Faults)
            {
                Console.Error.WriteLine($"{outcome.Pipeline}: {fault}");
            }
        }
    }
}
