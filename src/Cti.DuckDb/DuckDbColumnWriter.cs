// Writes one column of a chunk: numbers, times, UUIDs and NULLs.
// Knows: which spans fit which columns. Must not know: text and lists (DuckDbColumnWriter.Text), appending.

using System.Runtime.CompilerServices;
using Cti.DuckDb.Interop;

namespace Cti.DuckDb;

/// <summary>
/// One column of a <see cref="DuckDbChunkWriter"/>. A write fills all rows of the chunk and makes them valid; mark
/// NULLs after it. Spans must have exactly as many elements as the chunk has rows.
/// </summary>
public readonly unsafe ref partial struct DuckDbColumnWriter
{
    private readonly DuckDbChunkWriter _chunk;
    private readonly nint _vector;
    private readonly int _index;
    private readonly int _generation;

    internal DuckDbColumnWriter(DuckDbChunkWriter chunk, int index, DuckDbTypeInfo type, nint vector)
    {
        _chunk = chunk;
        _index = index;
        _vector = vector;
        _generation = chunk.Generation;
        Type = type;
    }

    /// <summary>The column's type.</summary>
    public DuckDbTypeInfo Type { get; }

    /// <summary>Rows to write.</summary>
    public int Count => _chunk.Count;

    /// <summary>
    /// Copies values as they are stored: bool for BOOLEAN, the number type of the same width and sign, long for
    /// timestamps and TIME (in their unit), int for DATE (days since 1970). UUIDs: <see cref="WriteUuids(ReadOnlySpan{UInt128})"/>.
    /// </summary>
    /// <exception cref="InvalidCastException">T is not how the column is stored.</exception>
    /// <exception cref="ArgumentException">The span's length is not the chunk's.</exception>
    public void Write<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        CheckStored<T>();
        values.CopyTo(Target<T>(values.Length));
    }

    /// <summary>As <see cref="Write{T}(ReadOnlySpan{T})"/>; rows that equal <paramref name="nullValue"/> are NULL.</summary>
    public void Write<T>(ReadOnlySpan<T> values, T nullValue)
        where T : unmanaged, IEquatable<T>
    {
        Write(values);
        // Most columns hold few NULLs: jump from one to the next.
        for (int i = values.IndexOf(nullValue), next; i >= 0; i = next < 0 ? -1 : i + 1 + next)
        {
            SetNull(i);
            next = values[(i + 1)..].IndexOf(nullValue);
        }
    }

    /// <summary>The same value in every row.</summary>
    public void Fill<T>(T value)
        where T : unmanaged
    {
        CheckStored<T>();
        Target<T>(Count).Fill(value);
    }

    /// <summary>Writes bits in the order of the UUID's text.</summary>
    public void WriteUuids(ReadOnlySpan<UInt128> ids)
    {
        CheckKind(DuckDbType.Uuid);
        Uuids.Flip(ids, Target<UInt128>(ids.Length));
    }

    public void WriteUuids(ReadOnlySpan<Guid> ids)
    {
        CheckKind(DuckDbType.Uuid);
        var target = Target<UInt128>(ids.Length);
        for (var i = 0; i < ids.Length; i++)
        {
            target[i] = Uuids.Flip(Uuids.ToBits(ids[i]));
        }
    }

    /// <summary>The same UUID in every row.</summary>
    public void FillUuid(UInt128 id)
    {
        CheckKind(DuckDbType.Uuid);
        Target<UInt128>(Count).Fill(Uuids.Flip(id));
    }

    /// <summary>Writes TIMESTAMP or TIMESTAMP WITH TIME ZONE; local times become UTC, others are taken as they are.</summary>
    public void WriteTimes(ReadOnlySpan<DateTime> times)
    {
        CheckKind(DuckDbType.Timestamp, DuckDbType.TimestampTz);
        var target = Target<long>(times.Length);
        for (var i = 0; i < times.Length; i++)
        {
            target[i] = Instants.Micros(times[i]);
        }
    }

    /// <summary>NULL in every row.</summary>
    /// <exception cref="NotSupportedException">STRUCT and the like: leave the column out of the appender.</exception>
    public void WriteNulls()
    {
        if (Type.ElementSize == 0)
        {
            // DuckDB copies the fields of a NULL too, and they would hold anything.
            throw new NotSupportedException($"A column of type {Type} is not written here; leave it out.");
        }
        Start(Count);
        // Not what a former chunk left: its addresses are dead.
        new Span<byte>(NativeMethods.VectorGetData(_vector), Count * Type.ElementSize).Clear();
        var words = Mask();
        new Span<ulong>(words, (Count + 63) / 64).Clear();
    }

    /// <summary>Makes a row NULL, after the write.</summary>
    public void SetNull(int row)
    {
        CheckLive();
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Count, nameof(row));
        Mask()[row >> 6] &= ~(1UL << (row & 63));
    }

    /// <summary>Makes the rows NULL for which the span says true, after the write.</summary>
    public void SetNulls(ReadOnlySpan<bool> isNull)
    {
        CheckLive();
        CheckLength(isNull.Length);
        if (!isNull.Contains(true))
        {
            return;
        }
        var words = Mask();
        for (var i = 0; i < isNull.Length; i++)
        {
            if (isNull[i])
            {
                words[i >> 6] &= ~(1UL << (i & 63));
            }
        }
    }

    /// <summary>The validity words, all valid at first.</summary>
    private ulong* Mask()
    {
        NativeMethods.VectorEnsureValidityWritable(_vector);
        return NativeMethods.VectorGetValidity(_vector);
    }

    private Span<T> Target<T>(int length)
        where T : unmanaged
    {
        Start(length);
        return new Span<T>(NativeMethods.VectorGetData(_vector), length);
    }

    /// <summary>Checks the length, counts the column as written, and makes all rows valid.</summary>
    private void Start(int length)
    {
        CheckLive();
        CheckLength(length);
        _chunk.MarkWritten(_index);
        var words = NativeMethods.VectorGetValidity(_vector);
        if (words != null)
        {
            new Span<ulong>(words, (Count + 63) / 64).Fill(ulong.MaxValue);
        }
    }

    private void CheckLive()
    {
        if (_generation != _chunk.Generation)
        {
            throw new ObjectDisposedException(nameof(DuckDbColumnWriter), "Its chunk was appended or disposed.");
        }
    }

    private void CheckLength(int length)
    {
        if (length != Count)
        {
            throw new ArgumentException($"The chunk has {Count} rows, the span {length}.");
        }
    }

    private void CheckStored<T>()
        where T : unmanaged
    {
        if (Type.Kind is DuckDbType.Uuid or DuckDbType.Enum)
        {
            throw new InvalidCastException($"A column of type {Type} is not written by Write; UUIDs by WriteUuids.");
        }
        SpanTypes.Check<T>(Type);
    }

    private void CheckKind(DuckDbType kind, DuckDbType or = DuckDbType.Invalid)
    {
        if (Type.Kind != kind && (Type.Kind != or || or == DuckDbType.Invalid))
        {
            throw new InvalidCastException($"The column is of type {Type}, not {kind}.");
        }
    }
}
