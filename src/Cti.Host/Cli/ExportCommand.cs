// cti export: what a state sink should have held at a time, as it was known at a time.

using System.CommandLine;
using Cti.Core;
using Cti.Host.Run;
using Cti.Host.Sinks;
using Cti.Host.Store;

namespace Cti.Host.Cli;

internal static class ExportCommand
{
    public static Command Create()
    {
        var sink = new Argument<string>("sink")
        {
            Description = "A pipeline's name or file, and one of its state sinks.",
            HelpName = "PIPELINE/SINK",
        };
        var asOf = Time("--as-of", "The time to render the set of. Default: now.");
        var knownAt = Time("--known-at", "Leave out what was recorded later than this. Default: now.");
        var output = new Option<string?>("--out")
        {
            Description = "Write to this file, whole or not at all. Default: standard output.",
            HelpName = "PATH",
        };
        var store = new Option<string?>("--store")
        {
            Description = "The store to ask. Default: the one the pipeline's file names, or out/cti.duckdb.",
            HelpName = "PATH",
        };
        var command = new Command(
            "export",
            """
            Render what a state sink should have held at a time, with the configuration, lists and tables of the pipeline's last run known then.
            The same times and program version give the same bytes, whatever came in since. Reads the store only.

            Examples:
              cti export pipelines/quickstart.yaml/blocklist --as-of 2026-01-05T00:00:00Z
              cti export quickstart/blocklist --store out/quickstart/cti.duckdb --as-of 2026-01-05T00:00:00Z --known-at 2026-01-06T00:00:00Z --out then.txt
            """
        )
        {
            sink,
            asOf,
            knownAt,
            output,
            store,
        };
        command.SetAction(result =>
        {
            var now = TimeProvider.System.GetUtcNow();
            return Run(
                result.GetValue(sink)!,
                new AsOf(
                    TimestampModule.ofDateTimeOffset(result.GetValue(asOf) ?? now),
                    TimestampModule.ofDateTimeOffset(result.GetValue(knownAt) ?? now)
                ),
                result.GetValue(output),
                result.GetValue(store)
            );
        });
        return command;
    }

    private static Option<DateTimeOffset?> Time(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "TIME",
            CustomParser = result =>
            {
                if (CommonOptions.ParseTime(result.Tokens[0].Value) is { } time)
                {
                    return time;
                }

                result.AddError($"{name} {result.Tokens[0].Value}: write a time such as 2026-01-01T00:00:00Z");
                return null;
            },
        };

    private static int Run(string name, AsOf asOf, string? output, string? storePath)
    {
        var cut = name.LastIndexOf('/');
        if (cut <= 0 || cut == name.Length - 1)
        {
            Console.Error.WriteLine($"{name}: write PIPELINE/SINK, such as quickstart/blocklist");
            return ExitCode.Usage;
        }

        var (pipeline, sink) = (name[..cut], name[(cut + 1)..]);
        if (File.Exists(pipeline))
        {
            if (Pipelines.Load([pipeline], new RunOptions(), Console.Error, PipelineUse.Sinks) is not [var plan])
            {
                return ExitCode.Usage;
            }

            (pipeline, storePath) = (plan.Name, storePath ?? plan.StorePath);
        }

        try
        {
            using var store = StoreFile.Open(
                storePath ?? "out/cti.duckdb",
                new StoreOptions { ReadOnly = true, MemoryLimitMiB = 256 }
            );
            var outcome = Render(new ExportRun(store), pipeline, sink, asOf, output);
            Console.Error.WriteLine(
                $"{pipeline}/{sink}: {outcome.Rows:N0} entries, by the configuration and lists of run {outcome.RunId} of {outcome.RunNow:yyyy-MM-dd HH:mm:ss}Z"
                    + (outcome.Version == ThisProgram.Version ? "" : $" (made by cti {outcome.Version})")
            );
            return ExitCode.Done;
        }
        catch (ExportException error)
        {
            Console.Error.WriteLine(error.Message);
            return ExitCode.Usage;
        }
        catch (Exception error)
            when (error is StoreException or SinkException or ListException or DuckDb.DuckDbException)
        {
            Console.Error.WriteLine($"{pipeline}: {error.Message}");
            return ExitCode.Failed;
        }
    }

    private static ExportOutcome Render(ExportRun run, string pipeline, string sink, AsOf asOf, string? output)
    {
        if (output is null)
        {
            using var stdout = Console.OpenStandardOutput();
            return run.Render(pipeline, sink, asOf, bytes => stdout.Write(bytes.Span));
        }

        using var file = new AtomicFile(output);
        var outcome = run.Render(pipeline, sink, asOf, bytes => file.Write(bytes.Span));
        file.Replace();
        return outcome;
    }
}
