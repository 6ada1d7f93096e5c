// Shows an output the foreign objects of a pipeline's sources and what was made of them. Nothing above what the output may see: an object travels by its own
// marking, what was made of it also by that of the claim.

using Cti.Core;
using Cti.DuckDb;
using Cti.Host.Store;

namespace Cti.Host.Sinks;

internal static class ForeignObjects
{
    /// <summary>
    /// Feeds a renderer that takes objects; any other is left as it is. <paramref name="drain"/> is called when much has gathered in the writer. With
    /// <paramref name="asOf"/>, versions of then that were known then; the claims of then have been built (<see cref="AsOfClaims"/>).
    /// </summary>
    public static void Feed(
        DuckDbConnection connection,
        string pipeline,
        Tlp maxTlp,
        IRenderer renderer,
        Utf8Writer writer,
        Action drain,
        AsOf? asOf = null
    )
    {
        if (renderer is not IObjectRenderer target)
        {
            return;
        }

        var (version, derivation, claims) = asOf is { } then
            ? (
                $"o.recorded_at <= {AsOf.Sql(then.KnownAt)} AND coalesce(o.modified <= {AsOf.Sql(then.At)}, true)",
                $"d.recorded_at <= {AsOf.Sql(then.KnownAt)}",
                AsOfClaims.Table
            )
            : ("true", "true", "store.claims");
        // The newest version of each counts, also where it may not be seen: what was let out before is not let out again. Objects of other formats have no
        // such ids, or are no JSON.
        connection.Execute(
            $$"""
            CREATE OR REPLACE TEMP TABLE shown_objects AS
            SELECT id, source, code AS tlp, row AS place FROM (
                SELECT o.rowid AS row, o.id, o.source, p.code, starts_with(o.object, '{') AS is_json,
                    row_number() OVER (PARTITION BY o.id ORDER BY o.modified DESC NULLS LAST, o.recorded_at DESC, o.rowid DESC) AS newest
                FROM objects o JOIN store.tlp p ON p.name = o.tlp
                WHERE {{version}}
            ) WHERE newest = 1 AND is_json AND contains(id, '--')
            """
        );
        connection.Run("DELETE FROM shown_objects WHERE tlp > $1", TlpModule.code(maxTlp));
        connection.Run(
            """
            DELETE FROM shown_objects WHERE source NOT IN (
                SELECT name FROM store.sources WHERE pipeline = $1
            )
            """,
            pipeline
        );
        using (
            var command = connection.CreateCommand(
                "SELECT o.id, o.modified, o.object, s.tlp FROM objects o JOIN shown_objects s ON s.place = o.rowid ORDER BY o.id"
            )
        )
        {
            using var reader = command.ExecuteReader();
            while (reader.NextChunk() is { } chunk)
            {
                var modified = chunk.Column(1);
                var tlp = chunk.Column(3).Values<byte>();
                for (var row = 0; row < chunk.Count; row++)
                {
                    target.AddObject(
                        System.Text.Encoding.UTF8.GetString(chunk.Column(0).Bytes(row)),
                        modified.IsNull(row) ? TimestampModule.none : modified.Values<long>()[row],
                        TlpModule.ofCode(tlp[row]),
                        chunk.Column(2).Bytes(row),
                        writer
                    );
                    drain();
                }
            }
        }

        using var derived = connection.CreateCommand(
            $"""
            SELECT d.subject, d.object, max(greatest(c.tlp, o.tlp))::UTINYINT, min(d.recorded_at)
            FROM store.derivations d
            JOIN shown_objects o ON o.id = d.object
            JOIN store.sources s ON s.name = d.source
            JOIN {claims} c ON c.subject = d.subject AND c.source = s.id
            WHERE c.tlp <= {TlpModule.code(maxTlp)} AND {derivation}
            GROUP BY d.subject, d.object ORDER BY d.subject, d.object
            """
        );
        using var rows = derived.ExecuteReader();
        while (rows.Read())
        {
            target.AddDerivation(
                UuidModule.ofGuid(rows.GetGuid(0)),
                rows.GetString(1),
                TlpModule.ofCode(rows.GetFieldValue<byte>(2)),
                AbsenceTable.Time(rows, 3),
                writer
            );
            drain();
        }

        while (target.AddIndications(writer))
        {
            drain();
        }
    }
}
