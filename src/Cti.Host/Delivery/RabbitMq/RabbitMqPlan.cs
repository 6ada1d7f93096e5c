// An exchange of a RabbitMQ broker, as declared; defaults and ranges stand in the core's TargetDecoder.

using Cti.Host.Config;
using Cti.Host.Net;

namespace Cti.Host.Delivery.RabbitMq;

/// <summary>`to: { type: rabbitmq }`, paths and references resolved.</summary>
public sealed record RabbitMqPlan : TransportPlan
{
    public required ConfiguredText Url { get; init; }

    /// <summary>Null for the broker's own guest.</summary>
    public required CredentialsPlan? Credentials { get; init; }
    public required TlsPlan Tls { get; init; }

    /// <summary>Empty for the default exchange.</summary>
    public required string Exchange { get; init; }
    public required string RoutingKey { get; init; }
    public required TimeSpan ConnectTimeout { get; init; }

    public required TimeSpan Heartbeat { get; init; }

    /// <summary>The same with the files of its secrets read again.</summary>
    public required Func<RabbitMqPlan> Renew { get; init; }

    internal override IDeliveryTransport Create(TimeProvider clock) => new RabbitMqTransport(this, clock);
}
