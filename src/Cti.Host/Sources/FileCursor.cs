// How far a file has been read, in a form that survives the process and notices when the file became another one.
using System.IO.Hashing;

namespace Cti.Host.Sources;

/// <summary>A border between records of a file.</summary>
/// <param name="Uri">The path as it was given to <see cref="FileSource"/>, so relative ones stay relative.</param>
/// <param name="Offset">Bytes before the border, unpacked and in UTF-8; of an archive those of all entries.</param>
/// <param name="Line">Number of the line that begins there, from 1; in an archive counted from its entry's beginning.</param>
/// <param name="Size">Size of the file in bytes, as it lies on disk, when it was opened.</param>
/// <param name="ModifiedUnixMicroseconds">When the file was last written, seen at the same moment.</param>
/// <param name="ContentHash">XxHash128 of the bytes before the border, unpacked and in UTF-8; hexadecimal, lower case.</param>
/// <param name="Header">What the reader has to be told to go on (<see cref="Cti.Core.Reader.Resume"/>) as a JSON array, empty when nothing.</param>
public sealed record FileCursor(
    string Uri,
    long Offset,
    long Line,
    long Size,
    long ModifiedUnixMicroseconds,
    string ContentHash,
    string Header
)
{
    internal static string Hex(XxHash128 hash) => Convert.ToHexStringLower(hash.GetCurrentHash());
}

/// <summary>Where a reading began, and why.</summary>
public enum FileStart
{
    /// <summary>At the beginning: no cursor was given.</summary>
    Fresh,

    /// <summary>At the cursor.</summary>
    Resumed,

    /// <summary>At the beginning: the bytes before the cursor are not those that were read then.</summary>
    Rewritten,

    /// <summary>Nowhere: the file was read to its end and has not been written since.</summary>
    Unchanged,
}
