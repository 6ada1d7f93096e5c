// The TAXII 2.1 server as clients meet it: a test for every rule, by its section.

using System.Globalization;
using System.Text.Json;
using Xunit;

namespace Cti.Host.Tests.Serve.Web;

public class TaxiiServerTests(WebSite site) : IClassFixture<WebSite>
{
    private const int Published = WebSite.Addresses + 2 + 2 + 2; // indicators, producer and extension, two markings

    [Fact]
    public async Task Discovery_stands_on_the_root_and_names_the_api_roots()
    {
        var answer = await site.GetAsync("taxii2/");
        Assert.Equal((200, WebSite.Taxii), (answer.Status, answer.Type));
        Assert.Equal(
            [site.Root + "intel/", site.Root + "second/"],
            answer.Json.GetProperty("api_roots").EnumerateArray().Select(root => root.GetString())
        );
        Assert.Equal(site.Root + "intel/", answer.Json.GetProperty("default").GetString());
    }

    [Fact]
    public async Task An_api_root_says_what_it_speaks_and_how_much_it_takes()
    {
        var answer = await site.GetAsync("intel/");
        Assert.Equal(
            [WebSite.Taxii],
            answer.Json.GetProperty("versions").EnumerateArray().Select(version => version.GetString())
        );
        Assert.True(answer.Json.GetProperty("max_content_length").GetInt64() >= 1_000_000);
    }

    [Fact]
    public async Task Collections_tell_what_a_user_may()
    {
        var partner = await site.GetAsync("intel/collections/");
        var inbox = partner
            .Json.GetProperty("collections")
            .EnumerateArray()
            .Single(item => item.GetProperty("alias").GetString() == "p.inbox");
        Assert.True(inbox.GetProperty("can_read").GetBoolean());
        Assert.True(inbox.GetProperty("can_write").GetBoolean());
        var sender = await site.GetAsync("intel/collections/", "sender");
        var only = Assert.Single(sender.Json.GetProperty("collections").EnumerateArray());
        Assert.False(only.GetProperty("can_read").GetBoolean());
        Assert.True(only.GetProperty("can_write").GetBoolean());
        var alone = await site.GetAsync($"intel/collections/{inbox.GetProperty("id").GetString()}/");
        Assert.Equal(JsonSerializer.Serialize(inbox), JsonSerializer.Serialize(alone.Json));
    }

    [Theory]
    [InlineData("taxii2")]
    [InlineData("intel")]
    [InlineData("intel/collections")]
    [InlineData("intel/collections/p.all/objects")]
    [InlineData("intel/collections/p.all/objects//")]
    [InlineData("intel/nothing/")]
    [InlineData("intel/collections/p.nothing/")]
    public async Task A_path_that_is_none_is_not_found(string path)
    {
        var answer = await site.GetAsync(path);
        Assert.Equal((404, WebSite.Taxii), (answer.Status, answer.Type));
        Assert.Equal("404", answer.Json.GetProperty("http_status").GetString());
        Assert.NotEmpty(answer.Json.GetProperty("title").GetString()!);
    }

    [Theory]
    [InlineData("application/taxii+json;version=2.1", 200)]
    [InlineData("application/taxii+json; version=2.1", 200)]
    [InlineData("application/taxii+json;version=\"2.1\"", 200)]
    [InlineData("application/taxii+json", 200)]
    [InlineData("text/html, application/taxii+json;q=0.5", 200)]
    [InlineData("*/*", 200)]
    [InlineData("", 200)]
    [InlineData("application/taxii+json;version=2.0", 406)]
    [InlineData("application/vnd.oasis.taxii+json", 406)]
    [InlineData("text/html", 406)]
    [InlineData("application/taxii+json;q=0", 406)]
    public async Task The_version_asked_for_is_answered_or_not_acceptable(string accept, int status)
    {
        var answer = await site.SendAsync(HttpMethod.Get, "taxii2/", "partner", accept: accept);
        Assert.Equal((status, WebSite.Taxii), (answer.Status, answer.Type));
    }

    [Theory]
    [InlineData("application/taxii+json;version=2.1", 202)]
    [InlineData("application/taxii+json", 202)]
    [InlineData("application/taxii+json;version=2.0", 415)]
    [InlineData("application/json", 415)]
    [InlineData("application/stix+json;version=2.1", 415)]
    public async Task The_version_sent_is_taken_or_unsupported(string type, int status)
    {
        var answer = await site.PostAsync(
            WebSite.Objects("inbox"),
            PushTests.Envelope(PushTests.Malware(900)),
            type: type
        );
        Assert.Equal((status, WebSite.Taxii), (answer.Status, answer.Type));
    }

