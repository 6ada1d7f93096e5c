// All real reports in one store, twice: declared as reports, and recognised by `auto`. The books balance, and of every report something was found but of those
// that name nothing. How well they are read is for ExtractTruthTests.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Run;

[Collection(Heavy.Name)]
public class ReportRunTests
{
    // It names the files indicators are in, and none of them: the lists themselves are read elsewhere.
    private static readonly string[] Empty = ["amnesty_2021_nso.md"];

    [Theory]
    [InlineData("report", 0, "")]
    [InlineData("auto", 1, "CTI-READ-050")]
    public void Every_report_is_read_and_accounted_for(string read, int exit, string says)
    {
        using var work = RealFeeds.Pipeline(data =>
            $$"""
                sources:
                  - name: reports
                    from: { type: file, path: "{{data}}/reports/**/*.*" }
                    read: { type: {{read}} }
                    trust: { reliability: C, credibility: 3, confidence: 50, tlp: clear }
                sinks:
                  - { name: list, render: { type: csv }, to: { type: file, path: out/list.csv }, max_tlp: red }
                """
        );
        if (work is null)
        {
            return;
        }

        var result = work.Cti("run", "p.yaml", "--quiet", "--now", "2026-08-23T00:00:00Z");

        Assert.True(result.Exit == exit, result.ToString());
        Assert.Contains(says, result.Error, StringComparison.Ordinal);
        Assert.Empty(work.Query("FROM books WHERE missing <> 0"));
        var used = work.Column("SELECT DISTINCT parse_filename(uri) FROM observations");
        var all = Directory
            .EnumerateFiles(Path.Combine(Tools.RealData()!, "reports"), "*.*", SearchOption.AllDirectories)
            .Select(Path.GetFileName);
        Assert.Equal(Empty, all.Except(used).Order(StringComparer.Ordinal));
        // Names of files that hold what no name of a file can.
        Assert.InRange(
            work.Count("SELECT count(*) FROM dead_letters"),
            0,
            work.Count("SELECT count(*) FROM observations") / 100
        );
    }
}
