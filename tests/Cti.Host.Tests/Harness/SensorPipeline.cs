// A pipeline whose source is the whole of a list, each time anew: what is not in it any more is taken back.

namespace Cti.Host.Tests.Harness;

internal static class SensorPipeline
{
    /// <summary>Source in/a.txt, one sink `set`.</summary>
    public static string Text(string render, string path, string keys = "") =>
        $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: a
                from: { type: file, path: in/a.txt }
                read: { type: lines }
                mode: snapshot
                expect: { shrink: 100% }
                map: [ { value: { field: line }, type: auto } ]
                trust: { reliability: A, credibility: 1, confidence: 80, tlp: clear }
            screen: { private: keep }
            sinks:
              - name: set
                render: {{render}}
                to: { type: file, path: {{path}} }
                max_change: 100000%
                {{keys}}
            """;
}
