// A snapshot that comes in after newer ones of its source: what it says of its own time is woven into what is known already. The core decides which
// absences follow (Absences.fs); this asks the store what is known and writes what came of it. Always part of the caller's transaction.

using Cti.Core;
using Cti.DuckDb;
using Microsoft.FSharp.Collections;

namespace Cti.Host.Store;

/// <summary>One per run.</summary>
/// <param name="connection">The writer's.</param>
/// <param name="dictionaries">For the numbers of sources and label sets.</param>
/// <param name="absences">Where absences are written.</param>
/// <param name="now">The run's `now`.</param>
internal sealed class LateReading(
    DuckDbConnection connection,
    Dictionaries dictionaries,
    AbsenceTable absences,
    DateTime now
)
{
    private List<ClaimAbsences> _changed = [];
    private Dictionary<(UInt128, int), (long First, long Next)> _said = [];
    private Dictionary<(UInt128, int), FSharpList<Absence>> _after = [];
    private long[] _believed = [];

    /// <summary>
    /// Looks at an epoch of a late snapshot: which of its claims newer ones do not have (they are marked withdrawn), and which absences are others
    /// now. Writes nothing.
    /// </summary>
    /// <param name="reading">The reading.</param>
    /// <param name="merge">The epoch, before it is resolved.</param>
    /// <param name="subjects">The table of its subjects.</param>
    public void Look(Reading reading, EpochMerge merge, string subjects)
    {
        var numbers = string.Join(", ", dictionaries.NumbersOf(reading.Source));
        _believed = Believed(reading.Source);
        _changed = [];
        _after = [];
        var known = absences.Load(subjects);
        _said = connection
            .Rows(
                $"SELECT subject, source, min(event_time), min(event_time) FILTER (event_time > $1) FROM store.observations SEMI JOIN {subjects} s USING (subject) WHERE source IN ({numbers}) GROUP BY subject, source",
                reader =>
                    (
                        Claim: (UuidModule.ofGuid(reader.GetGuid(0)), reader.GetInt32(1)),
                        First: AbsenceTable.Time(reader, 2),
                        Next: reader.IsDBNull(3) ? TimestampModule.none : AbsenceTable.Time(reader, 3)
                    ),
                TimestampModule.toDateTime(reading.At)
            )
            .ToDictionary(row => row.Claim, row => (row.First, row.Next));
        for (var row = 0; row < merge.Claims.Count; row++)
        {
            var claim = (merge.Claims.Subject[row], merge.Claims.Source[row]);
            var before = ListModule.OfSeq(known.GetValueOrDefault(claim) ?? []);
            var first = _said.TryGetValue(claim, out var said) ? said.First : TimestampModule.none;
            var after = Absences.listed(_believed, reading.At, new Presence(first, ListModule.Empty<long>(), before));
            var result = new ClaimAbsences(claim.Item1, claim.Item2, after);
            merge.Claims.WithdrawnAt[row] = result.Open;
            _after[claim] = after;
            if (!after.Equals(before))
            {
                _changed.Add(result);
            }
        }
    }

    /// <summary>
    /// What newer snapshots implied, told as observations: a claim of which the late one says something else was listed by the next one as it was
    /// known before. Without a row of its own there the late word would stand for today's.
    /// </summary>
    /// <param name="reading">The reading.</param>
    /// <param name="merge">The epoch, before it is resolved.</param>
    /// <param name="reference">The claims as they were known at the reading's time.</param>
    public ObservationBatch Echoes(Reading reading, EpochMerge merge, ClaimBatch reference)
    {
        var echoes = new ObservationBatch(4) { DeclaredSource = reading.Source };
        var rows = new Dictionary<(UInt128, int), int>();
        for (var row = 0; row < merge.Claims.Count; row++)
        {
            if (!merge.IsExtended(row))
            {
                rows[(merge.Claims.Subject[row], merge.Claims.Source[row])] = row;
            }
        }

        for (var row = 0; row < reference.Count; row++)
        {
            var claim = (reference.Subject[row], reference.Source[row]);
            if (
                !rows.TryGetValue(claim, out var late)
                || !_said.TryGetValue(claim, out var said)
                || NextListing(reading.At, _after[claim]) is not { } next
                || (!TimestampModule.isNone(said.Next) && said.Next <= next)
                || SaysTheSame(merge.Claims, late, reference, row)
            )
            {
                continue;
            }

            Echo(echoes, reference, row, next);
        }

        return echoes;
    }

    /// <summary>Writes the absences <see cref="Look"/> found.</summary>
    public void Write() => absences.Replace(_changed);

    /// <summary>Ends a late snapshot that is believed: what it lacks was absent at its time. Gives the number of changes.</summary>
    public int Close(Reading reading, DateTime mark, long firstSequence)
    {
        var believed = Believed(reading.Source);
        var changed = new List<ClaimAbsences>();
        var claim = (Subject: UInt128.Zero, Source: -1);
        var known = new List<Absence>();
        var presence = (First: TimestampModule.none, Next: TimestampModule.none);
        void Take()
        {
            if (claim.Source < 0)
            {
                return;
            }

            var before = ListModule.OfSeq(known);
            var sightings = TimestampModule.isNone(presence.Next)
                ? ListModule.Empty<long>()
                : ListModule.OfSeq([presence.Next]);
            var after = Absences.missing(believed, reading.At, new Presence(presence.First, sightings, before));
            if (!after.Equals(before))
            {
                changed.Add(new ClaimAbsences(claim.Subject, claim.Source, after));
            }
        }

        foreach (
            var row in connection.Rows(
                Missing(reading.Source),
                reader =>
                    (
                        Claim: (UuidModule.ofGuid(reader.GetGuid(0)), reader.GetInt32(1)),
                        First: AbsenceTable.Time(reader, 2),
                        Next: reader.IsDBNull(3) ? TimestampModule.none : AbsenceTable.Time(reader, 3),
                        Absence: reader.IsDBNull(4) ? (Absence?)null : AbsenceTable.Read(reader, 4)
                    ),
                TimestampModule.toDateTime(reading.At),
                mark
            )
        )
        {
            if (row.Claim != claim)
            {
                Take();
                claim = row.Claim;
                presence = (row.First, row.Next);
                known = [];
            }

            if (row.Absence is { } absence)
            {
                known.Add(absence);
            }
        }

        Take();
        absences.Replace(changed);
        return Apply(changed, firstSequence);
    }

    private long[] Believed(string source) =>
        [
            .. connection.Rows(
                "SELECT taken_at FROM snapshots WHERE source = $1 AND verdict = 'believed' AND superseded_at IS NULL ORDER BY taken_at",
                reader => AbsenceTable.Time(reader, 0),
                source
            ),
        ];

    // The claims of a source that a reading does not have, with what is known of each; one row per absence.
    private string Missing(string source)
    {
        var numbers = string.Join(", ", dictionaries.NumbersOf(source));
        return $"""
            SELECT c.subject, c.source, s.first, least(s.next, l.next), a.ended_at, a.resumed_at
            FROM store.claims c
            JOIN (
                SELECT subject, source, min(event_time) AS first, min(event_time) FILTER (event_time > $1) AS next
                FROM store.observations WHERE source IN ({numbers}) GROUP BY subject, source
            ) s USING (subject, source)
            LEFT JOIN (
                SELECT subject, source, min(taken_at) AS next FROM store.sightings WHERE source IN ({numbers}) AND taken_at > $1 GROUP BY subject, source
            ) l USING (subject, source)
            LEFT JOIN store.absences a ON a.subject = c.subject AND a.source = c.source AND a.superseded_at IS NULL
            WHERE c.source IN ({numbers}) AND c.asserted_at <> $2 AND s.first <= $1
            ORDER BY c.subject, c.source, a.ended_at
            """;
    }

    private long? NextListing(long at, FSharpList<Absence> known)
    {
        foreach (var time in _believed)
        {
            if (time > at && TimestampModule.isNone(Absences.since(time, known)))
            {
                return time;
            }
        }

        return null;
    }

    private static bool SaysTheSame(ClaimBatch claims, int late, ClaimBatch reference, int row) =>
        claims.Confidence[late] == reference.Confidence[row]
        && (
            claims.Remarks.Description(late).IsEmpty
            || reference.Remarks.Description(row).IsEmpty
            || claims.Remarks.Description(late).SequenceEqual(reference.Remarks.Description(row))
        );

    private void Echo(ObservationBatch echoes, ClaimBatch reference, int row, long at)
    {
        var target = echoes.Add();
        var payload = Payload.hash("echo"u8, reference.Value[row]);
        echoes.Type[target] = reference.Type[row];
        echoes.Value.Add(reference.Value[row]);
        echoes.Subject[target] = reference.Subject[row];
        echoes.Id[target] = Identity.observation(reference.Subject[row], at, payload);
        echoes.FirstSeen[target] = at;
        echoes.EventTime[target] = at;
        echoes.Confidence[target] = reference.Confidence[row];
        echoes.Tlp[target] = reference.Tlp[row];
        echoes.Labels[target] = dictionaries.Labels[reference.Labels[row]];
        echoes.Source[target] = dictionaries.Sources[reference.Source[row]].Name;
        echoes.Payload[target] = payload;
        echoes.Remarks.CopyFrom(target, reference.Remarks, row, at);
    }

    // Today's state of the claims whose last absence is another now.
    private int Apply(List<ClaimAbsences> changed, long firstSequence)
    {
        connection.Execute(
            "CREATE OR REPLACE TEMP TABLE moved_claims (subject UUID, source INTEGER, withdrawn_at TIMESTAMP)"
        );
        using (var appender = connection.CreateAppender("temp", null, "moved_claims"))
        {
            for (var start = 0; start < changed.Count; start += DuckDbAppender.ChunkSize)
            {
                var some = changed.GetRange(start, Math.Min(DuckDbAppender.ChunkSize, changed.Count - start));
                using var chunk = appender.NewChunk(some.Count);
                chunk.Column(0).WriteUuids(some.Select(claim => claim.Subject).ToArray());
                chunk.Column(1).Write<int>(some.Select(claim => claim.Source).ToArray());
                chunk.Column(2).Write(some.Select(claim => claim.Open).ToArray(), TimestampModule.none);
                chunk.Append();
            }

            appender.Close();
        }

        connection.Execute(
            """
            DELETE FROM moved_claims m USING store.claims c
            WHERE c.subject = m.subject AND c.source = m.source AND c.withdrawn_at IS NOT DISTINCT FROM m.withdrawn_at;
            UPDATE store.claims c SET withdrawn_at = m.withdrawn_at FROM moved_claims m WHERE m.subject = c.subject AND m.source = c.source;
            CREATE OR REPLACE TEMP TABLE moved_subjects AS
            SELECT c.subject, max(c.revision) + 1 AS revision, count(*) FILTER (c.withdrawn_at IS NULL) AS standing
            FROM store.claims c SEMI JOIN moved_claims m USING (subject) GROUP BY c.subject
            """
        );
        connection.Run(
            """
            INSERT INTO store.changes
            SELECT $1 + row_number() OVER (ORDER BY subject) - 1, subject, revision, CASE WHEN standing = 0 THEN 3 ELSE 2 END, $2 FROM moved_subjects
            """,
            firstSequence,
            now
        );
        connection.Run(
            """
            UPDATE store.claims c SET changed_at = $1, revision = s.revision FROM moved_claims m, moved_subjects s
            WHERE m.subject = c.subject AND m.source = c.source AND s.subject = c.subject
            """,
            now
        );
        return connection.Value<int>("SELECT count(*)::INTEGER FROM moved_subjects");
    }
}
