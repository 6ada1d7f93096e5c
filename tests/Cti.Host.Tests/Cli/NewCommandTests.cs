// `cti new`: a sample becomes a pipeline that validates, passes its own test and reads the whole sample.

using System.Text.RegularExpressions;
using Cti.Host.Config;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Cli;

public partial class NewCommandTests
{
    public static TheoryData<string, string, string[]> Samples =>
        new()
        {
            {
                "semicolons.csv",
                "ip;first seen;last_seen;malware;report\n192.0.2.1;01.02.2026 10:00:00;13.02.2026 11:00:00;emotet;https://blog.example/a\n192.0.2.2;02.02.2026 10:00:00;14.02.2026 11:00:00;emotet;https://blog.example/b\n192.0.2.3;;;;\n",
                ["ipv4 192.0.2.1", "ipv4 192.0.2.2", "ipv4 192.0.2.3"]
            },
            {
                "no-header.tsv",
                "2026-02-01 10:00:00\tmalware.example.com\t00112233445566778899aabbccddeeff\n2026-02-01 11:00:00\tother.example.net\tffeeddccbbaa99887766554433221100\n",
                [
                    "domain malware.example.com",
                    "domain other.example.net",
                    "md5 00112233445566778899aabbccddeeff",
                    "md5 ffeeddccbbaa99887766554433221100",
                ]
            },
            {
                "in-comment.csv",
                "# feed\n#\n# id,dateadded,url,tags\n\"1\",\"2026-02-01 10:00:00\",\"http://malware.example.com/x\",\"exe,elf\"\n\"2\",\"2026-02-01 10:00:00\",\"http://other.example.net/y\",\"\"\n",
                ["url http://malware.example.com/x", "url http://other.example.net/y"]
            },
            {
                "list.txt",
                "! a list\n! of things\nhxxp://malware[.]example[.]com/x\n192.0.2.0/24\n10.0.0.1\nother.example.net\n",
                ["cidr 192.0.2.0/24", "domain other.example.net", "url http://malware.example.com/x"]
            },
            {
                "lines.ndjson",
                "{\"seen\":\"2026-02-01T10:00:00Z\",\"host\":{\"name\":\"malware.example.com\"},\"family\":\"x \\\"y\\\"\"}\n{\"seen\":\"2026-02-02T10:00:00Z\",\"host\":{\"name\":\"other.example.net\"},\"family\":null}\n",
                ["domain malware.example.com", "domain other.example.net"]
            },
            {
                "keyed.json",
                "{\n  \"status\": \"ok\",\n  \"data\": {\n    \"77\": {\n      \"ioc\": \"malware.example.com\",\n      \"added\": 1769940000\n    },\n    \"78\": {\n      \"ioc\": \"192.0.2.9\",\n      \"added\": 1769943600\n    }\n  }\n}\n",
                ["domain malware.example.com", "ipv4 192.0.2.9"]
            },
            {
                "grouped.json",
                "{\"1001\":[{\"ioc_value\":\"http://malware.example.com/x\",\"first_seen_utc\":\"2026-02-01 10:00:00\"}],\"1002\":[{\"ioc_value\":\"http://other.example.net/y\",\"first_seen_utc\":\"2026-02-01 11:00:00\"}]}",
                ["url http://malware.example.com/x", "url http://other.example.net/y"]
            },
            {
                "array.json",
                "[\"malware.example.com\", \"other.example.net\"]",
                ["domain malware.example.com", "domain other.example.net"]
            },
        };

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_sample_becomes_a_pipeline_that_holds_passes_its_test_and_reads_it_all(
        string file,
        string sample,
        string[] indicators
    )
    {
        using var work = new Workspace();
        work.Write($"in/{file}", sample);
        var created = work.Cti("new", "feed", "--from", $"in/{file}");
        Assert.True(created.Exit == 0, created.ToString());
        Assert.Contains("read as { type: ", created.Out, StringComparison.Ordinal);
        Assert.Contains("cti validate feed.yaml", created.Out, StringComparison.Ordinal);
        var text = work.Read("feed.yaml");
        Assert.StartsWith("# yaml-language-server: $schema=", text, StringComparison.Ordinal);
        var validated = work.Cti("validate", "feed.yaml");
        Assert.True(validated.Exit == 0, validated + text);

        var run = work.Cti("run", "feed.yaml", "--json", "--store", "out/s.duckdb", "--now", "2026-02-20T00:00:00Z");
        Assert.True(run.Exit == 0, run + text);
        Assert.Equal(0, run.Json.GetProperty("rejected").GetInt64());
        Assert.Equal(indicators, Values(work));

        // The test that was written holds.
        var tested = work.Cti("test", "feed.yaml");
        Assert.True(tested.Exit == 0, tested + text);
        var expected = Expected()
            .Matches(text)
            .Select(match => $"{match.Groups[1].Value} {match.Groups[2].Value}")
            .ToHashSet(StringComparer.Ordinal);
        Assert.NotEmpty(expected);
        Assert.Subset(Values(work).ToHashSet(StringComparer.Ordinal), expected);
    }

