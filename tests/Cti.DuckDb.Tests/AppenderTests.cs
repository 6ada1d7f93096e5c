// The columnar appender: what it writes is what an INSERT would have written, for any number of rows.

using System.Text;

namespace Cti.DuckDb.Tests;

public sealed class AppenderTests : IDisposable
{
    private readonly DuckDbConnection _db = TestDatabase.Open();

    public void Dispose() => _db.Dispose();

    /// <summary>Texts laid out as a batch has them: one buffer, starts and lengths; -1 is NULL.</summary>
    private sealed record Arena(byte[] Bytes, int[] Starts, int[] Lengths)
    {
        public static Arena Of(IEnumerable<string?> texts)
        {
            var (bytes, starts, lengths) = (new MemoryStream(), new List<int>(), new List<int>());
            foreach (var text in texts)
            {
                starts.Add((int)bytes.Length);
                lengths.Add(text is null ? -1 : Encoding.UTF8.GetByteCount(text));
                bytes.Write(Encoding.UTF8.GetBytes(text ?? "junk under a NULL"));
            }
            return new Arena(bytes.ToArray(), [.. starts], [.. lengths]);
        }
    }

    private static string? TextOf(int i) =>
        (i % 7) switch
        {
            0 => null,
            1 => "",
            2 => "twelve bytes",
            3 => "thirteen byte",
            4 => "é" + i,
            5 => "a\0b" + i,
            _ => $"http://host{i}.example/a/long/path/that/never/ends?id={i}",
        };

