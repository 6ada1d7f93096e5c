// Fetching over HTTP when something goes wrong: what is tried again, what is refused, and that nothing half is ever read.

using Cti.Host.Tests.Harness;
using Xunit;
using static Cti.Host.Tests.Sources.Http.HttpWorkspace;

namespace Cti.Host.Tests.Sources.Http;

public class FetchFaultTests
{
    private const string Later = "2026-01-03T00:00:00Z";

    [Fact]
    public void A_server_that_is_busy_is_asked_again()
    {
        var busy = new TestAnswer("", 503) { Headers = ["Retry-After: 0"] };
        using var server = TestServer.Script(
            busy,
            busy with
            {
                Status = 408,
                Headers = [],
            },
            busy with
            {
                Status = 429,
            },
            busy with
            {
                Status = 500,
            },
            new TestAnswer(Names)
        );
        using var work = With(From(server.Url));
        Assert.Equal(3, work.Run().GetProperty("records").GetInt64());
        Assert.Equal(5, server.Requests.Count);
    }

    [Fact]
    public void A_server_that_stays_busy_fails_its_source_after_the_declared_retries()
    {
        using var server = new TestServer(new TestAnswer("", 503));
        using var work = With(From(server.Url, "retries: 2"));
        work.Fails("CTI-SOURCE-013", "503", "tried 3 times");
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public void A_server_that_asks_to_wait_longer_than_a_run_lasts_is_not_asked_again()
    {
        using var server = new TestServer(new TestAnswer("", 429) { Headers = ["Retry-After: 86400"] });
        using var work = With(From(server.Url));
        work.Fails("CTI-SOURCE-013", "86400 s", "run again then");
        Assert.Single(server.Requests);
    }

    [Fact]
    public void A_refusal_is_final_and_says_what_to_do()
    {
        using var server = new TestServer(request => new TestAnswer(
            "",
            int.Parse(request.Target[1..], System.Globalization.CultureInfo.InvariantCulture)
        ));
        FailEach(
            (
                From(server.Url + "/401"),
                "CTI-SOURCE-012",
                "401 Unauthorized: it wants to know who asks; declare the key"
            ),
            (From(server.Url + "/403"), "CTI-SOURCE-012", "403 Forbidden: it wants to know who asks; declare the key"),
            (
                From(server.Url + "/404"),
                "CTI-SOURCE-012",
                "404 NotFound: the feed is not there; look whether its URL has moved"
            ),
            (From(server.Url + "/410"), "CTI-SOURCE-012", "has moved"),
            (From(server.Url + "/407"), "CTI-SOURCE-012", "the proxy"),
            (From(server.Url + "/400"), "CTI-SOURCE-012", "check `url`"),
            (From(server.Url + "/204"), "CTI-SOURCE-012", "check `url`"),
            (From(server.Url + "/304"), "CTI-SOURCE-012", "check `url`"),
            (From(server.Url + "/299"), "CTI-SOURCE-012", "answers 299:")
        );
        Assert.Equal(9, server.Requests.Count);
    }

    [Fact]
    public void A_body_that_was_cut_short_is_fetched_again()
    {
        using var server = TestServer.Script(
            new TestAnswer("a.example.com\nb.exa") { Headers = ["Content-Length: 42"] },
            new TestAnswer("e\r\na.example.com\n\r\n") { Headers = ["Transfer-Encoding: chunked"] },
            new TestAnswer(Names)
        );
        using var work = With(From(server.Url));
        Assert.Equal(3, work.Run().GetProperty("records").GetInt64());
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public void Of_a_body_that_is_always_cut_short_nothing_is_read_and_nothing_is_withdrawn()
    {
        using var server = TestServer.Script(
            new TestAnswer(Names),
            new TestAnswer("a.example.com\n") { Headers = ["Content-Length: 42"] }
        );
        using var work = With(From(server.Url, "retries: 1"), "mode: snapshot");
        work.Run();
        var before = StoreContent.Of(work);
        work.Fails("CTI-SOURCE-017", "cut short after 14 bytes", "tried 2 times");
        Assert.Equal(before, StoreContent.Of(work));
        Assert.Equal(3, work.Lines("out/list.txt").Length);
    }

    [Fact]
    public void A_body_that_is_too_large_is_refused_by_its_length_or_while_it_comes()
    {
        var lines = string.Concat(Enumerable.Range(0, 100).Select(number => $"host{number}.example.com\n"));
        using var server = new TestServer(request =>
            request.Target == "/declared"
                ? new TestAnswer(lines)
                : new TestAnswer($"{lines.Length:x}\r\n{lines}\r\n0\r\n\r\n")
                {
                    Headers = ["Transfer-Encoding: chunked"],
                }
        );
        FailEach(
            (
                From(server.Url + "/declared", "max_bytes: 1KB"),
                "CTI-SOURCE-015",
                "2,090 bytes long, more than the 1,000 bytes"
            ),
            (From(server.Url + "/chunked", "max_bytes: 1KB"), "CTI-SOURCE-015", "longer than the 1,000 bytes")
        );
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public void What_is_no_feed_is_not_read()
    {
        using var server = new TestServer(request =>
            request.Target switch
            {
                "/html" => Typed("text/html; charset=utf-8", "anything"),
                "/page" => Typed("text/plain", "\uFEFF\n <!DOCTYPE HTML><title>Sorry</title>"),
                _ => Typed("application/json", "{}"),
            }
        );
        FailEach(
            (
                From(server.Url + "/html"),
                "CTI-SOURCE-016",
                "the server sends text/html, most likely a message for people"
            ),
            (
                From(server.Url + "/html", "content_types: [text/csv, text/plain]"),
                "CTI-SOURCE-016",
                "accepted are text/csv, text/plain"
            ),
            (From(server.Url + "/page"), "CTI-SOURCE-016", "an HTML page"),
            (From(server.Url + "/json", "content_types: [text/*]"), "CTI-SOURCE-016", "accepted are text/*")
        );

        static TestAnswer Typed(string type, string body) => new(body) { Headers = [$"Content-Type: {type}"] };
    }

    [Fact]
    public void A_packing_that_was_not_asked_for_is_not_read()
    {
        using var server = new TestServer(new TestAnswer(Names) { Headers = ["Content-Encoding: br"] });
        using var work = With(From(server.Url));
        work.Fails("CTI-SOURCE-016", "packs the body as br");
    }

    [Fact]
    public void A_body_that_was_cut_before_it_was_packed_closes_nothing()
    {
        var names = string.Concat(Enumerable.Range(0, 30).Select(number => $"host{number}.example.com\n"));
        var gzip = FetchTests.Gzip(names);
        using var server = TestServer.Script(
            new TestAnswer(names),
            new TestAnswer { Bytes = gzip[..^20], Headers = ["Content-Encoding: gzip"] }
        );
        using var work = With(From(server.Url), "mode: snapshot");
        work.Run();
        work.Fails("CTI-SOURCE-005", "damaged or cut off");
        Assert.Equal(30, work.Lines("out/list.txt").Length);
    }

    [Fact]
    public void A_feed_that_never_changes_is_too_old_one_day()
    {
        using var server = new TestServer(new TestAnswer(Names));
        using var work = With(From(server.Url), "expect: { max_age: 2d }");
        work.Run();
        work.RunAt(Later);
        var result = work.Cti("run", "p.yaml", "--json", "--now", "2026-01-05T00:00:00Z");
        Assert.Equal(1, result.Exit);
        Assert.Contains("CTI-SOURCE-032 its newest record is 72 hours old", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_page_is_read_where_pages_are_declared()
    {
        using var server = new TestServer(
            new TestAnswer("<html>\na.example.com\n") { Headers = ["Content-Type: text/html"] }
        );
        using var work = With(From(server.Url, "content_types: [text/html]"));
        Assert.Equal(1, work.Run().GetProperty("observations").GetInt64());
    }

    [Fact]
    public void A_server_that_falls_silent_is_given_up()
    {
        var never = new TaskCompletionSource();
        using var server = new TestServer(
            new TestAnswer("a.example.com\n") { Headers = ["Content-Length: 42"], Hold = never.Task }
        );
        FailEach(
            (
                From(server.Url, "stall_timeout: 50ms, retries: 0"),
                "CTI-SOURCE-011",
                "nothing more within 50 ms; raise `stall_timeout`"
            ),
            (
                From(server.Url, "timeout: 50ms, retries: 0"),
                "CTI-SOURCE-011",
                "everything within 50 ms; raise `timeout`"
            )
        );
    }

    [Fact]
    public void A_server_that_is_not_there_fails_its_source_and_no_other()
    {
        string nobody;
        using (var gone = new TestServer(new TestAnswer()))
        {
            nobody = gone.Url;
        }

        using var work = new Workspace();
        work.Write("in/b.txt", Names);
        work.Write(
            "p.yaml",
            $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
              - { name: a, from: {{From(
                nobody,
                "retries: 1"
            )}}, read: { type: lines }, map: [ { value: { field: line }, type: auto } ] }
              - { name: b, from: { type: file, path: in/b.txt }, read: { type: lines }, map: [ { value: { field: line }, type: auto } ] }
            sinks: [ { name: list, render: { type: plain_list }, to: { type: file, path: out/list.txt } } ]
            """
        );
        work.Fails("CTI-SOURCE-010", "cannot be reached", "tried 2 times");
        Assert.Equal(3, work.Lines("out/list.txt").Length);
        Assert.Equal(["CTI-SOURCE-010"], work.Column("SELECT code FROM alarms WHERE source = 'a'"));
    }

    [Fact]
    public void A_run_killed_during_a_download_leaves_the_store_as_it_was_and_the_next_one_clears_up()
    {
        var never = new TaskCompletionSource();
        using var server = TestServer.Script(
            new TestAnswer(Names),
            new TestAnswer("a.example.com\n") { Headers = ["Content-Length: 42"], Hold = never.Task },
            new TestAnswer(Names + "d.example.com\n")
        );
        using var work = With(From(server.Url), "mode: snapshot");
        work.Run();
        var before = StoreContent.Of(work);
        using (var process = CtiProcess.Start(work.Root, "run", "p.yaml", "--now", Later))
        {
            while (!Spooled(work) && !process.EndsWithin(TimeSpan.FromMilliseconds(2))) { }
            process.Kill();
        }

        Assert.True(Spooled(work));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
                File.GetUnixFileMode(work.StorePath + ".spool")
            );
        }

        Assert.Equal(before, StoreContent.Of(work));
        Assert.Equal(4, work.RunAt(Later).GetProperty("records").GetInt64());
        Assert.False(Directory.Exists(work.StorePath + ".spool"));
    }

    [Fact]
    public void Ctrl_C_ends_a_download_at_once()
    {
        var never = new TaskCompletionSource();
        using var server = new TestServer(
            new TestAnswer("a.example.com\n") { Headers = ["Content-Length: 42"], Hold = never.Task }
        );
        using var work = With(From(server.Url));
        using var process = CtiProcess.Start(work.Root, "run", "p.yaml", "--json", "--now", Later);
        while (!Spooled(work) && !process.EndsWithin(TimeSpan.FromMilliseconds(2))) { }
        process.Interrupt();
        var result = process.Wait();
        Assert.True(result.Exit == 130, result.ToString());
        Assert.Empty(result.Json.GetProperty("alarms").EnumerateArray());
        Assert.False(Directory.Exists(work.StorePath + ".spool"));
    }

    private static bool Spooled(Workspace work) =>
        Directory.Exists(work.StorePath + ".spool")
        && Directory.EnumerateFiles(work.StorePath + ".spool").Any(file => new FileInfo(file).Length > 0);
}
