// cti approvals: which plans wait for somebody's word, and giving or taking back that word.

using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Cti.Host.Run;
using Cti.Host.Sinks;
using Cti.Host.Store;

namespace Cti.Host.Cli;

internal static class ApprovalsCommand
{
    public static Command Create() =>
        new(
            "approvals",
            """
            Plans of state sinks that wait because they are beyond their limits or manual, and the word that lets them pass. What is approved is applied
            by the next run, with what came on top meanwhile as long as that is within the limits by itself.

            Examples:
              cti approvals list
              cti approvals grant 3f2a9c1e
              cti approvals revoke 3f2a9c1e
            """
        )
        {
            CreateList(),
            CreateEdit("grant", "Let a plan that waits pass.", Grant),
            CreateEdit("revoke", "Take an approval back that was not used yet.", Revoke),
        };

    private static Command CreateList()
    {
        var store = StoreOption.Create();
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("list", "Show the plans that wait.") { store, json };
        command.SetAction(
            (result, _) =>
                StoreOption.AskAsync(
                    result,
                    store,
                    new Dictionary<Symbol, string?>(),
                    (io, path) =>
                    {
                        using var open = io.Stores.Read(path, new StoreOptions());
                        var plans = new PlanLog(open.Connection, RunEnvironment.System, null);
                        List(io, plans, result.GetValue(json));
                        return ExitCode.Done;
                    }
                )
        );
        return command;
    }

    private static Command CreateEdit(string name, string description, Func<PlanLog, StoredPlan, string> edit)
    {
        var id = new Argument<string>("plan-id")
        {
            Description = "The plan's id, or the beginning of it.",
            HelpName = "PLAN-ID",
        };
        var store = StoreOption.Create();
        var command = new Command(name, description) { id, store };
        command.SetAction(
            (result, _) =>
                StoreOption.AskAsync(
                    result,
                    store,
                    new Dictionary<Symbol, string?>(),
                    (io, path) =>
                    {
                        using var open = io.Stores.Write(path, io);
                        var plans = new PlanLog(open.Connection, RunEnvironment.System, null);
                        switch (plans.Find(result.GetValue(id)!))
                        {
                            case [var plan]:
                                io.Out.WriteLine(edit(plans, plan));
                                return ExitCode.Done;
                            case []:
                                io.Error.WriteLine(
                                    $"CTI-PLAN-001 no plan's id begins with {result.GetValue(id)}. List those that wait: cti approvals list."
                                );
                                return ExitCode.Usage;
                            default:
                                io.Error.WriteLine(
                                    $"CTI-PLAN-002 several plans' ids begin with {result.GetValue(id)}; write more of the id."
                                );
                                return ExitCode.Usage;
                        }
                    }
                )
        );
        return command;
    }

    private static void List(CommandIo io, PlanLog plans, bool asJson)
    {
        var waiting = plans.Waiting();
        if (asJson)
        {
            JsonOutput.Write(io, json => WriteJson(json, plans, waiting));
            return;
        }

        if (waiting.Count == 0)
        {
            io.Out.WriteLine("No plan waits.");
        }

        foreach (var plan in waiting)
        {
            io.Out.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{PlanLog.Short(plan.Id)}  {plan.Pipeline}/{plan.Sink}  +{plan.Counts.Add:N0} ~{plan.Counts.Change:N0} -{plan.Counts.Withdraw:N0} of {plan.Counts.Held:N0}, planned {plan.PlannedAt:yyyy-MM-dd HH:mm:ss'Z'}{(IsApproved(plans, plan) ? ", approved: the next run applies it" : "")}"
                )
            );
        }
    }

    private static void WriteJson(Utf8JsonWriter json, PlanLog plans, IReadOnlyList<StoredPlan> waiting)
    {
        json.WriteStartObject();
        json.WriteStartArray("plans");
        foreach (var plan in waiting)
        {
            json.WriteStartObject();
            json.WriteString("plan_id", plan.Id);
            json.WriteString("pipeline", plan.Pipeline);
            json.WriteString("sink", plan.Sink);
            json.WriteNumber("held", plan.Counts.Held);
            json.WriteNumber("add", plan.Counts.Add);
            json.WriteNumber("change", plan.Counts.Change);
            json.WriteNumber("withdraw", plan.Counts.Withdraw);
            json.WriteString("planned_at", plan.PlannedAt);
            json.WriteBoolean("approved", IsApproved(plans, plan));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static bool IsApproved(PlanLog plans, StoredPlan plan) =>
        plans.Approved(plan.Pipeline, plan.Sink) is not null;

    private static string Grant(PlanLog plans, StoredPlan plan)
    {
        if (plan.Status != "waiting")
        {
            return $"Plan {PlanLog.Short(plan.Id)} of {plan.Pipeline}/{plan.Sink} does not wait: it is {plan.Status}.";
        }

        plans.Grant(plan.Id, RunEnvironment.System.User);
        return plans.Approved(plan.Pipeline, plan.Sink)?.Id == plan.Id
            ? $"Plan {PlanLog.Short(plan.Id)} of {plan.Pipeline}/{plan.Sink} is approved; the next run applies it, or `cti apply` now."
            : $"Plan {PlanLog.Short(plan.Id)} of {plan.Pipeline}/{plan.Sink} is overtaken: another one was applied or approved since. Nothing comes of this approval.";
    }

    private static string Revoke(PlanLog plans, StoredPlan plan) =>
        plans.Revoke(plan.Id)
            ? $"The approval of plan {PlanLog.Short(plan.Id)} of {plan.Pipeline}/{plan.Sink} is taken back."
            : $"Plan {PlanLog.Short(plan.Id)} of {plan.Pipeline}/{plan.Sink} was not approved.";
}
