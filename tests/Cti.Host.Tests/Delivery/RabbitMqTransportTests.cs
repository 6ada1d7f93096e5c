// What a RabbitMQ sink publishes, to a real broker, and what the broker may refuse.

using Cti.Host.Delivery;
using Cti.Host.Tests.Harness;
using Xunit;
using static Cti.Host.Tests.Delivery.Declared;

namespace Cti.Host.Tests.Delivery;

[Collection(WithRabbitMq.Name)]
public class RabbitMqTransportTests(RabbitMqBroker broker)
{
    [Fact]
    public async Task Messages_are_persistent_and_known_by_the_records_key()
    {
        if (!await broker.IsThereAsync())
        {
            return;
        }

        var queue = await broker.QueueAsync();
        using var work = new Workspace();
        await using var transport = Transport(work, To($"routing_key: {queue}"));
        Assert.Equal("confirmed:2", AssertDelivered(await transport.SendAsync(Batch(0, 2), default)).Receipt);
        var taken = await broker.TakeAsync(queue);
        Assert.Equal([Record(0), Record(1)], taken.Select(message => message.Body));
        Assert.Equal(["indicator--0:1", "indicator--1:1"], taken.Select(message => message.Properties.MessageId));
        Assert.All(
            taken,
            message =>
            {
                Assert.True(message.Properties.Persistent);
                Assert.Equal("application/json", message.Properties.ContentType);
            }
        );
    }

    [Theory]
    [InlineData("routing_key: cti.nowhere", "CTI-SEND-030", "no queue for routing key cti.nowhere")]
    [InlineData("exchange: cti.none, routing_key: k", "CTI-SEND-032", "cti.none")]
    [InlineData("routing_key: k, login: { user: guest, password: wrong }", "CTI-SEND-007", "give them in `login`")]
    public async Task What_the_broker_refuses_somebody_must_mend(string more, string code, string says)
    {
        if (!await broker.IsThereAsync())
        {
            return;
        }

        using var work = new Workspace();
        await using var transport = Transport(work, To(more));
        var failure = AssertFailed(
            transport,
            await transport.SendAsync(Batch(0, 3), default),
            FailureKind.Misconfigured
        );
        Assert.Equal(code, failure.Code);
        Assert.Contains(says, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_virtual_host_that_is_not_there_is_told()
    {
        if (!await broker.IsThereAsync())
        {
            return;
        }

        using var work = new Workspace();
        await using var transport = Transport(
            work,
            $"{{ type: rabbitmq, url: \"amqp://127.0.0.1:{broker.Port}/elsewhere\", routing_key: k }}"
        );
        AssertFailed(transport, await transport.OpenAsync("", default), FailureKind.Misconfigured);
    }

    [Fact]
    public async Task A_password_that_was_renewed_in_its_file_is_read_again()
    {
        if (!await broker.IsThereAsync())
        {
            return;
        }

        var queue = await broker.QueueAsync();
        using var work = new Workspace();
        work.Write("password", "not-any-more\n");
        await using var transport = Transport(
            work,
            To($"routing_key: {queue}, login: {{ user: guest, password: '${{file:password}}' }}")
        );
        var failure = AssertFailed(
            transport,
            await transport.SendAsync(Batch(0, 3), default),
            FailureKind.Misconfigured
        );
        Assert.Contains("check the value of ${file:password}", failure.Message, StringComparison.Ordinal);
        work.Write("password", "guest\n");
        AssertDelivered(await transport.SendAsync(Batch(0, 3), default));
    }

    [Theory]
    [InlineData("127.0.0.1", ", ca: root.pem", true)]
    [InlineData("127.0.0.1", "", false)]
    [InlineData("localhost", ", ca: root.pem", false)]
    public async Task Tls_is_verified_with_the_name(string host, string ca, bool trusted)
    {
        if (!await broker.IsThereAsync())
        {
            return;
        }

        var queue = await broker.QueueAsync();
        using var work = new Workspace();
        work.Write("root.pem", broker.Root);
        await using var transport = Transport(
            work,
            $"{{ type: rabbitmq, url: \"amqps://{host}:{broker.TlsPort}\", routing_key: {queue}{ca} }}"
        );
        var outcome = await transport.SendAsync(Batch(0, 3), default);
        if (trusted)
        {
            AssertDelivered(outcome);
            return;
        }

        Assert.Equal("CTI-SEND-009", AssertFailed(transport, outcome, FailureKind.Misconfigured).Code);
        Assert.Empty(await broker.TakeAsync(queue));
    }

    private string To(string more) => $"{{ type: rabbitmq, url: \"amqp://127.0.0.1:{broker.Port}\", {more} }}";
}
