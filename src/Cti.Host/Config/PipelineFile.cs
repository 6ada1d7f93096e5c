// A pipeline's file: its text, and the typed pipeline or everything that is wrong with it.

using System.Text;
using Cti.Core.Declare;

namespace Cti.Host.Config;

/// <summary>One pipeline file that was read. <see cref="Pipeline"/> is there exactly when there are no diagnostics.</summary>
/// <param name="Path">As the user gave it.</param>
/// <param name="Text">The file's text, for showing lines.</param>
/// <param name="Pipeline">The typed pipeline.</param>
/// <param name="Diagnostics">Everything that is wrong, in the file's order.</param>
public sealed record PipelineFile(string Path, string Text, Pipeline? Pipeline, IReadOnlyList<Diagnostic> Diagnostics)
{
    /// <summary>The references in the file, with their places; empty where it does not hold.</summary>
    public IReadOnlyList<PlacedReference> References { get; init; } = [];

    /// <summary>The folder that relative paths in the file are taken from, absolute.</summary>
    public string Folder =>
        System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path)) ?? Environment.CurrentDirectory;

    /// <summary>Reads a file. A file that cannot be opened throws what the system says (IOException and kin).</summary>
    public static PipelineFile Load(string path, YamlLimits? limits = null)
    {
        limits ??= new YamlLimits();
        using var reader = new StreamReader(path, new UTF8Encoding(false));
        // One character more than allowed is enough to be refused, however large the file is.
        var buffer = new char[
            Math.Min(limits.Characters + 1, (int)Math.Min(int.MaxValue - 64, new FileInfo(path).Length + 1))
        ];
        var length = reader.ReadBlock(buffer, 0, buffer.Length);
        return Parse(path, new string(buffer, 0, length), limits);
    }

    /// <summary>Reads text that stands in, or came from, a file at <paramref name="path"/>.</summary>
    public static PipelineFile Parse(string path, string text, YamlLimits? limits = null)
    {
        var yaml = YamlReader.Read(text, limits);

        if (yaml.Root is null)
        {
            return new PipelineFile(path, text, null, yaml.Problem is null ? [] : [yaml.Problem]);
        }

        var decoded = PipelineDecoder.decode(yaml.Root);
        return decoded.IsOk
            ? new PipelineFile(path, text, decoded.ResultValue, [])
            {
                References = [.. PlacedReferenceModule.find(yaml.Root)],
            }
            : new PipelineFile(path, text, null, [.. decoded.ErrorValue]);
    }
}
