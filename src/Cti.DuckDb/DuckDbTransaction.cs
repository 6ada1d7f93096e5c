// A transaction of a connection, over when committed, rolled back or disposed.
// Knows: the three statements. Must not know: what happens inside it.

using System.Data;
using System.Data.Common;

namespace Cti.DuckDb;

/// <summary>A snapshot transaction. Disposing it without <see cref="Commit"/> rolls it back.</summary>
public sealed class DuckDbTransaction : DbTransaction
{
    private DuckDbConnection? _connection;

    private DuckDbTransaction(DuckDbConnection connection) => _connection = connection;

    /// <summary>Always a snapshot; it is what DuckDB has.</summary>
    public override IsolationLevel IsolationLevel => IsolationLevel.Snapshot;

    protected override DbConnection? DbConnection => _connection;

    internal static DuckDbTransaction Begin(DuckDbConnection connection, IsolationLevel level)
    {
        if (level is not (IsolationLevel.Unspecified or IsolationLevel.Snapshot))
        {
            throw new NotSupportedException($"DuckDB's transactions are snapshots, not {level}.");
        }
        if (connection.CurrentTransaction is not null)
        {
            throw new InvalidOperationException("A transaction is open on this connection; DuckDB does not nest them.");
        }
        _ = connection.Execute("BEGIN TRANSACTION");
        return connection.CurrentTransaction = new DuckDbTransaction(connection);
    }

    /// <exception cref="DuckDbException">A conflict or constraint; everything is rolled back then.</exception>
    public override void Commit() => End("COMMIT");

    public override void Rollback() => End("ROLLBACK");

    protected override void Dispose(bool disposing)
    {
        if (disposing && _connection is { } connection)
        {
            connection.CloseReader();
            try
            {
                Rollback();
            }
            catch (DuckDbException)
            {
                // DuckDB has rolled it back by itself, after a fatal error or a ROLLBACK in SQL.
            }
        }
        base.Dispose(disposing);
    }

    private void End(string statement)
    {
        var connection = _connection ?? throw new InvalidOperationException("The transaction is over already.");
        try
        {
            _ = connection.Execute(statement);
        }
        catch (DuckDbException)
        {
            // A failed COMMIT has rolled back. (If the connection was in use, nothing ran: the transaction goes on.)
            Over(connection);
            throw;
        }
        Over(connection);
    }

    private void Over(DuckDbConnection connection)
    {
        _connection = null;
        connection.CurrentTransaction = null;
    }
}
