// A set of texts that columns refer to by number: types, codes, source names.
// Knows: how they lie ready for DuckDB. Must not know: what the numbers mean.

using Cti.DuckDb.Interop;

namespace Cti.DuckDb;

/// <summary>Texts made ready once, for <see cref="DuckDbColumnWriter.WriteCoded"/>. Immutable; share it freely.</summary>
public sealed unsafe class DuckDbStringTable
{
    // Pinned for life: the entries hold addresses into it.
    private readonly byte[] _bytes;

    /// <exception cref="ArgumentException">A text holds a lone surrogate.</exception>
    public DuckDbStringTable(params IEnumerable<string> texts)
    {
        var encoded = texts.Select(NativeText.Strict.GetBytes).ToArray();
        _bytes = GC.AllocateArray<byte>(Math.Max(1, encoded.Sum(text => text.Length)), pinned: true);
        Entries = new NativeString[encoded.Length];
        var end = 0;
        fixed (byte* start = _bytes)
        {
            for (var i = 0; i < encoded.Length; i++)
            {
                encoded[i].CopyTo(_bytes, end);
                Entries[i] = DuckDbColumnWriter.Make(start + end, encoded[i].Length);
                end += encoded[i].Length;
            }
        }
    }

    /// <summary>How many texts.</summary>
    public int Count => Entries.Length;

    internal NativeString[] Entries { get; }
}
