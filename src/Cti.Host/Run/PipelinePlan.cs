// A pipeline ready to run: what was declared, with every path resolved and the command line's overrides applied. Building it touches no data.

using Cti.Core;
using Microsoft.FSharp.Core;

namespace Cti.Host.Run;

/// <summary>A source ready to be read.</summary>
public sealed record SourcePlan
{
    public required string Name { get; init; }

    /// <summary>Where its bytes come from.</summary>
    public required Sources.OriginPlan Origin { get; init; }

    public required ReaderSpec Reader { get; init; }
    public required MapSpec Map { get; init; }

    /// <summary>Whether what a complete reading lacks is withdrawn.</summary>
    public required bool IsSnapshot { get; init; }

    /// <summary>Who says when an entry was last seen.</summary>
    public Sightings Sightings => IsSnapshot ? SightingsModule.ofSnapshot(Map) : Sightings.Recorded;

    /// <summary>What a healthy reading looks like.</summary>
    public required FeedExpectation Expect { get; init; }

    /// <summary>When a service reads it.</summary>
    public required Schedule Schedule { get; init; }

    /// <summary>What is decided when it, or a record of it, cannot be used.</summary>
    public required Supervision Supervision { get; init; }
}

/// <summary>A sink ready to be planned or written.</summary>
public sealed record SinkPlan
{
    public required string Name { get; init; }
    public required RenderSpec Render { get; init; }

    /// <summary>How a state sink's `render` is declared, as one text; empty for a stream.</summary>
    public required string RenderDeclared { get; init; }

    /// <summary>The file it writes; empty where it sends, or is a collection in the store.</summary>
    public required string Path { get; init; }

    /// <summary>The collection it is; null where it is none.</summary>
    public Core.Declare.CollectionTarget? Collection { get; init; }

    /// <summary>Whether a server gives its file to who asks for it.</summary>
    public bool IsServed { get; init; }

    /// <summary>Where what it holds is, for a person; empty where it sends.</summary>
    public string Place => Collection is { } collection ? $"collection {collection.ApiRoot.Value}/{Name}" : Path;

    /// <summary>How it sends; null where it writes a file.</summary>
    public required Delivery.TransportPlan? Transport { get; init; }
    public required Tlp MaxTlp { get; init; }

    /// <summary>Which indicators it wants; none for all.</summary>
    public FSharpOption<Core.Predicates.Predicate>? Where { get; init; }

    /// <summary>Whether it holds a current set (plan and apply) or is told changes.</summary>
    public required bool HoldsState { get; init; }
    public required PlanLimits Limits { get; init; }

    /// <summary>Whether `cti run` applies its plan.</summary>
    public required bool ApplyInRuns { get; init; }

    /// <summary>Most entries the tool has room for; null for no bound.</summary>
    public int? Capacity { get; init; }

    /// <summary>Whether entries are left out that others stand for.</summary>
    public bool Folds { get; init; }

    /// <summary>Who looks at a new file before it is put in place; null for nobody.</summary>
    public Sinks.SinkProgramPlan? Check { get; init; }

    /// <summary>Who is told of a new file; null for nobody.</summary>
    public Sinks.SinkProgramPlan? Reload { get; init; }

    /// <summary>Who knows whether the tool has a value; null for nobody.</summary>
    public Sinks.SinkProgramPlan? Probe { get; init; }

    /// <summary>How a stream sink is delivered to; a state sink has no use for it.</summary>
    public required DeliverySettings Delivery { get; init; }
}

/// <summary>A pipeline ready to run.</summary>
public sealed record PipelinePlan
{
    public required string Name { get; init; }

    /// <summary>The pipeline's file, for messages.</summary>
    public required string File { get; init; }

    /// <summary>The file's text with those of the files it uses, kept in the store by its hash.</summary>
    public required string Text { get; init; }

    /// <summary>As it was declared, for what needs no paths: tests and trials.</summary>
    public required Core.Declare.Pipeline Declared { get; init; }
    public required string StorePath { get; init; }
    public required IReadOnlyList<SourcePlan> Sources { get; init; }
    public required IReadOnlyList<SinkPlan> Sinks { get; init; }
    public required IReadOnlyList<string> Warninglists { get; init; }
    public required IReadOnlyList<string> AllowLists { get; init; }
    public required IReadOnlyList<string> NeverLists { get; init; }

    /// <summary>The public suffix list, its path resolved; null where none is given.</summary>
    public Core.Declare.PublicSuffixSettings? PublicSuffixes { get; init; }

    /// <summary>Enrichers with the files of each.</summary>
    public required IReadOnlyList<(
        Core.Declare.EnrichSettings Settings,
        IReadOnlyList<string> Globs
    )> Enrichers { get; init; }

    /// <summary>Services that are asked about subjects.</summary>
    public required IReadOnlyList<Enrich.AnswerPlan> Services { get; init; }
    public required BroadEntryOptions Guard { get; init; }
    public required ScoreSettings Score { get; init; }
}
