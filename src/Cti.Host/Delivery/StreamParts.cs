// What a stream sink's task is given: its transport and settings, and its own access to the store, the queue and the log.

using Cti.Core;
using Cti.Host.Store;

namespace Cti.Host.Delivery;

/// <summary>What a stream sink works with.</summary>
internal sealed record StreamParts
{
    public required string Name { get; init; }
    public required IDeliveryTransport Transport { get; init; }
    public required DeliverySettings Settings { get; init; }
    public required SinkRule Rule { get; init; }
    public required ChangeFormat Format { get; init; }
    public required Sinks.ExitScreen Screen { get; init; }
    public required SinkLedger Ledger { get; init; }
    public required AcknowledgedRevisions Revisions { get; init; }
    public required LogReader Log { get; init; }
    public required Intake Intake { get; init; }
    public required Endpoints Endpoints { get; init; }
    public required SinkCursor Cursor { get; init; }
    public required TimeProvider Clock { get; init; }

    /// <summary>Dead letters that are tried again first; null for none.</summary>
    public Letters.LetterFilter? Replay { get; init; }

    /// <summary>0 to 1, for jitter.</summary>
    public required Func<double> Random { get; init; }
}
