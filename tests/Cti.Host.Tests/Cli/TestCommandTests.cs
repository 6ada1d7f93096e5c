// `cti test` from outside: what holds, what does not and why, what can never run, golden files, JUnit.

using System.Xml;
using System.Xml.Linq;
using System.Xml.Schema;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Cli;

public class TestCommandTests
{
    private const string Rows = "198.51.100.7,x|y\\n192.168.0.1,z\\n010.1.1.1,z\\nevil.example.com,z\\n";

    private static CtiResult Test(Workspace work, string tests, params IEnumerable<string> arguments)
    {
        work.Write("p.yaml", TestText.With(tests));
        return work.Cti(["test", "p.yaml", .. arguments]);
    }

    [Theory]
    [InlineData(
        "indicators: [ { value: 198.51.100.7, type: ipv4, score: 50..80, confidence: 60.., labels: [y, x], sources: [a], source_count: 1, tlp: clear, status: active, first_seen: 2026-01-01T00:00:00Z } ]"
    )]
    [InlineData("indicators: [ { type: domain }, { type: ipv4 } ]")]
    [InlineData(
        "screenings: [ { code: CTI-SCREEN-004, type: ipv4, value: 192.168.0.1, entry: 192.168.0.0/16, source: a } ]"
    )]
    [InlineData("dead_letters: [ { code: CTI-NORM-008, field: value, value: 010.1.1.1, line: 4 } ]")]
    [InlineData("sinks: { list: \"198.51.100.7\\nevil.example.com\\n\" }")]
    [InlineData("counts: { records: 4, observations: 2, indicators: 1..2, screenings: 1, dead_letters: ..1 }")]
    public void What_comes_is_what_is_expected(string expect)
    {
        using var work = new Workspace();
        var result = Test(work, TestText.Test("it holds", Rows, expect));
        Assert.True(result.Exit == 0, result.ToString());
        Assert.StartsWith(
            "ok      p.yaml: it holds\n1 test: 1 ok, 0 failed, in ",
            result.Out,
            StringComparison.Ordinal
        );
        Assert.Equal(["p.yaml"], Directory.EnumerateFileSystemEntries(work.Root).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("indicators: [ { value: 198.51.100.7, score: 99 } ]", "CTI-TEST-001", "score is 68, expected 99")]
    [InlineData(
        "indicators: [ { value: 198.51.100.7, labels: [x] } ]",
        "CTI-TEST-001",
        "labels is [x, y], expected [x]"
    )]
    [InlineData(
        "indicators: [ { value: 192.168.0.1 } ]",
        "CTI-TEST-001",
        "192.168.0.1 was screened: CTI-SCREEN-004, list private and reserved space, entry 192.168.0.0/16 (given line 3)"
    )]
    [InlineData("indicators: [ { value: 010.1.1.1 } ]", "CTI-TEST-001", "`010.1.1.1`, was rejected: CTI-NORM-008")]
    [InlineData("indicators: [ { value: evil.exampel.com } ]", "CTI-TEST-001", "did you mean `evil.example.com`?")]
    [InlineData("indicators: [ { value: \"hxxp://a.example/\" } ]", "CTI-TEST-001", "that is `http://a.example/`")]
    [InlineData(
        "indicators: [ { type: ipv4 }, { value: 198.51.100.7 } ]",
        "CTI-TEST-001",
        "another entry of the list stands for it already"
    )]
    [InlineData("indicators: []", "CTI-TEST-004", "expected no indicators, 2 came")]
    [InlineData(
        "screenings: [ { code: CTI-SCREEN-001 } ]",
        "CTI-TEST-002",
        "code is CTI-SCREEN-004, expected CTI-SCREEN-001"
    )]
    [InlineData(
        "screenings: [ { code: CTI-SCREEN-004, value: 198.51.100.7 } ]",
        "CTI-TEST-002",
        "198.51.100.7 came through: it is an indicator of type ipv4"
    )]
    [InlineData("dead_letters: [ { code: CTI-NORM-008, line: 3 } ]", "CTI-TEST-003", "line is 4, expected 3")]
    [InlineData("dead_letters: []", "CTI-TEST-004", "CTI-NORM-008 line 4 field value `010.1.1.1`")]
    [InlineData(
        "sinks: { list: \"198.51.100.7\\r\\nevil.example.com\\n\" }",
        "CTI-TEST-006",
        "-198.51.100.7\\r\n          +198.51.100.7\n"
    )]
    [InlineData(
        "sinks: { list: \"198.51.100.7\\nevil.example.com\" }",
        "CTI-TEST-006",
        "-evil.example.com  (no line end)"
    )]
    [InlineData("sinks: { stream: \"\" }", "CTI-TEST-006", "+{\"sequence\":1,\"op\":\"added\"")]
    [InlineData("counts: { indicators: 3.. }", "CTI-TEST-005", "indicators is 2, expected 3..")]
    public void What_does_not_come_is_told_with_code_place_and_reason(string expect, string code, string reason)
    {
        using var work = new Workspace();
        var result = Test(work, TestText.Test("it fails", Rows, expect));
        Assert.True(result.Exit == 5, result.ToString());
        Assert.StartsWith("FAILED  p.yaml: it fails\n", result.Out, StringComparison.Ordinal);
        Assert.Matches($@"\n        p\.yaml:22:\d+ {code} ", result.Out);
        Assert.Contains(reason, result.Out, StringComparison.Ordinal);
        Assert.Contains("\n1 test: 0 ok, 1 failed, in ", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_that_a_sink_lacks_is_told_with_the_reason_why()
    {
        using var work = new Workspace();
        var result = Test(
            work,
            """
              - name: amber stays inside
                source: b
                now: 2026-01-01T00:00:00Z
                given: "198.51.100.9\n"
                expect: { sinks: { list: "198.51.100.9\n" } }
            """
        );
        Assert.Equal(5, result.Exit);
        Assert.Contains(
            "198.51.100.9 is left out: no source claims it at or below max_tlp green",
            result.Out,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Several_sources_corroborate_each_other()
    {
        using var work = new Workspace();
        var result = Test(
            work,
            """
              - name: two voices are louder than one
                source: b
                now: 2026-01-01T00:00:00Z
                given: "198.51.100.7\n"
                also: [ { source: a, given: "value,tags\n198.51.100.7,x\n" } ]
                expect: { indicators: [ { value: 198.51.100.7, sources: [a, b], score: 60.., tlp: amber } ] }
            """
        );
        Assert.True(result.Exit == 0, result.ToString());
    }

    // Each is a diagnostic at its place and exit 2: nothing is run that could pass by mistake.
    [Theory]
    [InlineData("expect: {}", "CTI-CFG-040", "can never fail")]
    [InlineData("expect: { indicators: [ {} ] }", "CTI-CFG-040", "fits any indicator")]
    [InlineData("expect: { indicators: [ { vaule: x } ] }", "CTI-CFG-004", "did you mean `value`?")]
    [InlineData("expect: { indicators: [ { type: ulr } ] }", "CTI-CFG-008", "did you mean `url`?")]
    [InlineData("expect: { indicators: [ { score: high } ] }", "CTI-CFG-009", "a count or a range of counts")]
    [InlineData("expect: { indicators: [ { score: 60..40 } ] }", "CTI-CFG-010", "the lower end")]
    [InlineData("expect: { screenings: [ { code: SCREEN-1 } ] }", "CTI-CFG-009", "CTI-SCREEN-001")]
    [InlineData("expect: { screenings: [ { value: x } ] }", "CTI-CFG-006", "`code` is missing")]
    [InlineData("expect: { sinks: { lits: x } }", "CTI-CFG-015", "did you mean `list`?")]
    [InlineData("expect: { files: { lits: x } }", "CTI-CFG-015", "did you mean `list`?")]
    [InlineData("expect: { sink: { list: x } }", "CTI-CFG-004", "did you mean `sinks`?")]
    [InlineData(
        "also: [ { source: bb, given: x } ], expect: { indicators: [] }",
        "CTI-CFG-015",
        "no source named `bb`"
    )]
    [InlineData("given_file: x.csv, expect: { indicators: [] }", "CTI-CFG-013", "cannot stand together")]
    public void A_test_that_can_never_say_anything_is_refused(string keys, string code, string message)
    {
        using var work = new Workspace();
        var result = Test(work, "  - { name: t, source: a, now: 2026-01-01T00:00:00Z, given: \"x\", " + keys + " }\n");
        Assert.True(result.Exit == 2, result.ToString());
        Assert.Contains($"error[{code}]", result.Error, StringComparison.Ordinal);
        Assert.Contains("--> p.yaml:18:", result.Error, StringComparison.Ordinal);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Out);
    }

    [Fact]
    public void A_given_file_is_read_plain_or_packed_and_one_that_is_missing_is_exit_2_while_the_others_run()
    {
        using var work = new Workspace();
        work.Write("in/plain.txt", "198.51.100.1\n");
        using var packed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Fastest))
        {
            gzip.Write("198.51.100.2\n"u8);
        }

        work.Write("in/packed.gz", packed.ToArray());
        string File(string path, string value) =>
            $"  - {{ name: {path}, source: b, now: 2026-01-01T00:00:00Z, given_file: in/{path}, expect: {{ indicators: [ {{ value: {value} }} ] }} }}\n";
        var result = Test(
            work,
            File("plain.txt", "198.51.100.1") + File("packed.gz", "198.51.100.2") + File("none.txt", "198.51.100.3")
        );
        Assert.Equal(2, result.Exit);
        Assert.Contains(
            "ok      p.yaml: plain.txt\nok      p.yaml: packed.gz\nERROR   p.yaml: none.txt\n",
            result.Out,
            StringComparison.Ordinal
        );
        Assert.Matches(@"p\.yaml:20:\d+ CTI-CFG-041 `in/none\.txt` is not there", result.Out);
        Assert.Contains("3 tests: 2 ok, 0 failed, 1 could not run", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_without_the_mapped_columns_fails_the_test_at_what_is_given()
    {
        using var work = new Workspace();
        var result = Test(
            work,
            "  - { name: t, source: a, now: 2026-01-01T00:00:00Z, given: \"x,tags\\n1,2\\n\", expect: { indicators: [] } }\n"
        );
        Assert.Equal(5, result.Exit);
        Assert.Matches(@"p\.yaml:18:\d+ CTI-TEST-009 source a cannot use what it is given: CTI-MAP-101", result.Out);
    }

    [Fact]
    public void Golden_files_are_compared_and_written_only_when_asked()
    {
        using var work = new Workspace();
        var test = TestText.Test("golden", Rows, "files: { list: golden/list.txt }");
        var missing = Test(work, test);
        Assert.Equal(5, missing.Exit);
        Assert.Contains("CTI-TEST-008", missing.Out, StringComparison.Ordinal);
        Assert.Contains("cti test --update", missing.Out, StringComparison.Ordinal);
        Assert.False(work.Exists("golden/list.txt"));

        var written = Test(work, test, "--update");
        Assert.True(written.Exit == 0, written.ToString());
        Assert.Contains("updated golden/list.txt\n", written.Out, StringComparison.Ordinal);
        Assert.Equal("198.51.100.7\nevil.example.com\n", work.Read("golden/list.txt"));

        // What has not changed is not touched.
        var again = Test(work, test, "--update");
        Assert.Equal(0, again.Exit);
        Assert.DoesNotContain("updated", again.Out, StringComparison.Ordinal);

        work.Write("golden/list.txt", "198.51.100.7\nother.example.com\n");
        var changed = Test(work, test);
        Assert.Equal(5, changed.Exit);
        Assert.Contains("CTI-TEST-007", changed.Out, StringComparison.Ordinal);
        Assert.Contains("-other.example.com\n          +evil.example.com\n", changed.Out, StringComparison.Ordinal);
        Assert.Equal("198.51.100.7\nother.example.com\n", work.Read("golden/list.txt"));
        Assert.Equal(["list.txt"], Directory.EnumerateFiles(work.PathOf("golden")).Select(Path.GetFileName));
    }

    [Fact]
    public void Filter_picks_tests_by_name_and_says_when_it_picks_none()
    {
        using var work = new Workspace();
        var tests =
            TestText.Test("the first", Rows, "counts: { records: 4 }")
            + TestText.Test("another", Rows, "counts: { records: 5 }");
        var one = Test(work, tests, "--filter", "FIRST");
        Assert.Equal(0, one.Exit);
        Assert.StartsWith("ok      p.yaml: the first\n1 test: 1 ok", one.Out, StringComparison.Ordinal);
        var none = Test(work, tests, "--filter", "third");
        Assert.Equal(2, none.Exit);
        Assert.Contains("no test has that in its name", none.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_that_is_missing_is_an_error_as_it_is_in_a_run()
    {
        using var work = new Workspace();
        work.Write(
            "p.yaml",
            TestText.With(TestText.Test("t", Rows, "counts: { records: 4 }"))
                + "screen: { warninglists: [lists/*.json] }\n"
        );
        var result = work.Cti("test", "p.yaml");
        Assert.Equal(2, result.Exit);
        Assert.Contains(
            "p.yaml: 1 tests cannot run: CTI-SCREEN-108 screen: lists/*.json: no file matches",
            result.Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Json_tells_every_test_with_its_problems()
    {
        using var work = new Workspace();
        var result = Test(
            work,
            TestText.Test("holds", Rows, "counts: { records: 4 }")
                + TestText.Test("fails", Rows, "counts: { records: 5 }"),
            "--json"
        );
        Assert.Equal(5, result.Exit);
        var tests = result.Json.GetProperty("tests").EnumerateArray().ToList();
        Assert.Equal(["ok", "failed"], tests.Select(test => test.GetProperty("status").GetString()));
        var problem = Assert.Single(tests[1].GetProperty("problems").EnumerateArray());
        Assert.Equal("CTI-TEST-005", problem.GetProperty("code").GetString());
        Assert.Equal(27, problem.GetProperty("line").GetInt32());
    }

    [Fact]
    public void JUnit_holds_by_the_common_schema_whatever_stands_in_names_and_bytes()
    {
        using var work = new Workspace();
        var result = Test(
            work,
            TestText.Test("holds", Rows, "counts: { records: 4 }")
                + TestText.Test("\"fails <&\\\"]]> \\x01\\e[31m\"", Rows, "sinks: { list: \"\\x02\\x1b]]><a>\\n\" }")
                + "  - { name: cannot, source: b, now: 2026-01-01T00:00:00Z, given_file: none.txt, expect: { indicators: [] } }\n",
            "--junit",
            "reports/tests.xml"
        );
        Assert.True(result.Exit == 2, result.ToString());
        Assert.DoesNotContain('\u001b', result.Out);

        var schema = new XmlSchemaSet();
        schema.Add("", XmlReader.Create(new StringReader(JUnitSchema)));
        var document = XDocument.Load(work.PathOf("reports/tests.xml"));
        document.Validate(schema, (_, problem) => Assert.Fail(problem.Message));
        var suite = Assert.Single(document.Root!.Elements("testsuite"));
        Assert.Equal(
            "3 1 1",
            $"{suite.Attribute("tests")!.Value} {suite.Attribute("failures")!.Value} {suite.Attribute("errors")!.Value}"
        );
        var cases = suite.Elements("testcase").ToList();
        Assert.Equal("fails <&\"]]> \ufffd\ufffd[31m", cases[1].Attribute("name")!.Value);
        Assert.Contains("-\\x02\\x1b]]><a>", cases[1].Element("failure")!.Value, StringComparison.Ordinal);
        Assert.Equal("CTI-CFG-041", cases[2].Element("error")!.Attribute("type")!.Value);
    }

    // What build servers (Jenkins, GitLab, GitHub's actions) read in common.
    private const string JUnitSchema = """
        <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
          <xs:complexType name="problem">
            <xs:simpleContent><xs:extension base="xs:string">
              <xs:attribute name="message" type="xs:string"/><xs:attribute name="type" type="xs:string" use="required"/>
            </xs:extension></xs:simpleContent>
          </xs:complexType>
          <xs:attributeGroup name="totals">
            <xs:attribute name="name" type="xs:string" use="required"/>
            <xs:attribute name="tests" type="xs:nonNegativeInteger" use="required"/>
            <xs:attribute name="failures" type="xs:nonNegativeInteger" use="required"/>
            <xs:attribute name="errors" type="xs:nonNegativeInteger" use="required"/>
            <xs:attribute name="time" type="xs:decimal" use="required"/>
          </xs:attributeGroup>
          <xs:element name="testsuites"><xs:complexType>
            <xs:sequence><xs:element name="testsuite" minOccurs="0" maxOccurs="unbounded"><xs:complexType>
              <xs:sequence><xs:element name="testcase" minOccurs="0" maxOccurs="unbounded"><xs:complexType>
                <xs:choice minOccurs="0"><xs:element name="failure" type="problem"/><xs:element name="error" type="problem"/></xs:choice>
                <xs:attribute name="classname" type="xs:string" use="required"/>
                <xs:attribute name="name" type="xs:string" use="required"/>
                <xs:attribute name="time" type="xs:decimal" use="required"/>
              </xs:complexType></xs:element></xs:sequence>
              <xs:attributeGroup ref="totals"/>
            </xs:complexType></xs:element></xs:sequence>
            <xs:attributeGroup ref="totals"/>
          </xs:complexType></xs:element>
        </xs:schema>
        """;
}
