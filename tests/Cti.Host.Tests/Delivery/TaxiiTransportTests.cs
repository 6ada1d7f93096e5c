// What a TAXII sink sends and how it reads what the server says of it, against a receiver that holds every request to the specification.

using System.Text.Json;
using Cti.Host.Delivery;
using Cti.Host.Tests.Harness;
using Xunit;
using static Cti.Host.Tests.Delivery.Contract.TaxiiRig;
using static Cti.Host.Tests.Delivery.Declared;

namespace Cti.Host.Tests.Delivery;

public class TaxiiTransportTests
{
    [Theory]
    [InlineData("/taxii2/", "collection: Blocked")]
    [InlineData("/taxii2", "collection: 91A7B528-80EB-42ED-A74D-C6FBD5A26116")]
    [InlineData("", "")]
    [InlineData("/api1", "collection: blocked")]
    [InlineData("/api1/collections/91a7b528-80eb-42ed-a74d-c6fbd5a26116", "")]
    [InlineData("/api1/collections/91a7b528-80eb-42ed-a74d-c6fbd5a26116/objects/", "")]
    public async Task A_collection_is_found_from_wherever_its_URL_begins(string path, string collection)
    {
        using var receiver = new TaxiiReceiver();
        using var work = new Workspace();
        await using var transport = To(work, receiver.Url + path, collection);
        AssertDelivered(await transport.OpenAsync("", default));
        Assert.StartsWith(
            "status:",
            AssertDelivered(await transport.SendAsync(Envelopes(0, 3), default)).Receipt,
            StringComparison.Ordinal
        );
        Assert.Empty(receiver.Wrong);
        // What all refer to is there once, in front.
        Assert.Equal(["identity", "indicator", "indicator", "indicator"], receiver.Held.Select(Type));
    }

    [Fact]
    public async Task A_collection_that_is_not_to_be_written_is_told_before_anything_is_sent()
    {
        using var receiver = new TaxiiReceiver { CanWrite = false };
        using var work = new Workspace();
        foreach (var url in new[] { receiver.Discovery, $"{receiver.Url}/api1/collections/{TaxiiReceiver.Id}/" })
        {
            await using var transport = To(work, url);
            var failure = AssertFailed(transport, await transport.OpenAsync("", default), FailureKind.Misconfigured);
            Assert.Equal("CTI-SEND-052", failure.Code);
            Assert.Contains("Blocked", failure.Message, StringComparison.Ordinal);
            Assert.Contains("`can_write` is false", failure.Message, StringComparison.Ordinal);
        }

        await using var other = To(work, receiver.Discovery, "collection: Elsewhere");
        var missing = AssertFailed(other, await other.OpenAsync("", default), FailureKind.Misconfigured);
        Assert.Equal("CTI-SEND-051", missing.Code);
        Assert.Contains("(not writable)", missing.Message, StringComparison.Ordinal);
        Assert.Equal(0, receiver.Posts);
    }

    [Fact]
    public async Task No_request_is_larger_than_the_server_takes()
    {
        using var receiver = new TaxiiReceiver { MaxContentLength = 5_000 };
        using var work = new Workspace();
        await using var transport = To(work, receiver.Discovery);
        var batch = Envelopes(0, 100);
        AssertDelivered(await transport.SendAsync(batch, default));
        Assert.Empty(receiver.Wrong);
        Assert.True(receiver.Posts > 3);
        Assert.All(receiver.Lengths, length => Assert.InRange(length, 1, 5_000));
        Assert.Equal(100, receiver.Held.Count(item => Type(item) == "indicator"));

        // Alone too large: it is a dead letter, and the others go.
        var large = Envelopes(200, 1, padding: 6_000);
        var mixed = Join(Envelopes(198, 2), large, Envelopes(201, 2));
        var delivered = AssertDelivered(await transport.SendAsync(mixed, default));
        var refused = Assert.Single(delivered.Refused);
        Assert.Equal((2, "CTI-SEND-005"), (refused.Index, refused.Code));
        Assert.Contains("5000 bytes", refused.Message, StringComparison.Ordinal);
        Assert.Equal(104, receiver.Held.Count(item => Type(item) == "indicator"));
        Assert.Empty(receiver.Wrong);
    }

