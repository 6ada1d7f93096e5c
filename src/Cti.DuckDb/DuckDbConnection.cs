// A connection: its state, who uses it at the moment, and the way to commands, transactions and appenders.
// Knows: opening, closing, one user at a time. Must not know: how statements run or values are read.

using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Cti.DuckDb.Interop;

namespace Cti.DuckDb;

/// <summary>
/// A connection to a DuckDB database. Connections to the same file in one process share the database; each has its
/// own transaction and may be used by one thread at a time (two at once get InvalidOperationException).
/// At most one reader may be open on a connection: results are streamed.
/// </summary>
public sealed class DuckDbConnection : DbConnection
{
    private DuckDbConnectionStringBuilder _settings;
    private OpenDatabase? _database;
    private ConnectionHandle? _handle;
    private DuckDbDataReader? _reader;

    // Prepared statements and appenders: each keeps the database open in DuckDB, so closing must end them.
    // Weak, so that one that nobody disposed can still be finalised.
    private readonly ConditionalWeakTable<IDisposable, object> _children = [];

    public DuckDbConnection()
        : this("") { }

    /// <param name="connectionString">See <see cref="DuckDbConnectionStringBuilder"/>; empty is in memory.</param>
    public DuckDbConnection(string connectionString) => _settings = new DuckDbConnectionStringBuilder(connectionString);

    /// <summary>The database of another connection, which stays open for as long as either is.</summary>
    private DuckDbConnection(DuckDbConnectionStringBuilder settings, OpenDatabase database)
    {
        _settings = settings;
        _database = database;
        _handle = database.Connect();
    }

    [AllowNull]
    public override string ConnectionString
    {
        get => _settings.ConnectionString;
        set
        {
            if (State != ConnectionState.Closed)
            {
                throw new InvalidOperationException("The connection string of an open connection cannot change.");
            }
            _settings = new DuckDbConnectionStringBuilder(value ?? "");
        }
    }

    public override string Database => _settings.IsInMemory ? "memory" : Path.GetFileNameWithoutExtension(DataSource);

    public override string DataSource => _settings.DataSource;

    /// <summary>DuckDB's version, such as v1.5.6.</summary>
    public override string ServerVersion => LibraryVersion;

    /// <summary>The native library's version, such as v1.5.6.</summary>
    public static unsafe string LibraryVersion => NativeText.Copy(NativeMethods.LibraryVersion());

    public override ConnectionState State => _handle is null ? ConnectionState.Closed : ConnectionState.Open;

    protected override DbProviderFactory DbProviderFactory => DuckDbProviderFactory.Instance;

    /// <summary>The transaction begun by <see cref="BeginTransaction()"/> that is not over yet.</summary>
    internal DuckDbTransaction? CurrentTransaction { get; set; }

    /// <exception cref="ObjectDisposedException">The connection is not open.</exception>
    internal ConnectionHandle Handle =>
        _handle ?? throw new InvalidOperationException("The connection is not open. Call Open first.");

    /// <summary>Opens, or creates, the database, and connects to it.</summary>
    /// <exception cref="DuckDbException">The database cannot be opened; the message is DuckDB's own.</exception>
    public override void Open()
    {
        if (_handle is not null)
        {
            throw new InvalidOperationException("The connection is open already.");
        }
        _database = OpenDatabase.Open(_settings);
        _handle = _database.Connect();
        OnStateChange(new StateChangeEventArgs(ConnectionState.Closed, ConnectionState.Open));
    }

    /// <summary>
    /// A further, open connection to the same database, with its own transaction. The way to share a private
    /// in-memory database.
    /// </summary>
    public DuckDbConnection DuplicateConnection()
    {
        _ = Handle;
        return new DuckDbConnection(
            new DuckDbConnectionStringBuilder(_settings.ConnectionString),
            _database ?? throw new InvalidOperationException("The connection is not open. Call Open first.")
        );
    }

    /// <summary>
    /// Closes an open reader, rolls an open transaction back and disconnects. The last connection to a database
    /// closes it, which writes its checkpoint.
    /// </summary>
    /// <exception cref="InvalidOperationException">Another thread is using the connection.</exception>
    public override void Close()
    {
        if (_handle is null)
        {
            return;
        }
        CloseReader();
        CurrentTransaction?.Dispose();
        using (Gate.Enter())
        {
            foreach (var (child, _) in _children.ToArray())
            {
                child.Dispose();
            }
            _handle.Dispose();
            _handle = null;
            _database!.Leave();
            _database = null;
        }
        OnStateChange(new StateChangeEventArgs(ConnectionState.Open, ConnectionState.Closed));
    }

    /// <summary>Stops what runs on this connection, from any thread. Nothing happens if nothing runs.</summary>
    public void Interrupt()
    {
        if (_handle is { IsClosed: false } handle)
        {
            try
            {
                NativeMethods.Interrupt(handle);
            }
            catch (ObjectDisposedException)
            {
                // Closed between the two lines: nothing runs any more.
            }
        }
    }

    public override void ChangeDatabase(string databaseName) =>
        throw new NotSupportedException("Use ATTACH and USE, or open another connection.");

    public new DuckDbCommand CreateCommand() => new("", this);

    /// <summary>A command with its text, to be given parameters and run.</summary>
    public DuckDbCommand CreateCommand(string sql) => new(sql, this);

    /// <summary>Runs SQL (one or several statements) without parameters.</summary>
    /// <returns>Rows inserted, updated or deleted by all of them; -1 if none of them could.</returns>
    public int Execute(string sql)
    {
        using var command = new DuckDbCommand(sql, this);
        return command.ExecuteNonQuery();
    }

    /// <summary>Begins a snapshot transaction. Only one at a time per connection.</summary>
    public new DuckDbTransaction BeginTransaction() => (DuckDbTransaction)base.BeginTransaction();

    /// <summary>Opens an appender on a table of the default schema; see <see cref="DuckDbAppender"/>.</summary>
    /// <param name="table">The table's name, as it is (no quoting needed).</param>
    /// <param name="columns">The columns to fill, in this order; none means all. Others get their default.</param>
    public DuckDbAppender CreateAppender(string table, params ReadOnlySpan<string> columns) =>
        CreateAppender(null, null, table, columns);

    /// <param name="catalog">An attached database; null is the current one.</param>
    /// <param name="schema">A schema; null is the default one.</param>
    /// <param name="table">The table's name, as it is (no quoting needed).</param>
    /// <param name="columns">The columns to fill, in this order; none means all. Others get their default.</param>
    /// <exception cref="DuckDbException">Catalog: there is no such table or column.</exception>
    public DuckDbAppender CreateAppender(
        string? catalog,
        string? schema,
        string table,
        params ReadOnlySpan<string> columns
    ) => DuckDbAppender.Create(this, catalog, schema, table, columns);

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) =>
        DuckDbTransaction.Begin(this, isolationLevel);

    protected override DbCommand CreateDbCommand() => CreateCommand();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Close();
        }
        base.Dispose(disposing);
    }

    // ── for the provider's other classes ─────────────────────────────────────────────────────────────────────────

    /// <summary>Who uses the connection at the moment.</summary>
    internal ConnectionGate Gate { get; } = new();

    /// <summary>Ends a streamed result that is open.</summary>
    internal void CloseReader() => _reader?.Close();

    internal void ReaderOpened(DuckDbDataReader reader) => _reader = reader;

    internal void ReaderClosed() => _reader = null;

    /// <summary>Registers what must end before the connection does.</summary>
    internal void Adopt(IDisposable child) => _children.Add(child, child);

    internal void Release(IDisposable child) => _ = _children.Remove(child);
}
