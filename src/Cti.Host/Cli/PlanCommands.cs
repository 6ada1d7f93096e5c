// cti plan and cti apply: what state sinks would do, and doing it, from what the store holds now.

using System.CommandLine;
using System.Text.Json;
using Cti.Core;
using Cti.Host.Run;
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
        command.SetAction(result =>
            PlanAndApply.Run(result.GetValue(pipelines)!, options.Read(result), null, StateSinksMode.Preview)
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
        command.SetAction(result =>
            PlanAndApply.Run(
                result.GetValue(pipelines)!,
                options.Read(result),
                result.GetValue(sink),
                result.GetValue(approve) ? StateSinksMode.ApplyApproved : StateSinksMode.Apply
            )
        );
        return command;
    }
}

internal static class PlanAndApply
{
    public static int Run(string[] paths, RunOptions options, string? only, StateSinksMode mode)
    {
        if (Pipelines.Load(paths, options, Console.Error, PipelineUse.Sinks) is not { } plans)
        {
            return ExitCode.Usage;
        }

        var exit = ExitCode.Done;
        foreach (var plan in plans)
        {
            if (only is not null && !plan.Sinks.Any(sink => sink.HoldsState && sink.Name == only))
            {
                Console.Error.WriteLine(
                    $"--sink {only}: {plan.Name} has no state sink {only}; it has: {string.Join(", ", plan.Sinks.Where(sink => sink.HoldsState).Select(sink => sink.Name))}"
                );
                return ExitCode.Usage;
            }

            try
            {
                var outcome = Run(plan, options, only, mode);
                Print(plan, outcome, options);
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
                Console.Error.WriteLine($"{plan.Name}: {error.Message}");
                exit = ExitCode.Worse(exit, ExitCode.Failed);
            }
        }

        return exit;
    }

    private static StateSinksOutcome Run(PipelinePlan plan, RunOptions options, string? only, StateSinksMode mode)
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
        using var store = StoreFile.Open(plan.StorePath, new StoreOptions());
        var dictionaries = Registration.Apply(store.Connection, plan, now);
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
        ).Run(plan, now, mode, CancellationToken.None, only);
    }

    private static void Print(PipelinePlan plan, StateSinksOutcome outcome, RunOptions options)
    {
        if (options.Json)
        {
            WriteJson(plan, outcome);
            return;
        }

        foreach (var sink in outcome.Sinks)
        {
            Console.Out.WriteLine($"{plan.Name}/{sink.Name}: {sink.Status}, {sink.Summary} → {sink.Path}");
            foreach (var step in sink.Steps)
            {
                Console.Out.WriteLine($"  {Mark(step.Op)} {step.Type} {step.Value}  ({step.Reason})");
            }

            if (sink.Plan.Delta > sink.Steps.Count && sink.Steps.Count > 0)
            {
                Console.Out.WriteLine($"  … and {sink.Plan.Delta - sink.Steps.Count:N0} more");
            }
        }

        foreach (var message in outcome.Messages)
        {
            Console.Error.WriteLine(message);
        }
    }

    private static char Mark(string op) =>
        op == "add" ? '+'
        : op == "change" ? '~'
        : '-';

    private static void WriteJson(PipelinePlan plan, StateSinksOutcome outcome)
    {
        using var stdout = Console.OpenStandardOutput();
        using (var json = new Utf8JsonWriter(stdout))
        {
            json.WriteStartObject();
            json.WriteString("pipeline", plan.Name);
            json.WriteStartArray("sinks");
            foreach (var sink in outcome.Sinks)
            {
                json.WriteStartObject();
                json.WriteString("name", sink.Name);
                json.WriteString("status", sink.Status);
                json.WriteString("path", sink.Path);
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

        stdout.WriteByte((byte)'\n');
    }
}
