// A database that this process holds open, shared by the connections duplicated from one another.
// Knows: opening, and DuckDB's own cache, which gives one database per path however often it is opened.
// Must not know: what runs on a connection.

using Cti.DuckDb.Interop;

namespace Cti.DuckDb;

/// <summary>Counts its connections; the last one to leave closes the database (and checkpoints it).</summary>
internal sealed class OpenDatabase
{
    // One cache for the process: a path that is open already yields the same database, not a lock error.
    private static readonly Lazy<InstanceCacheHandle> Cache = new(NativeMethods.CreateInstanceCache);

    private readonly DatabaseHandle _handle;
    private readonly Lock _gate = new();
    private int _connections;

    private readonly string _timeZone;

    private OpenDatabase(DatabaseHandle handle, string timeZone)
    {
        _handle = handle;
        _timeZone = timeZone;
    }

    /// <exception cref="DuckDbException">
    /// Io when the file cannot be opened (held by another process: the message has its PID); Connection when this
    /// process has it open with other settings; Catalog or InvalidInput for a setting that DuckDB does not accept.
    /// </exception>
    public static unsafe OpenDatabase Open(DuckDbConnectionStringBuilder settings)
    {
        _ = NativeMethods.CreateConfig(out var config);
        using (config)
        {
            foreach (var (name, value) in settings.Settings())
            {
                if (NativeMethods.SetConfig(config, name, value) == NativeState.Error)
                {
                    throw new DuckDbException(
                        $"Invalid Input Error: DuckDB has no setting {name} = {value}",
                        DuckDbErrorType.InvalidInput
                    );
                }
            }
            var state = NativeMethods.GetOrCreateFromCache(
                Cache.Value,
                settings.FullPath,
                out var database,
                config,
                out var error
            );
            if (state == NativeState.Error)
            {
                database.Dispose();
                throw new DuckDbException(NativeText.Take(error));
            }
            return new OpenDatabase(database, settings.TimeZone);
        }
    }

    /// <summary>A new connection; give it back with <see cref="Leave"/>.</summary>
    /// <exception cref="ObjectDisposedException">The last connection has left.</exception>
    public ConnectionHandle Connect()
    {
        lock (_gate)
        {
            if (NativeMethods.Connect(_handle, out var connection) == NativeState.Error)
            {
                connection.Dispose();
                throw new DuckDbException("DuckDB gave no connection.", DuckDbErrorType.Connection);
            }
            connection.LiveIn(_handle);
            try
            {
                SetTimeZone(connection);
            }
            catch
            {
                connection.Dispose();
                if (_connections == 0)
                {
                    _handle.Dispose();
                }
                throw;
            }
            _connections++;
            return connection;
        }
    }

    // By SQL: DuckDB takes this setting from ICU, which is not there yet while the database opens.
    private void SetTimeZone(ConnectionHandle connection)
    {
        using var result = new ResultHandle();
        var sql = $"SET TimeZone = '{_timeZone.Replace("'", "''", StringComparison.Ordinal)}'";
        if (NativeMethods.Query(connection, sql, result) == NativeState.Error)
        {
            throw Statements.Error(result);
        }
    }

    /// <summary>Says that a connection was closed; its handle must be disposed before.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            if (--_connections == 0)
            {
                _handle.Dispose();
            }
        }
    }
}
