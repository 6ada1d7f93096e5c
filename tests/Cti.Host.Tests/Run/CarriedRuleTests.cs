// Rules carried through a pipeline, judged by the tools that load them: yarac and Suricata itself.

using System.Diagnostics;
using System.Text.Json;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Run;

public class CarriedRuleTests
{
    private const string Yara = """
        /* rule none { } */
        import "pe"
        import "math"
        private rule Small { condition: filesize < 1MB }
        rule Example_Braces : tag {
          meta:
            description = "a \"quoted\" } text"
            date = "2024-01-02"
          strings:
            $a = "} rule x { \\"
            $b = /[}{]\/+"/ nocase
            $c = { 4D 5A [2-4] ( 01 | ?? ) }
          condition: Small and any of them
        }
        rule Example_Imports { condition: pe.number_of_sections > 2 and math.entropy(0, filesize) > 7.5 }
        """;

    private const string Suricata = """
        # one, twice revised
        alert http any any -> any any (msg:"EXAMPLE beacon|3b|"; flow:established,to_server; http.uri; content:"/a\;b"; http.host; content:"evil.example"; sid:9000001; rev:1;)
        alert http any any -> any any (msg:"EXAMPLE beacon"; flow:established,to_server; http.uri; content:"/c"; sid:9000001; rev:2; metadata:created_at 2024_01_02;)
        alert dns any any -> any any (msg:"EXAMPLE name"; dns.query; content:"evil.example"; nocase; endswith; sid:9000002; rev:1;)
        #alert tcp any any -> any any (msg:"off"; sid:9000003; rev:1;)
        """;

    private static Workspace With(string read, string language, string name, string rules)
    {
        var work = new Workspace();
        work.Write(
            "p.yaml",
            $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: rules
                from: { type: file, path: "in/*" }
                read: { {{read}} }
                mode: snapshot
                trust: { reliability: A, credibility: 1, confidence: 80, tlp: clear }
            sinks:
              - { name: file, render: { type: rule_file, language: {{language}} }, to: { type: file, path: out/{{name}} }, max_change: 1000% }
              - { name: bundle, render: { type: stix_bundle }, to: { type: file, path: out/bundle.json }, max_change: 1000% }
            """
        );
        work.Write("in/" + name, rules);
        return work;
    }

    private static List<JsonElement> Indicators(Workspace work) =>
        [
            .. JsonDocument
                .Parse(work.Read("out/bundle.json"))
                .RootElement.GetProperty("objects")
                .EnumerateArray()
                .Where(item => item.GetProperty("type").GetString() == "indicator"),
        ];

    private static (int Exit, string Said) Ask(string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output.Result + errors);
    }

    [Fact]
    public void Yara_rules_compile_as_a_file_and_with_their_imports_alone()
    {
        using var work = With("type: yara", "yara", "rules.yar", Yara);
        work.Run();
        Assert.Empty(work.Query("FROM dead_letters"));
        var text = work.Read("out/rules.yar");
        Assert.Contains("$a = \"} rule x { \\\\\"", text, StringComparison.Ordinal);
        // It stands before the rule that needs it.
        Assert.True(
            text.IndexOf("rule Small", StringComparison.Ordinal)
                < text.IndexOf("rule Example_Braces", StringComparison.Ordinal)
        );
        var indicators = Indicators(work);
        Assert.Equal(
            ["Example_Braces", "Example_Imports", "Small"],
            indicators.Select(item => item.GetProperty("name").GetString()).Order(StringComparer.Ordinal)
        );
        Assert.All(indicators, item => Assert.Equal("yara", item.GetProperty("pattern_type").GetString()));

        if (Tools.Find("yarac", "yara") is not { } yarac)
        {
            return;
        }

        var (exit, said) = Ask(yarac, work.PathOf("out/rules.yar"), work.PathOf("out/compiled"));
        Assert.True(exit == 0, said);
        foreach (var item in indicators.Where(item => item.GetProperty("name").GetString() != "Example_Braces"))
        {
            work.Write("alone.yar", item.GetProperty("pattern").GetString()!);
            (exit, said) = Ask(yarac, work.PathOf("alone.yar"), work.PathOf("out/compiled"));
            Assert.True(exit == 0, said);
        }
    }

    [Fact]
    public void Suricata_takes_the_rules_and_of_two_revisions_the_newer_one()
    {
        using var work = With("type: ids_rules, take: suricata", "suricata", "our.rules", Suricata);
        work.Run();
        Assert.Empty(work.Query("FROM dead_letters"));
        var lines = work.Lines("out/our.rules");
        Assert.Equal(2, lines.Length);
        Assert.Equal(Suricata.Split('\n')[2], lines[0]);
        Assert.Equal(3, Indicators(work).Count);

        if (Tools.Find("suricata", "suricata, of bookworm-backports on Debian 12") is not { } suricata)
        {
            return;
        }

        Directory.CreateDirectory(work.PathOf("log"));
        var (exit, said) = Ask(suricata, "-T", "-v", "-S", work.PathOf("out/our.rules"), "-l", work.PathOf("log"));
        Assert.True(exit == 0, said);
        Assert.Contains("2 rules successfully loaded, 0 rules failed", said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rule_that_left_its_set_leaves_the_file_however_old_it_is()
    {
        using var work = With("type: yara", "yara", "rules.yar", Yara);
        work.RunAt("2026-01-02T00:00:00Z");
        // Written in 2024, and in force: its set has it.
        Assert.Contains("Example_Braces", work.Read("out/rules.yar"), StringComparison.Ordinal);
        work.Write("in/rules.yar", "rule Other { condition: true }\n");
        work.RunAt("2026-01-03T00:00:00Z");
        Assert.DoesNotContain("Example_Braces", work.Read("out/rules.yar"), StringComparison.Ordinal);
    }
}
