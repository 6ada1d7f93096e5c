// Single values out of vectors, converted to .NET types without boxing.
// Knows: which conversions are lawful (none loses anything silently). Must not know: rows' order, readers, NULL.

using System.Numerics;
using System.Text;

namespace Cti.DuckDb;

internal static class VectorValues
{
    public static bool Boolean(in Vector vector, int row) =>
        vector.Type.Kind == DuckDbType.Boolean ? vector.At<byte>(row) != 0 : throw Wrong(vector, "bool");

    /// <summary>Any integer column as any number type that holds the value.</summary>
    /// <exception cref="OverflowException">The value does not fit.</exception>
    public static T Integer<T>(in Vector vector, int row)
        where T : INumberBase<T> =>
        vector.Type.Kind switch
        {
            DuckDbType.Integer => T.CreateChecked(vector.At<int>(row)),
            DuckDbType.BigInt => T.CreateChecked(vector.At<long>(row)),
            DuckDbType.TinyInt => T.CreateChecked(vector.At<sbyte>(row)),
            DuckDbType.SmallInt => T.CreateChecked(vector.At<short>(row)),
            DuckDbType.UTinyInt => T.CreateChecked(vector.At<byte>(row)),
            DuckDbType.USmallInt => T.CreateChecked(vector.At<ushort>(row)),
            DuckDbType.UInteger => T.CreateChecked(vector.At<uint>(row)),
            DuckDbType.UBigInt => T.CreateChecked(vector.At<ulong>(row)),
            DuckDbType.HugeInt => T.CreateChecked(vector.At<Int128>(row)),
            DuckDbType.UHugeInt => T.CreateChecked(vector.At<UInt128>(row)),
            _ => throw Wrong(vector, typeof(T).Name),
        };

    /// <summary>As <see cref="Integer{T}"/>; a UUID column gives the bits in the order of its text.</summary>
    public static UInt128 UnsignedBits(in Vector vector, int row) =>
        vector.Type.Kind == DuckDbType.Uuid ? Uuids.Flip(vector.At<UInt128>(row)) : Integer<UInt128>(vector, row);

    /// <summary>Raw counts too: TIMESTAMP in its unit since 1970, TIME in microseconds.</summary>
    public static long Int64(in Vector vector, int row) =>
        vector.Type.Kind switch
        {
            DuckDbType.Timestamp
            or DuckDbType.TimestampTz
            or DuckDbType.TimestampSeconds
            or DuckDbType.TimestampMilliseconds
            or DuckDbType.TimestampNanoseconds
            or DuckDbType.Time => vector.At<long>(row),
            _ => Integer<long>(vector, row),
        };

    public static float Single(in Vector vector, int row) =>
        vector.Type.Kind == DuckDbType.Float ? vector.At<float>(row) : throw Wrong(vector, "float");

    public static double Double(in Vector vector, int row) =>
        vector.Type.Kind switch
        {
            DuckDbType.Double => vector.At<double>(row),
            DuckDbType.Float => vector.At<float>(row),
            DuckDbType.Decimal => (double)Decimal(vector, row),
            _ => Integer<double>(vector, row),
        };

    /// <exception cref="OverflowException">More than 28 digits or so.</exception>
    public static decimal Decimal(in Vector vector, int row)
    {
        if (vector.Type.Kind != DuckDbType.Decimal)
        {
            return Integer<decimal>(vector, row);
        }
        Int128 digits = vector.Type.Storage switch
        {
            DuckDbType.SmallInt => vector.At<short>(row),
            DuckDbType.Integer => vector.At<int>(row),
            DuckDbType.BigInt => vector.At<long>(row),
            _ => vector.At<Int128>(row),
        };
        var magnitude = (UInt128)Int128.Abs(digits);
        var scale = vector.Type.Scale;
        // .NET keeps 96 bits: drop zeros at the end if that makes it fit.
        while (scale > 0 && (scale > 28 || magnitude >> 96 != 0) && magnitude % 10 == 0)
        {
            magnitude /= 10;
            scale--;
        }
        return magnitude >> 96 == 0 && scale <= 28
            ? new decimal(
                (int)(uint)magnitude,
                (int)(uint)(magnitude >> 32),
                (int)(uint)(magnitude >> 64),
                digits < 0,
                (byte)scale
            )
            : throw new OverflowException($"A value of {vector.Type} has more digits than .NET's decimal.");
    }

    public static string Text(in Vector vector, int row) =>
        vector.Type.Kind switch
        {
            DuckDbType.Varchar => Encoding.UTF8.GetString(vector.Bytes(row)),
            DuckDbType.Enum => vector.Type.EnumValues[EnumCode(vector, row)],
            _ => throw Wrong(vector, "string"),
        };

    public static int EnumCode(in Vector vector, int row) =>
        vector.Type.Storage switch
        {
            DuckDbType.UTinyInt => vector.At<byte>(row),
            DuckDbType.USmallInt => vector.At<ushort>(row),
            _ => checked((int)vector.At<uint>(row)),
        };

    /// <summary>BLOB, or VARCHAR as UTF-8, where it lies.</summary>
    public static ReadOnlySpan<byte> Bytes(scoped in Vector vector, int row) =>
        vector.Type.Kind is DuckDbType.Blob or DuckDbType.Varchar ? vector.Bytes(row) : throw Wrong(vector, "bytes");

    public static Guid Uuid(in Vector vector, int row) =>
        vector.Type.Kind == DuckDbType.Uuid
            ? Uuids.ToGuid(Uuids.Flip(vector.At<UInt128>(row)))
            : throw Wrong(vector, "Guid");

    /// <summary>Kind is Utc for TIMESTAMP WITH TIME ZONE, else Unspecified.</summary>
    public static DateTime DateTime(in Vector vector, int row) =>
        vector.Type.Kind switch
        {
            DuckDbType.Timestamp => Instants.FromMicros(vector.At<long>(row), DateTimeKind.Unspecified),
            DuckDbType.TimestampTz => Instants.FromMicros(vector.At<long>(row), DateTimeKind.Utc),
            DuckDbType.TimestampSeconds => Instants.FromSeconds(vector.At<long>(row)),
            DuckDbType.TimestampMilliseconds => Instants.FromMillis(vector.At<long>(row)),
            DuckDbType.TimestampNanoseconds => Instants.FromNanos(vector.At<long>(row)),
            DuckDbType.Date => Date(vector, row).ToDateTime(TimeOnly.MinValue),
            _ => throw Wrong(vector, "DateTime"),
        };

    /// <summary>A TIMESTAMP counts as UTC.</summary>
    public static DateTimeOffset DateTimeOffset(in Vector vector, int row) =>
        new(System.DateTime.SpecifyKind(DateTime(vector, row), DateTimeKind.Utc));

    public static DateOnly Date(in Vector vector, int row) =>
        vector.Type.Kind == DuckDbType.Date ? Instants.Date(vector.At<int>(row)) : throw Wrong(vector, "DateOnly");

    public static TimeOnly Time(in Vector vector, int row) =>
        vector.Type.Kind == DuckDbType.Time ? Instants.Time(vector.At<long>(row)) : throw Wrong(vector, "TimeOnly");

    public static DuckDbInterval Interval(in Vector vector, int row) =>
        vector.Type.Kind == DuckDbType.Interval
            ? vector.At<DuckDbInterval>(row)
            : throw Wrong(vector, "DuckDbInterval");

    public static InvalidCastException Wrong(in Vector vector, string wanted) =>
        new($"A column of type {vector.Type} is not read as {wanted}. CAST it in SQL.");
}
