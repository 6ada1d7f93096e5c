// One partition of a backfill as the store keeps it: which files, what they are recognised by, and the account of reading them.

using Cti.Core;

namespace Cti.Host.Store;

/// <summary>The books of a partition: records + expanded = observations + merged + screened + rejected.</summary>
/// <param name="Records">Raw records, rejected ones too.</param>
/// <param name="Expanded">Candidates beyond the first that records gave, less those that gave none.</param>
/// <param name="Screened">Held back by policy.</param>
/// <param name="Rejected">Could not be used.</param>
/// <param name="Merged">Said nothing new: the store held the same observation already.</param>
/// <param name="Observations">Added to the store.</param>
internal readonly record struct PartitionBooks(
    long Records,
    long Expanded,
    long Screened,
    long Rejected,
    long Merged,
    long Observations
)
{
    /// <summary>What is not accounted for; 0 where the books balance.</summary>
    public long Missing => Records + Expanded - Screened - Rejected - Merged - Observations;

    public static PartitionBooks operator +(PartitionBooks left, PartitionBooks right) =>
        new(
            left.Records + right.Records,
            left.Expanded + right.Expanded,
            left.Screened + right.Screened,
            left.Rejected + right.Rejected,
            left.Merged + right.Merged,
            left.Observations + right.Observations
        );

    /// <summary>What the pure stages made of a batch; nothing is stored yet.</summary>
    public static PartitionBooks Of(ObservationBatch batch)
    {
        long expanded = 0;
        long screened = 0;
        long rejected = 0;
        foreach (var counts in batch.Books)
        {
            expanded += counts.Expanded - counts.Dropped;
            screened += counts.Screened;
            rejected += counts.Rejected;
        }

        // A batch of no records is what the store adds of itself to a late snapshot.
        expanded += batch.Records == 0 ? batch.Count : 0;
        return new PartitionBooks(batch.Records, expanded, screened, rejected, 0, 0);
    }
}

/// <summary>A row of table `partitions`.</summary>
internal sealed record PartitionRow
{
    public required string Pipeline { get; init; }
    public required string Source { get; init; }
    public required long At { get; init; }
    public required IReadOnlyList<string> Uris { get; init; }

    /// <summary>SHA-256 in lower-case hexadecimal; empty where the files could not be read.</summary>
    public required string ContentHash { get; init; }

    /// <summary>As the files lie on disk.</summary>
    public required long Bytes { get; init; }
    public PartitionBooks Books { get; init; }

    /// <summary>Whether every file was read from its beginning; a live run may have read the rest.</summary>
    public required bool Whole { get; init; }
    public PartitionStatus Status { get; init; } = PartitionStatus.Reading;

    /// <summary>What was wrong; null where nothing was.</summary>
    public string? Message { get; init; }
    public required Guid RunId { get; init; }
    public required string ConfigHash { get; init; }

    /// <summary>Its time as text: what it is called within its source.</summary>
    public string Key => TimestampModule.toText(At);

    /// <summary>Its files in a message.</summary>
    public string Files => Uris.Count == 1 ? Uris[0] : $"{Uris[0]} and {Uris.Count - 1:N0} more";

    /// <summary>What the core asks of it.</summary>
    public KnownPartition Known => new(Status, ContentHash, ConfigHash);
}
