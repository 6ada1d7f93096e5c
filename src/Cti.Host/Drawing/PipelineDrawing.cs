// What a drawing of a pipeline shows: its sources, its stages in the order of the data's way, its sinks, and the counts of its last run where there
// was one. Takes words from the file as they are written; how they are escaped is the business of each format.

using Cti.Core.Declare;
using Cti.Host.Cli;
using Cti.Host.Config;

namespace Cti.Host.Drawing;

/// <summary>The account of a stage in a run.</summary>
internal sealed record StageAccount(
    long In,
    long Expanded,
    long Out,
    long Screened,
    long Rejected,
    long Merged,
    long Dropped
);

/// <summary>The last run of a pipeline, stage by stage; sinks are <c>sink:NAME</c>.</summary>
internal sealed record LastRun(IReadOnlyDictionary<string, StageAccount> Stages);

/// <summary>A box of the drawing.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Details">What is declared of it, the most telling first.</param>
/// <param name="Account">What the last run counted; null where nothing was.</param>
internal sealed record Box(string Name, IReadOnlyList<string> Details, StageAccount? Account);

/// <summary>A pipeline as boxes: every source leads to the first stage, every stage to the next, the last to every sink.</summary>
internal sealed record PipelineDrawing(
    string Name,
    string Description,
    IReadOnlyList<Box> Sources,
    IReadOnlyList<Box> Stages,
    IReadOnlyList<Box> Sinks
)
{
    // The order of the data's way. Those that a run may lack are drawn where it counted them.
    private static readonly string[] Way = ["read", "extract", "map", "normalise", "screen", "enrich", "store"];
    private static readonly HashSet<string> Always = new(
        ["read", "map", "normalise", "screen", "store"],
        StringComparer.Ordinal
    );

    /// <summary>Draws a document that holds.</summary>
    public static PipelineDrawing Of(Node root, LastRun? run) =>
        new(
            root.TextUnder("pipeline") ?? "",
            root.TextUnder("description") ?? "",
            [.. root.ItemsUnder("sources").Select(Source)],
            [
                .. Way.Where(stage =>
                        Always.Contains(stage)
                        || root.Under(stage) is not null
                        || run?.Stages.ContainsKey(stage) == true
                    )
                    .Select(stage => new Box(stage, Details(root, stage), run?.Stages.GetValueOrDefault(stage))),
            ],
            [.. root.ItemsUnder("sinks").Select(sink => Sink(sink, run))]
        );

    private static Box Source(Node source) =>
        new(
            source.TextUnder("name") ?? "",
            Present([
                Typed(source.Under("from")),
                source.Under("read").TextUnder("type"),
                source.TextUnder("mode") ?? "append",
                source.Under("trust").TextUnder("tlp") is { } tlp ? $"TLP {tlp}" : null,
            ]),
            null
        );

    private static Box Sink(Node sink, LastRun? run)
    {
        var name = sink.TextUnder("name") ?? "";
        return new Box(
            name,
            Present([
                sink.Under("render").TextUnder("type"),
                Typed(sink.Under("to")),
                $"TLP up to {sink.TextUnder("max_tlp") ?? "clear"}",
                sink.TextUnder("where") is { } where ? $"where {where.ReplaceLineEndings(" ").Trim()}" : null,
            ]),
            run?.Stages.GetValueOrDefault("sink:" + name)
        );
    }

    private static List<string> Details(Node root, string stage) =>
        stage switch
        {
            "screen" => Present([Listed(root.Under("screen"), "warninglists"), Listed(root.Under("screen"), "allow")]),
            "store" => [root.TextUnder("store") is { } given ? given : PipelineDefaults.store],
            _ => [],
        };

    // `file data/a.csv`: the type, and the first thing that is said beside it.
    private static string? Typed(Node? block)
    {
        if (block is not Node.Mapping { Item.Entries: var entries })
        {
            return null;
        }

        var beside = entries.FirstOrDefault(entry => entry.Key.Text != "type");
        var what = beside is null ? null : Words(beside.Value);
        return string.Join(' ', Present([block.TextUnder("type"), what]));
    }

    private static string? Listed(Node? block, string key) =>
        block.Under(key) is { } list && Words(list) is { Length: > 0 } words ? $"{key} {words}" : null;

    private static string? Words(Node node) =>
        node switch
        {
            Node.Scalar { Item.Text: var text } => text,
            Node.Sequence { Item.Items: var items } => string.Join(
                ", ",
                items.Select(item => NodeModule.tryText(item)?.Value).OfType<string>()
            ),
            _ => null,
        };

    private static List<string> Present(IEnumerable<string?> details) =>
        [.. details.OfType<string>().Where(detail => detail.Length > 0).Select(TerminalText.Visible)];
}
