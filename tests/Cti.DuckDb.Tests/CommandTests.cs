// Commands: parameters, several statements, errors, cancellation, and Dapper on top.

using System.Data;
using System.Diagnostics;
using Dapper;

namespace Cti.DuckDb.Tests;

public sealed class CommandTests : IDisposable
{
    // Days of work, interruptible at any time.
    private const string Endless = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b";

    private readonly DuckDbConnection _db = TestDatabase.Open();

    public void Dispose() => _db.Dispose();

    [Fact]
    public void Parameters_bind_by_name_with_any_prefix_and_any_case()
    {
        foreach (var prefix in new[] { "", "$", "@", ":" })
        {
            using var command = _db.CreateCommand("SELECT $first || $SECOND || $first");
            _ = command.Parameters.AddWithValue(prefix + "second", "b");
            _ = command.Parameters.AddWithValue(prefix + "First", "a");
            Assert.Equal("aba", command.ExecuteScalar());
        }
    }

    [Fact]
    public void Parameters_bind_by_place()
    {
        Assert.Equal("ab", _db.Scalar("SELECT ? || ?", "a", "b"));
        Assert.Equal("ba", _db.Scalar("SELECT $2 || $1", "a", "b"));
    }

    [Fact]
    public void A_missing_parameter_is_an_error_and_one_too_many_is_not()
    {
        var error = Assert.Throws<InvalidOperationException>(() => _db.Scalar("SELECT $wanted"));
        Assert.Contains("$wanted", error.Message, StringComparison.Ordinal);
        _ = Assert.Throws<InvalidOperationException>(() => _db.Scalar("SELECT ? + ?", 1));
        Assert.Equal(1, _db.Scalar("SELECT $1", 1, 2));
    }

    [Fact]
    public void A_prepared_command_runs_again_with_other_values()
    {
        using var command = _db.CreateCommand("SELECT $1 + 1");
        var parameter = command.Parameters.AddValue(0);
        command.Prepare();
        for (var i = 0; i < 100; i++)
        {
            parameter.Value = i;
            Assert.Equal(i + 1, Convert.ToInt32(command.ExecuteScalar()));
        }
        command.CommandText = "SELECT 'other'";
        Assert.Equal("other", command.ExecuteScalar());
    }

    [Fact]
    public void Rows_changed_are_summed_over_statements()
    {
        Assert.Equal(-1, _db.Execute("CREATE TABLE t (a INTEGER)"));
        Assert.Equal(3, _db.Execute("INSERT INTO t VALUES (1), (2); UPDATE t SET a = 5 WHERE a = 1"));
        Assert.Equal(0, _db.Execute("DELETE FROM t WHERE a = 99"));
        Assert.Equal(5, _db.Scalar("UPDATE t SET a = 5 WHERE a = 5 RETURNING a"));
        Assert.Null(_db.Scalar("SELECT 1 WHERE false"));
    }

    [Theory]
    [InlineData("SELEC 1", DuckDbErrorType.Parser)]
    [InlineData("", DuckDbErrorType.Parser)]
    [InlineData(" -- only a comment", DuckDbErrorType.Parser)]
    [InlineData("SELECT no_such_column", DuckDbErrorType.Binder)]
    [InlineData("FROM no_such_table", DuckDbErrorType.Catalog)]
    [InlineData("SELECT 'x'::INTEGER", DuckDbErrorType.Conversion)]
    [InlineData("SELECT CAST(i::VARCHAR || 'x' AS INTEGER) FROM range(9) t(i)", DuckDbErrorType.Conversion)]
    [InlineData("SELECT 9223372036854775807 + i FROM range(9) t(i)", DuckDbErrorType.OutOfRange)]
    [InlineData("COMMIT", DuckDbErrorType.Transaction)]
    [InlineData("FROM '/no/such/file.parquet'", DuckDbErrorType.Io)]
    [InlineData("SELECT error('mine')", DuckDbErrorType.InvalidInput)]
    [InlineData("CREATE TABLE t (a INTEGER NOT NULL); INSERT INTO t VALUES (NULL)", DuckDbErrorType.Constraint)]
    [InlineData("SET memory_limit = '1MB'; SELECT list(i) FROM range(10000000) t(i)", DuckDbErrorType.OutOfMemory)]
    public void Errors_have_their_class(string sql, DuckDbErrorType expected)
    {
        var error = Assert.Throws<DuckDbException>(() => _db.Execute(sql));
        Assert.Equal(expected, error.ErrorType);
        Assert.Equal((int)expected, error.ErrorCode);
        Assert.NotEmpty(error.Message);
        Assert.Equal(1, _db.Scalar("SELECT 1"));
    }

    [Fact]
    public void A_nul_in_sql_is_refused_rather_than_cut_off() =>
        Assert.Throws<ArgumentException>(() => _db.Execute("SELECT 1; \0 SELECT 2"));

