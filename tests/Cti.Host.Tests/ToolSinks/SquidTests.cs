// Squid reads what we render as its access lists: requests for listed names and addresses are refused (403), others are not.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.ToolSinks;

[Collection(Heavy.Name)]
public class SquidTests
{
    [Theory]
    [Trait("Tool", "squid")]
    [InlineData(
        "domains",
        "dstdomain",
        "one.example.com below.two.example.com two.example.com three.example.com",
        "http://one.example.com:1/",
        "http://deep.below.two.example.com:1/",
        "http://free.example.com:1/"
    )]
    [InlineData(
        "addresses",
        "dst",
        "127.0.0.9 127.0.1.0/24 127.0.1.7 2001:db8:1::/48",
        "http://127.0.0.9:1/",
        "http://127.0.1.200:1/",
        "http://127.0.0.1:1/"
    )]
    public async Task What_is_listed_is_refused_until_it_is_taken_back(
        string list,
        string kind,
        string values,
        string taken,
        string kept,
        string free
    )
    {
        if (Tools.Find("squid", "squid") is not { } squid)
        {
            return;
        }

        var listed = values.Split(' ');
        using var work = ToolSink.With($"type: squid, list: {list}", "listed.txt", listed);
        work.Write(
            "p.yaml",
            work.Read("p.yaml")
                .Replace(
                    "sinks:",
                    "screen: { private: keep, min_prefix: { ipv4: 8, ipv6: 8 } }\nsinks:",
                    StringComparison.Ordinal
                )
        );
        // Squid gives up the rights of root, and must still come to its files.
        using (var open = CtiProcess.Launch(work.Root, "chmod", "755", work.Root))
        {
            open.Wait();
        }

        work.Run();
        var port = ToolSink.FreePort();
        work.Write("hosts", "127.0.0.1 one.example.com deep.below.two.example.com free.example.com\n");
        work.Write(
            "squid.conf",
            $"""
            http_port 127.0.0.1:{port}
            acl listed {kind} "{work.PathOf("out/listed.txt")}"
            http_access deny listed
            http_access allow all
            hosts_file {work.PathOf("hosts")}
            visible_hostname proxy.example
            pid_filename none
            netdb_filename none
            pinger_enable off
            cache deny all
            access_log none
            cache_log /dev/null
            shutdown_lifetime 0 seconds
            connect_timeout 5 seconds
            """
        );
        var proxy = new Uri($"http://127.0.0.1:{port}");
        using (ToolSink.Serve(work, port, squid, "-N", "-f", work.PathOf("squid.conf")))
        {
            Assert.Equal(403, await ToolSink.Status(new Uri(taken), proxy));
            Assert.Equal(403, await ToolSink.Status(new Uri(kept), proxy));
            // Nobody listens on port 1.
            Assert.Equal(503, await ToolSink.Status(new Uri(free), proxy));
        }

        ToolSink.List(work, listed[1..]);
        work.Run();
        using (ToolSink.Serve(work, port, squid, "-N", "-f", work.PathOf("squid.conf")))
        {
            Assert.Equal(503, await ToolSink.Status(new Uri(taken), proxy));
            Assert.Equal(403, await ToolSink.Status(new Uri(kept), proxy));
        }
    }

    [Fact]
    [Trait("Tool", "squid")]
    public void Squid_finds_nothing_to_warn_of_in_lists_whose_entries_contain_each_other()
    {
        if (Tools.Find("squid", "squid") is not { } squid)
        {
            return;
        }

        using var work = ToolSink.With(
            "type: squid, list: addresses",
            "listed.txt",
            ["8.8.4.0/24", "8.8.4.4", "8.8.4.128/25", "198.51.100.7", "2001:db8:1::/48", "2001:db8:1::7"]
        );
        work.Run();
        work.Write("squid.conf", $"acl listed dst \"{work.PathOf("out/listed.txt")}\"\nhttp_port 127.0.0.1:1\n");
        using var parse = CtiProcess.Launch(work.Root, squid, "-k", "parse", "-f", work.PathOf("squid.conf"));
        var said = parse.Wait();
        Assert.True(said.Exit == 0, said.ToString());
        Assert.DoesNotContain("WARNING", said.Out + said.Error, StringComparison.Ordinal);
    }
}
