// A pipeline's file with the files it uses: their texts, and the typed pipeline or everything that is wrong with them.

using Cti.Core.Declare;
using Cti.Host.Sources;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace Cti.Host.Config;

/// <summary>One pipeline file that was read. <see cref="Pipeline"/> is there exactly when there are no diagnostics.</summary>
/// <param name="Path">As the user gave it.</param>
/// <param name="Bundle">Its text and those of the files it uses.</param>
/// <param name="Root">The document with everything it uses; null where it is not even YAML.</param>
/// <param name="Pipeline">The typed pipeline.</param>
/// <param name="Diagnostics">Everything that is wrong, in the files' order.</param>
public sealed record PipelineFile(
    string Path,
    ConfigBundle Bundle,
    Node? Root,
    Pipeline? Pipeline,
    IReadOnlyList<Diagnostic> Diagnostics
)
{
    /// <summary>The pipeline's own text.</summary>
    public string Text => Bundle.Main;

    /// <summary>The references in the file and what it uses, with their places; empty where it does not hold.</summary>
    public IReadOnlyList<PlacedReference> References { get; init; } = [];

    /// <summary>The folder that relative paths in the file are taken from, absolute.</summary>
    public string Folder => FolderOf(Path);

    /// <summary>The text of a file that a diagnostic names; "" is the pipeline's own.</summary>
    public string TextOf(string file) =>
        file.Length == 0
            ? Text
            : Bundle.Includes.Where(include => include.Key == file).Select(include => include.Value).FirstOrDefault("");

    /// <summary>The path of a file that a diagnostic names, from where the user stands.</summary>
    public string PathOf(string file) => file.Length == 0 ? Path : RelativePath.from(Path, file);

    /// <summary>Reads a file and those it uses. A file that cannot be opened throws what the system says (IOException and kin).</summary>
    public static PipelineFile Load(string path, YamlLimits? limits = null)
    {
        limits ??= new YamlLimits();
        var content = ConfigText.Read(path, limits.Characters, "");
        return content.Text is { } text
            ? Build(path, text, FromDisk(FolderOf(path), limits), limits)
            : new PipelineFile(path, new ConfigBundle(content.Shown, []), null, null, [content.Problem!]);
    }

    /// <summary>Reads text that stands in, or came from, a file at <paramref name="path"/>; files it uses are looked up beside that.</summary>
    public static PipelineFile Parse(string path, string text, YamlLimits? limits = null)
    {
        limits ??= new YamlLimits();
        return Build(path, text, FromDisk(FolderOf(path), limits), limits);
    }

    /// <summary>Reads what <see cref="ConfigBundle.Print"/> gave; looks at no disk.</summary>
    public static PipelineFile ParseBundle(string path, string bundle)
    {
        var parsed = ConfigBundle.Parse(bundle);
        return Build(
            path,
            parsed.Main,
            use =>
                parsed
                    .Includes.Where(include => include.Key == use.Target)
                    .Select(include => include.Value)
                    .FirstOrDefault()
                    is { } text
                    ? (new ConfigText(text, null), null)
                    : (null, Missing(use, "is not part of the stored configuration", [])),
            new YamlLimits()
        );
    }

    private static PipelineFile Build(string path, string text, FetchInclude fetch, YamlLimits limits)
    {
        var yaml = YamlReader.Read(text, limits);
        if (yaml.Root is null)
        {
            return new PipelineFile(
                path,
                new ConfigBundle(text, []),
                null,
                null,
                yaml.Problem is null ? [] : [yaml.Problem]
            );
        }

        var loader = new IncludeLoader(fetch, limits);
        var expanded = loader.Expand(yaml.Root, [System.IO.Path.GetFileName(path)]);
        var bundle = new ConfigBundle(text, loader.Texts);
        var decoded = PipelineDecoder.decode(expanded.Root);
        var zones = decoded.IsOk ? TimeZones.Check(expanded.Root).ToList() : [];
        if (decoded.IsOk && loader.Diagnostics.Count == 0 && zones.Count == 0)
        {
            return new PipelineFile(path, bundle, expanded.Root, decoded.ResultValue, [])
            {
                References = [.. PlacedReferenceModule.find(expanded.Root)],
            };
        }

        var found = decoded.IsOk ? [] : Include.forgive(expanded.Incomplete, decoded.ErrorValue);
        var all = DiagnosticModule.sort(ListModule.OfSeq([.. loader.Diagnostics, .. found, .. zones]));
        return new PipelineFile(path, bundle, expanded.Root, null, [.. all]);
    }

    private static FetchInclude FromDisk(string folder, YamlLimits limits) =>
        use =>
        {
            var path = System.IO.Path.Combine(folder, use.Target);
            try
            {
                if (Directory.Exists(path))
                {
                    return (null, Missing(use, "is a folder, not a file", NearbyNames.In(path)));
                }

                if (File.Exists(path))
                {
                    return (ConfigText.Read(path, limits.Characters, use.Target), null);
                }

                var from = System.IO.Path.Combine(folder, RelativePath.folder(use.Name.Span.File));
                var there = System.IO.Path.GetDirectoryName(path) ?? folder;
                return (
                    null,
                    Missing(
                        use,
                        "is not there",
                        NearbyNames.In(Directory.Exists(there) ? there : from),
                        NearbyNames.Correct(path) is { } near ? System.IO.Path.GetRelativePath(from, near) : null
                    )
                );
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return (null, Missing(use, $"cannot be read: {error.Message}", []));
            }
        };

    private static Fault Missing(Use use, string problem, IEnumerable<string> there, string? meant = null) =>
        Fault.NewIncludeMissing(
            use.Name.Text,
            problem,
            meant is null ? FSharpOption<string>.None : FSharpOption<string>.Some(meant),
            ListModule.OfSeq(there)
        );

    private static string FolderOf(string path) =>
        System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path)) ?? Environment.CurrentDirectory;
}
