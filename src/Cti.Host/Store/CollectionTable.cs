// Adding to a collection: new versions come behind those that are there, and nothing that is there changes but for which version is the first and the last.
// A client that pages through meanwhile misses nothing and sees nothing twice.

using System.Globalization;
using System.Text;
using Cti.Core;
using Cti.DuckDb;

namespace Cti.Host.Store;

/// <summary>Writes to one collection. Everything under <see cref="StoreFile.Publishing"/>, in one transaction.</summary>
/// <param name="connection">Where <see cref="StagedObjects"/> stands.</param>
/// <param name="collection">The sink's number.</param>
internal sealed class CollectionTable(DuckDbConnection connection, int collection)
{
    private const int PageRows = 2048;

    // Objects without versions are one with what has no time.
    private const string SameVersion =
        "p.id = s.id AND p.type = s.type AND coalesce(p.version, 'epoch'::TIMESTAMP) = coalesce(s.version, 'epoch'::TIMESTAMP)";

    /// <summary>Whether anything staged would be new to the collection.</summary>
    public bool WouldAdd() =>
        connection.Value<long>(
            $"SELECT count(*) FROM (SELECT 1 FROM {StagedObjects.Table} s WHERE NOT EXISTS (FROM store.published p WHERE p.collection = $1 AND {SameVersion}) LIMIT 1)",
            collection
        ) > 0;

    /// <summary>
    /// Adds what is staged and new. Of our own objects, one whose content is another than its last version's although it claims no later version gets one:
    /// a sink that was taken back, or an indicator that came again after it had gone.
    /// </summary>
    /// <param name="at">When it is added.</param>
    /// <param name="now">What a version that is made here is called.</param>
    /// <param name="staged">Takes the versions that are made here.</param>
    /// <returns>How many objects were added.</returns>
    public long Publish(DateTime at, long now, StagedObjects staged)
    {
        Renew(now, staged);
        return Add(at, null);
    }

    /// <summary>Stages the last word on indicators: a version that holds no longer than now. Those that have had it, or were never there, are passed over.</summary>
    /// <param name="indicators">A temporary table with a column `id`.</param>
    /// <param name="now">When they ceased to hold.</param>
    /// <param name="staged">Takes the versions that are made here.</param>
    public void StageEnds(string indicators, long now, StagedObjects staged)
    {
        staged.IsEnd = true;
        Rewrite(
            $"""
            SELECT p.content, p.version, p.tlp FROM store.published p SEMI JOIN {indicators} e ON e.id = p.id
            WHERE p.collection = {Number} AND p.type = 'indicator' AND p.is_last AND NOT p.is_end
            """,
            now,
            now,
            staged
        );
        staged.IsEnd = false;
    }

    /// <summary>Adds what is staged and new, whoever it is of.</summary>
    /// <param name="at">When it is added.</param>
    /// <param name="publisher">The user who adds it; null for the pipeline.</param>
    /// <returns>How many objects were added.</returns>
    public long Add(DateTime at, string? publisher)
    {
        var (place, last) = connection.Rows(
            "SELECT coalesce(max(place), 0), max(added) FROM store.published WHERE collection = $1",
            reader => (reader.GetInt64(0), reader.IsDBNull(1) ? DateTime.MinValue : reader.GetDateTime(1)),
            collection
        )[0];
        var added = connection.Run(
            $"""
            INSERT INTO store.published
            SELECT $1::INTEGER, $2::BIGINT + row_number() OVER (), $3::TIMESTAMP + to_microseconds(row_number() OVER ()), s.type, s.id, s.version,
                true, true, s.is_end, s.tlp, $4::VARCHAR, strlen(s.content), s.content
            FROM {StagedObjects.Table} s
            WHERE NOT EXISTS (FROM store.published p WHERE p.collection = $1 AND {SameVersion})
            """,
            collection,
            place,
            at > last ? at : last,
            publisher
        );
        if (added > 0)
        {
            Order(
                $"SELECT id FROM store.published WHERE collection = {Number} GROUP BY id HAVING count(*) > 1 AND max(place) > {place.ToString(CultureInfo.InvariantCulture)}"
            );
        }

        return added;
    }

