// A MISP feed fetched from a web server: what is asked for, what is asked for again, and what becomes of events that are not there.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Sources.Http;

[Collection(Heavy.Name)]
public class MispFeedSourceTests
{
    private const string First = "00000000-0000-4000-8000-0000000000a1";
    private const string Second = "00000000-0000-4000-8000-0000000000a2";
    private const string Third = "00000000-0000-4000-8000-0000000000a3";

    private static string Event(string id, string value, int seconds) =>
        $$$"""
            {"Event": {"uuid": "{{{id}}}", "info": "x", "date": "2026-01-01", "timestamp": "{{{seconds}}}", "Attribute": [
              {"uuid": "{{{id.Replace(
                'a',
                'b'
            )}}}", "type": "domain", "category": "Network activity", "to_ids": true, "timestamp": "{{{seconds}}}", "value": "{{{value}}}"}]}}
            """;

    /// <summary>Serves files of a folder `/misp/`; what is not in it is 404.</summary>
    private static TestServer Serve(Dictionary<string, string> files) =>
        new(request =>
            request.Target.StartsWith("/misp/", StringComparison.Ordinal)
            && files.TryGetValue(request.Target["/misp/".Length..], out var text)
                ? new TestAnswer(text) { Headers = ["Content-Type: application/json"] }
                : new TestAnswer("no", 404)
        );

    private static string Manifest(params (string Id, int Seconds)[] events) =>
        "{"
        + string.Join(
            ",",
            events.Select(entry => $"\"{entry.Id}\":{{\"info\":\"x\",\"timestamp\":\"{entry.Seconds}\"}}")
        )
        + "}";

