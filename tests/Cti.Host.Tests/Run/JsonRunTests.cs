// Runs over JSON and NDJSON feeds: objects keyed by id, nested paths, and what a broken document does to a snapshot.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Run;

public class JsonRunTests
{
    private static string Pipeline(string read, string map, string mode = "append") =>
        $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: a
                from: { type: file, path: "in/a*" }
                read: {{read}}
                mode: {{mode}}
                map: [ {{map}} ]
                trust: { reliability: A, credibility: 1, confidence: 80, tlp: clear }
            sinks:
              - { name: list, render: { type: plain_list }, to: { type: file, path: out/list.txt } }
            """;

    [Fact]
    public void Objects_keyed_by_id_with_nested_fields_become_indicators()
    {
        using var work = new Workspace();
        work.Write(
            "p.yaml",
            Pipeline(
                "{ type: json, records: \"*.*\" }",
                "{ value: { field: ioc.value }, type_from: { field: ioc.type }, first_seen: { field: seen, format: \"yyyy-MM-dd HH:mm:ss\" }, labels: [ { field: \"@key\" }, { field: malware } ] }"
            )
        );
        work.Write(
            "in/a.json",
            """
            {
              "1001": [ { "ioc": { "value": "malware[.]example.com", "type": "domain" }, "seen": "2026-01-01 10:00:00", "malware": "win.\u0061gent" } ],
              "1002": [ { "ioc": { "value": "192.0.2.7:8080", "type": "ip:port" }, "seen": "2026-01-01 11:00:00", "malware": null } ]
            }
            """
        );
        var report = work.Run();
        Assert.Equal(2, report.GetProperty("records").GetInt64());
        Assert.Equal(0, report.GetProperty("rejected").GetInt64());
        Assert.Equal(
            ["1001|win.agent", "1002"],
            work.Column("SELECT array_to_string(list_sort(labels), '|') FROM observations ORDER BY event_time")
        );
    }

    [Fact]
    public void Ndjson_is_read_whatever_the_name_and_a_bad_line_costs_itself()
    {
        using var work = new Workspace();
        work.Write("p.yaml", Pipeline("{ type: ndjson }", "{ value: { field: host } }"));
        work.Write("in/a.json", "{\"host\":\"a.example.com\"}\n{\"host\":\n{\"host\":\"b.example.com\"}\n");
        var report = work.Run();
        Assert.Equal(3, report.GetProperty("records").GetInt64());
        Assert.Equal(2, report.GetProperty("observations").GetInt64());
        Assert.Equal(["CTI-READ-046"], work.Column("SELECT code FROM dead_letters"));
        Assert.Empty(work.Query("FROM books WHERE missing <> 0"));
    }

    [Fact]
    public void A_snapshot_cut_off_in_the_middle_withdraws_nothing()
    {
        using var work = new Workspace();
        work.Write("p.yaml", Pipeline("{ type: json }", "{ value: { field: \".\" } }", "snapshot"));
        work.Write("in/a.json", "[\"a.example.com\",\n\"b.example.com\"]");
        work.Run();
        work.Write("in/a.json", "[\"a.example.com\",\n");
        var result = work.TryRun();
        Assert.Equal(1, result.Exit);
        Assert.Contains("cut off", result.Error, StringComparison.Ordinal);
        Assert.Equal(["a.example.com", "b.example.com"], work.Lines("out/list.txt"));
        work.Write("in/a.json", "[\"a.example.com\"]");
        work.Run();
        Assert.Equal(["a.example.com"], work.Lines("out/list.txt"));
    }

    [Fact]
    public void A_field_that_no_record_has_is_told_with_what_it_could_have_meant()
    {
        using var work = new Workspace();
        work.Write(
            "p.yaml",
            Pipeline("{ type: ndjson }", "{ value: { field: host }, labels: [ { field: malwares } ] }")
        );
        work.Write("in/a.json", "{\"host\":\"a.example.com\",\"malware\":\"x\"}\n");
        var result = work.TryRun();
        Assert.Equal(0, result.Exit);
        Assert.Contains(
            "no record has the field `malwares`; did you mean `malware`?",
            result.Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Ndjson_declared_as_json_says_so()
    {
        using var work = new Workspace();
        work.Write("p.yaml", Pipeline("{ type: json }", "{ value: { field: host } }"));
        work.Write("in/a.json", "{\"host\":\"a.example.com\"}\n{\"host\":\"b.example.com\"}\n");
        var result = work.TryRun();
        Assert.Equal(1, result.Exit);
        Assert.Contains("it looks like NDJSON", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_that_is_none_and_a_key_without_a_star_are_config_errors()
    {
        using var work = new Workspace();
        work.Write("p.yaml", Pipeline("{ type: json, records: \"a..b\" }", "{ value: { field: host } }"));
        Assert.Contains("CTI-CFG-014", work.Cti("validate", "p.yaml").Error, StringComparison.Ordinal);
        work.Write("p.yaml", Pipeline("{ type: json, records: data }", "{ value: { field: \"@key\" } }"));
        Assert.Contains("there is no such *", work.Cti("validate", "p.yaml").Error, StringComparison.Ordinal);
        work.Write("p.yaml", Pipeline("{ type: json }", "{ value: { column: 1 } }"));
        Assert.Contains("numbered columns", work.Cti("validate", "p.yaml").Error, StringComparison.Ordinal);
    }
}
