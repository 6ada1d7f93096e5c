// Pipelines that are given together must not claim the same: a name, a source's name in one store, a file to write. Compares what the files say,
// looks at no disk.

using Cti.Core.Declare;

namespace Cti.Host.Config;

internal static class PipelineSet
{
    private sealed record Claim(
        string What,
        string Shown,
        string Key,
        int File,
        IEnumerable<Step> Steps,
        ScalarNode Place
    );

    /// <summary>The files, each with what it claims that an earlier one has already.</summary>
    public static IReadOnlyList<PipelineFile> Check(IReadOnlyList<PipelineFile> files)
    {
        var clashes = files.Select(_ => new List<Diagnostic>()).ToList();
        var claims = files.SelectMany((file, index) => file.Root is { } root ? Claims(file, index, root) : []);

        foreach (var group in claims.GroupBy(claim => (claim.What, claim.Key)))
        {
            var first = group.First();
            // The same name twice in one file is told by its decoder.
            foreach (var claim in group.Where(claim => claim.File != first.File))
            {
                var other = files[first.File];
                var place = first.Place.Span;
                clashes[claim.File]
                    .Add(
                        DiagnosticModule.create(
                            Microsoft.FSharp.Collections.ListModule.OfSeq(claim.Steps.Reverse()),
                            claim.Place.Span,
                            Fault.NewClash(
                                claim.What,
                                claim.Shown,
                                $"{other.PathOf(place.File)}, line {place.Start.Line}"
                            )
                        )
                    );
            }
        }

        return
        [
            .. files.Select(
                (file, index) =>
                    clashes[index].Count == 0
                        ? file
                        : file with
                        {
                            Pipeline = null,
                            Diagnostics = [.. file.Diagnostics, .. clashes[index]],
                        }
            ),
        ];
    }

    private static IEnumerable<Claim> Claims(PipelineFile file, int index, Node root)
    {
        if (Scalar(root, Step.NewKey("pipeline")) is { } name)
        {
            yield return new Claim("pipeline name", name.Text, name.Text, index, [Step.NewKey("pipeline")], name);
        }

        var store = Full(
            file,
            Scalar(root, Step.NewKey("store")) is { } given ? NodeReading.PathOf(given) : PipelineDefaults.store
        );
        foreach (var (steps, scalar) in Each(root, "sources", "name"))
        {
            yield return new Claim("source name", scalar.Text, $"{store}\n{scalar.Text}", index, steps, scalar);
        }

        foreach (var (steps, scalar) in Each(root, "sinks", "to", "path"))
        {
            yield return new Claim(
                "output path",
                scalar.Text,
                Full(file, NodeReading.PathOf(scalar)),
                index,
                steps,
                scalar
            );
        }
    }

    private static IEnumerable<(Step[] Steps, ScalarNode Scalar)> Each(Node root, string list, params string[] keys)
    {
        var count = root.ItemsUnder(list).Count;
        for (var index = 0; index < count; index++)
        {
            Step[] steps = [Step.NewKey(list), Step.NewIndex(index), .. keys.Select(Step.NewKey)];
            if (Scalar(root, steps) is { } scalar)
            {
                yield return (steps, scalar);
            }
        }
    }

    // The scalar at the end of the steps, which NodeModule.follow may end before.
    private static ScalarNode? Scalar(Node root, params Step[] steps)
    {
        var node = root;
        foreach (var step in steps)
        {
            var next = step switch
            {
                Step.Key { Item: var key } => NodeModule.tryKey(key, node)?.Value,
                Step.Index { Item: var index } => NodeModule.items(node).ElementAtOrDefault(index),
                _ => null,
            };
            if (next is null)
            {
                return null;
            }

            node = next;
        }

        return node is Node.Scalar { Item: var scalar } ? scalar : null;
    }

    private static string Full(PipelineFile file, string path) => Path.GetFullPath(Path.Combine(file.Folder, path));
}
