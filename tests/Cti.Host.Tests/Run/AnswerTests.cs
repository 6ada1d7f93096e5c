// Services that are asked about values, against a server of this machine: what is asked, kept, asked again, and what never leaves; and that a service that
// fails costs its facts only.

using System.Text.Json;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Run;

public class AnswerTests
{
    private const string Later = "2026-01-20T00:00:00Z";

    private static TestAnswer Json(string body, int status = 200, params string[] headers) =>
        new(body, status) { Headers = ["Content-Type: application/json", .. headers] };

    // Knows `bad.example.com` and `192.0.2.1`.
    private static TestAnswer Reputation(TestRequest request) =>
        request.Target switch
        {
            "/v1/bad.example.com" => Json("""{"data":{"score":9.5,"label":"botnet","listed":true}}"""),
            "/v1/good.example.com" => Json("""{"data":{"score":0,"label":"it's \"fine\"","listed":false}}"""),
            _ => Json("""{"error":"not found"}""", 404),
        };

    private static Workspace With(string url, string more = "", string where = "rep_score >= 5", string trust = "clear")
    {
        var work = new Workspace();
        Declare(work, url, more, where, trust);
        work.Write("in/a1.txt", "bad.example.com\ngood.example.com\nnew.example.com\n192.0.2.1\n");
        return work;
    }

