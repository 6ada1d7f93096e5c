// What the store remembers of every source's last complete snapshot: what the next one is judged by, and which claims are on it.

using Cti.DuckDb;

namespace Cti.Host.Store;

/// <summary>A source's last complete snapshot.</summary>
/// <param name="Records">Of the last one that was believed; null where none was.</param>
/// <param name="AssertedAt">Claims asserted then or later are on the last complete one.</param>
internal sealed record StoredSnapshot(long? Records, DateTime AssertedAt);

/// <summary>Whether a complete snapshot may close what it lacks.</summary>
internal enum SnapshotVerdict
{
    Believed,

    /// <summary>It looks wrong, and an alarm says so: what it lists is taken, what it lacks stands.</summary>
    Suspect,
}

/// <summary>Who says when an entry of a snapshot was last seen.</summary>
internal enum Sightings
{
    /// <summary>The record itself: its `last_seen` is mapped.</summary>
    Recorded,

    /// <summary>The list: what is on it now is seen now.</summary>
    Listed,
}

/// <summary>The end of a complete snapshot.</summary>
/// <param name="Source">Whose snapshot it is.</param>
/// <param name="Pipeline">Whose lifetimes hold.</param>
/// <param name="Cursors">Where its inputs ended.</param>
/// <param name="Records">How many it had.</param>
/// <param name="Verdict">Whether it may close what it lacks.</param>
/// <param name="Sightings">Who says when an entry was last seen.</param>
internal sealed record SnapshotEnd(
    string Source,
    string Pipeline,
    IReadOnlyList<SourceCursor> Cursors,
    long Records,
    SnapshotVerdict Verdict,
    Sightings Sightings
);

/// <summary>One per run. Every write is part of the caller's transaction.</summary>
/// <param name="connection">The writer's.</param>
/// <param name="ends">Takes back what is absent.</param>
/// <param name="renewal">Lets live on what is listed.</param>
/// <param name="assertedAt">What claims carry that were asserted in this run.</param>
internal sealed class Snapshots(DuckDbConnection connection, ClaimEnds ends, ClaimRenewal renewal, DateTime assertedAt)
{
    /// <summary>A source's last complete snapshot; null where there was none.</summary>
    public StoredSnapshot? Load(string source) =>
        connection
            .Rows(
                "SELECT records, asserted_at FROM snapshots WHERE source = $1",
                reader => new StoredSnapshot(reader.IsDBNull(0) ? null : reader.GetInt64(0), reader.GetDateTime(1)),
                source
            )
            .FirstOrDefault();

    /// <summary>Ends a complete snapshot. Gives the number of changes.</summary>
    public int End(SnapshotEnd end, DateTime updatedAt, long firstSequence)
    {
        connection.Run("DELETE FROM cursors WHERE kind = 'source' AND name = $1", end.Source);
        Cursors.SaveSources(connection, end.Cursors, updatedAt);
        var believed = end.Verdict == SnapshotVerdict.Believed;
        var records = believed ? end.Records : Load(end.Source)?.Records;
        connection.Run("DELETE FROM snapshots WHERE source = $1", end.Source);
        connection.Run("INSERT INTO snapshots VALUES ($1, $2, $3)", end.Source, records, assertedAt);
        var renewed =
            end.Sightings == Sightings.Listed ? renewal.Renew(end.Source, end.Pipeline, assertedAt, firstSequence) : 0;
        return renewed + (believed ? ends.WithdrawAbsent(end.Source, firstSequence + renewed) : 0);
    }

    /// <summary>Lets what the last complete snapshot lists live on. Gives the number of changes.</summary>
    public int Renew(string source, string pipeline, long firstSequence) =>
        Load(source) is { } last ? renewal.Renew(source, pipeline, last.AssertedAt, firstSequence) : 0;

    /// <summary>Time of a source's newest record; null where it has no claim.</summary>
    public DateTime? Newest(string source, Sightings sightings) =>
        // Where last sightings are ours, only the first ones are the feed's.
        renewal.Newest(source, sightings == Sightings.Listed ? "first_seen" : "last_seen");
}
