// Rules, lists and scores judged by Suricata itself: it takes them, alerts on traffic that is listed, under our numbers, and on no other.

using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.ToolSinks;

[Collection(Heavy.Name)]
[Trait("Tool", "suricata")]
public class SuricataTests
{
    private const string Listed =
        "evil.example\n192.0.2.66\n2001:db8:5::/48\n203.0.113.0/24\n198.51.100.9:4444\nhttp://u.example/a/b.exe?x=1\nhttp://u.example:8081/p%20q;r\n";

    [Fact]
    public void Suricata_alerts_on_what_is_listed_under_our_numbers_and_on_nothing_else()
    {
        if (Find() is not { } suricata)
        {
            return;
        }

        using var work = Rules();
        work.Write("in/a.txt", Listed);
        work.RunAt("2026-01-02T00:00:00Z");
        var number = Numbers(work);

        Assert.Equal(
            Sorted(
                (Sid("evil.example"), "10.0.0.53"),
                (Sid("evil.example"), "10.0.0.53"),
                (Sid("evil.example") + 1, "10.0.0.9"),
                (Sid("evil.example") + 1, "10.0.0.9"),
                (Sid("evil.example") + 2, "10.0.0.9"),
                (Sid("evil.example") + 2, "10.0.0.9"),
                (Sid("evil.example") + 2, "10.0.0.9"),
                (Sid("http://u.example/a/b.exe?x=1"), "10.0.0.9"),
                (Sid("http://u.example:8081/p%20q;r"), "10.0.0.9"),
                (Sid("192.0.2.66"), "10.0.0.1"),
                (Sid("192.0.2.66"), "192.0.2.66"),
                (Sid("2001:db8:5::/48"), "2001:0db8:0005:0000:0000:0000:0000:0007"),
                (Sid("203.0.113.0/24"), "203.0.113.200"),
                (Sid("198.51.100.9:4444"), "198.51.100.9")
            ),
            Alerts(work, suricata, "-S", "out/cti.rules")
        );

        // What the source takes back is alerted on no more; the others keep their numbers.
        work.Write("in/a.txt", "evil.example\n203.0.113.0/24\nnew.example\n");
        work.RunAt("2026-01-03T00:00:00Z");
        var after = Alerts(work, suricata, "-S", "out/cti.rules");
        Assert.Equal(
            (
                (int[])[Sid("evil.example"), Sid("evil.example") + 1, Sid("evil.example") + 2, Sid("203.0.113.0/24")]
            ).Order(),
            after.Select(alert => alert.Sid).Distinct().Order()
        );

        int Sid(string value) => 9_000_000 + 4 * (number[value] - 1);
    }

    [Fact]
    public void Suricata_looks_up_datasets_and_hash_lists_and_forgets_what_is_taken_back()
    {
        if (Find() is not { } suricata)
        {
            return;
        }

        using var work = Lists();
        var bad = Hash("MALWARE-BODY", "sha256");
        work.Write("in/a.txt", $"evil.example\n192.0.2.66\n2001:db8:5::7\n{bad}\ngone.example\n198.51.100.9\n");
        work.RunAt("2026-01-02T00:00:00Z");
        work.Write("in/a.txt", $"evil.example\n192.0.2.66\n2001:db8:5::7\n{bad}\n");
        work.RunAt("2026-01-03T00:00:00Z");
        work.Write(
            "lookup.rules",
            """
            alert dns any any -> any any (msg:"listed name"; dns.query; to_lowercase; dataset:isset,cti-names,type string,load out/domain.lst; sid:1; rev:1;)
            alert ip any any -> any any (msg:"listed address"; ip.dst; dataset:isset,cti-addresses,type ip,load out/ip.lst; sid:2; rev:1;)
            alert http any any -> any any (msg:"listed file"; filesha256:out/sha256.lst; sid:3; rev:1;)
            """
        );

        Assert.Equal(
            Sorted(
                (1, "10.0.0.53"),
                (2, "192.0.2.66"),
                (2, "2001:0db8:0005:0000:0000:0000:0000:0007"),
                (3, "10.0.0.9")
            ),
            Alerts(work, suricata, "-S", "lookup.rules")
        );
    }

