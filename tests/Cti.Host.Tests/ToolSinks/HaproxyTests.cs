// HAProxy reads what we render as its lists of patterns: requests for listed names, and of listed clients, are refused.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.ToolSinks;

[Collection(Heavy.Name)]
public class HaproxyTests
{
    [Theory]
    [Trait("Tool", "haproxy")]
    [InlineData(
        "domains",
        "hdr(host),host_only -i",
        "Host",
        "one.example.com two.example.com",
        "ONE.example.com:80",
        "two.example.com",
        "below.two.example.com"
    )]
    [InlineData(
        "addresses",
        "hdr_ip(x-client)",
        "X-Client",
        "8.8.8.8 8.8.4.0/24 2001:db8:1::/48",
        "8.8.8.8",
        "8.8.4.200",
        "8.8.8.9"
    )]
    public async Task What_is_listed_is_refused_until_it_is_taken_back(
        string list,
        string fetch,
        string header,
        string values,
        string taken,
        string kept,
        string free
    )
    {
        if (Tools.Find("haproxy", "haproxy") is not { } haproxy)
        {
            return;
        }

        var listed = values.Split(' ');
        using var work = ToolSink.With($"type: haproxy, list: {list}", "listed.lst", listed);
        work.Run();
        var port = ToolSink.FreePort();
        work.Write(
            "haproxy.cfg",
            $$"""
            defaults
              mode http
              timeout client 5s
              timeout server 5s
              timeout connect 5s
            frontend web
              bind 127.0.0.1:{{port}}
              http-request deny deny_status 403 if { {{fetch}} -f "{{work.PathOf("out/listed.lst")}}" }
              http-request return status 200

            """
        );
        var web = new Uri($"http://127.0.0.1:{port}/");
        using (ToolSink.Serve(work, port, haproxy, "-db", "-f", work.PathOf("haproxy.cfg")))
        {
            Assert.Equal(403, await ToolSink.Status(web, null, (header, taken)));
            Assert.Equal(403, await ToolSink.Status(web, null, (header, kept)));
            Assert.Equal(200, await ToolSink.Status(web, null, (header, free)));
        }

        ToolSink.List(work, listed[1..]);
        work.Run();
        using (ToolSink.Serve(work, port, haproxy, "-db", "-f", work.PathOf("haproxy.cfg")))
        {
            Assert.Equal(200, await ToolSink.Status(web, null, (header, taken)));
            Assert.Equal(403, await ToolSink.Status(web, null, (header, kept)));
        }
    }
}