    [Fact]
    public async Task A_request_is_done_when_its_status_is_complete()
    {
        using var receiver = new TaxiiReceiver { Pending = 4 };
        using var work = new Workspace();
        var clock = new LeapingClock();
        await using var transport = To(work, receiver.Discovery, clock: clock, timeout: TimeSpan.FromHours(2));
        AssertDelivered(await transport.SendAsync(Envelopes(0, 5), default));
        Assert.Equal(4, Statuses(receiver));
        Assert.Equal([0.1, 0.2, 0.4, 0.8], clock.Leaps.Select(leap => leap.TotalSeconds));
    }

    [Fact]
    public async Task A_status_that_never_completes_is_given_up_and_the_same_objects_are_sent_again()
    {
        using var receiver = new TaxiiReceiver { Pending = int.MaxValue };
        using var work = new Workspace();
        await using var transport = To(work, receiver.Discovery, timeout: TimeSpan.FromSeconds(1));
        var batch = Envelopes(0, 5);
        var failure = AssertFailed(transport, await transport.SendAsync(batch, default), FailureKind.Transient);
        Assert.Equal("CTI-SEND-054", failure.Code);
        Assert.Contains("still 9 objects", failure.Message, StringComparison.Ordinal);
        receiver.Pending = 0;
        AssertDelivered(await transport.SendAsync(batch, default));
        Assert.Equal(6, receiver.Held.Count);
    }

    [Fact]
    public async Task What_the_server_refuses_is_told_of_each_object_with_its_words()
    {
        using var receiver = new TaxiiReceiver
        {
            Refuses = item =>
                Type(item) == "indicator" && item.GetProperty("n").GetInt32() is 3 or 7 ? "no room for it" : null,
        };
        using var work = new Workspace();
        await using var transport = To(work, receiver.Discovery);
        var delivered = AssertDelivered(await transport.SendAsync(Envelopes(0, 10), default));
        Assert.Equal([3, 7], delivered.Refused.Select(refused => refused.Index));
        Assert.All(
            delivered.Refused,
            refused =>
            {
                Assert.Equal("CTI-SEND-053", refused.Code);
                Assert.EndsWith("It says: no room for it", refused.Message, StringComparison.Ordinal);
            }
        );

        // One that says how many, and not which: halves find it.
        receiver.NamesFailures = false;
        var failure = AssertFailed(
            transport,
            await transport.SendAsync(Envelopes(0, 10), default),
            FailureKind.Terminal
        );
        Assert.Equal("CTI-SEND-053", failure.Code);
    }

