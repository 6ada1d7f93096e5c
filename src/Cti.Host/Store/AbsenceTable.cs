// The absences of claims in the store: written when complete snapshots lack them, taken back when they are seen again, recomputed when a late
// snapshot shows that it was otherwise. Which absences there are, the core decides (Absences.fs). Always part of the caller's transaction.

using Cti.Core;
using Cti.DuckDb;
using Microsoft.FSharp.Collections;

namespace Cti.Host.Store;

/// <summary>The absences of one claim as they are to be.</summary>
internal readonly record struct ClaimAbsences(UInt128 Subject, int Source, FSharpList<Absence> Absences)
{
    /// <summary>Since when the claim is absent for good; `none` where it stands.</summary>
    public long Open =>
        Absences.IsEmpty || !TimestampModule.isNone(ListModule.Last(Absences).ResumedAt)
            ? TimestampModule.none
            : ListModule.Last(Absences).EndedAt;
}

/// <summary>One per run.</summary>
/// <param name="connection">The writer's.</param>
/// <param name="now">The run's `now`: when what is written was known.</param>
internal sealed class AbsenceTable(DuckDbConnection connection, DateTime now)
{
    /// <summary>The claims in the temporary table `absent_claims` (subject, source) are on no list from a time on.</summary>
    public void Open(long at) =>
        connection.Run(
            "INSERT INTO store.absences SELECT subject, source, $1, NULL, $2, NULL FROM absent_claims",
            TimestampModule.toDateTime(at),
            now
        );

    /// <summary>Claims that are absent are seen again.</summary>
    public void Resume(IReadOnlyList<(UInt128 Subject, int Source)> claims, long at)
    {
        Touch(claims);
        connection.Run(
            """
            INSERT INTO store.absences
            SELECT a.subject, a.source, a.ended_at, $1, $2, NULL FROM store.absences a SEMI JOIN touched_claims USING (subject, source)
            WHERE a.superseded_at IS NULL AND a.resumed_at IS NULL AND a.ended_at < $1
            """,
            TimestampModule.toDateTime(at),
            now
        );
        connection.Run(
            """
            UPDATE store.absences a SET superseded_at = $1 FROM touched_claims t
            WHERE t.subject = a.subject AND t.source = a.source AND a.superseded_at IS NULL AND a.resumed_at IS NULL
            """,
            now
        );
        Forget();
    }

    /// <summary>What is known of claims now, in the order of subject and source; only those that have absences.</summary>
    public Dictionary<(UInt128 Subject, int Source), List<Absence>> Load(string subjects)
    {
        var known = new Dictionary<(UInt128, int), List<Absence>>();
        foreach (
            var (claim, absence) in connection.Rows(
                $"SELECT subject, source, ended_at, resumed_at FROM store.absences SEMI JOIN {subjects} s USING (subject) WHERE superseded_at IS NULL ORDER BY ended_at",
                reader => ((UuidModule.ofGuid(reader.GetGuid(0)), reader.GetInt32(1)), Read(reader, 2))
            )
        )
        {
            if (!known.TryGetValue(claim, out var absences))
            {
                known.Add(claim, absences = []);
            }

            absences.Add(absence);
        }

        return known;
    }

    /// <summary>An absence from two columns of a row.</summary>
    public static Absence Read(DuckDbDataReader reader, int column) =>
        new(Time(reader, column), reader.IsDBNull(column + 1) ? TimestampModule.none : Time(reader, column + 1));

    /// <summary>A time from a column of a row.</summary>
    public static long Time(DuckDbDataReader reader, int column) =>
        TimestampModule.ofDateTimeOffset(new DateTimeOffset(reader.GetDateTime(column), TimeSpan.Zero));

    /// <summary>Replaces what is known of claims: rows that stay as they are stay.</summary>
    public void Replace(IReadOnlyList<ClaimAbsences> claims)
    {
        if (claims.Count == 0)
        {
            return;
        }

        Touch([.. claims.Select(claim => (claim.Subject, claim.Source))]);
        connection.Execute(
            "CREATE OR REPLACE TEMP TABLE new_absences (subject UUID, source INTEGER, ended_at TIMESTAMP, resumed_at TIMESTAMP)"
        );
        using (var appender = connection.CreateAppender("temp", null, "new_absences"))
        {
            var rows = claims
                .SelectMany(claim => claim.Absences.Select(absence => (claim.Subject, claim.Source, Absence: absence)))
                .ToList();
            for (var start = 0; start < rows.Count; start += DuckDbAppender.ChunkSize)
            {
                var some = rows.GetRange(start, Math.Min(DuckDbAppender.ChunkSize, rows.Count - start));
                using var chunk = appender.NewChunk(some.Count);
                chunk.Column(0).WriteUuids(some.Select(row => row.Subject).ToArray());
                chunk.Column(1).Write<int>(some.Select(row => row.Source).ToArray());
                chunk.Column(2).Write<long>(some.Select(row => row.Absence.EndedAt).ToArray());
                chunk.Column(3).Write(some.Select(row => row.Absence.ResumedAt).ToArray(), TimestampModule.none);
                chunk.Append();
            }

            appender.Close();
        }

        const string same =
            "n.subject = a.subject AND n.source = a.source AND n.ended_at = a.ended_at AND n.resumed_at IS NOT DISTINCT FROM a.resumed_at";
        connection.Run(
            $"""
            UPDATE store.absences a SET superseded_at = $1 FROM touched_claims t
            WHERE t.subject = a.subject AND t.source = a.source AND a.superseded_at IS NULL
                AND NOT EXISTS (SELECT 1 FROM new_absences n WHERE {same})
            """,
            now
        );
        connection.Run(
            $"""
            INSERT INTO store.absences SELECT n.subject, n.source, n.ended_at, n.resumed_at, $1, NULL FROM new_absences n
            WHERE NOT EXISTS (SELECT 1 FROM store.absences a WHERE a.superseded_at IS NULL AND {same})
            """,
            now
        );
        Forget();
    }

    // What was known for no time at all was not known.
    private void Forget() =>
        connection.Execute("DELETE FROM store.absences WHERE superseded_at IS NOT NULL AND superseded_at <= recorded_at");

    private void Touch(IReadOnlyList<(UInt128 Subject, int Source)> claims)
    {
        connection.Execute("CREATE OR REPLACE TEMP TABLE touched_claims (subject UUID, source INTEGER)");
        using var appender = connection.CreateAppender("temp", null, "touched_claims");
        for (var start = 0; start < claims.Count; start += DuckDbAppender.ChunkSize)
        {
            var some = claims.Skip(start).Take(DuckDbAppender.ChunkSize).ToList();
            using var chunk = appender.NewChunk(some.Count);
            chunk.Column(0).WriteUuids(some.Select(claim => claim.Subject).ToArray());
            chunk.Column(1).Write<int>(some.Select(claim => claim.Source).ToArray());
            chunk.Append();
        }

        appender.Close();
    }
}
