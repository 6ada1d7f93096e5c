// nginx includes what we render: requests for listed names, and of listed clients, are refused.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.ToolSinks;

[Collection(Heavy.Name)]
public class NginxTests
{
    [Theory]
    [Trait("Tool", "nginx")]
    [InlineData(
        "map",
        "map $host $listed { hostnames; default 0; include \"LIST\"; }",
        "if ($listed) { return 403; } return 200;",
        "Host",
        "one.example.com two.example.com below.two.example.com",
        "one.example.com",
        "deep.two.example.com",
        "free.example.com"
    )]
    [InlineData(
        "geo",
        "geo $http_x_client $listed { default 0; include \"LIST\"; }",
        "if ($listed) { return 403; } return 200;",
        "X-Client",
        "8.8.8.8 8.8.4.0/24 8.8.4.7 2001:db8:1::/48",
        "8.8.8.8",
        "8.8.4.200",
        "8.8.8.9"
    )]
    [InlineData(
        "deny",
        "real_ip_header X-Client; set_real_ip_from 127.0.0.1;",
        "include \"LIST\"; empty_gif;",
        "X-Client",
        "8.8.8.8 8.8.4.0/24 2001:db8:1::/48",
        "8.8.8.8",
        "8.8.4.200",
        "8.8.8.9"
    )]
    public async Task What_is_listed_is_refused_until_it_is_taken_back(
        string block,
        string above,
        string inside,
        string header,
        string values,
        string taken,
        string kept,
        string free
    )
    {
        if (Tools.Find("nginx", "nginx-light") is not { } nginx)
        {
            return;
        }

        var listed = values.Split(' ');
        using var work = ToolSink.With($"type: nginx, block: {block}", "listed.conf", listed);
        work.Run();
        var port = ToolSink.FreePort();
        var list = work.PathOf("out/listed.conf");
        var config = $$"""
            daemon off; master_process off; pid "{{work.PathOf("pid")}}"; error_log stderr;
            events { }
            http {
              access_log off;
              {{above}}
              server { listen 127.0.0.1:{{port}}; location / { {{inside}} } }
            }
            """;
        work.Write("nginx.conf", config.Replace("LIST", list, StringComparison.Ordinal));
        var web = new Uri($"http://127.0.0.1:{port}/");
        using (ToolSink.Serve(work, port, nginx, "-e", "stderr", "-c", work.PathOf("nginx.conf")))
        {
            Assert.Equal(403, await ToolSink.Status(web, null, (header, taken)));
            Assert.Equal(403, await ToolSink.Status(web, null, (header, kept)));
            Assert.Equal(200, await ToolSink.Status(web, null, (header, free)));
        }

        ToolSink.List(work, listed[1..]);
        work.Run();
        using (ToolSink.Serve(work, port, nginx, "-e", "stderr", "-c", work.PathOf("nginx.conf")))
        {
            Assert.Equal(200, await ToolSink.Status(web, null, (header, taken)));
            Assert.Equal(403, await ToolSink.Status(web, null, (header, kept)));
        }
    }
}
