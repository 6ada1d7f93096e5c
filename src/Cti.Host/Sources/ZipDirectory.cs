// The central directory of a zip archive (PKWARE APPNOTE 6.3.10 §4.3): which entries there are, and where their bytes lie. Reads no entry.
// The framework's ZipArchive checks neither checksums nor how many entries it is made to hold, so it is not used.
using System.Buffers.Binary;
using System.Text;

namespace Cti.Host.Sources;

/// <summary>An entry of an archive, as its directory tells.</summary>
/// <param name="Name">As the archive writes it. Shown, compared and matched; never used as a path.</param>
/// <param name="Offset">Where its local header lies.</param>
/// <param name="Packed">Bytes in the archive.</param>
/// <param name="Size">Bytes unpacked.</param>
/// <param name="Crc">CRC-32 of the unpacked bytes.</param>
/// <param name="Method">How it is packed.</param>
/// <param name="IsEncrypted">Whether a password is needed.</param>
internal sealed record ZipEntry(
    string Name,
    long Offset,
    long Packed,
    long Size,
    uint Crc,
    ushort Method,
    bool IsEncrypted
);

/// <summary>Reads directories.</summary>
internal static class ZipDirectory
{
    /// <summary>Entries an archive may have.</summary>
    public const int MaxEntries = 10_000;

    /// <summary>Bytes a directory may have.</summary>
    public const int MaxBytes = 16 << 20;

    private const uint EndSignature = 0x06054b50;
    private const uint End64Signature = 0x06064b50;
    private const uint Locator64Signature = 0x07064b50;
    private const uint EntrySignature = 0x02014b50;
    private const int EndBytes = 22;
    private const int EntryBytes = 46;

    /// <summary>The entries that are files, in ordinal order of their names; null where there are more than may be.</summary>
    /// <exception cref="InvalidDataException">There is no directory, or none that holds together.</exception>
    public static List<ZipEntry>? Read(Stream file)
    {
        var (count, size, offset) = End(file);
        if (count > MaxEntries || size > MaxBytes)
        {
            return null;
        }
        if (size < 0 || offset < 0 || offset > file.Length - size)
        {
            throw new InvalidDataException("The directory lies outside of the archive.");
        }
        var directory = At(file, offset, (int)size);
        var entries = new List<ZipEntry>((int)count);
        var rest = directory.AsSpan();
        for (long number = 0; number < count; number++)
        {
            rest = rest[Take(rest, entries)..];
        }
        // A stable order: entries of one name stay as the archive has them.
        return [.. entries.OrderBy(entry => entry.Name, StringComparer.Ordinal)];
    }

    // The count of entries, and size and place of the directory.
    private static (long Count, long Size, long Offset) End(Stream file)
    {
        var length = (int)Math.Min(file.Length, EndBytes + ushort.MaxValue);
        var tail = At(file, file.Length - length, length);
        for (var at = length - EndBytes; at >= 0; at--)
        {
            var end = tail.AsSpan(at);
            if (
                BinaryPrimitives.ReadUInt32LittleEndian(end) == EndSignature
                && BinaryPrimitives.ReadUInt16LittleEndian(end[20..]) == end.Length - EndBytes
            )
            {
                long count = BinaryPrimitives.ReadUInt16LittleEndian(end[10..]);
                long size = BinaryPrimitives.ReadUInt32LittleEndian(end[12..]);
                long offset = BinaryPrimitives.ReadUInt32LittleEndian(end[16..]);
                return count == ushort.MaxValue || size == uint.MaxValue || offset == uint.MaxValue
                    ? End64(file, file.Length - length + at) ?? (count, size, offset)
                    : (count, size, offset);
            }
        }
        throw new InvalidDataException("The directory at the archive's end is missing.");
    }

