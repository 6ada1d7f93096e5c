// Real public lists with the real warninglists: nearly every record becomes an observation or is screened, and the rest says why it did not.

using System.Globalization;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Run;

[Collection(Heavy.Name)]
public class RealFeedTests
{
    private static readonly string[] Feeds =
    [
        "ipsum.txt",
        "tor-exit-nodes.lst",
        "tor-nodes.lst",
        "maltrail/*.txt",
        "urlhaus-filter/urlhaus-filter-domains-online.txt",
        "urlhaus-filter/urlhaus-filter-online.txt",
        "urlhaus-filter/urlhaus-filter-dnscrypt-blocked-ips-online.txt",
    ];

    // What the manifest of the data calls "not indicators": fragments of URL paths.
    private static readonly string[] NoIndicators = ["web_shells.txt"];

    [Fact]
    public void At_least_95_of_100_records_of_real_lists_are_observed_or_screened_and_the_rest_has_reasons()
    {
        if (Tools.RealData() is not { } data)
        {
            return;
        }

        using var work = new Workspace();
        work.Write(
            "p.yaml",
            $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: ipsum
                from: { type: file, path: "{{data}}/lists/{{Feeds[0]}}" }
                read: { type: csv, separator: "\t", header: none, columns: [ip, count], comment: "#" }
                map: [ { value: { field: ip }, type: auto } ]
              - name: urlhaus
                from: { type: file, path: "{{data}}/lists/{{Feeds[5]}}" }
                read: { type: lines, comment: "!" }
                map: [ { value: { field: line }, type: auto } ]
              - name: lists
                from: { type: file, path: [{{string.Join(
                ", ",
                Feeds.Where((_, index) => index is not 0 and not 5).Select(feed => $"\"{data}/lists/{feed}\"")
            )}}] }
                read: { type: lines }
                map: [ { value: { field: line }, type: auto } ]
            screen: { warninglists: ["{{data}}/warninglists/*.json"] }
            sinks:
              - { name: list, render: { type: plain_list }, to: { type: file, path: out/list.txt } }
            """
        );
        var report = work.Run();
        Assert.Empty(work.Query("FROM books WHERE missing <> 0"));
        var records = report.GetProperty("records").GetInt64();
        var rejected = report.GetProperty("rejected").GetInt64();
        Assert.InRange(records, 290_000, 1_000_000);
        Assert.True(rejected <= 0.05 * records, $"{rejected} of {records} records were rejected");
        Assert.Equal(
            0,
            work.Count("SELECT count(*) FROM dead_letters WHERE code IS NULL OR message = '' OR line < 1 OR uri = ''")
        );
        Assert.Equal(0, work.Count("SELECT count(*) FROM screenings WHERE code IS NULL OR list = ''"));
        Assert.Equal(report.GetProperty("rejected").GetInt64(), work.Count("SELECT count(*) FROM dead_letters"));

        // Lines such as `||host/path$all` are rules of a browser's filter: what they name is taken, their marks are not.
        Assert.Equal(
            0,
            work.Count("SELECT count(*) FROM observations WHERE value LIKE '%||%' OR ends_with(value, '$all')")
        );
        foreach (
            var row in work.Query(
                """
                SELECT uri, sum(used), sum(lost) FROM (
                    SELECT uri, count(*) AS used, 0 AS lost FROM observations GROUP BY uri
                    UNION ALL SELECT uri, count(*), 0 FROM screenings GROUP BY uri
                    UNION ALL SELECT uri, 0, count(*) FROM dead_letters GROUP BY uri
                ) GROUP BY uri ORDER BY uri
                """
            )
        )
        {
            var (used, lost) = (
                long.Parse(row[1], CultureInfo.InvariantCulture),
                long.Parse(row[2], CultureInfo.InvariantCulture)
            );
            if (!NoIndicators.Contains(Path.GetFileName(row[0]), StringComparer.Ordinal))
            {
                Assert.True(lost <= 0.05 * (used + lost), $"{row[0]}: {lost} of {used + lost} records were rejected");
            }
        }
    }
}
