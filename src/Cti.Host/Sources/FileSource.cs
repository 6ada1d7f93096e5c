// Files as a source: which ones, and how each is opened. The contract of reading them stands here.
using Cti.Core;

namespace Cti.Host.Sources;

/// <summary>Finds and opens the files of a source.</summary>
/// <remarks>
/// <para><b>Use.</b> <c>foreach (var path in FileSource.Match(globs)) { using var reading = FileSource.Open(path, …, cursorOf(path));
/// while (reading.ReadBatch(batch, n)) { …; commit with reading.CursorAfterLastBatch; } }</c></para>
/// <para><b>Acknowledgement.</b> There is none: nothing is lost by not asking. Whoever commits a batch stores
/// <see cref="FileReading.CursorAfterLastBatch"/> in the same transaction, and gives it back next time. Batches that were not
/// committed are then read again, the same records with the same positions.</para>
/// <para><b>Order.</b> Files come in ordinal order of their paths, records in the file's order; what they are depends neither on
/// block nor on batch size.</para>
/// <para><b>End.</b> <see cref="FileReading.ReadBatch"/> returns false. A file without bytes has no records and is no error.</para>
/// <para><b>Errors.</b> <see cref="SourceException"/> for the file as a whole; when it is damaged in the middle, only after the
/// whole records before the damage were delivered. Faults of single records are rejections in the batch.</para>
/// <para><b>Threads.</b> A reading belongs to one thread at a time; several may be open at once.</para>
/// </remarks>
public static class FileSource
{
    /// <summary>In the place of a path: what is piped into this process. A file of that name is written `./-`.</summary>
    public const string StandardInput = "-";

    /// <summary>
    /// The files there are now, distinct, in ordinal order, as paths in the form of the patterns that found them. <c>*</c> and
    /// <c>?</c> match within a name, <c>**</c> any number of directories (links are not followed); names that begin with a dot
    /// match only patterns that do. Separated by <c>/</c>; relative ones begin at the current directory.
    /// </summary>
    /// <exception cref="SourceException">A file is missing, a pattern matches none, a directory cannot be listed.</exception>
    public static IReadOnlyList<string> Match(IEnumerable<string> globs)
    {
        ArgumentNullException.ThrowIfNull(globs);
        return GlobFiles.Expand(globs);
    }

    /// <summary>Opens one file with default options but for its compression; see the other overload.</summary>
    /// <exception cref="SourceException">The file cannot be opened, or is damaged before the cursor.</exception>
    public static FileReading Open(
        string path,
        Compression compression,
        ReaderSpec format,
        FileCursor? cursor = null
    ) => Open(path, new FileReadOptions { Compression = compression }, format, cursor);

    /// <summary>Opens one file, where a cursor says (see <see cref="FileReading.Start"/>) or at its beginning.</summary>
    /// <exception cref="SourceException">The file cannot be opened, or is damaged before the cursor.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static FileReading Open(string path, FileReadOptions options, ReaderSpec format, FileCursor? cursor = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BlockBytes, 16);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.BlockBytes, 64 << 20);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxExpansion, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.MaxExpansion, 1100);
        ArgumentOutOfRangeException.ThrowIfNegative(options.FreeExpansionBytes);
        return new(path, options, format, cursor);
    }
}
