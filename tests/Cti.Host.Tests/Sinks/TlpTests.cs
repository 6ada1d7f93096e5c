// Nothing above a sink's max_tlp leaves through it: not as an entry, and not through what it adds to an entry that others claim too.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Sinks;

public class TlpTests
{
    private const string Later = "2026-01-03T00:00:00Z";

    [Fact]
    public void A_red_source_leaves_no_trace_in_any_clear_output()
    {
        using var with = Make();
        with.Write(
            "in/b.csv",
            "value,seen,labels,tlp\nsecret.example.com,2025-12-31T00:00:00Z,secret-label,red\nshared.example.com,2025-12-31T23:00:00Z,secret-label,red\n"
        );
        using var without = Make();
        without.Write("in/b.csv", "value,seen,labels,tlp\n");
        foreach (var work in new[] { with, without })
        {
            work.Run();
        }

        Assert.Equal(2, with.Count("SELECT count(*) FROM claims WHERE tlp = 'red'"));
        // Not one byte tells that red claims exist: no label, source, count, score, time or revision.
        Assert.Equal(Contents(without), Contents(with));
        foreach (var (_, text) in Texts(with))
        {
            Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
            Assert.DoesNotContain("inside", text, StringComparison.Ordinal);
        }

        Assert.Contains("secret.example.com", with.Read("out/all.json"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_red_report_that_comes_later_changes_no_clear_output()
    {
        using var work = Make();
        work.Write("in/b.csv", "value,seen,labels,tlp\n");
        work.Run();
        var before = Contents(work);
        work.Write("in/b2.csv", "value,seen,labels,tlp\nshared.example.com,2025-12-31T23:00:00Z,secret-label,red\n");
        work.Run();
        Assert.Equal(before, Contents(work));
        work.RunAt(Later);
        Assert.Equal(before, Contents(work));
    }

    [Fact]
    public void What_its_only_source_turns_red_leaves_every_clear_sink()
    {
        using var work = Make();
        work.Write("in/b.csv", "value,seen,labels,tlp\nturned.example.com,2025-12-31T00:00:00Z,open-label,clear\n");
        work.Run();
        Assert.Contains("turned.example.com", work.Lines("out/list.txt"));
        work.Write("in/b2.csv", "value,seen,labels,tlp\nturned.example.com,2026-01-01T00:00:00Z,secret-label,red\n");
        work.RunAt(Later);
        Assert.DoesNotContain("turned.example.com", work.Lines("out/list.txt"));
        Assert.DoesNotContain("turned.example.com", work.Read("out/rpz.zone"), StringComparison.Ordinal);
        Assert.DoesNotContain("turned.example.com", work.Read("out/bundle.json"), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", string.Concat(Texts(work).Select(file => file.Text)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_stream_that_told_of_an_entry_takes_it_back_when_it_turns_red()
    {
        using var work = Make();
        work.Write("in/b.csv", "value,seen,labels,tlp\nturned.example.com,2025-12-31T00:00:00Z,open-label,clear\n");
        work.Run();
        work.Write("in/b2.csv", "value,seen,labels,tlp\nturned.example.com,2026-01-01T00:00:00Z,secret-label,red\n");
        work.RunAt(Later);
        var last = work.Lines("out/changes.ndjson")
            .Last(line => line.Contains("turned.example.com", StringComparison.Ordinal));
        Assert.Contains("\"op\":\"withdrawn\"", last, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", last, StringComparison.Ordinal);
        Assert.Equal(
            0,
            work.Count(
                "SELECT count(*) FROM sink_state JOIN indicators USING (indicator) WHERE sink = 'stream' AND value = 'turned.example.com'"
            )
        );
    }

    private static Workspace Make()
    {
        var work = new Workspace();
        work.Write(
            "p.yaml",
            $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
            {{Source("public", "a")}}
            {{Source("inside", "b")}}
            sinks:
              - { name: bundle, render: { type: stix_bundle, observables: true }, to: { type: file, path: out/bundle.json } }
              - { name: list, render: { type: plain_list }, to: { type: file, path: out/list.txt }, where: "score >= 1" }
              - { name: zone, render: { type: rpz }, to: { type: file, path: out/rpz.zone }, max_tlp: green }
              - { name: stream, render: { type: ndjson }, to: { type: file, path: out/changes.ndjson }, max_tlp: amber }
              - { name: all, render: { type: stix_bundle }, to: { type: file, path: out/all.json }, max_tlp: red }
            """
        );
        work.Write(
            "in/a.csv",
            "value,seen,labels,tlp\nshared.example.com,2025-12-30T00:00:00Z,open-label,clear\nopen.example.com,2025-12-30T00:00:00Z,open-label,clear\n"
        );
        return work;
    }

    private static string Source(string name, string file) =>
        $$"""
              - name: {{name}}
                from: { type: file, path: "in/{{file}}*.csv" }
                read: { type: csv }
                map: [ { value: { field: value }, type: auto, first_seen: { field: seen }, labels: [ { field: labels } ], tlp: { field: tlp } } ]
                trust: { reliability: A, credibility: 2, confidence: 80 }
            """;

    private static List<(string Name, string Text)> Texts(Workspace work) =>
        [.. work.Rendered().Keys.Where(name => name != "out/all.json").Select(name => (name, work.Read(name)))];

    private static List<string> Contents(Workspace work) =>
        [.. Texts(work).Select(file => $"{file.Name}\n{file.Text}")];
}
