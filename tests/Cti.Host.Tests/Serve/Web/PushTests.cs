// Objects that users add to a collection, and take out again.

using System.Globalization;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Cti.Host.Tests.Serve.Web;

public class PushTests(WebSite site) : IClassFixture<WebSite>
{
    private static readonly string Inbox = WebSite.Objects("inbox");

    public static string Envelope(params IEnumerable<string> objects) =>
        $$"""{"objects":[{{string.Join(",", objects)}}]}""";

    public static string Id(int number) =>
        string.Create(CultureInfo.InvariantCulture, $"00000000-0000-4000-8000-{number:D12}");

    public static string Malware(int number, string modified = "2026-01-01T00:00:00.000Z", string more = "") =>
        $$"""{"type":"malware","spec_version":"2.1","id":"malware--{{Id(number)}}","created":"2026-01-01T00:00:00.000Z","modified":"{{modified}}","is_family":false{{more}}}""";

    private async Task<JsonElement> SendAsync(params IEnumerable<string> objects)
    {
        var answer = await site.PostAsync(Inbox, Envelope(objects));
        Assert.True(answer.Status == 202, answer.Body);
        return answer.Json;
    }

    private static string Message(JsonElement status) =>
        Assert.Single(status.GetProperty("failures").EnumerateArray()).GetProperty("message").GetString()!;

