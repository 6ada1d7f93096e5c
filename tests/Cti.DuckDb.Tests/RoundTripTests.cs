// Every type the store uses, as parameter and as result.

using System.Collections;
using System.Numerics;
using System.Text;

namespace Cti.DuckDb.Tests;

public sealed class RoundTripTests : IDisposable
{
    private readonly DuckDbConnection _db = TestDatabase.Open();

    public void Dispose() => _db.Dispose();

    /// <summary>Through a parameter, a cast to the column type, and back; also its text as DuckDB prints it.</summary>
    private void Check<T>(string type, T value, string? text = null)
    {
        Assert.Equal(value, _db.Scalar<T>($"SELECT $1::{type}", value));
        _ = _db.Execute($"CREATE OR REPLACE TABLE t (v {type})");
        using (var insert = _db.CreateCommand("INSERT INTO t VALUES ($v)"))
        {
            _ = insert.Parameters.AddWithValue("v", value);
            Assert.Equal(1, insert.ExecuteNonQuery());
        }
        Assert.Equal(value, _db.Scalar<T>("SELECT v FROM t"));
        if (text is not null)
        {
            Assert.Equal(text, _db.Scalar<string>("SELECT v::VARCHAR FROM t"));
        }
    }

    [Fact]
    public void Integers_of_every_width_survive_at_their_limits()
    {
        foreach (var v in new[] { sbyte.MinValue, (sbyte)0, sbyte.MaxValue })
            Check("TINYINT", v);
        foreach (var v in new[] { short.MinValue, short.MaxValue })
            Check("SMALLINT", v);
        foreach (var v in new[] { int.MinValue, 0, int.MaxValue })
            Check("INTEGER", v);
        foreach (var v in new[] { long.MinValue, -1, long.MaxValue })
            Check("BIGINT", v);
        Check("UTINYINT", byte.MaxValue);
        Check("USMALLINT", ushort.MaxValue);
        Check("UINTEGER", uint.MaxValue);
        Check("UBIGINT", ulong.MaxValue);
        foreach (var v in new[] { Int128.MinValue + 1, -1, (Int128)ulong.MaxValue + 7, Int128.MaxValue })
            Check("HUGEINT", v, v.ToString());
        foreach (var v in new[] { UInt128.Zero, (UInt128)ulong.MaxValue + 7, UInt128.MaxValue })
            Check("UHUGEINT", v, v.ToString());
    }

    [Fact]
    public void Random_numbers_of_128_bits_survive()
    {
        var random = new Random(1);
        var bytes = new byte[16];
        for (var i = 0; i < 200; i++)
        {
            random.NextBytes(bytes);
            var value = new UInt128(BitConverter.ToUInt64(bytes), BitConverter.ToUInt64(bytes, 8));
            Assert.Equal(value, _db.Scalar<UInt128>("SELECT $1", value));
            Assert.Equal((Int128)value, _db.Scalar<Int128>("SELECT $1", (Int128)value));
            Assert.Equal((BigInteger)value, _db.Scalar<BigInteger>("SELECT $1", (BigInteger)value));
            Assert.Equal(value, Uuids.ToBits(Uuids.ToGuid(value)));
            Assert.Equal(Uuids.ToGuid(value), _db.Scalar<Guid>("SELECT $1", Uuids.ToGuid(value)));
        }
    }

    [Fact]
    public void A_number_that_does_not_fit_is_refused_not_cut()
    {
        _ = Assert.Throws<OverflowException>(() => _db.Scalar<int>("SELECT 5000000000"));
        _ = Assert.Throws<OverflowException>(() => _db.Scalar<byte>("SELECT -1"));
        _ = Assert.Throws<OverflowException>(() => _db.Scalar<object>("SELECT $1", BigInteger.Pow(2, 130)));
        Assert.Equal(5L, _db.Scalar<long>("SELECT 5::TINYINT"));
    }

    [Fact]
    public void Floats_booleans_and_decimals_survive()
    {
        Check("BOOLEAN", true, "true");
        Check("BOOLEAN", false);
        foreach (var v in new[] { 0f, -1.5f, float.MaxValue, float.NaN, float.PositiveInfinity })
            Check("FLOAT", v);
        foreach (var v in new[] { 0d, Math.PI, double.Epsilon, double.NegativeInfinity })
            Check("DOUBLE", v);
        Check("DECIMAL(4,1)", 999.9m, "999.9");
        Check("DECIMAL(9,2)", -1234567.89m, "-1234567.89");
        Check("DECIMAL(18,6)", 0.000001m, "0.000001");
        Check("DECIMAL(38,10)", 79228162514264.1234567890m);
        Check("DECIMAL(28,0)", 1234567890123456789012345678m);
        Assert.Equal("1.50", _db.Scalar<string>("SELECT $1::VARCHAR", 1.50m));
        _ = Assert.Throws<OverflowException>(() =>
            _db.Scalar<decimal>("SELECT (10::DECIMAL(38,0)**37)::DECIMAL(38,0) - 1")
        );
    }

