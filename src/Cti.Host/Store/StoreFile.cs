// Opens a store: one DuckDB file, its schema brought to this program's version. Knows where the file is and who else holds it; knows nothing of
// what is written to it.

using System.Globalization;
using Cti.DuckDb;
using Cti.Host.Tracing;

namespace Cti.Host.Store;

/// <summary>A store could not be opened or written; the message says what to do.</summary>
public class StoreException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>How a store is opened.</summary>
public sealed record StoreOptions
{
    /// <summary>Memory DuckDB may use for its buffers, in MiB; beyond it, it spills to disk. Default 128, at least 64.</summary>
    public int MemoryLimitMiB { get; init; } = 128;

    /// <summary>
    /// Threads one DuckDB statement may use. Default 1: with two, the statements of a run take twice the CPU for a third less time
    /// (docs/performance.md), and the second core has the pure stages to run.
    /// </summary>
    public int Threads { get; init; } = 1;

    /// <summary>
    /// Freed memory that DuckDB's allocator keeps for what comes next, in MiB. Default 8: a service rests most of the time. More of it saves page faults, a
    /// sixth of what a plan over a million entries takes (docs/performance.md).
    /// </summary>
    public int KeptMemoryMiB { get; init; } = 8;

    /// <summary>What a command that a person waits for may use: it has the machine to itself for a few seconds.</summary>
    public static StoreOptions ByHand { get; } =
        new()
        {
            Threads = 2,
            MemoryLimitMiB = 256,
            KeptMemoryMiB = 128,
        };

    /// <summary>
    /// What questions of a person may use: a quarter of the machine's memory (of the container's, where it is in one), as views over a million indicators
    /// group all of them. Not where a service owns the store: there they share what its runs have.
    /// </summary>
    public static StoreOptions Questions { get; } =
        new()
        {
            Threads = 2,
            MemoryLimitMiB = (int)
                Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (4L << 20), ByHand.MemoryLimitMiB, 1 << 20),
        };

    /// <summary>Open for reading only; the file must exist and be of this version.</summary>
    public bool ReadOnly { get; init; }
}

/// <summary>An open store. The first connection belongs to whoever writes epochs; others come from <see cref="Connect"/>.</summary>
public sealed class StoreFile : IDisposable
{
    private static readonly string[] Migrations =
    [
        "0001_store.sql",
        "0002_observable_types.sql",
        "0003_enrichment.sql",
        "0004_delivery.sql",
        "0005_history.sql",
        "0006_partitions.sql",
        "0007_dead_letters.sql",
        "0008_service.sql",
        "0011_stretches.sql",
        "0012_rich_formats.sql",
        "0013_endings.sql",
        "0014_severity.sql",
        "0015_answers.sql",
        "0016_guards.sql",
        "0017_numbers.sql",
        "0018_collections.sql",
        "0019_verdicts.sql",
    ];

    /// <summary>The version of a store that this program writes.</summary>
    public static int Version => Migrations.Length;

    private readonly IDisposable? _lease;

    private StoreFile(
        string path,
        DuckDbConnection connection,
        int memoryLimitMiB,
        Lock publishing,
        IDisposable? lease = null
    )
    {
        MemoryLimitMiB = memoryLimitMiB;
        Path = path;
        Connection = connection;
        Publishing = publishing;
        _lease = lease;
    }

    /// <summary>The file's path.</summary>
    public string Path { get; }

    /// <summary>As it was opened with.</summary>
    public int MemoryLimitMiB { get; }

    /// <summary>The writer's connection.</summary>
    public DuckDbConnection Connection { get; }

    /// <summary>
    /// Held by whoever adds to a collection, from the last place it sees until its transaction is over: runs and clients add beside each other.
    /// </summary>
    public Lock Publishing { get; }

    /// <summary>One more connection, with transactions of its own.</summary>
    public DuckDbConnection Connect() => Connection.DuplicateConnection();

    /// <summary>
    /// The same open store for somebody else: with a connection of its own, which is all that disposing closes. A <paramref name="lease"/> is given
    /// back then.
    /// </summary>
    public StoreFile Share(IDisposable? lease = null) => new(Path, Connect(), MemoryLimitMiB, Publishing, lease);

