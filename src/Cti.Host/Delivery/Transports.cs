// From the declared target of a stream sink to the transport that reaches it: the one place that knows every kind.

using Cti.Core.Declare;
using Cti.Host.Config;
using Cti.Host.Delivery.Command;
using Cti.Host.Delivery.Http;
using Cti.Host.Delivery.RabbitMq;
using Cti.Host.Delivery.RequestTracker;
using Cti.Host.Delivery.Syslog;
using Cti.Host.Delivery.Taxii;
using Cti.Host.Run;

namespace Cti.Host.Delivery;

internal static class Transports
{
    // What receivers take without being asked, and what is lost time where it must go again.
    private static readonly BatchLimits Usual = new(500, 1_000_000);

    // Whoever drives a transport ends it after the whole time: a little earlier it can still say what it waited for.
    private const double Share = 0.95;

    /// <summary>A transport for a stream sink; nothing is opened yet.</summary>
    public static IDeliveryTransport Create(SinkPlan sink, TimeProvider clock) =>
        sink.Transport is { } plan ? plan.Create(clock) : new FileTransport(sink.Path);

    /// <summary>How a target is reached; null for a file.</summary>
    /// <param name="target">As declared.</param>
    /// <param name="timeout">Of one send, until it is acknowledged.</param>
    /// <param name="resolver">Resolves paths and references.</param>
    public static TransportPlan? Plan(Target target, TimeSpan timeout, Resolver resolver) =>
        PlanWithin(target, timeout * Share, resolver);

    private static TransportPlan? PlanWithin(Target target, TimeSpan timeout, Resolver resolver) =>
        target switch
        {
            Target.File or Target.Directory or Target.TaxiiCollection => null,
            Target.Http { Item: var http } => Http(http, timeout, resolver),
            Target.Syslog { Item: var syslog } => new SyslogPlan
            {
                Host = syslog.Host,
                Port = syslog.Port,
                Tls = syslog.Security is SyslogSecurity.Tls { Item: var tls } ? resolver.Tls(tls) : null,
                Header = syslog.Header,
                ConnectTimeout = syslog.ConnectTimeout,
                Timeout = timeout,
                Limits = Usual,
                Redactor = resolver.Redactor,
            },
            Target.Command { Item: var command } => new CommandSinkPlan
            {
                Program = resolver.Program(command.Run, command.Environment),
                Timeout = timeout,
                Grace = command.Grace,
                Limits = Usual,
                Redactor = resolver.Redactor,
            },
            Target.RabbitMq { Item: var broker } => RabbitMq(broker, timeout, resolver),
            Target.RequestTracker { Item: var tracker } => RequestTracker(tracker, timeout, resolver),
            Target.Taxii { Item: var taxii } => Taxii(taxii, timeout, resolver),
            _ => throw new InvalidOperationException("a new kind of target"),
        };

    private static HttpSinkPlan Http(HttpTarget http, TimeSpan timeout, Resolver resolver) =>
        new()
        {
            Url = resolver.Text(http.Url),
            Method = http.Method.IsPut ? System.Net.Http.HttpMethod.Put : System.Net.Http.HttpMethod.Post,
            Body = http.Body,
            ContentType = http.ContentType?.Value,
            IsPacked = http.Packing.IsGzip,
            SigningSecret = resolver.Optional(http.SigningSecret),
            Connection = resolver.Connection(http.Connection),
            Timeout = timeout,
            MaxRedirects = http.MaxRedirects,
            // One request carries one record then: what it answers is about that one.
            Limits = http.Body.IsSingle ? Usual with { Records = 1 } : Usual,
            Redactor = resolver.Redactor,
            Renew = () => Http(http, timeout, resolver.Reread() ?? resolver),
        };

    private static RabbitMqPlan RabbitMq(RabbitMqTarget broker, TimeSpan timeout, Resolver resolver) =>
        new()
        {
            Url = resolver.Text(broker.Url),
            Credentials = resolver.Credentials(broker.Credentials),
            Tls = resolver.Tls(broker.Tls),
            Exchange = broker.Exchange,
            RoutingKey = broker.RoutingKey,
            ConnectTimeout = broker.ConnectTimeout,
            Timeout = timeout,
            Heartbeat = broker.Heartbeat,
            Limits = Usual,
            Redactor = resolver.Redactor,
            Renew = () => RabbitMq(broker, timeout, resolver.Reread() ?? resolver),
        };

    private static RequestTrackerPlan RequestTracker(
        RequestTrackerTarget tracker,
        TimeSpan timeout,
        Resolver resolver
    ) =>
        new()
        {
            Url = resolver.Text(tracker.Url),
            Token = resolver.Optional(tracker.Token),
            Queue = tracker.Queue,
            Rules = tracker.Rules,
            Connection = resolver.Connection(tracker.Connection),
            MaxRedirects = tracker.MaxRedirects,
            Timeout = timeout,
            // Each takes several requests, and is acknowledged by itself.
            Limits = Usual with
            {
                Records = 1,
            },
            Redactor = resolver.Redactor,
            Renew = () => RequestTracker(tracker, timeout, resolver.Reread() ?? resolver),
        };

    private static TaxiiPushPlan Taxii(TaxiiTarget taxii, TimeSpan timeout, Resolver resolver) =>
        new()
        {
            Url = resolver.Text(taxii.Url),
            Collection = taxii.Collection?.Value,
            Connection = resolver.Connection(taxii.Connection),
            MaxRedirects = taxii.MaxRedirects,
            Timeout = timeout,
            Limits = Usual,
            Redactor = resolver.Redactor,
            Renew = () => Taxii(taxii, timeout, resolver.Reread() ?? resolver),
        };
}
