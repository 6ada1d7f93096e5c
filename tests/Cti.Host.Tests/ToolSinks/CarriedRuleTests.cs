// Rules that feeds carry are foreign text: what their own tool does not take does not get into its file.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.ToolSinks;

[Collection(Heavy.Name)]
public class CarriedRuleTests
{
    [Fact]
    [Trait("Tool", "suricata")]
    public void A_broken_rule_of_Suricata_does_not_replace_the_file() =>
        Keeps(
            "suricata",
            "suricata, of bookworm-backports",
            "{ type: ids_rules, take: suricata }",
            "alert dns any any -> any any (msg:\"good\"; dns.query; content:\"a.example\"; sid:1; rev:1;)",
            "alert dns any any -> any any (msg:\"bad\"; no.such.buffer; content:\"b\"; sid:2; rev:1;)",
            "no.such.buffer"
        );

    [Fact]
    [Trait("Tool", "yara")]
    public void A_broken_rule_of_YARA_does_not_replace_the_file() =>
        Keeps(
            "yara",
            "yara",
            "{ type: yara }",
            "rule good { strings: $a = \"x\" condition: $a }",
            "rule bad { condition: no_such_thing }",
            "no_such_thing"
        );

    private static void Keeps(string language, string package, string reader, string good, string bad, string complaint)
    {
        if (Tools.Find(language, package) is null)
        {
            return;
        }

        using var work = new Workspace();
        work.Write(
            "p.yaml",
            $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: a
                from: { type: file, path: "in/a*" }
                read: {{reader}}
                trust: { reliability: A, credibility: 1, confidence: 80, tlp: clear }
            sinks:
              - { name: rules, render: { type: rule_file, language: {{language}} }, to: { type: file, path: out/carried.rules }, check: { type: built_in } }
            """
        );
        work.Write("in/a1", good + "\n");
        work.Run();
        Assert.Equal([good], work.Lines("out/carried.rules"));
        work.Write("in/a2", bad + "\n");

        var run = work.TryRun();

        Assert.True(run.Exit == 1, run.ToString());
        Assert.Contains(complaint, run.Error, StringComparison.Ordinal);
        Assert.Equal([good], work.Lines("out/carried.rules"));
        Assert.Equal(["sink:rules CTI-SINK-005"], work.Column("SELECT source || ' ' || code FROM alarms"));
        // Nothing is lost: without the broken rule the next one is taken.
        work.Write(
            "p.yaml",
            work.Read("p.yaml")
                .Replace("check:", "where: \"not (value like '%bad%')\", check:", StringComparison.Ordinal)
        );
        work.Run();
        Assert.Equal([good], work.Lines("out/carried.rules"));
    }
}
