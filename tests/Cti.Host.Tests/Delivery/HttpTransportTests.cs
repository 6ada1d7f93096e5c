// What an HTTP sink sends, and what it makes of everything a server may answer.

using System.Text;
using Cti.Host.Delivery;
using Cti.Host.Delivery.Http;
using Cti.Host.Tests.Harness;
using Xunit;
using static Cti.Host.Tests.Delivery.Declared;

namespace Cti.Host.Tests.Delivery;

public class HttpTransportTests(Authority authority) : IClassFixture<Authority>
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(2);

    [Theory]
    [InlineData(200, null)]
    [InlineData(202, null)]
    [InlineData(204, null)]
    [InlineData(408, "Transient")]
    [InlineData(409, "Transient")]
    [InlineData(425, "Transient")]
    [InlineData(500, "Transient")]
    [InlineData(502, "Transient")]
    [InlineData(503, "Transient")]
    [InlineData(504, "Transient")]
    [InlineData(429, "Throttled")]
    [InlineData(413, "TooLarge")]
    [InlineData(400, "Terminal")]
    [InlineData(422, "Terminal")]
    [InlineData(401, "Misconfigured")]
    [InlineData(403, "Misconfigured")]
    [InlineData(404, "Misconfigured")]
    [InlineData(405, "Misconfigured")]
    [InlineData(407, "Misconfigured")]
    [InlineData(410, "Misconfigured")]
    [InlineData(415, "Misconfigured")]
    [InlineData(402, "Misconfigured")]
    [InlineData(418, "Misconfigured")]
    public async Task Every_status_says_what_can_be_done(int status, string? kind)
    {
        using var server = new FaultServer();
        server.Next(new Fault.Answer(status, "a reason"), new Fault.Answer(status, "a reason"));
        using var work = new Workspace();
        await using var transport = Transport(work, $"{{ type: http, url: \"{server.Url}\" }}");
        var outcome = await transport.SendAsync(Batch(0, 3), default);
        if (kind is null)
        {
            Assert.StartsWith($"status:{status} id:msg_", AssertDelivered(outcome).Receipt, StringComparison.Ordinal);
            return;
        }

        var failure = AssertFailed(transport, outcome, Enum.Parse<FailureKind>(kind));
        Assert.Contains($"answers {status}", failure.Message, StringComparison.Ordinal);
        Assert.EndsWith("It said: a reason.", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(429, "7", 7)]
    [InlineData(503, "7", 7)]
    [InlineData(429, "Sat, 03 Jan 2026 00:10:00 GMT", 600)]
    [InlineData(429, "Thu, 01 Jan 2026 00:00:00 GMT", 0)]
    [InlineData(429, "99999999", 3600)]
    [InlineData(429, "soon", -1)]
    public async Task A_server_says_how_long_it_wants_to_be_left_alone(int status, string header, int seconds)
    {
        using var server = new FaultServer();
        server.Next(new Fault.Answer(status, "", $"Retry-After: {header}"));
        using var work = new Workspace();
        await using var transport = Transport(
            work,
            $"{{ type: http, url: \"{server.Url}\" }}",
            clock: new FixedClock(new DateTimeOffset(2026, 1, 3, 0, 0, 0, TimeSpan.Zero))
        );
        var failure = AssertFailed(transport, await transport.SendAsync(Batch(0, 3), default), FailureKind.Throttled);
        Assert.Equal(seconds < 0 ? null : TimeSpan.FromSeconds(seconds), failure.NotBefore);
    }

    [Theory]
    [InlineData("reset_before")]
    [InlineData("reset_amid")]
    [InlineData("reset_after")]
    [InlineData("half_answer")]
    [InlineData("hang")]
    [InlineData("slow_read")]
    [InlineData("slow_answer")]
    public async Task A_connection_that_fails_is_tried_again(string fault)
    {
        using var server = new FaultServer();
        server.Next(
            fault switch
            {
                "reset_before" => new Fault.ResetBefore(),
                "reset_amid" => new Fault.ResetAmid(),
                "reset_after" => new Fault.ResetAfter(),
                "half_answer" => new Fault.HalfAnswer(),
                "hang" => new Fault.Hang(),
                "slow_read" => new Fault.SlowRead(),
                _ => new Fault.SlowAnswer(),
            }
        );
        using var work = new Workspace();
        await using var transport = Transport(
            work,
            $"{{ type: http, url: \"{server.Url}\" }}",
            fault.StartsWith("reset", StringComparison.Ordinal) ? Patience : Short
        );
        AssertFailed(transport, await transport.SendAsync(Batch(0, 200), default), FailureKind.Transient);
        AssertDelivered(await transport.SendAsync(Batch(0, 200), default));
        Assert.Single(server.Taken);
    }

    [Fact]
    public async Task An_answer_without_end_is_cut_off()
    {
        using var server = new FaultServer();
        server.Next(new Fault.Endless());
        using var work = new Workspace();
        await using var transport = Transport(work, $"{{ type: http, url: \"{server.Url}\" }}");
        AssertDelivered(await transport.SendAsync(Batch(0, 3), default));
        Assert.InRange(server.Sent, 0, 64_000_000);
        AssertDelivered(await transport.SendAsync(Batch(3, 3), default));
    }

    [Fact]
    public async Task A_page_for_people_is_no_acknowledgement()
    {
        using var server = new FaultServer();
        server.Next(new Fault.Answer(200, "\n<!DOCTYPE html><title>Log in</title>", "Content-Type: text/plain"));
        using var work = new Workspace();
        await using var transport = Transport(work, $"{{ type: http, url: \"{server.Url}\" }}");
        var failure = AssertFailed(
            transport,
            await transport.SendAsync(Batch(0, 3), default),
            FailureKind.Misconfigured
        );
        Assert.Equal("CTI-SEND-011", failure.Code);
    }

    [Theory]
    [InlineData(307, "/", "more than 2 times")]
    [InlineData(302, "/other", "records are sent only where they are declared to go")]
    [InlineData(307, "http://192.0.2.1/", "records are sent only where they are declared to go")]
    [InlineData(307, "ftp://192.0.2.1/", "another scheme")]
    public async Task Redirects_into_a_circle_or_elsewhere_are_not_followed(int status, string to, string says)
    {
        using var server = new FaultServer(judge: _ => Fault.Redirect(to, status));
        using var work = new Workspace();
        await using var transport = Transport(work, $"{{ type: http, url: \"{server.Url}/\", max_redirects: 2 }}");
        var failure = AssertFailed(
            transport,
            await transport.SendAsync(Batch(0, 3), default),
            FailureKind.Misconfigured
        );
        Assert.Equal("CTI-SEND-010", failure.Code);
        Assert.Contains(says, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_on_the_same_server_takes_the_records_along()
    {
        using var server = new FaultServer(judge: request =>
            request.Head.Target == "/new" ? Fault.None : Fault.Redirect("/new", 308)
        );
        using var work = new Workspace();
        await using var transport = Transport(work, $"{{ type: http, url: \"{server.Url}/old\" }}");
        AssertDelivered(await transport.SendAsync(Batch(0, 2), default));
        Assert.Equal($"{Record(0)}\n{Record(1)}\n", server.Taken.Single().Text);
    }

    [Theory]
    [InlineData("ndjson", "application/x-ndjson", "{0}\n{1}\n")]
    [InlineData("json_array", "application/json", "[{0},{1}]")]
    [InlineData("single", "application/json", "{0}")]
    public async Task The_body_has_the_form_that_is_declared(string form, string type, string expected)
    {
        using var server = new FaultServer();
        using var work = new Workspace();
        foreach (var packing in new[] { "none", "gzip" })
        {
            await using var transport = Transport(
                work,
                $"{{ type: http, url: \"{server.Url}/in?x=1\", method: PUT, body: {form}, compression: {packing} }}"
            );
            var count = Math.Min(2, transport.Limits.Records);
            AssertDelivered(await transport.SendAsync(Batch(0, count), default));
            Assert.True(server.Taken.TryDequeue(out var request));
            Assert.Equal(("PUT", "/in?x=1"), (request.Head.Method, request.Head.Target));
            Assert.Equal(type, request["content-type"]);
            Assert.Equal(packing == "gzip" ? "gzip" : null, request["content-encoding"]);
            Assert.Equal(
                expected
                    .Replace("{0}", Record(0), StringComparison.Ordinal)
                    .Replace("{1}", Record(1), StringComparison.Ordinal),
                request.Text
            );
        }
    }

    [Fact]
    public async Task The_same_records_have_the_same_name_at_every_attempt_and_others_another()
    {
        using var server = new FaultServer();
        server.Next(new Fault.Answer(500), new Fault.ResetAfter());
        using var work = new Workspace();
        await using var transport = Transport(work, $"{{ type: http, url: \"{server.Url}\" }}");
        for (var attempt = 0; attempt < 3; attempt++)
        {
            await transport.SendAsync(Batch(0, 10), default);
        }

        await transport.SendAsync(Batch(10, 10), default);
        await transport.SendAsync(Batch(0, 10).Slice(0, 5), default);
        var names = server.Requests.Select(request => request["idempotency-key"]).ToList();
        Assert.Equal(5, names.Count);
        Assert.Single(names.Take(3).Distinct());
        Assert.Equal(3, names.Distinct().Count());
    }

    [Fact]
    public async Task A_token_that_was_renewed_in_its_file_is_read_again_after_a_401()
    {
        using var server = new FaultServer(judge: request =>
            request["x-token"] == "second-token" ? Fault.None : new Fault.Answer(401, $"unknown {request["x-token"]}")
        );
        using var work = new Workspace();
        work.Write("token", "first-token\n");
        await using var transport = Transport(
            work,
            $"{{ type: http, url: \"{server.Url}\", headers: {{ X-Token: '${{file:token}}' }} }}"
        );
        var failure = AssertFailed(
            transport,
            await transport.SendAsync(Batch(0, 3), default),
            FailureKind.Misconfigured
        );
        Assert.Contains(
            "check the value of ${file:token} It said: unknown ${file:token}",
            failure.Message,
            StringComparison.Ordinal
        );
        // Once more with what stands in the file now, and no more often.
        Assert.Equal(2, server.Requests.Count);
        work.Write("token", "second-token\n");
        AssertDelivered(await transport.SendAsync(Batch(0, 3), default));
        Assert.Single(server.Taken);
    }

    [Theory]
    [InlineData("name")]
    [InlineData("expired")]
    [InlineData("self_signed")]
    [InlineData("unknown_authority")]
    public async Task A_certificate_that_cannot_be_trusted_gets_no_records(string fault)
    {
        using var server = new FaultServer(
            fault switch
            {
                "name" => authority.OfAnotherName,
                "expired" => authority.Expired,
                "self_signed" => authority.SelfSigned,
                _ => authority.Server,
            }
        );
        using var work = new Workspace();
        work.Write("root.pem", authority.Root);
        var ca = fault == "unknown_authority" ? "" : ", ca: root.pem";
        await using var transport = Transport(work, $"{{ type: http, url: \"{server.Url}\"{ca} }}");
        var failure = AssertFailed(
            transport,
            await transport.SendAsync(Batch(0, 3), default),
            FailureKind.Misconfigured
        );
        Assert.Equal("CTI-SEND-009", failure.Code);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task An_authority_of_our_own_is_trusted_and_a_missing_one_is_told()
    {
        using var server = new FaultServer(authority.Server);
        using var work = new Workspace();
        work.Write("root.pem", authority.Root);
        await using (var transport = Transport(work, $"{{ type: http, url: \"{server.Url}\", ca: root.pem }}"))
        {
            AssertDelivered(await transport.SendAsync(Batch(0, 3), default));
        }

        await using var without = Transport(work, $"{{ type: http, url: \"{server.Url}\", ca: none.pem }}");
        var failure = AssertFailed(without, await without.OpenAsync("", default), FailureKind.Misconfigured);
        Assert.Equal("CTI-SEND-012", failure.Code);
    }

    // The example that the authors of Standard Webhooks publish with their libraries.
    [Fact]
    public void The_signature_is_that_of_Standard_Webhooks()
    {
        using var request = new HttpRequestMessage();
        HttpBody.Sign(
            request.Headers,
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            DateTimeOffset.FromUnixTimeSeconds(1614265330),
            Encoding.UTF8.GetBytes("{\"test\": 2432232314}"),
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        );
        Assert.Equal(
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            request.Headers.GetValues("webhook-signature").Single()
        );
    }

    [Fact]
    public async Task A_signed_request_carries_its_name_and_its_time()
    {
        using var server = new FaultServer();
        using var work = new Workspace();
        var now = DateTimeOffset.FromUnixTimeSeconds(1767225600);
        await using var transport = Transport(
            work,
            $"{{ type: http, url: \"{server.Url}\", signing: {{ secret: '${{env:KEY}}' }} }}",
            environment: new Dictionary<string, string> { ["KEY"] = "plain text is a key too" },
            clock: new FixedClock(now)
        );
        AssertDelivered(await transport.SendAsync(Batch(0, 3), default));
        var request = server.Taken.Single();
        Assert.Equal(request["idempotency-key"], request["webhook-id"]);
        Assert.Equal("1767225600", request["webhook-timestamp"]);
        using var expected = new HttpRequestMessage();
        HttpBody.Sign(expected.Headers, request["webhook-id"]!, now, request.Body, "plain text is a key too");
        Assert.Equal(expected.Headers.GetValues("webhook-signature").Single(), request["webhook-signature"]);
    }

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
