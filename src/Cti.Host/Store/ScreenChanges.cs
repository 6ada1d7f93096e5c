// What changed lists mean for those who only hear of changes: an indicator that lists hold back now, or let go, is an entry of the log. Always part
// of the caller's transaction.

using Cti.DuckDb;

namespace Cti.Host.Store;

/// <summary>One per run.</summary>
/// <param name="connection">The writer's.</param>
/// <param name="now">The run's `now`: when what changed is said to have changed.</param>
internal sealed class ScreenChanges(DuckDbConnection connection, DateTime now)
{
    /// <summary>Writes a change of every subject; gives their number.</summary>
    public int Write(IReadOnlyList<UInt128> subjects, long firstSequence)
    {
        if (subjects.Count == 0)
        {
            return 0;
        }

        connection.Execute("CREATE OR REPLACE TEMP TABLE rescreened (subject UUID)");
        using (var appender = connection.CreateAppender("temp", null, "rescreened"))
        {
            foreach (var rows in subjects.Chunk(DuckDbAppender.ChunkSize))
            {
                using var chunk = appender.NewChunk(rows.Length);
                chunk.Column(0).WriteUuids(rows);
                chunk.Append();
            }

            appender.Close();
        }

        connection.Execute(
            """
            CREATE OR REPLACE TEMP TABLE rescreened_revisions AS
            SELECT c.subject, any_value(c.type) AS type, any_value(c.value) AS value, max(c.revision) + 1 AS revision
            FROM store.claims c SEMI JOIN rescreened r ON r.subject = c.subject GROUP BY c.subject
            """
        );
        connection.Run(
            """
            INSERT INTO store.changes
            SELECT $1 + row_number() OVER (ORDER BY value, type) - 1, subject, revision, 2, $2 FROM rescreened_revisions
            """,
            firstSequence,
            now
        );
        connection.Run(
            "UPDATE store.claims c SET changed_at = $1, revision = r.revision FROM rescreened_revisions r WHERE r.subject = c.subject",
            now
        );
        return connection.Value<int>("SELECT count(*)::INTEGER FROM rescreened_revisions");
    }
}
