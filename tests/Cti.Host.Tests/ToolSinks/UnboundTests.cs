// Unbound reads what we render, as local zones and as a response policy zone: listed names and all under them are answered as the sink says, others as ever.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.ToolSinks;

[Collection(Heavy.Name)]
public class UnboundTests
{
    // Speaks for answers.example, as somebody's name server on the Internet would.
    private const string Answers = """
        local-zone: "answers.example." static
        local-data: "answers.example. 60 IN SOA ns.answers.example. root.answers.example. 1 60 60 60 60"
        local-data: "answers.example. 60 IN NS ns.answers.example."
        local-data: "free.answers.example. 60 IN A 127.0.0.3"
        local-data: "listed.answers.example. 60 IN A 127.0.0.2"
        local-data: "below.listed.answers.example. 60 IN A 127.0.0.2"
        local-data: "other.answers.example. 60 IN A 127.0.0.2"
        local-data: "at-listed-address.answers.example. 60 IN A 8.8.4.4"
        """;

    [Fact]
    [Trait("Tool", "unbound")]
    public void Local_zones_speak_for_listed_names_and_all_under_them_and_no_more_when_they_are_taken_back()
    {
        if (
            Tools.Find("unbound", "unbound") is not { } unbound
            || Tools.Find("unbound-checkconf", "unbound") is null
            || Tools.Find("dig") is not { } dig
        )
        {
            return;
        }

        using var work = ToolSink.With(
            "type: unbound_zone",
            "listed.conf",
            ["listed.answers.example", "other.answers.example"]
        );
        work.Run();
        var port = Resolver(work, $"include: \"{work.PathOf("out/listed.conf")}\"", "iterator");
        using (ToolSink.Serve(work, port, unbound, "-d", "-c", work.PathOf("resolver.conf")))
        {
            Assert.Contains("127.0.0.3", Ask(work, dig, port, "free.answers.example"), StringComparison.Ordinal);
            AssertNoSuchName(Ask(work, dig, port, "listed.answers.example"));
            AssertNoSuchName(Ask(work, dig, port, "below.listed.answers.example"));
        }

        ToolSink.List(work, ["other.answers.example"]);
        work.Run();
        using (ToolSink.Serve(work, port, unbound, "-d", "-c", work.PathOf("resolver.conf")))
        {
            Assert.Contains("127.0.0.2", Ask(work, dig, port, "listed.answers.example"), StringComparison.Ordinal);
            AssertNoSuchName(Ask(work, dig, port, "other.answers.example"));
        }
    }

    [Theory]
    [Trait("Tool", "unbound")]
    [InlineData("answer: nodata", "status: NOERROR", "ANSWER: 0")]
    [InlineData("answer: zero", "status: NOERROR", "0.0.0.0")]
    [InlineData("answer: refuse", "status: REFUSED", "ANSWER: 0")]
    [InlineData("sinkhole: [ 192.0.2.53, \"2001:db8::53\" ]", "status: NOERROR", "192.0.2.53")]
    public void Each_answer_is_what_Unbound_answers(string option, string status, string told)
    {
        if (Tools.Find("unbound", "unbound") is not { } unbound || Tools.Find("dig") is not { } dig)
        {
            return;
        }

        using var work = ToolSink.With($"type: unbound_zone, {option}", "listed.conf", ["sunk.answers.example"]);
        work.Run();
        // No answers of its own: they would be local data in the very zone.
        var port = ToolSink.FreePort();
        work.Write(
            "resolver.conf",
            $"{Server(work, port, "iterator")}\ninclude: \"{work.PathOf("out/listed.conf")}\"\n"
        );
        using var server = ToolSink.Serve(work, port, unbound, "-d", "-c", work.PathOf("resolver.conf"));
        var answer = Ask(work, dig, port, "below.sunk.answers.example");
        Assert.Contains(status, answer, StringComparison.Ordinal);
        Assert.Contains(told, answer, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Tool", "unbound")]
    public void A_response_policy_zone_blocks_listed_names_and_addresses_until_they_are_taken_back()
    {
        if (Tools.Find("unbound", "unbound") is not { } unbound || Tools.Find("dig") is not { } dig)
        {
            return;
        }

        using var work = ToolSink.With(
            "type: rpz, zone: rpz.example",
            "rpz.zone",
            ["listed.answers.example", "other.answers.example", "8.8.4.0/24"]
        );
        work.Run();
        var authority = ToolSink.FreePort();
        work.Write("authority.conf", $"{Server(work, authority, "iterator")}\n{Answers}\n");
        using var answers = ToolSink.Serve(work, authority, unbound, "-d", "-c", work.PathOf("authority.conf"));
        var port = ToolSink.FreePort();
        work.Write(
            "resolver.conf",
            $"""
            {Server(work, port, "respip validator iterator")}
            do-not-query-localhost: no
            stub-zone:
              name: "answers.example."
              stub-addr: 127.0.0.1@{authority}
            rpz:
              name: "rpz.example."
              zonefile: "{work.PathOf("out/rpz.zone")}"
            """
        );
        using (ToolSink.Serve(work, port, unbound, "-d", "-c", work.PathOf("resolver.conf")))
        {
            Assert.Contains("127.0.0.3", Ask(work, dig, port, "free.answers.example"), StringComparison.Ordinal);
            AssertNoSuchName(Ask(work, dig, port, "listed.answers.example"));
            AssertNoSuchName(Ask(work, dig, port, "below.listed.answers.example"));
            AssertNoSuchName(Ask(work, dig, port, "at-listed-address.answers.example"));
        }

        ToolSink.List(work, ["other.answers.example", "8.8.4.0/24"]);
        work.Run();
        using (ToolSink.Serve(work, port, unbound, "-d", "-c", work.PathOf("resolver.conf")))
        {
            Assert.Contains("127.0.0.2", Ask(work, dig, port, "listed.answers.example"), StringComparison.Ordinal);
            AssertNoSuchName(Ask(work, dig, port, "other.answers.example"));
        }
    }

    private static void AssertNoSuchName(string answer) =>
        Assert.Contains("status: NXDOMAIN", answer, StringComparison.Ordinal);

    // A resolver that knows the answers itself.
    private static int Resolver(Workspace work, string rest, string modules)
    {
        var port = ToolSink.FreePort();
        work.Write("resolver.conf", $"{Server(work, port, modules)}\n{Answers}\n{rest}\n");
        return port;
    }

    private static string Server(Workspace work, int port, string modules) =>
        $"""
            server:
            interface: 127.0.0.1@{port}
            do-ip6: no
            directory: "{work.Root}"
            chroot: ""
            username: ""
            pidfile: ""
            use-syslog: no
            do-daemonize: no
            num-threads: 1
            module-config: "{modules}"
            """;

    private static string Ask(Workspace work, string dig, int port, string name)
    {
        using var query = CtiProcess.Launch(
            work.Root,
            dig,
            "@127.0.0.1",
            "-p",
            $"{port}",
            "+time=5",
            "+tries=3",
            name,
            "A"
        );
        return query.Wait().Out;
    }
}
