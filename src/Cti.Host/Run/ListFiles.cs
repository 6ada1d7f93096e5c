// The files of lists and tables a pipeline names: found, read whole, unpacked where they are gzip, and hashed, so that a run can tell whether
// they changed since the last.

using System.IO.Hashing;
using System.Text;
using Cti.Core;
using Cti.Host.Sources;

namespace Cti.Host.Run;

/// <summary>Lists or tables cannot be used; the message says which and what to do, one line for each.</summary>
public sealed class ListException(string message) : Exception(message);

/// <summary>Reads files and remembers what was read. One per set of lists or tables.</summary>
/// <param name="key">The key of the pipeline's file the paths stand under, for messages.</param>
/// <param name="missing">The code of a file that is missing or cannot be read.</param>
internal sealed class ListFiles(string key, string missing)
{
    // A table of this size is not what it should be; 1 GiB.
    private const long MaxBytes = 1L << 30;

    private readonly XxHash128 _hash = new();

    /// <summary>What is wrong with the files so far.</summary>
    public List<string> Problems { get; } = [];

    /// <summary>The hash of everything read and noted so far, in that order.</summary>
    public string Fingerprint => Convert.ToHexStringLower(_hash.GetCurrentHash());

    /// <summary>Names and bytes of the files; where one is missing or unreadable a problem is noted and nothing given.</summary>
    public IReadOnlyList<(string Name, ReadOnlyMemory<byte> Bytes)> Read(IReadOnlyList<string> globs)
    {
        var files = new List<(string, ReadOnlyMemory<byte>)>();
        try
        {
            foreach (var path in globs.Count == 0 ? [] : FileSource.Match(globs))
            {
                var bytes = Unpacked(path);
                Note(path);
                _hash.Append(bytes.Span);
                files.Add((Path.GetFileName(path), bytes));
            }
        }
        catch (SourceException error)
        {
            Problems.Add($"{missing} {key}: {error.Message}{Meant(globs)} Nothing was read or written.");
            return [];
        }

        return files;
    }

    /// <summary>Counts a setting among what was read.</summary>
    public void Note(string setting) => _hash.Append(Encoding.UTF8.GetBytes(setting + "\n"));

    /// <exception cref="ListException">There are problems.</exception>
    public void Require()
    {
        if (Problems.Count > 0)
        {
            throw new ListException(string.Join(Environment.NewLine, Problems));
        }
    }

    private static ReadOnlyMemory<byte> Unpacked(string path)
    {
        using var content = new FileContent(path, new FileReadOptions());
        // A plain file is read into its own size, and one byte more to see its end; a packed one grows as it comes.
        var bytes = new byte[Math.Clamp(content.IsPlain ? content.Size + 1 : content.Size * 4, 4096, MaxBytes)];
        var length = 0;
        for (int count; (count = content.Read(bytes.AsSpan(length))) > 0; )
        {
            length += count;
            if (length == bytes.Length)
            {
                if (length == MaxBytes)
                {
                    throw SourceException.Unreadable(path, new IOException("it is larger than 1 GiB."));
                }

                Array.Resize(ref bytes, (int)Math.Min(MaxBytes, bytes.Length * 2L));
            }
        }

        return bytes.AsMemory(0, length);
    }

    // The file that lies where one of the named ones should, under nearly its name.
    private static string Meant(IReadOnlyList<string> paths)
    {
        foreach (var path in paths.Where(path => !File.Exists(path)))
        {
            var folder = Path.GetDirectoryName(path) is { Length: > 0 } named ? named : ".";
            try
            {
                var names = Directory.Exists(folder)
                    ? Directory
                        .EnumerateFiles(folder)
                        .Select(file => Path.GetFileName(file))
                        .Order(StringComparer.Ordinal)
                    : Enumerable.Empty<string>();
                if (Suggest.nearest(names, Path.GetFileName(path)) is { } near)
                {
                    return $" Did you mean {Path.Combine(folder, near.Value)}?";
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // A folder that cannot be listed suggests nothing.
            }
        }

        return "";
    }
}