    /// <summary>Deletes versions of an object that users added.</summary>
    /// <param name="type">Of the object.</param>
    /// <param name="id">Of the object.</param>
    /// <param name="versions">Which, as a condition over the columns of `store.published`.</param>
    /// <returns>How many.</returns>
    public int Delete(string type, Guid id, string versions)
    {
        var deleted = connection.Run(
            $"DELETE FROM store.published WHERE collection = $1 AND type = $2 AND id = $3 AND publisher IS NOT NULL AND ({versions})",
            collection,
            type,
            id
        );
        Order($"SELECT '{id:D}'::UUID AS id");
        return deleted;
    }

    // Our own objects that say something else than their last version and claim no later one.
    private void Renew(long now, StagedObjects staged)
    {
        connection.Execute(
            $"""
            CREATE OR REPLACE TEMP TABLE renewed_objects AS
            SELECT s.rowid AS row, s.content, p.version, s.tlp, s.is_end
            FROM {StagedObjects.Table} s
            JOIN store.published p ON p.id = s.id AND p.type = s.type
            WHERE p.collection = {Number} AND p.is_last AND NOT s.is_foreign AND p.version >= s.version AND p.content <> s.content
            """
        );
        if (connection.Value<long>("SELECT count(*) FROM renewed_objects") == 0)
        {
            return;
        }

        connection.Execute($"DELETE FROM {StagedObjects.Table} WHERE rowid IN (SELECT row FROM renewed_objects)");
        foreach (var isEnd in (bool[])[false, true])
        {
            staged.IsEnd = isEnd;
            Rewrite(
                $"SELECT content, version, tlp FROM renewed_objects WHERE is_end = {isEnd}",
                now,
                TimestampModule.none,
                staged
            );
        }

        staged.IsEnd = false;
        connection.Execute("DROP TABLE renewed_objects");
    }

    // Objects with a later version than the one in the second column, and where given another end. By pages: what is read cannot be staged meanwhile.
    private void Rewrite(string query, long now, long until, StagedObjects staged)
    {
        var reader = new StixObjectReader();
        var writer = new Utf8Writer(4096);
        connection.Execute(
            $"CREATE OR REPLACE TEMP TABLE rewritten_objects AS SELECT row_number() OVER () AS row, content, version, tlp FROM ({query})"
        );
        var count = connection.Value<long>("SELECT count(*) FROM rewritten_objects");
        for (long from = 0; from < count; from += PageRows)
        {
            var page = connection.Rows(
                "SELECT content, epoch_us(version), tlp FROM rewritten_objects WHERE row > $1 AND row <= $2 ORDER BY row",
                row => (Content: row.GetString(0), Version: row.GetInt64(1), Tlp: row.GetFieldValue<byte>(2)),
                from,
                from + PageRows
            );
            foreach (var (content, version, tlp) in page)
            {
                writer.Clear();
                // A millisecond: STIX prints no less.
                var later = Math.Max(now, version + 1_000);
                if (
                    reader.WriteVersion(Encoding.UTF8.GetBytes(content), later, until, writer)
                    && reader.TryRead(writer.Written) is { IsSome: true, Value: var head }
                )
                {
                    staged.Take(
                        new StixObjectHead(head.Type, head.Id, head.Version, TlpModule.ofCode(tlp)),
                        writer.Written
                    );
                }
            }
        }

        staged.Close();
        connection.Execute("DROP TABLE rewritten_objects");
    }

    // Which version of an object is its first and which its last, of those that are there.
    private void Order(string ids) =>
        connection.Execute(
            $"""
            UPDATE store.published p SET is_first = p.place = o.first, is_last = p.place = o.last
            FROM (
                SELECT type, id, arg_min(place, coalesce(version, added)) AS first, arg_max(place, coalesce(version, added)) AS last
                FROM store.published WHERE collection = {Number} AND id IN ({ids}) GROUP BY type, id
            ) o
            WHERE p.collection = {Number} AND p.id = o.id AND p.type = o.type
                AND (p.is_first <> (p.place = o.first) OR p.is_last <> (p.place = o.last))
            """
        );

    private string Number => collection.ToString(CultureInfo.InvariantCulture);
}
