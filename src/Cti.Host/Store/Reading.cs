// One reading of a source, as the store sees it: whose it is, which time its records tell of, and whose sightings hold.

using Cti.Core;

namespace Cti.Host.Store;

/// <summary>
/// One reading of a source from its first record to its last. Told apart by reference: every reading of a run has an object of its own, and its
/// batches follow each other without another reading's between them.
/// </summary>
/// <param name="Source">The declared source.</param>
/// <param name="At">The event time of what it says: the run's `now`, or the time of a backfilled partition.</param>
/// <param name="Sightings">Who says when an entry was last seen.</param>
internal sealed record Reading(string Source, long At, Sightings Sightings)
{
    public bool Equals(Reading? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}
