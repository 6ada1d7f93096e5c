// Records as persistent messages to an exchange, each confirmed by the broker: it is in a queue, and on the disk where the queue is durable.

using System.Net.Sockets;
using System.Security.Authentication;
using Cti.Host.Net;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Cti.Host.Delivery.RabbitMq;

internal sealed class RabbitMqTransport(RabbitMqPlan declared, TimeProvider clock) : IDeliveryTransport
{
    private readonly SentBefore _sent = new();
    private RabbitMqPlan _plan = declared;
    private BrokerChannel? _broker;

    public string Endpoint { get; } =
        Uri.TryCreate(declared.Url.Reveal(), UriKind.Absolute, out var url)
            ? declared.Redactor.Redact(url.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped))
            : declared.Url.ToString();

    public BatchLimits Limits { get; } = declared.Limits;

    public async Task<SendOutcome> OpenAsync(string receipt, CancellationToken stop)
    {
        var failure = await ConnectAsync(stop);
        if (failure is { Code: "CTI-SEND-007" })
        {
            // A password that was changed since lies in its file by now.
            _plan = _plan.Renew();
            failure = await ConnectAsync(stop);
        }

        return failure is null ? new Delivered(receipt) : failure;
    }

    public async Task<SendOutcome> SendAsync(DeliveryBatch batch, CancellationToken stop)
    {
        if (await OpenAsync("", stop) is NotDelivered failure)
        {
            return failure;
        }

        var broker = _broker!;
        var missing = _sent.Missing(batch);
        using var time = new CancellationTokenSource(_plan.Timeout, clock);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stop, time.Token, broker.Broken);
        // All are on their way before the first confirmation is waited for; the channel keeps their order.
        var confirmations = new Task[missing.Count];
        for (var at = 0; at < missing.Count; at++)
        {
            confirmations[at] = broker.PublishAsync(batch, missing[at], any.Token);
        }

        NotDelivered? worst = null;
        for (var at = 0; at < missing.Count; at++)
        {
            try
            {
                await confirmations[at];
                _sent.Note(batch, missing[at]);
            }
            catch (Exception error) when (Judge(error) is { } problem)
            {
                worst = worst is null || problem.Kind == FailureKind.Misconfigured ? problem : worst;
            }
        }

        if (worst is null)
        {
            return new Delivered($"confirmed:{batch.Count}", _sent.Close(batch));
        }

        if (worst.Code is not ("CTI-SEND-030" or "CTI-SEND-031"))
        {
            await CloseAsync();
        }

        stop.ThrowIfCancellationRequested();
        return worst;
    }

    public async ValueTask DisposeAsync() => await CloseAsync();

    // Null where there is a channel.
    private async Task<NotDelivered?> ConnectAsync(CancellationToken stop)
    {
        if (_broker is { IsOpen: true })
        {
            return null;
        }

        await CloseAsync();
        using var time = new CancellationTokenSource(_plan.ConnectTimeout, clock);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stop, time.Token);
        try
        {
            _broker = await BrokerChannel.OpenAsync(_plan, any.Token);
            return null;
        }
        catch (Exception error) when (Judge(error) is { } problem)
        {
            stop.ThrowIfCancellationRequested();
            return problem;
        }
    }

    private async Task CloseAsync()
    {
        if (_broker is { } broker)
        {
            _broker = null;
            await broker.DisposeAsync();
        }
    }

    // The library wraps what happened, sometimes several times: what somebody must mend counts most. Null for what is a fault of ours.
    private NotDelivered? Judge(Exception error)
    {
        NotDelivered? found = null;
        for (var inner = error; inner is not null; inner = inner.InnerException)
        {
            if (JudgeOne(inner) is { } one && (found is null || one.Kind == FailureKind.Misconfigured))
            {
                found = one;
            }
        }

        return found is null ? null : found with { Message = $"{Endpoint}: {_plan.Redactor.Redact(found.Message)}." };
    }

    private NotDelivered? JudgeOne(Exception error) =>
        error switch
        {
            PublishException { IsReturn: true } => Misconfigured(
                "CTI-SEND-030",
                $"the broker has no queue for {Route}; bind one, or correct `exchange` and `routing_key`"
            ),
            PublishException => Transient("CTI-SEND-031", "the broker did not take a message (nack); its log says why"),
            PossibleAuthenticationFailureException => Misconfigured("CTI-SEND-007", Login),
            AuthenticationException => Misconfigured(
                "CTI-SEND-009",
                $"no secure connection: {ConnectionException.Words(error)}. If the broker's certificate is issued by an authority of your own, declare `ca`"
            ),
            ConnectionException { Problem: ConnectionProblem.Certificate } => Misconfigured(
                "CTI-SEND-012",
                error.Message
            ),
            ConnectionException => Misconfigured("CTI-SEND-013", error.Message),
            OperationInterruptedException { ShutdownReason: { ReplyCode: 403 or 404 or 406 or 530 } reason } =>
                Misconfigured("CTI-SEND-032", $"the broker refuses {Route}: {reason.ReplyText}"),
            // With a connection that ends the library's own state does, in ways it calls a bug.
            OperationCanceledException
            or InvalidOperationException when _broker is { Broken.IsCancellationRequested: true } => Transient(
                "CTI-SEND-001",
                "the broker is gone: the connection broke"
            ),
            OperationCanceledException or TimeoutException => Transient(
                "CTI-SEND-002",
                _broker?.Blocked is { } why
                    ? $"the broker takes nothing at the moment: {why}"
                    : "the broker did not answer, or confirm, in time (`connect_timeout`, `timeout`)"
            ),
            SocketException or IOException or OperationInterruptedException or ProtocolException => Transient(
                "CTI-SEND-001",
                $"the broker cannot be reached, or is gone: {ConnectionException.Words(error)}"
            ),
            _ => null,
        };

    private string Route =>
        _plan.Exchange.Length == 0
            ? $"routing key {_plan.RoutingKey} of the default exchange"
            : $"routing key {_plan.RoutingKey} of exchange {_plan.Exchange}";

    private string Login =>
        _plan.Credentials is { } login
        && login.Texts.SelectMany(text => text.References).ToList() is { Count: > 0 } names
            ? $"the broker refuses user and password; check the value of {string.Join(" and ", names)}"
            : "the broker refuses user and password; give them in `login`";

    private static NotDelivered Transient(string code, string message) => new(FailureKind.Transient, code, message);

    private static NotDelivered Misconfigured(string code, string message) =>
        new(FailureKind.Misconfigured, code, message);
}
