// Verdicts as the store keeps them, and what each does to the change log: an indicator that turns false, or is believed again, has a new revision like one
// whose content changed.

using Cti.Core;
using Cti.DuckDb;

namespace Cti.Host.Store;

/// <summary>A verdict as it is recorded.</summary>
/// <param name="Kind">What it was found to be.</param>
/// <param name="Reporter">Who says so.</param>
/// <param name="Comment">In words; null for none.</param>
/// <param name="ReportedAt">When it was found.</param>
internal sealed record NewVerdict(VerdictKind Kind, string Reporter, string? Comment, DateTime ReportedAt);

/// <summary>A recorded verdict.</summary>
internal sealed record StoredVerdict(
    Guid Subject,
    string Type,
    string Value,
    string Verdict,
    string Reporter,
    string? Comment,
    DateTime ReportedAt,
    DateTime RecordedAt
);

internal static class VerdictLog
{
    /// <summary>The verdicts that were known at a recording time.</summary>
    public static VerdictTable Read(DuckDbConnection connection, long knownAt) =>
        VerdictTable.Of(
            connection.Rows(
                """
                SELECT subject, verdict, epoch_us(reported_at) FROM verdicts
                WHERE recorded_at <= $1 AND subject IN (SELECT subject FROM verdicts WHERE verdict = $2)
                ORDER BY recorded_at, rowid
                """,
                reader => new Verdict(
                    UuidModule.ofGuid(reader.GetGuid(0)),
                    KindOf(reader.GetString(1)),
                    reader.GetInt64(2)
                ),
                TimestampModule.toDateTime(knownAt),
                VerdictKindModule.name(VerdictKind.FalsePositive)
            )
        );

    /// <summary>Those on one subject, or all; the newest first.</summary>
    public static IReadOnlyList<StoredVerdict> List(DuckDbConnection connection, UInt128? subject) =>
        connection.Rows(
            """
            SELECT v.subject, c.type, c.value, v.verdict, v.reporter, v.comment, v.reported_at, v.recorded_at
            FROM verdicts v JOIN (SELECT subject, any_value(type) AS type, any_value(value) AS value FROM claims GROUP BY subject) c USING (subject)
            WHERE v.subject = $1 OR $1 IS NULL
            ORDER BY v.reported_at DESC, v.recorded_at DESC, v.rowid DESC
            """,
            reader => new StoredVerdict(
                reader.GetGuid(0),
                reader.GetString(1),
                reader.GetString(2),
                reader.GetString(3),
                reader.GetString(4),
                reader.Text(5),
                reader.GetDateTime(6),
                reader.GetDateTime(7)
            ),
            subject is { } one ? UuidModule.toGuid(one) : (object)DBNull.Value
        );

    /// <summary>Whether any source ever claimed a subject.</summary>
    public static bool IsKnown(DuckDbConnection connection, UInt128 subject) =>
        connection.Value<bool>("SELECT count(*) > 0 FROM store.claims WHERE subject = $1", UuidModule.toGuid(subject));

    /// <summary>
    /// Records a verdict; part of the caller's transaction. Where it changes what the subject is, every claim gets the indicator's next revision, whoever sees
    /// which of them, and the log an entry.
    /// </summary>
    /// <param name="connection">The writer's.</param>
    /// <param name="subject">That some source claims.</param>
    /// <param name="verdict">What is recorded.</param>
    /// <param name="now">When it is recorded.</param>
    /// <returns>Where the subject stood before, and where it stands.</returns>
    public static (Standing Before, Standing After) Add(
        DuckDbConnection connection,
        UInt128 subject,
        NewVerdict verdict,
        DateTime now
    )
    {
        var at = TimestampModule.ofDateTimeOffset(new DateTimeOffset(now, TimeSpan.Zero));
        var id = UuidModule.toGuid(subject);
        var before = Read(connection, AsOf.Latest).At(subject, at);
        connection.Run(
            "INSERT INTO verdicts VALUES ($1, $2, $3, $4, $5, $6)",
            id,
            VerdictKindModule.name(verdict.Kind),
            verdict.Reporter,
            verdict.Comment,
            verdict.ReportedAt,
            now
        );
        var after = Read(connection, AsOf.Latest).At(subject, at);
        if (before.IsFalse != after.IsFalse || before.Episode != after.Episode)
        {
            Tell(connection, id, after, now);
        }

        return (before, after);
    }

    private static void Tell(DuckDbConnection connection, Guid subject, Standing standing, DateTime now)
    {
        var (revision, stands) = connection.Rows(
            "SELECT max(revision) + 1, bool_or(withdrawn_at IS NULL AND coalesce(valid_until > $2, true)) FROM store.claims WHERE subject = $1",
            reader => (reader.GetInt32(0), reader.GetBoolean(1)),
            subject,
            now
        )[0];
        var op =
            standing.IsFalse ? ChangeOp.Withdrawn
            : stands ? ChangeOp.Added
            : ChangeOp.Changed;
        connection.Run(
            "INSERT INTO store.changes SELECT coalesce(max(sequence), 0) + 1, $1, $2, $3, $4 FROM store.changes",
            subject,
            revision,
            ChangeOpModule.code(op),
            now
        );
        connection.Run("UPDATE store.claims SET revision = $2 WHERE subject = $1", subject, revision);
    }

    private static VerdictKind KindOf(string name) =>
        VerdictKindModule.tryParse(name) is { IsSome: true, Value: var kind }
            ? kind
            : throw new StoreException(
                $"The store holds a verdict `{name}` that this program does not know. Use the cti that wrote it, or a newer one."
            );
}
