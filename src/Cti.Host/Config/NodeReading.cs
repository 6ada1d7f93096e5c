// Looks up parts of a document as it is written, for those that show or check it; what it means is the typed pipeline's business.

using Cti.Core.Declare;

namespace Cti.Host.Config;

internal static class NodeReading
{
    /// <summary>The value under a key; null where there is none.</summary>
    public static Node? Under(this Node? node, string key) => node is null ? null : NodeModule.tryKey(key, node)?.Value;

    /// <summary>The single value under a key as text; null where there is none.</summary>
    public static string? TextUnder(this Node? node, string key) =>
        node.Under(key) is { } value ? NodeModule.tryText(value)?.Value : null;

    /// <summary>The items of the list under a key; none where there is no list.</summary>
    public static IReadOnlyList<Node> ItemsUnder(this Node? node, string key) =>
        node.Under(key) is { } list ? [.. NodeModule.items(list)] : [];

    /// <summary>A path as it is seen from the pipeline's folder, whichever file it is written in.</summary>
    public static string PathOf(ScalarNode path) => RelativePath.from(path.Span.File, path.Text);
}
