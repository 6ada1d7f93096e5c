// The chunk that an appender fills again and again.
// Knows: DuckDB's chunk, what is written, what is pinned until it is appended. Must not know: values.

using System.Buffers;
using Cti.DuckDb.Interop;

namespace Cti.DuckDb;

/// <summary>
/// Rows to be appended. Write every column, call <see cref="Append"/>, then dispose; disposing without it drops them.
/// </summary>
public sealed unsafe class DuckDbChunkWriter : IDisposable
{
    private readonly ChunkHandle _handle;
    private readonly DuckDbTypeInfo[] _types;
    private readonly bool[] _written;
    private readonly List<(object Source, MemoryHandle Pin)> _pins = [];
    private DuckDbAppender? _appender;

    internal DuckDbChunkWriter(AppenderHandle appender, DuckDbTypeInfo[] types)
    {
        _types = types;
        _written = new bool[types.Length];
        var handles = new nint[types.Length];
        try
        {
            for (var i = 0; i < handles.Length; i++)
            {
                handles[i] = NativeMethods.AppenderColumnType(appender, (ulong)i);
            }
            fixed (nint* first = handles)
            {
                _handle = new ChunkHandle(NativeMethods.CreateDataChunk(first, (ulong)handles.Length));
            }
            if (_handle.IsInvalid)
            {
                throw new NotSupportedException("The table has a column of a type that chunks cannot hold.");
            }
        }
        finally
        {
            for (var i = 0; i < handles.Length; i++)
            {
                NativeMethods.DestroyLogicalType(ref handles[i]);
            }
        }
    }

    /// <summary>Rows of this chunk.</summary>
    public int Count { get; private set; }

    /// <summary>Grows with every chunk, so that a column writer from an earlier one is known for stale.</summary>
    internal int Generation { get; private set; }

    /// <summary>A column to write, by its place among the appender's columns.</summary>
    public DuckDbColumnWriter Column(int index)
    {
        ObjectDisposedException.ThrowIf(_appender is null, this);
        var type = _types[index];
        return new DuckDbColumnWriter(
            this,
            index,
            type,
            NativeMethods.DataChunkGetVector(_handle.DangerousGetHandle(), (ulong)index)
        );
    }

    /// <summary>Appends the rows: DuckDB copies them.</summary>
    /// <exception cref="InvalidOperationException">A column was not written.</exception>
    /// <exception cref="DuckDbException">DuckDB refuses them.</exception>
    public void Append()
    {
        ObjectDisposedException.ThrowIf(_appender is null, this);
        var missing = Array.IndexOf(_written, false);
        if (missing >= 0)
        {
            throw new InvalidOperationException($"Column {missing} ({_types[missing]}) of the chunk was not written.");
        }
        NativeMethods.DataChunkSetSize(_handle, (ulong)Count);
        _appender.Append(_handle, Count);
        Dispose();
    }

    /// <summary>Drops what was written and lets the caller's arrays go.</summary>
    public void Dispose()
    {
        _appender = null;
        Generation++;
        foreach (var (_, pin) in _pins)
        {
            pin.Dispose();
        }
        _pins.Clear();
    }

    internal void Begin(DuckDbAppender appender, int rows)
    {
        if (_appender is not null)
        {
            throw new InvalidOperationException("The chunk before is not done: append it or dispose it first.");
        }
        NativeMethods.DataChunkReset(_handle);
        Array.Clear(_written);
        Count = rows;
        _appender = appender;
    }

    internal void Free()
    {
        Dispose();
        _handle.Dispose();
    }

    internal void MarkWritten(int column, bool whole = true) => _written[column] = whole;

    /// <summary>Keeps an object alive until the chunk is appended.</summary>
    internal void Hold(object owner) => _pins.Add((owner, default));

    /// <summary>Keeps the arena where it is until the chunk is appended, and gives its address.</summary>
    internal byte* Pin(ReadOnlyMemory<byte> arena)
    {
        var source = System.Runtime.InteropServices.MemoryMarshal.TryGetArray(arena, out var segment)
            ? segment.Array
            : null;
        if (source is not null)
        {
            foreach (var (known, held) in _pins)
            {
                if (ReferenceEquals(known, source) && held.Pointer != null)
                {
                    // Pins hold whole arrays here, so that columns over one arena share a pin.
                    return (byte*)held.Pointer + segment.Offset;
                }
            }
            var whole = new ReadOnlyMemory<byte>(source).Pin();
            _pins.Add((source, whole));
            return (byte*)whole.Pointer + segment.Offset;
        }
        var pin = arena.Pin();
        _pins.Add((arena, pin));
        return (byte*)pin.Pointer;
    }
}
