// A chunk of a streamed result: up to 2,048 rows, column by column.
// Knows: its lifetime. Must not know: where chunks come from.

using System.Runtime.CompilerServices;
using Cti.DuckDb.Interop;

namespace Cti.DuckDb;

/// <summary>Rows of a result that came together. Valid until the reader gives the next one or is closed.</summary>
public sealed class DuckDbChunk
{
    private readonly ChunkHandle _handle;
    private readonly Vector[] _vectors;
    private bool _gone;

    internal DuckDbChunk(ChunkHandle handle, Vector[] vectors, int count)
    {
        _handle = handle;
        _vectors = vectors;
        Count = count;
    }

    /// <summary>Rows, at least 1.</summary>
    public int Count { get; }

    /// <summary>Columns.</summary>
    public int ColumnCount => _vectors.Length;

    /// <summary>A column by its place, from 0.</summary>
    /// <exception cref="ObjectDisposedException">The reader has moved on.</exception>
    public DuckDbColumn Column(int index)
    {
        ThrowIfGone();
        return new DuckDbColumn(this, in _vectors[index], Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void ThrowIfGone()
    {
        if (_gone)
        {
            throw new ObjectDisposedException(
                nameof(DuckDbChunk),
                "The reader has moved past this chunk, or is closed."
            );
        }
    }

    /// <summary>Frees the memory.</summary>
    internal void Drop()
    {
        _gone = true;
        _handle.Dispose();
    }
}
