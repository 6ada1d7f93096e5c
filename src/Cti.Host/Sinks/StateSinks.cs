// Plan and apply for all state sinks of a pipeline: sets them up, lets one pass over the store feed them, then judges and applies each plan by
// itself. One sink that fails or waits does not touch the others.

using System.Globalization;
using Cti.Core;
using Cti.Host.Run;
using Cti.Host.Store;

namespace Cti.Host.Sinks;

/// <summary>What may happen to the plans that are made.</summary>
internal enum StateSinksMode
{
    /// <summary>`cti run`: apply what is within its limits and not manual.</summary>
    Run,

    /// <summary>`cti plan`: show, change nothing.</summary>
    Preview,

    /// <summary>`cti apply`: apply, manual sinks too, within the limits.</summary>
    Apply,

    /// <summary>`cti apply --approve`: apply whatever the plan says.</summary>
    ApplyApproved,

    /// <summary>`cti apply --to`: apply whatever leads back to an earlier plan.</summary>
    RollBack,
}

/// <summary>One sink's outcome.</summary>
public sealed record StateSinkOutcome(
    string Name,
    string Path,
    PlanCounts Plan,
    string Status,
    string Summary,
    StageCounts Counts,
    bool Written
)
{
    /// <summary>What the format could not say of what the sink holds.</summary>
    public LossList Losses { get; init; } = new();
}

/// <summary>The outcome of all.</summary>
public sealed record StateSinksOutcome(
    IReadOnlyList<StateSinkOutcome> Sinks,
    IReadOnlyList<string> Messages,
    bool Failed,
    bool Waiting
)
{
    /// <summary>Tools that did not take what they were given.</summary>
    public IReadOnlyList<Alarm> Alarms { get; init; } = [];
}

