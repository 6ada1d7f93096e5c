// cti probe with real tools: nft in a network of the test's own, and a real BIND; each has the value, and lets go of it.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Probes;

[Collection(Heavy.Name)]
public class ToolProbeTests
{
    // In one network namespace: the sets are loaded, probed, and hold what they held.
    private const string Script = """
        set -e
        cti=$1
        "$cti" run p.yaml --quiet
        before=$(sha256sum out/blocklist.nft)
        "$cti" probe p.yaml tool
        [ "$before" = "$(sha256sum out/blocklist.nft)" ] || { echo "the file is another"; exit 9; }
        nft get element inet cti blocklist_ipv4 '{ 192.0.2.4 }' >/dev/null
        ! nft get element inet cti blocklist_ipv4 '{ 192.0.2.77 }' 2>/dev/null
        # A tool that is asked about another set than it is told of.
        sed -i 's/blocklist_ipv4/blocklist_ipv6/' p.yaml
        "$cti" probe p.yaml tool || echo "exit $?"
        [ "$before" = "$(sha256sum out/blocklist.nft)" ] || { echo "the file is another"; exit 9; }
        """;

    [Fact]
    [Trait("Tool", "nft")]
    public void Nft_has_the_value_and_lets_go_of_it()
    {
        if (Tools.Find("nft", "nftables") is null || Tools.Find("unshare", "util-linux") is not { } unshare)
        {
            return;
        }

        using var work = ToolSink.With(
            "type: nftables",
            "blocklist.nft",
            ["192.0.2.4", "198.51.100.0/24", "2001:db8:1::/48"],
            """
            check: { type: built_in }
                reload: { run: [ nft, -f, "{file}" ] }
                probe: { run: [ nft, get, element, inet, cti, blocklist_ipv4, "{ {value} }" ], timeout: 5s }
            """
        );
        using var process = CtiProcess.Launch(
            work.Root,
            unshare,
            "-rn",
            "sh",
            "-c",
            Script,
            "script",
            CtiProcess.Executable
        );
        var result = process.Wait();
        Assert.True(result.Exit == 0, result.ToString());
        Assert.Contains(
            "tool: open: 192.0.2.77 was written, accepted by nft, loaded by nft, seen by the tool, and withdrawn",
            result.Out,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "tool: closed: CTI-PROBE-002 192.0.2.77 is in out/blocklist.nft",
            result.Out,
            StringComparison.Ordinal
        );
        Assert.Contains("exit 1", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Tool", "named")]
    public void BIND_has_the_name_and_lets_go_of_it()
    {
        if (Tools.Find("named") is not { } named || Tools.Find("dig") is not { } dig)
        {
            return;
        }

        var port = ToolSink.FreePort();
        using var work = ToolSink.With(
            "type: rpz, zone: rpz.example",
            "rpz.zone",
            ["listed.example.com"],
            $$"""
            check: { type: built_in }
                where: "type = 'domain'"
                reload: { run: [ sh, -c, "test ! -e named.pid || kill -HUP $(cat named.pid)" ] }
                probe: { run: [ sh, listed.sh, "{value}" ] }
            """
        );
        // What the zone itself holds: NXDOMAIN there is no answer, a CNAME is.
        work.Write(
            "listed.sh",
            $"'{dig}' @127.0.0.1 -p {port} +short +time=1 +tries=2 \"$1.rpz.example\" CNAME | grep -q .\n"
        );
        work.Run();
        var before = work.Read("out/rpz.zone");
        work.Write(
            "named.conf",
            $$"""
            options {
              directory "{{work.Root}}"; listen-on port {{port}} { 127.0.0.1; }; listen-on-v6 { none; }; pid-file "named.pid"; session-keyfile none;
              recursion no; allow-query { 127.0.0.1; }; dnssec-validation no; empty-zones-enable no;
            };
            controls { };
            zone "rpz.example" { type primary; file "{{work.PathOf("out/rpz.zone")}}"; };
            """
        );
        using var server = ToolSink.Serve(work, port, named, "-g", "-n", "1", "-c", work.PathOf("named.conf"));
        Assert.True(
            SpinWait.SpinUntil(() => work.Exists("named.pid"), TimeSpan.FromSeconds(60)),
            "named wrote no pid file"
        );

        var probe = work.Cti("probe", "p.yaml", "tool");

        Assert.True(probe.Exit == 0, probe.ToString());
        Assert.Contains(
            "tool: open: probe.example was written, accepted by named-checkzone, loaded by sh, seen by the tool, and withdrawn",
            probe.Out,
            StringComparison.Ordinal
        );
        Assert.Equal(before, work.Read("out/rpz.zone"));
        server.Kill();
    }
}
