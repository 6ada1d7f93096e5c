// cti plan and cti apply: what state sinks would do, and doing it, from what the store holds now.

using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Cti.Core;
using Cti.Host.Run;
using Cti.Host.Serve;
using Cti.Host.Sinks;
using Cti.Host.Store;

namespace Cti.Host.Cli;

internal static class PlanCommand
{
    public static Command Create()
    {
        var pipelines = Pipelines.Argument();
        var options = new CommonOptions();
        var command = new Command(
            "plan",
            """
            Show what every state sink of the pipelines would add, change and withdraw, without doing it.

            Examples:
              cti plan pipelines/quickstart.yaml
              cti plan pipelines/quickstart.yaml --json
            """
        )
        {
            pipelines,
        };
        options.AddTo(command);
        command.SetAction(
            async (result, _) =>
            {
                using var io = Invocation.IoOf(result);
                return await PlanAndApply.RunAsync(
                    io,
                    result.GetValue(pipelines)!,
                    options.Read(result),
                    null,
                    StateSinksMode.Preview
                );
            }
        );
        return command;
    }
}

internal static class ApplyCommand
{
    public static Command Create()
    {
        var pipelines = Pipelines.Argument();
        var sink = new Option<string?>("--sink") { Description = "Only this sink.", HelpName = "NAME" };
        var approve = new Option<bool>("--approve")
        {
            Description = "Apply although a plan is beyond max_change or min_entries.",
        };
        var options = new CommonOptions();
        var command = new Command(
            "apply",
            """
            Apply the plans of the pipelines' state sinks, manual ones too. A plan beyond its limits waits (exit 4) until --approve.

            Examples:
              cti apply pipelines/quickstart.yaml
              cti apply pipelines/quickstart.yaml --sink blocklist --approve
            """
        )
        {
            pipelines,
            sink,
            approve,
        };
        options.AddTo(command);
        command.SetAction(
            async (result, _) =>
            {
                using var io = Invocation.IoOf(result);
                return await PlanAndApply.RunAsync(
                    io,
                    result.GetValue(pipelines)!,
                    options.Read(result),
                    result.GetValue(sink),
                    result.GetValue(approve) ? StateSinksMode.ApplyApproved : StateSinksMode.Apply
                );
            }
        );
        return command;
    }
}

internal static class PlanAndApply
{
    public static async Task<int> RunAsync(
        CommandIo io,
        string[] paths,
        RunOptions options,
        string? only,
        StateSinksMode mode
    )
    {
        if (Pipelines.Load(paths, options, io.Error, PipelineUse.StateSinks) is not { } plans)
        {
            return ExitCode.Usage;
        }

        var exit = ExitCode.Done;
        foreach (var plan in plans)
        {
            if (only is not null && !plan.Sinks.Any(sink => sink.HoldsState && sink.Name == only))
            {
                io.Error.WriteLine(
                    $"--sink {only}: {plan.Name} has no state sink {only}; it has: {string.Join(", ", plan.Sinks.Where(sink => sink.HoldsState).Select(sink => sink.Name))}"
                );
                return ExitCode.Usage;
            }

            if (
                !io.IsServed
                && await StoreClient.RunAsync(plan.StorePath, Arguments(plan, options, only, mode), io) is { } served
            )
            {
                exit = ExitCode.Worse(exit, served);
                continue;
            }

            try
            {
                var outcome = Run(io, plan, options, only, mode);
                Print(io, plan, outcome, options);
                exit = ExitCode.Worse(
                    exit,
                    outcome.Failed ? ExitCode.Failed
                        : outcome.Waiting ? ExitCode.Waiting
                        : ExitCode.Done
                );
            }
            catch (Exception error)
                when (error is StoreException or SinkException or ListException or DuckDb.DuckDbException)
            {
                io.Error.WriteLine($"{plan.Name}: {error.Message}");
                exit = ExitCode.Worse(exit, ExitCode.Failed);
            }
        }

        return exit;
    }

