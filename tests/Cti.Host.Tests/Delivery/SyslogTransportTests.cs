// What a syslog sink sends, and to whom.

using Cti.Host.Delivery;
using Cti.Host.Tests.Harness;
using Xunit;
using static Cti.Host.Tests.Delivery.Declared;

namespace Cti.Host.Tests.Delivery;

public class SyslogTransportTests(Authority authority) : IClassFixture<Authority>
{
    [Fact]
    public async Task A_message_is_one_record_behind_the_declared_header()
    {
        using var receiver = new SyslogReceiver();
        using var work = new Workspace();
        await using var transport = Transport(
            work,
            $"{{ type: syslog, host: 127.0.0.1, port: {receiver.Listener.Port}, protocol: tcp, facility: local3, severity: warning, "
                + "hostname: gateway, app_name: feeds, structured_data: { \"cti@32473\": { site: 'a \"b\" [c]' } } }",
            clock: new FixedClock()
        );
        AssertDelivered(await transport.SendAsync(Batch(0, 2), default));
        await receiver.ReceiveAsync(2);
        Assert.Equal(
            [
                $"<156>1 2026-01-02T03:04:05.678Z gateway feeds - - [cti@32473 site=\"a \\\"b\\\" [c\\]\"] {Record(0)}",
                $"<156>1 2026-01-02T03:04:05.678Z gateway feeds - - [cti@32473 site=\"a \\\"b\\\" [c\\]\"] {Record(1)}",
            ],
            receiver.Messages
        );
    }

    // A record that holds line ends, NUL and the beginning of another frame is still one message.
    [Fact]
    public async Task Nothing_in_a_record_begins_a_message_of_its_own()
    {
        var hostile = "{\"v\":\"a\n14 <0>1 - - - - -\r\n\0\u0085\u007f evil\"}\n"u8.ToArray();
        using var receiver = new SyslogReceiver();
        using var work = new Workspace();
        await using var transport = Transport(work, To(receiver, "protocol: tcp"));
        AssertDelivered(await transport.SendAsync(new DeliveryBatch(hostile, [hostile.Length], ["k:1"]), default));
        AssertDelivered(await transport.SendAsync(Batch(1, 1), default));
        await receiver.ReceiveAsync(2);
        Assert.Empty(receiver.Broken);
        Assert.EndsWith(
            "{\"v\":\"a\\u000A14 <0>1 - - - - -\\u000D\\u000A\\u0000\\u0085\\u007F evil\"}",
            receiver.Messages.First(),
            StringComparison.Ordinal
        );
        Assert.EndsWith(Record(1), receiver.Messages.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tls_is_verified_by_the_declared_authority_and_a_certificate_is_shown()
    {
        using var receiver = new SyslogReceiver(authority.Server, wantsClientCertificate: true);
        using var work = new Workspace();
        work.Write("root.pem", authority.Root);
        work.Write("client.pem", authority.Client);
        work.Write("client.key", authority.EncryptedKey);
        await using var transport = Transport(
            work,
            To(
                receiver,
                "ca: root.pem, client_certificate: { certificate: client.pem, key: client.key, password: '${env:PASSWORD}' }"
            ),
            environment: new Dictionary<string, string> { ["PASSWORD"] = "sesame-1234" }
        );
        AssertDelivered(await transport.SendAsync(Batch(0, 3), default));
        await receiver.ReceiveAsync(3);
    }

    [Theory]
    [InlineData("name", ", ca: root.pem")]
    [InlineData("expired", ", ca: root.pem")]
    [InlineData("self_signed", ", ca: root.pem")]
    [InlineData("good", "")]
    public async Task A_certificate_that_cannot_be_trusted_gets_no_records(string certificate, string ca)
    {
        using var receiver = new SyslogReceiver(
            certificate switch
            {
                "name" => authority.OfAnotherName,
                "expired" => authority.Expired,
                "self_signed" => authority.SelfSigned,
                _ => authority.Server,
            }
        );
        using var work = new Workspace();
        work.Write("root.pem", authority.Root);
        await using var transport = Transport(work, To(receiver, "protocol: tls" + ca));
        var failure = AssertFailed(
            transport,
            await transport.SendAsync(Batch(0, 3), default),
            FailureKind.Misconfigured
        );
        Assert.Equal("CTI-SEND-009", failure.Code);
        Assert.Empty(receiver.Messages);
    }

    [Fact]
    public async Task A_receiver_that_closed_its_side_gets_a_new_connection()
    {
        using var receiver = new SyslogReceiver();
        receiver.Next(ReceiverFault.HalfClosed);
        using var work = new Workspace();
        await using var transport = Transport(work, To(receiver, "protocol: tcp"));
        var sent = 0;
        // Until the FIN has come, what is written arrives all the same: the receiver still reads.
        while (receiver.Connections < 2)
        {
            Assert.True(sent < 100_000, "the closed side was never noticed");
            if (await transport.SendAsync(Batch(sent, 1), default) is Delivered)
            {
                sent++;
            }
        }

        await receiver.ReceiveAsync(sent);
        Assert.Equal(
            Enumerable.Range(0, sent).Select(number => Record(number)),
            receiver
                .Messages.Select(message => message[message.IndexOf('{', StringComparison.Ordinal)..])
                .OrderBy(record => record.Length)
                .ThenBy(record => record, StringComparer.Ordinal)
                .Distinct()
        );
    }

    private static string To(SyslogReceiver receiver, string more) =>
        $"{{ type: syslog, host: 127.0.0.1, port: {receiver.Listener.Port}, {more} }}";

    private sealed class FixedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);
    }
}
