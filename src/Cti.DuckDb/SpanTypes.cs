// Which .NET type may lie over which column's memory, for reading and for writing.
// Knows: the table. Must not know: vectors.

namespace Cti.DuckDb;

internal static class SpanTypes
{
    /// <exception cref="InvalidCastException">T is not how values of the type are stored.</exception>
    public static void Check<T>(DuckDbTypeInfo type)
        where T : unmanaged
    {
        if (!Fits<T>(type))
        {
            throw new InvalidCastException($"A column of type {type} is not stored as {typeof(T).Name}.");
        }
    }

    private static bool Fits<T>(DuckDbTypeInfo type) =>
        type.Storage switch
        {
            DuckDbType.Boolean => typeof(T) == typeof(bool) || typeof(T) == typeof(byte),
            DuckDbType.TinyInt => typeof(T) == typeof(sbyte),
            DuckDbType.SmallInt => typeof(T) == typeof(short),
            DuckDbType.Integer or DuckDbType.Date => typeof(T) == typeof(int),
            DuckDbType.BigInt
            or DuckDbType.Time
            or DuckDbType.Timestamp
            or DuckDbType.TimestampTz
            or DuckDbType.TimestampSeconds
            or DuckDbType.TimestampMilliseconds
            or DuckDbType.TimestampNanoseconds => typeof(T) == typeof(long),
            DuckDbType.UTinyInt => typeof(T) == typeof(byte),
            DuckDbType.USmallInt => typeof(T) == typeof(ushort),
            DuckDbType.UInteger => typeof(T) == typeof(uint),
            DuckDbType.UBigInt => typeof(T) == typeof(ulong),
            DuckDbType.Float => typeof(T) == typeof(float),
            DuckDbType.Double => typeof(T) == typeof(double),
            DuckDbType.HugeInt => typeof(T) == typeof(Int128),
            DuckDbType.UHugeInt => typeof(T) == typeof(UInt128),
            DuckDbType.Uuid => typeof(T) == typeof(UInt128) || typeof(T) == typeof(Int128),
            DuckDbType.Interval => typeof(T) == typeof(DuckDbInterval),
            _ => false,
        };
}