    [Fact]
    public void A_long_query_stops_when_its_token_is_cancelled()
    {
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        using var command = _db.CreateCommand(Endless);
        var watch = Stopwatch.StartNew();
        _ = Assert.Throws<OperationCanceledException>(() => command.ExecuteNonQuery(source.Token));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30));
        Assert.Equal(1, _db.Scalar("SELECT 1"));
    }

    [Fact]
    public async Task Asynchronous_runs_are_cancelled_as_tasks()
    {
        using var source = new CancellationTokenSource();
        using var command = _db.CreateCommand(Endless);
        source.CancelAfter(100);
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => command.ExecuteScalarAsync(source.Token));
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => command.ExecuteReaderAsync(source.Token));
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => command.ExecuteNonQueryAsync(source.Token));
    }

    [Fact]
    public void A_token_stops_reading_too_but_not_the_next_command()
    {
        using var source = new CancellationTokenSource();
        using (var reader = _db.CreateCommand("FROM range(100000000000)").ExecuteReader(source.Token))
        {
            Assert.True(reader.Read());
            source.Cancel();
            _ = Assert.Throws<OperationCanceledException>(() =>
            {
                while (reader.Read()) { }
            });
        }
        Assert.Equal(100_000L, _db.Scalar("SELECT count(*) FROM range(100000)"));
    }

    [Fact]
    public void A_timeout_is_told_as_such()
    {
        using var command = _db.CreateCommand(Endless);
        command.CommandTimeout = 1;
        var error = Assert.Throws<DuckDbException>(command.ExecuteScalar);
        Assert.Equal(DuckDbErrorType.Interrupt, error.ErrorType);
        Assert.Contains("timeout of 1 s", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cancelling_what_does_not_run_does_nothing()
    {
        using var command = _db.CreateCommand("SELECT 1");
        command.Cancel();
        _db.Interrupt();
        Assert.Equal(1, command.ExecuteScalar());
        command.Cancel();
        Assert.Equal(1, command.ExecuteScalar());
    }

    private sealed record Row(long Id, string? Name, Guid Key, DateTime Seen, List<string> Labels);

    private sealed class Loose
    {
        public int Id { get; set; }
        public DayOfWeek Day { get; set; }
        public double? Score { get; set; }
    }

    [Fact]
    public void Dapper_reads_and_writes()
    {
        var (key, seen) = (Guid.NewGuid(), new DateTime(2026, 1, 2, 3, 4, 5));
        IDbConnection db = _db;
        _ = db.Execute("CREATE TABLE t (Id BIGINT, Name VARCHAR, Key UUID, Seen TIMESTAMP, Labels VARCHAR[])");
        var changed = db.Execute(
            "INSERT INTO t VALUES ($Id, $Name, $key, $seen, ['a', 'b'])",
            new[]
            {
                new
                {
                    Id = 1,
                    Name = (string?)"one",
                    key,
                    seen,
                },
                new
                {
                    Id = 2,
                    Name = (string?)null,
                    key,
                    seen,
                },
            }
        );
        Assert.Equal(2, changed);
        var rows = db.Query<Row>("FROM t WHERE Id >= $least ORDER BY Id", new { least = 1 }).ToList();
        Assert.Equal([1L, 2L], rows.Select(r => r.Id));
        Assert.Equal(("one", null), (rows[0].Name, rows[1].Name));
        Assert.Equal((key, seen), (rows[0].Key, rows[0].Seen));
        Assert.Equal(["a", "b"], rows[0].Labels);
        Assert.Equal(
            2,
            db.Query<long>("SELECT Id FROM t WHERE Id IN $ids", new { ids = Enumerable.Range(1, 3) }).Count()
        );
        _ = Assert.Single(db.Query("FROM t WHERE Name IN $names", new { names = new List<string> { "one" } }));
        Assert.Equal(2L, db.ExecuteScalar<long>("SELECT count(*) FROM t"));
        var loose = db.QuerySingle<Loose>(
            "SELECT 7::BIGINT AS Id, $day AS Day, NULL AS Score",
            new { day = DayOfWeek.Friday }
        );
        Assert.Equal((7, DayOfWeek.Friday, null), (loose.Id, loose.Day, loose.Score));
        Assert.Equal(5000, db.Query<long>("FROM range(5000)", buffered: false).Count());
    }

    [Fact]
    public async Task Dapper_runs_asynchronously_and_in_transactions()
    {
        IDbConnection db = _db;
        _ = await db.ExecuteAsync("CREATE TABLE t (a INTEGER)");
        using (var transaction = db.BeginTransaction())
        {
            _ = await db.ExecuteAsync("INSERT INTO t VALUES ($a)", new { a = 1 }, transaction);
        }
        Assert.Equal(0L, await db.QuerySingleAsync<long>("SELECT count(*) FROM t"));
        using var results = await db.QueryMultipleAsync("SELECT 1; SELECT 'two'");
        Assert.Equal(1, await results.ReadSingleAsync<int>());
        Assert.Equal("two", await results.ReadSingleAsync<string>());
    }
}
