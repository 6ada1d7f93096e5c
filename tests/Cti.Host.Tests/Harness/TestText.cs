// Pipeline files with tests, for tests of `cti test`.

namespace Cti.Host.Tests.Harness;

internal static class TestText
{
    /// <summary>One CSV source `a` (value, tags) and one list source `b`, a list and a stream; with these tests.</summary>
    public static string With(string tests) =>
        """
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: a
                from: { type: file, path: in/a.csv }
                read: { type: csv }
                map: [ { value: { field: value }, type: auto, labels: [ { field: tags, split: "|" } ] } ]
                trust: { reliability: B, credibility: 2, confidence: 80, tlp: clear }
              - name: b
                from: { type: file, path: in/b.txt }
                read: { type: lines }
                map: [ { value: { field: line }, type: auto } ]
                trust: { reliability: C, credibility: 3, confidence: 60, tlp: amber }
            sinks:
              - { name: list, render: { type: plain_list }, to: { type: file, path: out/list.txt }, where: "score >= 50", max_tlp: green }
              - { name: stream, render: { type: ndjson }, to: { type: file, path: out/changes.ndjson }, max_tlp: amber }
            tests:

            """ + tests;

    /// <summary>One test of source `a` with these rows and this expectation, as an entry of `tests:`.</summary>
    public static string Test(string name, string rows, string expect) =>
        $$"""
              - name: {{name}}
                source: a
                now: 2026-01-01T00:00:00Z
                given: "value,tags\n{{rows}}"
                expect: { {{expect}} }

            """;
}