    // The command line for the service that owns the store, which stands in another folder.
    private static string[] Arguments(PipelinePlan plan, RunOptions options, string? only, StateSinksMode mode) =>
        [
            mode == StateSinksMode.Preview ? "plan" : "apply",
            Path.GetFullPath(plan.File),
            "--store",
            Path.GetFullPath(plan.StorePath),
            .. options.OutDir is { } outDir ? ["--out-dir", Path.GetFullPath(outDir)] : Array.Empty<string>(),
            .. options.Now is { } now
                ? ["--now", now.ToString("O", CultureInfo.InvariantCulture)]
                : Array.Empty<string>(),
            .. options.Json ? ["--json"] : Array.Empty<string>(),
            .. options.Quiet ? ["--quiet"] : Array.Empty<string>(),
            .. only is null ? Array.Empty<string>() : ["--sink", only],
            .. mode == StateSinksMode.ApplyApproved ? ["--approve"] : Array.Empty<string>(),
        ];

    private static StateSinksOutcome Run(
        CommandIo io,
        PipelinePlan plan,
        RunOptions options,
        string? only,
        StateSinksMode mode
    )
    {
        if (!File.Exists(plan.StorePath))
        {
            throw new StoreException(
                $"There is no store at {plan.StorePath}. Run the pipeline first: cti run {plan.File}."
            );
        }

        var lists = LoadedLists.Load(plan);
        var environment = RunEnvironment.System;
        var now = TimestampModule.ofDateTimeOffset(options.Now ?? environment.Clock.GetUtcNow());
        using var store = io.Stores.Write(plan.StorePath, io);
        var dictionaries = Registration.Apply(store.Connection, plan, now);
        lists.LoadAnswers(store.Connection, plan, now);
        // Kept by the next run, which tells stream sinks too.
        var screen = ExitScreen.Look(store.Connection, plan, lists.Screen);
        return new StateSinks(
            store,
            dictionaries,
            lists.Tables?.Enricher,
            screen,
            null,
            new AcknowledgementNumbers(store.Connection),
            environment
        ).Run(plan, now, mode, io.Stop, only);
    }

    private static void Print(CommandIo io, PipelinePlan plan, StateSinksOutcome outcome, RunOptions options)
    {
        if (options.Json)
        {
            WriteJson(io, plan, outcome);
            return;
        }

        foreach (var sink in outcome.Sinks)
        {
            io.Out.WriteLine($"{plan.Name}/{sink.Name}: {sink.Status}, {sink.Summary} → {io.Shown(sink.Path)}");
            foreach (var step in sink.Steps)
            {
                io.Out.WriteLine($"  {Mark(step.Op)} {step.Type} {step.Value}  ({step.Reason})");
            }

            if (sink.Plan.Delta > sink.Steps.Count && sink.Steps.Count > 0)
            {
                io.Out.WriteLine($"  … and {sink.Plan.Delta - sink.Steps.Count:N0} more");
            }
        }

        foreach (var message in outcome.Messages)
        {
            io.Error.WriteLine(message);
        }
    }

    private static char Mark(string op) =>
        op == "add" ? '+'
        : op == "change" ? '~'
        : '-';

    private static void WriteJson(CommandIo io, PipelinePlan plan, StateSinksOutcome outcome)
    {
        using (var json = new Utf8JsonWriter(io.Bytes))
        {
            json.WriteStartObject();
            json.WriteString("pipeline", plan.Name);
            json.WriteStartArray("sinks");
            foreach (var sink in outcome.Sinks)
            {
                json.WriteStartObject();
                json.WriteString("name", sink.Name);
                json.WriteString("status", sink.Status);
                json.WriteString("path", io.Shown(sink.Path));
                json.WriteNumber("held", sink.Plan.Held);
                json.WriteNumber("add", sink.Plan.Add);
                json.WriteNumber("change", sink.Plan.Change);
                json.WriteNumber("withdraw", sink.Plan.Withdraw);
                json.WriteStartArray("first_steps");
                foreach (var step in sink.Steps)
                {
                    json.WriteStartObject();
                    json.WriteString("op", step.Op);
                    json.WriteString("type", step.Type);
                    json.WriteString("value", step.Value);
                    json.WriteString("reason", step.Reason);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        io.Bytes.WriteByte((byte)'\n');
    }
}
