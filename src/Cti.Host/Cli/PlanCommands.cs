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
                    new Wish(StateSinksMode.Preview, null, null)
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
            Description = "Apply although a plan is beyond max_change or min_entries; noted as your approval.",
        };
        var to = new Option<string?>("--to")
        {
            Description =
                "Take a sink back to what it held after an applied plan: its id or the beginning of it. Runs leave it there until the next apply.",
            HelpName = "PLAN-ID",
        };
        var options = new CommonOptions();
        var command = new Command(
            "apply",
            """
            Apply the plans of the pipelines' state sinks, manual ones too. A plan beyond its limits waits (exit 4) until somebody approves it: --approve, or
            `cti approvals grant` and another run.

            Examples:
              cti apply pipelines/quickstart.yaml
              cti apply pipelines/quickstart.yaml --sink blocklist --approve
              cti apply pipelines/quickstart.yaml --to 3f2a9c1e
            """
        )
        {
            pipelines,
            sink,
            approve,
            to,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(to) is not null && result.GetValue(approve))
            {
                result.AddError(
                    "--to and --approve: going back to a plan is applied whatever it changes; leave --approve out"
                );
            }
        });
        options.AddTo(command);
        command.SetAction(
            async (result, _) =>
            {
                using var io = Invocation.IoOf(result);
                return await PlanAndApply.RunAsync(
                    io,
                    result.GetValue(pipelines)!,
                    options.Read(result),
                    new Wish(
                        result.GetValue(to) is not null ? StateSinksMode.RollBack
                            : result.GetValue(approve) ? StateSinksMode.ApplyApproved
                            : StateSinksMode.Apply,
                        result.GetValue(sink),
                        result.GetValue(to)
                    )
                );
            }
        );
        return command;
    }
}

/// <summary>What is asked for.</summary>
/// <param name="Mode">What may happen.</param>
/// <param name="Only">One sink; null for all.</param>
/// <param name="To">The plan to go back to: the beginning of its id; null for none.</param>
internal sealed record Wish(StateSinksMode Mode, string? Only, string? To);

internal static class PlanAndApply
{
    public static async Task<int> RunAsync(CommandIo io, string[] paths, RunOptions options, Wish wish)
    {
        if (Pipelines.Load(paths, options, io.Error, PipelineUse.StateSinks) is not { } plans)
        {
            return ExitCode.Usage;
        }

        var exit = ExitCode.Done;
        foreach (var plan in plans)
        {
            if (wish.Only is { } only && !plan.Sinks.Any(sink => sink.HoldsState && sink.Name == only))
            {
                io.Error.WriteLine(
                    $"--sink {only}: {plan.Name} has no state sink {only}; it has: {string.Join(", ", plan.Sinks.Where(sink => sink.HoldsState).Select(sink => sink.Name))}"
                );
                return ExitCode.Usage;
            }

            if (
                !io.IsServed
                && await StoreClient.RunAsync(plan.StorePath, Arguments(plan, options, wish), io) is { } served
            )
            {
                exit = ExitCode.Worse(exit, served);
                continue;
            }

            try
            {
                var outcome = options.Json ? RunToJson(io, plan, options, wish) : RunToText(io, plan, options, wish);
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
            catch (ExportException error)
            {
                io.Error.WriteLine($"{plan.Name}: {error.Message}");
                return ExitCode.Usage;
            }
        }

        return exit;
    }

    // The command line for the service that owns the store, which stands in another folder.
    private static string[] Arguments(PipelinePlan plan, RunOptions options, Wish wish) =>
        [
            wish.Mode == StateSinksMode.Preview ? "plan" : "apply",
            Path.GetFullPath(plan.File),
            "--store",
            Path.GetFullPath(plan.StorePath),
            .. options.OutDir is { } outDir ? ["--out-dir", Path.GetFullPath(outDir)] : Array.Empty<string>(),
            .. options.Now is { } now
                ? ["--now", now.ToString("O", CultureInfo.InvariantCulture)]
                : Array.Empty<string>(),
            .. options.Json ? ["--json"] : Array.Empty<string>(),
            .. options.Quiet ? ["--quiet"] : Array.Empty<string>(),
            .. wish.Only is { } only ? ["--sink", only] : Array.Empty<string>(),
            .. wish.Mode == StateSinksMode.ApplyApproved ? ["--approve"] : Array.Empty<string>(),
            .. wish.To is { } to ? ["--to", to] : Array.Empty<string>(),
        ];

    private static StateSinksOutcome Run(
        CommandIo io,
        PipelinePlan plan,
        RunOptions options,
        Wish wish,
        IPlanViewer show
    )
    {
        if (!File.Exists(plan.StorePath))
        {
            throw new StoreException(
                $"There is no store at {plan.StorePath}. Run the pipeline first: cti run {plan.File}."
            );
        }

        using var store = io.Stores.Write(plan.StorePath, io);
        if (wish.To is { } to)
        {
            return RollBack(io, store, plan, to, wish.Only, show);
        }

        var lists = LoadedLists.Load(plan);
        var environment = RunEnvironment.System;
        var now = TimestampModule.ofDateTimeOffset(options.Now ?? environment.Clock.GetUtcNow());
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
        )
        {
            Show = show,
        }.Run(plan, now, wish.Mode, io.Stop, wish.Only);
    }

