// What of a pipeline a run is about, and who watches it. `cti run` is about everything and watched by nobody.

using Cti.Host.Serve;

namespace Cti.Host.Run;

/// <summary>One run's share of a pipeline.</summary>
/// <param name="Due">The sources to read; the others are left as they are. Null for all.</param>
/// <param name="Gauges">Told of progress; null where nobody watches.</param>
internal sealed record RunScope(IReadOnlySet<string>? Due, PipelineGauges? Gauges)
{
    /// <summary>Everything, and nobody watches.</summary>
    public static RunScope Everything { get; } = new(null, null);

    /// <summary>The history to read instead of what the sources have now; null for them.</summary>
    public BackfillPlan? Backfill { get; init; }

    /// <summary>Whether a source is read.</summary>
    public bool Reads(SourcePlan source) => Due?.Contains(source.Name) ?? true;
}