    [Fact]
    public void Texts_of_every_length_and_script_survive()
    {
        foreach (var length in new[] { 0, 1, 4, 7, 8, 11, 12, 13, 64, 4096, 100_000 })
        {
            Check("VARCHAR", new string('x', length));
            Check("VARCHAR", new string('ü', length));
        }
        Check("VARCHAR", "日本語 🦆 \0 after a NUL \u0001\n'\"--;");
        _ = Assert.ThrowsAny<ArgumentException>(() => _db.Scalar("SELECT $1", "\ud800 alone"));
        Assert.Equal('x', _db.Scalar<string>("SELECT $1", 'x')[0]);
    }

    [Fact]
    public void Blobs_survive_with_any_byte()
    {
        var random = new Random(2);
        foreach (var length in new[] { 0, 1, 12, 13, 4096, 100_000 })
        {
            var bytes = new byte[length];
            random.NextBytes(bytes);
            Check("BLOB", bytes);
            Assert.Equal(bytes, _db.Scalar<byte[]>("SELECT $1", new ReadOnlyMemory<byte>(bytes)));
        }
    }

    [Fact]
    public void A_uuid_is_a_guid_and_bits_in_the_order_of_its_text()
    {
        const string text = "00112233-4455-6677-8899-aabbccddeeff";
        Check("UUID", Guid.Parse(text), text);
        Check("UUID", Guid.Parse("ffeeddcc-bbaa-9988-7766-554433221100"), "ffeeddcc-bbaa-9988-7766-554433221100");
        var bits = UInt128.Parse("00112233445566778899aabbccddeeff", System.Globalization.NumberStyles.HexNumber);
        Assert.Equal(bits, _db.Scalar<UInt128>($"SELECT '{text}'::UUID"));
        using var command = _db.CreateCommand("SELECT $id::VARCHAR, typeof($id)");
        command.Parameters.AddWithValue("id", bits).DbType = System.Data.DbType.Guid;
        using var reader = command.ExecuteReader();
        Assert.True(reader.Read());
        Assert.Equal((text, "UUID"), (reader.GetString(0), reader.GetString(1)));
    }

    [Fact]
    public void Dates_and_times_survive()
    {
        foreach (var year in new[] { 1, 1583, 1969, 1970, 2026, 9999 })
        {
            Check("DATE", new DateOnly(year, 12, 31));
            Check("TIMESTAMP", new DateTime(year, 12, 31, 23, 59, 58).AddTicks(1_234_560));
            Check("TIMESTAMPTZ", new DateTimeOffset(year, 12, 30, 23, 59, 58, TimeSpan.FromHours(2)).AddTicks(10));
        }
        Check("TIME", new TimeOnly(23, 59, 59, 999, 999), "23:59:59.999999");
        Check("TIMESTAMP", new DateTime(2026, 1, 2, 3, 4, 5), "2026-01-02 03:04:05");
        Check("INTERVAL", new DuckDbInterval(14, 3, 1_000_001), "1 year 2 months 3 days 00:00:01.000001");
        Check("INTERVAL", TimeSpan.FromHours(49.5), "2 days 01:30:00");
        Assert.Equal(1_000_001L, _db.Scalar<long>("SELECT TIMESTAMP '1970-01-01 00:00:01.000001'"));
    }

    [Fact]
    public void Instants_do_not_depend_on_the_machines_time_zone()
    {
        var instant = new DateTimeOffset(2026, 7, 1, 12, 0, 0, TimeSpan.FromHours(5));
        Assert.Equal("UTC", _db.Scalar("SELECT current_setting('TimeZone')"));
        Assert.Equal("2026-07-01 07:00:00", _db.Scalar("SELECT ($1::TIMESTAMP)::VARCHAR", instant));
        Assert.Equal(instant, _db.Scalar<DateTimeOffset>("SELECT $1::TIMESTAMP", instant));
        Assert.Equal(DateTimeKind.Utc, _db.Scalar<DateTime>("SELECT $1", instant).Kind);
        Assert.Equal(DateTimeKind.Unspecified, _db.Scalar<DateTime>("SELECT $1", instant.UtcDateTime).Kind);
    }

    [Fact]
    public void Timestamps_of_other_units_are_read()
    {
        var time = new DateTime(2026, 1, 2, 3, 4, 5);
        Assert.Equal(time, _db.Scalar("SELECT TIMESTAMP_S '2026-01-02 03:04:05'"));
        Assert.Equal(time.AddMilliseconds(67), _db.Scalar("SELECT TIMESTAMP_MS '2026-01-02 03:04:05.067'"));
        Assert.Equal(time.AddTicks(1_234_567), _db.Scalar("SELECT TIMESTAMP_NS '2026-01-02 03:04:05.123456789'"));
        _ = Assert.Throws<OverflowException>(() => _db.Scalar("SELECT TIMESTAMP 'infinity'"));
        _ = Assert.Throws<OverflowException>(() => _db.Scalar("SELECT DATE '-infinity'"));
    }

