// What a user sees of a pipeline file: all mistakes at once, each at its place; hostile YAML refused.

using System.Text.Json;
using Cti.Host.Config;
using Xunit;

namespace Cti.Host.Tests.Config;

public class PipelineFileTests
{
    private const string Good = """
        pipeline: urlhaus
        description: URLs that distribute malware
        store: ../out/cti.duckdb
        sources:
          - name: urlhaus
            from: { type: file, path: "../data/urlhaus*.csv" }
            read: { type: csv, comment: "#", header: in_comment }
            mode: append
            map:
              - value: { field: url }
                type: url
                first_seen: { field: dateadded, format: "yyyy-MM-dd HH:mm:ss" }
                labels: [ { field: tags, split: "," }, { const: malicious-activity } ]
            trust: { reliability: B, credibility: 2, confidence: 80, tlp: clear, group: abuse.ch, license: CC0-1.0 }
            expect: { records: 100..500000, max_age: 1d, max_rejected: 5% }
        screen: { warninglists: ["../lists/*.json"], allow: ["../lists/ours.txt"], min_prefix: { ipv4: 16, ipv6: 32 } }
        score: { lifetime: { url: 30d }, decay_speed: { url: 1.0 } }
        sinks:
          - name: blocklist
            render: { type: plain_list }
            to: { type: file, path: ../out/urls.txt }
            where: "type = 'url' and score >= 60"
            max_tlp: green
            apply: auto
            max_change: 30%
        tests:
          - name: an online URL is listed, a comment is not
            source: urlhaus
            now: 2026-01-01T00:00:00Z
            given: |
              # id,dateadded,url
              "1","2026-01-01 00:00:00","http://malware.example/x"
            expect: { indicators: [ { type: url, value: "http://malware.example/x" } ], sinks: { blocklist: "http://malware.example/x\n" } }
        """;

    private const string ElevenMistakes = """
        pipeline: Eleven Mistakes
        sources:
          - name: feed
            from: { type: fiel, path: a.txt }
            read: { type: lines }
            map:
              - { value: { field: lin }, type: ulr }
            trust: { reliability: G, confidence: 130 }
            expect: { max_age: 1day }
        score: { lifetime: { url: 30 } }
        screen: { privat: keep }
        sinks:
          - name: list
            render: { type: plain_list }
            to: { type: file, path: out.txt }
            where: "scor >= 60"
            max_tlp: grean
        """;

    [Fact]
    public void The_example_of_the_design_is_a_pipeline()
    {
        var file = PipelineFile.Parse("urlhaus.yaml", Good);
        Assert.Empty(file.Diagnostics);
        Assert.Equal("urlhaus", file.Pipeline!.Name.Value);
    }

    [Fact]
    public void Every_mistake_is_a_diagnostic_in_one_run()
    {
        var file = PipelineFile.Parse("bad.yaml", ElevenMistakes);
        Assert.Equal(
            [
                (1, 11, "CTI-CFG-009"),
                (4, 19, "CTI-CFG-008"),
                (7, 27, "CTI-CFG-015"),
                (7, 40, "CTI-CFG-008"),
                (8, 27, "CTI-CFG-008"),
                (8, 42, "CTI-CFG-010"),
                (9, 24, "CTI-CFG-009"),
                (10, 27, "CTI-CFG-009"),
                (11, 11, "CTI-CFG-004"),
                (16, 13, "CTI-PRED-003"),
                (17, 14, "CTI-CFG-008"),
            ],
            file.Diagnostics.Select(diagnostic => (diagnostic.Line, diagnostic.Column, diagnostic.Code))
        );
    }