    // What a sink held after a plan: its configuration, lists and claims of then, planned against what it holds now. Where it is written, who checks it and
    // who is told are today's.
    private static StateSinksOutcome RollBack(
        CommandIo io,
        StoreFile store,
        PipelinePlan plan,
        string to,
        string? only,
        IPlanViewer show
    )
    {
        var environment = RunEnvironment.System;
        var target = PlanToReturnTo(new PlanLog(store.Connection, environment, null), plan, to, only);
        var now = TimestampModule.ofDateTimeOffset(new DateTimeOffset(target.Now!.Value, TimeSpan.Zero));
        // What turned out to be a false alarm since does not come back.
        var past = PastState.Load(
            store,
            io.Shown(plan.StorePath),
            plan.Name,
            target.Sink,
            new AsOf(now, now),
            VerdictLog.Read(store.Connection, AsOf.Latest).Lasting
        );
        new AsOfClaims(store.Connection, past.Dictionaries).AddHeld(
            Registration.SinkNumber(store.Connection, plan.Name, target.Sink)
        );
        var today = plan.Sinks.First(sink => sink.Name == target.Sink);
        var then = past.Pipeline.StateSink(target.Sink) with
        {
            Path = today.Path,
            Collection = today.Collection,
            Check = today.Check,
            Reload = today.Reload,
        };
        return new StateSinks(
            store,
            past.Dictionaries,
            past.Lists.Tables?.Enricher,
            past.Screen,
            null,
            new AcknowledgementNumbers(store.Connection),
            environment
        )
        {
            Show = show,
            Claims = AsOfClaims.Table,
        }.Run(past.Pipeline.Plan with { Sinks = [then] }, now, StateSinksMode.RollBack, io.Stop);
    }

    private static StoredPlan PlanToReturnTo(PlanLog plans, PipelinePlan plan, string to, string? only)
    {
        var found = plans.Find(to);
        var target = found switch
        {
            [] => throw new ExportException(
                $"CTI-PLAN-001 no plan's id begins with {to}. List them: cti sql \"SELECT plan_id, sink, status, planned_at FROM plans ORDER BY planned_at DESC\"."
            ),
            [var one] => one,
            _ => throw new ExportException($"CTI-PLAN-002 several plans' ids begin with {to}; write more of the id."),
        };
        return target.Pipeline != plan.Name || plan.Sinks.All(sink => !sink.HoldsState || sink.Name != target.Sink)
                ? throw new ExportException(
                    $"CTI-PLAN-003 plan {PlanLog.Short(target.Id)} is of sink {target.Sink} of pipeline {target.Pipeline}, which {plan.File} does not have."
                )
            : only is not null && only != target.Sink
                ? throw new ExportException(
                    $"CTI-PLAN-003 plan {PlanLog.Short(target.Id)} is of sink {target.Sink}, not of {only}."
                )
            : target.Status is "applied" or "rolled_back" or "empty" && target.Now is not null ? target
            : throw new ExportException(
                $"CTI-PLAN-004 plan {PlanLog.Short(target.Id)} was not applied ({target.Status}): the sink never held what it says. Choose one that was."
            );
    }

    private static StateSinksOutcome RunToText(CommandIo io, PipelinePlan plan, RunOptions options, Wish wish)
    {
        var steps = new FirstSteps();
        var outcome = Run(io, plan, options, wish, steps);
        foreach (var sink in outcome.Sinks)
        {
            io.Out.WriteLine($"{plan.Name}/{sink.Name}: {sink.Status}, {sink.Summary} → {io.Shown(sink.Path)}");
            var shown = steps.Of(sink.Name);
            foreach (var step in shown)
            {
                io.Out.WriteLine($"  {Mark(step.Op)} {step.Type} {step.Value}  ({step.Reason})");
            }

            if (sink.Plan.Delta > shown.Count && shown.Count > 0)
            {
                io.Out.WriteLine($"  … and {sink.Plan.Delta - shown.Count:N0} more");
            }
        }

        foreach (var message in outcome.Messages)
        {
            io.Error.WriteLine(message);
        }

        return outcome;
    }

    private static char Mark(string op) =>
        op == "add" ? '+'
        : op == "change" ? '~'
        : '-';

    // Every step as it is found, then what it comes to, by sink.
    private static StateSinksOutcome RunToJson(CommandIo io, PipelinePlan plan, RunOptions options, Wish wish)
    {
        using var json = new Utf8JsonWriter(io.Bytes);
        json.WriteStartObject();
        json.WriteString("pipeline", plan.Name);
        json.WriteStartArray("steps");
        StateSinksOutcome outcome;
        try
        {
            outcome = Run(io, plan, options, wish, new StepsAsJson(json));
        }
        catch
        {
            // Nothing is printed of what failed but its message.
            json.Reset();
            throw;
        }

        json.WriteEndArray();
        json.WriteStartArray("sinks");
        foreach (var sink in outcome.Sinks)
        {
            json.WriteStartObject();
            json.WriteString("name", sink.Name);
            json.WriteString("status", sink.Status);
            json.WriteString("summary", sink.Summary);
            json.WriteString("path", io.Shown(sink.Path));
            json.WriteNumber("held", sink.Plan.Held);
            json.WriteNumber("add", sink.Plan.Add);
            json.WriteNumber("change", sink.Plan.Change);
            json.WriteNumber("withdraw", sink.Plan.Withdraw);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        io.Bytes.WriteByte((byte)'\n');
        foreach (var message in outcome.Messages)
        {
            io.Error.WriteLine(message);
        }

        return outcome;
    }
}