    private static (long Count, long Size, long Offset)? End64(Stream file, long end)
    {
        if (end < 20)
        {
            return null;
        }
        var locator = At(file, end - 20, 20).AsSpan();
        if (BinaryPrimitives.ReadUInt32LittleEndian(locator) != Locator64Signature)
        {
            return null;
        }
        var place = BinaryPrimitives.ReadInt64LittleEndian(locator[8..]);
        if (place < 0 || place > end - 56)
        {
            throw new InvalidDataException("The directory's end lies outside of the archive.");
        }
        var record = At(file, place, 56).AsSpan();
        return BinaryPrimitives.ReadUInt32LittleEndian(record) != End64Signature
            ? throw new InvalidDataException("The directory's end is missing.")
            : (
                BinaryPrimitives.ReadInt64LittleEndian(record[32..]),
                BinaryPrimitives.ReadInt64LittleEndian(record[40..]),
                BinaryPrimitives.ReadInt64LittleEndian(record[48..])
            );
    }

    // Adds the entry the directory goes on with, unless it is a folder or what macOS keeps of its own; gives its length.
    private static int Take(ReadOnlySpan<byte> directory, List<ZipEntry> entries)
    {
        if (directory.Length < EntryBytes || BinaryPrimitives.ReadUInt32LittleEndian(directory) != EntrySignature)
        {
            throw new InvalidDataException("The directory is cut off.");
        }
        var flags = BinaryPrimitives.ReadUInt16LittleEndian(directory[8..]);
        var nameLength = BinaryPrimitives.ReadUInt16LittleEndian(directory[28..]);
        var extraLength = BinaryPrimitives.ReadUInt16LittleEndian(directory[30..]);
        var length = EntryBytes + nameLength + extraLength + BinaryPrimitives.ReadUInt16LittleEndian(directory[32..]);
        if (directory.Length < length)
        {
            throw new InvalidDataException("The directory is cut off.");
        }
        var name = Text(directory.Slice(EntryBytes, nameLength));
        long packed = BinaryPrimitives.ReadUInt32LittleEndian(directory[20..]);
        long size = BinaryPrimitives.ReadUInt32LittleEndian(directory[24..]);
        long offset = BinaryPrimitives.ReadUInt32LittleEndian(directory[42..]);
        Widen(directory.Slice(EntryBytes + nameLength, extraLength), ref size, ref packed, ref offset);
        if (!name.EndsWith('/') && !name.StartsWith("__MACOSX/", StringComparison.Ordinal))
        {
            entries.Add(
                new ZipEntry(
                    name,
                    offset,
                    packed,
                    size,
                    BinaryPrimitives.ReadUInt32LittleEndian(directory[16..]),
                    BinaryPrimitives.ReadUInt16LittleEndian(directory[10..]),
                    (flags & 1) != 0
                )
            );
        }
        return length;
    }

    // Sizes of 4 GiB and more stand in an extra field, in this order, each only where the field above is full.
    private static void Widen(ReadOnlySpan<byte> extra, ref long size, ref long packed, ref long offset)
    {
        while (extra.Length >= 4)
        {
            var id = BinaryPrimitives.ReadUInt16LittleEndian(extra);
            var length = Math.Min(BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]), extra.Length - 4);
            var field = extra.Slice(4, length);
            extra = extra[(4 + length)..];
            if (id == 1)
            {
                Next(ref field, ref size);
                Next(ref field, ref packed);
                Next(ref field, ref offset);
            }
        }

        static void Next(ref ReadOnlySpan<byte> field, ref long value)
        {
            if (value == uint.MaxValue && field.Length >= 8)
            {
                value = BinaryPrimitives.ReadInt64LittleEndian(field);
                field = field[8..];
            }
        }
    }

    // Names are UTF-8 or in the alphabet of some machine; which one does not matter for showing them.
    private static string Text(ReadOnlySpan<byte> name) =>
        System.Text.Unicode.Utf8.IsValid(name) ? Encoding.UTF8.GetString(name) : Encoding.Latin1.GetString(name);

    private static byte[] At(Stream file, long offset, int length)
    {
        var bytes = new byte[length];
        file.Position = offset;
        return file.ReadAtLeast(bytes, length, throwOnEndOfStream: false) == length
            ? bytes
            : throw new InvalidDataException("The archive is cut off.");
    }
}
