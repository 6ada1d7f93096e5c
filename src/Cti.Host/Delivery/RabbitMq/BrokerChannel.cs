// A connection to a broker with one channel that confirms what is published on it.

using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Cti.Host.Net;
using RabbitMQ.Client;

namespace Cti.Host.Delivery.RabbitMq;

/// <summary>Disposing closes both.</summary>
internal sealed class BrokerChannel : IAsyncDisposable
{
    private static readonly TimeSpan ClosingTime = TimeSpan.FromSeconds(2);
    private readonly RabbitMqPlan _plan;
    private readonly IConnection _connection;
    private readonly IChannel _channel;
    private readonly CancellationTokenSource _broken = new();

    private BrokerChannel(RabbitMqPlan plan, IConnection connection, IChannel channel)
    {
        _plan = plan;
        _connection = connection;
        _channel = channel;
        connection.ConnectionBlockedAsync += (_, blocked) =>
        {
            Blocked = blocked.Reason;
            return Task.CompletedTask;
        };
        connection.ConnectionShutdownAsync += (_, _) => _broken.CancelAsync();
        connection.ConnectionUnblockedAsync += (_, _) =>
        {
            Blocked = null;
            return Task.CompletedTask;
        };
    }

    public bool IsOpen => _channel.IsOpen;

    /// <summary>Cancelled when the connection ends: the library leaves some confirmations waiting for ever then.</summary>
    public CancellationToken Broken => _broken.Token;

    /// <summary>Why the broker takes nothing at the moment; null while it does.</summary>
    public string? Blocked { get; private set; }

    /// <exception cref="ConnectionException">A setting cannot be used.</exception>
    public static async Task<BrokerChannel> OpenAsync(RabbitMqPlan plan, CancellationToken stop)
    {
        var connection = await Factory(plan).CreateConnectionAsync("cti", stop);
        try
        {
            // A batch is bounded, so that no further bound on what is not yet confirmed is needed.
            var options = new CreateChannelOptions(
                publisherConfirmationsEnabled: true,
                publisherConfirmationTrackingEnabled: true,
                outstandingPublisherConfirmationsRateLimiter: null
            );
            return new BrokerChannel(plan, connection, await connection.CreateChannelAsync(options, stop));
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Publishes one record; ends when the broker has confirmed it.</summary>
    public async Task PublishAsync(DeliveryBatch batch, int index, CancellationToken stop)
    {
        var record = batch.Record(index);
        var properties = new BasicProperties
        {
            Persistent = true,
            MessageId = batch.Keys[index],
            ContentType = "application/json",
            AppId = "cti",
        };
        await _channel.BasicPublishAsync(
            _plan.Exchange,
            _plan.RoutingKey,
            mandatory: true,
            properties,
            record.Span is [.., (byte)'\n'] ? record[..^1] : record,
            stop
        );
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await CloseAsync().WaitAsync(ClosingTime);
        }
        catch (TimeoutException)
        {
            // A broker that says nothing any more is not waited for: the library gives up by itself, long after us.
            return;
        }
    }

    private async Task CloseAsync()
    {
        await _connection.CloseAsync(200, "bye", ClosingTime, abort: true);
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }

    // By hand: given a whole URL, the library would let a certificate for another name pass.
    private static ConnectionFactory Factory(RabbitMqPlan plan)
    {
        if (
            !Uri.TryCreate(plan.Url.Reveal(), UriKind.Absolute, out var url)
            || url.Scheme is not ("amqp" or "amqps")
            || url.UserInfo.Length > 0
            || url.Host.Length == 0
        )
        {
            throw ConnectionException.BadUrl();
        }

        var isSecure = url.Scheme == "amqps";
        var host = Uri.UnescapeDataString(url.AbsolutePath.TrimStart('/'));
        var factory = new ConnectionFactory
        {
            HostName = url.IdnHost,
            Port =
                url.Port > 0 ? url.Port
                : isSecure ? 5671
                : 5672,
            VirtualHost = host.Length > 0 ? host : "/",
            // Whoever sends says when it is tried again.
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
            RequestedHeartbeat = plan.Heartbeat,
            RequestedConnectionTimeout = plan.ConnectTimeout,
            HandshakeContinuationTimeout = plan.ConnectTimeout,
            SocketReadTimeout = plan.ConnectTimeout,
            SocketWriteTimeout = plan.Timeout,
        };
        if (plan.Credentials is { } login)
        {
            factory.UserName = login.User.Reveal();
            factory.Password = login.Password.Reveal();
        }

        factory.Ssl = isSecure ? Tls(plan.Tls, url.IdnHost) : new SslOption();
        return factory;
    }

    private static SslOption Tls(TlsPlan plan, string host)
    {
        var options = TlsFiles.Options(plan);
        var ssl = new SslOption(host, enabled: true);
        if (options.ClientCertificateContext is { } shown)
        {
            ssl.Certs = [shown.TargetCertificate];
        }

        if (options.CertificateChainPolicy is { } policy)
        {
            ssl.CertificateValidationCallback = (_, certificate, chain, errors) =>
                Trusts(policy, certificate, chain, errors);
        }

        return ssl;
    }

    // What the machine thinks of the chain does not count where authorities are declared; the name always does.
    private static bool Trusts(
        X509ChainPolicy policy,
        X509Certificate? certificate,
        X509Chain? sent,
        SslPolicyErrors errors
    )
    {
        if (certificate is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
        {
            return false;
        }

        using var chain = new X509Chain { ChainPolicy = policy.Clone() };
        if (sent is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainElements.Select(element => element.Certificate).ToArray());
        }

        return chain.Build((X509Certificate2)certificate);
    }
}
