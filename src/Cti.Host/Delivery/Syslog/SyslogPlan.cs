// A receiver of syslog messages, as declared; defaults and ranges stand in the core's TargetDecoder.

using Cti.Core;
using Cti.Host.Net;

namespace Cti.Host.Delivery.Syslog;

/// <summary>`to: { type: syslog }`, paths and references resolved.</summary>
public sealed record SyslogPlan : TransportPlan
{
    public required string Host { get; init; }
    public required int Port { get; init; }

    /// <summary>Null: in the clear.</summary>
    public required TlsPlan? Tls { get; init; }
    public required SyslogHeader Header { get; init; }

    public required TimeSpan ConnectTimeout { get; init; }

    internal override IDeliveryTransport Create(TimeProvider clock) => new SyslogTransport(this, clock);
}
