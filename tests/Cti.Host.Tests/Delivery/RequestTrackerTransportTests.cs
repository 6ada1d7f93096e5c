// What a ticket sink makes of everything RT may answer, and of an RT that does not do what it says.

using Cti.Host.Delivery;
using Cti.Host.Tests.Delivery.Contract;
using Cti.Host.Tests.Harness;
using Xunit;
using static Cti.Host.Tests.Delivery.Declared;

namespace Cti.Host.Tests.Delivery;

public class RequestTrackerTransportTests
{
    [Theory]
    [InlineData(408, "Transient", "CTI-SEND-003")]
    [InlineData(500, "Transient", "CTI-SEND-003")]
    [InlineData(502, "Transient", "CTI-SEND-003")]
    [InlineData(503, "Transient", "CTI-SEND-003")]
    [InlineData(429, "Throttled", "CTI-SEND-004")]
    [InlineData(400, "Misconfigured", "CTI-SEND-008")]
    [InlineData(401, "Misconfigured", "CTI-SEND-007")]
    [InlineData(403, "Misconfigured", "CTI-SEND-041")]
    [InlineData(404, "Misconfigured", "CTI-SEND-008")]
    [InlineData(407, "Misconfigured", "CTI-SEND-007")]
    [InlineData(418, "Misconfigured", "CTI-SEND-008")]
    [InlineData(302, "Misconfigured", "CTI-SEND-010")]
    public async Task Every_status_says_what_can_be_done(int status, string kind, string code)
    {
        await using var rig = new RequestTrackerRig();
        await using var transport = rig.Create();
        AssertDelivered(await transport.OpenAsync("", default));
        var answer = new Fault.Answer(status, "a reason", "Location: http://elsewhere.example/");
        rig.Server.Next(answer, answer);
        var failure = AssertFailed(
            transport,
            await transport.SendAsync(rig.Batch(0, 1), default),
            Enum.Parse<FailureKind>(kind)
        );
        Assert.Equal(code, failure.Code);
        Assert.Empty(rig.Desk.Tickets);
    }

    [Fact]
    public async Task It_waits_as_long_as_it_is_asked_to()
    {
        await using var rig = new RequestTrackerRig();
        await using var transport = rig.Create();
        AssertDelivered(await transport.OpenAsync("", default));
        rig.Server.Next(new Fault.Answer(503, "", "Retry-After: 7"));
        var failure = AssertFailed(
            transport,
            await transport.SendAsync(rig.Batch(0, 1), default),
            FailureKind.Throttled
        );
        Assert.Equal(TimeSpan.FromSeconds(7), failure.NotBefore);
    }

    [Fact]
    public async Task A_ticket_that_RT_refuses_is_named_and_the_others_are_written()
    {
        await using var rig = new RequestTrackerRig();
        rig.Desk.Refused = Record(1);
        await using var transport = rig.Create();
        var delivered = AssertDelivered(await transport.SendAsync(rig.Batch(0, 3), default));
        var refused = Assert.Single(delivered.Refused);
        Assert.Equal((1, "CTI-SEND-040"), (refused.Index, refused.Code));
        Assert.Contains("no such thing", refused.Message, StringComparison.Ordinal);
        Assert.Equal([Record(0), Record(2)], await rig.TakenAsync(2));
    }

    [Fact]
    public async Task A_token_that_was_renewed_in_its_file_is_read_again_after_a_401()
    {
        using var work = new Workspace();
        await using var rig = new RequestTrackerRig();
        rig.Server.Judge = request =>
            request["authorization"] == "token second-token" ? rig.Desk.Judge(request) : new Fault.Answer(401);
        work.Write("token", "first-token\n");
        await using var transport = Transport(
            work,
            $"{{ type: request_tracker, url: \"{rig.Server.Url}\", queue: Threats, token: '${{file:token}}' }}"
        );
        var failure = AssertFailed(transport, await transport.OpenAsync("", default), FailureKind.Misconfigured);
        Assert.Contains("check the value of ${file:token}", failure.Message, StringComparison.Ordinal);
        Assert.Equal(2, rig.Server.Requests.Count);
        work.Write("token", "second-token\n");
        AssertDelivered(await transport.OpenAsync("", default));
        AssertDelivered(await transport.SendAsync(rig.Batch(0, 1), default));
    }

