// ipset loads what we render, in a network of the test's own, and replaces the set in use at once.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.ToolSinks;

[Collection(Heavy.Name)]
public class IpsetTests
{
    private const string Script = """
        set -e
        cti=$1
        listed() { ipset -q test "$1" "$2" || { echo "$2 is not in $1"; exit 1; }; }
        free() { if ipset -q test "$1" "$2"; then echo "$2 is in $1"; exit 1; fi; }
        "$cti" run p.yaml --json
        listed blocklist_ipv4 192.0.2.4
        listed blocklist_ipv4 198.51.100.200
        listed blocklist_ipv6 2001:db8:1::7
        free blocklist_ipv4 192.0.2.5
        free blocklist_ipv6 2001:db8:2::7
        cp later.txt in/a.txt
        "$cti" run p.yaml --json
        free blocklist_ipv4 192.0.2.4
        listed blocklist_ipv4 198.51.100.200
        listed blocklist_ipv4 203.0.113.9
        test "$(ipset list -n | sort | tr '\n' ' ')" = "blocklist_ipv4 blocklist_ipv6 "
        """;

    [Fact]
    [Trait("Tool", "ipset")]
    public void A_listed_address_is_in_the_set_and_one_that_is_taken_back_is_not()
    {
        if (Tools.Find("ipset", "ipset") is null || Tools.Find("unshare", "util-linux") is not { } unshare)
        {
            return;
        }

        using var work = ToolSink.With(
            "type: ipset",
            "blocklist.ipset",
            ["192.0.2.4", "198.51.100.0/24", "198.51.100.7", "2001:db8:1::/48", "8.8.4.0/24"],
            """
            check: { type: built_in }
                reload: { run: [ ipset, restore, -f, "{file}" ] }
            """
        );
        work.Write("later.txt", "198.51.100.0/24\n198.51.100.7\n203.0.113.9\n2001:db8:1::/48\n8.8.4.0/24\n");
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
    }

    [Fact]
    [Trait("Tool", "ipset")]
    public void More_than_a_set_takes_is_refused_by_the_checker_and_more_room_than_it_has_by_validate()
    {
        if (Tools.Find("ipset", "ipset") is null || Tools.Find("unshare", "util-linux") is null)
        {
            return;
        }

        using var work = ToolSink.With(
            "type: ipset, max_elements: 64",
            "blocklist.ipset",
            Enumerable.Range(1, 250).Select(number => $"198.51.100.{number}")
        );
        var run = work.TryRun();
        Assert.True(run.Exit == 1, run.ToString());
        Assert.Contains("full", run.Error, StringComparison.Ordinal);
        Assert.False(work.Exists("out/blocklist.ipset"));

        work.Write(
            "p.yaml",
            work.Read("p.yaml").Replace("check:", "capacity: 100\n    check:", StringComparison.Ordinal)
        );
        var validate = work.Cti("validate", "p.yaml");
        Assert.True(validate.Exit == 2, validate.ToString());
        Assert.Contains("a set takes 64 entries", validate.Error, StringComparison.Ordinal);
    }
}
