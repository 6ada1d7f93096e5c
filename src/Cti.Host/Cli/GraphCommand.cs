// cti graph: a pipeline as a drawing, with what its last run counted.

using System.CommandLine;
using Cti.DuckDb;
using Cti.Host.Config;
using Cti.Host.Drawing;
using Cti.Host.Store;

namespace Cti.Host.Cli;

internal enum GraphFormat
{
    Text,
    Mermaid,
    Dot,
}

internal static class GraphCommand
{
    public static Command Create()
    {
        var pipelines = Pipelines.Argument();
        var format = new Option<GraphFormat>("--format")
        {
            Description = "text for a terminal, mermaid for Markdown pages, dot for Graphviz.",
            HelpName = "text|mermaid|dot",
        };
        var store = new Option<string?>("--store")
        {
            Description = "Take the last run's counts from this store instead of the pipeline's.",
            HelpName = "PATH",
        };
        var command = new Command(
            "graph",
            """
            Draw pipelines: sources, stages, sinks, with the counts of the last run where the store knows one. Opens the store for reading only.

            Examples:
              cti graph pipelines/quickstart.yaml
              cti graph pipelines/quickstart.yaml --format dot | dot -Tsvg > quickstart.svg
            """
        )
        {
            pipelines,
            format,
            store,
        };
        command.SetAction(result => Run(result.GetValue(pipelines)!, result.GetValue(format), result.GetValue(store)));
        return command;
    }

    private static int Run(string[] paths, GraphFormat format, string? store)
    {
        var (files, holds) = Pipelines.Read(paths, Console.Error);
        foreach (var file in files)
        {
            if (file is not { Pipeline: { } pipeline, Root: { } root })
            {
                DiagnosticPrinter.Print(Console.Error, file);
                holds = false;
                continue;
            }

            var (run, note) = LastRunOf(
                pipeline.Name.Value,
                store ?? Path.GetFullPath(Path.Combine(file.Folder, pipeline.Store))
            );
            var drawing = PipelineDrawing.Of(root, run);
            Console.Out.Write(
                format switch
                {
                    GraphFormat.Mermaid => DiagramText.Mermaid(drawing),
                    GraphFormat.Dot => DiagramText.Dot(drawing),
                    _ => TextDrawing.Draw(drawing),
                }
            );
            // On stderr, so that a drawing can be piped into what understands it.
            Console.Error.WriteLine(TerminalText.Visible(note));
        }

        return holds ? ExitCode.Done : ExitCode.Usage;
    }

    private static (LastRun? Run, string Note) LastRunOf(string pipeline, string path)
    {
        if (!File.Exists(path))
        {
            return (null, $"no counts: there is no store at {path} yet");
        }

        try
        {
            using var store = StoreFile.Open(path, new StoreOptions { ReadOnly = true });
            var runs = store.Connection.Rows(
                "SELECT run_id, status, started_at FROM runs WHERE pipeline = $1 ORDER BY started_at DESC LIMIT 1",
                reader => (Id: reader.GetGuid(0), Status: reader.GetString(1), StartedAt: reader.GetDateTime(2)),
                pipeline
            );
            if (runs.Count == 0)
            {
                return (null, $"no counts: the store {path} knows no run of {pipeline} yet");
            }

            var stages = store.Connection.Rows(
                """
                SELECT stage, "in", expanded, "out", screened, rejected, merged, dropped FROM stage_counts WHERE run_id = $1
                """,
                reader =>
                    (
                        Stage: reader.GetString(0),
                        Account: new StageAccount(
                            reader.GetInt64(1),
                            reader.GetInt64(2),
                            reader.GetInt64(3),
                            reader.GetInt64(4),
                            reader.GetInt64(5),
                            reader.GetInt64(6),
                            reader.GetInt64(7)
                        )
                    ),
                runs[0].Id
            );
            return (
                new LastRun(stages.ToDictionary(stage => stage.Stage, stage => stage.Account, StringComparer.Ordinal)),
                $"counts: the run of {runs[0].StartedAt:yyyy-MM-dd HH:mm:ss} UTC, {runs[0].Status}, in {path}"
            );
        }
        catch (Exception error) when (error is StoreException or DuckDbException)
        {
            return (null, $"no counts: {error.Message}");
        }
    }
}
