// Lists that firewalls fetch, and what is known of a value.

using System.Globalization;
using Xunit;

namespace Cti.Host.Tests.Serve.Web;

public class ListTests(WebSite site) : IClassFixture<WebSite>
{
    [Fact]
    public async Task A_list_is_the_sink_s_file()
    {
        var answer = await site.GetAsync("lists/p/block", "reader");
        Assert.Equal((200, "text/plain;charset=utf-8"), (answer.Status, answer.Type));
        Assert.Equal(site.Work.Read("out/block.txt"), answer.Body);
        Assert.Equal(WebSite.Addresses, answer.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task Who_has_it_is_told_that_nothing_is_new()
    {
        var first = await site.GetAsync("lists/p/block", "reader");
        var tag = first.Header("ETag")!;
        foreach (var known in (string[])[tag, "W/" + tag, $"\"other\", {tag}", "*"])
        {
            var again = await Ask("If-None-Match", known);
            Assert.Equal((304, ""), (again.Status, again.Body));
            Assert.Equal(tag, again.Header("ETag"));
        }

        Assert.Equal(200, (await Ask("If-None-Match", "\"other\"")).Status);
        Assert.Equal(304, (await Ask("If-Modified-Since", first.Header("Last-Modified")!)).Status);
        Assert.Equal(200, (await Ask("If-Modified-Since", "Mon, 01 Jan 2024 00:00:00 GMT")).Status);
        var head = await site.SendAsync(HttpMethod.Head, "lists/p/block", "reader");
        Assert.Equal((200, ""), (head.Status, head.Body));
        Assert.Equal(first.Body.Length.ToString(CultureInfo.InvariantCulture), head.Header("Content-Length"));

        Task<WebAnswer> Ask(string name, string value) =>
            site.SendAsync(
                HttpMethod.Get,
                "lists/p/block",
                "reader",
                change: request => request.Headers.TryAddWithoutValidation(name, value)
            );
    }

    [Fact]
    public async Task A_list_as_of_a_time_is_what_it_should_have_been_then()
    {
        var now = DateTime.UtcNow.AddSeconds(1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var whole = await site.GetAsync($"lists/p/block?as_of={now}", "reader");
        Assert.Equal(site.Work.Read("out/block.txt"), whole.Body);
        var before = await site.GetAsync("lists/p/block?as_of=2020-01-01T00:00:00Z", "reader");
        Assert.Equal((200, ""), (before.Status, before.Body));
        Assert.Equal(404, (await site.GetAsync("lists/p/block?known_at=2020-01-01T00:00:00Z", "reader")).Status);
        Assert.Equal(400, (await site.GetAsync("lists/p/block?as_of=then", "reader")).Status);
    }

    [Theory]
    [InlineData("lists/p/hidden", "reader", 404)]
    [InlineData("lists/p/nothing", "reader", 404)]
    [InlineData("lists/q/block", "partner", 404)]
    [InlineData("lists/p/block", "sender", 404)]
    [InlineData("lists/p/../p/block", "partner", 200)]
    [InlineData("lists/..%2f..%2fusers.json/x", "partner", 404)]
    [InlineData("lists/p/block/", "partner", 404)]
    [InlineData("lists/p/all", "partner", 404)]
    public async Task Only_what_is_served_is_there(string path, string user, int status) =>
        Assert.Equal(status, (await site.GetAsync(path, user)).Status);

    [Fact]
    public async Task What_is_known_of_a_value_is_told_as_far_as_the_user_may_see()
    {
        var address = await site.GetAsync("api/indicators/192.0.2.7", "reader");
        var view = Assert.Single(address.Json.GetProperty("indicators").EnumerateArray());
        Assert.Equal("ipv4", address.Json.GetProperty("type").GetString());
        Assert.Equal("active", view.GetProperty("status").GetString());
        Assert.Equal("green", view.GetProperty("tlp").GetString());
        Assert.InRange(view.GetProperty("score").GetInt32(), 1, 100);
        Assert.Equal(["block", "hidden"], view.GetProperty("sinks").EnumerateArray().Select(sink => sink.GetString()));
        Assert.Equal(404, (await site.GetAsync("api/indicators/secret.example.com", "reader")).Status);
        Assert.Equal(200, (await site.GetAsync("api/indicators/secret.example.com")).Status);
        Assert.Equal(404, (await site.GetAsync("api/indicators/192.0.2.7", "sender")).Status);
        Assert.Equal(404, (await site.GetAsync("api/indicators/198.51.100.1")).Status);
    }

    [Theory]
    [InlineData("api/indicators/hxxp://known[.]example[.]com/a%2520b?x=1", 404)]
    [InlineData("api/indicators/http%3A%2F%2Fknown.example.com%2Fa%2520b%3Fx%3D1", 200)]
    [InlineData("api/indicators/http://known.example.com/a%2520b%3Fx=1", 200)]
    [InlineData("api/indicators/SECRET[.]example[.]com", 200)]
    [InlineData("api/indicators/192.0.2.7?type=ipv4", 200)]
    [InlineData("api/indicators/192.0.2.7?type=domain", 400)]
    [InlineData("api/indicators/192.0.2.7?type=nonsense", 400)]
    [InlineData("api/indicators/", 400)]
    [InlineData("api/indicators/no%20value%00", 400)]
    public async Task A_value_is_written_as_it_is_or_defanged(string path, int status) =>
        Assert.Equal(status, (await site.GetAsync(path)).Status);
}
