// nft loads what we render, in a network of the test's own: packets to listed addresses are dropped, others pass, and what is taken back is let through again.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.ToolSinks;

[Collection(Heavy.Name)]
public class NftablesTests
{
    // In one network namespace, which is gone with the script: a firewall that drops what is listed, two runs, and packets.
    private const string Script = """
        set -e
        cti=$1
        passes() { bash -c 'echo x >"/dev/udp/$0/9"' "$1" 2>/dev/null || { echo "no packet to $1"; exit 1; }; }
        dropped() { if bash -c 'echo x >"/dev/udp/$0/9"' "$1" 2>/dev/null; then echo "a packet to $1"; exit 1; fi; }
        ip link set lo up
        ip route add default dev lo
        ip -6 route add default dev lo
        "$cti" run p.yaml --json
        nft -f firewall.nft
        cp out/blocklist.nft first.nft
        dropped 192.0.2.4
        dropped 198.51.100.200
        dropped 2001:db8:1::7
        dropped 203.0.113.65
        dropped 203.0.113.100
        passes 203.0.113.128
        passes 192.0.2.5
        passes 203.0.113.9
        passes 2001:db8:2::7
        nft get element inet cti blocklist_ipv4 '{ 192.0.2.4 }' >/dev/null
        cp later.txt in/a.txt
        "$cti" run p.yaml --json
        passes 192.0.2.4
        passes 2001:db8:1::7
        passes 203.0.113.100
        dropped 203.0.113.65
        dropped 198.51.100.200
        dropped 203.0.113.9
        nft list ruleset
        """;

    [Theory]
    [Trait("Tool", "nft")]
    [InlineData(false)]
    [InlineData(true)]
    public void A_listed_address_gets_no_packet_any_more_and_one_that_is_taken_back_does(bool folds)
    {
        if (
            Tools.Find("nft", "nftables") is null
            || Tools.Find("ip", "iproute2") is null
            || Tools.Find("unshare", "util-linux") is not { } unshare
        )
        {
            return;
        }

        using var work = ToolSink.With(
            "type: nftables",
            "blocklist.nft",
            [
                "192.0.2.4",
                "198.51.100.0/24",
                "198.51.100.7",
                "2001:db8:1::/48",
                "2001:db8:1::7",
                "8.8.4.0/24",
                "203.0.113.64/27",
                "203.0.113.96/27",
            ],
            $$"""
            fold: {{(folds ? "true" : "false")}}
                check: { type: built_in }
                reload: { run: [ nft, -f, "{file}" ] }
            """
        );
        work.Write(
            "later.txt",
            "198.51.100.0/24\n198.51.100.7\n203.0.113.9\n2001:db8:5::/48\n8.8.4.0/24\n203.0.113.64/27\n"
        );
        work.Write(
            "firewall.nft",
            """
            table inet cti {
              chain out {
                type filter hook output priority filter;
                ip daddr @blocklist_ipv4 drop
                ip6 daddr @blocklist_ipv6 drop
              }
            }
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
        Assert.Equal(folds, work.Read("first.nft").Contains("203.0.113.64/26", StringComparison.Ordinal));
    }
}