    [Fact]
    public async Task Pages_follow_each_other_by_next_and_give_everything_once_in_the_order_of_adding()
    {
        var seen = new List<string>();
        var times = new List<string>();
        var query = "?limit=7";
        while (true)
        {
            var page = await site.GetAsync($"intel/collections/p.all/manifest/{query}");
            var entries = page.Json.GetProperty("objects").EnumerateArray().ToList();
            Assert.True(entries.Count <= 7);
            seen.AddRange(entries.Select(entry => entry.GetProperty("id").GetString()!));
            times.AddRange(entries.Select(entry => entry.GetProperty("date_added").GetString()!));
            Assert.Equal(entries[0].GetProperty("date_added").GetString(), page.Header("X-TAXII-Date-Added-First"));
            Assert.Equal(entries[^1].GetProperty("date_added").GetString(), page.Header("X-TAXII-Date-Added-Last"));
            if (!page.Json.TryGetProperty("more", out var more) || !more.GetBoolean())
            {
                break;
            }

            query = $"?limit=7&next={page.Json.GetProperty("next").GetString()}";
        }

        Assert.Equal(Published, seen.Count);
        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Equal(times.Order(StringComparer.Ordinal), times);
        Assert.All(times, time => Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$", time));
    }

    [Fact]
    public async Task Pages_follow_each_other_by_the_last_date_added_which_is_exclusive()
    {
        var seen = new List<string>();
        var query = "?limit=7";
        while (true)
        {
            var page = await site.GetAsync(WebSite.Objects("all") + query);
            if (page.Ids.Count == 0)
            {
                Assert.Equal("{}", page.Body);
                break;
            }

            seen.AddRange(page.Ids);
            query = $"?limit=7&added_after={page.Header("X-TAXII-Date-Added-Last")}";
        }

        Assert.Equal(Published, seen.Count);
        Assert.Equal(seen.Count, seen.Distinct().Count());
    }

    [Fact]
    public async Task What_is_empty_is_an_empty_object()
    {
        foreach (
            var path in (string[])
                [
                    WebSite.Objects("all") + "?added_after=2999-01-01T00:00:00Z",
                    "intel/collections/p.all/manifest/?match[type]=malware",
                    WebSite.Objects("all") + "?match[spec_version]=2.0",
                    WebSite.Objects("all") + "?match[id]=indicator--00000000-0000-4000-8000-000000000000",
                ]
        )
        {
            var answer = await site.GetAsync(path);
            Assert.Equal((200, "{}"), (answer.Status, answer.Body));
        }
    }

    [Fact]
    public async Task Match_fields_are_all_to_hold_and_their_values_any()
    {
        var all = (await site.GetAsync(WebSite.Objects("all"))).Ids;
        var indicators = all.Where(id => id.StartsWith("indicator--", StringComparison.Ordinal)).ToList();
        var identity = all.Single(id => id.StartsWith("identity--", StringComparison.Ordinal));
        var some = await site.GetAsync(
            WebSite.Objects("all")
                + $"?match[type]=identity,indicator&match[id]={indicators[0]},{indicators[5]},{identity}"
        );
        Assert.Equal([identity, indicators[0], indicators[5]], some.Ids);
        var none = await site.GetAsync(WebSite.Objects("all") + $"?match[type]=identity&match[id]={indicators[0]}");
        Assert.Equal("{}", none.Body);
        var types = await site.GetAsync(WebSite.Objects("all") + "?match[type]=indicator&limit=3");
        Assert.Equal(indicators[..3], types.Ids);
        Assert.True(types.Json.GetProperty("more").GetBoolean());
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=-1")]
    [InlineData("limit=many")]
    [InlineData("limit=5&limit=6")]
    [InlineData("added_after=yesterday")]
    [InlineData("added_after=2026-01-01")]
    [InlineData("added_after=2026-02-30T00:00:00Z")]
    [InlineData("next=abc")]
    [InlineData("next=")]
    [InlineData("match[version]=newest")]
    [InlineData("match[version]=all,last")]
    [InlineData("match[type]=indicator,")]
    [InlineData("match[confidence]=5")]
    public async Task A_query_that_is_not_understood_is_refused(string query)
    {
        var answer = await site.GetAsync(WebSite.Objects("all") + "?" + query);
        Assert.Equal((400, WebSite.Taxii), (answer.Status, answer.Type));
        Assert.Contains(
            query.Split('=')[0],
            answer.Json.GetProperty("description").GetString(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_limit_beyond_the_server_s_own_gives_what_the_server_can()
    {
        var answer = await site.GetAsync(WebSite.Objects("all") + "?limit=99999999");
        Assert.Equal(Published, answer.Ids.Count);
    }

    [Fact]
    public async Task One_object_is_had_by_its_id_and_its_versions_are_listed()
    {
        var id = (await site.GetAsync(WebSite.Objects("all") + "?match[type]=indicator&limit=1")).Ids[0];
        var one = await site.GetAsync(WebSite.Objects("all") + id + "/");
        Assert.Equal([id], one.Ids);
        var versions = await site.GetAsync(WebSite.Objects("all") + id + "/versions/");
        Assert.Single(versions.Json.GetProperty("versions").EnumerateArray());
        Assert.Equal(
            404,
            (await site.GetAsync(WebSite.Objects("all") + "indicator--00000000-0000-4000-8000-000000000000/")).Status
        );
        Assert.Equal(400, (await site.GetAsync(WebSite.Objects("all") + id + "/?match[type]=indicator")).Status);
    }

    [Fact]
    public async Task Nothing_above_a_user_s_marking_reaches_them()
    {
        var green = await site.GetAsync(WebSite.Objects("all"), "reader");
        Assert.DoesNotContain("secret.example.com", green.Body, StringComparison.Ordinal);
        Assert.Contains("192.0.2.1'", green.Body, StringComparison.Ordinal);
        var amber = await site.GetAsync(WebSite.Objects("all"));
        var secret = amber
            .Json.GetProperty("objects")
            .EnumerateArray()
            .Single(item => item.TryGetProperty("name", out var name) && name.GetString() == "secret.example.com")
            .GetProperty("id")
            .GetString();
        Assert.Equal(404, (await site.GetAsync(WebSite.Objects("all") + secret + "/", "reader")).Status);
        Assert.Equal(404, (await site.GetAsync(WebSite.Objects("all") + secret + "/versions/", "reader")).Status);
        Assert.Equal("{}", (await site.GetAsync(WebSite.Objects("all") + $"?match[id]={secret}", "reader")).Body);
        Assert.Equal(200, (await site.GetAsync(WebSite.Objects("all") + secret + "/")).Status);
    }

    [Fact]
    public async Task Who_does_not_say_who_they_are_is_told_how()
    {
        foreach (
            var path in (string[])
                ["taxii2/", "intel/collections/p.all/objects/", "lists/p/block", "api/indicators/192.0.2.1"]
        )
        {
            var answer = await site.SendAsync(HttpMethod.Get, path, null);
            Assert.Equal(401, answer.Status);
            Assert.StartsWith("Basic", answer.Header("WWW-Authenticate"), StringComparison.Ordinal);
        }

        var wrong = await site.SendAsync(
            HttpMethod.Get,
            "taxii2/",
            null,
            change: request => request.Headers.TryAddWithoutValidation("Authorization", "Basic cGFydG5lcjp3cm9uZw==")
        );
        Assert.Equal((401, WebSite.Taxii), (wrong.Status, wrong.Type));
        var bearer = await site.SendAsync(
            HttpMethod.Get,
            "taxii2/",
            null,
            change: request =>
                request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + site.Token("reader"))
        );
        Assert.Equal(200, bearer.Status);
        var other = await site.SendAsync(
            HttpMethod.Get,
            "taxii2/",
            null,
            change: request =>
                request.Headers.TryAddWithoutValidation(
                    "Authorization",
                    "Basic "
                        + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes("partner:" + site.Token("reader")))
                )
        );
        Assert.Equal(401, other.Status);
    }

    [Fact]
    public async Task What_a_user_may_neither_read_nor_add_to_is_not_there()
    {
        Assert.Equal(404, (await site.GetAsync("second/collections/", "sender")).Status);
        Assert.Equal(404, (await site.GetAsync("intel/collections/p.all/", "sender")).Status);
        Assert.Equal(404, (await site.GetAsync(WebSite.Objects("all"), "sender")).Status);
        Assert.Equal(404, (await site.PostAsync(WebSite.Objects("all"), "{}", "sender")).Status);
        Assert.DoesNotContain("second", (await site.GetAsync("taxii2/", "sender")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_user_may_only_read_or_only_add_to_is_forbidden_otherwise()
    {
        Assert.Equal(403, (await site.GetAsync(WebSite.Objects("inbox"), "sender")).Status);
        Assert.Equal(403, (await site.GetAsync("intel/collections/p.inbox/manifest/", "sender")).Status);
        Assert.Equal(
            403,
            (await site.PostAsync(WebSite.Objects("inbox"), PushTests.Envelope(PushTests.Malware(1)), "reader")).Status
        );
    }

    [Theory]
    [InlineData("PUT", "taxii2/")]
    [InlineData("POST", "intel/collections/")]
    [InlineData("DELETE", "intel/collections/p.all/objects/")]
    [InlineData("PATCH", "intel/collections/p.inbox/objects/")]
    public async Task Other_methods_are_refused_and_the_right_ones_named(string method, string path)
    {
        var answer = await site.SendAsync(new HttpMethod(method), path, "partner");
        Assert.Equal(405, answer.Status);
        Assert.Contains("GET", answer.Header("Allow"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_ask_at_once_and_all_are_answered()
    {
        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 40)
                .Select(number =>
                    site.GetAsync(
                        WebSite.Objects("all") + string.Create(CultureInfo.InvariantCulture, $"?limit={number % 9 + 1}")
                    )
                )
        );
        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
    }
}
