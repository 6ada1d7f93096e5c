// A key that is renewed while pipelines run: read again when its file changes, and when a server does not know the old one any more.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Serve;

public class SecretRenewalTests
{
    private static string Keyed(string url) =>
        $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: a
                from: { type: http, url: "{{url}}/list", headers: { Auth-Key: "${file:key}" } }
                read: { type: lines }
                map: [ { value: { field: line }, type: auto } ]
                schedule: { every: 1s }
            sinks:
              - { name: list, render: { type: plain_list }, to: { type: file, path: out/list.txt } }
            """;

    [Fact]
    public void A_key_that_was_renewed_since_it_was_read_is_asked_for_once_more()
    {
        using var work = new Workspace();
        work.Write("key", "old-key\n");
        using var server = new TestServer(request =>
        {
            // Renewed at the very moment at which the old one is shown.
            work.Write("key", "new-key\n");
            return request["auth-key"] == "new-key" ? new TestAnswer("a.example.com\n") : new TestAnswer("", 401);
        });
        work.Write("p.yaml", Keyed(server.Url));
        work.Run();
        Assert.Equal(["a.example.com"], work.Lines("out/list.txt"));
        Assert.Equal(["old-key", "new-key"], server.Requests.Select(request => request["auth-key"]));
    }

    [Fact]
    public void A_key_that_did_not_change_or_is_still_wrong_is_not_tried_for_ever()
    {
        using var work = new Workspace();
        work.Write("key", "old-key\n");
        var renewals = 0;
        using var server = new TestServer(_ =>
        {
            work.Write("key", $"wrong-key-{Math.Min(++renewals, 1)}\n");
            return new TestAnswer("", 401);
        });
        work.Write("p.yaml", Keyed(server.Url));
        var result = work.TryRun();
        Assert.Equal(1, result.Exit);
        Assert.Equal(["old-key", "wrong-key-1"], server.Requests.Select(request => request["auth-key"]));
        Assert.Contains("CTI-SOURCE-012", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-key-1", result.ToString(), StringComparison.Ordinal);
        // Nothing has changed since: one request.
        work.TryRun();
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public void A_service_shows_the_key_that_its_file_holds_now()
    {
        using var work = new Workspace();
        work.Write("key", "old-key\n");
        using var server = new TestServer(_ => new TestAnswer("a.example.com\n"));
        work.Write("p.yaml", Keyed(server.Url));
        using var service = ServiceProcess.Start(work, "p.yaml");
        service.WaitFor("p: done");
        Assert.All(server.Requests, request => Assert.Equal("old-key", request["auth-key"]));
        work.Write("key", "new-key\n");
        service.WaitFor("reloaded");
        service.WaitFor("p: done");
        service.WaitFor("p: done");
        service.Stop();
        Assert.Equal("new-key", server.Requests.Last()["auth-key"]);
        Assert.DoesNotContain("-key", service.Said, StringComparison.Ordinal);
    }
}
