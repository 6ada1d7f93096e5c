// A program that takes records, as declared; defaults and ranges stand in the core's TargetDecoder.

using Cti.Host.Programs;

namespace Cti.Host.Delivery.Command;

/// <summary>`to: { type: command }`, references resolved.</summary>
public sealed record CommandSinkPlan : TransportPlan
{
    public required ProgramPlan Program { get; init; }

    /// <summary>From the end of its input to the kill.</summary>
    public required TimeSpan Grace { get; init; }

    internal override IDeliveryTransport Create(TimeProvider clock) => new CommandTransport(this, clock);
}