internal sealed class StateSinks(
    StoreFile store,
    Dictionaries dictionaries,
    Enricher? enricher,
    ExitScreen screen,
    RunLog? log,
    AcknowledgementNumbers numbers,
    RunEnvironment environment
)
{
    private readonly PlanLog _plans = new(store.Connection, environment, log?.RunId);
    private readonly List<string> _messages = [];
    private readonly List<Alarm> _alarms = [];
    private bool _failed;
    private bool _waiting;

    /// <summary>Who is shown the steps of every plan; null for nobody.</summary>
    public IPlanViewer? Show { get; init; }

    /// <summary>Where the claims are; the store's own where not given.</summary>
    public string Claims { get; init; } = StatePass.StoreClaims;

    public StateSinksOutcome Run(
        PipelinePlan plan,
        long now,
        StateSinksMode mode,
        CancellationToken abort,
        string? only = null
    )
    {
        var sinks = new List<StateSink>();
        var outcomes = new List<StateSinkOutcome>();
        try
        {
            foreach (var sink in plan.Sinks.Where(sink => sink.HoldsState && (only is null || sink.Name == only)))
            {
                try
                {
                    sinks.Add(new StateSink(Spec(plan, sink, mode), store, numbers.Next(), now, Show));
                }
                catch (SinkException error)
                {
                    Fail(sink.Name, error);
                    outcomes.Add(Failed(sink.Name, sink.Place, error));
                }
            }

            while (
                sinks.Select(sink => sink.Spec.Selection).OfType<Selection>().Where(choice => choice.WantsPass).ToList()
                    is { Count: > 0 } choices
            )
            {
                Pass(plan, now, choices, abort);
            }

            if (sinks.Count > 0)
            {
                Pass(plan, now, sinks, abort);
            }

            foreach (var sink in sinks)
            {
                outcomes.Add(Settle(sink, mode, now, abort));
            }
        }
        finally
        {
            sinks.ForEach(sink => sink.Dispose());
        }

        var order = plan.Sinks.Select(sink => sink.Name).ToList();
        return new StateSinksOutcome(
            [.. outcomes.OrderBy(outcome => order.IndexOf(outcome.Name))],
            _messages,
            _failed,
            _waiting
        )
        {
            Alarms = _alarms,
        };
    }

    private void Pass(PipelinePlan plan, long now, IReadOnlyList<IPassSink> sinks, CancellationToken abort) =>
        new StatePass(store, dictionaries, enricher, screen, plan.Score, now, plan.Sources.Count > 0, sinks)
        {
            Claims = Claims,
        }.Run(abort);

    private StateSinkSpec Spec(PipelinePlan plan, SinkPlan sink, StateSinksMode mode)
    {
        var number = Registration.SinkNumber(store.Connection, plan.Name, sink.Name);
        return new StateSinkSpec
        {
            Name = sink.Name,
            Pipeline = plan.Name,
            Number = number,
            Render = sink.Render,
            RenderDeclared = sink.RenderDeclared,
            Path = sink.Path,
            Place = sink.Place,
            IsCollection = sink.Collection is not null,
            MaxTlp = sink.MaxTlp,
            Where = sink.Where,
            Limits = sink.Limits,
            ApplyInRuns = sink.ApplyInRuns,
            IsPreview = mode == StateSinksMode.Preview,
            Selection = Selection.Of(sink),
            Check = sink.Check,
            Reload = sink.Reload,
            LastReceipt = store.Connection.Value<string>(
                "SELECT receipt FROM store.acknowledgements WHERE sink = $1 ORDER BY id DESC LIMIT 1",
                number
            ),
            Numbers = GivenNumbers.Of(store.Connection, number, sink.Render),
            HoldsAnything =
                store.Connection.Value<long>(
                    "SELECT count(*) FROM (SELECT 1 FROM store.deliveries WHERE sink = $1 LIMIT 1)",
                    number
                ) > 0,
        };
    }

    private StateSinkOutcome Settle(StateSink sink, StateSinksMode mode, long now, CancellationToken abort)
    {
        if (sink.Fault is { } fault)
        {
            return Fail(sink, fault, now);
        }

        var verdict = Plan.judge(sink.Spec.Limits, sink.Plan);
        var isIdle = verdict.IsEmpty && sink.Spec.IsRenderedAsDeclared;
        var change =
            Describe(sink.Plan)
            + (sink.Spec.IsRenderedAsDeclared ? "" : "; all of it written anew, as `render` has changed")
            + sink.LeftOutSummary;
        if (mode == StateSinksMode.Preview)
        {
            var obstacle = isIdle ? null : Obstacle(sink, verdict, StateSinksMode.Run);
            return Outcome(
                sink,
                "planned",
                obstacle is null
                    ? change
                    : $"{change}; a run would keep it waiting: {obstacle}. Look at it with `cti plan`, then `cti apply --approve`.",
                false
            );
        }

        if (isIdle)
        {
            if (sink.IsInPlace)
            {
                sink.Keep();
                _plans.Record(sink, "empty", null, sink.Spec.LastReceipt, now);
                return Outcome(sink, "empty", $"nothing to do, holds {sink.Plan.Held:N0}{sink.LeftOutSummary}", true);
            }

            return Apply(
                sink,
                $"written anew ({(sink.HasOtherObjects ? "other foreign objects" : "it was missing or had been changed")}){sink.LeftOutSummary}",
                mode,
                now,
                abort
            );
        }

        if (Obstacle(sink, verdict, mode) is not { } refusal)
        {
            return Apply(sink, change, mode, now, abort);
        }

        try
        {
            sink.PutBack(abort);
        }
        catch (SinkException error)
        {
            return Fail(sink, error, now);
        }

        _waiting = true;
        var id = PlanLog.Short(_plans.Record(sink, "waiting", refusal, null, now));
        var told =
            $"{change}, waits: {refusal}. Look at it with `cti plan`, then `cti approvals grant {id}` lets the next run apply it.";
        _messages.Add($"sink {sink.Spec.Name}: {told}");
        return Outcome(sink, "waiting", told, false);
    }

    // What keeps a plan from being applied; null for nothing. What was approved passes, and with it what came on top meanwhile.
    private string? Obstacle(StateSink sink, PlanVerdict verdict, StateSinksMode mode)
    {
        if (
            mode is StateSinksMode.ApplyApproved or StateSinksMode.RollBack
            || _plans.Approved(sink.Spec.Pipeline, sink.Spec.Name) is { } approved
                && Plan.isCovered(sink.Spec.Limits, approved.Counts, sink.Plan)
        )
        {
            return null;
        }

        if (mode == StateSinksMode.Run && _plans.RolledBack(sink.Spec.Pipeline, sink.Spec.Name) is { } rollback)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"the sink was taken back by hand to what it held at {rollback.Now:yyyy-MM-dd HH:mm:ss'Z'} (plan {PlanLog.Short(rollback.Id)}), and stays there until `cti apply`"
            );
        }

        return verdict switch
        {
            PlanVerdict.TooMuch much => string.Create(
                CultureInfo.InvariantCulture,
                $"the plan touches {much.share:P0} of what the sink holds, more than max_change {much.limit:P0}"
            ),
            PlanVerdict.TooMany many => string.Create(
                CultureInfo.InvariantCulture,
                $"the plan touches {many.changed:N0} entries, more than max_change {many.limit:N0}"
            ),
            PlanVerdict.TooFew few => string.Create(
                CultureInfo.InvariantCulture,
                $"the plan would leave {few.after:N0} entries, fewer than min_entries {few.limit:N0}"
            ),
            _ when mode == StateSinksMode.Run && !sink.Spec.ApplyInRuns => "apply is manual",
            _ => null,
        };
    }

    private StateSinkOutcome Apply(
        StateSink sink,
        string summary,
        StateSinksMode mode,
        long now,
        CancellationToken abort
    )
    {
        try
        {
            var receipt = sink.Apply(environment.Clock.GetUtcNow().UtcDateTime, abort);
            var status = mode == StateSinksMode.RollBack ? "rolled_back" : "applied";
            var id = _plans.Record(sink, status, null, receipt, now);
            if (mode == StateSinksMode.ApplyApproved)
            {
                _plans.Grant(id, environment.User);
            }

            return Outcome(sink, status, $"{summary}; holds {sink.Plan.After:N0}", true);
        }
        catch (SinkException error)
        {
            return Fail(sink, error, now);
        }
    }

    private StateSinkOutcome Fail(StateSink sink, Exception error, long now)
    {
        _plans.Record(sink, "failed", error.Message, null, now);
        Fail(sink.Spec.Name, error);
        return Failed(sink.Spec.Name, sink.Spec.Place, error);
    }

    private void Fail(string sink, Exception error)
    {
        _failed = true;
        _messages.Add($"sink {sink}: {error.Message}");
        if (error is SinkException { Code: var code })
        {
            _alarms.Add(new Alarm(code, $"sink:{sink}", error.Message));
        }
    }

    private static string Describe(PlanCounts plan) =>
        string.Create(CultureInfo.InvariantCulture, $"+{plan.Add:N0} ~{plan.Change:N0} -{plan.Withdraw:N0}");

    private static StateSinkOutcome Outcome(StateSink sink, string status, string summary, bool written) =>
        new(sink.Spec.Name, sink.Spec.Place, sink.Plan, status, summary, sink.Counts, written) { Losses = sink.Losses };

    private static StateSinkOutcome Failed(string name, string path, Exception error) =>
        new(name, path, default, "failed", "FAILED: " + error.Message, StageCountsModule.zero, false);
}
