// Enrichment as a user sees it: predicates over facts, NDJSON, SQL and explain, tables that change, tables that are missing or damaged.

using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Run;

public class EnrichTests
{
    private const string Later = "2026-01-03T00:00:00Z";
    private const string Ranges =
        "192.0.2.0\t192.0.2.255\t64496\tNL\tEXAMPLE-AS\n198.51.100.0\t198.51.100.255\t64497\tDE\tOTHER\n";
    private const string Feed = "192.0.2.1\n198.51.100.1\n203.0.113.1\nhttp://a.shop.co.test/x\nshop.co.test\n";

    private const string Enrich = """
        public_suffix_list: { path: tables/psl.dat }
        enrich:
          - { type: registered_domain }
          - { type: ip_ranges, path: tables/ranges.tsv, format: iptoasn }
          - { type: kev, path: tables/kev.csv }
          - { type: epss, path: "tables/epss*.csv*" }
          - { type: cvss, path: "tables/cve*.json" }
          - { type: attack, path: tables/attack.json }
        """;

    private static Workspace With(string where, string enrich = Enrich)
    {
        var work = new Workspace();
        work.Write(
            "p.yaml",
            $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: a
                from: { type: file, path: "in/a*" }
                read: { type: lines }
                map: [ { value: { field: line }, type: auto } ]
                trust: { reliability: A, credibility: 1, confidence: 80, tlp: clear }
              - name: c
                from: { type: file, path: "in/c*" }
                read: { type: lines }
                map: [ { value: { field: line }, type: cve } ]
                trust: { reliability: A, credibility: 1, confidence: 80, tlp: clear }
            {{enrich}}
            sinks:
              - { name: list, render: { type: plain_list }, to: { type: file, path: out/list.txt }, where: "{{where}}" }
              - { name: stream, render: { type: ndjson }, to: { type: file, path: out/changes.ndjson } }
            """
        );
        work.Write("in/a1.txt", Feed);
        work.Write("in/c1.txt", "CVE-2024-0001\nCVE-2024-0002\n");
        work.Write(
            "tables/cve1.json",
            """{"cveMetadata":{"cveId":"CVE-2024-0001","state":"PUBLISHED","dateUpdated":"2026-01-05T00:00:00Z"},"containers":{"cna":{"metrics":[{"cvssV3_1":{"baseScore":9.8,"vectorString":"CVSS:3.1/AV:N"}}],"problemTypes":[{"descriptions":[{"cweId":"CWE-79"}]}]}}}"""
        );
        work.Write(
            "tables/cve2.json",
            """{"vulnerabilities":[{"cve":{"id":"CVE-2024-0002","published":"2024-01-01T00:00:00.000","lastModified":"2024-01-01T00:00:00.000","metrics":{"cvssMetricV2":[{"cvssData":{"baseScore":5}}]}}}]}"""
        );
        work.Write(
            "tables/attack.json",
            """{"type":"bundle","objects":[{"type":"attack-pattern","id":"attack-pattern--1","modified":"2024-01-01T00:00:00.000Z","name":"Phishing","external_references":[{"source_name":"mitre-attack","external_id":"T1566"}]}]}"""
        );
        work.Write("tables/psl.dat", "test\nco.test\n");
        work.Write("tables/ranges.tsv", Ranges);
        work.Write("tables/kev.csv", "cveID,dateAdded,knownRansomwareCampaignUse\nCVE-2024-0001,2024-01-02,Known\n");
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true))
        {
            gzip.Write(
                Encoding.UTF8.GetBytes(
                    "#model_version:v1\ncve,epss,percentile\nCVE-2024-0001,0.97566,0.999\nCVE-2024-0002,0.00042,0.05\n"
                )
            );
        }

        work.Write("tables/epss_scores.csv.gz", packed.ToArray());
        return work;
    }

    [Theory]
    [InlineData("country = 'NL'", "192.0.2.1")]
    [InlineData("country IN ('DE', 'FR') or asn = 64496", "192.0.2.1 198.51.100.1")]
    [InlineData("country IS NULL and type = 'ipv4'", "203.0.113.1")]
    [InlineData("starts_with(as_name, 'EXAMPLE')", "192.0.2.1")]
    [InlineData("registered_domain = 'shop.co.test'", "http://a.shop.co.test/x shop.co.test")]
    [InlineData("kev", "CVE-2024-0001")]
    [InlineData("not kev", "CVE-2024-0002")]
    [InlineData("kev_ransomware and kev_added < TIMESTAMP '2024-02-01T00:00:00Z'", "CVE-2024-0001")]
    [InlineData("epss >= 0.5", "CVE-2024-0001")]
    [InlineData("epss < 0.00043 and epss_percentile = 0.05", "CVE-2024-0002")]
    [InlineData("type = 'cve' and cvss >= 9 and kev", "CVE-2024-0001")]
    [InlineData("cvss_severity IN ('medium', 'high') and cvss_version = '2.0'", "CVE-2024-0002")]
    [InlineData("has(cwe, 'CWE-79') and cvss_vector LIKE '%/AV:N%' and cvss = 9.8", "CVE-2024-0001")]
    public void A_predicate_may_ask_for_facts(string where, string expected)
    {
        using var work = With(where);
        work.Run();
        Assert.Equal(expected, string.Join(' ', work.Lines("out/list.txt").Where(line => line.Length > 0)));
    }

    [Fact]
    public void Facts_show_in_ndjson_in_sql_in_explain_and_in_the_books()
    {
        using var work = With("country = 'NL'");
        var report = work.Run();
        var lines = work.Lines("out/changes.ndjson")
            .Select(line => JsonDocument.Parse(line).RootElement)
            .ToDictionary(line => line.GetProperty("value").GetString()!);
        var address = lines["192.0.2.1"];
        Assert.Equal(
            "NL 64496 EXAMPLE-AS",
            $"{address.GetProperty("country")} {address.GetProperty("asn")} {address.GetProperty("as_name")}"
        );
        Assert.False(lines["203.0.113.1"].TryGetProperty("country", out _));
        Assert.Equal("shop.co.test", lines["http://a.shop.co.test/x"].GetProperty("registered_domain").GetString());
        var cve = lines["CVE-2024-0001"];
        Assert.True(cve.GetProperty("kev").GetBoolean());
        Assert.Equal("0.97566", cve.GetProperty("epss").GetRawText());
        Assert.False(lines["CVE-2024-0002"].GetProperty("kev").GetBoolean());
        Assert.Equal(
            "9.8 critical 3.1 [\"CWE-79\"]",
            $"{cve.GetProperty("cvss").GetRawText()} {cve.GetProperty("cvss_severity")} {cve.GetProperty("cvss_version")} {cve.GetProperty("cwe").GetRawText()}"
        );
        Assert.Equal(
            ["9.8 critical [CWE-79]", "5.0 medium NULL"],
            work.Query("SELECT cvss, cvss_severity, cwe::VARCHAR FROM facts WHERE cvss IS NOT NULL ORDER BY cvss DESC")
                .Select(row => string.Join(' ', row))
        );

        Assert.Equal(
            ["192.0.2.1 NL 64496", "198.51.100.1 DE 64497"],
            work.Query(
                    "SELECT DISTINCT c.value, f.country, f.asn FROM facts f JOIN claims c ON c.subject = f.indicator WHERE f.country IS NOT NULL ORDER BY ALL"
                )
                .Select(row => string.Join(' ', row))
        );
        Assert.Equal(
            ["True True 0.97566"],
            work.Query("SELECT kev, kev_ransomware, round(epss, 5) FROM facts WHERE kev AND epss > 0.5")
                .Select(row => string.Join(' ', row))
        );
        var stage = report
            .GetProperty("books")
            .EnumerateArray()
            .Single(row => row.GetProperty("stage").GetString() == "enrich");
        Assert.Equal("7 7", $"{stage.GetProperty("in")} {stage.GetProperty("out")}");

        var explained = work.Cti("explain", "192.0.2.1", "--store", "out/s.duckdb", "--now", Workspace.Now);
        Assert.Contains("p knows: country NL, asn 64496, as_name EXAMPLE-AS", explained.Out, StringComparison.Ordinal);
        Assert.Contains(
            "in     p/list: active, and `where` is true: country = 'NL'",
            explained.Out,
            StringComparison.Ordinal
        );
        var other = work.Cti("explain", "198.51.100.1", "--store", "out/s.duckdb", "--now", Workspace.Now, "--json");
        Assert.Equal("DE", other.Json.GetProperty("facts")[0].GetProperty("country").GetString());
        Assert.False(other.Json.GetProperty("sinks")[0].GetProperty("in").GetBoolean());
    }

    [Fact]
    public void A_table_that_changed_changes_what_sinks_hold_and_what_the_store_says()
    {
        using var work = With("country = 'NL'");
        work.Run();
        work.Write("tables/ranges.tsv", Ranges.Replace("\tDE\t", "\tNL\t", StringComparison.Ordinal));
        work.RunAt(Later);
        Assert.Equal(["192.0.2.1", "198.51.100.1"], work.Lines("out/list.txt"));
        Assert.Equal(["2"], work.Column("SELECT count(*) FROM facts WHERE country = 'NL'"));

        // Only what is new is looked up in tables that did not change.
        work.Write("in/a2.txt", "192.0.2.9\n");
        var report = work.RunAt("2026-01-04T00:00:00Z");
        var stage = report
            .GetProperty("books")
            .EnumerateArray()
            .Single(row => row.GetProperty("stage").GetString() == "enrich");
        Assert.Equal("1", stage.GetProperty("in").ToString());
        Assert.Equal(["3"], work.Column("SELECT count(*) FROM facts WHERE country = 'NL'"));

        // A pipeline that enriches no more keeps no facts.
        var text = work.Read("p.yaml");
        work.Write(
            "p.yaml",
            text.Replace(Enrich, "", StringComparison.Ordinal)
                .Replace("country = 'NL'", "type = 'ipv4' and value < '2'", StringComparison.Ordinal)
        );
        work.RunAt("2026-01-05T00:00:00Z");
        Assert.Equal(["0"], work.Column("SELECT count(*) FROM facts"));
    }

    [Theory]
    [InlineData(
        "tables/rangs.tsv",
        "CTI-ENRICH-004 enrich: tables/rangs.tsv: no such file",
        "Did you mean tables/ranges.tsv?"
    )]
    [InlineData("tables/none*.tsv", "CTI-ENRICH-004 enrich: tables/none*.tsv: no file matches", "")]
    public void A_missing_table_fails_the_run_before_anything_is_touched(string path, string message, string hint)
    {
        using var work = With(
            "country = 'NL'",
            $"enrich: [ {{ type: ip_ranges, path: \"{path}\", format: iptoasn }}, {{ type: kev, path: tables/nothing.json }} ]"
        );
        var run = work.TryRun();
        Assert.Equal(1, run.Exit);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.Contains(hint, run.Error, StringComparison.Ordinal);
        Assert.Contains("tables/nothing.json: no such file", run.Error, StringComparison.Ordinal);
        Assert.False(work.Exists("out/s.duckdb"));
        Assert.Equal(1, work.Cti("plan", "p.yaml").Exit);
    }

    [Fact]
    public void A_damaged_table_names_file_line_and_fault()
    {
        using var work = With("country = 'NL'");
        work.Write("tables/ranges.tsv", Ranges + "<html>rate limited</html>\n");
        var run = work.TryRun();
        Assert.Equal(1, run.Exit);
        Assert.Contains(
            "CTI-ENRICH-001 ranges.tsv:3: the columns do not hold a range",
            run.Error,
            StringComparison.Ordinal
        );
        Assert.False(work.Exists("out/s.duckdb"));
    }

    [Fact]
    public void A_fact_nobody_gives_is_a_fault_of_the_file()
    {
        using var work = With("country = 'NL'", "");
        var validated = work.Cti("validate", "p.yaml");
        Assert.Equal(2, validated.Exit);
        Assert.Contains("CTI-CFG-070", validated.Error, StringComparison.Ordinal);
        Assert.Contains(
            "add `enrich: [ { type: ip_ranges, path: …, format: … } ]`",
            validated.Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_vulnerability_in_stix_has_another_time_where_its_facts_are_newer()
    {
        using var work = With("type = 'cve'");
        work.Write(
            "p.yaml",
            work.Read("p.yaml")
                + "\n  - { name: bundle, render: { type: stix_bundle }, to: { type: file, path: out/b.json }, max_change: 100% }\n"
        );
        work.Run();
        var first = Vulnerability(work);
        // The record's date lies behind the run's.
        Assert.Equal("2026-01-05T00:00:00.000Z", first.GetProperty("modified").GetString());
        Assert.Contains("\"base_score\":9.8", first.GetRawText(), StringComparison.Ordinal);

        work.Write(
            "tables/cve1.json",
            work.Read("tables/cve1.json")
                .Replace("9.8", "4.3", StringComparison.Ordinal)
                .Replace("01-05", "01-06", StringComparison.Ordinal)
        );
        // A set whose entries stay is not written again for facts alone (docs/enrichers.md).
        work.Write("in/c2.txt", "CVE-2024-0003\n");
        work.RunAt(Later);
        var second = Vulnerability(work);
        Assert.Equal("2026-01-06T00:00:00.000Z", second.GetProperty("modified").GetString());
        Assert.Contains("\"base_score\":4.3", second.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(first.GetProperty("id").GetString(), second.GetProperty("id").GetString());

        // explain tells what the store knows.
        var explained = work.Cti("explain", "CVE-2024-0001", "--store", work.StorePath);
        Assert.Contains("cvss 4.3", explained.ToString(), StringComparison.Ordinal);
        Assert.Contains("cwe CWE-79", explained.ToString(), StringComparison.Ordinal);
    }

    private static JsonElement Vulnerability(Workspace work) =>
        JsonDocument
            .Parse(work.Read("out/b.json"))
            .RootElement.GetProperty("objects")
            .EnumerateArray()
            .Single(item =>
                item.GetProperty("type").GetString() == "vulnerability"
                && item.GetProperty("name").GetString() == "CVE-2024-0001"
            );
}
