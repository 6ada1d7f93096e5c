// Ends that sources give in words: the absences that follow from what was said of a claim, and the claims whose end has come. Which absences there
// are, the core decides (Endings.fs). Always part of the caller's transaction.

using Cti.Core;
using Cti.DuckDb;

namespace Cti.Host.Store;

/// <summary>One per run.</summary>
/// <param name="connection">The writer's.</param>
/// <param name="absences">Where absences are written.</param>
/// <param name="now">The run's `now`.</param>
internal sealed class EndingTable(DuckDbConnection connection, AbsenceTable absences, DateTime now)
{
    /// <summary>
    /// Works out anew when claims of an epoch did not stand, from everything that was ever said of them; the epoch's observations are written. Only
    /// claims of which some word gives an end: all others are the business of their lists.
    /// </summary>
    public void Replace(ClaimBatch claims)
    {
        connection.Execute("CREATE OR REPLACE TEMP TABLE spoken_claims (subject UUID, source INTEGER)");
        using (var appender = connection.CreateAppender("temp", null, "spoken_claims"))
        {
            for (var start = 0; start < claims.Count; start += DuckDbAppender.ChunkSize)
            {
                var rows = Math.Min(DuckDbAppender.ChunkSize, claims.Count - start);
                using var chunk = appender.NewChunk(rows);
                chunk.Column(0).WriteUuids(claims.Subject.AsSpan(start, rows));
                chunk.Column(1).Write<int>(claims.Source.AsSpan(start, rows));
                chunk.Append();
            }

            appender.Close();
        }

        connection.Execute(
            """
            CREATE OR REPLACE TEMP TABLE ending_claims AS
            SELECT DISTINCT subject, source FROM store.observations SEMI JOIN spoken_claims USING (subject, source) WHERE valid_until IS NOT NULL
            """
        );
        var words = connection.Rows(
            "SELECT subject, source, event_time, valid_until FROM store.observations SEMI JOIN ending_claims USING (subject, source) ORDER BY subject, source, event_time",
            reader =>
                (
                    Claim: (Subject: UuidModule.ofGuid(reader.GetGuid(0)), Source: reader.GetInt32(1)),
                    Word: new Word(
                        AbsenceTable.Time(reader, 2),
                        reader.IsDBNull(3) ? TimestampModule.none : AbsenceTable.Time(reader, 3)
                    )
                )
        );
        absences.Replace([
            .. words
                .GroupBy(row => row.Claim, row => row.Word)
                .Select(claim => new ClaimAbsences(claim.Key.Subject, claim.Key.Source, Endings.absences(claim))),
        ]);
    }

    /// <summary>Takes back the claims whose source gave an end that has come. Gives the number of changes.</summary>
    public int End(long firstSequence)
    {
        const string over = "withdrawn_at IS NULL AND valid_until <= $1";
        if (connection.Value<long>($"SELECT count(*) FROM store.claims WHERE {over}", now) == 0)
        {
            return 0;
        }

        // An indicator is withdrawn with its last claim; with others left it has changed.
        connection.Run(
            $"""
            CREATE OR REPLACE TEMP TABLE ended_subjects AS
            SELECT c.subject, max(c.revision) + 1 AS revision, count(*) FILTER (c.withdrawn_at IS NULL AND coalesce(c.valid_until > $1, true)) AS standing
            FROM store.claims c SEMI JOIN (SELECT subject FROM store.claims WHERE {over}) gone USING (subject)
            GROUP BY c.subject
            """,
            now
        );
        connection.Run(
            """
            INSERT INTO store.changes
            SELECT $1 + row_number() OVER (ORDER BY subject) - 1, subject, revision, CASE WHEN standing = 0 THEN 3 ELSE 2 END, $2 FROM ended_subjects
            """,
            firstSequence,
            now
        );
        var changes = connection.Value<int>("SELECT count(*)::INTEGER FROM ended_subjects");
        connection.Run(
            $"UPDATE store.claims c SET withdrawn_at = c.valid_until, changed_at = $1, revision = o.revision FROM ended_subjects o WHERE o.subject = c.subject AND c.{over}",
            now
        );
        return changes;
    }
}
