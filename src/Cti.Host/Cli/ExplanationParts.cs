// What `cti explain` shows, piece by piece. Data only.

using Cti.Core;

namespace Cti.Host.Cli;

/// <summary>Where an observation was read.</summary>
internal sealed record ReadPosition(string Uri, long Line, long ByteOffset);

/// <summary>What one source claims.</summary>
internal sealed record ClaimShown(
    string Source,
    DateTime FirstSeen,
    DateTime LastSeen,
    DateTime RecordedAt,
    DateTime? WithdrawnAt,
    int Confidence,
    string Tlp,
    IReadOnlyList<string> Labels,
    long Observations,
    string? Description,
    IReadOnlyList<string> References,
    IReadOnlyList<ReadPosition> Positions
);

/// <summary>What screened the value, and where it stood.</summary>
internal sealed record ScreeningShown(string Code, string List, string Entry, string Source, ReadPosition Position);

/// <summary>Whether a sink shall hold it.</summary>
internal sealed record SinkShown(
    string Name,
    string Pipeline,
    bool In,
    string Reason,
    int? AcknowledgedRevision,
    string? Receipt
);
