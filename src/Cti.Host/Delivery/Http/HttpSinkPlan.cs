// Requests to a web server, as declared: every setting with its meaning; defaults and ranges stand in the core's TargetDecoder.

using Cti.Core.Declare;
using Cti.Host.Config;
using Cti.Host.Net;

namespace Cti.Host.Delivery.Http;

/// <summary>`to: { type: http }`, paths and references resolved.</summary>
public sealed record HttpSinkPlan : TransportPlan
{
    public required ConfiguredText Url { get; init; }
    public required System.Net.Http.HttpMethod Method { get; init; }
    public required BodyForm Body { get; init; }

    /// <summary>Null: what the form says.</summary>
    public required string? ContentType { get; init; }

    /// <summary>Whether the body is sent as gzip.</summary>
    public required bool IsPacked { get; init; }

    /// <summary>The key that requests are signed with; null for none.</summary>
    public required ConfiguredText? SigningSecret { get; init; }
    public required HttpConnectionPlan Connection { get; init; }

    public required int MaxRedirects { get; init; }

    /// <summary>The same with the files of its secrets read again.</summary>
    public required Func<HttpSinkPlan> Renew { get; init; }

    /// <summary>Every text that may hold a secret, for telling which values to check.</summary>
    internal IEnumerable<ConfiguredText> Texts =>
        [Url, .. Connection.Texts, .. SigningSecret is { } secret ? new[] { secret } : []];

    internal override IDeliveryTransport Create(TimeProvider clock) => new HttpTransport(this, clock);
}
