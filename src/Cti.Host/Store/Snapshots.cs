// What the store remembers of every complete snapshot of a source: what the next one is judged by, and what its claims are seen and missed by.

using Cti.Core;
using Cti.DuckDb;

namespace Cti.Host.Store;

/// <summary>A complete snapshot that was believed.</summary>
/// <param name="Records">How many it had.</param>
/// <param name="AssertedAt">Its mark: claims that stand and carry it or a later one are on it.</param>
internal sealed record StoredSnapshot(long Records, DateTime AssertedAt);

/// <summary>Whether a complete snapshot may close what it lacks.</summary>
internal enum SnapshotVerdict
{
    Believed,

    /// <summary>It looks wrong, and an alarm says so: what it lists is taken, what it lacks stands.</summary>
    Suspect,
}

/// <summary>The end of a complete snapshot.</summary>
/// <param name="Reading">Its reading.</param>
/// <param name="Pipeline">Whose lifetimes hold.</param>
/// <param name="Cursors">Where its inputs ended; null leaves the source's cursors as they are (a backfill is no step of the live feed).</param>
/// <param name="Records">How many it had.</param>
/// <param name="Verdict">Whether it may close what it lacks.</param>
internal sealed record SnapshotEnd(
    Reading Reading,
    string Pipeline,
    IReadOnlyList<SourceCursor>? Cursors,
    long Records,
    SnapshotVerdict Verdict
);

/// <summary>One per run. Every write is part of the caller's transaction.</summary>
/// <param name="connection">The writer's.</param>
/// <param name="dictionaries">For the numbers of sources.</param>
/// <param name="ends">Takes back what is absent.</param>
/// <param name="renewal">Lets live on what is listed.</param>
/// <param name="late">Weaves in what is older than what is known.</param>
/// <param name="now">The run's `now`: when a reading was known.</param>
internal sealed class Snapshots(
    DuckDbConnection connection,
    Dictionaries dictionaries,
    ClaimEnds ends,
    ClaimRenewal renewal,
    LateReading late,
    DateTime now
)
{
    private const string Known = "source = $1 AND superseded_at IS NULL";

    /// <summary>The mark of the newest snapshot of any source; 0 where there is none.</summary>
    public long LastMark => connection.Value<long>("SELECT coalesce(max(epoch_us(asserted_at)), 0) FROM snapshots");

    /// <summary>The last complete snapshot of a reading's source, of its time or earlier, that was believed; null where there was none.</summary>
    public StoredSnapshot? Before(Reading reading) =>
        connection
            .Rows(
                $"SELECT records, asserted_at FROM snapshots WHERE {Known} AND verdict = 'believed' AND taken_at <= $2 ORDER BY taken_at DESC LIMIT 1",
                reader => new StoredSnapshot(reader.GetInt64(0), reader.GetDateTime(1)),
                reading.Source,
                TimestampModule.toDateTime(reading.At)
            )
            .FirstOrDefault();

    /// <summary>Whether a newer snapshot of the source, believed or not, is known already.</summary>
    public bool IsLate(Reading reading) =>
        connection.Value<long>(
            $"SELECT count(*) FROM snapshots WHERE {Known} AND taken_at > $2",
            reading.Source,
            TimestampModule.toDateTime(reading.At)
        ) > 0;

    /// <summary>Ends a complete snapshot, whose claims carry <paramref name="mark"/>. Gives the number of changes.</summary>
    public int End(SnapshotEnd end, DateTime mark, DateTime updatedAt, long firstSequence)
    {
        var reading = end.Reading;
        var isLate = IsLate(reading);
        var isBelieved = end.Verdict == SnapshotVerdict.Believed;
        if (end.Cursors is not null)
        {
            // Of one that is not believed no cursor stays: the next run reads and judges it again, so the alarm lasts as long as its cause.
            connection.Run("DELETE FROM cursors WHERE kind = 'source' AND name = $1", reading.Source);
            Cursors.SaveSources(connection, isBelieved ? end.Cursors : [], updatedAt);
        }

        Note(reading, end.Records, end.Verdict, mark);
        var renewed = 0;
        if (reading.Sightings.IsListed)
        {
            if (!isBelieved)
            {
                NoteSightings(reading, mark);
            }

            renewed = renewal.Renew(reading, end.Pipeline, mark, firstSequence);
            if (isLate)
            {
                renewal.SeeWithdrawn(reading, mark);
            }
        }

        var next = firstSequence + renewed;
        return !isBelieved ? renewed
            : renewed + (isLate ? late.Close(reading, mark, next) : ends.WithdrawAbsent(reading, mark, next));
    }

    /// <summary>A list says what it said last time: it is one more snapshot of the same. Gives the number of changes.</summary>
    public int Renew(Reading reading, string pipeline, long firstSequence)
    {
        // A clock that went back has nothing to tell.
        if (IsLate(reading) || Before(reading) is not { } last)
        {
            return 0;
        }

        Note(reading, last.Records, SnapshotVerdict.Believed, last.AssertedAt);
        return renewal.Renew(reading, pipeline, last.AssertedAt, firstSequence);
    }

    /// <summary>Time of a source's newest record; null where it has no claim.</summary>
    public DateTime? Newest(string source, Sightings sightings) =>
        // Where last sightings are ours, only the first ones are the feed's.
        renewal.Newest(source, sightings.IsListed ? "first_seen" : "last_seen");

    // One of the same time takes the place of the one before: what was known for no time at all was not known.
    private void Note(Reading reading, long records, SnapshotVerdict verdict, DateTime mark)
    {
        var at = TimestampModule.toDateTime(reading.At);
        connection.Run($"UPDATE snapshots SET superseded_at = $3 WHERE {Known} AND taken_at = $2", reading.Source, at, now);
        connection.Run("DELETE FROM snapshots WHERE source = $1 AND taken_at = $2 AND superseded_at <= recorded_at", reading.Source, at);
        connection.Run(
            "INSERT INTO snapshots VALUES ($1, $2, $3, NULL, $4, $5, $6, $7)",
            reading.Source,
            at,
            now,
            records,
            verdict == SnapshotVerdict.Believed ? "believed" : "suspect",
            reading.Sightings.IsListed ? "listed" : "recorded",
            mark
        );
    }

    private void NoteSightings(Reading reading, DateTime mark)
    {
        var numbers = dictionaries.NumbersOf(reading.Source);
        if (numbers.Count > 0)
        {
            connection.Run(
                $"INSERT INTO store.sightings SELECT subject, source, $1, $2 FROM store.claims WHERE source IN ({string.Join(", ", numbers)}) AND asserted_at = $3",
                TimestampModule.toDateTime(reading.At),
                now,
                mark
            );
        }
    }
}
