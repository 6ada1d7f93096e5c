// Where redirects may lead, and what goes along.

using System.Net;
using Cti.Host.Net;
using Cti.Host.Tests.Harness;
using Xunit;
using static Cti.Host.Tests.Sources.Http.HttpWorkspace;

namespace Cti.Host.Tests.Sources.Http;

public class RedirectTests
{
    private const string Secret =
        "headers: { Auth-Key: key-1234, Accept-Language: de }, basic: { user: u, password: pass-1234 }";

    [Fact]
    public void A_redirect_within_the_server_is_followed_with_everything()
    {
        using var server = new TestServer(request => request.Target == "/old" ? To("/new?x=1") : new TestAnswer(Names));
        using var work = With(From(server.Url + "/old", Secret));
        work.Run();
        Assert.Equal(["/old", "/new?x=1"], server.Requests.Select(request => request.Target));
        Assert.All(server.Requests, request => Assert.Equal("key-1234", request["Auth-Key"]));
        Assert.All(
            server.Requests,
            request => Assert.StartsWith("Basic ", request["Authorization"], StringComparison.Ordinal)
        );
        Assert.Equal([server.Url + "/old"], work.Column("SELECT DISTINCT uri FROM observations"));
    }

    [Fact]
    public void To_another_server_no_credentials_go_along()
    {
        using var other = new TestServer(new TestAnswer(Names));
        using var server = new TestServer(To(other.Url + "/list"));
        using var work = With(From(server.Url, Secret));
        work.Run();
        var request = Assert.Single(other.Requests);
        Assert.Null(request["Auth-Key"]);
        Assert.Null(request["Authorization"]);
        Assert.Equal("de", request["Accept-Language"]);
        Assert.Equal("key-1234", Assert.Single(server.Requests)["Auth-Key"]);
    }

    [Fact]
    public void A_post_stays_one_only_where_the_status_says_so()
    {
        using var server = new TestServer(request =>
            request.Target.StartsWith("/to", StringComparison.Ordinal)
                ? To("/list", int.Parse(request.Target[3..], System.Globalization.CultureInfo.InvariantCulture))
                : new TestAnswer("", 404)
        );
        string Post(int status) => From($"{server.Url}/to{status}", "method: POST, body: '{}'");
        FailEach(
            (Post(302), "CTI-SOURCE-012", "404"),
            (Post(303), "CTI-SOURCE-012", "404"),
            (Post(307), "CTI-SOURCE-012", "404"),
            (Post(308), "CTI-SOURCE-012", "404")
        );
        Assert.Equal(
            ["GET", "GET", "POST {}", "POST {}"],
            server
                .Requests.Where(request => request.Target == "/list")
                .Select(request => $"{request.Method} {request.Body}".TrimEnd())
        );
    }

    [Fact]
    public void A_redirect_that_leads_astray_is_not_followed()
    {
        using var server = new TestServer(request =>
            request.Target switch
            {
                "/circle" => To("/circle"),
                "/ftp" => To("ftp://192.0.2.1/list"),
                "/file" => To("file:///etc/passwd"),
                _ => new TestAnswer("", 302),
            }
        );
        FailEach(
            (From(server.Url + "/circle", "max_redirects: 2"), "CTI-SOURCE-014", "more than 2 times"),
            (From(server.Url + "/ftp"), "CTI-SOURCE-014", "another scheme, ftp:"),
            (From(server.Url + "/file"), "CTI-SOURCE-014", "another scheme, file:"),
            (From(server.Url + "/nowhere"), "CTI-SOURCE-014", "where to")
        );
        Assert.Equal(6, server.Requests.Count);
    }

    [Fact]
    public void From_https_to_http_is_not_followed()
    {
        var fault = Assert.Throws<ConnectionException>(() =>
            Redirects.Target(new Uri("https://feed.example/list"), new Uri("http://feed.example/list?token=t"))
        );
        Assert.Contains("plain http (http://feed.example/list)", fault.Message, StringComparison.Ordinal);
        Assert.Equal(
            "https",
            Redirects.Target(new Uri("http://feed.example/"), new Uri("https://feed.example/")).Scheme
        );
    }

    [Theory]
    [InlineData("192.0.2.1", "127.0.0.1", true)]
    [InlineData("192.0.2.1", "::1", true)]
    [InlineData("192.0.2.1", "::ffff:127.0.0.1", true)]
    [InlineData("192.0.2.1", "169.254.169.254", true)]
    [InlineData("192.0.2.1", "fe80::1", true)]
    [InlineData("192.0.2.1", "0.0.0.0", true)]
    [InlineData("192.0.2.1", "198.51.100.7", false)]
    [InlineData("127.0.0.1", "127.0.0.2", false)]
    public void From_elsewhere_into_this_machine_is_not_followed(string from, string to, bool refused)
    {
        void Follow() =>
            Redirects.RefuseLocal([IPAddress.Parse(from)], new Uri("http://feed.example/"), [IPAddress.Parse(to)]);
        if (refused)
        {
            Assert.Equal(ConnectionProblem.Redirect, Assert.Throws<ConnectionException>(Follow).Problem);
        }
        else
        {
            Follow();
        }
    }

    private static TestAnswer To(string location, int status = 302) =>
        new("", status) { Headers = [$"Location: {location}"] };
}
