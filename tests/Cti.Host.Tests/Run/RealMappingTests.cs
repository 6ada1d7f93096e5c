// Real published tables, each with the mapping a data engineer would write for it: cells of several hashes, types in the feed's own words, tags,
// links and comments.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Run;

[Collection(Heavy.Name)]
public class RealMappingTests
{
    [Fact]
    public void Tables_of_several_publishers_are_mapped_with_few_dead_letters_and_all_their_words()
    {
        using var work = RealFeeds.Pipeline(data =>
            $$"""
                sources:
                  - name: volexity
                    from: { type: file, path: "{{data}}/csv/volexity/2021-12*.csv" }
                    read: { type: csv }
                    map:
                      - value: { field: value, split: "," }
                        type_from: { field: type, table: { file: auto, email-sender: email } }
                        description: { field: description }
                        references: [ { const: "https://www.volexity.com/blog/" } ]
                  - name: targetedthreats
                    from: { type: file, path: "{{data}}/csv/targetedthreats.csv" }
                    read: { type: csv }
                    map:
                      - value: { field: ioc }
                        when: "country IS NOT NULL OR family = 'NSO'"
                        type_from: { field: type, table: { ip_address: auto, domain: domain }, otherwise: skip }
                        labels: [ { field: family }, { field: country } ]
                        references: [ { field: reference } ]
                  - name: tweetfeed
                    from: { type: file, path: "{{data}}/csv/tweetfeed_today.csv" }
                    read: { type: csv, header: none, columns: [date, user, type, value, tags, tweet] }
                    map:
                      - value: { field: value }
                        type_from: { field: type }
                        last_seen: { field: date, format: "yyyy-MM-dd HH:mm:ss" }
                        labels: [ { field: tags, split: " " } ]
                        source: { field: user }
                        references: [ { field: tweet } ]
                sinks:
                  - { name: bundle, render: { type: stix_bundle }, to: { type: file, path: out/bundle.json } }
                """
        );
        if (work is null)
        {
            return;
        }

        var report = work.Run();
        Assert.Empty(work.Query("FROM books WHERE missing <> 0"));
        var records = report.GetProperty("records").GetInt64();
        var rejected = report.GetProperty("rejected").GetInt64();
        Assert.InRange(records, 3_300, 3_500);
        Assert.True(rejected <= 0.05 * records, $"{rejected} of {records}");
        Assert.True(work.Count("SELECT count(*) FROM screenings WHERE code = 'CTI-SCREEN-006'") > 0);

        // A cell of three hashes is three observations at one place, with the same words.
        Assert.True(
            work.Count(
                """
                SELECT count(*) FROM (
                    SELECT uri, line, count(DISTINCT type) AS types, count(DISTINCT description) AS words FROM observations
                    WHERE source = 'volexity' AND type IN ('md5', 'sha1', 'sha256') GROUP BY ALL
                ) WHERE types = 3 AND words = 1
                """
            ) > 0
        );
        Assert.Equal(
            0,
            work.Count(
                "SELECT count(*) FROM claims WHERE source = 'volexity' AND (description IS NULL OR reference_urls = [])"
            )
        );
        Assert.True(
            work.Count("SELECT count(*) FROM claims WHERE source = 'targetedthreats' AND len(reference_urls) >= 1")
                > 2_000
        );
        Assert.True(work.Count("SELECT count(*) FROM claims WHERE starts_with(source, 'tweetfeed/')") > 40);
        Assert.Contains(
            "\"external_references\":[{\"source_name\":\"targetedthreats\"",
            work.Read("out/bundle.json"),
            StringComparison.Ordinal
        );
    }
}
