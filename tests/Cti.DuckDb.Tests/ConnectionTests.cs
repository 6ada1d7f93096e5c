// Connections: opening, sharing, locking, transactions, threads, and that nothing leaks.

using System.Data;
using System.Diagnostics;
using System.Reflection;

namespace Cti.DuckDb.Tests;

[Collection(Alone.Name)]
public sealed class ConnectionTests
{
    [Fact]
    public void The_pinned_library_is_loaded() => Assert.Equal("v1.5.6", DuckDbConnection.LibraryVersion);

    [Fact]
    public void Connections_to_one_file_share_the_database()
    {
        using var folder = new TemporaryFolder();
        using var one = TestDatabase.Open($"Data Source={folder.File("a.duckdb")}");
        var relative = Path.GetRelativePath(Directory.GetCurrentDirectory(), folder.File("a.duckdb"));
        using var two = TestDatabase.Open($"DataSource={relative}");
        using var three = one.DuplicateConnection();
        _ = one.Execute("CREATE TABLE t AS SELECT 42 AS a");
        Assert.Equal(42, two.Scalar("FROM t"));
        Assert.Equal(42, three.Scalar("FROM t"));
        one.Close();
        Assert.Equal(42, three.Scalar("FROM t"));
    }

    [Fact]
    public void A_closed_file_is_complete_and_free()
    {
        using var folder = new TemporaryFolder();
        var command = new DuckDbCommand("SELECT 1");
        using (var db = TestDatabase.Open($"Data Source={folder.File("a.duckdb")}"))
        {
            _ = db.Execute("CREATE TABLE t AS SELECT 42 AS a");
            command.Connection = db;
            Assert.Equal(1, command.ExecuteScalar()); // prepared, never disposed: must not keep the file
        }
        Assert.False(File.Exists(folder.File("a.duckdb.wal")));
        using var again = TestDatabase.Open($"Data Source={folder.File("a.duckdb")};access_mode=read_only");
        Assert.Equal(42, again.Scalar("FROM t"));
        var error = Assert.Throws<DuckDbException>(() => again.Execute("DELETE FROM t"));
        Assert.Contains("read-only", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_private_memory_database_is_shared_by_duplicates_only_and_a_named_one_by_name()
    {
        using var one = TestDatabase.Open();
        using var two = TestDatabase.Open();
        _ = one.Execute("CREATE TABLE t AS SELECT 1 AS a");
        _ = Assert.Throws<DuckDbException>(() => two.Scalar("FROM t"));
        using (var duplicate = one.DuplicateConnection())
        {
            Assert.Equal(1, duplicate.Scalar("FROM t"));
        }
        using var named = TestDatabase.Open("Data Source=:memory:shared");
        _ = named.Execute("CREATE TABLE t AS SELECT 2 AS a");
        using var same = TestDatabase.Open("Data Source=:memory:shared");
        Assert.Equal(2, same.Scalar("FROM t"));
    }

    [Fact]
    public void Settings_of_the_connection_string_reach_DuckDB()
    {
        using var db = TestDatabase.Open("Data Source=:memory:;threads=1;memory_limit=100MB;TimeZone=Europe/Berlin");
        Assert.Equal(1L, db.Scalar("SELECT current_setting('threads')"));
        Assert.Equal("95.3 MiB", db.Scalar("SELECT current_setting('memory_limit')"));
        Assert.Equal("Europe/Berlin", db.Scalar("SELECT current_setting('TimeZone')"));
        var error = Assert.Throws<DuckDbException>(() => TestDatabase.Open("Data Source=:memory:;no_such_thing=1"));
        Assert.Contains("no_such_thing", error.Message, StringComparison.Ordinal);
        _ = Assert.Throws<DuckDbException>(() => TestDatabase.Open("Data Source=:memory:;TimeZone=Mars/North"));
    }

    [Fact]
    public void Errors_of_opening_keep_DuckDBs_words()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("text"), new string('x', 5000));
        var notOurs = Assert.Throws<DuckDbException>(() => TestDatabase.Open($"Data Source={folder.File("text")}"));
        Assert.Equal(DuckDbErrorType.Io, notOurs.ErrorType);
        var missing = Assert.Throws<DuckDbException>(() => TestDatabase.Open($"Data Source={folder.File("no/no.db")}"));
        Assert.Equal(DuckDbErrorType.Io, missing.ErrorType);
        using var db = TestDatabase.Open($"Data Source={folder.File("a.duckdb")}");
        var other = Assert.Throws<DuckDbException>(() =>
            TestDatabase.Open($"Data Source={folder.File("a.duckdb")};access_mode=read_only")
        );
        Assert.Contains("different configuration", other.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_held_by_another_process_names_that_process()
    {
        using var folder = new TemporaryFolder();
        var bindings = typeof(ConnectionTests)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(a => a.Key == "DuckDbBindings")
            .Value!;
        var start = new ProcessStartInfo("node")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            ArgumentList =
            {
                "-e",
                """
                    const fs = require("fs"), path = require("path");
                    const scope = path.join(process.argv[1], "@duckdb");
                    const name = fs.readdirSync(scope).find(n => n.startsWith("node-bindings-"));
                    const duckdb = require(path.join(scope, name, "duckdb.node"));
                    duckdb.open(process.argv[2]).then(db => { globalThis.db = db; console.log("held"); });
                    process.stdin.on("end", () => process.exit(0)).resume();
                    """,
                bindings,
                folder.File("a.duckdb"),
            },
        };
        using var holder = Process.Start(start)!;
        try
        {
            Assert.Equal("held", holder.StandardOutput.ReadLine());
            var error = Assert.Throws<DuckDbException>(() =>
                TestDatabase.Open($"Data Source={folder.File("a.duckdb")}")
            );
            Assert.Equal(DuckDbErrorType.Io, error.ErrorType);
            Assert.Contains($"PID {holder.Id}", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            holder.StandardInput.Close();
            holder.WaitForExit();
        }
        using var free = TestDatabase.Open($"Data Source={folder.File("a.duckdb")}");
        Assert.Equal(1, free.Scalar("SELECT 1"));
    }

    [Fact]
    public void A_closed_connection_refuses_and_can_be_opened_again()
    {
        using var db = new DuckDbConnection("Data Source=:memory:");
        _ = Assert.Throws<InvalidOperationException>(() => db.Execute("SELECT 1"));
        _ = Assert.Throws<InvalidOperationException>(() => db.BeginTransaction());
        _ = Assert.Throws<InvalidOperationException>(() => db.CreateAppender("t"));
        _ = Assert.Throws<InvalidOperationException>(() => db.DuplicateConnection());
        db.Interrupt();
        db.Open();
        _ = Assert.Throws<InvalidOperationException>(db.Open);
        using var command = db.CreateCommand("SELECT 1");
        Assert.Equal(1, command.ExecuteScalar());
        db.Close();
        db.Close();
        Assert.Equal(ConnectionState.Closed, db.State);
        _ = Assert.Throws<InvalidOperationException>(command.ExecuteScalar);
        db.Open();
        Assert.Equal(1, command.ExecuteScalar());
    }

    [Fact]
    public void Transactions_commit_roll_back_and_roll_back_when_forgotten()
    {
        using var db = TestDatabase.Open();
        _ = db.Execute("CREATE TABLE t (a INTEGER)");
        using (var transaction = db.BeginTransaction())
        {
            _ = db.Execute("INSERT INTO t VALUES (1)");
            transaction.Commit();
            _ = Assert.Throws<InvalidOperationException>(transaction.Commit);
        }
        using (var transaction = db.BeginTransaction())
        {
            _ = db.Execute("INSERT INTO t VALUES (2)");
            _ = Assert.Throws<InvalidOperationException>(() => db.BeginTransaction());
            transaction.Rollback();
        }
        using (db.BeginTransaction())
        {
            _ = db.Execute("INSERT INTO t VALUES (3)");
            using var reader = db.CreateCommand("FROM t, range(100000)").ExecuteReader();
            Assert.True(reader.Read());
            // The reader is still open when the transaction goes.
        }
        using (db.BeginTransaction())
        {
            _ = Assert.Throws<DuckDbException>(() => db.Execute("INSERT INTO nowhere VALUES (4)"));
        }
        Assert.Equal(1L, db.Scalar("SELECT count(*) FROM t"));
        _ = Assert.Throws<NotSupportedException>(() => db.BeginTransaction(IsolationLevel.Chaos));
    }

    [Fact]
    public void Conflicting_transactions_are_told_as_transient()
    {
        using var one = TestDatabase.Open();
        using var two = one.DuplicateConnection();
        _ = one.Execute("CREATE TABLE t AS SELECT 1 AS a");
        using var first = one.BeginTransaction();
        using var second = two.BeginTransaction();
        _ = one.Execute("UPDATE t SET a = 2");
        var error = Assert.Throws<DuckDbException>(() => two.Execute("UPDATE t SET a = 3"));
        Assert.Equal(DuckDbErrorType.Transaction, error.ErrorType);
        Assert.True(error.IsTransient);
    }

    [Fact]
    public void Two_threads_on_one_connection_get_an_exception_not_a_crash()
    {
        using var db = TestDatabase.Open();
        var refused = 0;
        var done = 0;
        Parallel.For(
            0,
            8,
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            _ =>
            {
                for (var i = 0; i < 200; i++)
                {
                    try
                    {
                        Assert.Equal(1000L, db.Scalar("SELECT count(*) FROM range(1000)"));
                        _ = Interlocked.Increment(ref done);
                    }
                    catch (InvalidOperationException)
                    {
                        _ = Interlocked.Increment(ref refused);
                    }
                }
            }
        );
        Assert.Equal(1600, done + refused);
        Assert.True(refused > 0, "the threads never met");
        Assert.Equal(1, db.Scalar("SELECT 1"));
    }

    [Fact]
    public async Task Closing_a_connection_that_another_thread_uses_is_refused()
    {
        using var db = TestDatabase.Open();
        using var command = db.CreateCommand("SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b");
        var query = Task.Run(() =>
        {
            while (true)
            {
                try
                {
                    return Assert.Throws<DuckDbException>(() => command.ExecuteNonQuery());
                }
                catch (Xunit.Sdk.ThrowsException error) when (error.InnerException is InvalidOperationException)
                {
                    // Met the probe below: once more.
                }
            }
        });
        // Until the query holds the connection, closing would be lawful: try a harmless call first.
        SpinWait.SpinUntil(() =>
        {
            try
            {
                _ = db.Execute("SELECT 1");
                return false;
            }
            catch (InvalidOperationException)
            {
                return true;
            }
        });
        _ = Assert.Throws<InvalidOperationException>(db.Close);
        command.Cancel();
        Assert.Equal(DuckDbErrorType.Interrupt, (await query).ErrorType);
    }

    [Fact]
    public void Ten_thousand_connections_commands_and_readers_leave_nothing_behind()
    {
        using var keep = TestDatabase.Open();
        void Run(int times)
        {
            for (var i = 0; i < times; i++)
            {
                using var db = keep.DuplicateConnection();
                using var command = db.CreateCommand("SELECT $a, 'a text longer than twelve bytes' FROM range(3000)");
                _ = command.Parameters.AddWithValue("a", "also longer than twelve bytes");
                using var reader = command.ExecuteReader();
                Assert.True(reader.Read());
            }
        }
        Run(1000);
        var before = Resident();
        Run(10_000);
        var grown = Resident() - before;
        Assert.True(grown < 48 << 20, $"{grown >> 20} MiB more after ten thousand rounds");
    }

    [Fact]
    public void What_nobody_disposes_is_finalised_without_a_crash()
    {
        for (var i = 0; i < 50; i++)
        {
            Leak();
        }
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        using var db = TestDatabase.Open();
        Assert.Equal(1, db.Scalar("SELECT 1"));

        static void Leak()
        {
            var db = TestDatabase.Open();
            _ = db.Execute("CREATE TABLE t (a INTEGER)");
            var appender = db.CreateAppender("t");
            appender.Append(3000, 0, (chunk, _, _) => chunk.Column(0).Fill(1));
            var reader = db.CreateCommand("FROM range(100000)").ExecuteReader();
            Assert.True(reader.Read());
        }
    }

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var self = Process.GetCurrentProcess();
        return self.WorkingSet64;
    }
}
