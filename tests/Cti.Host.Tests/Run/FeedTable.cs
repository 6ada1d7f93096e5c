// Which shipped pipeline reads which real files, what docs/feeds.md says of them, and what the manifest of the data counts.

using System.Globalization;
using Cti.Host.Tests.Examples;
using Cti.Host.Tests.Harness;

namespace Cti.Host.Tests.Run;

/// <summary>A source of a shipped pipeline and the globs of its files in the data; none where the data has no file of it.</summary>
internal sealed record FeedInput(string Source, params IReadOnlyList<string> Globs);

/// <summary>A row of the page's table of exceptions.</summary>
/// <param name="Keeps">Percent of the records that are used all the same; null: no pipeline reads the file.</param>
internal sealed record FeedException(int? Keeps, string Reason);

internal static class FeedTable
{
    private const string Filter = "lists/urlhaus-filter/urlhaus-filter-";
    private const string Trails = "lists/maltrail/";
    private const string Tweets = "lists/tweetfeed-blocklists/";

    private static readonly string[] Folders = ["lists/", "csv/", "json/", "ndjson/", "cve5/"];

    /// <summary>Every source of each pipeline that has a file. Names of pipelines are those of their files.</summary>
    public static IReadOnlyDictionary<string, FeedInput[]> Inputs { get; } =
        new Dictionary<string, FeedInput[]>(StringComparer.Ordinal)
        {
            ["amnesty"] =
            [
                new("amnesty_domains", "lists/amnesty_*/domains.txt"),
                new("amnesty_v4_domains", "lists/amnesty_nso/v4_*domains.txt"),
                new("amnesty_emails", "lists/amnesty_nso/emails.txt"),
                new("amnesty_processes", "lists/amnesty_nso/processes.txt"),
                new("amnesty_files", "lists/amnesty_nso/files.txt"),
                new("amnesty_hashes", "lists/amnesty_donot/sha256.txt"),
                new("amnesty_nso_2018", "csv/amnesty_nso_2018.csv"),
            ],
            ["cve"] = [new("cve_records", "cve5/*.json", "cve5/*.ndjson.gz"), new("cve_changes")],
            ["disposable-mail"] = [new("disposable_mail", "lists/disposable_email_blocklist.conf")],
            ["epss"] = [new("epss"), new("epss_plain", "csv/epss/*.csv")],
            ["eset"] = [new("eset", "lists/eset/*_samples.*")],
            ["infoblox"] = [new("infoblox", "csv/infoblox/*.csv")],
            ["ipsum"] = [new("ipsum", "lists/ipsum.txt")],
            ["ipsum-level3"] = [new("ipsum_level3", "lists/ipsum_level3.txt")],
            ["kev"] = [new("kev", "json/kev.json"), new("kev_csv", "csv/kev.csv")],
            ["maltrail"] =
            [
                new(
                    "maltrail",
                    Trails + "a*.txt",
                    Trails + "e*.txt",
                    Trails + "l*.txt",
                    Trails + "p*.txt",
                    Trails + "r*.txt",
                    Trails + "socgholish.txt"
                ),
                new(
                    "maltrail_suspicious",
                    Trails + "dynamic_domain.txt",
                    Trails + "onion.txt",
                    Trails + "web_shells.txt"
                ),
                new("maltrail_scanners", Trails + "mass_scanner*.txt"),
            ],
            ["malwarebazaar"] =
            [
                new("malwarebazaar_recent"),
                new("malwarebazaar_records", "ndjson/malwarebazaar_excerpt.ndjson"),
            ],
            ["signature-base"] =
            [
                new("signature_base_controllers", "lists/signature-base/c2-iocs.txt"),
                new("signature_base_hashes", "lists/signature-base/hash-iocs.txt"),
            ],
            ["sslbl"] = [new("sslbl", "csv/abusech/sslbl_blacklist_excerpt.csv")],
            ["targetedthreats"] =
            [
                new("targetedthreats_network", "csv/targetedthreats.csv"),
                new("targetedthreats_network_json", "ndjson/targetedthreats.json"),
                new("targetedthreats_samples", "csv/samples.csv"),
            ],
            ["tor-exit-nodes"] = [new("tor_exits", "lists/tor-exit-nodes.lst")],
            ["tor-nodes"] = [new("tor_nodes", "lists/tor-nodes.lst")],
            ["tweetfeed"] = [new("tweetfeed", "csv/tweetfeed_*.csv")],
            ["tweetfeed-blocklists"] =
            [
                new("tweetfeed_domains", Tweets + "domains.txt"),
                new("tweetfeed_hosts", Tweets + "hosts.txt"),
                new("tweetfeed_zone", Tweets + "rpz.txt"),
                new("tweetfeed_addresses", Tweets + "ips.txt"),
                new("tweetfeed_urls", Tweets + "urls.txt"),
            ],
            ["unit42"] =
            [
                new("unit42_domains_2017", "csv/unit42/domains17.csv"),
                new("unit42_domains_2018", "csv/unit42/domains18.csv"),
                new("unit42_golang", "csv/unit42/golang_malware_results.csv"),
                new("unit42_squirtdanger", "csv/unit42/squirtdanger_samples.csv"),
                new("unit42_rarog", "csv/unit42/sha256_w_timestamps.csv"),
                new("unit42_keybase", "csv/unit42/keybase_panels.txt"),
                new("unit42_dearjoohn", "csv/unit42/dearjoohn_iocs.csv"),
                new("unit42_prince", "csv/unit42/hashes.csv"),
                new("unit42_emotet", "lists/unit42/emotet-may-2019"),
                new("unit42_angler", "lists/unit42/compromised_domains"),
                new("unit42_scam", "lists/unit42/4457_*.txt"),
                new("unit42_redaman", "lists/unit42/2018-10-*.txt"),
                new("unit42_wallets", "lists/unit42/xmr_wallets.txt"),
            ],
            ["urlhaus"] = [new("urlhaus", "csv/abusech/urlhaus_csv_recent_excerpt.csv")],
            ["urlhaus-adblock"] = [new("urlhaus_adblock", Filter + "ag-online.txt")],
            ["urlhaus-bind"] = [new("urlhaus_bind", Filter + "bind-online.conf")],
            ["urlhaus-dnsmasq"] = [new("urlhaus_dnsmasq", Filter + "dnsmasq-online.conf")],
            ["urlhaus-domains"] =
            [
                new("urlhaus_domains", Filter + "domains-online.txt"),
                new("urlhaus_addresses", Filter + "dnscrypt-blocked-ips-online.txt"),
            ],
            ["urlhaus-hosts"] = [new("urlhaus_hosts", Filter + "hosts-online.txt")],
            ["urlhaus-rpz"] = [new("urlhaus_rpz", Filter + "rpz-online.conf")],
            ["urlhaus-snort"] = [new("urlhaus_snort", Filter + "snort2-online.rules")],
            ["urlhaus-suricata"] = [new("urlhaus_suricata", Filter + "suricata-online.rules")],
            ["urlhaus-ublock"] = [new("urlhaus_ublock", Filter + "online.txt")],
            ["urlhaus-unbound"] = [new("urlhaus_unbound", Filter + "unbound-online.conf")],
            ["volexity"] = [new("volexity", "csv/volexity/*.csv")],
        };

