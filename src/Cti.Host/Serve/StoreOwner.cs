// A store that a service holds open: who writes next, who reads, and who asks from outside.

using Cti.DuckDb;
using Cti.Host.Cli;
using Cti.Host.Store;

namespace Cti.Host.Serve;

/// <summary>One stream sink's place in the change log.</summary>
/// <param name="Pipeline">Whose sink it is.</param>
/// <param name="Sink">Its name.</param>
/// <param name="Changes">Entries of the log it has not acknowledged.</param>
internal sealed record SinkLag(string Pipeline, string Sink, long Changes);

/// <summary>One per store of a service. Safe from any thread.</summary>
internal sealed class StoreOwner : IStores, IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Lock _opening = new();
    private readonly StoreServer _server;
    private StoreFile _store;

    /// <param name="path">The store.</param>
    /// <param name="service">Whose it is.</param>
    /// <param name="drain">The service ends: what clients have under way shall come to an end, and nothing more begins.</param>
    /// <exception cref="StoreException">The store cannot be opened, or its socket not be made.</exception>
    public StoreOwner(string path, ServiceBoard service, CancellationToken drain)
    {
        Path = System.IO.Path.GetFullPath(path);
        _store = StoreFile.Open(path, new StoreOptions());
        try
        {
            _server = new StoreServer(path, this, service, drain);
        }
        catch (Exception error)
            when (error is IOException or System.Net.Sockets.SocketException or UnauthorizedAccessException)
        {
            _store.Dispose();
            throw new StoreException(
                $"The socket {SocketPlace.Beside(path)} cannot be made: {error.Message} Other cti commands could not reach the store. Check the folder's permissions.",
                error
            );
        }
    }

    /// <summary>Absolute.</summary>
    public string Path { get; }

    /// <summary>Bytes of the file and of its write-ahead log.</summary>
    public long Size => SizeOf(Path) + SizeOf(Path + ".wal");

    /// <summary>The store for one run: nobody else writes until it is disposed.</summary>
    public async Task<StoreFile> TakeAsync(CancellationToken stop)
    {
        await _turn.WaitAsync(stop);
        return Shared(new Turn(_turn));
    }

    public StoreFile Read(string path, StoreOptions options)
    {
        Check(path);
        return Shared(null);
    }

    public StoreFile Write(string path, CommandIo io)
    {
        Check(path);
        if (!_turn.Wait(0, io.Stop))
        {
            io.Error.WriteLine("waiting: a run of this store is under way");
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(io.Stop, io.Drain);
            try
            {
                _turn.Wait(waiting.Token);
            }
            catch (OperationCanceledException) when (!io.Stop.IsCancellationRequested)
            {
                throw Ending();
            }

            // The end of a service is the end of its runs: the turn may come before the word.
            if (io.Drain.IsCancellationRequested)
            {
                _turn.Release();
                throw Ending();
            }
        }

        return Shared(new Turn(_turn));
    }

    /// <summary>Waits until nobody writes; nobody will any more.</summary>
    /// <exception cref="OperationCanceledException">Whoever writes was not waited for.</exception>
    public Task RestAsync(CancellationToken stop) => _turn.WaitAsync(stop);

    /// <summary>How far stream sinks are behind the log.</summary>
    public IReadOnlyList<SinkLag> Lags()
    {
        using var store = Shared(null);
        return store.Connection.Rows(
            """
            SELECT n.pipeline, n.name, (SELECT coalesce(max(sequence), 0) FROM store.changes) - c.position
            FROM cursors c JOIN store.sinks n ON c.name = n.id::VARCHAR || ':' || n.name
            WHERE c.kind = 'sink' ORDER BY ALL
            """,
            reader => new SinkLag(reader.GetString(0), reader.GetString(1), reader.GetInt64(2))
        );
    }

    /// <summary>After a failed commit DuckDB refuses everything until the file is opened anew. Gives whether that was needed.</summary>
    /// <exception cref="StoreException">It cannot be opened any more.</exception>
    public bool Heal()
    {
        lock (_opening)
        {
            try
            {
                using var connection = _store.Connect();
                connection.Execute("SELECT 1");
                return false;
            }
            catch (DuckDbException)
            {
                var path = _store.Path;
                _store.Dispose();
                _store = StoreFile.Open(path, new StoreOptions());
                return true;
            }
        }
    }

    public void Dispose()
    {
        _server.Dispose();
        _store.Dispose();
        _turn.Dispose();
    }

    private static StoreException Ending() =>
        new(
            "CTI-SERVICE-015 the service is ending and begins nothing more. Nothing was done: give the command again when it has ended."
        );

    private StoreFile Shared(IDisposable? lease)
    {
        try
        {
            lock (_opening)
            {
                return _store.Share(lease);
            }
        }
        catch
        {
            lease?.Dispose();
            throw;
        }
    }

    private void Check(string path)
    {
        if (System.IO.Path.GetFullPath(path) != Path)
        {
            throw new StoreException($"This socket belongs to {Path}, not to {path}.");
        }
    }

    private static long SizeOf(string path) => File.Exists(path) ? new FileInfo(path).Length : 0;

    private sealed class Turn(SemaphoreSlim turn) : IDisposable
    {
        private int _given;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _given, 1) == 0)
            {
                turn.Release();
            }
        }
    }
}
