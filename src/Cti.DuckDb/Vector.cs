// One column of one chunk as it lies in DuckDB's memory.
// Knows: layouts of values, validity, strings, lists. Must not know: .NET conversions, or who owns the chunk.
// Nothing here checks bounds or lifetimes: callers (the reader, DuckDbColumn) do.

using System.Runtime.CompilerServices;
using Cti.DuckDb.Interop;

namespace Cti.DuckDb;

internal unsafe struct Vector
{
    public DuckDbTypeInfo Type;
    private nint _handle;
    private byte* _data;
    private ulong* _validity;

    public static Vector Of(DuckDbTypeInfo type, nint handle) =>
        new()
        {
            Type = type,
            _handle = handle,
            // Children of a STRUCT hold its data; asking the STRUCT itself would be meaningless.
            _data = type.Kind is DuckDbType.Struct or DuckDbType.Array ? null : NativeMethods.VectorGetData(handle),
            _validity = NativeMethods.VectorGetValidity(handle),
        };

    /// <summary>False says that no row is NULL; true that some may be.</summary>
    public readonly bool MayHaveNulls => _validity != null;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool IsNull(int row) => _validity != null && (_validity[row >> 6] >> (row & 63) & 1) == 0;

    /// <summary>64 rows' validity, one bit each, 1 for a value.</summary>
    public readonly ReadOnlySpan<ulong> Validity(int rows) =>
        _validity == null ? [] : new ReadOnlySpan<ulong>(_validity, (rows + 63) / 64);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly T At<T>(int row)
        where T : unmanaged => ((T*)_data)[row];

    public readonly ReadOnlySpan<T> Values<T>(int rows)
        where T : unmanaged => new(_data, rows);

    /// <summary>The bytes of a VARCHAR or BLOB where they lie.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ReadOnlySpan<byte> Bytes(int row)
    {
        var text = (NativeString*)_data + row;
        return text->Length <= NativeString.InlineLength
            ? new ReadOnlySpan<byte>(text->Inlined, (int)text->Length)
            : new ReadOnlySpan<byte>(text->Pointer, (int)text->Length);
    }

    /// <summary>The elements of a row of a LIST, MAP or ARRAY, as a range of the child's rows.</summary>
    public readonly (int Start, int Length) Range(int row)
    {
        if (Type.Kind == DuckDbType.Array)
        {
            return (row * Type.Length, Type.Length);
        }
        var entry = At<NativeListEntry>(row);
        return (checked((int)entry.Offset), checked((int)entry.Length));
    }

    /// <summary>How many rows the child of a LIST, MAP or ARRAY of so many rows has.</summary>
    public readonly int ChildRows(int rows) =>
        Type.Kind == DuckDbType.Array ? rows * Type.Length : checked((int)NativeMethods.ListVectorGetSize(_handle));

    /// <summary>LIST, ARRAY: the elements (index 0). STRUCT: a field. MAP: keys (0) or values (1).</summary>
    public readonly Vector Child(int index) =>
        Type.Kind switch
        {
            DuckDbType.Struct => Of(Type.Children[index], NativeMethods.StructVectorGetChild(_handle, (ulong)index)),
            DuckDbType.Array => Of(Type.Children[0], NativeMethods.ArrayVectorGetChild(_handle)),
            DuckDbType.Map => Of(
                Type.Children[index],
                NativeMethods.StructVectorGetChild(NativeMethods.ListVectorGetChild(_handle), (ulong)index)
            ),
            DuckDbType.List => Of(Type.Children[0], NativeMethods.ListVectorGetChild(_handle)),
            _ => throw new InvalidCastException($"{Type} has no children."),
        };
}
