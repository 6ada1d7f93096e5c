// A pipeline whose source is the whole of a list, each time anew: what is not in it any more is taken back. Its sinks hold sets.

namespace Cti.Host.Tests.Harness;

internal static class SetPipeline
{
    /// <summary>Source `a` reads in/a.txt; `set` is the only sink, and may change whatever it likes.</summary>
    public static string Text(string render, string path, string keys = "") =>
        Head() + Sink("set", render, $"{{ type: file, path: {path} }}", keys);

    /// <summary>All but sinks, which follow.</summary>
    /// <param name="sources">Other sources beside `a`, as items of the list.</param>
    /// <param name="screen">Keys of `screen` beside `private`, each after a comma.</param>
    public static string Head(string sources = "", string screen = "") =>
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
            {{sources}}
            screen: { private: keep{{screen}} }
            sinks:

            """;

    /// <summary>One sink, with other keys of it on one line.</summary>
    public static string Sink(string name, string render, string to, string keys = "") =>
        $$"""
              - name: {{name}}
                render: {{render}}
                to: {{to}}
                max_change: 100000%
                {{keys}}

            """;
}
