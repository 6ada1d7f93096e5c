// The claims as of an event time, as known at a recording time, from observations, absences and snapshots: what the F# merge makes of the same rows,
// written in SQL; a test holds the two equal. In parts of the subjects' space, so that memory does not grow with the store.

using System.Globalization;
using Cti.Core;
using Cti.DuckDb;

namespace Cti.Host.Store;

/// <summary>Which state is asked for.</summary>
/// <param name="At">The event time.</param>
/// <param name="KnownAt">The recording time.</param>
internal readonly record struct AsOf(long At, long KnownAt)
{
    /// <summary>The recording time at which everything is known that ever was: the last second of the year 9999.</summary>
    public const long Latest = 253_402_300_799_000_000;

    /// <summary>As an SQL expression.</summary>
    public static string Sql(long time) => string.Create(CultureInfo.InvariantCulture, $"make_timestamp({time})");
}

/// <summary>Builds the temporary table <see cref="Table"/>, shaped like that of the claims. Reads the store only.</summary>
/// <param name="connection">The table lives as long as it.</param>
/// <param name="dictionaries">For the numbers of sources; gets unions of label sets that no claim has today.</param>
internal sealed class AsOfClaims(DuckDbConnection connection, Dictionaries dictionaries)
{
    /// <summary>The temporary table.</summary>
    public const string Table = "temp.as_of_claims";

    // A part is grouped in memory: about 100 bytes a row.
    private const long PartRows = 250_000;

    /// <summary>Builds the table anew.</summary>
    /// <param name="asOf">Which state.</param>
    /// <param name="subjects">A table with the subjects to look at; null for all.</param>
    public void Build(AsOf asOf, string? subjects)
    {
        var at = AsOf.Sql(asOf.At);
        var known = AsOf.Sql(asOf.KnownAt);
        connection.Execute(
            """
            CREATE OR REPLACE TEMP TABLE as_of_claims (
                subject UUID, source INTEGER, type UTINYINT, value VARCHAR, first_seen TIMESTAMP, last_seen TIMESTAMP, recorded_at TIMESTAMP,
                changed_at TIMESTAMP, withdrawn_at TIMESTAMP, confidence UTINYINT, tlp UTINYINT, labels INTEGER, observations INTEGER,
                revision INTEGER, description VARCHAR, described_at TIMESTAMP, reference_urls VARCHAR, label_sets VARCHAR,
                -- What ended by the words of its source is gone then like what its list lacks.
                valid_until TIMESTAMP
            )
            """
        );
        Lists(at, known);
        foreach (var part in subjects is null ? Parts() : ["true"])
        {
            Fill(at, known, part, subjects);
        }

        Unite();
    }

    /// <summary>
    /// Adds what a sink holds and nobody knew of then, as taken back: who goes back to that time has to let go of it.
    /// </summary>
    /// <param name="sink">The sink's number.</param>
    public void AddHeld(int sink) =>
        connection.Execute(
            $"""
            INSERT INTO temp.as_of_claims BY NAME
            SELECT subject, source, type, value, first_seen, last_seen, recorded_at, changed_at, first_seen AS withdrawn_at, confidence, tlp, labels,
                observations, revision, description, described_at, reference_urls
            FROM store.claims c
            SEMI JOIN (
                SELECT indicator FROM store.deliveries WHERE sink = {sink}
                GROUP BY indicator HAVING arg_max(op::INTEGER, acknowledgement) <> {ChangeOpModule.code(
                ChangeOp.Withdrawn
            )}
            ) h ON h.indicator = c.subject
            ANTI JOIN temp.as_of_claims a ON a.subject = c.subject
            """
        );

    // Sources whose sightings are those of their lists, by number, with the name the lists go by.
    private void Lists(string at, string known)
    {
        var lists = connection.Rows(
            "SELECT DISTINCT source FROM snapshots WHERE sightings = 'listed'",
            reader => reader.GetString(0)
        );
        connection.Execute(
            "CREATE OR REPLACE TEMP TABLE as_of_sources (source INTEGER, list VARCHAR); "
                + $"CREATE OR REPLACE TEMP TABLE as_of_lists AS SELECT source AS list, taken_at FROM snapshots WHERE verdict = 'believed' AND sightings = 'listed' AND taken_at <= {at} AND recorded_at <= {known} AND coalesce(superseded_at > {known}, true)"
        );
        foreach (var list in lists)
        {
            foreach (var number in dictionaries.NumbersOf(list))
            {
                connection.Run("INSERT INTO as_of_sources VALUES ($1, $2)", number, list);
            }
        }
    }

    // Subjects are hashes: equal steps hold about equally many.
    private IEnumerable<string> Parts()
    {
        var rows = connection.Value<long>("SELECT count(*) FROM store.observations");
        var parts = (int)Math.Clamp((rows + PartRows - 1) / PartRows, 1, 4096);
        if (parts == 1)
        {
            return ["true"];
        }

        var step = (UInt128.MaxValue / (UInt128)parts) + 1;
        return Enumerable
            .Range(0, parts)
            .Select(part =>
                $"subject >= '{UuidModule.toGuid((UInt128)part * step)}'"
                + (part == parts - 1 ? "" : $" AND subject < '{UuidModule.toGuid((UInt128)(part + 1) * step)}'")
            );
    }

