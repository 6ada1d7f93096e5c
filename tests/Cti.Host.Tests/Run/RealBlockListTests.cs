// Real block lists in every dialect, and real tables in other encodings: nearly every record becomes an observation or is screened.

using System.Globalization;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Run;

[Collection(Heavy.Name)]
public class RealBlockListTests
{
    // Name, file, read, map, and the records its manifest counts (of zones without $TTL, SOA and NS).
    private static readonly (string Name, string File, string Read, string Value, int Records)[] Feeds =
    [
        ("ag", "lists/urlhaus-filter/urlhaus-filter-ag-online.txt", "type: adblock", "field: value", 6817),
        ("ubo", "lists/urlhaus-filter/urlhaus-filter-online.txt", "type: adblock", "field: value", 6817),
        ("bind", "lists/urlhaus-filter/urlhaus-filter-bind-online.conf", "type: bind_zone", "field: domain", 1241),
        ("dnsmasq", "lists/urlhaus-filter/urlhaus-filter-dnsmasq-online.conf", "type: dnsmasq", "field: domain", 1241),
        ("hosts", "lists/urlhaus-filter/urlhaus-filter-hosts-online.txt", "type: hosts", "field: host", 1241),
        ("unbound", "lists/urlhaus-filter/urlhaus-filter-unbound-online.conf", "type: unbound", "field: domain", 1241),
        ("rpz", "lists/urlhaus-filter/urlhaus-filter-rpz-online.conf", "type: rpz", "field: value", 1241),
        ("snort", "lists/urlhaus-filter/urlhaus-filter-snort2-online.rules", "type: ids_rules", "field: value", 394),
        (
            "suricata",
            "lists/urlhaus-filter/urlhaus-filter-suricata-online.rules",
            "type: ids_rules",
            "field: value",
            394
        ),
        ("tweet_hosts", "lists/tweetfeed-blocklists/hosts.txt", "type: hosts", "field: host", 4875),
        ("tweet_rpz", "lists/tweetfeed-blocklists/rpz.txt", "type: rpz", "field: value", 9750),
        ("domains18", "csv/unit42/domains18.csv", "type: csv, encoding: macintosh", "field: Domain", 18623),
        ("hashes", "csv/unit42/hashes.csv", "type: csv, header: none", "column: 1", 242),
        (
            "sslbl",
            "csv/abusech/sslbl_blacklist_excerpt.csv",
            "type: csv, comment: '#', header: in_comment",
            "column: 2",
            26
        ),
        (
            "epss",
            "csv/epss/CVE_1999_EPSS.csv",
            "type: csv, separator: ';', header: none, columns: [cve, epss, percentile]",
            "field: cve",
            1540
        ),
    ];

    // Held, but of a type this version does not know.
    private static readonly string[] NoIndicators = ["epss"];

    [Fact]
    public void At_least_95_of_100_records_of_real_block_lists_and_tables_are_observed_or_screened()
    {
        if (Tools.RealData() is not { } data)
        {
            return;
        }

        using var work = new Workspace();
        var sources = Feeds.Select(feed =>
            $$"""
                      - name: {{feed.Name}}
                        from: { type: file, path: "{{data}}/{{feed.File}}" }
                        read: { {{feed.Read}} }
                        map: [ { value: { {{feed.Value}} }, type: auto } ]
                """
        );
        work.Write(
            "p.yaml",
            $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
            {{string.Join('\n', sources)}}
            screen: { warninglists: ["{{data}}/warninglists/*.json"] }
            sinks:
              - { name: list, render: { type: plain_list }, to: { type: file, path: out/list.txt } }
            """
        );
        work.Run();
        Assert.Empty(work.Query("FROM books WHERE missing <> 0"));
        var counts = work.Query(
                """
                SELECT source, sum(used), sum(lost) FROM (
                    SELECT source, count(*) AS used, 0 AS lost FROM observations GROUP BY source
                    UNION ALL SELECT source, count(*), 0 FROM screenings GROUP BY source
                    UNION ALL SELECT source, 0, count(*) FROM dead_letters GROUP BY source
                ) GROUP BY source
                """
            )
            .ToDictionary(
                row => row[0],
                row =>
                    (
                        Used: long.Parse(row[1], CultureInfo.InvariantCulture),
                        Lost: long.Parse(row[2], CultureInfo.InvariantCulture)
                    ),
                StringComparer.Ordinal
            );
        foreach (var feed in Feeds)
        {
            var (used, lost) = counts[feed.Name];
            // Rows that say the same of the same thing are one observation.
            Assert.True(
                used + lost <= feed.Records && used + lost >= 0.99 * feed.Records,
                $"{feed.File}: {used} used and {lost} lost of {feed.Records}"
            );
            Assert.True(
                lost <= 0.05 * feed.Records || NoIndicators.Contains(feed.Name, StringComparer.Ordinal),
                $"{feed.File}: {lost} of {feed.Records} records were rejected"
            );
        }
    }
}
