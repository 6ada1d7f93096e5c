// What changed lists mean for those who only hear of changes: an indicator a stream sink was told of and a list holds back now, or one it held back
// and lets go, is a change of the log. State sinks need no log: they look at everything anyway. Always part of the caller's transaction.

using System.Globalization;
using Cti.Core;
using Cti.DuckDb;

namespace Cti.Host.Store;

/// <summary>One per run.</summary>
/// <param name="connection">The writer's.</param>
/// <param name="now">The run's `now`: when what changed is said to have changed.</param>
internal sealed class ScreenChanges(DuckDbConnection connection, DateTime now)
{
    /// <summary>Writes the changes; gives their number. Without a change of the lists there are none, and nothing is looked at.</summary>
    public int Write(
        string pipeline,
        IReadOnlyList<int> sinks,
        ScreenSet screen,
        string fingerprint,
        long firstSequence
    )
    {
        var known = connection.Value<string>("SELECT fingerprint FROM store.screens WHERE pipeline = $1", pipeline);
        if (known == fingerprint)
        {
            return 0;
        }

        connection.Run("DELETE FROM store.screens WHERE pipeline = $1", pipeline);
        connection.Run("INSERT INTO store.screens VALUES ($1, $2, $3)", pipeline, fingerprint, now);
        connection.Execute("CREATE OR REPLACE TEMP TABLE rescreened (subject UUID)");
        var subjects = Changed(sinks, screen);
        if (subjects.Count == 0)
        {
            return 0;
        }

        Append(subjects);
        connection.Run(
            """
            INSERT INTO store.changes
            SELECT $1 + row_number() OVER (ORDER BY any_value(c.value), any_value(c.type)) - 1, c.subject, max(c.revision) + 1, 2, $2
            FROM store.claims c SEMI JOIN rescreened r ON r.subject = c.subject GROUP BY c.subject
            """,
            firstSequence,
            now
        );
        connection.Run(
            """
            UPDATE store.claims c SET changed_at = $1, revision = r.revision
            FROM (
                SELECT k.subject, max(k.revision) + 1 AS revision FROM store.claims k SEMI JOIN rescreened s ON s.subject = k.subject
                GROUP BY k.subject
            ) r WHERE r.subject = c.subject
            """,
            now
        );
        return subjects.Count;
    }

    // Held by a sink and held back by a list now; or held back and let go.
    private List<UInt128> Changed(IReadOnlyList<int> sinks, ScreenSet screen)
    {
        var types = new ObservableType[256];
        foreach (var type in ObservableTypeModule.all)
        {
            types[ObservableTypeModule.code(type)] = type;
        }

        var numbers = string.Join(", ", sinks.Select(sink => sink.ToString(CultureInfo.InvariantCulture)));
        var found = new List<UInt128>();
        using var command = connection.CreateCommand(
            $"""
            SELECT c.subject, any_value(c.type), any_value(c.value), bool_or(h.back)
            FROM store.claims c JOIN (
                SELECT DISTINCT indicator, false AS back FROM (
                    SELECT indicator FROM store.deliveries WHERE sink IN ({numbers})
                    GROUP BY sink, indicator HAVING arg_max(op, acknowledgement) <> 3
                )
                UNION ALL SELECT DISTINCT indicator, true FROM store.held_back WHERE sink IN ({numbers})
            ) h ON h.indicator = c.subject
            GROUP BY c.subject
            """
        );
        using var reader = command.ExecuteReader();
        while (reader.NextChunk() is { } chunk)
        {
            var subjects = new UInt128[chunk.Count];
            chunk.Column(0).CopyUuids(subjects);
            var type = chunk.Column(1).Values<byte>();
            var value = chunk.Column(2);
            var back = chunk.Column(3).Values<byte>();
            for (var row = 0; row < chunk.Count; row++)
            {
                var isHit = !screen.Match(types[type[row]], value.Bytes(row)).Reason.IsNone;
                if (isHit == (back[row] == 0))
                {
                    found.Add(subjects[row]);
                }
            }
        }

        return found;
    }

    private void Append(List<UInt128> subjects)
    {
        using var appender = connection.CreateAppender("temp", null, "rescreened");
        for (var start = 0; start < subjects.Count; start += DuckDbAppender.ChunkSize)
        {
            var rows = subjects.GetRange(start, Math.Min(DuckDbAppender.ChunkSize, subjects.Count - start)).ToArray();
            using var chunk = appender.NewChunk(rows.Length);
            chunk.Column(0).WriteUuids(rows);
            chunk.Append();
        }

        appender.Close();
    }
}