    [Fact]
    public async Task What_all_share_may_be_refused_without_harm()
    {
        using var receiver = new TaxiiReceiver();
        using var work = new Workspace();
        await using var transport = To(work, receiver.Discovery);
        AssertDelivered(await transport.SendAsync(Envelopes(0, 1), default));
        receiver.Refuses = item => Type(item) == "identity" ? "it is there" : null;
        var delivered = AssertDelivered(await transport.SendAsync(Envelopes(1, 2), default));
        Assert.Empty(delivered.Refused);
        Assert.EndsWith("shared_refused:1", delivered.Receipt, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401, "Misconfigured", "CTI-SEND-007", "X-Key")]
    [InlineData(403, "Misconfigured", "CTI-SEND-007", "")]
    [InlineData(404, "Misconfigured", "CTI-SEND-008", "TAXII servers answer both alike")]
    [InlineData(406, "Misconfigured", "CTI-SEND-008", "does not speak TAXII 2.1")]
    [InlineData(415, "Misconfigured", "CTI-SEND-008", "does not speak TAXII 2.1")]
    [InlineData(413, "TooLarge", "CTI-SEND-005", "max_content_length")]
    [InlineData(422, "Terminal", "CTI-SEND-006", "does not take these objects")]
    [InlineData(429, "Throttled", "CTI-SEND-004", "asked too often")]
    [InlineData(500, "Transient", "CTI-SEND-003", "")]
    public async Task Every_status_says_what_can_be_done(int status, string kind, string code, string words)
    {
        using var receiver = new TaxiiReceiver
        {
            Override = request =>
                TaxiiReceiver.IsPost(request)
                    ? TaxiiReceiver.Json("""{"title":"A reason","description":"in detail"}""", status)
                    : null,
        };
        using var work = new Workspace();
        await using var transport = To(work, receiver.Discovery);
        AssertDelivered(await transport.OpenAsync("", default));
        var failure = AssertFailed(
            transport,
            await transport.SendAsync(Envelopes(0, 3), default),
            Enum.Parse<FailureKind>(kind)
        );
        Assert.Equal(code, failure.Code);
        Assert.Contains($"answers {status}", failure.Message, StringComparison.Ordinal);
        Assert.Contains(words == "X-Key" ? "headers" : words, failure.Message, StringComparison.Ordinal);
        Assert.EndsWith("It says: A reason: in detail.", failure.Message, StringComparison.Ordinal);
        // Who refuses who asks is asked once more, with secrets read again.
        Assert.Equal(status is 401 or 403 ? 2 : 1, receiver.Posts);
    }

    [Theory]
    [InlineData("<!doctype html><title>Login</title>")]
    [InlineData("{\"id\":\"1\"}")]
    [InlineData("")]
    public async Task An_answer_that_is_no_status_is_no_acknowledgement(string body)
    {
        using var receiver = new TaxiiReceiver
        {
            Override = request => TaxiiReceiver.IsPost(request) ? TaxiiReceiver.Json(body, 202) : null,
        };
        using var work = new Workspace();
        await using var transport = To(work, receiver.Discovery);
        var failure = AssertFailed(
            transport,
            await transport.SendAsync(Envelopes(0, 3), default),
            FailureKind.Misconfigured
        );
        Assert.Equal("CTI-SEND-050", failure.Code);
    }

    [Fact]
    public async Task A_password_that_was_renewed_is_read_again()
    {
        using var receiver = new TaxiiReceiver
        {
            Override = request =>
                request["X-Key"] == "new" ? null : TaxiiReceiver.Json("""{"title":"Unauthorized"}""", 401),
        };
        using var work = new Workspace();
        work.Write("key", "old");
        await using var transport = Transport(
            work,
            $"{{ type: taxii, url: \"{receiver.Discovery}\", headers: {{ X-Key: '${{file:{work.PathOf("key")}}}' }} }}",
            render: "stix_changes"
        );
        AssertFailed(transport, await transport.OpenAsync("", default), FailureKind.Misconfigured);
        work.Write("key", "new");
        AssertDelivered(await transport.OpenAsync("", default));
        AssertDelivered(await transport.SendAsync(Envelopes(0, 3), default));
    }

