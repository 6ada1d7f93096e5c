// Servers that get TAXII wrong, each in one of the ways that are known: what can be had is had, nothing is lost, nothing is read for ever, and what is wrong
// is said.

using Cti.Host.Tests.Harness;
using Cti.Host.Tests.Sources.Http;
using Xunit;
using static Cti.Host.Tests.Sources.Taxii.TaxiiWorkspace;

namespace Cti.Host.Tests.Sources.Taxii;

public class TaxiiFaultTests
{
    private static IEnumerable<TaxiiObject> Some(int count) =>
        Enumerable.Range(1, count).Select(number => TaxiiObject.Of(number));

    // What goes wrong with one page of objects, with the rest as it should be.
    private static Func<TestRequest, TestAnswer?> ForPages(Func<TestRequest, TestAnswer?> answer) =>
        request => TaxiiServer.IsObjects(request) ? answer(request) : null;

    [Theory]
    [InlineData(true, "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'")]
    [InlineData(false, "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'")]
    [InlineData(false, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'")]
    [InlineData(false, "yyyy-MM-dd'T'HH:mm:ss'Z'")]
    public void An_inclusive_added_after_and_cut_dates_end_and_repeat_nothing(bool givesNext, string dates)
    {
        using var server = new TaxiiServer(Some(25))
        {
            GivesNext = givesNext,
            IsInclusive = true,
            DateFormat = dates,
        };
        using var work = With(From(server.Discovery));
        Assert.Equal(25, work.Records());
        Assert.Equal(0, work.Records());
        server.Objects.Add(TaxiiObject.Of(26));
        Assert.Equal(1, work.Records());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Many_objects_of_one_date_are_all_had(bool givesNext)
    {
        using var server = new TaxiiServer(Enumerable.Range(1, 30).Select(number => TaxiiObject.Of(number, second: 1)))
        {
            GivesNext = givesNext,
            PageSize = givesNext ? 7 : 1000,
        };
        using var work = With(From(server.Discovery, "limit: 7"));
        Assert.Equal(30, work.Records());
        Assert.Equal(0, work.Records());
    }

    [Fact]
    public void A_page_that_cannot_hold_what_was_added_at_one_time_is_told()
    {
        using var server = new TaxiiServer(Enumerable.Range(1, 30).Select(number => TaxiiObject.Of(number, second: 1)))
        {
            GivesNext = false,
        };
        using var work = With(From(server.Discovery));
        work.Fails("CTI-SOURCE-065", "more objects were added at 2026-01-01T00:00:01.000123Z", "raise `limit`");
        Assert.Equal(10, work.Held());
        Declare(work, From(server.Discovery, "added_after: 2026-01-01T00:00:01.000123Z"));
        server.Objects.Add(TaxiiObject.Of(31));
        Assert.Equal(1, work.Records());
    }

    [Fact]
    public void A_page_that_comes_again_and_again_ends_the_reading()
    {
        using var server = new TaxiiServer(Some(25));
        server.Override = ForPages(_ =>
            TaxiiServer.Json($$"""{"more":true,"next":"x","objects":[{{TaxiiObject.Of(1).Json}}]}""")
        );
        using var work = With(From(server.Discovery));
        work.Fails("CTI-SOURCE-064", "sends a page again");
        Assert.Equal(2, server.Asked.Count);
        Assert.Equal(1, work.Held());
    }

    [Fact]
    public void An_empty_page_with_more_is_passed_over_and_one_that_never_ends_is_left()
    {
        using var server = new TaxiiServer(Some(5));
        server.Override = ForPages(request =>
            request.Target.Contains("next", StringComparison.Ordinal)
                ? null
                : TaxiiServer.Json("""{"more":true,"next":"0","objects":[]}""")
        );
        using var work = With(From(server.Discovery));
        Assert.Equal(5, work.Records());
        using var endless = new TaxiiServer
        {
            Override = ForPages(_ => TaxiiServer.Json("""{"more":true,"next":"0"}""")),
        };
        using var other = With(From(endless.Discovery));
        other.Fails("CTI-SOURCE-064", "page after page without an object");
        using var silent = new TaxiiServer { Override = ForPages(_ => TaxiiServer.Json("""{"more":true}""")) };
        using var third = With(From(silent.Discovery));
        Assert.Equal(0, third.Records());
    }

    [Fact]
    public void An_empty_collection_and_an_empty_resource_are_no_faults()
    {
        using var server = new TaxiiServer();
        using var work = With(From(server.Discovery));
        Assert.Equal(0, work.Records());
        Assert.Equal(0, work.Records());
        server.Objects.AddRange(Some(2));
        Assert.Equal(2, work.Records());
    }

    [Fact]
    public void Without_dates_the_servers_clock_is_asked_by_and_nothing_is_read_twice()
    {
        using var server = new TaxiiServer(Some(25)) { SaysDates = false };
        server.Override = ForPages(request =>
        {
            var answer = server.Answer(request);
            return answer with { Headers = [.. answer.Headers, "Date: Thu, 01 Jan 2026 00:05:20 GMT"] };
        });
        using var work = With(From(server.Discovery));
        Assert.Equal(25, work.Records());
        // Five minutes are asked for again: what is the same is not read again.
        Assert.EndsWith("limit=1000&next=20", server.Asked[^1], StringComparison.Ordinal);
        work.Run();
        Assert.Contains("added_after=2026-01-01T00:00:20.000000Z", server.Asked[3], StringComparison.Ordinal);
        Assert.Equal(0, work.Records());
        server.Objects.Add(TaxiiObject.Of(26));
        work.Run();
        Assert.Equal(26, work.Held());
        Assert.Equal(26, work.Count("SELECT count(*) FROM observations"));
    }

    [Fact]
    public void More_without_a_way_on_is_told()
    {
        using var server = new TaxiiServer(Some(25)) { SaysDates = false, GivesNext = false };
        using var work = With(From(server.Discovery));
        work.Fails("CTI-SOURCE-065", "neither `next` nor X-TAXII-Date-Added-Last");
        Assert.Equal(10, work.Held());
    }

    [Theory]
    [InlineData("text/html", "<!doctype html><title>Login</title>", "CTI-SOURCE-060", "a page for people")]
    [InlineData("application/taxii+json;version=2.1", "<html>", "CTI-SOURCE-060", "a page for people")]
    [InlineData("application/taxii+json;version=2.1", "[]", "CTI-SOURCE-063", "does not begin with an object")]
    [InlineData("application/taxii+json;version=2.1", "{\"objects\":{}}", "CTI-SOURCE-063", "`objects` is no list")]
    [InlineData("application/taxii+json;version=2.1", "{\"objects\":[}]", "CTI-SOURCE-063", "no JSON (line 1")]
    [InlineData("application/taxii+json;version=2.1", "{\"objects\":[{\"type\":\"indic", "CTI-SOURCE-017", "cut short")]
    [InlineData(
        "application/taxii+json;version=2.1",
        "{\"title\":\"Database down\",\"error_code\":\"17\"}",
        "CTI-SOURCE-063",
        "an error with status 200"
    )]
    public void What_is_no_page_is_told_and_nothing_of_it_is_used(string type, string body, string code, string says)
    {
        using var server = new TaxiiServer(Some(5));
        server.Override = ForPages(_ => new TestAnswer(body) { Headers = [$"Content-Type: {type}"] });
        using var work = With(From(server.Discovery));
        work.Fails(code, says);
        Assert.Equal(0, work.Held());
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/vnd.oasis.taxii+json; version=2.0")]
    [InlineData("text/plain")]
    [InlineData("application/octet-stream")]
    public void Another_media_type_is_no_fault_where_the_page_is_one(string type)
    {
        using var server = new TaxiiServer(Some(5));
        server.Override = request => server.Answer(request) with { Headers = [$"Content-Type: {type}"] };
        using var work = With(From(server.Discovery));
        Assert.Equal(5, work.Records());
    }

    [Fact]
    public void A_server_that_refuses_the_version_is_asked_without_it()
    {
        using var server = new TaxiiServer(Some(5));
        server.Override = request =>
            request["Accept"] == "application/taxii+json"
                ? null
                : TaxiiServer.Json("""{"title":"Not acceptable"}""", 406);
        using var work = With(From(server.Discovery));
        Assert.Equal(5, work.Records());
        server.Override = _ => TaxiiServer.Json("""{"title":"Not acceptable","description":"only 2.0"}""", 406);
        work.Fails("CTI-SOURCE-012", "does not speak TAXII 2.1", "it says: Not acceptable: only 2.0");
    }

    [Fact]
    public void A_refused_key_and_a_missing_place_are_told_in_TAXIIs_words()
    {
        using var server = new TaxiiServer(Some(5));
        using var work = With(From($"{server.Url}/api1/collections/none/"));
        work.Fails("CTI-SOURCE-012", "404", "TAXII servers answer both alike", "it says: Not found: no such place");
        Declare(work, From(server.Discovery));
        server.Override = _ => TaxiiServer.Json("""{"title":"Unauthorized"}""", 401);
        work.Fails("CTI-SOURCE-012", "401", "it wants to know who asks");
        server.Override = ForPages(_ =>
            TaxiiServer.Json("""{"title":"Bad request","description":"limit too large"}""", 400)
        );
        work.Fails("CTI-SOURCE-012", "check `match`, `added_after` and `limit`", "limit too large");
        // An error as a page for people is no TAXII error, and is told all the same.
        server.Override = ForPages(_ => new TestAnswer("<html><title>Gone</title></html>", 404)
        {
            Headers = ["Content-Type: text/html"],
        });
        work.Fails("CTI-SOURCE-012", "404");
        server.Override = ForPages(_ => new TestAnswer("<html>Bad Gateway</html>", 502)
        {
            Headers = ["Content-Type: text/html"],
        });
        work.Fails("CTI-SOURCE-013", "502");
        server.Override = _ => TaxiiServer.Json("""{"title":"Unsupported media type"}""", 415);
        work.Fails("CTI-SOURCE-012", "415", "it says: Unsupported media type");
    }

    [Fact]
    public void A_wrong_collection_is_answered_with_those_there_are()
    {
        using var server = new TaxiiServer(Some(5)) { Roots = "\"/api1/\",\"https://other.example/api2/\"" };
        using var work = With(From(server.Discovery, "collection: Low Value"));
        work.Fails(
            "CTI-SOURCE-061",
            "no collection `Low Value`",
            "High Value Indicators (91a7b528-80eb-42ed-a74d-c6fbd5a26116)",
            "Hidden (52892447-4d7e-4f70-b94d-d7f22742ff63) (not readable)",
            "https://other.example/api2/"
        );
        Declare(work, From(server.Discovery, "collection: hidden"));
        work.Fails("CTI-SOURCE-062", "is not to be read with these credentials");
        server.Collections = """{"collections":[{"id":"a","title":"Twice"},{"id":"b","title":"Twice"}]}""";
        Declare(work, From(server.Discovery, "collection: twice"));
        work.Fails("CTI-SOURCE-061", "`collection` does not say which one", "Twice (a), Twice (b)");
        Declare(work, From(server.Discovery));
        work.Fails("CTI-SOURCE-061", "`collection` does not say which one");
        server.Collections = "{}";
        work.Fails("CTI-SOURCE-061", "these credentials see none");
        Declare(work, From($"{server.Url}/api1/collections/{TaxiiServer.Id}/objects/x/"));
        server.Override = _ => TaxiiServer.Json("""{"objects":[]}""");
        work.Fails("CTI-SOURCE-060", "neither a TAXII discovery nor an API root");
    }

    [Fact]
    public void One_closed_API_root_hides_no_collection_of_another()
    {
        using var server = new TaxiiServer(Some(5)) { Roots = "\"/closed/\",\"/api1/\"" };
        using var work = With(From(server.Discovery, "collection: High Value Indicators"));
        Assert.Equal(5, work.Records());
        Declare(work, From(server.Discovery, "collection: in the closed one"));
        work.Fails("CTI-SOURCE-012", "404", "/closed/collections/");
    }

    [Fact]
    public void Half_a_page_is_asked_for_again()
    {
        var cuts = 1;
        using var server = new TaxiiServer(Some(25));
        server.Override = ForPages(request =>
        {
            var answer = server.Answer(request);
            return request.Target.Contains("next=10", StringComparison.Ordinal) && cuts-- > 0
                ? answer with
                {
                    Body = answer.Body[..(answer.Body.Length / 2)],
                    Headers = [.. answer.Headers, $"Content-Length: {answer.Body.Length}"],
                }
                : answer;
        });
        using var work = With(From(server.Discovery));
        Assert.Equal(25, work.Records());
    }

    [Fact]
    public void A_server_that_fails_amid_pages_loses_none_and_the_next_reading_goes_on_there()
    {
        var isDown = true;
        using var server = new TaxiiServer(Some(35));
        server.Override = ForPages(request =>
            isDown && request.Target.Contains("next=20", StringComparison.Ordinal)
                ? TaxiiServer.Json("""{"title":"Down"}""", 500, "Retry-After: 0")
                : null
        );
        using var work = With(From(server.Discovery));
        work.Fails("CTI-SOURCE-013", "500");
        Assert.Equal(20, work.Held());
        isDown = false;
        Assert.Equal(15, work.Records());
        Assert.Contains("added_after=2026-01-01T00:00:20.000122Z", server.Asked[4], StringComparison.Ordinal);
        Assert.Equal(35, work.Held());
    }

    [Fact]
    public void Half_a_snapshot_withdraws_nothing()
    {
        using var server = new TaxiiServer(Some(25));
        using var work = With(From(server.Discovery), "mode: snapshot");
        work.Run();
        server.Override = ForPages(request =>
            request.Target.Contains("next=10", StringComparison.Ordinal) ? new TestAnswer("", 404) : null
        );
        work.Fails("CTI-SOURCE-012", "404");
        Assert.Equal(25, work.Lines("out/list.txt").Length);
    }

    [Fact]
    public void A_limit_that_is_ignored_changes_nothing()
    {
        using var server = new TaxiiServer(Some(25)) { KnowsLimit = false };
        using var work = With(From(server.Discovery, "limit: 3"));
        Assert.Equal(25, work.Records());
        Assert.Single(server.Asked);
    }

    [Fact]
    public void A_next_that_forgets_the_filter_brings_nothing_that_was_not_asked_for()
    {
        using var server = new TaxiiServer(
            Some(15).Concat(Enumerable.Range(16, 15).Select(number => TaxiiObject.Of(number, type: "malware")))
        );
        server.Override = ForPages(request =>
        {
            server.KnowsMatch = !request.Target.Contains("next", StringComparison.Ordinal);
            return null;
        });
        using var work = With(From(server.Discovery, "match: { type: indicator }"));
        var report = work.Run();
        Assert.Equal(15, work.Held());
        Assert.Contains(
            report.GetProperty("messages").EnumerateArray(),
            message =>
                message
                    .GetString()!
                    .Contains("15 objects of types that `match` does not ask for", StringComparison.Ordinal)
        );
        Assert.Equal(0, work.Records());
    }

    [Fact]
    public void Objects_without_spec_version_and_things_that_are_no_objects_are_the_readers_affair()
    {
        using var server = new TaxiiServer();
        server.Override = ForPages(_ =>
            TaxiiServer.Json(
                $$"""{ "objects": [ 7, "text", null, {"type":"indicator","name":"plain.example.com"}, {{new string('[', 5000)}}{{new string(']', 5000)}} ], "custom": { "more": true } }"""
            )
        );
        using var work = With(From(server.Discovery));
        var report = work.Run();
        Assert.Equal(5, report.GetProperty("records").GetInt64());
        Assert.Equal(1, work.Held());
    }

    [Fact]
    public void A_reading_ends_at_max_bytes_and_the_next_one_goes_on()
    {
        using var server = new TaxiiServer(Some(30));
        using var work = With(From(server.Discovery, "max_bytes: 3KB"));
        Assert.Equal(20, work.Records());
        Assert.Equal(10, work.Records());
        Assert.Equal(0, work.Records());
        Declare(work, From(server.Discovery, "max_bytes: 1KB"), "mode: snapshot");
        work.Fails("CTI-SOURCE-015", "`max_bytes`");
    }

    [Fact]
    public void A_server_that_asks_to_wait_is_waited_for()
    {
        var busy = 1;
        using var server = new TaxiiServer(Some(3));
        server.Override = ForPages(_ => busy-- > 0 ? TaxiiServer.Json("{}", 429, "Retry-After: 1") : null);
        using var work = With(From(server.Discovery));
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal(3, work.Records());
        Assert.True(clock.Elapsed > TimeSpan.FromSeconds(1), clock.Elapsed.ToString());
    }
}
