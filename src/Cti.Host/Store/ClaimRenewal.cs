// How claims live on without a record saying so: they are on a snapshot that is complete, and being listed now is being seen now. Writes the changes
// of what had expired meanwhile; always part of the caller's transaction.

using Cti.Core;
using Cti.DuckDb;

namespace Cti.Host.Store;

/// <summary>One per run.</summary>
/// <param name="connection">The writer's.</param>
/// <param name="dictionaries">For the numbers of sources.</param>
/// <param name="now">The run's `now`.</param>
internal sealed class ClaimRenewal(DuckDbConnection connection, Dictionaries dictionaries, DateTime now)
{
    /// <summary>The newest value of a column of a source's claims, sub-sources' too; null where it has none.</summary>
    public DateTime? Newest(string source, string column)
    {
        var numbers = dictionaries.NumbersOf(source);
        return numbers.Count == 0
            ? null
            : connection
                .Rows(
                    $"SELECT max({column}) FROM store.claims WHERE source IN ({string.Join(", ", numbers)})",
                    reader => reader.IsDBNull(0) ? (DateTime?)null : reader.GetDateTime(0)
                )
                .FirstOrDefault();
    }

    /// <summary>
    /// Sets the last sighting of a source's standing claims, sub-sources' too, that carry the mark <paramref name="since"/> or a later one, to the
    /// time of the reading. No observation is written: a list of a hundred thousand that says the same every hour would write as many. Gives the
    /// number of changes.
    /// </summary>
    public int Renew(Reading reading, string pipeline, DateTime since, long firstSequence)
    {
        var numbers = dictionaries.NumbersOf(reading.Source);
        if (numbers.Count == 0)
        {
            return 0;
        }

        var at = TimestampModule.toDateTime(reading.At);
        var listed =
            $"source IN ({string.Join(", ", numbers)}) AND withdrawn_at IS NULL AND asserted_at >= $1 AND last_seen < $2";
        // What stood for nobody any more stands again: that is news, unless the reading tells of a time so long ago that it does not.
        connection.Run(
            $"""
            CREATE OR REPLACE TEMP TABLE returned AS
            SELECT c.subject, max(c.revision) + 1 AS revision
            FROM store.claims c SEMI JOIN (SELECT subject FROM store.claims WHERE {listed}) l ON l.subject = c.subject
            JOIN store.score_settings g ON g.type = c.type AND g.pipeline = $3
            GROUP BY c.subject
            HAVING max(c.last_seen) FILTER (c.withdrawn_at IS NULL) + to_microseconds(any_value(g.lifetime_us)) <= $4
                AND $2 + to_microseconds(any_value(g.lifetime_us)) > $4
            """,
            since,
            at,
            pipeline,
            now
        );
        var changes = connection.Value<int>("SELECT count(*)::INTEGER FROM returned");
        connection.Run(
            "INSERT INTO store.changes SELECT $1 + row_number() OVER (ORDER BY subject) - 1, subject, revision, 1, $2 FROM returned",
            firstSequence,
            now
        );
        connection.Run(
            $"UPDATE store.claims c SET changed_at = $3, revision = r.revision FROM returned r WHERE r.subject = c.subject AND {listed}",
            since,
            at,
            now
        );
        connection.Run($"UPDATE store.claims SET last_seen = $2 WHERE {listed}", since, at);
        return changes;
    }

    /// <summary>Claims on a late snapshot that newer ones do not have were seen at its time all the same.</summary>
    public void SeeWithdrawn(Reading reading, DateTime mark)
    {
        var numbers = dictionaries.NumbersOf(reading.Source);
        if (numbers.Count > 0)
        {
            connection.Run(
                $"UPDATE store.claims SET last_seen = $2 WHERE source IN ({string.Join(", ", numbers)}) AND asserted_at = $1 AND withdrawn_at IS NOT NULL AND last_seen < $2",
                mark,
                TimestampModule.toDateTime(reading.At)
            );
        }
    }
}
