// cti graph: what a person sees, what Graphviz accepts, what a hostile label cannot do.

using System.Text.RegularExpressions;
using Cti.Host.Config;
using Cti.Host.Drawing;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Cli;

public class GraphCommandTests
{
    // Everything that could end a string, a label, a tag or a line in one of the formats.
    private const string Hostile = "a\\\"]; --> x{{<script>alert(1)</script>}}`b`|\\n%%{init}%% #59; \u202e\u001b[31m";

    [Fact]
    public void Text_shows_the_way_and_the_counts_of_the_last_run_in_100_columns()
    {
        using var work = new Workspace();
        work.Write("p.yaml", PipelineText.Everything());
        foreach (var source in new[] { "a", "b", "c" })
        {
            work.Write($"in/{source}1.csv", Feeds.Csv(7, 100, 60));
        }

        var before = work.Cti("graph", "p.yaml");
        Assert.Equal(0, before.Exit);
        Assert.StartsWith("no counts: there is no store at ", before.Error, StringComparison.Ordinal);
        Assert.False(work.Exists("out"));

        work.Run();
        var written = File.GetLastWriteTimeUtc(work.StorePath);
        var result = work.Cti("graph", "p.yaml");
        Assert.Equal(0, result.Exit);
        Assert.StartsWith("counts: the run of ", result.Error, StringComparison.Ordinal);
        var lines = result.Out.TrimEnd().Split('\n');
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 100));
        var read = work.Query("SELECT \"in\", \"out\" FROM stage_counts WHERE stage = 'read'")[0];
        Assert.Matches($@"(?m)^  read +│ +{read[0]}( +\d+)? +{read[1]} ", result.Out);
        var list = work.Query("SELECT \"in\", \"out\" FROM stage_counts WHERE stage = 'sink:list'")[0];
        Assert.Matches($@"(?m)^  list +├► +{list[0]}( +\d+)? +{list[1]} ", result.Out);
        // The arrow of the way stands in one column from the first source to the last sink.
        var column = lines
            .First(line => line.Contains('▼', StringComparison.Ordinal))
            .IndexOf('▼', StringComparison.Ordinal);
        Assert.All(
            lines.Where(line => line.StartsWith("  ", StringComparison.Ordinal)).SkipLast(1),
            line => Assert.Contains(line[column], "┐┤▼│├└")
        );
        Assert.Equal(written, File.GetLastWriteTimeUtc(work.StorePath));
    }

    [Fact]
    public void A_broken_file_is_told_and_a_store_that_is_none_leaves_the_counts_out()
    {
        using var work = new Workspace();
        work.Write("bad.yaml", "pipeline: p\n");
        Assert.Equal(2, work.Cti("graph", "bad.yaml").Exit);

        work.Write("p.yaml", PipelineText.List());
        work.Write("out/s.duckdb", "this is no database");
        var result = work.Cti("graph", "p.yaml", "--format", "mermaid");
        Assert.Equal(0, result.Exit);
        Assert.StartsWith("flowchart LR\n", result.Out, StringComparison.Ordinal);
        Assert.StartsWith("no counts: ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Mermaid_labels_hold_nothing_but_letters_digits_and_references()
    {
        var text = DiagramText.Mermaid(HostileDrawing());
        foreach (var line in text.TrimEnd().Split('\n').Skip(1))
        {
            Assert.Matches(
                @"^  (\w+(\(\[|\[\(|\[/|\[)""(<br/>|#\d+;|[\p{L}\p{N} .,:/_·-])*""(\]\)|\)\]|/\]|\])|\w+ --> \w+)$",
                line
            );
        }
    }

    [Fact]
    public void Dot_accepts_every_drawing_and_a_label_comes_back_as_it_went_in()
    {
        var drawing = HostileDrawing();
        var text = DiagramText.Dot(drawing);
        // Without Graphviz: the quotes of every line pair up.
        Assert.All(
            text.Split('\n'),
            line => Assert.Equal(0, Regex.Replace(line, @"\\.", "").Count(character => character == '"') % 2)
        );

        if (Tools.Find("dot", "graphviz") is not { } dot)
        {
            return;
        }

        using var work = new Workspace();
        work.Write("p.dot", text);
        using var process = CtiProcess.Launch(work.Root, dot, "-Tdot_json", "p.dot");
        var result = process.Wait();
        Assert.True(result.Exit == 0 && result.Error.Length == 0, result.ToString());
        Assert.Equal(1 + 5 + 1, result.Json.GetProperty("objects").GetArrayLength());
    }

    [Fact]
    public void Text_is_not_steered_by_labels() => Assert.DoesNotContain('\u001b', TextDrawing.Draw(HostileDrawing()));

    private static PipelineDrawing HostileDrawing()
    {
        var quoted = Hostile
            .Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\u001b", "\\e", StringComparison.Ordinal);
        var text = PipelineText
            .List()
            .Replace("\"in/a*\"", $"\"{quoted}\"", StringComparison.Ordinal)
            .Replace("pipeline: p", $"pipeline: p\ndescription: \"{quoted}\"", StringComparison.Ordinal);
        var file = PipelineFile.Parse("p.yaml", text);
        Assert.Empty(file.Diagnostics);
        return PipelineDrawing.Of(file.Root!, null);
    }
}
