// Between DuckDB's way to keep a UUID (a signed 128-bit integer that sorts like the text), Guid, and plain bits.
// Knows: byte orders. Must not know: versions or names of UUIDs.

using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Cti.DuckDb;

/// <summary>UUIDs as 128 bits in the order of their text: <c>0x00112233_4455_…</c> is 00112233-4455-….</summary>
public static class Uuids
{
    // DuckDB flips the top bit so that signed comparison sorts UUIDs as their text sorts.
    private static readonly UInt128 TopBit = UInt128.One << 127;

    /// <summary>The bits of a Guid in the order of its text.</summary>
    public static UInt128 ToBits(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        _ = id.TryWriteBytes(bytes, bigEndian: true, out _);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    /// <summary>The Guid whose text has these bits.</summary>
    public static Guid ToGuid(UInt128 bits)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, bits);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>From plain bits to the stored integer, and back: it is its own inverse.</summary>
    internal static UInt128 Flip(UInt128 bits) => bits ^ TopBit;

    /// <summary>Flips a whole span while copying it.</summary>
    internal static void Flip(ReadOnlySpan<UInt128> bits, Span<UInt128> stored)
    {
        var source = MemoryMarshal.Cast<UInt128, ulong>(bits);
        var target = MemoryMarshal.Cast<UInt128, ulong>(stored)[..source.Length];
        for (var i = 0; i + 1 < source.Length; i += 2)
        {
            target[i] = source[i];
            target[i + 1] = source[i + 1] ^ 0x8000_0000_0000_0000;
        }
    }
}
