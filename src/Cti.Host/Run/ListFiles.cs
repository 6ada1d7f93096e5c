// The files of lists and tables a pipeline names, hashed as they are read, so that a run can tell whether they changed since the last.

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
/// <param name="content">Where they come from.</param>
internal sealed class ListFiles(string key, string missing, IListContent content)
{
    private readonly XxHash128 _hash = new();

    /// <summary>What is wrong with the files so far.</summary>
    public List<string> Problems { get; } = [];

    /// <summary>The hash of everything read and noted so far, in that order.</summary>
    public string Fingerprint => Convert.ToHexStringLower(_hash.GetCurrentHash());

    /// <summary>Names and bytes of the files; where one is missing or unreadable a problem is noted and nothing given.</summary>
    public IReadOnlyList<(string Name, ReadOnlyMemory<byte> Bytes)> Read(
        string role,
        IReadOnlyList<string> globs
    )
    {
        var files = new List<(string, ReadOnlyMemory<byte>)>();
        try
        {
            foreach (var file in content.Read(role, globs))
            {
                Note($"{role} {file.Path}");
                _hash.Append(file.Bytes.Span);
                files.Add((Path.GetFileName(file.Path), file.Bytes));
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