    private void Fill(string at, string known, string part, string? subjects)
    {
        var some = subjects is null ? "" : $" SEMI JOIN {subjects} asked USING (subject)";
        connection.Execute(
            $"""
            INSERT INTO as_of_claims
            WITH said AS (
                SELECT subject, source, min(coalesce(first_seen, event_time)) AS first_seen, max(event_time) AS last_seen,
                    min(recorded_at) AS recorded_at, count(*)::INTEGER AS observations, max(tlp) AS tlp,
                    arg_max(confidence, {"{"} 'time': event_time, 'value': confidence {"}"}) AS confidence,
                    array_to_string(list_sort(list(DISTINCT labels)), ',') AS label_sets,
                    arg_max(description, {"{"} 'time': event_time, 'value': description {"}"}) FILTER (description IS NOT NULL) AS description,
                    arg_max(event_time, {"{"} 'time': event_time, 'value': description {"}"}) FILTER (description IS NOT NULL) AS described_at,
                    array_to_string(
                        list_sort(list_distinct(flatten(list(string_split(reference_urls, chr(10))) FILTER (reference_urls IS NOT NULL))))[1:{References.most}],
                        chr(10)
                    ) AS reference_urls
                FROM store.observations{some}
                WHERE event_time <= {at} AND recorded_at <= {known} AND {part}
                GROUP BY subject, source
            ), gone AS (
                SELECT subject, source, ended_at FROM store.absences{some}
                WHERE recorded_at <= {known} AND coalesce(superseded_at > {known}, true) AND ended_at <= {at} AND coalesce(resumed_at > {at}, true)
                    AND {part}
            ), seen AS (
                SELECT subject, source, max(taken_at) AS taken_at FROM store.sightings{some} WHERE taken_at <= {at} AND recorded_at <= {known} AND {part} GROUP BY subject, source
            ), touches AS (
                SELECT DISTINCT subject, source, recorded_at FROM store.observations{some} WHERE recorded_at <= {known} AND {part}
                UNION
                SELECT subject, source, recorded_at FROM store.absences{some} WHERE recorded_at <= {known} AND {part}
                UNION
                SELECT subject, source, superseded_at FROM store.absences{some} WHERE superseded_at <= {known} AND {part}
            ), log AS (
                SELECT subject, revision, recorded_at
                FROM (SELECT indicator AS subject, revision, recorded_at FROM store.changes){some} WHERE recorded_at <= {known} AND {part}
            ), own AS (
                SELECT t.subject, t.source, max(l.revision) AS revision, max(l.recorded_at) AS changed_at
                FROM touches t JOIN log l USING (subject, recorded_at) GROUP BY t.subject, t.source
            ), shared AS (
                -- What no source said: an end by time, a changed trust, changed lists.
                SELECT subject, max(revision) AS revision, max(recorded_at) AS changed_at
                FROM log l ANTI JOIN touches t USING (subject, recorded_at) GROUP BY subject
            )
            SELECT s.subject, s.source, c.type, c.value, s.first_seen, greatest(s.last_seen, l.taken_at, e.taken_at), s.recorded_at,
                greatest(o.changed_at, h.changed_at, s.recorded_at), g.ended_at, s.confidence, s.tlp,
                CASE WHEN contains(s.label_sets, ',') THEN NULL ELSE s.label_sets::INTEGER END, s.observations,
                greatest(o.revision, h.revision, 1), s.description, s.described_at, s.reference_urls, s.label_sets, NULL
            FROM (
                SELECT said.*, as_of_sources.list, coalesce(gone.ended_at - to_microseconds(1), {at}) AS listed_until
                FROM said LEFT JOIN as_of_sources USING (source) LEFT JOIN gone USING (subject, source)
            ) s
            JOIN store.claims c ON c.subject = s.subject AND c.source = s.source
            LEFT JOIN gone g ON g.subject = s.subject AND g.source = s.source
            LEFT JOIN seen e ON e.subject = s.subject AND e.source = s.source
            LEFT JOIN own o ON o.subject = s.subject AND o.source = s.source
            LEFT JOIN shared h ON h.subject = s.subject
            ASOF LEFT JOIN as_of_lists l ON l.list = s.list AND l.taken_at <= s.listed_until
            """
        );
    }

    // Unions of label sets are few, and made where all others are.
    private void Unite()
    {
        var unions = connection.Rows(
            "SELECT DISTINCT label_sets FROM as_of_claims WHERE labels IS NULL",
            reader => reader.GetString(0)
        );
        if (unions.Count == 0)
        {
            return;
        }

        connection.Execute("CREATE OR REPLACE TEMP TABLE as_of_unions (label_sets VARCHAR, labels INTEGER)");
        foreach (var union in unions)
        {
            var number = union
                .Split(',')
                .Select(set => int.Parse(set, CultureInfo.InvariantCulture))
                .Aggregate(dictionaries.Labels.Union);
            connection.Run("INSERT INTO as_of_unions VALUES ($1, $2)", union, number);
        }

        connection.Execute(
            "UPDATE as_of_claims c SET labels = u.labels FROM as_of_unions u WHERE u.label_sets = c.label_sets AND c.labels IS NULL"
        );
    }
}
