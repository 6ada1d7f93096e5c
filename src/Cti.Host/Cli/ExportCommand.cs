// cti export: what a state sink should have held at a time, as it was known at a time.

using System.CommandLine;
using System.Globalization;
using Cti.Core;
using Cti.Host.Run;
using Cti.Host.Serve;
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
        command.SetAction(
            async (result, _) =>
            {
                using var io = Invocation.IoOf(result);
                var now = TimeProvider.System.GetUtcNow();
                return await RunAsync(
                    io,
                    result.GetValue(sink)!,
                    result.GetValue(asOf) ?? now,
                    result.GetValue(knownAt) ?? now,
                    result.GetValue(output),
                    result.GetValue(store)
                );
            }
        );
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

    private static async Task<int> RunAsync(
        CommandIo io,
        string name,
        DateTimeOffset asOf,
        DateTimeOffset knownAt,
        string? output,
        string? storePath
    )
    {
        var cut = name.LastIndexOf('/');
        if (cut <= 0 || cut == name.Length - 1)
        {
            io.Error.WriteLine($"{name}: write PIPELINE/SINK, such as quickstart/blocklist");
            return ExitCode.Usage;
        }

        var (pipeline, sink) = (name[..cut], name[(cut + 1)..]);
        if (!io.IsServed && File.Exists(pipeline))
        {
            if (Pipelines.Load([pipeline], new RunOptions(), io.Error, PipelineUse.Store) is not [var plan])
            {
                return ExitCode.Usage;
            }

            (pipeline, storePath) = (plan.Name, storePath ?? plan.StorePath);
        }

        var path = storePath ?? StoreOption.Default;
        try
        {
            if (io.IsServed)
            {
                return Render(io, pipeline, sink, asOf, knownAt, path, bytes => io.Bytes.Write(bytes));
            }

            string[] arguments =
            [
                "export",
                $"--as-of={Written(asOf)}",
                $"--known-at={Written(knownAt)}",
                $"--store={Path.GetFullPath(path)}",
                "--",
                $"{pipeline}/{sink}",
            ];
            if (output is null)
            {
                return await StoreClient.RunAsync(path, arguments, io)
                    ?? Render(io, pipeline, sink, asOf, knownAt, path, bytes => io.Bytes.Write(bytes));
            }

            using var file = new AtomicFile(output);
            var exit =
                await StoreClient.RunAsync(path, arguments, io, () => new OutgoingBytes(file.Write))
                ?? Render(io, pipeline, sink, asOf, knownAt, path, file.Write);
            if (exit == ExitCode.Done)
            {
                file.Replace();
            }

            return exit;
        }
        catch (ExportException error)
        {
            io.Error.WriteLine(error.Message);
            return ExitCode.Usage;
        }
        catch (Exception error)
            when (error is StoreException or SinkException or ListException or DuckDb.DuckDbException)
        {
            io.Error.WriteLine($"{pipeline}: {error.Message}");
            return ExitCode.Failed;
        }
    }

    private static string Written(DateTimeOffset time) => time.ToString("O", CultureInfo.InvariantCulture);

    private static int Render(
        CommandIo io,
        string pipeline,
        string sink,
        DateTimeOffset asOf,
        DateTimeOffset knownAt,
        string path,
        OutgoingWrite write
    )
    {
        using var store = io.Stores.Read(path, new StoreOptions { MemoryLimitMiB = 256 });
        // Of a store that a run writes to meanwhile, one state.
        using var state = io.IsServed ? store.Connection.BeginTransaction() : null;
        var outcome = new ExportRun(store, io.Shown(path)).Render(
            pipeline,
            sink,
            new AsOf(TimestampModule.ofDateTimeOffset(asOf), TimestampModule.ofDateTimeOffset(knownAt)),
            bytes => write(bytes.Span),
            io.Stop
        );
        io.Error.WriteLine(
            $"{pipeline}/{sink}: {outcome.Rows:N0} entries, by the configuration and lists of run {outcome.Pipeline.RunId} of {outcome.Pipeline.RunNow:yyyy-MM-dd HH:mm:ss}Z"
                + (outcome.Pipeline.Version == ThisProgram.Version ? "" : $" (made by cti {outcome.Pipeline.Version})")
        );
        return ExitCode.Done;
    }
}
