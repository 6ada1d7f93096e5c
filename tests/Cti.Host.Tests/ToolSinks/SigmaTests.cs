// Sigma rules, read by a parser of YAML that is not ours and held to the rules of Sigma's specification 2.

using System.Text.RegularExpressions;
using Cti.Host.Tests.Harness;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Cti.Host.Tests.ToolSinks;

[Collection(Heavy.Name)]
public class SigmaTests
{
    private static readonly string[] Levels = ["informational", "low", "medium", "high", "critical"];
    private static readonly string[] Statuses = ["stable", "test", "experimental", "deprecated", "unsupported"];

    // Values, labels and descriptions that are YAML, Sigma, shell and terminal in one.
    private static readonly string[] Hostile =
    [
        "x: [ y ] # z",
        "\"a\" 'b' \\ \\* ? *",
        "- id: evil",
        "{{ evil }} %{evil} ${evil} `id`",
        "&anchor *alias !tag |",
        "--- ...",
        "=1+1",
        "é 日本 😀",
    ];

    [Fact]
    public void A_parser_of_YAML_reads_back_exactly_what_was_put_in_and_every_rule_is_one_of_Sigma()
    {
        using var work = With("user_agent");
        work.Write("in/a.ndjson", string.Join('\n', Hostile.Select(text => Row(text, text))));
        work.RunAt("2026-01-02T00:00:00Z");
        var rules = Rules(work);

        Assert.Equal(
            Hostile.Order(StringComparer.Ordinal),
            rules
                .Select(rule => Plain(Text(Map(Map(rule, "detection"), "selection"), "c-useragent")))
                .Order(StringComparer.Ordinal)
        );
        foreach (var rule in rules)
        {
            Holds(rule);
            Assert.Contains(Text(rule, "description"), Hostile);
            Assert.Equal(
                [Text(rule, "description")],
                ((YamlSequenceNode)rule["labels"]).Select(label => ((YamlScalarNode)label).Value)
            );
            Assert.Contains("attack.t1059.001", Tags(rule));
        }
    }

    [Fact]
    public void Every_kind_of_rule_is_one_of_Sigma_and_leaves_with_its_indicator()
    {
        using var work = With("auto");
        string[] rows =
        [
            Row("stays.example.com", ""),
            Row("203.0.113.9", ""),
            Row("203.0.113.9:443", ""),
            Row("198.51.100.0/24", ""),
            Row("http://stays.example.com/x?y=*", ""),
            Row(new string('a', 64), ""),
        ];
        work.Write("in/a.ndjson", string.Join('\n', rows));
        work.RunAt("2026-01-02T00:00:00Z");
        var rules = Rules(work);
        Assert.Equal(rows.Length, rules.Count);
        Assert.All(rules, Holds);
        Assert.Equal(rules.Count, rules.Select(rule => Text(rule, "id")).Distinct().Count());
        Assert.Contains(
            rules,
            rule =>
                Text(Map(rule, "logsource"), "category") == "proxy"
                && Text(Map(Map(rule, "detection"), "selection"), "c-uri") == "http://stays.example.com/x\\?y=\\*"
        );

        work.Write("in/a.ndjson", rows[0]);
        work.RunAt("2026-01-03T00:00:00Z");
        var left = Assert.Single(Rules(work));
        Assert.Equal("stays.example.com", Text(Map(Map(left, "detection"), "selection"), "query"));
        Assert.Contains(rules, rule => Text(rule, "id") == Text(left, "id"));
    }

    // What Sigma's specification 2 asks of a rule.
    private static void Holds(YamlMappingNode rule)
    {
        Assert.InRange(Text(rule, "title").Length, 1, 256);
        Assert.Matches("^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", Text(rule, "id"));
        Assert.Contains(Text(rule, "status"), Statuses);
        Assert.Contains(Text(rule, "level"), Levels);
        Assert.Matches("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", Text(rule, "date"));
        Assert.Matches("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", Text(rule, "modified"));
        Assert.Matches("^(dns|network_connection|proxy|process_creation)$", Text(Map(rule, "logsource"), "category"));
        var detection = Map(rule, "detection");
        foreach (var name in Text(detection, "condition").Split(" or "))
        {
            Assert.NotEmpty(Map(detection, name).Children);
        }

        Assert.All(Tags(rule), tag => Assert.Matches("^[a-z0-9_-]+\\.[a-z0-9._-]+$", tag));
        Assert.Equal(Tags(rule).Distinct(), Tags(rule));
        Assert.Contains("tlp.clear", Tags(rule));
    }

    private static List<YamlMappingNode> Rules(Workspace work)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(work.Read("out/rules.yml")));
        return [.. stream.Documents.Select(document => (YamlMappingNode)document.RootNode)];
    }

    private static YamlMappingNode Map(YamlMappingNode node, string key) => (YamlMappingNode)node[key];

    private static string Text(YamlMappingNode node, string key) => ((YamlScalarNode)node[key]).Value!;

    private static List<string> Tags(YamlMappingNode rule) =>
        [.. ((YamlSequenceNode)rule["tags"]).Select(tag => ((YamlScalarNode)tag).Value!)];

    // Sigma's escapes undone.
    private static string Plain(string value) => Regex.Replace(value, @"\\([\\*?])", "$1");

    private static string Row(string value, string text) =>
        System.Text.Json.JsonSerializer.Serialize(
            new
            {
                value,
                text,
                technique = "T1059.001",
            }
        );

    private static Workspace With(string type)
    {
        var work = new Workspace();
        work.Write(
            "p.yaml",
            $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: a
                from: { type: file, path: in/a.ndjson }
                read: { type: ndjson }
                mode: snapshot
                expect: { shrink: 100% }
                map:
                  - value: { field: value }
                    type: {{type}}
                    description: { field: text }
                    labels: [ { field: text }, { field: technique } ]
                trust: { reliability: A, credibility: 1, confidence: 80, tlp: clear }
            screen: { private: keep }
            sinks:
              - { name: set, render: { type: sigma_rules }, to: { type: file, path: out/rules.yml }, max_change: 100% }
            """
        );
        return work;
    }
}