    [Theory]
    [InlineData("md5")]
    [InlineData("sha1")]
    [InlineData("sha256")]
    public void Suricata_alerts_on_a_download_whose_hash_is_listed_and_on_no_other(string kind)
    {
        if (Find() is not { } suricata)
        {
            return;
        }

        using var work = new Workspace();
        work.Write("p.yaml", SetPipeline.Text($"{{ type: suricata_dataset, of: {kind} }}", "out/files.lst"));
        work.Write("in/a.txt", $"{Hash("MALWARE-BODY", kind)}\n{Hash("GONE-BODY", kind)}\n");
        work.RunAt("2026-01-02T00:00:00Z");
        work.Write("in/a.txt", $"{Hash("MALWARE-BODY", kind)}\n");
        work.RunAt("2026-01-03T00:00:00Z");
        work.Write(
            "lookup.rules",
            $"alert http any any -> any any (msg:\"listed file\"; file{kind}:out/files.lst; sid:1; rev:1;)\n"
        );

        // Told of the packets that bring the file, to whoever asked for it.
        work.Write("traffic.pcap", Downloads());
        Assert.Equal(Sorted((1, "10.0.0.1")), Alerts(work, suricata, "-S", "lookup.rules"));
    }

    [Fact]
    public void Suricata_reads_scores_of_addresses_and_networks_and_forgets_what_is_taken_back()
    {
        if (Find() is not { } suricata)
        {
            return;
        }

        using var work = new Workspace();
        work.Write("p.yaml", SetPipeline.Text("{ type: suricata_iprep, category: 2 }", "out/cti.list"));
        work.Write("traffic.pcap", Traffic());
        work.Write("in/a.txt", "192.0.2.66\n203.0.113.0/24\n2001:db8:5::/48\n198.51.100.9\n");
        work.RunAt("2026-01-02T00:00:00Z");
        work.Write("in/a.txt", "192.0.2.66\n203.0.113.0/24\n2001:db8:5::/48\n");
        work.RunAt("2026-01-03T00:00:00Z");
        work.Write("categories.txt", "2,CtiListed,Listed by threat intelligence\n");
        work.Write(
            "reputation.rules",
            "alert ip any any -> any any (msg:\"listed\"; iprep:dst,CtiListed,>,30; sid:1; rev:1;)\n"
        );

        Assert.Equal(
            Sorted((1, "192.0.2.66"), (1, "203.0.113.200"), (1, "2001:0db8:0005:0000:0000:0000:0000:0007")),
            Alerts(
                work,
                suricata,
                "-S",
                "reputation.rules",
                "--set",
                $"reputation-categories-file={work.PathOf("categories.txt")}",
                "--set",
                $"default-reputation-path={work.PathOf("out")}",
                "--set",
                "reputation-files.0=cti.list"
            )
        );
    }

    private static string? Find() => Tools.Find("suricata", "suricata, of bookworm-backports");

    private static Workspace Rules()
    {
        var work = new Workspace();
        work.Write(
            "p.yaml",
            SetPipeline.Text("{ type: suricata_rules }", "out/cti.rules", "check: { type: built_in }")
        );
        work.Write("traffic.pcap", Traffic());
        return work;
    }

    private static Workspace Lists()
    {
        var work = new Workspace();
        work.Write(
            "p.yaml",
            SetPipeline.Text("{ type: suricata_dataset, of: domain }", "out/domain.lst")
                + "\n  - { name: ip, render: { type: suricata_dataset, of: ip }, to: { type: file, path: out/ip.lst }, max_change: 100% }"
                + "\n  - { name: sha256, render: { type: suricata_dataset, of: sha256 }, to: { type: file, path: out/sha256.lst }, max_change: 100% }\n"
        );
        work.Write("traffic.pcap", Traffic());
        return work;
    }

