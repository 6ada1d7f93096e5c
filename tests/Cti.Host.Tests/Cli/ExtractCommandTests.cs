// cti extract: what a person sees, what a script gets, and what a file that cannot be read does.

using System.Text;
using System.Text.Json;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Cli;

public class ExtractCommandTests
{
    private const string Report =
        "# Träge\n\nIt asks `evil[.]example[.]com`, as https://twitter.com/someone/status/1 says.\n\n## IOCs\n\n* 192.0.2[.]7\n";

    [Fact]
    public void Json_has_one_object_per_finding_and_offsets_point_at_what_is_written()
    {
        using var work = new Workspace();
        work.Write("report.md", Report);
        var result = work.Cti("extract", "--json", "report.md");
        Assert.Equal(0, result.Exit);
        var lines = result.Out.TrimEnd().Split('\n');
        Assert.Equal(3, lines.Length);
        var bytes = Encoding.UTF8.GetBytes(Report);
        foreach (var line in lines)
        {
            using var json = JsonDocument.Parse(line);
            var found = json.RootElement;
            var written = Encoding.UTF8.GetString(
                bytes,
                found.GetProperty("offset").GetInt32(),
                found.GetProperty("length").GetInt32()
            );
            Assert.Equal(written, found.GetProperty("as_written").GetString());
            Assert.Equal("report.md", found.GetProperty("file").GetString());
        }

        using var first = JsonDocument.Parse(lines[0]);
        Assert.Equal("domain", first.RootElement.GetProperty("type").GetString());
        Assert.Equal("evil.example.com", first.RootElement.GetProperty("value").GetString());
        Assert.Equal("ioc", first.RootElement.GetProperty("role").GetString());
        Assert.Equal(3, first.RootElement.GetProperty("line").GetInt32());
        using var second = JsonDocument.Parse(lines[1]);
        Assert.Equal("context", second.RootElement.GetProperty("role").GetString());
    }

    [Fact]
    public void Lines_part_their_cells_by_tabs_and_only_indicators_can_be_asked_for()
    {
        using var work = new Workspace();
        work.Write("report.md", Report);
        var result = work.Cti("extract", "--ioc", "report.md");
        Assert.Equal(0, result.Exit);
        Assert.Equal("report.md\t3\tioc\tdomain\tevil.example.com\nreport.md\t7\tioc\tipv4\t192.0.2.7\n", result.Out);
    }

    [Fact]
    public void A_file_that_is_not_there_is_told_and_the_others_are_read()
    {
        using var work = new Workspace();
        work.Write("report.md", Report);
        var result = work.Cti("extract", "missing.md", "report.md");
        Assert.Equal(1, result.Exit);
        Assert.StartsWith("cti extract: missing.md: ", result.Error, StringComparison.Ordinal);
        Assert.Contains("192.0.2.7", result.Out, StringComparison.Ordinal);
        Assert.Equal(2, work.Cti("extract").Exit);
    }

    [Fact]
    public void A_pipeline_reads_a_report_and_its_books_balance()
    {
        using var work = new Workspace();
        work.Write("in/report.md", Report);
        work.Write(
            "p.yaml",
            """
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: reports
                from: { type: file, path: "in/*.md" }
                read: { type: report }
                trust: { reliability: B, credibility: 2, confidence: 80, tlp: clear }
            sinks:
              - name: list
                render: { type: plain_list }
                to: { type: file, path: out/list.txt }
                apply: auto
            """
        );
        var result = work.Cti("run", "p.yaml");
        Assert.True(result.Exit == 0, result.Error);
        var list = work.Read("out/list.txt");
        Assert.Contains("evil.example.com", list, StringComparison.Ordinal);
        Assert.Contains("192.0.2.7", list, StringComparison.Ordinal);
        Assert.DoesNotContain("twitter.com", list, StringComparison.Ordinal);
    }
}
