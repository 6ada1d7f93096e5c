// What there is to mutate: pieces of real files and of our own samples.

using System.IO.Compression;

namespace Cti.Fuzz;

internal sealed class Corpus
{
    // Larger pieces find nothing that these do not, and take longer.
    private const int Piece = 48 * 1024;
    private readonly List<(string Name, byte[] Bytes)> _files = [];

    public int Count => _files.Count;

    public static Corpus Load(IEnumerable<string> folders)
    {
        var corpus = new Corpus();
        foreach (var folder in folders)
        {
            foreach (
                var path in Directory
                    .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                    .Order(StringComparer.Ordinal)
            )
            {
                corpus._files.Add((Path.GetRelativePath(folder, path), Head(path)));
            }
        }

        return corpus;
    }

    /// <summary>A file's bytes, from its beginning or from somewhere in it.</summary>
    public (string Name, byte[] Bytes) Pick(Random random)
    {
        var (name, bytes) = _files[random.Next(_files.Count)];
        // The beginning tells the format, so it comes more often than the rest.
        var start = random.Next(4) > 0 ? 0 : random.Next(bytes.Length + 1);
        return (name, bytes.AsSpan(start, Math.Min(random.Next(64, Piece), bytes.Length - start)).ToArray());
    }

    private static byte[] Head(string path)
    {
        using var file = File.OpenRead(path);
        using Stream content = path.EndsWith(".gz", StringComparison.Ordinal)
            ? new GZipStream(file, CompressionMode.Decompress)
            : file;
        var bytes = new byte[1 << 20];
        var count = content.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return bytes[..count];
    }
}
