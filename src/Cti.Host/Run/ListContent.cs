// Where lists and tables come from: the disk as it is, or the store as it was. Knows bytes and paths, no format.

using Cti.Host.Sources;

namespace Cti.Host.Run;

/// <summary>One file of a list or table, unpacked.</summary>
/// <param name="Role">What it is used as: `warninglists`, `enrich[0]` and so on.</param>
/// <param name="Path">Where it was found.</param>
/// <param name="Bytes">Its content.</param>
internal sealed record ListFile(string Role, string Path, ReadOnlyMemory<byte> Bytes);

/// <summary>Gives the files of every role, each role once. For one thread.</summary>
internal interface IListContent
{
    /// <summary>The files of a role in their order.</summary>
    /// <param name="role">What they are used as.</param>
    /// <param name="globs">What the pipeline's file says.</param>
    /// <exception cref="SourceException">One is missing or unreadable.</exception>
    IReadOnlyList<ListFile> Read(string role, IReadOnlyList<string> globs);
}

/// <summary>The disk; remembers what was read until it is taken, so that the store can keep it.</summary>
internal sealed class DiskLists : IListContent
{
    // A table of this size is not what it should be; 1 GiB.
    private const long MaxBytes = 1L << 30;

    private List<ListFile> _read = [];

    public IReadOnlyList<ListFile> Read(string role, IReadOnlyList<string> globs)
    {
        var files = globs.Count == 0 ? [] : FileSource.Match(globs).Select(path => new ListFile(role, path, Unpacked(path))).ToList();
        _read.AddRange(files);
        return files;
    }

    /// <summary>Everything that was read, given away.</summary>
    public IReadOnlyList<ListFile> Take()
    {
        var read = _read;
        _read = [];
        return read;
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
}
