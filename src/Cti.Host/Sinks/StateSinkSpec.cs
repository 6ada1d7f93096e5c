// What a state sink is asked to do: how it is declared, what it holds, and who looks at what it writes. And one step of a plan, for showing.

using Cti.Core;
using Microsoft.FSharp.Core;

namespace Cti.Host.Sinks;

/// <summary>What a state sink is told by its pipeline.</summary>
internal sealed record StateSinkSpec
{
    public required string Name { get; init; }
    public required string Pipeline { get; init; }

    /// <summary>The sink's number in the store.</summary>
    public required int Number { get; init; }
    public required RenderSpec Render { get; init; }

    /// <summary>How <see cref="Render"/> is declared, as one text.</summary>
    public required string RenderDeclared { get; init; }
    public required string Path { get; init; }

    /// <summary>The same for a person, where it is no file.</summary>
    public required string Place { get; init; }

    /// <summary>Whether it is a collection in the store, and no file.</summary>
    public required bool IsCollection { get; init; }
    public required Tlp MaxTlp { get; init; }

    /// <summary>Which indicators it wants; none for all.</summary>
    public FSharpOption<Core.Predicates.Predicate>? Where { get; init; }
    public required PlanLimits Limits { get; init; }

    /// <summary>Whether a run applies the plan, or leaves that to `cti apply`.</summary>
    public required bool ApplyInRuns { get; init; }

    /// <summary>Which of what it wants it has room for; null for all.</summary>
    public Selection? Selection { get; init; }

    /// <summary>Who looks at a new file before it is put in place; null for nobody.</summary>
    public SinkProgramPlan? Check { get; init; }

    /// <summary>Who is told of a new file; null for nobody.</summary>
    public SinkProgramPlan? Reload { get; init; }

    /// <summary>The receipt of what it last applied; null before the first time.</summary>
    public string? LastReceipt { get; init; }

    /// <summary>Whether what it last applied was rendered as `render` says now; another declaration is in no plan.</summary>
    public bool IsRenderedAsDeclared => LastReceipt is null || Receipts.IsRendered(LastReceipt, RenderDeclared);

    /// <summary>Whether the plan is only shown: nothing is written then.</summary>
    public required bool IsPreview { get; init; }

    /// <summary>The numbers it gave so far; null where its format has none.</summary>
    public GivenNumbers? Numbers { get; init; }

    /// <summary>Whether it acknowledged anything yet.</summary>
    public required bool HoldsAnything { get; init; }
}

/// <summary>One planned step, for showing.</summary>
/// <param name="Op">add, change or withdraw; leave_out where the sink wants it and has no room.</param>
/// <param name="Type">Of the indicator.</param>
/// <param name="Value">Of the indicator.</param>
/// <param name="Reason">Why, for a person.</param>
public sealed record PlannedStep(string Op, string Type, string Value, string Reason);
