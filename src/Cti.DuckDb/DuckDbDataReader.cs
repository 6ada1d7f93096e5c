// Rows of a command, streamed: one chunk in memory at a time.
// Knows: moving over rows, chunks and results; who ends what. Must not know: how values lie in memory.

using System.Data;
using System.Data.Common;
using Cti.DuckDb.Interop;

namespace Cti.DuckDb;

/// <summary>
/// A forward-only reader. Either row by row (<see cref="Read()"/> and getters) or, faster, chunk by chunk
/// (<see cref="NextChunk"/>). Like any ADO.NET reader it is for one thread; getters do not check that.
/// </summary>
public sealed partial class DuckDbDataReader : DbDataReader
{
    private readonly DuckDbCommand _command;
    private readonly DuckDbConnection _connection;
    private readonly Statements _statements;
    private readonly Execution _run;
    private readonly CommandBehavior _behavior;
    private int _next; // the statement to run next
    private ResultHandle? _result;
    private DuckDbTypeInfo[] _types = [];
    private string[] _names = [];
    private Vector[] _vectors = [];
    private DuckDbChunk? _chunk;
    private int _row = -1; // within the chunk
    private int _rows; // of the chunk; 0 when there is none, which makes every getter refuse
    private bool _fresh; // the chunk was fetched ahead: nobody has moved into it yet
    private bool _exhausted = true; // no result, or all of its chunks were fetched
    private bool _hasRows;
    private bool _closed;
    private long _changed = -1;

    private DuckDbDataReader(
        DuckDbCommand command,
        DuckDbConnection connection,
        Statements statements,
        Execution run,
        CommandBehavior behavior
    )
    {
        _command = command;
        _connection = connection;
        _statements = statements;
        _run = run;
        _behavior = behavior;
    }

    public override int Depth => 0;

    public override int FieldCount => _closed ? throw Closed() : _types.Length;

    public override bool HasRows => _hasRows;

    public override bool IsClosed => _closed;

    /// <summary>Rows changed by the statements run so far; -1 if none was of that kind.</summary>
    public override int RecordsAffected => (int)Math.Min(_changed, int.MaxValue);

    public override object this[int ordinal] => GetValue(ordinal);

    public override object this[string name] => GetValue(GetOrdinal(name));

    /// <summary>Runs statements up to the first that has rows. The caller holds the connection.</summary>
    internal static DuckDbDataReader Start(
        DuckDbCommand command,
        DuckDbConnection connection,
        Statements statements,
        Execution run,
        CommandBehavior behavior
    )
    {
        var reader = new DuckDbDataReader(command, connection, statements, run, behavior);
        try
        {
            _ = reader.RunToRows();
            connection.ReaderOpened(reader);
            return reader;
        }
        catch
        {
            reader.DropResult();
            throw;
        }
    }

    /// <exception cref="DuckDbException">The query failed while it ran.</exception>
    /// <exception cref="InvalidOperationException">The reader is closed.</exception>
    public override bool Read()
    {
        if (++_row < _rows)
        {
            _fresh = false;
            return true;
        }
        return ReadAcrossChunks();
    }

    /// <summary>
    /// Moves to the next chunk and gives it, or null at the end. The chunk before is freed: spans into it are dead.
    /// Rows of the current chunk that <see cref="Read()"/> has not reached are skipped.
    /// </summary>
    public DuckDbChunk? NextChunk()
    {
        if (!_fresh && !Fetch())
        {
            return null;
        }
        _fresh = false;
        _row = _rows; // a later Read goes on with the next chunk
        return _chunk;
    }

    /// <summary>Runs the following statements up to the next that has rows.</summary>
    public override bool NextResult()
    {
        if (_closed)
        {
            throw Closed();
        }
        using (_connection.Gate.EnterReading())
        {
            DropResult();
            return (_behavior & CommandBehavior.SingleResult) == 0 && RunToRows();
        }
    }

