// Commands that read no source deliver all the same, and so need the secrets of what they deliver to: a server once got the reference in their place.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Delivery;

public class SecretDeliveryTests
{
    private const string Key = "s3cr3t-k3y";

    private static Workspace To(FaultServer server)
    {
        var work = new Workspace();
        work.Write(
            "p.yaml",
            PipelineText
                .List()
                .Replace(
                    "{ type: file, path: \"in/a*\" }",
                    "{ type: http, url: \"http://127.0.0.1:9/${env:CTI_TEST_UNSET}\" }",
                    StringComparison.Ordinal
                )
                + $"\n  - {{ name: siem, render: {{ type: ndjson }}, to: {{ type: http, url: \"{server.Url}\", headers: {{ Authorization: \"Bearer ${{file:key.txt}}\" }} }} }}\n"
        );
        work.Write("key.txt", Key);
        work.Write("in/2025-11-01.txt", "a.example.com\n");
        return work;
    }

    private static readonly string[] Backfill = ["backfill", "p.yaml", "--input", "a=in/*", "--now", Workspace.Now];

    [Fact]
    public void A_backfill_and_a_replay_deliver_with_the_secrets_of_the_sinks_and_without_those_of_the_sources()
    {
        using var server = new FaultServer();
        server.Judge = _ => new Fault.Answer(400);
        using var work = To(server);
        var backfilled = work.Cti(Backfill);
        Assert.True(backfilled.Exit == 0, backfilled.ToString());
        Assert.Single(work.Column("SELECT id FROM dead_letters WHERE status = 'open' AND stage = 'sink:siem'"));
        server.Judge = _ => Fault.None;
        var replayed = work.Cti("dead-letters", "replay", "p.yaml", "--now", Workspace.Now);
        Assert.True(replayed.Exit == 0, replayed.ToString());
        Assert.Equal(["replayed"], work.Column("SELECT status FROM dead_letters"));
        Assert.True(server.Requests.Count >= 2);
        Assert.All(server.Requests, request => Assert.Equal($"Bearer {Key}", request["authorization"]));
    }

    [Fact]
    public void A_secret_that_is_missing_is_named_before_anything_is_sent_and_not_asked_for_where_nothing_is()
    {
        using var server = new FaultServer();
        server.Judge = _ => new Fault.Answer(400);
        using var work = To(server);
        Assert.Equal(0, work.Cti(Backfill).Exit);
        File.Delete(work.PathOf("key.txt"));
        var before = server.Requests.Count;
        foreach (var command in (string[][])[Backfill, ["dead-letters", "replay", "p.yaml"]])
        {
            var refused = work.Cti(command);
            Assert.Equal(2, refused.Exit);
            Assert.Contains("key.txt", refused.Error, StringComparison.Ordinal);
        }

        Assert.Equal(before, server.Requests.Count);
        foreach (
            var command in (string[][])
                [
                    ["dead-letters", "list", "p.yaml"],
                    ["dead-letters", "purge", "p.yaml", "--yes"],
                    ["cursor", "list", "p.yaml"],
                    ["export", "p.yaml/list"],
                    [.. Backfill, "--verify"],
                ]
        )
        {
            var answered = work.Cti(command);
            Assert.True(answered.Exit == 0, answered.ToString());
        }
    }
}