    [Fact]
    public void Lists_survive_as_arrays_and_as_lists()
    {
        string?[] texts = ["", "a", null, "longer than twelve bytes", "ü"];
        Assert.Equal(texts, _db.Scalar<string?[]>("SELECT $1::VARCHAR[]", [texts]));
        Assert.Equal(texts, _db.Scalar<List<string?>>("SELECT $1::VARCHAR[]", [texts]));
        Assert.Equal(texts, (IEnumerable)_db.Scalar("SELECT $1::VARCHAR[]", [texts])!);
        Assert.Equal([], _db.Scalar<string[]>("SELECT $1", [Array.Empty<string>()]));
        Assert.Equal([1L, 2L], _db.Scalar<long[]>("SELECT $1", new List<long> { 1, 2 }));
        Assert.Equal([1, null], _db.Scalar<int?[]>("SELECT [1, NULL]"));
        Assert.Equal(new List<int?> { 1, null }, _db.Scalar("SELECT [1, NULL]"));
        _ = Assert.Throws<InvalidCastException>(() => _db.Scalar<int[]>("SELECT [1, NULL]"));
        Assert.Equal(
            [
                [1, 2],
                [],
                [3],
            ],
            _db.Scalar<int[][]>("SELECT [[1, 2], [], [3]]")
        );
        Assert.Equal([1, 2, 3], _db.Scalar<int[]>("SELECT [1, 2, 3]::INTEGER[3]"));
        var ids = new[] { Guid.NewGuid(), Guid.NewGuid() };
        Assert.Equal(ids, _db.Scalar<Guid[]>("SELECT $1", [ids]));
    }

    [Fact]
    public void Structs_maps_enums_and_json_are_read()
    {
        var row = _db.Scalar<Dictionary<string, object?>>("SELECT {a: 1, b: NULL, c: {d: ['x']}}");
        Assert.Equal(1, row["a"]);
        Assert.Null(row["b"]);
        Assert.Equal(["x"], (List<string>)((Dictionary<string, object?>)row["c"]!)["d"]!);
        var map = _db.Scalar<Dictionary<string, int?>>("SELECT MAP {'a': 1, 'b': NULL}");
        Assert.Equal(new Dictionary<string, int?> { ["a"] = 1, ["b"] = null }, map);
        Assert.Equal(map, _db.Scalar("SELECT MAP {'a': 1, 'b': NULL}"));
        Assert.Equal("white", _db.Scalar("SELECT 'white'::ENUM ('red', 'white')"));
        Assert.Equal("""{"a":[1]}""", _db.Scalar("""SELECT '{"a":[1]}'::JSON"""));
    }

    [Fact]
    public void Null_is_null_for_every_type()
    {
        string[] types = ["BOOLEAN", "INTEGER", "HUGEINT", "DOUBLE", "DECIMAL(9,2)", "VARCHAR", "BLOB", "UUID", "DATE"];
        foreach (
            var type in types.Concat(["TIME", "TIMESTAMP", "INTERVAL", "VARCHAR[]", "JSON", "MAP(VARCHAR, INTEGER)"])
        )
        {
            Assert.Equal(DBNull.Value, _db.Scalar($"SELECT $1::{type}", [null]));
            Assert.Equal(DBNull.Value, _db.Scalar($"SELECT $1::{type}", DBNull.Value));
        }
        Assert.Null(_db.Scalar<int?>("SELECT NULL::INTEGER"));
        Assert.Equal(DBNull.Value, _db.Scalar<object>("SELECT NULL"));
        _ = Assert.Throws<InvalidCastException>(() => _db.Scalar<int>("SELECT NULL::INTEGER"));
        _ = Assert.Throws<InvalidCastException>(() => _db.Scalar<string>("SELECT NULL::VARCHAR"));
    }

    [Fact]
    public void A_type_that_does_not_fit_is_refused_by_name()
    {
        var error = Assert.Throws<InvalidCastException>(() => _db.Scalar<Guid>("SELECT 'x'"));
        Assert.Contains("VARCHAR", error.Message, StringComparison.Ordinal);
        _ = Assert.Throws<InvalidCastException>(() => _db.Scalar<string>("SELECT 1"));
        _ = Assert.Throws<NotSupportedException>(() => _db.Scalar("SELECT $1", new StringBuilder()));
        _ = Assert.Throws<NotSupportedException>(() => _db.Scalar("SELECT '101'::BIT"));
    }
}