    private static string Hash(string text, string kind) =>
        Convert.ToHexStringLower(
            CryptographicOperations.HashData(
                new HashAlgorithmName(kind.ToUpperInvariant()),
                Encoding.ASCII.GetBytes(text)
            )
        );

    /// <summary>The number of each value, as the store has it.</summary>
    private static Dictionary<string, int> Numbers(Workspace work) =>
        work.Query("SELECT i.value, n.number FROM numbers n JOIN indicators i USING (indicator)")
            .ToDictionary(row => row[0], row => int.Parse(row[1], System.Globalization.CultureInfo.InvariantCulture));

    // Listed and unlisted traffic, side by side.
    private static byte[] Traffic() =>
        new PcapFile()
            .Dns("evil.example")
            .Dns("below.EVIL.example")
            .Dns("notevil.example")
            .Dns("evil.example.org")
            .Dns("example")
            .Tls("evil.example")
            .Tls("www.Evil.example")
            .Tls("notevil.example")
            .Http("evil.example", "/")
            .Http("Below.Evil.example:8080", "/x", 8080)
            .Http("evil.example:80", "/")
            .Http("notevil.example", "/")
            .Http("u.example", "/a/b.exe?x=1")
            .Http("u.example", "/a/b.exe?x=12")
            .Http("u.example", "/a/b.exe")
            .Http("v.example", "/a/b.exe?x=1")
            .Http("u.example:8081", "/p%20q;r", 8081)
            .Http("u.example", "/p%20q;r")
            .Upload("h.example", "MALWARE-BODY")
            .Upload("h.example", "HARMLESSBODY")
            .Udp("10.0.0.1", "192.0.2.66", 99, [1])
            .Udp("192.0.2.66", "10.0.0.1", 99, [1])
            .Udp("10.0.0.1", "192.0.2.67", 99, [1])
            .Udp("2001:db8::1", "2001:db8:5::7", 99, [1])
            .Udp("2001:db8::1", "2001:db8:6::7", 99, [1])
            .Udp("10.0.0.1", "203.0.113.200", 99, [1])
            .Udp("10.0.0.1", "203.0.114.200", 99, [1])
            .Udp("10.0.0.1", "198.51.100.9", 4444, [1])
            .Udp("10.0.0.1", "198.51.100.9", 4445, [1])
            .ToArray();

    private static byte[] Downloads() =>
        new PcapFile()
            .Download("h.example", "/a", "MALWARE-BODY")
            .Download("h.example", "/b", "HARMLESSBODY")
            .Download("h.example", "/c", "GONE-BODY")
            .ToArray();

    /// <summary>What Suricata alerts on: number and the address the packet goes to.</summary>
    private static List<(int Sid, string To)> Alerts(Workspace work, string suricata, params string[] arguments)
    {
        if (Directory.Exists(work.PathOf("log")))
        {
            Directory.Delete(work.PathOf("log"), recursive: true);
        }

        Directory.CreateDirectory(work.PathOf("log"));
        using var process = CtiProcess.Launch(
            work.Root,
            suricata,
            ["-r", "traffic.pcap", "-k", "none", "-l", "log", .. arguments]
        );
        var result = process.Wait();
        Assert.True(result.Exit == 0, result.ToString());
        Assert.DoesNotContain("E: ", result.Out + result.Error, StringComparison.Ordinal);
        return Sorted([
            .. work.Lines("log/eve.json")
                .Select(line => JsonDocument.Parse(line).RootElement)
                .Where(entry => entry.GetProperty("event_type").GetString() == "alert")
                .Select(entry =>
                    (
                        entry.GetProperty("alert").GetProperty("signature_id").GetInt32(),
                        entry.GetProperty("dest_ip").GetString()!
                    )
                ),
        ]);
    }

    private static List<(int Sid, string To)> Sorted(params (int Sid, string To)[] alerts) => [.. alerts.Order()];
}