    /// <summary>File and records of the manifest, of the folders with lists and tables.</summary>
    public static Dictionary<string, int> Manifest(string data) =>
        File.ReadLines(Path.Combine(data, "MANIFEST.tsv"))
            .Skip(1)
            .Select(line => line.Split('\t'))
            .Where(cells => Array.Exists(Folders, folder => cells[0].StartsWith(folder, StringComparison.Ordinal)))
            .ToDictionary(
                cells => cells[0],
                cells => int.Parse(cells[6], CultureInfo.InvariantCulture),
                StringComparer.Ordinal
            );

    /// <summary>The rows `| file | keeps | reason |` of docs/feeds.md.</summary>
    public static Dictionary<string, FeedException> Exceptions() =>
        Rows(heading: "## Exceptions")
            .ToDictionary(
                cells => cells[0].Trim('`'),
                cells => new FeedException(
                    cells[1] == "not read"
                        ? null
                        : int.Parse(cells[1].Replace(" %", "", StringComparison.Ordinal), CultureInfo.InvariantCulture),
                    cells[2]
                ),
                StringComparer.Ordinal
            );

    /// <summary>The pipelines of docs/feeds.md, and whether it says that they run on real files.</summary>
    public static Dictionary<string, bool> Pipelines() =>
        Rows(heading: "## Pipelines")
            .ToDictionary(
                cells => cells[0][1..cells[0].IndexOf(']', StringComparison.Ordinal)],
                cells => cells[^1] == "yes",
                StringComparer.Ordinal
            );

    // The rows below the two lines of a table's head, to the next heading.
    private static IEnumerable<string[]> Rows(string heading) =>
        File.ReadLines(Repository.PathOf("docs/feeds.md"))
            .SkipWhile(line => line != heading)
            .Skip(1)
            .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
            .Where(line => line.StartsWith('|'))
            .Skip(2)
            .Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries));
}