    private long Count(string table = "t") => _db.Scalar<long>($"SELECT count(*) FROM {table}");

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2047)]
    [InlineData(2048)]
    [InlineData(2049)]
    [InlineData(10_000)]
    public void Appended_rows_equal_inserted_rows(int rows)
    {
        const string columns =
            "i INTEGER, l BIGINT, b BOOLEAN, d DOUBLE, id UUID, seen TIMESTAMP, big UHUGEINT, s VARCHAR";
        _ = _db.Execute($"CREATE TABLE appended ({columns}); CREATE TABLE inserted ({columns})");
        var numbers = Enumerable.Range(0, rows).ToArray();
        var longs = Array.ConvertAll(numbers, i => i % 5 == 0 ? long.MinValue : i * 1_000_000_007L);
        var flags = Array.ConvertAll(numbers, i => i % 3 == 0);
        var doubles = Array.ConvertAll(numbers, i => i / 7.0);
        var ids = Array.ConvertAll(numbers, i => new UInt128(0x8000_0000_0000_0000 ^ ((ulong)i << 50), (ulong)i * 77));
        var bigs = Array.ConvertAll(ids, id => id * 3);
        var noId = Array.ConvertAll(numbers, i => i % 2048 is 0 or 2047);
        var texts = Arena.Of(numbers.Select(TextOf));
        using (var appender = _db.CreateAppender("appended"))
        {
            appender.Append(
                rows,
                0,
                (chunk, _, offset) =>
                {
                    var count = chunk.Count;
                    chunk.Column(0).Write<int>(numbers.AsSpan(offset, count));
                    chunk.Column(1).Write(longs.AsSpan(offset, count), long.MinValue);
                    chunk.Column(2).Write<bool>(flags.AsSpan(offset, count));
                    chunk.Column(3).Write<double>(doubles.AsSpan(offset, count));
                    chunk.Column(4).WriteUuids(ids.AsSpan(offset, count));
                    chunk.Column(4).SetNulls(noId.AsSpan(offset, count));
                    chunk.Column(5).Fill(1_000_000L);
                    chunk.Column(6).Write<UInt128>(bigs.AsSpan(offset, count));
                    chunk
                        .Column(7)
                        .WriteStrings(
                            texts.Bytes,
                            texts.Starts.AsSpan(offset, count),
                            texts.Lengths.AsSpan(offset, count)
                        );
                }
            );
            appender.Close();
        }
        using (var transaction = _db.BeginTransaction())
        using (
            var insert = _db.CreateCommand(
                "INSERT INTO inserted VALUES (?, ?, ?, ?, ?, TIMESTAMP '1970-01-01 00:00:01', ?, ?)"
            )
        )
        {
            for (var i = 0; i < rows; i++)
            {
                insert.Parameters.Clear();
                _ = insert.Parameters.AddValue(i);
                _ = insert.Parameters.AddValue(longs[i] == long.MinValue ? null : longs[i]);
                _ = insert.Parameters.AddValue(flags[i]);
                _ = insert.Parameters.AddValue(doubles[i]);
                _ = insert.Parameters.AddValue(noId[i] ? null : Uuids.ToGuid(ids[i]));
                _ = insert.Parameters.AddValue(bigs[i]);
                _ = insert.Parameters.AddValue(TextOf(i));
                _ = insert.ExecuteNonQuery();
            }
            transaction.Commit();
        }
        Assert.Equal(rows, Count("appended"));
        Assert.Equal(0L, _db.Scalar("SELECT count(*) FROM (FROM appended EXCEPT ALL FROM inserted)"));
        Assert.Equal(0L, _db.Scalar("SELECT count(*) FROM (FROM inserted EXCEPT ALL FROM appended)"));
    }

    [Fact]
    public void Texts_and_blobs_of_every_length_arrive_whole()
    {
        _ = _db.Execute("CREATE TABLE t (s VARCHAR, b BLOB)");
        var lengths = new[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 63, 64, 65, 4096, 100_000 };
        var texts = lengths
            .Select(n => string.Concat(Enumerable.Range(0, n).Select(i => (char)('a' + i % 26))))
            .ToArray();
        var blobs = lengths.Select(n => Enumerable.Range(0, n).Select(i => (byte)(i * 7 + 128)).ToArray()).ToArray();
        var bytes = blobs.SelectMany(b => b).ToArray();
        var starts = blobs.Select((_, i) => blobs.Take(i).Sum(b => b.Length)).ToArray();
        var arena = Arena.Of(texts);
        using (var appender = _db.CreateAppender("t"))
        {
            using var chunk = appender.NewChunk(lengths.Length);
            chunk.Column(0).WriteStrings(arena.Bytes, arena.Starts, arena.Lengths);
            chunk.Column(1).WriteStrings(bytes, starts, lengths);
            chunk.Append();
            // Appending has copied: what happens to the arena now does not matter.
            Array.Clear(arena.Bytes);
            Array.Clear(bytes);
            GC.Collect();
            appender.Close();
        }
        using var reader = _db.CreateCommand("FROM t").ExecuteReader();
        for (var i = 0; i < lengths.Length; i++)
        {
            Assert.True(reader.Read());
            Assert.Equal(texts[i], reader.GetString(0));
            Assert.Equal(blobs[i], reader.GetFieldValue<byte[]>(1));
        }
        reader.Close();
        // Equality compares all 16 bytes of a short text: nothing of a former one may be left in them.
        Assert.Equal(1L, _db.Scalar("SELECT count(*) FROM t WHERE s = 'abc'"));
        Assert.Equal(1L, _db.Scalar("SELECT count(*) FROM t WHERE s = 'abcdefghijk'"));
    }

    [Fact]
    public void A_short_text_leaves_nothing_of_a_longer_one_before_it()
    {
        _ = _db.Execute("CREATE TABLE t (s VARCHAR)");
        using var appender = _db.CreateAppender("t");
        foreach (var text in new[] { "a text of more than twelve bytes", "abcdefghijkl", "ab", "" })
        {
            using var chunk = appender.NewChunk(1);
            chunk.Column(0).WriteStrings([text]);
            chunk.Append();
        }
        appender.Close();
        Assert.Equal(1L, _db.Scalar("SELECT count(*) FROM t WHERE s = 'ab'"));
        Assert.Equal(1L, _db.Scalar("SELECT count(*) FROM t WHERE s = ''"));
    }

    [Fact]
    public void Coded_and_constant_columns_are_written()
    {
        _ = _db.Execute("CREATE TABLE t (code VARCHAR, same VARCHAR, id UUID, n INTEGER, g UUID, seen TIMESTAMPTZ)");
        var table = new DuckDbStringTable("url", "a code that is longer than twelve", "ip");
        var codes = Enumerable.Range(0, 5000).Select(i => i % 4 - 1).ToArray();
        var guids = codes.Select(_ => Guid.NewGuid()).ToArray();
        var time = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        using (var appender = _db.CreateAppender("t"))
        {
            appender.Append(
                codes.Length,
                table,
                (chunk, texts, offset) =>
                {
                    chunk.Column(0).WriteCoded(codes.AsSpan(offset, chunk.Count), texts);
                    chunk.Column(1).FillString("the same text everywhere"u8.ToArray());
                    chunk.Column(2).FillUuid(UInt128.MaxValue);
                    chunk.Column(3).WriteNulls();
                    chunk.Column(4).WriteUuids(guids.AsSpan(offset, chunk.Count));
                    chunk.Column(5).WriteTimes(Enumerable.Repeat(time, chunk.Count).ToArray());
                }
            );
            appender.Close();
        }
        Assert.Equal(1250L, _db.Scalar("SELECT count(*) FROM t WHERE code IS NULL"));
        Assert.Equal(1250L, _db.Scalar("SELECT count(*) FROM t WHERE code = 'url'"));
        Assert.Equal(1250L, _db.Scalar("SELECT count(*) FROM t WHERE code = 'a code that is longer than twelve'"));
        Assert.Equal(5000L, _db.Scalar("SELECT count(*) FROM t WHERE same = 'the same text everywhere' AND n IS NULL"));
        Assert.Equal(5000L, _db.Scalar("SELECT count(*) FROM t WHERE id = 'ffffffff-ffff-ffff-ffff-ffffffffffff'"));
        Assert.Equal(5000L, _db.Scalar("SELECT count(*) FROM t WHERE seen = $1", new DateTimeOffset(time)));
        Assert.Equal(guids.Order(), _db.Scalar<Guid[]>("SELECT list(g ORDER BY g) FROM t"));
    }

    [Fact]
    public void Lists_of_texts_cross_chunk_borders()
    {
        _ = _db.Execute("CREATE TABLE t (i INTEGER, labels VARCHAR[])");
        const int rows = 5000;
        var lists = Enumerable
            .Range(0, rows)
            .Select(i => i % 5 == 0 ? null : Enumerable.Range(0, i % 4).Select(k => TextOf(i + k)).ToArray())
            .ToArray();
        var arena = Arena.Of(lists.SelectMany(list => list ?? []));
        var lengths = lists.Select(list => list?.Length ?? -1).ToArray();
        var starts = new int[rows];
        for (var i = 1; i < rows; i++)
        {
            starts[i] = starts[i - 1] + Math.Max(0, lengths[i - 1]);
        }
        using (var appender = _db.CreateAppender("t"))
        {
            appender.Append(
                rows,
                0,
                (chunk, _, offset) =>
                {
                    chunk.Column(0).Write<int>(Enumerable.Range(offset, chunk.Count).ToArray());
                    chunk
                        .Column(1)
                        .WriteStringLists(
                            starts.AsSpan(offset, chunk.Count),
                            lengths.AsSpan(offset, chunk.Count),
                            arena.Bytes,
                            arena.Starts,
                            arena.Lengths
                        );
                }
            );
            appender.Close();
        }
        using var reader = _db.CreateCommand("FROM t ORDER BY i").ExecuteReader();
        for (var i = 0; i < rows; i++)
        {
            Assert.True(reader.Read());
            Assert.Equal(lists[i] is null, reader.IsDBNull(1));
            Assert.Equal(lists[i] ?? [], reader.IsDBNull(1) ? [] : reader.GetFieldValue<string?[]>(1));
        }
    }

    [Fact]
    public void Some_columns_can_be_filled_and_the_others_take_their_defaults()
    {
        _ = _db.Execute(
            "CREATE SCHEMA s; CREATE TABLE s.\"odd \"\"name\" (a INTEGER, b VARCHAR DEFAULT 'x', c INTEGER)"
        );
        using var appender = _db.CreateAppender(null, "s", "odd \"name", "c", "a");
        Assert.Equal(2, appender.Columns.Count);
        using var chunk = appender.NewChunk(1);
        chunk.Column(0).Fill(3);
        chunk.Column(1).Fill(1);
        chunk.Append();
        appender.Close();
        Assert.Equal("1x3", _db.Scalar("SELECT concat(a, b, c) FROM s.\"odd \"\"name\""));
    }

    [Fact]
    public void Dispose_without_close_discards_and_flush_keeps()
    {
        _ = _db.Execute("CREATE TABLE t (a INTEGER)");
        using (var appender = _db.CreateAppender("t"))
        {
            appender.Append(5000, 0, (chunk, _, _) => chunk.Column(0).Fill(1));
        }
        Assert.Equal(0, Count());
        using (var appender = _db.CreateAppender("t"))
        {
            appender.Append(10, 0, (chunk, _, _) => chunk.Column(0).Fill(1));
            appender.Flush();
            appender.Append(10, 0, (chunk, _, _) => chunk.Column(0).Fill(2));
        }
        Assert.Equal(10, Count());
    }

    [Fact]
    public void Many_rows_do_not_wait_for_the_end()
    {
        _ = _db.Execute("CREATE TABLE t (a INTEGER)");
        using var appender = _db.CreateAppender("t");
        appender.Append(DuckDbAppender.MostWaiting - 1, 0, (chunk, _, _) => chunk.Column(0).Fill(1));
        Assert.Equal(0, Count());
        appender.Append(1, 0, (chunk, _, _) => chunk.Column(0).Fill(1));
        Assert.Equal(DuckDbAppender.MostWaiting, Count());
    }

    [Fact]
    public void A_batch_in_a_transaction_that_rolls_back_leaves_nothing()
    {
        _ = _db.Execute("CREATE TABLE t (a INTEGER)");
        using (_db.BeginTransaction())
        {
            using var appender = _db.CreateAppender("t");
            appender.Append(500_000, 0, (chunk, _, _) => chunk.Column(0).Fill(1));
            appender.Close();
            Assert.Equal(500_000, Count());
        }
        Assert.Equal(0, Count());
    }

    [Fact]
    public void Constraint_violations_come_as_exceptions()
    {
        _ = _db.Execute("CREATE TABLE t (a INTEGER NOT NULL CHECK (a < 10))");
        foreach (var value in new int?[] { 11, null })
        {
            using var appender = _db.CreateAppender("t");
            using var chunk = appender.NewChunk(1);
            chunk.Column(0).Fill(value ?? 0);
            if (value is null)
            {
                chunk.Column(0).SetNull(0);
            }
            chunk.Append();
            var error = Assert.Throws<DuckDbException>(appender.Close);
            Assert.Equal(DuckDbErrorType.Constraint, error.ErrorType);
        }
        Assert.Equal(0, Count());
        var missing = Assert.Throws<DuckDbException>(() => _db.CreateAppender("nowhere"));
        Assert.Contains("nowhere", missing.Message, StringComparison.Ordinal);
        Assert.Equal(DuckDbErrorType.Catalog, missing.ErrorType);
        _ = Assert.Throws<DuckDbException>(() => _db.CreateAppender("t", "no_such_column"));
    }

    [Fact]
    public void Misuse_is_refused_before_DuckDB_sees_it()
    {
        _ = _db.Execute("CREATE TABLE t (a INTEGER, s VARCHAR)");
        var appender = _db.CreateAppender("t");
        var chunk = appender.NewChunk(2);
        _ = Assert.Throws<InvalidOperationException>(() => appender.NewChunk(1));
        _ = Assert.Throws<InvalidCastException>(() => chunk.Column(0).Fill(1L));
        _ = Assert.Throws<ArgumentException>(() => chunk.Column(0).Write<int>([1, 2, 3]));
        _ = Assert.Throws<ArgumentException>(() => chunk.Column(1).WriteStrings(new byte[4], [0, 2], [4, 3]));
        _ = Assert.Throws<ArgumentException>(() => chunk.Column(1).WriteStrings(new byte[4], [0, -1], [4, 1]));
        _ = Assert.Throws<ArgumentException>(() =>
            chunk.Column(1).WriteStrings(new byte[4], [0, int.MaxValue], [4, 1])
        );
        byte[] half = [0xC3, 0xA9, 0xC3, (byte)'a', (byte)'b', (byte)'c', (byte)'d', (byte)'e', (byte)'f'];
        _ = Assert.Throws<ArgumentException>(() => chunk.Column(1).WriteStrings(half, [0, 2], [2, 7]));
        _ = Assert.Throws<ArgumentException>(() => chunk.Column(1).WriteStrings(half, [1, 3], [1, 3]));
        _ = Assert.Throws<ArgumentException>(() => chunk.Column(1).WriteCoded([0, 1], new DuckDbStringTable("x")));
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => chunk.Column(0).SetNull(2));
        // A text column that failed half-way is not appended, even if it had been written before.
        chunk.Column(0).Fill(1);
        chunk.Column(1).WriteStrings(["fine", "fine"]);
        _ = Assert.Throws<ArgumentException>(() => chunk.Column(1).WriteStrings(half, [0, 2], [2, 7]));
        _ = Assert.Throws<InvalidOperationException>(chunk.Append);
        chunk.Dispose();
        chunk = appender.NewChunk(2);
        chunk.Column(1).WriteNulls();
        _ = Assert.Throws<InvalidOperationException>(chunk.Append);
        chunk.Dispose();
        _ = Assert.Throws<ObjectDisposedException>(() => chunk.Column(0));
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => appender.NewChunk(2049));
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => appender.NewChunk(0));
        appender.Dispose();
        _ = Assert.Throws<ObjectDisposedException>(() => appender.NewChunk(1));
        _ = Assert.Throws<ObjectDisposedException>(appender.Flush);
        Assert.Equal(0, Count());
    }

    [Fact]
    public void An_appender_ends_with_its_connection()
    {
        using var other = _db.DuplicateConnection();
        _ = _db.Execute("CREATE TABLE t (a INTEGER)");
        var appender = other.CreateAppender("t");
        appender.Append(1, 0, (chunk, _, _) => chunk.Column(0).Fill(1));
        other.Close();
        _ = Assert.Throws<ObjectDisposedException>(appender.Close);
        Assert.Equal(0, Count());
    }

    [Fact]
    public void Nothing_is_appended_while_a_reader_is_open()
    {
        _ = _db.Execute("CREATE TABLE t (a INTEGER)");
        using var appender = _db.CreateAppender("t");
        using var reader = _db.CreateCommand("FROM range(10000)").ExecuteReader();
        _ = Assert.Throws<InvalidOperationException>(appender.Flush);
    }
}
