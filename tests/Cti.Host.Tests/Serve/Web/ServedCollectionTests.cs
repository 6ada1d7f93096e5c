// From one pipeline to another by TAXII: what a server publishes our own client reads, page by page, and hears of what ceased to hold.

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

        CtiResult Read()
        {
            using var run = CtiProcess.Launch(
                reader.Root,
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
}
