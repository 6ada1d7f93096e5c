// `read: { type: auto }`: sources of which nothing is declared. Real files of every kind are for ManifestWalkTests.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Run;

[Collection(Heavy.Name)]
public class AutoRunTests
{
    private static string Pipeline(string paths = "\"in/a*\"", string map = "", string mode = "append") =>
        $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: a
                from: { type: file, path: [ {{paths}} ] }
                read: { type: auto }
                mode: {{mode}}
                {{map}}
                trust: { reliability: A, credibility: 1, confidence: 80, tlp: clear }
            sinks:
              - { name: list, render: { type: plain_list }, to: { type: file, path: out/list.txt }, max_change: 100% }
            """;

    private static List<string> Values(Workspace work) =>
        work.Column("SELECT type || ' ' || value FROM observations ORDER BY 1");

    [Theory]
    [InlineData("# a list\n192.0.2.1\nmalware.example.com\nhxxp://malware[.]example/x\n", 3)]
    [InlineData("ip;seen;family\n192.0.2.1;2026-01-01 10:00:00;emotet\n192.0.2.2;2026-01-01 11:00:00;emotet\n", 2)]
    [InlineData("192.0.2.1\t2026-01-01\n192.0.2.2\t2026-01-01\n", 2)]
    [InlineData("Domain\nmalware.example.com\nother.example.net\n", 2)]
    [InlineData("{\"host\":\"a.example.com\",\"x\":1}\n{\"host\":\"b.example.com\",\"x\":2}\n", 2)]
    [InlineData("{\"ok\":true,\"data\":[{\"host\":\"a.example.com\"},{\"host\":\"b.example.com\"}]}", 2)]
    [InlineData("{\"7\":[{\"ioc\":{\"v\":\"a.example.com\"}}],\"8\":[{\"ioc\":{\"v\":\"b.example.com\"}}]}", 2)]
    [InlineData("[\"a.example.com\",\n\"b.example.com\"]", 2)]
    public void Formats_and_fields_are_recognised(string text, int observations)
    {
        using var work = new Workspace();
        work.Write("p.yaml", Pipeline());
        work.Write("in/a.txt", text);
        var report = work.Run();
        Assert.Equal(observations, report.GetProperty("observations").GetInt64());
        Assert.Equal(0, report.GetProperty("rejected").GetInt64());
        Assert.Contains(
            report.GetProperty("messages").EnumerateArray(),
            message => message.GetString()!.Contains("read as { type: ", StringComparison.Ordinal)
        );
        Assert.NotEmpty(work.Column("SELECT 1 FROM runs WHERE message LIKE '%read as { type: %'"));
    }

    [Fact]
    public void Times_beside_the_values_are_taken()
    {
        using var work = new Workspace();
        work.Write("p.yaml", Pipeline());
        work.Write(
            "in/a.csv",
            "first_seen,last_seen,ioc\n2026-01-01 10:00:00,2026-01-01 12:00:00,192.0.2.1\n2026-01-01 11:00:00,2026-01-01 11:30:00,192.0.2.2\n"
        );
        work.Run();
        Assert.Equal(
            ["2026-01-01 10:00:00", "2026-01-01 11:00:00"],
            work.Column("SELECT strftime(first_seen, '%Y-%m-%d %H:%M:%S') FROM observations ORDER BY 1")
        );
        Assert.Equal(
            ["2026-01-01 11:30:00", "2026-01-01 12:00:00"],
            work.Column("SELECT strftime(event_time, '%Y-%m-%d %H:%M:%S') FROM observations ORDER BY 1")
        );
    }

    [Fact]
    public void A_map_of_ones_own_decides_what_is_taken()
    {
        using var work = new Workspace();
        work.Write("p.yaml", Pipeline(map: "map: [ { value: { field: source_ip }, labels: [ { field: family } ] } ]"));
        work.Write(
            "in/a.json",
            "{\"hosts\":[{\"name\":\"a.example.com\"}],\"hits\":[{\"source_ip\":\"192.0.2.1\",\"family\":\"x\"}]}"
        );
        work.Run();
        Assert.Equal(["ipv4 192.0.2.1"], Values(work));
    }

    [Fact]
    public void A_list_that_grew_is_read_on_as_it_was_recognised_and_not_twice()
    {
        using var work = new Workspace();
        work.Write("p.yaml", Pipeline());
        work.Write("in/a.txt", "192.0.2.1\n192.0.2.2\n");
        work.Run();
        work.Write("in/a.txt", "192.0.2.1\n192.0.2.2\n192.0.2.3\n");
        var report = work.RunAt("2026-01-03T00:00:00Z");
        Assert.Equal(1, report.GetProperty("records").GetInt64());
        Assert.Equal(3, work.Count("SELECT count(*) FROM observations"));
        Assert.Equal(0, work.RunAt("2026-01-04T00:00:00Z").GetProperty("records").GetInt64());
    }

    [Theory]
    [InlineData("<!DOCTYPE html>\n<html><body>Please log in</body></html>", "an HTML page")]
    [InlineData("MZ\u0090\0\u0003", "a program (Windows)")]
    [InlineData("Dear customer,\nplease find attached\nour invoice\n", "tried: json and ndjson")]
    public void What_is_no_feed_is_named_in_one_sentence(string text, string looksLike)
    {
        using var work = new Workspace();
        work.Write("p.yaml", Pipeline());
        work.Write("in/a.txt", text);
        var result = work.TryRun();
        Assert.Equal(1, result.Exit);
        Assert.Contains(looksLike, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_without_observables_asks_for_a_map()
    {
        using var work = new Workspace();
        work.Write("p.yaml", Pipeline());
        work.Write("in/a.csv", "name,colour\nbox,red\nball,blue\n");
        var result = work.TryRun();
        Assert.Equal(1, result.Exit);
        Assert.Contains("CTI-READ-051", result.Error, StringComparison.Ordinal);
        Assert.Contains("no field of observables", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_auto_may_leave_out_the_map()
    {
        using var work = new Workspace();
        work.Write("p.yaml", Pipeline().Replace("type: auto", "type: lines", StringComparison.Ordinal));
        Assert.Contains("`map` is missing", work.Cti("validate", "p.yaml").Error, StringComparison.Ordinal);
    }
}