    [Fact]
    public void Times_types_and_labels_are_written_as_found()
    {
        using var work = new Workspace();
        work.Write("a.csv", (string)Samples.First()[1]);
        work.Cti("new", "feed", "--from", "a.csv");
        var text = work.Read("feed.yaml");
        Assert.Contains("read: { type: csv, separator: \";\" }", text, StringComparison.Ordinal);
        Assert.Contains("type: ipv4", text, StringComparison.Ordinal);
        Assert.Contains(
            "first_seen: { field: \"first seen\", format: \"dd.MM.yyyy HH:mm:ss\" }",
            text,
            StringComparison.Ordinal
        );
        Assert.Contains("labels: [{ field: malware }]", text, StringComparison.Ordinal);
        Assert.DoesNotContain("field: report", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kind,ioc\nip,192.0.2.1\nhostname,malware.example.com\n", "type_from: { field: kind }")]
    [InlineData("kind,ioc\nsha256,192.0.2.1\nsha256,malware.example.com\n", "type: auto")]
    [InlineData("kind,a,b\nip,192.0.2.1,malware.example.com\nip,192.0.2.2,other.example.net\n", "type: domain")]
    [InlineData("ioc,n\n\"192.0.2.1, 192.0.2.2\",1\n192.0.2.3,2\n", "value: { field: ioc, split: \",\" }")]
    [InlineData("ioc,n\n\"192.0.2.1\nmalware.example.com\",1\n192.0.2.3,2\n", "value: { field: ioc, split: \"\\n\" }")]
    [InlineData("ioc,n\n\"http://a.example/x,y\",1\n\"http://b.example/x;y\",2\n", "value: { field: ioc }")]
    public void Columns_that_name_types_and_cells_of_several_values_are_written_where_they_serve(
        string sample,
        string written
    )
    {
        using var work = new Workspace();
        work.Write("a.csv", sample);
        var created = work.Cti("new", "feed", "--from", "a.csv");
        Assert.True(created.Exit == 0, created.ToString());
        Assert.Contains(written, work.Read("feed.yaml"), StringComparison.Ordinal);
        Assert.Contains("cti test feed.yaml", created.Out, StringComparison.Ordinal);
        var tested = work.Cti("test", "feed.yaml");
        Assert.True(tested.Exit == 0, tested.ToString());
    }

    [Fact]
    public void A_file_that_exists_is_not_overwritten_without_force()
    {
        using var work = new Workspace();
        work.Write("a.txt", "192.0.2.1\n");
        work.Write("feed.yaml", "mine");
        var refused = work.Cti("new", "feed", "--from", "a.txt");
        Assert.Equal(2, refused.Exit);
        Assert.Contains("--force", refused.Error, StringComparison.Ordinal);
        Assert.Equal("mine", work.Read("feed.yaml"));
        Assert.Equal(0, work.Cti("new", "feed", "--from", "a.txt", "--force").Exit);
        Assert.Equal(0, work.Cti("new", "feed", "--from", "a.txt", "--out", "deep/er/feed.yaml").Exit);
        Assert.Contains("path: \"../../a.txt\"", work.Read("deep/er/feed.yaml"), StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_names_missing_samples_and_samples_of_other_kinds_are_refused_in_a_sentence()
    {
        using var work = new Workspace();
        work.Write("a.html", "<html><body>log in</body></html>");
        work.Write("b.csv", "name,colour\nbox,red\nball,blue\n");
        Assert.Equal(2, work.Cti("new", "My Feed", "--from", "a.html").Exit);
        Assert.Contains("no such file", work.Cti("new", "feed", "--from", "none").Error, StringComparison.Ordinal);
        var page = work.Cti("new", "feed", "--from", "a.html");
        Assert.Equal(1, page.Exit);
        Assert.Contains("an HTML page", page.Error, StringComparison.Ordinal);
        Assert.Contains("CTI-READ-051", work.Cti("new", "feed", "--from", "b.csv").Error, StringComparison.Ordinal);
        Assert.False(work.Exists("feed.yaml"));
    }

    private static List<string> Values(Workspace work) =>
        [.. work.Column("SELECT type || ' ' || value FROM indicators").Order(StringComparer.Ordinal)];

    [GeneratedRegex("- \\{ type: (\\w+), value: \"(.*)\" \\}")]
    private static partial Regex Expected();
}
