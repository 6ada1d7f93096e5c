// cti run: pipelines one after the other until their sources are drained.

using System.CommandLine;
using System.Text.Json;
using Cti.Host.Graph;
using Cti.Host.Run;
using Cti.Host.Store;

namespace Cti.Host.Cli;

internal static class RunCommand
{
    public static Command Create()
    {
        var pipelines = Pipelines.Argument();
        var options = new CommonOptions();
        var command = new Command(
            "run",
            """
            Run pipelines until their sources are drained: read, normalise, screen, store, deliver. What was read before is not read again.

            Examples:
              cti run pipelines/quickstart.yaml
              cti run pipelines/urlhaus.yaml --input urlhaus=downloads/*.csv --out-dir out
              cti run pipelines/ipsum.yaml --json | jq .books
            """
        )
        {
            pipelines,
        };
        options.AddTo(command);
        command.SetAction(result => RunAsync(result.GetValue(pipelines)!, options.Read(result)));
        return command;
    }

    private static async Task<int> RunAsync(string[] paths, RunOptions options)
    {
        if (Pipelines.Load(paths, options, Console.Error) is not { } plans)
        {
            return ExitCode.Usage;
        }

        using var killSwitch = new KillSwitch();
        using var signals = new Signals(killSwitch, Console.Error);
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
                report = await PipelineRun.RunAsync(plan, options, RunEnvironment.System, killSwitch);
            }
            catch (Exception error) when (error is StoreException or ListException)
            {
                await Console.Error.WriteLineAsync($"{plan.Name}: {error.Message}");
                exit = ExitCode.Worse(exit, ExitCode.Failed);
                continue;
            }

            Print(report, options);
            exit = ExitCode.Worse(exit, ExitCode.Of(report.Status, options.Strict && report.Rejected > 0));
        }

        return exit;
    }

    private static void Print(RunReport report, RunOptions options)
    {
        if (options.Json)
        {
            using var stdout = Console.OpenStandardOutput();
            using (var json = new Utf8JsonWriter(stdout))
            {
                report.WriteJson(json);
            }

            stdout.WriteByte((byte)'\n');
        }
        else if (!options.Quiet)
        {
            Console.Out.Write(report.ToText());
        }

        if (options.Json || options.Quiet)
        {
            foreach (var message in report.Messages)
            {
                Console.Error.WriteLine($"{report.Pipeline}: {message}");
            }
        }
    }
}
