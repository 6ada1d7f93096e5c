// What the store remembers of every source's last complete snapshot: what the next one is judged by, and which claims are on it.

using Cti.Core;
using Cti.DuckDb;

namespace Cti.Host.Store;

/// <summary>A source's last complete snapshot that was believed.</summary>
/// <param name="Records">How many it had.</param>
/// <param name="AssertedAt">Claims asserted then or later are on it.</param>
internal sealed record StoredSnapshot(long Records, DateTime AssertedAt);

/// <summary>Whether a complete snapshot may close what it lacks.</summary>
internal enum SnapshotVerdict
{
    Believed,

    /// <summary>It looks wrong, and an alarm says so: what it lists is taken, what it lacks stands.</summary>
    Suspect,
}

/// <summary>The end of a complete snapshot.</summary>
/// <param name="Reading">Its reading.</param>
/// <param name="Pipeline">Whose lifetimes hold.</param>
/// <param name="Cursors">Where its inputs ended; null leaves the source's cursors as they are (a backfill is no step of the live feed).</param>
/// <param name="Records">How many it had.</param>
/// <param name="Verdict">Whether it may close what it lacks.</param>
internal sealed record SnapshotEnd(
    Reading Reading,
    string Pipeline,
    IReadOnlyList<SourceCursor>? Cursors,
    long Records,
    SnapshotVerdict Verdict
)
{
    /// <summary>The partition of a backfill it is; null where it is the source as it is now.</summary>
    public PartitionTally? Partition { get; init; }
}

/// <summary>One per run. Every write is part of the caller's transaction.</summary>
/// <param name="connection">The writer's.</param>
/// <param name="ends">Takes back what is absent.</param>
/// <param name="renewal">Lets live on what is listed.</param>
internal sealed class Snapshots(DuckDbConnection connection, ClaimEnds ends, ClaimRenewal renewal)
{
    /// <summary>The mark of the newest snapshot of any source; 0 where there is none.</summary>
    public long LastMark => connection.Value<long>("SELECT coalesce(max(epoch_us(asserted_at)), 0) FROM snapshots");

    /// <summary>A source's last complete snapshot that was believed; null where there was none.</summary>
    public StoredSnapshot? Load(string source) =>
        connection
            .Rows(
                "SELECT records, asserted_at FROM snapshots WHERE source = $1",
                reader => new StoredSnapshot(reader.GetInt64(0), reader.GetDateTime(1)),
                source
            )
            .FirstOrDefault();

    /// <summary>Ends a complete snapshot, whose claims carry <paramref name="mark"/>. Gives the number of changes.</summary>
    public int End(SnapshotEnd end, DateTime mark, DateTime updatedAt, long firstSequence)
    {
        var source = end.Reading.Source;
        var renewed = end.Reading.Sightings.IsListed
            ? renewal.Renew(end.Reading, end.Pipeline, mark, firstSequence)
            : 0;
        if (end.Cursors is not null)
        {
            // Of one that is not believed no cursor stays: the next run reads and judges it again, so the alarm lasts as long as its cause.
            connection.Run("DELETE FROM cursors WHERE kind = 'source' AND name = $1", source);
        }

        if (end.Verdict == SnapshotVerdict.Suspect)
        {
            return renewed;
        }

        Cursors.SaveSources(connection, end.Cursors ?? [], updatedAt);
        connection.Run("DELETE FROM snapshots WHERE source = $1", source);
        connection.Run("INSERT INTO snapshots VALUES ($1, $2, $3)", source, end.Records, mark);
        return renewed + ends.WithdrawAbsent(end.Reading, mark, firstSequence + renewed);
    }

    /// <summary>Lets what the last complete snapshot lists live on. Gives the number of changes.</summary>
    public int Renew(Reading reading, string pipeline, long firstSequence) =>
        Load(reading.Source) is { } last ? renewal.Renew(reading, pipeline, last.AssertedAt, firstSequence) : 0;

    /// <summary>Time of a source's newest record; null where it has no claim.</summary>
    public DateTime? Newest(string source, Sightings sightings) =>
        // Where last sightings are ours, only the first ones are the feed's.
        renewal.Newest(source, sightings.IsListed ? "first_seen" : "last_seen");
}
