// The reader's getters: values of the current row.
// Knows: ADO.NET's names for types. Must not know: conversions (VectorValues, FieldReaders).

using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Cti.DuckDb;

public sealed partial class DuckDbDataReader
{
    public override bool GetBoolean(int ordinal) => VectorValues.Boolean(Value(ordinal), _row);

    public override byte GetByte(int ordinal) => VectorValues.Integer<byte>(Value(ordinal), _row);

    public override short GetInt16(int ordinal) => VectorValues.Integer<short>(Value(ordinal), _row);

    public override int GetInt32(int ordinal) => VectorValues.Integer<int>(Value(ordinal), _row);

    /// <summary>An integer; or the raw count of a timestamp (in its unit) or TIME (microseconds).</summary>
    public override long GetInt64(int ordinal) => VectorValues.Int64(Value(ordinal), _row);

    public override float GetFloat(int ordinal) => VectorValues.Single(Value(ordinal), _row);

    public override double GetDouble(int ordinal) => VectorValues.Double(Value(ordinal), _row);

    public override decimal GetDecimal(int ordinal) => VectorValues.Decimal(Value(ordinal), _row);

    public override string GetString(int ordinal) => VectorValues.Text(Value(ordinal), _row);

    public override char GetChar(int ordinal) =>
        GetString(ordinal) is [var only] ? only : throw new InvalidCastException("The text is not one character.");

    public override Guid GetGuid(int ordinal) => VectorValues.Uuid(Value(ordinal), _row);

    /// <summary>A UUID as bits in the order of its text, or an unsigned number.</summary>
    public UInt128 GetUInt128(int ordinal) => VectorValues.UnsignedBits(Value(ordinal), _row);

    public Int128 GetInt128(int ordinal) => VectorValues.Integer<Int128>(Value(ordinal), _row);

    /// <summary>Of kind Utc for TIMESTAMP WITH TIME ZONE, Unspecified for TIMESTAMP and DATE.</summary>
    public override DateTime GetDateTime(int ordinal) => VectorValues.DateTime(Value(ordinal), _row);

    /// <summary>The instant; a TIMESTAMP without time zone counts as UTC.</summary>
    public DateTimeOffset GetDateTimeOffset(int ordinal) => VectorValues.DateTimeOffset(Value(ordinal), _row);

    /// <summary>The UTF-8 or raw bytes of VARCHAR or BLOB, in DuckDB's memory: use them before the next Read.</summary>
    public ReadOnlySpan<byte> GetBytes(int ordinal) => VectorValues.Bytes(Value(ordinal), _row);

    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length)
    {
        var bytes = GetBytes(ordinal);
        if (buffer is null)
        {
            return bytes.Length;
        }
        var part = bytes[(int)Math.Min(dataOffset, bytes.Length)..];
        part = part[..Math.Min(part.Length, length)];
        part.CopyTo(buffer.AsSpan(bufferOffset));
        return part.Length;
    }

    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length)
    {
        var text = GetString(ordinal);
        if (buffer is null)
        {
            return text.Length;
        }
        var part = text.AsSpan((int)Math.Min(dataOffset, text.Length));
        part = part[..Math.Min(part.Length, length)];
        part.CopyTo(buffer.AsSpan(bufferOffset));
        return part.Length;
    }

    public override Stream GetStream(int ordinal) => new MemoryStream(GetBytes(ordinal).ToArray(), writable: false);

    public override TextReader GetTextReader(int ordinal) => new StringReader(GetString(ordinal));

    /// <summary>
    /// The value as T: any number type that holds it, string, byte[], Guid, UInt128, dates and times, BigInteger,
    /// T[] or List of T for lists, Dictionary for STRUCT and MAP. NULL needs a Nullable T (or object: DBNull).
    /// </summary>
    /// <exception cref="InvalidCastException">The column is not read as T, or is NULL and T has no room for it.</exception>
    public override T GetFieldValue<T>(int ordinal)
    {
        ref readonly var vector = ref Present(ordinal);
        if (vector.IsNull(_row) && !Field<T>.TakesNull && typeof(T) != typeof(object) && typeof(T) != typeof(DBNull))
        {
            throw Null(ordinal);
        }
        return typeof(T) == typeof(object) ? (T)GetValue(ordinal) : Field<T>.Read(vector, _row);
    }

    public override object GetValue(int ordinal) => FieldReaders.Boxed(Present(ordinal), _row) ?? DBNull.Value;

    public override int GetValues(object[] values)
    {
        var count = Math.Min(values.Length, FieldCount);
        for (var i = 0; i < count; i++)
        {
            values[i] = GetValue(i);
        }
        return count;
    }

    public override bool IsDBNull(int ordinal) => Present(ordinal).IsNull(_row);

    // ── columns ──────────────────────────────────────────────────────────────────────────────────────────────────

    /// <summary>The column's full type.</summary>
    public DuckDbTypeInfo GetColumnType(int ordinal) => _types[Ordinal(ordinal)];

    public override string GetDataTypeName(int ordinal) => _types[Ordinal(ordinal)].ToString();

    [return: DynamicallyAccessedMembers(
        DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.PublicProperties
    )]
    [UnconditionalSuppressMessage("Trimming", "IL2073", Justification = "Types of values are all rooted here.")]
    public override Type GetFieldType(int ordinal) => _types[Ordinal(ordinal)].ClrType;

    public override string GetName(int ordinal) => _names[Ordinal(ordinal)];

    /// <summary>The first column of that name, without regard to case if none has it exactly.</summary>
    public override int GetOrdinal(string name)
    {
        var exact = Array.IndexOf(_names, name);
        var index =
            exact >= 0 ? exact : Array.FindIndex(_names, n => n.Equals(name, StringComparison.OrdinalIgnoreCase));
        return index >= 0 ? index
            : _closed ? throw Closed()
#pragma warning disable CA2201 // ADO.NET's contract asks for this very exception.
            : throw new IndexOutOfRangeException($"The result has no column {name}.");
#pragma warning restore CA2201
    }

    public override IEnumerator GetEnumerator() => new System.Data.Common.DbEnumerator(this);

    private int Ordinal(int ordinal)
    {
        if (_closed)
        {
            throw Closed();
        }
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)ordinal, (uint)_types.Length, nameof(ordinal));
        return ordinal;
    }

    /// <summary>The column's vector, when there is a current row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref readonly Vector Present(int ordinal)
    {
        if ((uint)_row >= (uint)_rows)
        {
            throw NoRow();
        }
        return ref _vectors[ordinal];
    }

    /// <summary>As <see cref="Present"/>, and its value is not NULL.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref readonly Vector Value(int ordinal)
    {
        ref readonly var vector = ref Present(ordinal);
        if (vector.IsNull(_row))
        {
            throw Null(ordinal);
        }
        return ref vector;
    }

    private InvalidOperationException NoRow() =>
        _closed ? Closed() : new InvalidOperationException("There is no current row. Call Read first.");

    private InvalidCastException Null(int ordinal) =>
        new($"Column {_names[ordinal]} is NULL here. Ask IsDBNull first, or read a Nullable type.");
}
