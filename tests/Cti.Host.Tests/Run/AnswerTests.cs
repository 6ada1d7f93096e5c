// Services that are asked about values, against a server of this machine: what is asked, kept, asked again, and what never leaves; and that a service that
// fails costs its facts only.

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Run;

public class AnswerTests
{
    private const string Later = "2026-01-20T00:00:00Z";

    private const string Facts = """
        facts:
              rep_score: { path: data.score, type: number }
              rep_label: { path: data.label }
              rep_listed: { path: data.listed, type: bool }
        """;

    private static Fault.Answer Json(string body, int status = 200, params string[] headers) =>
        new(status, body, ["Content-Type: application/json", .. headers]);

    // Knows `bad.example.com` and `good.example.com`.
    private static Fault.Answer Reputation(FaultRequest request) =>
        request.Head.Target.Split('?')[0] switch
        {
            "/v1/bad.example.com" => Json("""{"data":{"score":9.5,"label":"botnet","listed":true}}"""),
            "/v1/good.example.com" => Json("""{"data":{"score":0,"label":"it's \"fine\"","listed":false}}"""),
            "/v1/new.example.com" => Json("""{"error":"nothing is known"}"""),
            _ => Json("""{"error":"not found"}""", 404),
        };

    // A service; what is not said is quick.
    private static string Service(string url, string more = "", string name = "rep", string facts = Facts) =>
        $$"""
              - type: http
                name: {{name}}
                types: [ domain, url ]
                url: "{{url}}"
                retry_delay: 1ms
                retries: 1
                requests_per_minute: 60000
                {{facts}}
                {{more}}

            """;

