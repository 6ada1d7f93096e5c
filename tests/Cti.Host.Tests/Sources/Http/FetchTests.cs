// Fetching over HTTP when all goes well: what is asked, what is kept, and what is not fetched again.

using System.IO.Compression;
using System.Text;
using Cti.Host.Tests.Harness;
using Xunit;
using static Cti.Host.Tests.Sources.Http.HttpWorkspace;

namespace Cti.Host.Tests.Sources.Http;

public class FetchTests
{
    private const string Later = "2026-01-20T00:00:00Z";

    [Fact]
    public void A_feed_is_fetched_read_and_leaves_nothing_but_its_records()
    {
        using var server = new TestServer(new TestAnswer(Names));
        using var work = With(From(server.Url + "/list.txt"));
        Assert.Equal(3, work.Run().GetProperty("records").GetInt64());
        Assert.Equal(["a.example.com", "b.example.com", "c.example.com"], work.Lines("out/list.txt"));
        var request = Assert.Single(server.Requests);
        Assert.Equal(("GET", "/list.txt"), (request.Method, request.Target));
        Assert.StartsWith("cti/", request["User-Agent"], StringComparison.Ordinal);
        Assert.Equal([server.Url + "/list.txt"], work.Column("SELECT DISTINCT uri FROM observations"));
        Assert.False(Directory.Exists(work.StorePath + ".spool"));
    }

    [Fact]
    public void An_unchanged_feed_is_asked_for_by_its_marks_and_not_read_again()
    {
        using var server = new TestServer(request =>
            request["If-None-Match"] is "W/\"v1\"" && request["If-Modified-Since"] is "Thu, 01 Jan 2026 00:00:00 GMT"
                ? new TestAnswer("", 304)
                : new TestAnswer(Names) { Headers = ["ETag: W/\"v1\"", "Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT"] }
        );
        using var work = With(From(server.Url), "mode: snapshot");
        Assert.Equal(3, work.Run().GetProperty("records").GetInt64());
        Assert.Equal(0, work.RunAt(Later).GetProperty("records").GetInt64());
        Assert.Equal(2, server.Requests.Count);
        Assert.Equal(3, work.Lines("out/list.txt").Length);
        Assert.Equal(["2026-01-20 00:00:00"], work.Column("SELECT DISTINCT last_seen::VARCHAR FROM claims"));
    }

    [Theory]
    [InlineData("append")]
    [InlineData("snapshot")]
    public void The_same_body_again_is_unchanged_whatever_the_server_says(string mode)
    {
        using var server = new TestServer(new TestAnswer(Names));
        using var work = With(From(server.Url), $"mode: {mode}");
        work.Run();
        Assert.Equal(0, work.RunAt(Later).GetProperty("records").GetInt64());
        Assert.Equal(3, work.Count("SELECT count(*) FROM observations"));
    }

    [Fact]
    public void A_snapshot_withdraws_what_its_next_body_lacks()
    {
        using var server = TestServer.Script(new TestAnswer(Names), new TestAnswer("b.example.com\nd.example.com\n"));
        using var work = With(From(server.Url), "mode: snapshot");
        work.Run();
        work.RunAt(Later);
        Assert.Equal(["b.example.com", "d.example.com"], work.Lines("out/list.txt"));
    }

    [Fact]
    public void Of_a_feed_that_only_grows_the_new_records_are_read()
    {
        using var server = TestServer.Script(new TestAnswer(Names), new TestAnswer(Names + "d.example.com\n"));
        using var work = With(From(server.Url));
        work.Run();
        Assert.Equal(1, work.RunAt(Later).GetProperty("records").GetInt64());
        Assert.Equal(["4"], work.Column("SELECT line FROM observations WHERE recorded_at > '2026-01-10'"));
    }

    [Fact]
    public void A_packed_file_and_a_packed_transfer_are_both_unpacked()
    {
        var gzip = Gzip(Names);
        using var server = new TestServer(request =>
            request.Target == "/file.gz"
                ? new TestAnswer { Bytes = gzip, Headers = ["Content-Type: application/gzip"] }
                : new TestAnswer { Bytes = gzip, Headers = ["Content-Encoding: gzip", "Content-Type: text/plain"] }
        );
        foreach (var path in new[] { "/file.gz", "/transfer" })
        {
            using var work = With(From(server.Url + path));
            Assert.Equal(3, work.Run().GetProperty("records").GetInt64());
        }
    }

    [Fact]
    public void A_post_sends_its_body_and_headers()
    {
        using var server = new TestServer(new TestAnswer(Names));
        using var work = With(
            From(
                server.Url,
                "method: POST, body: '{\"query\": \"recent\"}', headers: { Auth-Key: k-1234, Accept: text/csv }"
            )
        );
        work.Run();
        var request = Assert.Single(server.Requests);
        Assert.Equal(("POST", "{\"query\": \"recent\"}"), (request.Method, request.Body));
        Assert.Equal(("k-1234", "text/csv"), (request["Auth-Key"], request["Accept"]));
        Assert.Equal("application/json", request["Content-Type"]);
    }

    [Fact]
    public void Basic_credentials_come_from_references()
    {
        using var server = new TestServer(new TestAnswer(Names));
        using var work = With(From(server.Url, "basic: { user: '${env:FEED_USER}', password: '${file:password}' }"));
        work.Write("password", "open sesame\n");
        var result = work.RunWith(["FEED_USER=ali"]);
        Assert.True(result.Exit == 0, result.ToString());
        Assert.Equal(
            "Basic " + Convert.ToBase64String("ali:open sesame"u8),
            Assert.Single(server.Requests)["Authorization"]
        );
    }

    [Fact]
    public void Local_files_take_the_place_of_a_feed_and_need_none_of_its_secrets()
    {
        using var work = With(From("https://feed.example/list", "headers: { Auth-Key: '${env:CTI_TEST_NOT_SET}' }"));
        work.Write("local.txt", Names);
        Assert.Equal(3, work.Run("--input", "a=local.txt").GetProperty("records").GetInt64());
    }

    [Fact]
    public void A_proxy_is_asked_when_declared_or_when_the_environment_names_one()
    {
        using var proxy = new TestServer(new TestAnswer(Names));
        using var declared = With(
            From(
                "http://feed.example/list",
                $"proxy: \"{proxy.Url.Replace("//", "//u:p%40ss@", StringComparison.Ordinal)}\""
            )
        );
        declared.Run();
        using var environment = With(From("http://feed.example/list"));
        Assert.Equal(0, environment.RunWith([$"http_proxy={proxy.Url}"]).Exit);
        Assert.All(proxy.Requests, request => Assert.Equal("http://feed.example/list", request.Target));
        Assert.Equal(2, proxy.Requests.Count);
    }

    [Fact]
    public void A_proxy_of_the_environment_is_passed_by_where_none_is_declared()
    {
        using var server = new TestServer(new TestAnswer(Names));
        using var proxy = new TestServer(new TestAnswer("", 500));
        using var work = With(From(server.Url, "proxy: none"));
        Assert.Equal(0, work.RunWith([$"http_proxy={proxy.Url}"]).Exit);
        Assert.Empty(proxy.Requests);
    }

    internal static byte[] Gzip(string text)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return target.ToArray();
    }
}
