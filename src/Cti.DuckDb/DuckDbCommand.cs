// A command: SQL, parameters, and the three ways to run it.
// Knows: the ADO.NET contract. Must not know: native calls (Statements makes them).

using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Cti.DuckDb;

/// <summary>
/// One or several SQL statements with parameters <c>$name</c>, <c>?</c> or <c>$1</c>. Statements are prepared once and
/// kept until the text or the connection changes. Running is synchronous: the async methods return when done.
/// </summary>
public sealed class DuckDbCommand : DbCommand
{
    private string _text = "";
    private DuckDbConnection? _connection;
    private Statements? _statements;
    private Execution? _running;

    public DuckDbCommand() { }

    public DuckDbCommand(string sql, DuckDbConnection? connection = null)
    {
        _text = sql;
        _connection = connection;
    }

    [AllowNull]
    public override string CommandText
    {
        get => _text;
        set
        {
            Forget();
            _text = value ?? "";
        }
    }

    /// <summary>Seconds until a run is interrupted; 0, the default, is never.</summary>
    public override int CommandTimeout { get; set; }

    /// <summary>Text only.</summary>
    public override CommandType CommandType
    {
        get => CommandType.Text;
        set
        {
            if (value != CommandType.Text)
            {
                throw new NotSupportedException("DuckDB has no stored procedures; write the SQL.");
            }
        }
    }

    public override bool DesignTimeVisible { get; set; }

    public override UpdateRowSource UpdatedRowSource { get; set; }

    public new DuckDbParameterCollection Parameters { get; } = [];

    protected override DbParameterCollection DbParameterCollection => Parameters;

    protected override DbConnection? DbConnection
    {
        get => _connection;
        set
        {
            Forget();
            _connection = (DuckDbConnection?)value;
        }
    }

    /// <summary>Informative: a command runs in its connection's transaction, if there is one.</summary>
    protected override DbTransaction? DbTransaction { get; set; }

    /// <summary>Stops the run of this command, from any thread; it throws DuckDbException (Interrupt).</summary>
    public override void Cancel() => _running?.Stop();

    /// <summary>Prepares the first statement now, so that errors in it show.</summary>
    public override void Prepare()
    {
        var connection = Ready();
        using (connection.Gate.Enter())
        {
            _ = Split(connection).Prepare(0);
        }
    }

    /// <summary>Prepares all statements and tells whether each of them is a query or an EXPLAIN: nothing that writes, sets or attaches.</summary>
    /// <exception cref="DuckDbException">A statement cannot be prepared.</exception>
    public bool IsQueryOnly()
    {
        var connection = Ready();
        using (connection.Gate.Enter())
        {
            var statements = Split(connection);
            for (var i = 0; i < statements.Count; i++)
            {
                if (!statements.IsQuery(i))
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <returns>Rows inserted, updated or deleted by all statements; -1 if none is of that kind.</returns>
    public override int ExecuteNonQuery() => ExecuteNonQuery(CancellationToken.None);

    /// <exception cref="OperationCanceledException">The token stopped it.</exception>
    public int ExecuteNonQuery(CancellationToken token)
    {
        var connection = Ready();
        using (connection.Gate.Enter())
        {
            using var run = new Execution(connection, CommandTimeout, token);
            _running = run;
            try
            {
                var statements = Split(connection);
                var changed = -1L;
                for (var i = 0; i < statements.Count; i++)
                {
                    using var result = statements.Run(i, Parameters, stream: false, run);
                    if (ResultKind.IsChangedRows(result))
                    {
                        changed = Math.Max(changed, 0) + Statements.ChangedRows(result);
                    }
                }
                return (int)Math.Min(changed, int.MaxValue);
            }
            finally
            {
                _running = null;
            }
        }
    }

    /// <returns>The first column of the first row; DBNull for NULL; null if there is no row.</returns>
    public override object? ExecuteScalar()
    {
        using var reader = ExecuteReader(CommandBehavior.Default, CancellationToken.None);
        return reader.Read() ? reader.GetValue(0) : null;
    }

    /// <summary>Runs the command and streams its rows.</summary>
    public new DuckDbDataReader ExecuteReader() => ExecuteReader(CommandBehavior.Default, CancellationToken.None);

    /// <param name="token">Stops the run, and reading, for as long as the reader is open.</param>
    public DuckDbDataReader ExecuteReader(CancellationToken token) => ExecuteReader(CommandBehavior.Default, token);

    public override Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken) =>
        Complete(static (self, token) => self.ExecuteNonQuery(token), cancellationToken);

    public override Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken) =>
        Complete(
            static (self, token) =>
            {
                using var reader = self.ExecuteReader(CommandBehavior.Default, token);
                return reader.Read() ? reader.GetValue(0) : null;
            },
            cancellationToken
        );

    protected override Task<DbDataReader> ExecuteDbDataReaderAsync(
        CommandBehavior behavior,
        CancellationToken cancellationToken
    ) => Complete<DbDataReader>((self, token) => self.ExecuteReader(behavior, token), cancellationToken);

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) =>
        ExecuteReader(behavior, CancellationToken.None);

    protected override DbParameter CreateDbParameter() => new DuckDbParameter();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Forget();
        }
        base.Dispose(disposing);
    }

    /// <summary>The reader says that its run is over.</summary>
    internal void ReaderClosed() => _running = null;

    private DuckDbDataReader ExecuteReader(CommandBehavior behavior, CancellationToken token)
    {
        var connection = Ready();
        var lease = connection.Gate.Enter();
        Execution? run = null;
        try
        {
            _running = run = new Execution(connection, CommandTimeout, token);
            var reader = DuckDbDataReader.Start(this, connection, Split(connection), run, behavior);
            lease.LeaveToReader();
            return reader;
        }
        catch
        {
            _running = null;
            run?.Dispose();
            throw;
        }
        finally
        {
            lease.Dispose();
        }
    }

    private Task<T> Complete<T>(Func<DuckDbCommand, CancellationToken, T> work, CancellationToken token)
    {
        if (token.IsCancellationRequested)
        {
            return Task.FromCanceled<T>(token);
        }
        try
        {
            return Task.FromResult(work(this, token));
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested)
        {
            return Task.FromCanceled<T>(token);
        }
        catch (Exception error)
        {
            return Task.FromException<T>(error);
        }
    }

    private DuckDbConnection Ready()
    {
        var connection = _connection ?? throw new InvalidOperationException("The command has no connection.");
        _ = connection.Handle;
        return connection;
    }

    /// <summary>The statements, anew if the connection was closed in between.</summary>
    private Statements Split(DuckDbConnection connection) =>
        _statements is { IsOver: false } known ? known : _statements = new Statements(connection, _text);

    private void Forget()
    {
        _statements?.Dispose();
        _statements = null;
    }
}
