// A column of a chunk, read in place: spans over DuckDB's own memory.
// Knows: which span types fit which columns, and when the memory is gone. Must not know: readers.

using System.Runtime.CompilerServices;

namespace Cti.DuckDb;

/// <summary>
/// One column of a <see cref="DuckDbChunk"/>. Everything it gives lies in DuckDB's memory: use it before the reader
/// moves on (asking the column afterwards throws, a span kept from before must not be touched).
/// </summary>
public readonly ref struct DuckDbColumn
{
    private readonly DuckDbChunk _chunk;
    private readonly Vector _vector;

    internal DuckDbColumn(DuckDbChunk chunk, scoped in Vector vector, int count)
    {
        _chunk = chunk;
        _vector = vector;
        Count = count;
    }

    /// <summary>The column's type.</summary>
    public DuckDbTypeInfo Type => _vector.Type;

    /// <summary>Rows (of a list's child: elements of all rows together).</summary>
    public int Count { get; }

    /// <summary>False says that no row is NULL, and spares asking.</summary>
    public bool MayHaveNulls
    {
        get
        {
            _chunk.ThrowIfGone();
            return _vector.MayHaveNulls;
        }
    }

    /// <summary>One bit per row, 1 for a value, 64 rows per element; empty when no row is NULL.</summary>
    public ReadOnlySpan<ulong> Validity
    {
        get
        {
            _chunk.ThrowIfGone();
            return _vector.Validity(Count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsNull(int row)
    {
        Check(row);
        return _vector.IsNull(row);
    }

    /// <summary>
    /// The stored values, one per row; what stands in a NULL row is undefined. T must be the stored type: bool for
    /// BOOLEAN, the integer of the same width and sign (long for timestamps in their unit, int for DATE in days),
    /// Int128 or UInt128 for HUGEINT, UHUGEINT and UUID (stored with its top bit flipped: see <see cref="CopyUuids"/>).
    /// </summary>
    /// <exception cref="InvalidCastException">T does not fit the column.</exception>
    public ReadOnlySpan<T> Values<T>()
        where T : unmanaged
    {
        _chunk.ThrowIfGone();
        SpanTypes.Check<T>(_vector.Type);
        return _vector.Values<T>(Count);
    }

    /// <summary>The bytes of a VARCHAR (UTF-8) or BLOB where they lie, without a copy; undefined for NULL.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> Bytes(int row)
    {
        Check(row);
        if (_vector.IsNull(row))
        {
            return default; // The stored address of a NULL is not to be trusted.
        }
        return VectorValues.Bytes(_vector, row);
    }

    /// <summary>A VARCHAR or ENUM as a string, which allocates.</summary>
    public string? Text(int row) => IsNull(row) ? null : VectorValues.Text(_vector, row);

    /// <summary>Copies UUIDs as bits in the order of their text. NULL rows give undefined bits.</summary>
    public void CopyUuids(Span<UInt128> target)
    {
        _chunk.ThrowIfGone();
        if (_vector.Type.Kind != DuckDbType.Uuid)
        {
            throw VectorValues.Wrong(_vector, "UUIDs");
        }
        Uuids.Flip(_vector.Values<UInt128>(Count), target);
    }

    /// <summary>The elements of a row of a LIST, ARRAY or MAP, as rows of <see cref="Child"/>; none for NULL.</summary>
    public (int Start, int Length) Range(int row)
    {
        Check(row);
        return _vector.Type.Kind is not (DuckDbType.List or DuckDbType.Array or DuckDbType.Map)
                ? throw VectorValues.Wrong(_vector, "a list")
            : _vector.IsNull(row) ? (0, 0)
            : _vector.Range(row);
    }

    /// <summary>LIST, ARRAY: the elements (index 0). STRUCT: a field, row by row. MAP: keys (0), values (1).</summary>
    public DuckDbColumn Child(int index = 0)
    {
        _chunk.ThrowIfGone();
        var child = _vector.Child(index);
        return new DuckDbColumn(_chunk, child, Type.Kind == DuckDbType.Struct ? Count : _vector.ChildRows(Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Check(int row)
    {
        _chunk.ThrowIfGone();
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Count, nameof(row));
    }
}
