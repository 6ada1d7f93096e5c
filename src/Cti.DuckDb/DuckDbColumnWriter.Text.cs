// The column writer's part for VARCHAR, BLOB and LIST of VARCHAR.
// Knows: duckdb_string_t, and that DuckDB trusts what is written there: bounds and UTF-8 are checked here.
// Must not know: whose the bytes are.
//
// A write that fails half-way leaves addresses of a former chunk behind: it counts as not done, and the chunk is refused.
//
// Texts of up to 12 bytes are copied into the vector; longer ones are pointed at. Appending copies both into DuckDB's
// own memory, so the arena has to stay in place just until then: the chunk pins it and lets go afterwards.

using System.Runtime.CompilerServices;
using System.Text.Unicode;
using Cti.DuckDb.Interop;

namespace Cti.DuckDb;

public readonly unsafe ref partial struct DuckDbColumnWriter
{
    /// <summary>A length that means NULL.</summary>
    public const int NullLength = -1;

    /// <summary>Writes texts (or BLOBs) that are slices of one buffer, which must not change until the append.</summary>
    /// <param name="arena">The bytes; UTF-8 for VARCHAR.</param>
    /// <param name="starts">Where each row's slice starts.</param>
    /// <param name="lengths">Bytes of each; <see cref="NullLength"/> is NULL.</param>
    /// <exception cref="ArgumentException">A slice leaves the arena, or is no UTF-8.</exception>
    public void WriteStrings(ReadOnlyMemory<byte> arena, ReadOnlySpan<int> starts, ReadOnlySpan<int> lengths)
    {
        CheckKind(DuckDbType.Varchar, DuckDbType.Blob);
        var target = Target<NativeString>(starts.Length);
        _chunk.MarkWritten(_index, whole: false);
        CheckLength(lengths.Length);
        PutStrings(_vector, target, arena, starts, lengths, Type.Kind == DuckDbType.Varchar);
        _chunk.MarkWritten(_index);
    }

    /// <summary>Writes .NET strings; null is NULL. Convenient, and slower: each is encoded first.</summary>
    /// <exception cref="ArgumentException">A string holds a lone surrogate.</exception>
    public void WriteStrings(ReadOnlySpan<string?> texts)
    {
        var size = 0;
        foreach (var text in texts)
        {
            size += text is null ? 0 : NativeText.Strict.GetByteCount(text);
        }
        var arena = new byte[size];
        var (starts, lengths) = (new int[texts.Length], new int[texts.Length]);
        var end = 0;
        for (var i = 0; i < texts.Length; i++)
        {
            starts[i] = end;
            lengths[i] = texts[i] is { } text ? NativeText.Strict.GetBytes(text, arena.AsSpan(end)) : NullLength;
            end += Math.Max(lengths[i], 0);
        }
        WriteStrings(arena, starts, lengths);
    }

    /// <summary>Writes texts by their numbers in a table; negative numbers are NULL. The fastest way for codes.</summary>
    /// <exception cref="ArgumentException">A number is not in the table.</exception>
    public void WriteCoded(ReadOnlySpan<int> codes, DuckDbStringTable table)
    {
        CheckKind(DuckDbType.Varchar);
        var target = Target<NativeString>(codes.Length);
        _chunk.MarkWritten(_index, whole: false);
        _chunk.Hold(table);
        var entries = table.Entries;
        var count = (uint)entries.Length;
        for (var i = 0; i < codes.Length; i++)
        {
            var code = codes[i];
            if ((uint)code < count)
            {
                target[i] = entries[code];
            }
            else
            {
                target[i] = default;
                if (code >= 0)
                {
                    throw new ArgumentException($"Row {i}: {code} is not among {entries.Length} texts.", nameof(codes));
                }
                SetNull(i);
            }
        }
        _chunk.MarkWritten(_index);
    }

    /// <summary>The same text (or BLOB) in every row.</summary>
    public void FillString(ReadOnlyMemory<byte> text)
    {
        CheckKind(DuckDbType.Varchar, DuckDbType.Blob);
        if (Type.Kind == DuckDbType.Varchar && !Utf8.IsValid(text.Span))
        {
            throw NotUtf8(0);
        }
        var made = Make(_chunk.Pin(text), text.Length);
        Target<NativeString>(Count).Fill(made);
    }

    /// <summary>Writes lists of texts.</summary>
    /// <param name="listStarts">Which text is each row's first.</param>
    /// <param name="listLengths">How many texts each row has; <see cref="NullLength"/> is NULL.</param>
    /// <param name="arena">The bytes of all texts.</param>
    /// <param name="starts">Where each text starts.</param>
    /// <param name="lengths">Bytes of each; <see cref="NullLength"/> is a NULL element.</param>
    /// <exception cref="ArgumentException">A row leaves the texts, a text leaves the arena or is no UTF-8.</exception>
    public void WriteStringLists(
        ReadOnlySpan<int> listStarts,
        ReadOnlySpan<int> listLengths,
        ReadOnlyMemory<byte> arena,
        ReadOnlySpan<int> starts,
        ReadOnlySpan<int> lengths
    )
    {
        if (Type.Kind != DuckDbType.List || Type.Children[0].Kind is not (DuckDbType.Varchar or DuckDbType.Blob))
        {
            throw new InvalidCastException($"The column is of type {Type}, not a list of texts.");
        }
        var rows = Target<NativeListEntry>(listStarts.Length);
        _chunk.MarkWritten(_index, whole: false);
        CheckLength(listLengths.Length);
        if (starts.Length != lengths.Length)
        {
            throw new ArgumentException($"{starts.Length} starts and {lengths.Length} lengths of texts.");
        }
        // Only the texts of this chunk's rows become elements; rows may share or skip texts.
        var total = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            var (start, length) = (listStarts[i], listLengths[i]);
            rows[i] = new NativeListEntry { Offset = (ulong)total, Length = (ulong)Math.Max(length, 0) };
            if (length < 0)
            {
                SetNull(i);
                continue;
            }
            if ((uint)start > (uint)starts.Length || length > starts.Length - start)
            {
                throw new ArgumentException($"Row {i}: texts {start}..{start + length} of {starts.Length}.");
            }
            total += length;
        }
        if (
            NativeMethods.ListVectorReserve(_vector, (ulong)total) == NativeState.Error
            || NativeMethods.ListVectorSetSize(_vector, (ulong)total) == NativeState.Error
        )
        {
            throw new DuckDbException("DuckDB could not make room for a list.", DuckDbErrorType.OutOfMemory);
        }
        var child = NativeMethods.ListVectorGetChild(_vector);
        var elements = new Span<NativeString>(NativeMethods.VectorGetData(child), total);
        if (total > 0)
        {
            NativeMethods.VectorEnsureValidityWritable(child);
            new Span<ulong>(NativeMethods.VectorGetValidity(child), (total + 63) / 64).Fill(ulong.MaxValue);
        }
        var text = Type.Children[0].Kind == DuckDbType.Varchar;
        for (var i = 0; i < rows.Length; i++)
        {
            if (listLengths[i] > 0)
            {
                var part = new Range(listStarts[i], listStarts[i] + listLengths[i]);
                var first = (int)rows[i].Offset;
                PutStrings(
                    child,
                    elements.Slice(first, listLengths[i]),
                    arena,
                    starts[part],
                    lengths[part],
                    text,
                    first
                );
            }
        }
        _chunk.MarkWritten(_index);
    }

    private void PutStrings(
        nint vector,
        Span<NativeString> target,
        ReadOnlyMemory<byte> arena,
        ReadOnlySpan<int> starts,
        ReadOnlySpan<int> lengths,
        bool isText,
        int firstRow = 0
    )
    {
        var data = _chunk.Pin(arena);
        var size = arena.Length;
        ulong* mask = null;
        for (var i = 0; i < target.Length; i++)
        {
            var (start, length) = (starts[i], lengths[i]);
            if (length < 0)
            {
                target[i] = default;
                if (mask == null)
                {
                    NativeMethods.VectorEnsureValidityWritable(vector);
                    mask = NativeMethods.VectorGetValidity(vector);
                }
                var row = firstRow + i;
                mask[row >> 6] &= ~(1UL << (row & 63));
                continue;
            }
            if ((uint)start > (uint)size || length > size - start)
            {
                target[i] = default;
                throw new ArgumentException($"Text {i}: bytes {start}..{(long)start + length} of {size}.");
            }
            if (isText && !IsUtf8(data + start, length))
            {
                throw NotUtf8(i);
            }
            target[i] = Make(data + start, length);
        }
    }

    /// <summary>The 16 bytes that stand for a text: within themselves, or by address.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static NativeString Make(byte* text, int length)
    {
        NativeString made = default;
        made.Length = (uint)length;
        if (length > NativeString.InlineLength)
        {
            made.Prefix = Unsafe.ReadUnaligned<uint>(text);
            made.Pointer = text;
        }
        else
        {
            var bytes = made.Inlined;
            // The rest stays zero: DuckDB compares all 16 bytes at once.
            if (length >= 8)
            {
                Unsafe.WriteUnaligned(bytes, Unsafe.ReadUnaligned<ulong>(text));
                Unsafe.WriteUnaligned(bytes + length - 4, Unsafe.ReadUnaligned<uint>(text + length - 4));
            }
            else if (length >= 4)
            {
                Unsafe.WriteUnaligned(bytes, Unsafe.ReadUnaligned<uint>(text));
                Unsafe.WriteUnaligned(bytes + length - 4, Unsafe.ReadUnaligned<uint>(text + length - 4));
            }
            else
            {
                for (var i = 0; i < length; i++)
                {
                    bytes[i] = text[i];
                }
            }
        }
        return made;
    }

    /// <summary>Whether bytes are UTF-8; most texts here are short ASCII, for which eight bytes at a time suffice.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsUtf8(byte* text, int length)
    {
        ulong seen = 0;
        var i = 0;
        if (length is >= 8 and <= 64)
        {
            for (; i <= length - 8; i += 8)
            {
                seen |= Unsafe.ReadUnaligned<ulong>(text + i);
            }
            seen |= Unsafe.ReadUnaligned<ulong>(text + length - 8);
            if ((seen & 0x8080_8080_8080_8080) == 0)
            {
                return true;
            }
        }
        return Utf8.IsValid(new ReadOnlySpan<byte>(text, length));
    }

    private static ArgumentException NotUtf8(int row) => new($"Text {row} is not UTF-8, which VARCHAR has to be.");
}