    private static void Declare(
        Workspace work,
        string services,
        string where = "rep_score >= 5",
        string more = "",
        string trust = "{ reliability: A, credibility: 1, confidence: 80, tlp: clear }"
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
                trust: {{trust}}
            {{more}}
            enrich:
            {{services}}
            sinks:
              - { name: list, render: { type: plain_list }, to: { type: file, path: out/list.txt }, where: "{{where}}", max_tlp: red, max_change: 1000000% }
              - { name: stream, render: { type: ndjson }, to: { type: file, path: out/changes.ndjson }, max_tlp: red }
            """
        );

    private static Workspace With(string services, string where = "rep_score >= 5")
    {
        var work = new Workspace();
        Declare(work, services, where);
        work.Write("in/a1.txt", "bad.example.com\ngood.example.com\nnew.example.com\n192.0.2.1\n");
        return work;
    }

    private static JsonElement Enrichment(JsonElement report) =>
        report
            .GetProperty("books")
            .EnumerateArray()
            .Single(stage => stage.GetProperty("stage").GetString() == "enrich");

    private static (long In, long Out, long Screened, long Left) Counts(JsonElement report)
    {
        var stage = Enrichment(report);
        return (
            stage.GetProperty("in").GetInt64(),
            stage.GetProperty("out").GetInt64(),
            stage.GetProperty("screened").GetInt64(),
            stage.GetProperty("in_flight").GetInt64()
        );
    }

    private static string Messages(JsonElement report) =>
        string.Join('\n', report.GetProperty("messages").EnumerateArray().Select(message => message.GetString()));

    private static IEnumerable<string> Asked(FaultServer server) =>
        server.Requests.Select(request => request.Head.Target).Order(StringComparer.Ordinal);

    [Fact]
    public void Answers_reach_predicates_lines_SQL_and_explain_and_are_asked_for_again_when_they_are_old()
    {
        using var server = new FaultServer(judge: Reputation);
        using var work = With(Service(server.Url + "/v1/{value}", "ttl: 10d\n    negative_ttl: 2d"));
        Assert.Equal((3, 3, 0, 0), Counts(work.Run()));
        Assert.Equal(["/v1/bad.example.com", "/v1/good.example.com", "/v1/new.example.com"], Asked(server));
        Assert.Equal(["bad.example.com"], work.Lines("out/list.txt"));
        // Told when it came in, and again when more was known.
        var lines = work.Lines("out/changes.ndjson");
        var last = lines.Last(line => line.Contains("bad.example.com", StringComparison.Ordinal));
        Assert.Contains(
            "\"rep_score\":9.5,\"rep_label\":\"botnet\",\"rep_listed\":true",
            last,
            StringComparison.Ordinal
        );
        Assert.Equal(2, lines.Count(line => line.Contains("good.example.com", StringComparison.Ordinal)));
        Assert.Single(lines, line => line.Contains("192.0.2.1", StringComparison.Ordinal));
        Assert.Equal(
            ["bad.example.com true botnet", "good.example.com true it's \"fine\"", "new.example.com false NULL"],
            work.Column(
                "SELECT concat_ws(' ', value, found, coalesce(facts->>'rep_label', 'NULL')) FROM answers ORDER BY value"
            )
        );
        var explained = work.Cti("explain", "bad.example.com", "--store", work.StorePath);
        Assert.Contains("p asked rep 2026", explained.Out, StringComparison.Ordinal);
        Assert.Contains("\"rep_score\":9.5", explained.Out, StringComparison.Ordinal);

        // The same run with one question at a time ends in the same bytes.
        using var again = With(Service(server.Url + "/v1/{value}", "parallel: 1"));
        again.Run();
        Assert.Equal(
            work.Rendered().Select(file => (file.Key, file.Value.Content)),
            again.Rendered().Select(file => (file.Key, file.Value.Content))
        );

        // Nothing is old yet; three days later what was not known; twenty days later everything, and one answer is another.
        var before = server.Requests.Count;
        Assert.Equal((0, 0, 0, 0), Counts(work.Run()));
        Assert.Equal(0, work.Cti("plan", "p.yaml", "--now", Workspace.Now).Exit);
        Assert.Equal(before, server.Requests.Count);
        work.RunAt("2026-01-05T00:00:00Z");
        Assert.Equal("/v1/new.example.com", Assert.Single(server.Requests.Skip(before)).Head.Target);
        server.Judge = request =>
            request.Head.Target.EndsWith("bad.example.com", StringComparison.Ordinal)
                ? Json("""{"data":{"score":1}}""")
                : Reputation(request);
        work.RunAt(Later);
        Assert.Equal(before + 4, server.Requests.Count);
        Assert.Empty(work.Lines("out/list.txt"));
        Assert.Equal(
            ["1 2026-01-20", "0 2026-01-02"],
            work.Column(
                "SELECT concat_ws(' ', (facts->>'rep_score'), since::DATE) FROM answers WHERE found ORDER BY value"
            )
        );
        // What was known then is known still.
        var export = work.Cti("export", "p.yaml/list", "--as-of", Workspace.Now, "--known-at", Workspace.Now);
        Assert.Equal("bad.example.com\n", export.Out);

        // Another question has no answers yet, and one with a condition is asked about fewer.
        Declare(work, Service(server.Url + "/v1/{value}?full=1", "where: \"value LIKE 'good%'\""));
        Assert.Equal((1, 1, 0, 0), Counts(work.RunAt(Later)));
        Assert.Equal("/v1/good.example.com?full=1", server.Requests.Last().Head.Target);
    }

    [Fact]
    public void A_value_that_any_source_marks_more_strictly_never_leaves()
    {
        using var server = new FaultServer(judge: Reputation);
        using var work = new Workspace();
        // The strict source's list lacks it in the second run: a claim that was taken back is strict all the same.
        Declare(
            work,
            Service(server.Url + "/v1/{value}", "max_tlp: green"),
            more: """
              - name: strict
                from: { type: file, path: "strict.txt" }
                read: { type: lines }
                mode: snapshot
                map: [ { value: { field: line }, type: auto } ]
                trust: { reliability: A, credibility: 1, confidence: 80, tlp: amber }
                expect: { shrink: 100% }
            """
        );
        work.Write("in/a1.txt", "bad.example.com\nshared.example.com\n");
        work.Write("strict.txt", "shared.example.com\nown.example.com\n");
        Assert.Equal((3, 1, 2, 0), Counts(work.Run()));
        work.Write("strict.txt", "own.example.com\n");
        Assert.Equal((2, 0, 2, 0), Counts(work.Run()));
        Assert.Equal(1, work.Count("SELECT count(*) FROM claims WHERE withdrawn_at IS NOT NULL"));
        Assert.Equal(["/v1/bad.example.com"], Asked(server));
    }

    [Fact]
    public void Hostile_values_are_data_wherever_they_stand()
    {
        using var server = new FaultServer(judge: _ => Json("{}"));
        using var work = With(
            Service(server.Url + "/v1/{value}/x?q={value}")
                + Service(
                    server.Url + "/post",
                    "method: POST\n    body: '{\"q\": \"{value}\"}'",
                    "post",
                    "facts: { post_fact: { path: a } }"
                )
        );
        work.Write(
            "in/a1.txt",
            "http://e.example.com/../../admin?a=1&b=%2F#x\"y\nhttp://e.example.com/" + new string('a', 9000) + "\n"
        );
        work.Run();
        var asked = Assert.Single(Asked(server), target => target.StartsWith("/v1/", StringComparison.Ordinal));
        Assert.StartsWith("/v1/http%3A%2F%2Fe.example.com%2F", asked, StringComparison.Ordinal);
        Assert.Single(asked, letter => letter == '?');
        Assert.DoesNotContain('&', asked);
        Assert.DoesNotContain('#', asked);
        Assert.All(
            server.Requests.Where(request => request.Head.Target == "/post"),
            request =>
                Assert.StartsWith(
                    "http://e.example.com/",
                    JsonDocument.Parse(request.Text).RootElement.GetProperty("q").GetString(),
                    StringComparison.Ordinal
                )
        );
    }

    [Fact]
    public void Services_that_fail_cost_their_facts_only()
    {
        Fault Judge(FaultRequest request) =>
            request.Head.Target.Split('/')[1] switch
            {
                "status" => Json("{}", 500),
                "page" => new Fault.Answer(200, "<html>", "Content-Type: text/html"),
                "noise" => Json("<html>"),
                "cut" => Json("""{"data":"""),
                "half" => new Fault.HalfAnswer(),
                "endless" => new Fault.Endless(),
                "reset" => new Fault.ResetAfter(),
                "hang" => new Fault.Hang(),
                // The second request is told when to come again, and does.
                "busy" => request.Head.Target.EndsWith("bad.example.com", StringComparison.Ordinal)
                && Interlocked.Increment(ref _busy) == 1
                    ? Json("{}", 429, "Retry-After: 1")
                    : Json("""{"data":1}"""),
                // One failure among answers.
                _ => request.Head.Target.EndsWith("new.example.com", StringComparison.Ordinal)
                    ? Json("{}", 500)
                    : Json("""{"data":1}"""),
            };
        string[] broken = ["status", "page", "noise", "cut", "half", "endless", "reset", "hang"];
        using var server = new FaultServer(judge: Judge);
        using var work = With(
            string.Concat(
                broken
                    .Concat(["busy", "one"])
                    .Select(name =>
                        Service(
                            $"{server.Url}/{name}/{{value}}",
                            "max_bytes: 1MB\n    timeout: 5s\n    max_time: " + (name == "hang" ? "1s" : "1m"),
                            name,
                            $"facts: {{ {name}_fact: {{ path: data }} }}"
                        )
                    )
            ),
            "status_fact IS NULL"
        );
        var report = work.Run();
        Assert.Equal(4, work.Lines("out/list.txt").Length);
        Assert.Equal(0, work.Count("SELECT count(*) FROM dead_letters"));
        Assert.Equal(0, work.Count("SELECT count(*) FROM books WHERE missing <> 0"));
        Assert.Equal((30, 5, 0, 25), Counts(report));
        var alarms = report.GetProperty("alarms").EnumerateArray().ToList();
        Assert.All(alarms, alarm => Assert.Equal("CTI-ENRICH-010", alarm.GetProperty("code").GetString()));
        Assert.Equal(
            broken.Select(name => "enrich:" + name),
            alarms.Select(alarm => alarm.GetProperty("source").GetString())
        );
        var messages = Messages(report);
        Assert.Contains("enricher one: 1 of 3 questions failed, the last one: ", messages, StringComparison.Ordinal);
        Assert.DoesNotContain("enricher busy", messages, StringComparison.Ordinal);
        // A half answer is tried again, a wrong one is not.
        Assert.Equal(6, Asked(server).Count(target => target.StartsWith("/half/", StringComparison.Ordinal)));
        Assert.Equal(3, Asked(server).Count(target => target.StartsWith("/noise/", StringComparison.Ordinal)));
        // The next run asks those that failed, and them alone.
        var before = server.Requests.Count;
        work.Run();
        Assert.DoesNotContain(
            server.Requests.Skip(before),
            request => request.Head.Target.StartsWith("/busy/", StringComparison.Ordinal)
        );
        Assert.Contains(server.Requests.Skip(before), request => request.Head.Target == "/one/new.example.com");
    }

    private int _busy;

    [Fact]
    public void A_signal_amid_the_questions_keeps_what_was_answered_and_tells_of_it()
    {
        using var server = new FaultServer(judge: request =>
            request.Head.Target == "/v1/bad.example.com" ? Reputation(request) : new Fault.Hang()
        );
        using var work = With(Service(server.Url + "/v1/{value}", "parallel: 3\n    timeout: 1h\n    max_time: 1h"));
        using var process = CtiProcess.Start(work.Root, "run", "p.yaml", "--json", "--now", Workspace.Now);
        // A question that hangs is there, and the one that is answered was asked before it or beside it.
        Assert.True(SpinWait.SpinUntil(() => server.Requests.Count == 3, TimeSpan.FromMinutes(2)));
        Assert.True(SpinWait.SpinUntil(() => !server.Taken.IsEmpty, TimeSpan.FromMinutes(2)));
        Assert.False(process.EndsWithin(TimeSpan.FromSeconds(1)), "the run ended before its questions did");
        process.Interrupt();
        var result = process.Wait();
        Assert.True(result.Exit == 130, result.ToString());
        Assert.Equal(["bad.example.com"], work.Column("SELECT value FROM answers"));
        Assert.Contains(
            work.Lines("out/changes.ndjson"),
            line => line.Contains("\"rep_score\":9.5", StringComparison.Ordinal)
        );
        Assert.Empty(work.Query("FROM books WHERE missing <> 0"));
        // The next run asks about the others.
        server.Judge = Reputation;
        work.Run();
        Assert.Equal(3, work.Count("SELECT count(*) FROM answers"));
        Assert.Equal(1, server.Requests.Count(request => request.Head.Target == "/v1/bad.example.com"));
    }

    [Fact]
    public void Questions_are_bounded_and_a_service_that_is_down_is_left_alone()
    {
        var asked = new ConcurrentQueue<(string Service, long At)>();
        Fault Judge(FaultRequest request)
        {
            var service = request.Head.Target.Split('/')[1];
            asked.Enqueue((service, Stopwatch.GetTimestamp()));
            return service switch
            {
                "down" => Json("{}", 503),
                "later" => Json("{}", 429, "Retry-After: 3600"),
                "key" => Json("""{"title":"key s3cret-key is wrong"}""", 401),
                _ => Json("""{"data":1}"""),
            };
        }

        using var server = new FaultServer(judge: Judge);
        string Named(string name, string more) =>
            Service(
                $"{server.Url}/{name}/{{value}}",
                "parallel: 1\n    " + more,
                name,
                $"facts: {{ {name}_fact: {{ path: data }} }}"
            );
        using var work = With(
            Named("down", "")
                + Named("later", "")
                + Named("key", "headers: { Auth-Key: \"${file:key}\" }")
                + Named("few", "max_requests: 2")
                + Named("paced", "max_requests: 3").Replace("minute: 60000", "minute: 60", StringComparison.Ordinal),
            "down_fact IS NULL"
        );
        work.Write("key", "s3cret-key\n");
        work.Write("in/a1.txt", string.Join('\n', Enumerable.Range(1, 100).Select(number => $"n{number}.example.com")));
        var result = work.TryRun();
        Assert.Equal(0, result.Exit);
        int Count(string name) => asked.Count(one => one.Service == name);
        // Ten questions, each tried twice; one; one; two; three.
        Assert.Equal((20, 1, 1, 2, 3), (Count("down"), Count("later"), Count("key"), Count("few"), Count("paced")));
        Assert.Equal((500, 5, 0, 495), Counts(result.Json));
        // One service after the other: the paced one's first question is behind the other's last, its third two seconds later.
        var pause = Stopwatch.GetElapsedTime(asked.Last(one => one.Service == "few").At, asked.Last().At);
        Assert.True(pause > TimeSpan.FromSeconds(1.9), pause.ToString());
        Assert.Equal("s3cret-key", server.Requests.First(request => request["Auth-Key"] is not null)["Auth-Key"]);
        Assert.DoesNotContain("s3cret-key", result.ToString(), StringComparison.Ordinal);
        Assert.Equal(
            0,
            work.Count(
                "SELECT count(*) FROM (SELECT message FROM alarms UNION ALL SELECT message FROM runs) WHERE message LIKE '%s3cret%'"
            )
        );
        Assert.Equal(3, result.Json.GetProperty("alarms").GetArrayLength());
        Assert.Contains("100 values go without new facts", Messages(result.Json), StringComparison.Ordinal);
        Assert.Contains(
            "98 values wait for the next run (`max_requests`)",
            Messages(result.Json),
            StringComparison.Ordinal
        );
    }
}