    private static Workspace With(TestServer server, string more = "", string source = "")
    {
        var work = new Workspace();
        work.Write(
            "p.yaml",
            $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: a
                from: { type: misp_feed, url: "{{server.Url}}/misp/", retry_delay: 1ms, {{more}} }
                read: { type: misp }
                trust: { reliability: A, credibility: 1, confidence: 80, tlp: clear }
                {{source}}
            sinks:
              - { name: list, render: { type: plain_list }, to: { type: file, path: out/list.txt }, max_change: 1000000% }
            """
        );
        return work;
    }

    private static List<string> Asked(TestServer server)
    {
        List<string> asked = [.. server.Requests.Select(request => request.Target["/misp/".Length..])];
        server.Requests.Clear();
        return asked;
    }

    [Fact]
    public void Only_events_that_are_new_or_changed_are_fetched()
    {
        var files = new Dictionary<string, string>
        {
            ["manifest.json"] = Manifest((Second, 1767225601), (First, 1767225600)),
            [First + ".json"] = Event(First, "a.example", 1767225600),
            [Second + ".json"] = Event(Second, "b.example", 1767225601),
        };
        using var server = Serve(files);
        using var work = With(server);
        work.Run();
        Assert.Equal(["a.example", "b.example"], work.Lines("out/list.txt"));
        // The oldest change first.
        Assert.Equal(["manifest.json", First + ".json", Second + ".json"], Asked(server));
        work.Run();
        Assert.Equal(["manifest.json"], Asked(server));
        files[Second + ".json"] = Event(Second, "c.example", 1767225700);
        files[Third + ".json"] = Event(Third, "d.example", 1767225800);
        files["manifest.json"] = Manifest((First, 1767225600), (Second, 1767225700), (Third, 1767225800));
        work.Run();
        Assert.Equal(["manifest.json", Second + ".json", Third + ".json"], Asked(server));
        Assert.Equal(["a.example", "b.example", "c.example", "d.example"], work.Lines("out/list.txt"));
    }

    [Fact]
    public void An_event_that_is_not_there_is_an_alarm_and_the_others_are_read()
    {
        var files = new Dictionary<string, string>
        {
            ["manifest.json"] = Manifest((First, 1767225600), (Second, 1767225601)),
            [Second + ".json"] = Event(Second, "b.example", 1767225601),
        };
        using var server = Serve(files);
        using var work = With(server);
        var result = work.TryRun();
        Assert.Equal(1, result.Exit);
        var alarm = Assert.Single(result.Json.GetProperty("alarms").EnumerateArray());
        Assert.Equal("CTI-SOURCE-053", alarm.GetProperty("code").GetString());
        Assert.Contains(First, alarm.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(["b.example"], work.Column("SELECT value FROM observations"));
        Asked(server);
        files[First + ".json"] = Event(First, "a.example", 1767225600);
        work.Run();
        Assert.Equal(["manifest.json", First + ".json"], Asked(server));
        Assert.Equal(["a.example", "b.example"], work.Lines("out/list.txt"));
    }

    [Fact]
    public void A_reading_fetches_as_many_events_as_it_may_and_the_next_one_the_rest()
    {
        var files = new Dictionary<string, string>
        {
            ["manifest.json"] = Manifest((First, 1767225600), (Second, 1767225601)),
            [First + ".json"] = Event(First, "a.example", 1767225600),
            [Second + ".json"] = Event(Second, "b.example", 1767225601),
        };
        using var server = Serve(files);
        using var work = With(server, "max_events: 1");
        work.Run();
        Assert.Equal(["a.example"], work.Lines("out/list.txt"));
        work.Run();
        Assert.Equal(["a.example", "b.example"], work.Lines("out/list.txt"));
    }

    [Theory]
    [InlineData("<html>", "CTI-SOURCE-016")]
    [InlineData("[]", "CTI-SOURCE-052")]
    [InlineData("{\"00000000-0000-4000-8000-0000000000a1\":{\"timestamp\":", "CTI-SOURCE-052")]
    public void What_is_no_manifest_is_told(string manifest, string code)
    {
        using var server = Serve(new() { ["manifest.json"] = manifest });
        using var work = With(server);
        var result = work.TryRun();
        Assert.Equal(1, result.Exit);
        Assert.Equal(code, result.Json.GetProperty("alarms")[0].GetProperty("code").GetString());
    }

    [Fact]
    public void Names_that_are_no_UUIDs_are_not_fetched()
    {
        var files = new Dictionary<string, string>
        {
            ["manifest.json"] = "{\"../../secret\":{\"timestamp\":\"1\"},\"x\":7," + Manifest((First, 1767225600))[1..],
            [First + ".json"] = Event(First, "a.example", 1767225600),
        };
        using var server = Serve(files);
        using var work = With(server);
        work.Run();
        Assert.Equal(["manifest.json", First + ".json"], Asked(server));
    }

    [Fact]
    public void A_snapshot_is_fetched_whole_or_not_at_all()
    {
        var files = new Dictionary<string, string>
        {
            ["manifest.json"] = Manifest((First, 1767225600), (Second, 1767225601)),
            [First + ".json"] = Event(First, "a.example", 1767225600),
            [Second + ".json"] = Event(Second, "b.example", 1767225601),
        };
        using var server = Serve(files);
        using var work = With(server, source: "mode: snapshot");
        work.Run();
        work.Run();
        Asked(server);
        files["manifest.json"] = Manifest((First, 1767225600), (Third, 1767225602));
        files[Third + ".json"] = Event(Third, "c.example", 1767225602);
        work.Run();
        Assert.Equal(["manifest.json", First + ".json", Third + ".json"], Asked(server));
        Assert.Equal(["a.example", "c.example"], work.Lines("out/list.txt"));
    }

    [Theory]
    [InlineData("https://feed.example/misp/manifest.json")]
    [InlineData("https://feed.example/misp/?key=1")]
    public void The_url_is_that_of_a_folder(string url)
    {
        using var work = new Workspace();
        work.Write(
            "p.yaml",
            $"pipeline: p\nstore: out/s.duckdb\nsources:\n  - {{ name: a, from: {{ type: misp_feed, url: \"{url}\" }}, read: {{ type: misp }} }}\n"
        );
        var result = work.Cti("validate", "p.yaml");
        Assert.Equal(2, result.Exit);
        Assert.Contains("folder", result.ToString(), StringComparison.Ordinal);
    }
}