    [Fact]
    public async Task A_bundle_pushed_and_pulled_is_the_same()
    {
        string[] objects =
        [
            Malware(1, more: """, "name":"x \"y\" é ☃ \\ /","labels":["a","b"], "x_number":1.50"""),
            $$"""{ "type" : "ipv4-addr", "id":"ipv4-addr--{{Id(2)}}", "value":"192.0.2.200" }""",
            $$"""{"type":"relationship","spec_version":"2.1","id":"relationship--{{Id(3)}}","created":"2026-01-01T00:00:00.123456Z","modified":"2026-01-01T00:00:00.123456Z","relationship_type":"uses","source_ref":"malware--{{Id(1)}}","target_ref":"ipv4-addr--{{Id(2)}}"}""",
            $$"""{"type":"indicator","spec_version":"2.1","id":"indicator--{{Id(4)}}","created":"2026-01-01T00:00:00Z","modified":"2026-01-01T00:00:00Z","pattern":"[ipv4-addr:value = '192.0.2.200']","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z"}""",
        ];
        var status = await SendAsync(objects);
        Assert.Equal("complete", status.GetProperty("status").GetString());
        Assert.Equal(4, status.GetProperty("success_count").GetInt32());
        var pulled = await site.GetAsync(
            Inbox + $"?match[id]=malware--{Id(1)},ipv4-addr--{Id(2)},relationship--{Id(3)},indicator--{Id(4)}"
        );
        Assert.Equal(
            objects.Select(text => JsonSerializer.Serialize(JsonDocument.Parse(text))),
            pulled.Json.GetProperty("objects").EnumerateArray().Select(item => JsonSerializer.Serialize(item))
        );
        // And word for word.
        Assert.All(objects, text => Assert.Contains(text, pulled.Body, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_status_can_be_asked_for_by_whoever_sent_the_objects()
    {
        var sent = (await site.PostAsync(Inbox, Envelope(Malware(10)), "sender")).Json;
        var path = $"intel/status/{sent.GetProperty("id").GetString()}/";
        var status = await site.GetAsync(path, "sender");
        Assert.Equal(JsonSerializer.Serialize(sent), JsonSerializer.Serialize(status.Json));
        Assert.Equal(404, (await site.GetAsync(path)).Status);
        Assert.Equal(404, (await site.GetAsync($"intel/status/{Id(1)}/")).Status);
    }

    [Fact]
    public async Task An_exact_duplicate_is_no_error_and_no_second_object()
    {
        await SendAsync(Malware(20, more: ",\"name\":\"a\""));
        // The same in other words.
        var again = await SendAsync(
            $$"""{"id":"malware--{{Id(20)}}","name":"a","type":"malware", "spec_version":"2.1","is_family":false,"modified":"2026-01-01T00:00:00.000Z","created":"2026-01-01T00:00:00.000Z"}"""
        );
        Assert.Equal(1, again.GetProperty("success_count").GetInt32());
        var versions = await site.GetAsync($"{Inbox}malware--{Id(20)}/versions/");
        Assert.Single(versions.Json.GetProperty("versions").EnumerateArray());
    }

    [Fact]
    public async Task The_same_version_with_other_content_is_refused()
    {
        await SendAsync(Malware(21, more: ",\"name\":\"a\""));
        Assert.StartsWith(
            "CTI-PUSH-008",
            Message(await SendAsync(Malware(21, more: ",\"name\":\"b\""))),
            StringComparison.Ordinal
        );
        var both = await SendAsync(Malware(22, more: ",\"name\":\"a\""), Malware(22, more: ",\"name\":\"b\""));
        Assert.Equal(1, both.GetProperty("success_count").GetInt32());
        Assert.StartsWith("CTI-PUSH-008", Message(both), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Versions_are_kept_and_chosen_among_in_whatever_order_they_came()
    {
        const string first = "2026-01-01T00:00:00.000Z";
        const string second = "2026-02-01T00:00:00.000Z";
        const string third = "2026-03-01T00:00:00.000Z";
        await SendAsync(Malware(30, second));
        await SendAsync(Malware(30, third));
        await SendAsync(Malware(30, first));
        async Task<List<string>> Chosen(string query) =>
            [
                .. (await site.GetAsync($"{Inbox}malware--{Id(30)}/{query}"))
                    .Json.GetProperty("objects")
                    .EnumerateArray()
                    .Select(item => item.GetProperty("modified").GetString()!),
            ];

        Assert.Equal([third], await Chosen(""));
        Assert.Equal([third], await Chosen("?match[version]=last"));
        Assert.Equal([first], await Chosen("?match[version]=first"));
        Assert.Equal([second, third, first], await Chosen("?match[version]=all"));
        Assert.Equal([second, first], await Chosen($"?match[version]=first,{second}"));
        Assert.Equal([third, first], await Chosen("?match[version]=first,last"));
        var versions = await site.GetAsync($"{Inbox}malware--{Id(30)}/versions/");
        Assert.Equal(
            ["2026-02-01T00:00:00.000000Z", "2026-03-01T00:00:00.000000Z", "2026-01-01T00:00:00.000000Z"],
            versions.Json.GetProperty("versions").EnumerateArray().Select(item => item.GetString())
        );
    }

    [Theory]
    [InlineData("CTI-PUSH-001", """{"type":"malware"}""")]
    [InlineData("CTI-PUSH-001", """7""")]
    [InlineData(
        "CTI-PUSH-001",
        """{"type":"malware","spec_version":"2.1","id":"tool--00000000-0000-4000-8000-000000000099","created":"2026-01-01T00:00:00Z","modified":"2026-01-01T00:00:00Z","is_family":true}"""
    )]
    [InlineData(
        "CTI-PUSH-002",
        """{"type":"malware","spec_version":"2.0","id":"malware--00000000-0000-4000-8000-000000000099","created":"2026-01-01T00:00:00Z","modified":"2026-01-01T00:00:00Z","is_family":true}"""
    )]
    [InlineData(
        "CTI-PUSH-003",
        """{"type":"malware","id":"malware--00000000-0000-4000-8000-000000000099","created":"2026-01-01T00:00:00Z","modified":"2026-01-01T00:00:00Z","is_family":true}"""
    )]
    [InlineData(
        "CTI-PUSH-003",
        """{"type":"malware","spec_version":"2.1","id":"malware--00000000-0000-4000-8000-000000000099","created":"2026-01-01T00:00:00Z","modified":"2026-01-01T00:00:00Z"}"""
    )]
    [InlineData(
        "CTI-PUSH-004",
        """{"type":"malware","spec_version":"2.1","id":"malware--00000000-0000-4000-8000-000000000099","created":"2026-01-02T00:00:00Z","modified":"2026-01-01T00:00:00Z","is_family":true}"""
    )]
    [InlineData(
        "CTI-PUSH-005",
        """{"type":"malware","spec_version":"2.1","id":"malware--00000000-0000-4000-8000-000000000099","created":"2026-01-01T00:00:00Z","modified":"2026-01-01T00:00:00Z","is_family":true,"created_by_ref":"tool--00000000-0000-4000-8000-000000000099"}"""
    )]
    [InlineData(
        "CTI-PUSH-006",
        """{"type":"indicator","spec_version":"2.1","id":"indicator--00000000-0000-4000-8000-000000000099","created":"2026-01-01T00:00:00Z","modified":"2026-01-01T00:00:00Z","pattern":"[ipv4-addr:value = ","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z"}"""
    )]
    [InlineData(
        "CTI-PUSH-007",
        """{"type":"malware","spec_version":"2.1","id":"malware--00000000-0000-4000-8000-000000000099","created":"2026-01-01T00:00:00Z","modified":"2026-01-01T00:00:00Z","is_family":true,"object_marking_refs":["marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"]}"""
    )]
    public async Task An_object_that_may_not_be_added_is_told_and_keeps_no_other_out(string code, string bad)
    {
        var status = await SendAsync(bad, Malware(40));
        Assert.StartsWith(code, Message(status), StringComparison.Ordinal);
        Assert.Equal(1, status.GetProperty("success_count").GetInt32());
        Assert.Equal(2, status.GetProperty("total_count").GetInt32());
        Assert.Equal(404, (await site.GetAsync($"{Inbox}malware--{Id(99)}/")).Status);
    }

    [Theory]
    [InlineData(400, "")]
    [InlineData(400, "{")]
    [InlineData(400, "{\"objects\":[{]}")]
    [InlineData(400, "{} {}")]
    [InlineData(422, "[]")]
    [InlineData(422, "{}")]
    [InlineData(422, "{\"objects\":[]}")]
    [InlineData(422, "{\"objects\":{}}")]
    [InlineData(422, "{\"type\":\"bundle\",\"id\":\"bundle--00000000-0000-4000-8000-000000000001\",\"objects\":[{}]}")]
    public async Task What_is_no_envelope_is_refused(int status, string body)
    {
        var answer = await site.PostAsync(Inbox, body);
        Assert.Equal((status, WebSite.Taxii), (answer.Status, answer.Type));
    }

    [Fact]
    public async Task Depth_and_length_are_bounded()
    {
        var deep = await site.PostAsync(Inbox, Envelope(new string('[', 20_000) + new string(']', 20_000)));
        Assert.Equal(422, deep.Status);
        var most = (await site.GetAsync("intel/")).Json.GetProperty("max_content_length").GetInt32();
        var exact = Envelope(Malware(50));
        Assert.Equal(202, (await site.PostAsync(Inbox, exact + new string(' ', most - exact.Length))).Status);
        Assert.Equal(413, (await site.PostAsync(Inbox, exact + new string(' ', most - exact.Length + 1))).Status);
        var chunked = await site.SendAsync(
            HttpMethod.Post,
            Inbox,
            "partner",
            change: request =>
            {
                request.Content = new StreamContent(
                    new MemoryStream(Encoding.UTF8.GetBytes(exact + new string(' ', most)))
                );
                request.Content.Headers.TryAddWithoutValidation("Content-Type", WebSite.Taxii);
                request.Headers.TransferEncodingChunked = true;
            }
        );
        Assert.Equal(413, chunked.Status);
    }

    [Fact]
    public async Task A_page_of_large_objects_is_shorter_and_nothing_is_lost()
    {
        for (var number = 300; number < 304; number++)
        {
            await SendAsync(Malware(number, more: $",\"description\":\"{new string('x', 6_000_000)}\""));
        }

        var query =
            $"?match[id]={string.Join(',', Enumerable.Range(300, 4).Select(number => $"malware--{Id(number)}"))}";
        var first = await site.GetAsync(Inbox + query);
        Assert.Equal(2, first.Ids.Count);
        var second = await site.GetAsync($"{Inbox}{query}&next={first.Json.GetProperty("next").GetString()}");
        Assert.Equal(2, second.Ids.Count);
        Assert.False(second.Json.TryGetProperty("more", out _));
        Assert.Equal(4, first.Ids.Concat(second.Ids).Distinct().Count());
    }

    [Fact]
    public async Task An_object_is_deleted_whole_or_by_version()
    {
        await SendAsync(Malware(60), Malware(60, "2026-02-01T00:00:00.000Z"), Malware(61));
        Assert.Equal(200, (await DeleteAsync($"malware--{Id(60)}/?match[version]=last")).Status);
        var left = await site.GetAsync($"{Inbox}malware--{Id(60)}/");
        Assert.Equal(
            "2026-01-01T00:00:00.000Z",
            Assert.Single(left.Json.GetProperty("objects").EnumerateArray()).GetProperty("modified").GetString()
        );
        Assert.Equal(200, (await DeleteAsync($"malware--{Id(60)}/")).Status);
        Assert.Equal(404, (await site.GetAsync($"{Inbox}malware--{Id(60)}/")).Status);
        Assert.Equal(404, (await DeleteAsync($"malware--{Id(60)}/")).Status);
        Assert.Equal(200, (await site.GetAsync($"{Inbox}malware--{Id(61)}/")).Status);
        // What was deleted may come again.
        Assert.Equal(1, (await SendAsync(Malware(60))).GetProperty("success_count").GetInt32());
    }

    [Fact]
    public async Task To_delete_takes_both_rights()
    {
        await SendAsync(Malware(70));
        Assert.Equal(403, (await DeleteAsync($"malware--{Id(70)}/", "sender")).Status);
        Assert.Equal(403, (await DeleteAsync($"malware--{Id(70)}/", "reader")).Status);
        var elsewhere = await site.SendAsync(
            HttpMethod.Delete,
            $"{WebSite.Objects("all")}malware--{Id(70)}/",
            "sender"
        );
        Assert.Equal(404, elsewhere.Status);
        Assert.Equal(200, (await site.GetAsync($"{Inbox}malware--{Id(70)}/")).Status);
    }

    [Fact]
    public async Task What_a_pipeline_publishes_is_not_for_users_to_change()
    {
        var producer = (await site.GetAsync(Inbox + "?match[type]=identity")).Json.GetProperty("objects")[0];
        // The same is no error: who pulls a whole collection may push it again.
        Assert.Equal(1, (await SendAsync(producer.GetRawText())).GetProperty("success_count").GetInt32());
        var changed = producer
            .GetRawText()
            .Replace("\"modified\":\"2026", "\"modified\":\"2027", StringComparison.Ordinal);
        Assert.StartsWith("CTI-PUSH-009", Message(await SendAsync(changed)), StringComparison.Ordinal);
        Assert.Equal(403, (await DeleteAsync(producer.GetProperty("id").GetString() + "/")).Status);
    }

    [Fact]
    public async Task Pages_survive_what_is_added_between_them()
    {
        await SendAsync(Enumerable.Range(100, 30).Select(number => Malware(number)));
        var query = "?match[type]=malware&limit=10";
        var first = await site.GetAsync(Inbox + query);
        await SendAsync([
            Malware(105, "2026-05-01T00:00:00.000Z"),
            .. Enumerable.Range(200, 5).Select(number => Malware(number)),
        ]);
        var seen = new List<string>(first.Ids);
        var page = first;
        while (page.Json.TryGetProperty("next", out var next))
        {
            page = await site.GetAsync($"{Inbox}{query}&next={next.GetString()}");
            seen.AddRange(page.Ids);
        }

        Assert.All(
            Enumerable.Range(100, 30).Concat(Enumerable.Range(200, 5)),
            number => Assert.Contains($"malware--{Id(number)}", seen)
        );
        Assert.Equal(
            seen.Where(id => id != $"malware--{Id(105)}").Distinct().Count(),
            seen.Count(id => id != $"malware--{Id(105)}")
        );
    }

    private Task<WebAnswer> DeleteAsync(string path, string user = "partner") =>
        site.SendAsync(HttpMethod.Delete, Inbox + path, user);
}