    [Fact]
    public void A_run_pushes_what_is_new_and_ends_what_is_gone()
    {
        using var receiver = new TaxiiReceiver();
        using var work = new Workspace();
        work.Write(
            "p.yaml",
            PipelineText.List("mode: snapshot\n    expect: { shrink: 100% }", "max_change: 100%")
                + $"\n  - {{ name: s, render: {{ type: stix_changes }}, to: {{ type: taxii, url: \"{receiver.Discovery}\" }} }}\n"
                + "  - { name: b, render: { type: stix_bundle }, to: { type: file, path: out/b.json } }\n"
        );
        work.Write("in/a.txt", "one.example\ntwo.example\n");
        work.Run();
        Assert.Empty(receiver.Wrong);
        var first = Indicators(receiver);
        Assert.Equal(["one.example", "two.example"], first.Select(Name));
        // The same objects as a bundle has.
        using var bundle = JsonDocument.Parse(work.Read("out/b.json"));
        foreach (var item in first)
        {
            Assert.Contains(
                bundle.RootElement.GetProperty("objects").EnumerateArray(),
                other => other.GetRawText() == item.GetRawText()
            );
        }

        work.Write("in/a.txt", "two.example\n");
        work.RunAt("2026-01-03T00:00:00Z");
        var ended = Indicators(receiver)[^1];
        Assert.Equal("one.example", Name(ended));
        Assert.Equal(first[0].GetProperty("id").GetString(), ended.GetProperty("id").GetString());
        Assert.Equal(first[0].GetProperty("created").GetString(), ended.GetProperty("created").GetString());
        Assert.StartsWith("2026-01-03", ended.GetProperty("modified").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("2026-01-03", ended.GetProperty("valid_until").GetString(), StringComparison.Ordinal);
        Assert.Equal(3, Indicators(receiver).Count);
        Assert.Empty(receiver.Wrong);
    }

    [Fact]
    public void Two_changes_of_one_run_are_two_versions()
    {
        using var receiver = new TaxiiReceiver();
        using var work = new Workspace();
        work.Write(
            "p.yaml",
            PipelineText.List()
                + $"\n  - {{ name: s, render: {{ type: stix_changes }}, to: {{ type: taxii, url: \"{receiver.Discovery}\" }} }}\n"
        );
        work.Write("in/a.txt", "one.example\n");
        work.Run();
        var before = Indicators(receiver)[^1].GetProperty("modified").GetString();
        // At the same time a second source says more of it.
        work.Write(
            "p.yaml",
            work.Read("p.yaml")
                .Replace(
                    "sinks:",
                    "  - { name: b, from: { type: file, path: in/b.txt }, read: { type: lines }, map: [ { value: { field: line }, type: auto, labels: [ { const: c2 } ] } ], trust: { reliability: A, credibility: 1, confidence: 80, tlp: clear } }\nsinks:",
                    StringComparison.Ordinal
                )
        );
        work.Write("in/b.txt", "one.example\n");
        work.Run();
        var after = Indicators(receiver);
        Assert.Equal(2, after.Count);
        Assert.True(
            string.CompareOrdinal(after[1].GetProperty("modified").GetString(), before) > 0,
            "one id and one `modified` with two contents"
        );
        Assert.Contains("c2", after[1].GetRawText(), StringComparison.Ordinal);
    }

    private static IDeliveryTransport To(
        Workspace work,
        string url,
        string collection = "",
        TimeSpan? timeout = null,
        TimeProvider? clock = null
    ) =>
        Transport(
            work,
            $"{{ type: taxii, url: \"{url}\"{(collection.Length > 0 ? ", " + collection : "")} }}",
            timeout,
            clock: clock,
            render: "stix_changes"
        );

    private static DeliveryBatch Join(params IReadOnlyList<DeliveryBatch> batches)
    {
        var body = batches.SelectMany(batch => batch.Body.ToArray()).ToArray();
        var ends = new List<int>();
        foreach (var batch in batches)
        {
            var start = ends.LastOrDefault();
            ends.AddRange(batch.Ends.Select(end => start + end));
        }

        return new DeliveryBatch(body, ends, [.. batches.SelectMany(batch => batch.Keys)]);
    }

    private static int Statuses(TaxiiReceiver receiver) =>
        receiver.Server.Requests.Count(request => request.Head.Target.Contains("/status/", StringComparison.Ordinal));

    private static List<JsonElement> Indicators(TaxiiReceiver receiver) =>
        [.. receiver.Held.Where(item => Type(item) == "indicator")];

    private static string? Type(JsonElement item) => item.GetProperty("type").GetString();

    private static string? Name(JsonElement item) => item.GetProperty("name").GetString();
}
