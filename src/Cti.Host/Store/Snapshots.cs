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

/// <summary>The end of a complete snapshot.</summary>
/// <param name="Source">Whose snapshot it is.</param>
/// <param name="Pipeline">Whose lifetimes hold.</param>
/// <param name="Cursors">Where its inputs ended.</param>
/// <param name="Records">How many it had.</param>
/// <param name="Verdict">Whether it may close what it lacks.</param>
/// <param name="IsSighting">Whether being listed is being seen: the records do not say themselves when they were last seen.</param>
internal sealed record SnapshotEnd(
    string Source,
    string Pipeline,
    IReadOnlyList<SourceCursor> Cursors,
    long Records,
    SnapshotVerdict Verdict,
    bool IsSighting
);

/// <summary>Rows of `snapshots`. Every write is part of the caller's transaction.</summary>
internal sealed class Snapshots(DuckDbConnection connection)
{
    public StoredSnapshot? Load(string source) =>
        connection
            .Rows(
                "SELECT records, asserted_at FROM snapshots WHERE source = $1",
                reader => new StoredSnapshot(reader.IsDBNull(0) ? null : reader.GetInt64(0), reader.GetDateTime(1)),
                source
            )
            .FirstOrDefault();

    public void Save(string source, long? records, DateTime assertedAt)
    {
        connection.Run("DELETE FROM snapshots WHERE source = $1", source);
        connection.Run("INSERT INTO snapshots VALUES ($1, $2, $3)", source, records, assertedAt);
    }
}
