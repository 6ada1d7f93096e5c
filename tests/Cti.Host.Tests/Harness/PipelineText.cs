// Pipeline files for tests: the few shapes most of them need, with the part that matters given by the test.

namespace Cti.Host.Tests.Harness;

internal static class PipelineText
{
    /// <summary>One list source `a` reading in/a.txt and one sink `list` writing out/list.txt; extra keys go to each.</summary>
    public static string List(
        string source = "",
        string sink = "",
        string rest = "",
        string trust = "reliability: A, credibility: 1, confidence: 80, tlp: clear"
    ) =>
        $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: a
                from: { type: file, path: "in/a*" }
                read: { type: lines }
                map: [ { value: { field: line }, type: auto } ]
                trust: { {{trust}} }
                {{source}}
            {{rest}}
            sinks:
              - name: list
                render: { type: plain_list }
                to: { type: file, path: out/list.txt }
                {{sink}}
            """;

    /// <summary>
    /// Three CSV sources (in/a*.csv and so on) with value, type, times, labels, confidence, tlp; b and c of one trust group; every kind of sink.
    /// </summary>
    public static string Everything(string warninglists = "") =>
        $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
            {{Csv("a", "reliability: A, credibility: 1, confidence: 90, tlp: clear")}}
            {{Csv("b", "reliability: C, credibility: 3, confidence: 60, tlp: green, group: bc")}}
            {{Csv("c", "reliability: B, credibility: 2, confidence: 70, tlp: amber, group: bc")}}
            screen: { warninglists: [{{warninglists}}] }
            sinks:
              - { name: bundle, render: { type: stix_bundle, observables: true }, to: { type: file, path: out/bundle.json }, max_tlp: red }
              - { name: list, render: { type: plain_list }, to: { type: file, path: out/list.txt }, max_tlp: green, where: "score >= 30" }
              - { name: zone, render: { type: rpz, zone: rpz.example }, to: { type: file, path: out/rpz.zone }, max_tlp: amber }
              - { name: stream, render: { type: ndjson }, to: { type: file, path: out/changes.ndjson }, max_tlp: amber }
            """;

    private static string Csv(string name, string trust) =>
        $$"""
              - name: {{name}}
                from: { type: file, path: "in/{{name}}*.csv" }
                read: { type: csv }
                map:
                  - value: { field: value }
                    type: auto
                    first_seen: { field: first_seen }
                    last_seen: { field: last_seen }
                    labels: [ { field: labels, split: "|" }, { const: {{name}} } ]
                    confidence: { field: confidence }
                trust: { {{trust}} }
            """;
}
