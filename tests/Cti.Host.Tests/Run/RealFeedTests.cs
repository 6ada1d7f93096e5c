// Real lists against the real warninglists. What becomes of each file's records is for FeedWalkTests; here it is what policy keeps out.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Run;

[Collection(Heavy.Name)]
public class RealFeedTests
{
    [Fact]
    public void Real_warninglists_keep_their_networks_out_of_real_lists_and_each_is_named()
    {
        using var work = RealFeeds.Pipeline(data =>
            $$"""
                sources:
                  - name: ipsum
                    from: { type: file, path: "{{data}}/lists/ipsum.txt" }
                    read: { type: csv, separator: "\t", header: none, columns: [ip, count], comment: "#" }
                    map: [ { value: { field: ip }, type: auto } ]
                  - name: lists
                    from: { type: file, path: ["{{data}}/lists/tor-*.lst", "{{data}}/lists/maltrail/*.txt"] }
                    read: { type: lines }
                    map: [ { value: { field: line }, type: auto } ]
                screen: { warninglists: ["{{data}}/warninglists/*.json"] }
                sinks:
                  - { name: list, render: { type: plain_list }, to: { type: file, path: out/list.txt } }
                """
        );
        if (work is null)
        {
            return;
        }

        var report = work.Run();
        Assert.Empty(work.Query("FROM books WHERE missing <> 0"));
        Assert.Equal(report.GetProperty("rejected").GetInt64(), work.Count("SELECT count(*) FROM dead_letters"));
        Assert.Equal(report.GetProperty("screened").GetInt64(), work.Count("SELECT count(*) FROM screenings"));
        Assert.Equal(
            0,
            work.Count(
                "SELECT count(*) FROM screenings WHERE code IS NULL OR (code = 'CTI-SCREEN-001' AND (list = '' OR entry = ''))"
            )
        );
        // A network of scanners that is on a warninglist, and whose addresses are on the lists one by one.
        Assert.InRange(work.Count("SELECT count(*) FROM screenings WHERE entry = '162.142.125.0/24'"), 100, 1000);
        Assert.Equal(0, work.Count("SELECT count(*) FROM observations WHERE value LIKE '162.142.125.%'"));
    }
}
