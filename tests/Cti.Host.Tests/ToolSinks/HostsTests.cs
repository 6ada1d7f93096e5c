// glibc reads what we render as its /etc/hosts, in a mount namespace of the test's own.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.ToolSinks;

public class HostsTests
{
    [Fact]
    [Trait("Tool", "getent")]
    public void A_listed_name_leads_nowhere_in_both_families_and_one_that_is_taken_back_is_not_listed()
    {
        if (Tools.Find("getent", "libc-bin") is null || Tools.Find("unshare", "util-linux") is not { } unshare)
        {
            return;
        }

        using var work = ToolSink.With("type: hosts", "hosts", ["one.example.com", "two.example.com"], "");
        work.Run();
        Assert.Equal("0.0.0.0 ::", Lookup(work, unshare, "one.example.com"));
        Assert.Equal("0.0.0.0 ::", Lookup(work, unshare, "two.example.com"));
        Assert.Equal("", Lookup(work, unshare, "below.one.example.com"));

        ToolSink.List(work, ["two.example.com"]);
        work.Run();
        Assert.Equal("", Lookup(work, unshare, "one.example.com"));
        Assert.Equal("0.0.0.0 ::", Lookup(work, unshare, "two.example.com"));
    }

    // What /etc/hosts alone says of a name, in each family.
    private static string Lookup(Workspace work, string unshare, string name)
    {
        using var process = CtiProcess.Launch(
            work.Root,
            unshare,
            "-rm",
            "sh",
            "-c",
            """
            mount --bind out/hosts /etc/hosts || exit 1
            echo $(getent -s files ahostsv4 "$1" | awk '{ print $1 }' | sort -u) $(getent -s files ahostsv6 "$1" | awk '{ print $1 }' | sort -u)
            """,
            "script",
            name
        );
        var result = process.Wait();
        Assert.True(result.Exit == 0, result.ToString());
        return result.Out.Trim();
    }
}
