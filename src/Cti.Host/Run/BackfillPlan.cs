// A backfill as the command line asks for it: its sources, and the files of each with the time they stand for. Building it reads names only.

using Cti.Core;

namespace Cti.Host.Run;

/// <summary>What to read, in order of time.</summary>
/// <param name="Sources">The sources that are backfilled; partitions name them by their place here.</param>
/// <param name="Partitions">In order of time, at least one.</param>
/// <param name="Holes">Times a regular series lacks, one sentence each.</param>
public sealed record BackfillPlan(
    IReadOnlyList<SourcePlan> Sources,
    IReadOnlyList<Partition> Partitions,
    IReadOnlyList<string> Holes
);
