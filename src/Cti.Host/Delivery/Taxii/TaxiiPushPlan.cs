// A collection that is written to, as declared: every setting with its meaning; defaults and ranges stand in the core's TargetDecoder.

using Cti.Host.Config;
using Cti.Host.Net;

namespace Cti.Host.Delivery.Taxii;

/// <summary>`to: { type: taxii }`, paths and references resolved.</summary>
public sealed record TaxiiPushPlan : TransportPlan
{
    /// <summary>Of the discovery, an API root or a collection.</summary>
    public required ConfiguredText Url { get; init; }

    /// <summary>Id, alias or title; null where the URL says it, or there is only one that may be written.</summary>
    public required string? Collection { get; init; }

    public required HttpConnectionPlan Connection { get; init; }

    public required int MaxRedirects { get; init; }

    /// <summary>The same with the files of its secrets read again.</summary>
    public required Func<TaxiiPushPlan> Renew { get; init; }

    /// <summary>What the secrets are written as, for telling which values to check.</summary>
    internal IReadOnlyList<string> References =>
        [.. Connection.Texts.Prepend(Url).SelectMany(text => text.References).Distinct(StringComparer.Ordinal)];

    internal override IDeliveryTransport Create(TimeProvider clock) => new TaxiiTransport(this, clock);
}
