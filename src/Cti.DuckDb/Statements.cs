// A command's SQL, split into statements, each prepared when its turn comes (it may need what an earlier one made).
// Knows: preparing, binding, running one statement. Must not know: readers and values' meaning.

using System.Globalization;
using Cti.DuckDb.Interop;

namespace Cti.DuckDb;

internal sealed unsafe class Statements : IDisposable
{
    private readonly DuckDbConnection _owner;
    private readonly ConnectionHandle _connection;
    private readonly ExtractedHandle _extracted;
    private readonly StatementHandle?[] _prepared;

    /// <exception cref="DuckDbException">Parser: the SQL is not well formed, or is empty.</exception>
    /// <exception cref="ArgumentException">The SQL holds a NUL or a lone surrogate.</exception>
    public Statements(DuckDbConnection owner, string sql)
    {
        if (sql.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException(
                "SQL cannot hold a NUL character: DuckDB would stop reading there.",
                nameof(sql)
            );
        }
        _owner = owner;
        _connection = owner.Handle;
        ulong count;
        fixed (byte* text = NativeText.Strict.GetBytes(sql + '\0'))
        {
            count = NativeMethods.ExtractStatements(_connection, text, out _extracted);
        }
        _extracted.LiveIn(_connection);
        if (count == 0)
        {
            var message = NativeText.Copy(NativeMethods.ExtractStatementsError(_extracted));
            _extracted.Dispose();
            throw message.Length == 0
                ? new DuckDbException("Parser Error: the SQL holds no statement", DuckDbErrorType.Parser)
                : new DuckDbException(message);
        }
        _prepared = new StatementHandle?[count];
        owner.Adopt(this);
    }

    /// <summary>True once disposed, which closing the connection does as well.</summary>
    public bool IsOver => _extracted.IsClosed;

    public int Count => _prepared.Length;

    /// <summary>Prepares, binds and runs a statement.</summary>
    /// <param name="index">Which one.</param>
    /// <param name="parameters">All parameters of the command; the statement takes those it names.</param>
    /// <param name="stream">Whether rows come chunk by chunk, or are gathered by the time this returns.</param>
    /// <param name="run">Who may stop it.</param>
    public ResultHandle Run(int index, DuckDbParameterCollection parameters, bool stream, Execution run)
    {
        var statement = Prepare(index);
        Bind(statement, parameters);
        run.ThrowIfStopped();
        var state = stream
            ? NativeMethods.PendingPreparedStreaming(statement, out var pending)
            : NativeMethods.PendingPrepared(statement, out pending);
        using (pending)
        {
            if (state == NativeState.Error)
            {
                throw run.Failure(new DuckDbException(NativeText.Copy(NativeMethods.PendingError(pending))));
            }
            // Making it pending cleared DuckDB's interrupt flag; a stop that came before must be seen here.
            run.ThrowIfStopped();
            var result = new ResultHandle();
            state = NativeMethods.ExecutePending(pending, result);
            result.LiveIn(_connection);
            if (state == NativeState.Error)
            {
                using (result)
                {
                    throw run.Failure(Error(result));
                }
            }
            return result;
        }
    }

    /// <summary>Prepares a statement unless it is prepared already.</summary>
    public StatementHandle Prepare(int index)
    {
        if (_prepared[index] is { } known)
        {
            return known;
        }
        var state = NativeMethods.PrepareExtractedStatement(_connection, _extracted, (ulong)index, out var statement);
        if (state == NativeState.Error)
        {
            using (statement)
            {
                throw new DuckDbException(NativeText.Copy(NativeMethods.PrepareError(statement)));
            }
        }
        statement.LiveIn(_connection);
        return _prepared[index] = statement;
    }

    /// <summary>Whether a statement is a query (SELECT and all that DuckDB makes one of, such as FROM and DESCRIBE) or an EXPLAIN.</summary>
    public bool IsQuery(int index) => NativeMethods.PreparedStatementType(Prepare(index)) is 1 or 4;

    /// <summary>The error that a result carries.</summary>
    public static DuckDbException Error(ResultHandle result) =>
        new(NativeText.Copy(NativeMethods.ResultError(result)), NativeMethods.ResultErrorType(result));

    /// <summary>Rows changed, from the one row that such a result has.</summary>
    public static long ChangedRows(ResultHandle result)
    {
        using var chunk = new ChunkHandle(NativeMethods.FetchChunk(*result.Structure));
        if (chunk.IsInvalid || NativeMethods.DataChunkGetSize(chunk.DangerousGetHandle()) == 0)
        {
            return 0;
        }
        var vector = NativeMethods.DataChunkGetVector(chunk.DangerousGetHandle(), 0);
        return *(long*)NativeMethods.VectorGetData(vector);
    }

    public void Dispose()
    {
        foreach (var statement in _prepared)
        {
            statement?.Dispose();
        }
        _extracted.Dispose();
        _owner.Release(this);
    }

    /// <exception cref="InvalidOperationException">The statement wants a parameter that is not there.</exception>
    private static void Bind(StatementHandle statement, DuckDbParameterCollection parameters)
    {
        var count = NativeMethods.ParameterCount(statement);
        for (ulong i = 1; i <= count; i++)
        {
            var name = NativeText.Take(NativeMethods.ParameterName(statement, i));
            using var value = ParameterValue.Create(Find(parameters, name, i));
            if (NativeMethods.BindValue(statement, i, value) == NativeState.Error)
            {
                throw new DuckDbException(NativeText.Copy(NativeMethods.PrepareError(statement)));
            }
        }
    }

    private static DuckDbParameter Find(DuckDbParameterCollection parameters, string name, ulong index)
    {
        var byName = parameters.IndexOf(name);
        if (byName >= 0)
        {
            return parameters[byName];
        }
        // "?" and "$1" are numbered from 1 within each statement.
        if (
            int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= 1
            && number <= parameters.Count
            && parameters[number - 1].ParameterName.Length == 0
        )
        {
            return parameters[number - 1];
        }
        throw new InvalidOperationException($"The statement's parameter {index} (${name}) has no value.");
    }
}
