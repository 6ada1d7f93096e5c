// cti tap: a few samples of what passes a boundary of a running pipeline, as lines of JSON.

using System.CommandLine;
using Cti.Core.Predicates;
using Cti.Host.Run;
using Cti.Host.Serve;
using Microsoft.FSharp.Core;

namespace Cti.Host.Cli;

internal static class TapCommand
{
    private const int DefaultLimit = 20;

    public static Command Create()
    {
        var pipeline = new Argument<string>("pipeline")
        {
            Description = "The pipeline's file, or its name.",
            HelpName = "PIPELINE",
        };
        var stage = new Argument<string>("stage")
        {
            Description = "Where to listen: read, map, normalise, screen, store or sink:NAME.",
            HelpName = "STAGE",
        };
        var limit = new Option<int?>("--limit")
        {
            Description = $"End after so many samples, 1 to {TapSession.MostSamples}. Default: {DefaultLimit}.",
            HelpName = "N",
        };
        var where = new Option<string?>("--where")
        {
            Description =
                "Only samples that this selects, of type, value, tlp, confidence and sources: \"type = 'domain'\".",
            HelpName = "PREDICATE",
        };
        var store = new Option<string?>("--store")
        {
            Description = "The store whose service to ask. Default: the pipeline's.",
            HelpName = "PATH",
        };
        var command = new Command(
            "tap",
            """
            Listen to a pipeline of a running service: one JSON object for each sample of what leaves a stage, or does not, with its position and the
            decision. Ends after --limit samples, or with Ctrl-C. A listener that is too slow loses samples; the pipeline never waits for it.

            Examples:
              cti tap pipelines/urlhaus.yaml normalise --limit 5
              cti tap urlhaus screen --where "type = 'domain'" --store out/cti.duckdb
              cti tap urlhaus sink:blocklist | jq .value
            """
        )
        {
            pipeline,
            stage,
            limit,
            where,
            store,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(limit) is < 1 or > TapSession.MostSamples)
            {
                result.AddError($"--limit: a number from 1 to {TapSession.MostSamples}");
            }
        });
        command.SetAction(
            async (result, _) =>
            {
                using var io = Invocation.IoOf(result);
                return await RunAsync(
                    io,
                    result.GetValue(pipeline)!,
                    result.GetValue(stage)!,
                    result.GetValue(limit) ?? DefaultLimit,
                    result.GetValue(where),
                    result.GetValue(store)
                );
            }
        );
        return command;
    }

    private static async Task<int> RunAsync(
        CommandIo io,
        string pipeline,
        string stage,
        int limit,
        string? where,
        string? store
    )
    {
        Predicate? wanted = null;
        if (where is not null)
        {
            var parsed = PredicateModule.parse(where);
            if (parsed.IsError)
            {
                foreach (var error in parsed.ErrorValue)
                {
                    io.Error.WriteLine($"--where: {error.Code} {error.Message}");
                }

                return ExitCode.Usage;
            }

            wanted = parsed.ResultValue;
        }

        if (io.Service is { } service)
        {
            return await ListenAsync(io, service, pipeline, stage, limit, wanted);
        }

        if (Find(io, pipeline, store) is not { } found)
        {
            return ExitCode.Usage;
        }

        string[] arguments =
        [
            "tap",
            found.Name,
            stage,
            "--limit",
            limit.ToString(System.Globalization.CultureInfo.InvariantCulture),
            .. where is null ? Array.Empty<string>() : ["--where", where],
        ];
        if (await StoreClient.RunAsync(found.Store, arguments, io) is { } exit)
        {
            return exit;
        }

        io.Error.WriteLine(
            $"CTI-SERVICE-020 no service runs on {found.Store}, and tap listens to one. Start it (cti run --watch {pipeline}), or look at a few records without one: cti run {pipeline} --dry-run --limit 20."
        );
        return ExitCode.Failed;
    }

    // The pipeline's name and where its service is reached.
    private static (string Name, string Store)? Find(CommandIo io, string pipeline, string? store)
    {
        if (!File.Exists(pipeline))
        {
            return (pipeline, store ?? StoreOption.Default);
        }

        return Pipelines.Load([pipeline], new RunOptions { Store = store }, io.Error, PipelineUse.Store) is [var plan]
            ? (plan.Name, plan.StorePath)
            : null;
    }

    private static async Task<int> ListenAsync(
        CommandIo io,
        ServiceBoard service,
        string name,
        string stage,
        int limit,
        Predicate? where
    )
    {
        if (service.Pipelines.FirstOrDefault(known => known.Name == name) is not { } pipeline)
        {
            io.Error.WriteLine(
                $"CTI-SERVICE-021 the service runs no pipeline {name}; it runs {string.Join(", ", service.Pipelines.Select(known => known.Name))}."
            );
            return ExitCode.Usage;
        }

        string[] stages =
        [
            "read",
            "map",
            "normalise",
            "screen",
            "store",
            .. pipeline.Sinks.Select(sink => "sink:" + sink),
        ];
        if (!stages.Contains(stage, StringComparer.Ordinal))
        {
            io.Error.WriteLine($"CTI-SERVICE-022 {name} has no stage {stage}; it has {string.Join(", ", stages)}.");
            return ExitCode.Usage;
        }

        var tap = new TapSession(stage, limit, where);
        pipeline.Gauges.Open(tap);
        try
        {
            // So that whoever starts something to listen to knows when.
            io.Error.WriteLine(
                $"listening to {stage} of {name}{(pipeline.Next is { } next ? $"; it runs next at {next:yyyy-MM-dd'T'HH:mm:ss'Z'}" : "")}"
            );
            await foreach (var line in tap.Lines.ReadAllAsync(io.Stop))
            {
                io.Bytes.Write(line);
                io.Bytes.Flush();
            }

            return ExitCode.Done;
        }
        finally
        {
            pipeline.Gauges.Close(tap);
            if (tap.Lost > 0)
            {
                io.Error.WriteLine($"{TerminalText.Count(tap.Lost, "sample")} lost: this listener was too slow");
            }
        }
    }
}