    [Fact]
    public void A_diagnostic_shows_the_line_a_caret_and_what_was_probably_meant()
    {
        var writer = new StringWriter { NewLine = "\n" };
        DiagnosticPrinter.Print(writer, PipelineFile.Parse("bad.yaml", ElevenMistakes));
        Assert.Contains(
            """
            error[CTI-CFG-008]: `grean` is not a TLP marking
              --> bad.yaml:17:14
               |
            17 |     max_tlp: grean
               |              ^^^^^
               = hint: did you mean `green`? Allowed: clear, green, amber, amber+strict, red
            """,
            writer.ToString(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Json_has_one_object_per_diagnostic()
    {
        var json = DiagnosticPrinter.ToJson([PipelineFile.Parse("bad.yaml", ElevenMistakes)]);
        using var document = JsonDocument.Parse(json);
        Assert.Equal(11, document.RootElement.GetArrayLength());
        Assert.Equal(
            ["file", "line", "column", "code", "message", "hint"],
            document.RootElement[0].EnumerateObject().Select(property => property.Name)
        );
    }

    [Theory]
    [InlineData("pipeline: [", "CTI-CFG-001")]
    [InlineData("a: b: c", "CTI-CFG-001")]
    [InlineData("a: [1, 2\nb: 3\n", "CTI-CFG-001")]
    [InlineData("a: *.csv", "CTI-CFG-001")]
    [InlineData("a: 'open", "CTI-CFG-001")]
    [InlineData("a: 1\n  b: 2", "CTI-CFG-001")]
    [InlineData("a: @x", "CTI-CFG-001")]
    [InlineData("a: \"\\0\"", "CTI-CFG-001")]
    [InlineData("a: \"\\ud83d\"", "CTI-CFG-001")]
    [InlineData("a: \"\\q\"", "CTI-CFG-001")]
    [InlineData("a:\n\t- b", "CTI-CFG-001")]
    [InlineData("", "CTI-CFG-001")]
    [InlineData("# nothing\n", "CTI-CFG-001")]
    [InlineData("a: 1\n---\nb: 2", "CTI-CFG-001")]
    [InlineData("a: *missing", "CTI-CFG-001")]
    [InlineData("a: !!binary abc", "CTI-CFG-001")]
    [InlineData("? [a, b]\n: c", "CTI-CFG-001")]
    [InlineData("a: &x [ *x ]", "CTI-CFG-002")]
    [InlineData("\0\u0001\u0002", "CTI-CFG-001")]
    public void What_is_not_a_document_is_one_diagnostic(string text, string code)
    {
        var file = PipelineFile.Parse("x.yaml", text);
        Assert.Equal([code], file.Diagnostics.Select(diagnostic => diagnostic.Code));
    }

    [Fact]
    public void A_tab_is_pointed_at()
    {
        var diagnostic = Assert.Single(
            PipelineFile.Parse("x.yaml", "pipeline: a\nsources:\n\t- name: x\n").Diagnostics
        );
        Assert.Equal((3, 1), (diagnostic.Line, diagnostic.Column));
        Assert.Contains("spaces", diagnostic.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void No_damage_to_a_file_makes_it_crash_the_reader()
    {
        // Fixed seed: the same three thousand damaged files every time.
        var random = new Random(20260101);
        const string Pieces = "{}[]:,-&*!|>'\"%@`#?\t\n \\\0ab\u2028\ud83d";

        for (var round = 0; round < 3_000; round++)
        {
            var text = new System.Text.StringBuilder(round % 2 == 0 ? Good : ElevenMistakes);

            for (var damage = random.Next(1, 6); damage > 0; damage--)
            {
                var at = random.Next(text.Length);
                _ = random.Next(3) switch
                {
                    0 => text.Remove(at, Math.Min(random.Next(1, 20), text.Length - at)),
                    1 => text.Insert(at, Pieces[random.Next(Pieces.Length)]),
                    _ => text.Replace(text[at], Pieces[random.Next(Pieces.Length)], at, 1),
                };
            }

            var file = PipelineFile.Parse("x.yaml", text.ToString());
            Assert.Equal(file.Pipeline is null, file.Diagnostics.Count > 0);
            DiagnosticPrinter.Print(TextWriter.Null, file);
            _ = DiagnosticPrinter.ToJson([file]);
        }
    }

    [Fact]
    public void An_alias_bomb_is_refused()
    {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";

        for (var level = 1; level < 10; level++)
        {
            var items = string.Join(", ", Enumerable.Repeat($"*a{level - 1}", 10));
            text += $"a{level}: &a{level} [{items}]\n";
        }

        Assert.Equal("CTI-CFG-002", Assert.Single(PipelineFile.Parse("bomb.yaml", text).Diagnostics).Code);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    public void A_hundred_thousand_levels_are_refused(string opening)
    {
        var text = string.Concat(Enumerable.Repeat(opening, 100_000));
        Assert.Single(PipelineFile.Parse("deep.yaml", text).Diagnostics);
    }

    [Fact]
    public void A_file_beyond_the_limit_is_refused()
    {
        var file = PipelineFile.Parse("x.yaml", new string('x', 100), new YamlLimits { Characters = 99 });
        Assert.Equal("CTI-CFG-002", Assert.Single(file.Diagnostics).Code);
    }

    [Theory]
    [InlineData(2_000_000_000L)]
    [InlineData(5_000_000L)]
    public void A_huge_file_is_refused_without_being_read(long bytes)
    {
        using var work = new Harness.Workspace();
        work.Write("x.yaml", "pipeline: p\n");
        // Sparse: it takes no room on the disk, and would take all the memory there is.
        using (var stream = new FileStream(work.PathOf("x.yaml"), FileMode.Open))
        {
            stream.SetLength(bytes);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        var diagnostic = Assert.Single(PipelineFile.Load(work.PathOf("x.yaml")).Diagnostics);
        Assert.Equal("CTI-CFG-002", diagnostic.Code);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 20_000_000);
    }

    [Fact]
    public void Bytes_that_are_no_utf_8_are_pointed_at_and_a_mark_of_utf_8_is_passed_over()
    {
        using var work = new Harness.Workspace();
        work.Write("x.yaml", [.. "pipeline: p\ndescription: é"u8, 0xFF, .. "\n"u8]);
        var diagnostic = Assert.Single(PipelineFile.Load(work.PathOf("x.yaml")).Diagnostics);
        Assert.Equal(("CTI-CFG-048", 2, 15), (diagnostic.Code, diagnostic.Line, diagnostic.Column));

        work.Write("y.yaml", [0xEF, 0xBB, 0xBF, .. System.Text.Encoding.UTF8.GetBytes(Good)]);
        Assert.Empty(PipelineFile.Load(work.PathOf("y.yaml")).Diagnostics);
    }

    [Fact]
    public void An_anchor_may_be_used_again()
    {
        var text = Good.Replace("trust: {", "trust: &trust {", StringComparison.Ordinal);
        Assert.Empty(PipelineFile.Parse("x.yaml", text).Diagnostics);
    }

    [Fact]
    public void An_error_inside_a_literal_block_points_into_the_block()
    {
        var text = Good.Replace(
            "where: \"type = 'url' and score >= 60\"",
            "where: |\n      type = 'url'\n      and scoer >= 60",
            StringComparison.Ordinal
        );
        var diagnostic = Assert.Single(PipelineFile.Parse("x.yaml", text).Diagnostics);
        Assert.Equal((24, 11, "CTI-PRED-003"), (diagnostic.Line, diagnostic.Column, diagnostic.Code));
    }

    [Fact]
    public void The_terminal_is_not_steered_by_a_file()
    {
        var writer = new StringWriter();
        DiagnosticPrinter.Print(writer, PipelineFile.Parse("x.yaml", "pipeline: \"\\e[31mred\"\n"));
        Assert.DoesNotContain('\u001b', writer.ToString());
    }
}
