// The streaming reader: rows, chunks, results, and what it refuses.

using System.Data;
using System.Text;

namespace Cti.DuckDb.Tests;

public sealed class ReaderTests : IDisposable
{
    private readonly DuckDbConnection _db = TestDatabase.Open();

    public void Dispose() => _db.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2047)]
    [InlineData(2048)]
    [InlineData(2049)]
    [InlineData(10_000)]
    public void Every_row_comes_once_and_in_order(int rows)
    {
        const string sql =
            "SELECT i, CASE WHEN i % 3 <> 0 THEN i * 2 END, 'text number ' || i FROM range($1) t(i) ORDER BY i";
        using var command = _db.CreateCommand(sql);
        _ = command.Parameters.AddValue(rows);
        using (var reader = command.ExecuteReader())
        {
            Assert.Equal(rows > 0, reader.HasRows);
            for (var i = 0; i < rows; i++)
            {
                Assert.True(reader.Read());
                Assert.Equal(i, reader.GetInt64(0));
                Assert.Equal(i % 3 == 0, reader.IsDBNull(1));
                Assert.Equal($"text number {i}", reader.GetString(2));
            }
            Assert.False(reader.Read());
            Assert.False(reader.Read());
        }
        using (var reader = command.ExecuteReader())
        {
            var next = 0;
            while (reader.NextChunk() is { } chunk)
            {
                var values = chunk.Column(0).Values<long>();
                Assert.Equal(chunk.Count, values.Length);
                for (var row = 0; row < chunk.Count; row++, next++)
                {
                    Assert.Equal(next, values[row]);
                    Assert.Equal(next % 3 == 0, chunk.Column(1).IsNull(row));
                    Assert.Equal($"text number {next}", Encoding.UTF8.GetString(chunk.Column(2).Bytes(row)));
                }
            }
            Assert.Equal(rows, next);
            Assert.Null(reader.NextChunk());
        }
    }

    [Fact]
    public void Nested_columns_are_read_in_place()
    {
        const string sql = """
            SELECT CASE WHEN i % 4 <> 0 THEN list_transform(range(i % 3), x -> 'element ' || i) END AS texts,
                {'a': i, 'b': i::VARCHAR} AS pair, uuid() AS id
            FROM range(5000) t(i) ORDER BY i
            """;
        using var reader = _db.CreateCommand(sql).ExecuteReader();
        var next = 0;
        while (reader.NextChunk() is { } chunk)
        {
            var texts = chunk.Column(0);
            var elements = texts.Child();
            var pair = chunk.Column(1);
            var a = pair.Child(0).Values<long>();
            var ids = new UInt128[chunk.Count];
            chunk.Column(2).CopyUuids(ids);
            for (var row = 0; row < chunk.Count; row++, next++)
            {
                var (start, length) = texts.Range(row);
                Assert.Equal(next % 4 == 0 ? 0 : next % 3, length);
                for (var i = start; i < start + length; i++)
                {
                    Assert.Equal($"element {next}", elements.Text(i));
                }
                Assert.Equal(next, a[row]);
                Assert.Equal(next.ToString(), pair.Child(1).Text(row));
                Assert.Equal('4', Uuids.ToGuid(ids[row]).ToString()[14]); // version 4
            }
        }
        Assert.Equal(5000, next);
    }

    [Fact]
    public void A_chunk_is_gone_once_the_reader_moves_on()
    {
        using var reader = _db.CreateCommand("FROM range(5000)").ExecuteReader();
        var first = reader.NextChunk()!;
        Assert.Equal(2048, first.Count);
        Assert.NotNull(reader.NextChunk());
        _ = Assert.Throws<ObjectDisposedException>(() => first.Column(0));
        var second = reader.NextChunk()!;
        reader.Close();
        _ = Assert.Throws<ObjectDisposedException>(() => second.Column(0));
    }

    [Fact]
    public void A_column_gives_only_its_own_type_and_rows()
    {
        using var reader = _db.CreateCommand("SELECT 1, 'x', NULL::VARCHAR").ExecuteReader();
        var chunk = reader.NextChunk()!;
        _ = Assert.Throws<InvalidCastException>(() => _ = chunk.Column(0).Values<long>());
        _ = Assert.Throws<InvalidCastException>(() => _ = chunk.Column(0).Bytes(0));
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => _ = chunk.Column(1).Bytes(1));
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => chunk.Column(1).IsNull(-1));
        Assert.True(chunk.Column(2).Bytes(0).IsEmpty);
        Assert.Null(chunk.Column(2).Text(0));
    }

    [Fact]
    public void Rows_are_streamed_not_gathered()
    {
        // 10^11 rows would never end, and never fit.
        using var reader = _db.CreateCommand("FROM range(100000000000)").ExecuteReader();
        for (var i = 0; i < 5000; i++)
        {
            Assert.True(reader.Read());
            Assert.Equal(i, reader.GetInt64(0));
        }
    }

    [Fact]
    public void An_error_in_a_later_chunk_is_thrown_not_taken_for_the_end()
    {
        using var reader = _db.CreateCommand(
                "SELECT CASE WHEN i = 900000 THEN error('stop here') ELSE i::VARCHAR END FROM range(1000000) t(i)"
            )
            .ExecuteReader();
        var error = Assert.Throws<DuckDbException>(() =>
        {
            while (reader.Read()) { }
        });
        Assert.Contains("stop here", error.Message, StringComparison.Ordinal);
        Assert.Equal(DuckDbErrorType.InvalidInput, error.ErrorType);
    }

    [Fact]
    public void Names_and_types_are_told()
    {
        using var reader = _db.CreateCommand("SELECT 1 AS a, 2 AS A, 1.5 AS d, ['x'] AS l, {f: 1} AS s")
            .ExecuteReader();
        Assert.Equal(5, reader.FieldCount);
        Assert.Equal(["a", "A", "d", "l", "s"], Enumerable.Range(0, 5).Select(reader.GetName));
        Assert.Equal((0, 1, 3), (reader.GetOrdinal("a"), reader.GetOrdinal("A"), reader.GetOrdinal("L")));
        Assert.Equal("DECIMAL(2,1)", reader.GetDataTypeName(2));
        Assert.Equal("VARCHAR[]", reader.GetDataTypeName(3));
        Assert.Equal("STRUCT(f INTEGER)", reader.GetDataTypeName(4));
        Assert.Equal(typeof(List<string>), reader.GetFieldType(3));
        _ = Assert.Throws<IndexOutOfRangeException>(() => reader.GetOrdinal("nope"));
        _ = Assert.ThrowsAny<ArgumentException>(() => reader.GetName(5));
        _ = Assert.Throws<InvalidOperationException>(() => reader.GetInt32(0));
        Assert.True(reader.Read());
        Assert.Equal(1, reader["a"]);
        Assert.False(reader.Read());
        _ = Assert.Throws<InvalidOperationException>(() => reader.GetInt32(0));
    }

    [Fact]
    public void Several_statements_give_several_results()
    {
        using var command = _db.CreateCommand(
            "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (2); SELECT 'first'; DELETE FROM t WHERE a = 1; FROM t"
        );
        using var reader = command.ExecuteReader();
        Assert.Equal(2, reader.RecordsAffected);
        Assert.True(reader.Read());
        Assert.Equal("first", reader.GetString(0));
        Assert.True(reader.NextResult());
        Assert.Equal(3, reader.RecordsAffected);
        Assert.True(reader.Read());
        Assert.Equal(2, reader.GetInt32(0));
        Assert.False(reader.Read());
        Assert.False(reader.NextResult());
    }

    [Fact]
    public void One_reader_at_a_time_and_the_connection_is_free_after_it()
    {
        using (var reader = _db.CreateCommand("FROM range(100000)").ExecuteReader())
        {
            Assert.True(reader.Read());
            _ = Assert.Throws<InvalidOperationException>(() => _db.Scalar("SELECT 1"));
            using var other = _db.DuplicateConnection();
            Assert.Equal(1, other.Scalar("SELECT 1"));
            Assert.True(reader.Read());
        }
        Assert.Equal(1, _db.Scalar("SELECT 1"));
    }

    [Fact]
    public void A_reader_of_a_closed_connection_refuses()
    {
        var db = TestDatabase.Open();
        var reader = db.CreateCommand("FROM range(100000)").ExecuteReader();
        Assert.True(reader.Read());
        db.Close();
        Assert.True(reader.IsClosed);
        _ = Assert.Throws<ObjectDisposedException>(() => reader.Read());
        _ = Assert.Throws<ObjectDisposedException>(() => reader.NextChunk());
        _ = Assert.Throws<ObjectDisposedException>(() => reader.NextResult());
        _ = Assert.Throws<ObjectDisposedException>(() => reader.GetInt64(0));
        _ = Assert.Throws<ObjectDisposedException>(() => reader.GetName(0));
        reader.Dispose();
        reader.Dispose();
    }

    [Fact]
    public void Closing_the_reader_can_close_the_connection()
    {
        var db = TestDatabase.Open();
        using (
            var reader = ((System.Data.Common.DbCommand)db.CreateCommand("SELECT 1")).ExecuteReader(
                CommandBehavior.CloseConnection
            )
        )
        {
            Assert.True(reader.Read());
        }
        Assert.Equal(ConnectionState.Closed, db.State);
    }

    [Fact]
    public async Task Reading_asynchronously_gives_the_same_rows()
    {
        await using var reader = await _db.CreateCommand("FROM range(5000)").ExecuteReaderAsync();
        var next = 0L;
        while (await reader.ReadAsync())
        {
            Assert.Equal(next++, reader.GetInt64(0));
        }
        Assert.Equal(5000, next);
    }

    [Fact]
    public void Chunks_are_read_without_allocating_per_row()
    {
        _ = _db.Execute(
            "CREATE TABLE wide AS SELECT i, i AS a, i AS b, i AS c, i / 2 AS d, uuid() AS u, i::HUGEINT AS h, i % 2 = 0 AS f,"
                + "i::INTEGER AS n, i::UHUGEINT AS o, now()::TIMESTAMP AS w, 'short' AS s, 'a longer text ' || i AS l, NULL::VARCHAR AS z FROM range(200000) t(i)"
        );
        long Run()
        {
            using var reader = _db.CreateCommand("FROM wide").ExecuteReader();
            var before = GC.GetAllocatedBytesForCurrentThread();
            var sum = 0L;
            while (reader.NextChunk() is { } chunk)
            {
                var texts = chunk.Column(12);
                for (var row = 0; row < chunk.Count; row++)
                {
                    sum += texts.Bytes(row).Length;
                }
            }
            Assert.True(sum > 200_000);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
        _ = Run();
        Assert.InRange(Run(), 0, 98 * 400); // 98 chunks: two small objects each
    }
}
