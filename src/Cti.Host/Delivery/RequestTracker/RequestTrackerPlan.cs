// A queue of Request Tracker, as declared: every setting with its meaning; defaults and ranges stand in the core's RequestTrackerDecoder.

using Cti.Core;
using Cti.Host.Config;
using Cti.Host.Delivery.Http;
using Cti.Host.Net;

namespace Cti.Host.Delivery.RequestTracker;

/// <summary>`to: { type: request_tracker }`, paths and references resolved.</summary>
public sealed record RequestTrackerPlan : TransportPlan
{
    /// <summary>Where people find RT; the API is below it.</summary>
    public required ConfiguredText Url { get; init; }

    /// <summary>An authentication token; null where the connection says who asks.</summary>
    public required ConfiguredText? Token { get; init; }
    public required string Queue { get; init; }

    /// <summary>How tickets are written.</summary>
    public required TicketRules Rules { get; init; }
    public required HttpConnectionPlan Connection { get; init; }

    /// <summary>How many are followed, within the same server.</summary>
    public required int MaxRedirects { get; init; }

    /// <summary>The same with the files of its secrets read again.</summary>
    public required Func<RequestTrackerPlan> Renew { get; init; }

    /// <summary>Custom fields that tickets of the queue must have.</summary>
    internal IEnumerable<string> CustomFields =>
        [Rules.IndicatorField, Rules.StateField, .. Rules.Fields.Select(shown => shown.Item1)];

    /// <summary>What its secrets are written as.</summary>
    internal IReadOnlyList<string> References =>
        [
            .. new[] { Url }
                .Concat(Connection.Texts)
                .Concat(Token is { } token ? [token] : [])
                .SelectMany(text => text.References)
                .Distinct(StringComparer.Ordinal),
        ];

    internal override IDeliveryTransport Create(TimeProvider clock) => new RequestTrackerTransport(this, clock);
}
