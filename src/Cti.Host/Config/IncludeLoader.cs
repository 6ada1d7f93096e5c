// Fetches the files that `use` names, and theirs, and has the core lay them under the blocks that use them. Knows where files lie; what including
// means stands in the core's Include.fs.

using Cti.Core.Declare;
using Microsoft.FSharp.Collections;

namespace Cti.Host.Config;

/// <summary>The text of a file that is used; null and a fault where it cannot be had.</summary>
internal delegate (ConfigText? Content, Fault? Problem) FetchInclude(IncludeName reference);

/// <summary>One per pipeline: every file is read once, however often it is used.</summary>
internal sealed class IncludeLoader(FetchInclude fetch, YamlLimits limits)
{
    private readonly Dictionary<string, Part?> _parts = new(StringComparer.Ordinal);
    private readonly List<KeyValuePair<string, string>> _texts = [];
    private readonly List<Diagnostic> _diagnostics = [];

    /// <summary>What is wrong with includes, and with the YAML of included files.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics => _diagnostics;

    /// <summary>Included files in the order they were first used.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Texts => _texts;

    /// <summary>The document with everything it uses; what could not be had is told in <see cref="Diagnostics"/>.</summary>
    /// <param name="root">The document as it is written.</param>
    /// <param name="chain">The files that led here, the document's own last; the pipeline's file first.</param>
    public Expanded Expand(Node root, IReadOnlyList<string> chain)
    {
        var (references, malformed) = Include.references(root);
        _diagnostics.AddRange(malformed);
        foreach (var reference in references)
        {
            Take(reference, chain);
        }

        var parts = MapModule.OfSeq(
            references
                .Select(reference => reference.Target)
                .Distinct(StringComparer.Ordinal)
                .Where(target => !chain.Contains(target))
                .Select(target => (target, Part: _parts.GetValueOrDefault(target)))
                .Where(pair => pair.Part is not null)
                .Select(pair => Tuple.Create(pair.target, pair.Part!))
        );
        var expanded = Include.expand(limits.Nodes, parts, root);
        if (expanded.Size > limits.Nodes && references is [var first, ..])
        {
            Tell(first, Fault.NewIncludeLimit($"with what it uses the file holds more than {limits.Nodes:N0} values"));
        }

        return expanded;
    }

    private void Take(IncludeName reference, IReadOnlyList<string> chain)
    {
        var target = reference.Target;
        if (chain.Contains(target))
        {
            Tell(
                reference,
                Fault.NewIncludeCycle(ListModule.OfSeq(chain.SkipWhile(file => file != target).Append(target)))
            );
        }
        else if (_parts.ContainsKey(target))
        {
            // It was read before; if it could not be, that has been told.
        }
        else if (chain.Count >= Include.maxDepth)
        {
            Tell(reference, Fault.NewIncludeLimit($"more than {Include.maxDepth} files use each other in a chain"));
        }
        else if (_parts.Count >= Include.maxFiles)
        {
            Tell(reference, Fault.NewIncludeLimit($"a pipeline may use at most {Include.maxFiles} files"));
            _parts[target] = null;
        }
        else
        {
            // Told as missing should it come round again while it is being read: the chain tells that better.
            _parts[target] = null;
            _parts[target] = Read(reference, chain);
        }
    }

    private Part? Read(IncludeName reference, IReadOnlyList<string> chain)
    {
        var (content, problem) = fetch(reference);
        if (content is null)
        {
            Tell(reference, problem!);
            return null;
        }

        _texts.Add(KeyValuePair.Create(reference.Target, content.Text ?? content.Shown));
        var yaml = content.Text is { } text
            ? YamlReader.Read(text, limits, reference.Target)
            : new YamlResult(null, content.Problem);
        if (yaml.Root is null)
        {
            _diagnostics.Add(yaml.Problem!);
            return null;
        }

        if (yaml.Root is not Node.Mapping)
        {
            _diagnostics.Add(
                DiagnosticModule.create(
                    PathModule.root,
                    NodeModule.span(yaml.Root),
                    Fault.NewWrongShape(
                        "a block of keys to use",
                        NodeModule.describe(yaml.Root),
                        "`use` takes keys from a file; a list stands under a key of it"
                    )
                )
            );
            return null;
        }

        var expanded = Expand(yaml.Root, [.. chain, reference.Target]);
        return expanded.Size <= limits.Nodes && expanded.Root is Node.Mapping { Item: var keys }
            ? new Part(keys, expanded.Size, expanded.Incomplete)
            : null;
    }

    private void Tell(IncludeName reference, Fault fault) =>
        _diagnostics.Add(DiagnosticModule.create(reference.Path, reference.Name.Span, fault));
}
