// Whether a complete reading is believed: what the pipeline expects of it, and what holds for every snapshot where it expects nothing.

using Cti.Core;

namespace Cti.Host.Run;

/// <summary>What one reading brought.</summary>
/// <param name="Records">Records, rejected ones too.</param>
/// <param name="Rejected">Those that could not be used.</param>
/// <param name="Newest">Newest event time.</param>
internal readonly record struct ReadingCounts(long Records, long Rejected, long Newest);

internal static class SnapshotRules
{
    /// <summary>A snapshot with less than this share of the records of the one before is not believed, unless `expect: records` says how many there may be.</summary>
    public const double LeastShare = 0.5;

    /// <summary>Below this many records a list may well lose half of them overnight.</summary>
    public const long FewestToCompare = 20;

    private const string Kept = "nothing is withdrawn on its word";

    /// <summary>What is wrong with a reading; null where nothing is.</summary>
    /// <param name="source">What is expected.</param>
    /// <param name="read">What came.</param>
    /// <param name="before">Records of the last snapshot that was believed; null where there was none.</param>
    /// <param name="now">The run's `now`.</param>
    public static Alarm? Judge(SourcePlan source, ReadingCounts read, long? before, long now) =>
        Expected(source, read) ?? Rejected(source, read) ?? Stale(source, read, now) ?? Shrunk(source, read, before);

    /// <summary>What is wrong with a feed that says what it said last time: only its age can be.</summary>
    /// <param name="source">What is expected.</param>
    /// <param name="newest">Its newest record, from the store; null where it has none.</param>
    /// <param name="now">The run's `now`.</param>
    public static Alarm? JudgeUnchanged(SourcePlan source, DateTime? newest, long now) =>
        newest is { } time
            ? Stale(source, new ReadingCounts(1, 0, TimestampModule.ofDateTimeOffset(new(time, TimeSpan.Zero))), now)
            : null;

    /// <summary>Whether a snapshot without records may close what it lacks: only where the pipeline says that it may be empty.</summary>
    public static bool MayBeEmpty(SourcePlan source) => source.ExpectedRecords is { Fewest: 0 };

    /// <summary>What is wrong with a snapshot of the past that has no records, whatever came before it.</summary>
    public static Alarm Empty(SourcePlan source) =>
        new(
            "CTI-BACKFILL-011",
            source.Name,
            $"the snapshot has no records; {Kept}. If the feed may be empty, say so: `expect: {{ records: 0.. }}`."
        );

    private static Alarm? Expected(SourcePlan source, ReadingCounts read) =>
        source.ExpectedRecords is { } expected
        && (read.Records < expected.Fewest || read.Records > expected.Most)
        && (source.IsSnapshot || read.Records > 0)
            ? new Alarm(
                "CTI-SOURCE-030",
                source.Name,
                $"{read.Records:N0} records, expected {expected.Fewest:N0} to {expected.Most:N0}; {Kept}. Look at the feed, or change `expect: records`."
            )
            : null;

    private static Alarm? Rejected(SourcePlan source, ReadingCounts read) =>
        source.MaxRejected is { } most && read.Rejected > most * read.Records
            ? new Alarm(
                "CTI-SOURCE-031",
                source.Name,
                $"{read.Rejected:N0} of {read.Records:N0} records were rejected, more than the {most:P0} of `expect: max_rejected`; {Kept}. Look at the dead letters."
            )
            : null;

    private static Alarm? Stale(SourcePlan source, ReadingCounts read, long now) =>
        read.Records > 0
        && source.MaxAge is { } most
        && TimeSpan.FromMicroseconds(now - read.Newest) is var age
        && age > most
            ? new Alarm(
                "CTI-SOURCE-032",
                source.Name,
                $"its newest record is {age.TotalHours:N0} hours old, more than the {most.TotalHours:N0} hours of `expect: max_age`; {Kept}. Look whether the feed is still served."
            )
            : null;

    private static Alarm? Shrunk(SourcePlan source, ReadingCounts read, long? before)
    {
        if (!source.IsSnapshot || source.ExpectedRecords is not null || before is not { } last)
        {
            return null;
        }

        if (read.Records == 0 && last > 0)
        {
            return new Alarm(
                "CTI-SOURCE-034",
                source.Name,
                $"the snapshot is empty, the one before had {last:N0} records; {Kept}. If the feed may be empty, say so: `expect: {{ records: 0.. }}`."
            );
        }

        return last >= FewestToCompare && read.Records < last * LeastShare
            ? new Alarm(
                "CTI-SOURCE-033",
                source.Name,
                $"{read.Records:N0} records, less than half of the {last:N0} of the snapshot before; {Kept}. If the feed is right, say how many records it may have: `expect: {{ records: {read.Records / 2}.. }}`."
            )
            : null;
    }
}
