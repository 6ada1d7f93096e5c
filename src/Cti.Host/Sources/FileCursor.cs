// How far a file has been read, in a form that survives the process and notices when the file became another one.
using System.IO.Hashing;

namespace Cti.Host.Sources;

/// <summary>A border between records of a file.</summary>
/// <param name="Uri">The path as it was given to <see cref="FileSource"/>, so relative ones stay relative.</param>
/// <param name="Offset">Bytes before the border, unpacked.</param>
/// <param name="Line">Number of the line that begins there, from 1.</param>
/// <param name="Size">Size of the file in bytes, as it lies on disk, when it was opened.</param>
/// <param name="ModifiedUnixMicroseconds">When the file was last written, seen at the same moment.</param>
/// <param name="ContentHash">XxHash128 of the bytes before the border, unpacked; hexadecimal, lower case.</param>
/// <param name="Header">The columns' names as a JSON array, empty when there are none.</param>
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
