// What the store remembers of how a source behaves: its last changes and when it was asked last. Every write is part of the caller's transaction.

using Cti.Core;
using Cti.DuckDb;

namespace Cti.Host.Store;

/// <summary>How a source's reading ended, as it is stored.</summary>
internal enum StoredReading
{
    /// <summary>It said something that the store did not know.</summary>
    Changed,

    /// <summary>It said what it said before.</summary>
    Unchanged,

    /// <summary>It could not be read to its end.</summary>
    Failed,
}

/// <summary>One source's habit.</summary>
/// <param name="ChangedAt">When it said something new last; null where it never did.</param>
/// <param name="Distances">Between its last changes, oldest first; at most <see cref="FeedRules.mostChanges"/>.</param>
internal sealed record FeedHabit(DateTime? ChangedAt, IReadOnlyList<TimeSpan> Distances)
{
    /// <summary>What is known of a source.</summary>
    public static FeedHabit Load(DuckDbConnection connection, string source)
    {
        var changes = connection.Rows(
            "SELECT asked_at FROM source_readings WHERE source = $1 AND outcome = 'changed' ORDER BY asked_at",
            reader => reader.GetDateTime(0),
            source
        );
        return new FeedHabit(
            changes.Count == 0 ? null : changes[^1],
            [.. changes.Skip(1).Zip(changes, (later, earlier) => later - earlier)]
        );
    }

    /// <summary>Notes a reading, and forgets those that say nothing any more.</summary>
    public static void Note(DuckDbConnection connection, string source, StoredReading outcome, DateTime askedAt)
    {
        var name = outcome switch
        {
            StoredReading.Changed => "changed",
            StoredReading.Unchanged => "unchanged",
            _ => "failed",
        };
        var keep = outcome == StoredReading.Changed ? FeedRules.mostChanges : 0;
        connection.Run(
            """
            DELETE FROM source_readings WHERE source = $1 AND outcome = $2 AND asked_at NOT IN (
                SELECT asked_at FROM source_readings WHERE source = $1 AND outcome = $2 ORDER BY asked_at DESC LIMIT $3
            )
            """,
            source,
            name,
            keep
        );
        connection.Run("INSERT INTO source_readings VALUES ($1, $2, $3)", source, askedAt, name);
    }

    /// <summary>When a source was asked last, whatever came of it; null where never.</summary>
    public static DateTime? LastAsked(DuckDbConnection connection, string source) =>
        connection
            .Rows(
                "SELECT max(asked_at) FROM source_readings WHERE source = $1",
                reader => reader.IsDBNull(0) ? (DateTime?)null : reader.GetDateTime(0),
                source
            )
            .FirstOrDefault();
}