    /// <summary>Opens the store, creating file and folder where they are missing.</summary>
    /// <exception cref="StoreException">Locked by another process, unwritable, damaged, or of a newer version.</exception>
    public static StoreFile Open(string path, StoreOptions options)
    {
        if (options.ReadOnly && !File.Exists(path))
        {
            throw new StoreException($"There is no store at {path}. Run a pipeline first: cti run PIPELINE.");
        }

        DuckDbConnection? connection = null;
        try
        {
            if (!options.ReadOnly && System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path)) is { } folder)
            {
                Directory.CreateDirectory(folder);
            }

            var settings = new DuckDbConnectionStringBuilder { DataSource = path };
            settings["memory_limit"] = options.MemoryLimitMiB.ToString(CultureInfo.InvariantCulture) + "MiB";
            settings["threads"] = options.Threads.ToString(CultureInfo.InvariantCulture);
            if (options.ReadOnly)
            {
                settings["access_mode"] = "READ_ONLY";
            }

            using var span = Spans.Start(Spans.StoreOpen);
            connection = new DuckDbConnection(settings.ConnectionString);
            connection.Open();
            if (!options.ReadOnly)
            {
                Migrate(connection);
            }

            // DuckDB's allocator otherwise keeps 100 MB of freed memory for itself beyond the limit. Last, because a query whose rows were not all
            // taken keeps its transaction open until the next statement: in a service this connection rests for days, and would keep checkpoints off.
            connection.Execute(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"SET allocator_background_threads = true; SET allocator_flush_threshold = '{options.KeptMemoryMiB}MB'; SET allocator_bulk_deallocation_flush_threshold = '{options.KeptMemoryMiB}MB'"
                )
            );
            return new StoreFile(path, connection, options.MemoryLimitMiB, new Lock());
        }
        catch (Exception error) when (error is DuckDbException or IOException or UnauthorizedAccessException)
        {
            connection?.Dispose();
            throw new StoreException(Explain(path, error), error);
        }
    }

    /// <summary>Folds the write-ahead log into the file; while somebody else writes, the next one will.</summary>
    public void Checkpoint()
    {
        try
        {
            Connection.Execute("CHECKPOINT");
        }
        catch (DuckDbException error) when (error.Message.Contains("Cannot CHECKPOINT", StringComparison.Ordinal))
        {
            // Nothing is lost: the log holds it, and DuckDB folds it in by itself as it grows.
        }
    }

    public void Dispose()
    {
        Connection.Dispose();
        _lease?.Dispose();
    }

    // Opened without a user's zone: times are UTC, whatever the machine says.
    private static void Migrate(DuckDbConnection connection)
    {
        connection.Execute("CREATE TABLE IF NOT EXISTS migrations (version INTEGER, applied_at TIMESTAMP)");
        var version = connection.Value<int>("SELECT coalesce(max(version), 0)::INTEGER FROM migrations");
        if (version > Migrations.Length)
        {
            throw new StoreException(
                $"The store is of version {version}, this program knows versions up to {Migrations.Length}. Use a newer cti."
            );
        }

        for (var next = version; next < Migrations.Length; next++)
        {
            using var transaction = connection.BeginTransaction();
            connection.Execute(Sql.Resource("Cti.Host.Store.Migrations." + Migrations[next]));
            connection.Run("INSERT INTO migrations VALUES ($1, get_current_timestamp()::TIMESTAMP)", next + 1);
            transaction.Commit();
        }
    }

    private static string Explain(string path, Exception error) =>
        error.Message.Contains("lock", StringComparison.OrdinalIgnoreCase)
            ? $"The store {path} is in use by another process. {error.Message} Wait for it to end, or stop it."
        // DuckDB names a database by its file, and ours has a schema `store`.
        : error.Message.Contains("Ambiguous reference", StringComparison.Ordinal)
            ? $"The store cannot be called {System.IO.Path.GetFileName(path)}: that name means something inside of it. Choose another, such as cti.duckdb."
        : $"The store {path} cannot be opened: {error.Message} Check the path, its permissions and the free space.";
}
