// How a stream sink sends, as declared, paths and references resolved. Building one touches nothing.

using Cti.Host.Config;

namespace Cti.Host.Delivery;

/// <summary>One per sink that does not write a file.</summary>
public abstract record TransportPlan
{
    /// <summary>How much one send carries.</summary>
    public required BatchLimits Limits { get; init; }

    /// <summary>Of one send, until it is acknowledged.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Takes secrets out of what endpoints, libraries and programs say.</summary>
    public required Redactor Redactor { get; init; }

    /// <summary>The transport of one run.</summary>
    internal abstract IDeliveryTransport Create(TimeProvider clock);
}
