// The plain structures that cross the border to DuckDB's C API, byte for byte as duckdb.h declares them.
// Knows: memory layouts. Must not know: what any of them means to a caller.

using System.Runtime.InteropServices;

namespace Cti.DuckDb.Interop;

/// <summary>Outcome of most C calls.</summary>
internal enum NativeState
{
    Success = 0,
    Error = 1,
}

/// <summary>What kind of outcome a statement has.</summary>
internal enum NativeResultType
{
    Invalid = 0,
    ChangedRows = 1,
    Nothing = 2,
    Rows = 3,
}

/// <summary><c>duckdb_result</c>: passed by value to some calls, by address to others.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeResult
{
    public ulong ColumnCount;
    public ulong RowCount;
    public ulong RowsChanged;
    public nint Columns;
    public nint ErrorMessage;
    public nint Internal;
}

/// <summary>Both 128-bit integers of the C API: the upper half is signed in <c>duckdb_hugeint</c> only.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct NativeInt128(UInt128 bits)
{
    public readonly ulong Lower = (ulong)bits;
    public readonly ulong Upper = (ulong)(bits >> 64);
}

/// <summary><c>duckdb_decimal</c>: <c>Value / 10^Scale</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct NativeDecimal(byte width, byte scale, Int128 value)
{
    public readonly byte Width = width;
    public readonly byte Scale = scale;
    public readonly NativeInt128 Value = new((UInt128)value);
}

/// <summary><c>duckdb_list_entry</c>: where a row's elements stand in the child vector.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeListEntry
{
    public ulong Offset;
    public ulong Length;
}

/// <summary>
/// <c>duckdb_string_t</c>, 16 bytes: a length, then up to 12 bytes in place (the rest zero), or 4 bytes of prefix and
/// the address of the whole.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal unsafe struct NativeString
{
    /// <summary>The longest text that needs no address, in bytes.</summary>
    public const int InlineLength = 12;

    [FieldOffset(0)]
    public uint Length;

    [FieldOffset(4)]
    public fixed byte Inlined[InlineLength];

    [FieldOffset(4)]
    public uint Prefix;

    [FieldOffset(8)]
    public byte* Pointer;
}
