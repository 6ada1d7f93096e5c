// The plans of state sinks in the store: what became of each, which were approved, and whether a sink was taken back to an earlier one.

using System.Globalization;
using Cti.Core;
using Cti.DuckDb;
using Cti.Host.Run;
using Cti.Host.Store;

namespace Cti.Host.Sinks;

/// <summary>A plan as it is kept.</summary>
public sealed record StoredPlan(
    Guid Id,
    string Pipeline,
    string Sink,
    string Status,
    PlanCounts Counts,
    DateTime PlannedAt,
    DateTime? Now
);

/// <summary>One per store; used by whoever writes it.</summary>
internal sealed class PlanLog(DuckDbConnection connection, RunEnvironment environment, Guid? runId)
{
    // Enough to tell plans apart by, and to be typed.
    private const int ShortLength = 8;

    private const string Columns =
        "p.plan_id, p.pipeline, p.sink, p.status, p.held, p.added, p.changed, p.withdrawn, p.planned_at, p.now";

    /// <summary>A plan's id, as it is shown.</summary>
    public static string Short(Guid id) => id.ToString("D", CultureInfo.InvariantCulture)[..ShortLength];

    /// <summary>Notes what became of a plan; gives its id.</summary>
    /// <param name="sink">Whose.</param>
    /// <param name="status">`applied`, `rolled_back`, `empty`, `waiting` or `failed`.</param>
    /// <param name="reason">Why it waits or failed.</param>
    /// <param name="receipt">Of what is in place.</param>
    /// <param name="now">The time the plan is of.</param>
    public Guid Record(StateSink sink, string status, string? reason, string? receipt, long now)
    {
        var id = environment.NewId();
        var at = environment.Clock.GetUtcNow().UtcDateTime;
        connection.Run(
            "INSERT INTO plans VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
            id,
            runId,
            sink.Spec.Name,
            sink.Spec.Pipeline,
            status,
            sink.Plan.Held,
            sink.Plan.Add,
            sink.Plan.Change,
            sink.Plan.Withdraw,
            reason,
            receipt,
            at,
            status is "applied" or "rolled_back" ? at : null,
            TimestampModule.toDateTime(now)
        );
        return id;
    }

    /// <summary>The newest approved plan of a sink that nothing was applied after; null for none.</summary>
    public StoredPlan? Approved(string pipeline, string sink) =>
        Plans(
                $"""
                JOIN approvals a ON a.plan_id = p.plan_id AND a.revoked_at IS NULL
                WHERE p.pipeline = $1 AND p.sink = $2 AND p.planned_at > coalesce(
                    (SELECT max(applied_at) FROM plans WHERE pipeline = $1 AND sink = $2), TIMESTAMP '-infinity')
                ORDER BY p.planned_at DESC LIMIT 1
                """,
                pipeline,
                sink
            )
            .FirstOrDefault();

    /// <summary>The plan a sink was taken back to, if that was the last thing applied to it.</summary>
    public StoredPlan? RolledBack(string pipeline, string sink) =>
        Plans(
                "WHERE p.pipeline = $1 AND p.sink = $2 AND p.applied_at IS NOT NULL ORDER BY p.applied_at DESC LIMIT 1",
                pipeline,
                sink
            )
            .FirstOrDefault(plan => plan.Status == "rolled_back");

    /// <summary>Plans whose id begins so, newest first.</summary>
    public IReadOnlyList<StoredPlan> Find(string beginning) =>
        Plans("WHERE starts_with(p.plan_id::VARCHAR, lower($1)) ORDER BY p.planned_at DESC LIMIT 3", beginning.Trim());

    /// <summary>Plans that wait: the last one of their sink, and nothing was applied since.</summary>
    public IReadOnlyList<StoredPlan> Waiting() =>
        Plans(
            """
            WHERE p.status = 'waiting' AND p.planned_at = (
                SELECT max(o.planned_at) FROM plans o WHERE o.pipeline = p.pipeline AND o.sink = p.sink)
            ORDER BY p.pipeline, p.sink
            """
        );

    /// <summary>Lets a plan pass.</summary>
    public void Grant(Guid plan, string by) =>
        connection.Run(
            "INSERT INTO approvals VALUES ($1, $2, $3, NULL)",
            plan,
            by,
            environment.Clock.GetUtcNow().UtcDateTime
        );

    /// <summary>Takes an approval back; whether there was one.</summary>
    public bool Revoke(Guid plan)
    {
        var granted = connection.Value<long>(
            "SELECT count(*) FROM approvals WHERE plan_id = $1 AND revoked_at IS NULL",
            plan
        );
        connection.Run(
            "UPDATE approvals SET revoked_at = $2 WHERE plan_id = $1 AND revoked_at IS NULL",
            plan,
            environment.Clock.GetUtcNow().UtcDateTime
        );
        return granted > 0;
    }

    private List<StoredPlan> Plans(string rest, params object?[] parameters) =>
        connection.Rows(
            $"SELECT {Columns} FROM plans p {rest}",
            reader => new StoredPlan(
                reader.GetGuid(0),
                reader.GetString(1),
                reader.GetString(2),
                reader.GetString(3),
                new PlanCounts(reader.GetInt64(4), reader.GetInt64(5), reader.GetInt64(6), reader.GetInt64(7)),
                reader.GetDateTime(8),
                reader.IsDBNull(9) ? null : reader.GetDateTime(9)
            ),
            parameters
        );
}
