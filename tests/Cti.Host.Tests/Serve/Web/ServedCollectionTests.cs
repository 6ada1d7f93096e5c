// From one pipeline to another by TAXII: what a server publishes our own client reads, page by page, and hears of what ceased to hold.

using System.Text.Json;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Serve.Web;

public class ServedCollectionTests
{
    [Fact]
    public void Another_pipeline_reads_a_collection_and_hears_of_what_leaves_it()
    {
        using var site = new WebSite();
        using var reader = new Workspace();
        reader.Write(
            "p.yaml",
            $$"""
            pipeline: q
            store: out/s.duckdb
            sources:
              - name: shared
                from: { type: taxii, url: "{{site.Root}}taxii2/", collection: Everything, limit: 7, basic: { user: partner, password: "${env:TOKEN}" } }
                trust: { reliability: A, credibility: 1, confidence: 80, tlp: amber }
            screen: { private: keep }
            sinks:
              - { name: list, render: { type: plain_list }, to: { type: file, path: out/list.txt }, max_tlp: amber, max_change: 100000% }
            """
        );
        Read();
        Assert.Equal(WebSite.Addresses + 2, reader.Lines("out/list.txt").Length);
        Assert.Contains("192.0.2.1", reader.Lines("out/list.txt"));
        Assert.Contains("secret.example.com", reader.Lines("out/list.txt"));

        // The source takes one back and says another.
        var lines = site.Work.Lines("in/a.txt");
        site.Work.Write("in/a.txt", string.Join('\n', [.. lines[1..], "198.51.100.1"]) + "\n");
        site.Service.WaitFor("1 new observations");
        Read();
        Assert.DoesNotContain("192.0.2.1", reader.Lines("out/list.txt"));
        Assert.Contains("198.51.100.1", reader.Lines("out/list.txt"));
        Assert.Equal(WebSite.Addresses + 2, reader.Lines("out/list.txt").Length);

        // Nothing new is nothing to read.
        Assert.Contains("0 records, 0 new observations", Read().Out, StringComparison.Ordinal);

        CtiResult Read() => Run(site, reader);
    }

    [Fact]
    public async Task What_one_pipeline_pushes_another_pulls_as_it_was_and_hears_of_its_end()
    {
        using var site = new WebSite();
        using var sender = new Workspace();
        using var reader = new Workspace();
        sender.Write("in/a.txt", "192.0.2.201\nfirst.example.com\nsecond.example.com\n");
        sender.Write(
            "p.yaml",
            $$"""
            pipeline: s
            store: out/s.duckdb
            sources:
              - name: own
                from: { type: file, path: in/a.txt }
                read: { type: lines }
                mode: snapshot
                expect: { shrink: 100% }
                map: [ { value: { field: line }, type: auto } ]
                trust: { reliability: A, credibility: 1, confidence: 80, tlp: green }
            screen: { private: keep }
            sinks:
              - name: push
                render: { type: stix_changes }
                to: { type: taxii, url: "{{site.Root}}taxii2/", collection: p/inbox, basic: { user: partner, password: "${env:TOKEN}" } }
                max_tlp: green
              - { name: bundle, render: { type: stix_bundle }, to: { type: file, path: out/bundle.json }, max_tlp: green }
            """
        );
        reader.Write(
            "p.yaml",
            $$"""
            pipeline: q
            store: out/s.duckdb
            sources:
              - name: shared
                from: { type: taxii, url: "{{site.Root}}taxii2/", collection: p/inbox, limit: 2, basic: { user: partner, password: "${env:TOKEN}" } }
                trust: { reliability: A, credibility: 1, confidence: 80, tlp: green }
            screen: { private: keep }
            sinks:
              - { name: list, render: { type: plain_list }, to: { type: file, path: out/list.txt }, max_tlp: green, max_change: 100000% }
            """
        );
        Run(site, sender);
        var pulled = await site.GetAsync(WebSite.Objects("inbox") + "?match[type]=indicator");
        Assert.Equal(
            Indicators(JsonDocument.Parse(sender.Read("out/bundle.json")).RootElement),
            Indicators(pulled.Json)
        );
        Run(site, reader);
        Assert.Equal(
            ["192.0.2.201", "first.example.com", "second.example.com"],
            reader.Lines("out/list.txt").Order(StringComparer.Ordinal)
        );

        sender.Write("in/a.txt", "192.0.2.201\nsecond.example.com\n");
        Run(site, sender);
        Run(site, reader);
        Assert.Equal(["192.0.2.201", "second.example.com"], reader.Lines("out/list.txt").Order(StringComparer.Ordinal));
    }

    private static List<string> Indicators(JsonElement holder) =>
        [
            .. holder
                .GetProperty("objects")
                .EnumerateArray()
                .Where(item => item.GetProperty("type").GetString() == "indicator")
                .Select(item => item.GetRawText())
                .Order(StringComparer.Ordinal),
        ];

    private static CtiResult Run(WebSite site, Workspace work)
    {
        using var run = CtiProcess.Launch(
            work.Root,
            "env",
            $"TOKEN={site.Token("partner")}",
            CtiProcess.Executable,
            "run",
            "p.yaml"
        );
        var result = run.Wait();
        Assert.True(result.Exit == 0, result.ToString());
        return result;
    }
}