    [Fact]
    public async Task A_redirect_on_the_same_server_is_followed_with_all_that_was_asked()
    {
        await using var rig = new RequestTrackerRig();
        await using var transport = rig.Create();
        AssertDelivered(await transport.OpenAsync("", default));
        rig.Server.Judge = request =>
            request.Head.Target.StartsWith("/rt/", StringComparison.Ordinal)
                ? Fault.Redirect($"/moved{request.Head.Target}")
                : rig.Desk.Judge(request);
        AssertDelivered(await transport.SendAsync(rig.Batch(0, 1), default));
        Assert.Equal([Record(0)], await rig.TakenAsync(1));
    }

    [Theory]
    [InlineData("<html><body>Please log in")]
    [InlineData("[]")]
    [InlineData("{\"items\":[{\"id\":\"none\"}]}")]
    public async Task What_is_no_answer_of_RT_is_taken_for_none(string answer)
    {
        await using var rig = new RequestTrackerRig();
        await using var transport = rig.Create();
        AssertDelivered(await transport.OpenAsync("", default));
        rig.Server.Next(new Fault.Answer(200, answer));
        var failure = AssertFailed(
            transport,
            await transport.SendAsync(rig.Batch(0, 1), default),
            FailureKind.Misconfigured
        );
        Assert.Equal("CTI-SEND-042", failure.Code);
    }

    [Fact]
    public async Task A_queue_without_the_fields_is_told_before_anything_is_written()
    {
        await using var rig = new RequestTrackerRig();
        rig.Desk.CustomFields.Remove("CTI State");
        await using var transport = rig.Create();
        var failure = AssertFailed(transport, await transport.OpenAsync("", default), FailureKind.Misconfigured);
        Assert.Equal("CTI-SEND-041", failure.Code);
        Assert.Contains("no custom field `CTI State`", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_step_that_RT_does_not_take_is_a_dead_letter_and_never_done_twice()
    {
        await using var rig = new RequestTrackerRig();
        await using var transport = rig.Create();
        AssertDelivered(await transport.SendAsync(rig.Batch(0, 1), default));
        rig.Desk.Forbidden.Add("resolved");
        var batch = RequestTrackerRig.Withdrawal(0);
        var refused = Assert.Single(AssertDelivered(await transport.SendAsync(batch, default)).Refused);
        Assert.Equal("CTI-SEND-043", refused.Code);
        Assert.Contains("does not set status `resolved` of ticket 1", refused.Message, StringComparison.Ordinal);
        Assert.Contains("It said: [\"Ticket 1: as it may be\"]", refused.Message, StringComparison.Ordinal);
        // Nobody is told what is not so.
        Assert.Single(Assert.Single(rig.Desk.Tickets).Texts);
        rig.Desk.Forbidden.Clear();
        Assert.Empty(AssertDelivered(await transport.SendAsync(batch, default)).Refused);
        Assert.Equal("resolved", Assert.Single(rig.Desk.Tickets).Status);
    }

    [Fact]
    public async Task A_ticket_that_is_made_and_not_found_stops_the_sink_before_there_is_another()
    {
        await using var rig = new RequestTrackerRig();
        await using var transport = rig.Create();
        AssertDelivered(await transport.OpenAsync("", default));
        // As where the user may make tickets, and not set their fields.
        rig.Desk.CustomFields.Clear();
        var failure = AssertFailed(
            transport,
            await transport.SendAsync(rig.Batch(0, 2), default),
            FailureKind.Misconfigured
        );
        Assert.Contains("does not find it by its custom field", failure.Message, StringComparison.Ordinal);
        Assert.Single(rig.Desk.Tickets);
    }

    [Fact]
    public async Task What_is_no_line_of_ndjson_makes_no_ticket()
    {
        await using var rig = new RequestTrackerRig();
        await using var transport = rig.Create();
        Assert.Equal(
            ["CTI-SEND-040", "CTI-SEND-040"],
            AssertDelivered(await transport.SendAsync(Batch(0, 2), default)).Refused.Select(refused => refused.Code)
        );
        Assert.Empty(rig.Desk.Tickets);
    }
}
