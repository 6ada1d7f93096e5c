// The rendered zone judged by the software that will load it: named-checkzone reads it, and a real BIND blocks what it lists and nothing else.

using System.Net;
using System.Net.Sockets;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Sinks;

[Collection(Heavy.Name)]
public class BindTests
{
    [Fact]
    public void Named_checkzone_accepts_the_zone_and_the_zone_of_the_next_run_has_a_higher_serial()
    {
        if (Tools.Find("named-checkzone") is not { } checker)
        {
            return;
        }

        using var work = Zone();
        work.Write("in/a.csv", Feeds.Csv(21, 3000, 3000));
        work.Run();
        var first = Check(work, checker);
        work.Write(
            "in/a2.csv",
            Feeds.Header + "new-in-zone.example.com,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,,90\n"
        );
        // Within the same second: the serial must rise all the same.
        work.Run();
        var second = Check(work, checker);
        Assert.True(second > first, $"serial {second} after {first}");
    }

    [Fact]
    public void A_real_BIND_blocks_a_listed_name_and_answers_an_unlisted_one()
    {
        if (Tools.Find("named") is not { } named || Tools.Find("dig") is not { } dig)
        {
            return;
        }

        using var work = Zone();
        work.Write(
            "in/a.csv",
            Feeds.Header
                + "listed.answers.example,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,,90\n192.0.2.66,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,,90\n8.8.4.0/24,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,,90\n"
        );
        work.Run();
        var port = FreePort();
        work.Write(
            "answers.zone",
            "$TTL 60\n@ SOA ns.answers.example. root.answers.example. 1 60 60 60 60\n NS ns\nns A 127.0.0.1\nlisted A 127.0.0.2\nfree A 127.0.0.3\nat-listed-address A 8.8.4.4\n"
        );
        work.Write(
            "named.conf",
            $$"""
            options {
              directory "{{work.Root}}"; listen-on port {{port}} { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none; session-keyfile none;
              recursion yes; allow-query { 127.0.0.1; }; dnssec-validation no; empty-zones-enable no;
              response-policy { zone "rpz.example"; } qname-wait-recurse no;
            };
            controls { };
            zone "rpz.example" { type primary; file "{{work.PathOf("out/rpz.zone")}}"; allow-query { none; }; };
            zone "answers.example" { type primary; file "{{work.PathOf("answers.zone")}}"; };
            """
        );
        using var server = CtiProcess.Launch(work.Root, named, "-g", "-n", "1", "-c", work.PathOf("named.conf"));

        string Ask(string name)
        {
            using var query = CtiProcess.Launch(
                work.Root,
                dig,
                "@127.0.0.1",
                "-p",
                $"{port}",
                "+time=1",
                "+tries=1",
                name,
                "A"
            );
            return query.Wait().Out;
        }

        // dig itself waits up to a second per try; each try counts.
        var ready = false;
        for (var attempt = 0; attempt < 300 && !ready && !server.EndsWithin(TimeSpan.FromMilliseconds(100)); attempt++)
        {
            ready = Ask("free.answers.example").Contains("status: NOERROR", StringComparison.Ordinal);
        }

        if (!ready)
        {
            server.Kill();
            Assert.Fail(server.Wait().Error);
        }

        Assert.Contains("127.0.0.3", Ask("free.answers.example"), StringComparison.Ordinal);
        Assert.Contains("status: NXDOMAIN", Ask("listed.answers.example"), StringComparison.Ordinal);
        Assert.Contains("status: NXDOMAIN", Ask("below.listed.answers.example"), StringComparison.Ordinal);
        // A name that resolves into a listed network is blocked by rpz-ip, which named-checkzone cannot judge.
        Assert.Contains("status: NXDOMAIN", Ask("at-listed-address.answers.example"), StringComparison.Ordinal);
        server.Kill();
        Assert.DoesNotContain("invalid rpz", server.Wait().Error, StringComparison.OrdinalIgnoreCase);
    }

    private static long Check(Workspace work, string checker)
    {
        using var process = CtiProcess.Launch(work.Root, checker, "rpz.example", "out/rpz.zone");
        var result = process.Wait();
        Assert.True(result.Exit == 0, result.ToString());
        Assert.DoesNotContain("ignoring", result.Out, StringComparison.Ordinal);
        var serial = System.Text.RegularExpressions.Regex.Match(result.Out, @"loaded serial (\d+)");
        return long.Parse(serial.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
    }

    private static Workspace Zone()
    {
        var work = new Workspace();
        work.Write(
            "p.yaml",
            """
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: a
                from: { type: file, path: "in/a*" }
                read: { type: csv }
                map: [ { value: { field: value }, type: auto, first_seen: { field: first_seen }, last_seen: { field: last_seen } } ]
                trust: { reliability: A, credibility: 1, confidence: 80 }
            sinks:
              - { name: zone, render: { type: rpz, zone: rpz.example }, to: { type: file, path: out/rpz.zone } }
            """
        );
        return work;
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
