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
}

/// <summary>One sink's outcome.</summary>
public sealed record StateSinkOutcome(
    string Name,
    string Path,
    PlanCounts Plan,
    string Status,
    string Summary,
    StageCounts Counts,
    bool Written,
    IReadOnlyList<PlannedStep> Steps
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
);

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
    private const int ShownSteps = 20;

    private readonly List<string> _messages = [];
    private bool _failed;
    private bool _waiting;

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
                    sinks.Add(
                        new StateSink(
                            Spec(plan, sink),
                            store,
                            numbers.Next(),
                            now,
                            mode == StateSinksMode.Run ? 0 : ShownSteps
                        )
                    );
                }
                catch (SinkException error)
                {
                    Fail(sink.Name, error);
                    outcomes.Add(Failed(sink.Name, sink.Path, error));
                }
            }

            if (sinks.Count > 0)
            {
                new StatePass(
                    store,
                    dictionaries,
                    enricher,
                    screen,
                    plan.Score,
                    now,
                    plan.Sources.Count > 0,
                    sinks
                ).Run(abort);
            }

            foreach (var sink in sinks)
            {
                outcomes.Add(Settle(sink, mode));
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
        );
    }

    private StateSinkSpec Spec(PipelinePlan plan, SinkPlan sink)
    {
        var number = Registration.SinkNumber(store.Connection, plan.Name, sink.Name);
        return new StateSinkSpec
        {
            Name = sink.Name,
            Pipeline = plan.Name,
            Number = number,
            Render = sink.Render,
            Path = sink.Path,
            MaxTlp = sink.MaxTlp,
            Where = sink.Where,
            Limits = sink.Limits,
            ApplyInRuns = sink.ApplyInRuns,
            LastReceipt = store.Connection.Value<string>(
                "SELECT receipt FROM store.acknowledgements WHERE sink = $1 ORDER BY id DESC LIMIT 1",
                number
            ),
            HoldsAnything =
                store.Connection.Value<long>(
                    "SELECT count(*) FROM (SELECT 1 FROM store.deliveries WHERE sink = $1 LIMIT 1)",
                    number
                ) > 0,
        };
    }

    private StateSinkOutcome Settle(StateSink sink, StateSinksMode mode)
    {
        if (sink.Fault is { } fault)
        {
            Record(sink, "failed", fault.Message, null);
            Fail(sink.Spec.Name, fault);
            return Failed(sink.Spec.Name, sink.Spec.Path, fault);
        }

        var verdict = Plan.judge(sink.Spec.Limits, sink.Plan);
        var change = Describe(sink.Plan) + sink.LeftOutSummary;
        if (mode == StateSinksMode.Preview)
        {
            var obstacle = verdict.IsEmpty ? null : Refusal(sink, verdict, StateSinksMode.Run);
            return Outcome(
                sink,
                "planned",
                obstacle is null ? change : $"{change}; a run would keep it waiting: {obstacle}",
                false
            );
        }

        if (verdict.IsEmpty)
        {
            if (sink.IsInPlace)
            {
                Record(sink, "empty", null, sink.Spec.LastReceipt);
                return Outcome(sink, "empty", $"nothing to do, holds {sink.Plan.Held:N0}{sink.LeftOutSummary}", true);
            }

            return Apply(
                sink,
                $"written anew ({(sink.HasOtherObjects ? "other foreign objects" : "it was missing or had been changed")}){sink.LeftOutSummary}"
            );
        }

        var refusal = mode == StateSinksMode.ApplyApproved ? null : Refusal(sink, verdict, mode);
        if (refusal is null)
        {
            return Apply(sink, change);
        }

        _waiting = true;
        Record(sink, "waiting", refusal, null);
        _messages.Add($"sink {sink.Spec.Name}: {change}, waits: {refusal}");
        return Outcome(sink, "waiting", $"{change}, waits: {refusal}", false);
    }

    private static string? Refusal(StateSink sink, PlanVerdict verdict, StateSinksMode mode) =>
        verdict switch
        {
            PlanVerdict.TooMuch much => string.Create(
                CultureInfo.InvariantCulture,
                $"the plan touches {much.share:P0} of what the sink holds, more than max_change {much.limit:P0}. Look at it with `cti plan`, then `cti apply --approve`."
            ),
            PlanVerdict.TooFew few =>
                $"the plan would leave {few.after:N0} entries, fewer than min_entries {few.limit:N0}. Look at it with `cti plan`, then `cti apply --approve`.",
            _ when mode == StateSinksMode.Run && !sink.Spec.ApplyInRuns =>
                "apply is manual. Look at it with `cti plan`, then `cti apply`.",
            _ => null,
        };

    private StateSinkOutcome Apply(StateSink sink, string summary)
    {
        try
        {
            var receipt = sink.Apply(environment.Clock.GetUtcNow().UtcDateTime);
            Record(sink, "applied", null, receipt);
            return Outcome(sink, "applied", $"{summary}; holds {sink.Plan.After:N0}", true);
        }
        catch (SinkException error)
        {
            Record(sink, "failed", error.Message, null);
            Fail(sink.Spec.Name, error);
            return Failed(sink.Spec.Name, sink.Spec.Path, error);
        }
    }

    private void Record(StateSink sink, string status, string? reason, string? receipt)
    {
        var now = environment.Clock.GetUtcNow().UtcDateTime;
        store.Connection.Run(
            "INSERT INTO plans VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            environment.NewId(),
            log?.RunId,
            sink.Spec.Name,
            sink.Spec.Pipeline,
            status,
            sink.Plan.Held,
            sink.Plan.Add,
            sink.Plan.Change,
            sink.Plan.Withdraw,
            reason,
            receipt,
            now,
            status == "applied" ? now : null
        );
    }

    private void Fail(string sink, Exception error)
    {
        _failed = true;
        _messages.Add($"sink {sink}: {error.Message}");
    }

    private static string Describe(PlanCounts plan) =>
        string.Create(CultureInfo.InvariantCulture, $"+{plan.Add:N0} ~{plan.Change:N0} -{plan.Withdraw:N0}");

    private static StateSinkOutcome Outcome(StateSink sink, string status, string summary, bool written) =>
        new(sink.Spec.Name, sink.Spec.Path, sink.Plan, status, summary, sink.Counts, written, sink.Steps)
        {
            Losses = sink.Losses,
        };

    private static StateSinkOutcome Failed(string name, string path, Exception error) =>
        new(name, path, default, "failed", "FAILED: " + error.Message, StageCountsModule.zero, false, []);
}
