// Which transport carries a sink's records.

using Cti.Host.Run;

namespace Cti.Host.Delivery;

internal static class Transports
{
    /// <summary>A transport for a stream sink; nothing is opened yet.</summary>
    public static IDeliveryTransport Create(SinkPlan sink) => new FileTransport(sink.Path);
}
