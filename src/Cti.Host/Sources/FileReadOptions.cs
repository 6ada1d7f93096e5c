// How files are read: every option with its default, range and unit.
namespace Cti.Host.Sources;

/// <summary>How the bytes of a file are packed.</summary>
public enum Compression
{
    /// <summary>gzip when the content begins like gzip, whatever the name; else as it is.</summary>
    Auto,

    /// <summary>gzip; anything else is an error.</summary>
    Gzip,

    /// <summary>As it is.</summary>
    None,
}

/// <summary>Options of <see cref="FileSource.Open(string, FileReadOptions, Cti.Core.ReaderSpec, FileCursor?)"/>.</summary>
public sealed record FileReadOptions
{
    /// <summary>What positions, cursors and messages call the file. Default: its path.</summary>
    public string? Name { get; init; }

    /// <summary>Default: <see cref="Compression.Auto"/>.</summary>
    public Compression Compression { get; init; } = Compression.Auto;

    /// <summary>
    /// Bytes read at once; a batch refers to one block, so a batch holds at most the records of one. Default 1 MiB, range
    /// 16 to 64 MiB. A block grows as far as one record needs, up to the reader's record limit.
    /// </summary>
    public int BlockBytes { get; init; } = 1 << 20;

    /// <summary>Unpacked bytes allowed per packed byte before a gzip file counts as a bomb. Default 200, range 1 to 1100.</summary>
    public int MaxExpansion { get; init; } = 200;

    /// <summary>Unpacked bytes up to which <see cref="MaxExpansion"/> is not asked. Default 64 MiB, at least 0.</summary>
    public long FreeExpansionBytes { get; init; } = 64L << 20;
}
