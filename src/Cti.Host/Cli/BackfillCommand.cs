// cti backfill: the history of a feed, file by file in order of time, into the store; and the proof that it is there.

using System.CommandLine;
using System.Text.Json;
using Cti.Host.Graph;
using Cti.Host.Run;
using Cti.Host.Store;

namespace Cti.Host.Cli;

internal static class BackfillCommand
{
    public static Command Create()
    {
        var pipeline = new Argument<string>("pipeline")
        {
            Description = "Pipeline file (YAML).",
            HelpName = "PIPELINE",
        };
        var from = Text(
            "--from",
            "DATE",
            "The first day (2026-01-31), or the instant to begin at (2026-01-31T06:00:00Z). Default: the first file."
        );
        var to = Text("--to", "DATE", "The last day, or the instant to end before. Default: the last file.");
        var zone = Text(
            "--tz",
            "ZONE",
            "Zone of dates without one: UTC, +02:00, or a name such as Europe/Berlin. Default: UTC."
        );
        var pattern = Text(
            "--date-pattern",
            "PATTERN",
            "How the files' names write their time, such as 'dd.MM.yyyy'. Default: the usual forms."
        );
        var verify = new Option<bool>("--verify")
        {
            Description =
                "Read the files again and hold them against the store; write nothing. Exit 5 where they differ.",
        };
        var options = new CommonOptions();
        var command = new Command(
            "backfill",
            """
            Read the history of a feed: many files, each with a date in its name, in order of time. What was read before is not read again, so a
            backfill that was ended goes on where it was. It ends with a proof: partitions, books, and a hash of the content.

            Examples:
              cti backfill pipelines/tor-exit-nodes.yaml --input tor_exits='archive/tor-*.lst.gz'
              cti backfill pipelines/kev.yaml --input kev='kev/*.json.gz' --from 2025-05-01 --to 2025-05-31
              cti backfill pipelines/kev.yaml --input kev='kev/*.json.gz' --verify
            """
        )
        {
            pipeline,
            from,
            to,
            zone,
            pattern,
            verify,
        };
        options.AddTo(command);
        command.SetAction(result =>
            RunAsync(
                result.GetValue(pipeline)!,
                options.Read(result),
                new BackfillChoice(
                    result.GetValue(from),
                    result.GetValue(to),
                    result.GetValue(zone),
                    result.GetValue(pattern)
                ),
                result.GetValue(verify)
            )
        );
        return command;
    }

    private static Option<string?> Text(string name, string help, string description) =>
        new(name) { Description = description, HelpName = help };

    private static async Task<int> RunAsync(string path, RunOptions options, BackfillChoice choice, bool verify)
    {
        var use = verify ? PipelineUse.Store : PipelineUse.Deliver;
        if (Pipelines.Load([path], options, Console.Error, use) is not [var plan])
        {
            return ExitCode.Usage;
        }

        if (BackfillFiles.Find(plan, options, choice, Console.Error) is not { } backfill)
        {
            return ExitCode.Usage;
        }

        using var killSwitch = new KillSwitch();
        using var signals = new Signals(killSwitch, Console.Error, options.DrainTimeout, () => "");
        try
        {
            if (verify)
            {
                var verdict = await BackfillVerify.RunAsync(plan, backfill, options, RunEnvironment.System, killSwitch);
                Print(options, verdict.WriteJson, verdict.ToText());
                return killSwitch.IsDraining ? ExitCode.Drained
                    : verdict.Holds ? ExitCode.Done
                    : ExitCode.TestFailed;
            }

            var report = await PipelineRun.RunAsync(
                plan,
                options,
                RunEnvironment.System,
                killSwitch,
                RunScope.Everything with
                {
                    Backfill = backfill,
                }
            );
            Print(options, report.WriteJson, report.ToText());
            if (options.Json || options.Quiet)
            {
                foreach (var message in report.Messages)
                {
                    await Console.Error.WriteLineAsync($"{report.Pipeline}: {message}");
                }
            }

            return ExitCode.Of(report.Status, options.Strict && report.Rejected > 0);
        }
        catch (OperationCanceledException) when (killSwitch.IsAborted)
        {
            return ExitCode.Aborted;
        }
        catch (Exception error) when (error is StoreException or ListException)
        {
            await Console.Error.WriteLineAsync($"{plan.Name}: {error.Message}");
            return ExitCode.Failed;
        }
    }

    private static void Print(RunOptions options, Action<Utf8JsonWriter> write, string text)
    {
        if (options.Json)
        {
            using var stdout = Console.OpenStandardOutput();
            using (var json = new Utf8JsonWriter(stdout))
            {
                write(json);
            }

            stdout.WriteByte((byte)'\n');
        }
        else if (!options.Quiet)
        {
            Console.Out.Write(text);
        }
    }
}
