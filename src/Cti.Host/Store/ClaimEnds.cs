// How claims end without a record saying so: a complete snapshot lacks them, or they outlive their type's lifetime. Writes the changes and marks the
// claims; always part of the caller's transaction.

using Cti.Core;
using Cti.DuckDb;

namespace Cti.Host.Store;

/// <summary>One per run.</summary>
/// <param name="connection">The writer's.</param>
/// <param name="dictionaries">For the numbers of sources.</param>
/// <param name="absences">Where absences are written.</param>
/// <param name="now">The run's `now`: when what ends is said to have changed.</param>
internal sealed class ClaimEnds(
    DuckDbConnection connection,
    Dictionaries dictionaries,
    AbsenceTable absences,
    DateTime now
)
{
    /// <summary>
    /// Writes to the log what expired since it was last told: indicators of the pipeline's own sources whose last sighting has outlived its type's
    /// lifetime. What had expired when it was first read is no news. Gives the number of changes.
    /// </summary>
    public int Expire(string pipeline, long firstSequence)
    {
        connection.Run(
            """
            CREATE OR REPLACE TEMP TABLE expired AS
            WITH due AS (
                -- Few, and found without grouping all claims: the newest sighting of what expires is that of a claim like these.
                SELECT c.subject FROM store.claims c JOIN store.score_settings g ON g.type = c.type AND g.pipeline = $1
                WHERE c.withdrawn_at IS NULL AND epoch_us(c.last_seen) + g.lifetime_us <= epoch_us($2::TIMESTAMP)
                    AND epoch_us(c.last_seen) + g.lifetime_us > epoch_us(c.changed_at)
            )
            SELECT c.subject, max(c.revision) + 1 AS revision,
                max(c.last_seen) FILTER (c.withdrawn_at IS NULL) + to_microseconds(any_value(g.lifetime_us)) AS ended_at
            FROM store.claims c SEMI JOIN due d ON d.subject = c.subject
            JOIN store.sources s ON s.id = c.source
            JOIN store.score_settings g ON g.type = c.type AND g.pipeline = $1
            GROUP BY c.subject
            HAVING bool_or(s.pipeline = $1) AND ended_at <= $2 AND ended_at > max(c.changed_at)
            """,
            pipeline,
            now
        );
        var changes = connection.Value<int>("SELECT count(*)::INTEGER FROM expired");
        connection.Run(
            """
            INSERT INTO store.changes
            SELECT $1 + row_number() OVER (ORDER BY ended_at, subject) - 1, subject, revision, 3, $2 FROM expired
            """,
            firstSequence,
            now
        );
        connection.Run(
            "UPDATE store.claims c SET changed_at = $1, revision = e.revision FROM expired e WHERE e.subject = c.subject",
            now
        );
        return changes;
    }

    /// <summary>
    /// Takes back the claims of a source, and of the sub-sources its records name, that were not asserted in a complete reading, at the time it is
    /// of. Gives the number of changes.
    /// </summary>
    /// <param name="reading">The reading.</param>
    /// <param name="mark">What the claims carry that were asserted in it; earlier ones carry less.</param>
    /// <param name="firstSequence">The number of the log's next entry.</param>
    public int WithdrawAbsent(Reading reading, DateTime mark, long firstSequence)
    {
        var numbers = dictionaries.NumbersOf(reading.Source);
        if (numbers.Count == 0)
        {
            return 0;
        }

        var absent = $"source IN ({string.Join(", ", numbers)}) AND withdrawn_at IS NULL AND asserted_at < $1";
        connection.Run(
            $"CREATE OR REPLACE TEMP TABLE absent_claims AS SELECT subject, source FROM store.claims WHERE {absent}",
            mark
        );
        absences.Open(reading.At);
        // An indicator is withdrawn with its last claim; with others left it has changed.
        connection.Run(
            $"""
            CREATE OR REPLACE TEMP TABLE absent AS
            SELECT c.subject, max(c.revision) + 1 AS revision,
                count(*) FILTER (c.withdrawn_at IS NULL AND NOT ({absent})) AS standing
            FROM store.claims c SEMI JOIN (SELECT subject FROM store.claims WHERE {absent}) gone ON gone.subject = c.subject
            GROUP BY c.subject
            """,
            mark
        );
        var changes = connection.Value<int>("SELECT count(*)::INTEGER FROM absent");
        connection.Run(
            """
            INSERT INTO store.changes
            SELECT $1 + row_number() OVER (ORDER BY subject) - 1, subject, revision, CASE WHEN standing = 0 THEN 3 ELSE 2 END, $2 FROM absent
            """,
            firstSequence,
            now
        );
        connection.Run(
            $"UPDATE store.claims c SET withdrawn_at = $3, changed_at = $2, revision = a.revision FROM absent a WHERE a.subject = c.subject AND {absent}",
            mark,
            now,
            TimestampModule.toDateTime(reading.At)
        );
        return changes;
    }
}