    /// <summary>
    /// As <see cref="Read()"/>, done when it returns; the token interrupts the query if it has to be run further.
    /// </summary>
    public override Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<bool>(cancellationToken);
        }
        if (_row + 1 < _rows)
        {
            return Task.FromResult(Read());
        }
        try
        {
            using var registration = cancellationToken.UnsafeRegister(static run => ((Execution)run!).Stop(), _run);
            return Task.FromResult(Read());
        }
        catch (DuckDbException error)
            when (error.ErrorType == DuckDbErrorType.Interrupt && cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<bool>(cancellationToken);
        }
        catch (Exception error)
        {
            return Task.FromException<bool>(error);
        }
    }

    /// <summary>
    /// Frees the result and with it the connection. Statements that have not run yet are run first, as ADO.NET wants.
    /// </summary>
    public override void Close()
    {
        if (_closed)
        {
            return;
        }
        var lease = _connection.Gate.EnterReading();
        try
        {
            _closed = true;
            DropResult();
            _run.Dispose();
            _command.ReaderClosed();
            _connection.ReaderClosed();
            lease.LeaveFree();
        }
        finally
        {
            lease.Dispose();
        }
        if ((_behavior & CommandBehavior.CloseConnection) != 0)
        {
            _connection.Close();
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Close();
        }
        base.Dispose(disposing);
    }

    private bool ReadAcrossChunks()
    {
        if (!Fetch())
        {
            return false;
        }
        _fresh = false;
        _row = 0;
        return true;
    }

    private bool Fetch()
    {
        if (_closed)
        {
            throw Closed();
        }
        if (_exhausted)
        {
            DropChunk();
            return false;
        }
        using (_connection.Gate.EnterReading())
        {
            return FetchHeld();
        }
    }

    /// <summary>Fetches a chunk; the caller holds the connection.</summary>
    private unsafe bool FetchHeld()
    {
        DropChunk();
        var result = _result!;
        _run.ThrowIfStopped();
        var chunk = new ChunkHandle(NativeMethods.FetchChunk(*result.Structure));
        var pointer = chunk.DangerousGetHandle();
        var count = chunk.IsInvalid ? 0 : (int)NativeMethods.DataChunkGetSize(pointer);
        if (count == 0)
        {
            chunk.Dispose();
            var error = Statements.Error(result);
            if (error.Message.Length > 0)
            {
                throw _run.Failure(error);
            }
            _exhausted = true; // asking DuckDB once more would be an error
            return false;
        }
        chunk.LiveIn(_connection.Handle);
        for (var i = 0; i < _vectors.Length; i++)
        {
            _vectors[i] = Vector.Of(_types[i], NativeMethods.DataChunkGetVector(pointer, (ulong)i));
        }
        _chunk = new DuckDbChunk(chunk, _vectors, count);
        _rows = count;
        _row = -1;
        _fresh = true;
        return true;
    }

    /// <summary>Runs statements until one has rows, and fetches their first chunk; false if none has.</summary>
    private bool RunToRows()
    {
        while (_next < _statements.Count)
        {
            var result = _statements.Run(_next++, _command.Parameters, stream: true, _run);
            if (ResultKind.HasRows(result))
            {
                _result = result;
                _exhausted = false;
                Describe(result);
                _hasRows = FetchHeld();
                return true;
            }
            using (result)
            {
                if (ResultKind.IsChangedRows(result))
                {
                    _changed = Math.Max(_changed, 0) + Statements.ChangedRows(result);
                }
            }
        }
        return false;
    }

    private unsafe void Describe(ResultHandle result)
    {
        var count = (int)NativeMethods.ColumnCount(result);
        _types = new DuckDbTypeInfo[count];
        _names = new string[count];
        _vectors = new Vector[count];
        for (var i = 0; i < count; i++)
        {
            _types[i] = DuckDbTypeInfo.Take(NativeMethods.ColumnLogicalType(result, (ulong)i));
            _names[i] = NativeText.Copy(NativeMethods.ColumnName(result, (ulong)i));
        }
    }

    private void DropChunk()
    {
        _chunk?.Drop();
        _chunk = null;
        _rows = 0;
        _row = 0; // not before the first row any more
        _fresh = false;
    }

    private void DropResult()
    {
        DropChunk();
        _row = -1;
        _result?.Dispose();
        _result = null;
        _exhausted = true;
        _hasRows = false;
        _types = [];
        _names = [];
        _vectors = [];
    }

    private static ObjectDisposedException Closed() =>
        new(nameof(DuckDbDataReader), "The reader is closed, or its connection is.");
}
