// A pipeline drawn in the languages of Mermaid and of Graphviz. Labels come from configuration: each language has one function that escapes them.

using System.Globalization;
using System.Text;

namespace Cti.Host.Drawing;

internal static class DiagramText
{
    /// <summary>A Mermaid flowchart.</summary>
    public static string Mermaid(PipelineDrawing drawing)
    {
        var text = new StringBuilder("flowchart LR\n");
        Write(
            drawing,
            MermaidLabel,
            "<br/>",
            Box,
            (from, to) => text.Append(CultureInfo.InvariantCulture, $"  {from} --> {to}\n")
        );
        return text.ToString();

        void Box(string id, Kind kind, string label)
        {
            var (open, close) = kind switch
            {
                Kind.Source => ("([", "])"),
                Kind.Store => ("[(", ")]"),
                Kind.Sink => ("[/", "/]"),
                _ => ("[", "]"),
            };
            text.Append(CultureInfo.InvariantCulture, $"  {id}{open}\"{label}\"{close}\n");
        }
    }

    /// <summary>A digraph for Graphviz' <c>dot</c>.</summary>
    public static string Dot(PipelineDrawing drawing)
    {
        var text = new StringBuilder(
            $"digraph \"{DotLabel(drawing.Name)}\" {{\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n"
        );
        Write(
            drawing,
            DotLabel,
            "\\n",
            Box,
            (from, to) => text.Append(CultureInfo.InvariantCulture, $"  {from} -> {to};\n")
        );
        return text.Append("}\n").ToString();

        void Box(string id, Kind kind, string label)
        {
            var shape = kind switch
            {
                Kind.Source => "ellipse",
                Kind.Store => "cylinder",
                Kind.Sink => "note",
                _ => "box",
            };
            text.Append(CultureInfo.InvariantCulture, $"  {id} [shape={shape}, label=\"{label}\"];\n");
        }
    }

    private enum Kind
    {
        Source,
        Stage,
        Store,
        Sink,
    }

    private static void Write(
        PipelineDrawing drawing,
        Func<string, string> escape,
        string lineEnd,
        Action<string, Kind, string> box,
        Action<string, string> edge
    )
    {
        for (var index = 0; index < drawing.Sources.Count; index++)
        {
            box($"source{index}", Kind.Source, Label(drawing.Sources[index]));
        }

        foreach (var stage in drawing.Stages)
        {
            box("stage_" + stage.Name, stage.Name == "store" ? Kind.Store : Kind.Stage, Label(stage));
        }

        for (var index = 0; index < drawing.Sinks.Count; index++)
        {
            box($"sink{index}", Kind.Sink, Label(drawing.Sinks[index]));
        }

        for (var index = 0; index < drawing.Sources.Count; index++)
        {
            edge($"source{index}", "stage_" + drawing.Stages[0].Name);
        }

        for (var index = 1; index < drawing.Stages.Count; index++)
        {
            edge("stage_" + drawing.Stages[index - 1].Name, "stage_" + drawing.Stages[index].Name);
        }

        for (var index = 0; index < drawing.Sinks.Count; index++)
        {
            edge("stage_" + drawing.Stages[^1].Name, $"sink{index}");
        }

        string Label(Box one) =>
            string.Join(lineEnd, new[] { one.Name }.Concat(one.Details).Concat(Counts(one.Account)).Select(escape));
    }

    private static IEnumerable<string> Counts(StageAccount? account)
    {
        if (account is null)
        {
            yield break;
        }

        (long Count, string Word)[] counts =
        [
            (account.In, "in"),
            (account.Out, "out"),
            (account.Screened, "screened"),
            (account.Rejected, "rejected"),
        ];
        yield return string.Join(
            ", ",
            counts
                .Where(one => one.Count != 0 || one.Word is "in" or "out")
                .Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Count:N0} {one.Word}"))
        );
    }

    // Letters, digits and harmless signs stay; everything else becomes a character reference, of which Mermaid knows the decimal ones. So no label
    // can end its quotes, open a tag or begin a Markdown string.
    private static string MermaidLabel(string label)
    {
        var text = new StringBuilder();
        foreach (var rune in label.EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || rune.Value is ' ' or '.' or ',' or ':' or '/' or '_' or '-' or '·')
            {
                text.Append(rune);
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"#{rune.Value};");
            }
        }

        return text.ToString();
    }

    // In a quoted string of DOT only `"` and `\` mean something.
    private static string DotLabel(string label) =>
        label.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}