    private static void Declare(
        Workspace work,
        string url,
        string more = "",
        string where = "rep_score >= 5",
        string trust = "clear"
    ) =>
        work.Write(
            "p.yaml",
            $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: a
                from: { type: file, path: "in/a*" }
                read: { type: lines }
                map: [ { value: { field: line }, type: auto } ]
                trust: { reliability: A, credibility: 1, confidence: 80, tlp: {{trust}} }
            enrich:
              - type: http
                name: rep
                types: [ domain, url ]
                url: "{{url}}"
                retry_delay: 1ms
                retries: 1
                requests_per_minute: 60000
                facts:
                  rep_score: { path: data.score, type: number }
                  rep_label: { path: data.label }
                  rep_listed: { path: data.listed, type: bool }
                {{more}}
            sinks:
              - { name: list, render: { type: plain_list }, to: { type: file, path: out/list.txt }, where: "{{where}}", max_tlp: red, max_change: 1000000% }
              - { name: stream, render: { type: ndjson }, to: { type: file, path: out/changes.ndjson }, max_tlp: red }
            """
        );

    private static JsonElement Enrichment(JsonElement report) =>
        report.GetProperty("books").EnumerateArray().Single(stage => stage.GetProperty("stage").GetString() == "enrich");

    private static long Count(JsonElement stage, string column) => stage.GetProperty(column).GetInt64();

    [Fact]
    public void Answers_reach_predicates_lines_SQL_and_explain()
    {
        using var server = new TestServer(Reputation);
        using var work = With(server.Url + "/v1/{value}");
        var books = Enrichment(work.Run());
        Assert.Equal((3, 3, 0), (Count(books, "in"), Count(books, "out"), Count(books, "in_flight")));
        Assert.Equal(
            ["/v1/bad.example.com", "/v1/good.example.com", "/v1/new.example.com"],
            server.Requests.Select(request => request.Target).Order()
        );
        Assert.Equal(["bad.example.com"], work.Lines("out/list.txt"));
        // Told when it came in, and again when more was known.
        var lines = work.Lines("out/changes.ndjson");
        var last = lines.Last(line => line.Contains("bad.example.com", StringComparison.Ordinal));
        Assert.Contains("\"rep_score\":9.5,\"rep_label\":\"botnet\",\"rep_listed\":true", last, StringComparison.Ordinal);
        Assert.Equal(2, lines.Count(line => line.Contains("good.example.com", StringComparison.Ordinal)));
        Assert.Single(lines, line => line.Contains("192.0.2.1", StringComparison.Ordinal));
        Assert.Equal(
            ["bad.example.com true botnet", "good.example.com true it's \"fine\"", "new.example.com false NULL"],
            work.Column("SELECT concat_ws(' ', value, found, coalesce(facts->>'rep_label', 'NULL')) FROM answers ORDER BY value")
        );
        var explained = work.Cti("explain", "bad.example.com", "--store", work.StorePath);
        Assert.Contains("p asked rep 2026", explained.Out, StringComparison.Ordinal);
        Assert.Contains("\"rep_score\":9.5", explained.Out, StringComparison.Ordinal);
        var plan = work.Cti("plan", "p.yaml", "--now", Workspace.Now);
        Assert.Equal(0, plan.Exit);
    }

    [Fact]
    public void What_was_answered_is_not_asked_again_until_it_is_old()
    {
        using var server = new TestServer(Reputation);
        using var work = With(server.Url + "/v1/{value}", "ttl: 10d\n    negative_ttl: 2d");
        work.Run();
        work.Run();
        Assert.Equal(3, server.Requests.Count);
        // Three days later what was not known, twenty days later everything.
        work.RunAt("2026-01-05T00:00:00Z");
        Assert.Equal("/v1/new.example.com", server.Requests.Last().Target);
        Assert.Equal(4, server.Requests.Count);
        work.RunAt(Later);
        Assert.Equal(7, server.Requests.Count);
        Assert.Equal(["bad.example.com"], work.Lines("out/list.txt"));
        // Another question has no answers yet.
        Declare(work, server.Url + "/v1/{value}?full=1");
        work.RunAt(Later);
        Assert.Equal(10, server.Requests.Count);
    }

    [Fact]
    public void A_marked_value_never_leaves()
    {
        using var server = new TestServer(Reputation);
        using var work = With(server.Url + "/v1/{value}", "max_tlp: green", trust: "amber");
        var report = work.Run();
        Assert.Empty(server.Requests);
        var books = Enrichment(report);
        Assert.Equal((3, 3), (Count(books, "in"), Count(books, "screened")));
        Assert.Contains(
            report.GetProperty("messages").EnumerateArray(),
            message => message.GetString()!.Contains("3 values are marked above max_tlp green", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Hostile_values_are_data_wherever_they_stand()
    {
        using var server = new TestServer(_ => Json("{}"));
        using var work = With(server.Url + "/v1/{value}/x?q={value}");
        work.Write("in/a1.txt", "http://e.example.com/../../admin?a=1&b=%2F#x\"y\n");
        work.Run();
        var asked = Assert.Single(server.Requests).Target;
        Assert.StartsWith("/v1/http%3A%2F%2Fe.example.com%2F", asked, StringComparison.Ordinal);
        Assert.Single(asked, letter => letter == '?');
        Assert.DoesNotContain('&', asked);
        Assert.DoesNotContain('#', asked);
        using var body = With(server.Url + "/v1", "method: POST\n    body: '{\"q\": \"{value}\"}'");
        body.Write("in/a1.txt", "http://e.example.com/a\"b\\c\n");
        body.Run();
        var posted = JsonDocument.Parse(server.Requests.Last().Body).RootElement.GetProperty("q").GetString();
        Assert.StartsWith("http://e.example.com/a", posted, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500, "{}")]
    [InlineData(200, "<html>")]
    [InlineData(200, "{\"data\":")]
    public void A_service_that_fails_costs_its_facts_only(int status, string body)
    {
        using var server = new TestServer(_ => Json(body, status));
        using var work = With(server.Url + "/v1/{value}", where: "rep_score IS NULL");
        var result = work.TryRun();
        Assert.Equal(1, result.Exit);
        Assert.Equal("CTI-ENRICH-010", result.Json.GetProperty("alarms")[0].GetProperty("code").GetString());
        Assert.Equal(4, work.Lines("out/list.txt").Length);
        Assert.Equal(0, work.Count("SELECT count(*) FROM dead_letters"));
        var books = Enrichment(result.Json);
        Assert.Equal((3, 3), (Count(books, "in"), Count(books, "in_flight")));
        Assert.Equal(0, work.Count("SELECT count(*) FROM books WHERE missing <> 0"));
    }

    [Fact]
    public void One_failure_among_answers_is_a_note_and_is_asked_again()
    {
        var isDown = true;
        using var server = new TestServer(request =>
            isDown && request.Target.EndsWith("good.example.com", StringComparison.Ordinal)
                ? Json("{}", 500)
                : Reputation(request)
        );
        using var work = With(server.Url + "/v1/{value}");
        var report = work.Run();
        Assert.Contains(
            report.GetProperty("messages").EnumerateArray(),
            message => message.GetString()!.Contains("1 of 3 questions failed", StringComparison.Ordinal)
        );
        isDown = false;
        var before = server.Requests.Count;
        work.Run();
        Assert.Equal("/v1/good.example.com", Assert.Single(server.Requests.Skip(before)).Target);
    }

    [Fact]
    public void A_service_that_is_down_is_left_alone_after_a_few_questions()
    {
        using var server = new TestServer(_ => Json("{}", 503));
        using var work = With(server.Url + "/v1/{value}", "parallel: 1");
        work.Write("in/a1.txt", string.Join('\n', Enumerable.Range(1, 100).Select(number => $"n{number}.example.com")));
        var result = work.TryRun();
        Assert.Equal(1, result.Exit);
        Assert.Equal(20, server.Requests.Count);
        Assert.Contains("100 values have no new facts", result.Json.GetProperty("alarms")[0].GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_refused_key_ends_the_questions_and_is_not_told()
    {
        using var server = new TestServer(_ => Json("""{"title":"key s3cret-key is wrong"}""", 401));
        using var work = With(server.Url + "/v1/{value}", "parallel: 1\n    headers: { Auth-Key: \"${file:key}\" }");
        work.Write("key", "s3cret-key\n");
        var result = work.TryRun();
        Assert.Equal(1, result.Exit);
        Assert.Single(server.Requests);
        Assert.Equal("s3cret-key", server.Requests.First()["Auth-Key"]);
        Assert.DoesNotContain("s3cret-key", result.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, work.Count("SELECT count(*) FROM alarms WHERE message LIKE '%s3cret%'"));
    }

    [Fact]
    public void Requests_are_bounded_per_run_and_per_minute()
    {
        using var server = new TestServer(Reputation);
        using var work = With(server.Url + "/v1/{value}", "max_requests: 2");
        var report = work.Run();
        Assert.Equal(2, server.Requests.Count);
        Assert.Equal(1, Count(Enrichment(report), "in_flight"));
        work.Run();
        Assert.Equal(3, server.Requests.Count);
        using var slow = With(server.Url + "/v1/{value}");
        slow.Write("p.yaml", File.ReadAllText(slow.PathOf("p.yaml")).Replace("60000", "60", StringComparison.Ordinal));
        var clock = System.Diagnostics.Stopwatch.StartNew();
        slow.Run();
        // The first goes at once, each of the others a second later.
        Assert.True(clock.Elapsed > TimeSpan.FromSeconds(2), clock.Elapsed.ToString());
    }

    [Fact]
    public void A_slow_service_is_not_waited_for()
    {
        using var server = new FaultServer { Judge = _ => new Fault.Hang() };
        using var work = With(server.Url + "/v1/{value}", "timeout: 200ms");
        var result = work.TryRun();
        Assert.Equal(1, result.Exit);
        Assert.Equal("CTI-ENRICH-010", result.Json.GetProperty("alarms")[0].GetProperty("code").GetString());
    }
}
