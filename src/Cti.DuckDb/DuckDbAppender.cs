// Fills a table by columns: the fast way in.
// Knows: an appender's life and its chunks. Must not know: how a column is written (DuckDbColumnWriter).

using Cti.DuckDb.Interop;

namespace Cti.DuckDb;

/// <summary>Writes one chunk of a batch: rows <c>offset .. offset + chunk.Count</c> of the caller's arrays.</summary>
public delegate void DuckDbChunkFiller<in TState>(DuckDbChunkWriter chunk, TState state, int offset);

/// <summary>
/// Appends rows to a table, a column at a time, in chunks of at most <see cref="ChunkSize"/> rows.
/// Rows reach the table at <see cref="Flush"/> or <see cref="Close"/>, and in between, when <see cref="MostWaiting"/> are waiting: in a
/// transaction, nothing is visible to others before it commits. Dispose without Close discards what waits.
/// After an error the appender is of no use but to be disposed.
/// </summary>
public sealed class DuckDbAppender : IDisposable
{
    /// <summary>
    /// The most rows that wait. What waits is held beyond the database's memory limit, and DuckDB itself would gather 204,800 rows.
    /// </summary>
    public const int MostWaiting = 16_384;

    private readonly DuckDbConnection _connection;
    private readonly AppenderHandle _handle;
    private readonly DuckDbChunkWriter _chunk;
    private int _waiting;

    private DuckDbAppender(DuckDbConnection connection, AppenderHandle handle)
    {
        _connection = connection;
        _handle = handle;
        var columns = new DuckDbTypeInfo[NativeMethods.AppenderColumnCount(handle)];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = DuckDbTypeInfo.Take(NativeMethods.AppenderColumnType(handle, (ulong)i));
        }
        Columns = columns;
        _chunk = new DuckDbChunkWriter(handle, columns);
        connection.Adopt(this);
    }

    /// <summary>The most rows that a chunk holds: DuckDB's vector size.</summary>
    public static int ChunkSize { get; } = (int)NativeMethods.VectorSize();

    /// <summary>The types of the columns to fill, in order.</summary>
    public IReadOnlyList<DuckDbTypeInfo> Columns { get; }

    /// <summary>Appends rows from the caller's arrays, chunk by chunk.</summary>
    /// <param name="count">Rows in all; any number.</param>
    /// <param name="state">Handed to <paramref name="fill"/>, so that it need not capture.</param>
    /// <param name="fill">Called once per chunk; must write every column.</param>
    /// <exception cref="DuckDbException">A constraint or conversion; rows of this chunk are not appended.</exception>
    /// <exception cref="InvalidOperationException">A column was not written.</exception>
    public void Append<TState>(int count, TState state, DuckDbChunkFiller<TState> fill)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        for (var offset = 0; offset < count; offset += ChunkSize)
        {
            using var chunk = NewChunk(Math.Min(ChunkSize, count - offset));
            fill(chunk, state, offset);
            chunk.Append();
        }
    }

    /// <summary>
    /// A chunk to fill by hand; call its Append, then dispose it. One at a time: it is the same object each time.
    /// </summary>
    /// <param name="rows">1 to <see cref="ChunkSize"/>.</param>
    public DuckDbChunkWriter NewChunk(int rows)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, ChunkSize);
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        _chunk.Begin(this, rows);
        return _chunk;
    }

    /// <summary>Writes what waits to the table. The appender goes on.</summary>
    /// <exception cref="DuckDbException">A constraint; what waited is lost.</exception>
    public void Flush()
    {
        using (Enter())
        {
            Check(NativeMethods.AppenderFlush(_handle));
        }

        _waiting = 0;
    }

    /// <summary>Writes what waits to the table and ends the appender.</summary>
    /// <exception cref="DuckDbException">A constraint; what waited is lost.</exception>
    public void Close()
    {
        using (Enter())
        {
            Check(NativeMethods.AppenderClose(_handle));
        }
        Dispose();
    }

    /// <summary>Ends the appender; what was neither flushed nor closed is discarded.</summary>
    public void Dispose()
    {
        _chunk.Free();
        _handle.Dispose();
        _connection.Release(this);
    }

    internal static DuckDbAppender Create(
        DuckDbConnection connection,
        string? catalog,
        string? schema,
        string table,
        ReadOnlySpan<string> columns
    )
    {
        using (connection.Gate.Enter())
        {
            var parent = connection.Handle;
            var state = NativeMethods.AppenderCreate(parent, catalog, schema, table, out var handle);
            try
            {
                handle.LiveIn(parent);
                Check(handle, state);
                foreach (var column in columns)
                {
                    Check(handle, NativeMethods.AppenderAddColumn(handle, column));
                }
                return new DuckDbAppender(connection, handle);
            }
            catch
            {
                handle.Dispose();
                throw;
            }
        }
    }

    /// <summary>Hands a filled chunk of so many rows to DuckDB, which copies it.</summary>
    internal void Append(ChunkHandle chunk, int rows)
    {
        using (Enter())
        {
            Check(NativeMethods.AppendDataChunk(_handle, chunk));
        }

        _waiting += rows;
        if (_waiting >= MostWaiting)
        {
            Flush();
        }
    }

    private ConnectionGate.Lease Enter()
    {
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        return _connection.Gate.Enter();
    }

    private void Check(NativeState state) => Check(_handle, state);

    private static unsafe void Check(AppenderHandle handle, NativeState state)
    {
        if (state == NativeState.Error)
        {
            using var error = new ErrorDataHandle(NativeMethods.AppenderErrorData(handle));
            throw new DuckDbException(
                NativeText.Copy(NativeMethods.ErrorDataMessage(error)),
                NativeMethods.ErrorDataType(error)
            );
        }
    }
}
