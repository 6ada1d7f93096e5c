// Readers of a field as a .NET type, chosen once per type: GetFieldValue<T> and GetValue go through them.
// Knows: scalars, Nullable, lists, maps, structs. Must not know: readers' state.

using System.Numerics;
using System.Reflection;

namespace Cti.DuckDb;

/// <summary>Reads a row of a vector; the row is not NULL unless the type has room for it.</summary>
internal delegate T FieldReader<out T>(in Vector vector, int row);

/// <summary>The reader for a type.</summary>
internal static class Field<T>
{
    /// <summary>Reads a value; NULL only as far as T has room for it (Nullable, object).</summary>
    public static readonly FieldReader<T> Read = FieldReaders.Make<T>();

    /// <summary>Whether NULL becomes default(T); else it is an error.</summary>
    public static readonly bool TakesNull = Nullable.GetUnderlyingType(typeof(T)) is not null;

    /// <summary>An element of a list: reference types may be null there.</summary>
    public static T ReadElement(in Vector vector, int row) =>
        !vector.IsNull(row) ? Read(vector, row)
        : default(T) is null ? default!
        : throw new InvalidCastException($"A list or map holds NULL; ask for {typeof(T).Name}? elements.");
}

internal static class FieldReaders
{
    private static readonly Dictionary<Type, Delegate> Scalars = new()
    {
        [typeof(bool)] = (FieldReader<bool>)VectorValues.Boolean,
        [typeof(sbyte)] = (FieldReader<sbyte>)VectorValues.Integer<sbyte>,
        [typeof(byte)] = (FieldReader<byte>)VectorValues.Integer<byte>,
        [typeof(short)] = (FieldReader<short>)VectorValues.Integer<short>,
        [typeof(ushort)] = (FieldReader<ushort>)VectorValues.Integer<ushort>,
        [typeof(int)] = (FieldReader<int>)VectorValues.Integer<int>,
        [typeof(uint)] = (FieldReader<uint>)VectorValues.Integer<uint>,
        [typeof(long)] = (FieldReader<long>)VectorValues.Int64,
        [typeof(ulong)] = (FieldReader<ulong>)VectorValues.Integer<ulong>,
        [typeof(Int128)] = (FieldReader<Int128>)VectorValues.Integer<Int128>,
        [typeof(UInt128)] = (FieldReader<UInt128>)VectorValues.UnsignedBits,
        [typeof(BigInteger)] = (FieldReader<BigInteger>)VectorValues.Integer<BigInteger>,
        [typeof(float)] = (FieldReader<float>)VectorValues.Single,
        [typeof(double)] = (FieldReader<double>)VectorValues.Double,
        [typeof(decimal)] = (FieldReader<decimal>)VectorValues.Decimal,
        [typeof(string)] = (FieldReader<string>)VectorValues.Text,
        [typeof(Guid)] = (FieldReader<Guid>)VectorValues.Uuid,
        [typeof(DateTime)] = (FieldReader<DateTime>)VectorValues.DateTime,
        [typeof(DateTimeOffset)] = (FieldReader<DateTimeOffset>)VectorValues.DateTimeOffset,
        [typeof(DateOnly)] = (FieldReader<DateOnly>)VectorValues.Date,
        [typeof(TimeOnly)] = (FieldReader<TimeOnly>)VectorValues.Time,
        [typeof(DuckDbInterval)] = (FieldReader<DuckDbInterval>)VectorValues.Interval,
        [typeof(TimeSpan)] =
            (FieldReader<TimeSpan>)(
                static (in Vector v, int row) =>
                    v.Type.Kind == DuckDbType.Time
                        ? VectorValues.Time(v, row).ToTimeSpan()
                        : VectorValues.Interval(v, row).ToTimeSpan()
            ),
        [typeof(object)] = (FieldReader<object>)(static (in Vector v, int row) => Boxed(v, row) ?? DBNull.Value),
        [typeof(Dictionary<string, object?>)] = (FieldReader<Dictionary<string, object?>>)Named,
    };

    /// <summary>The value of any type as an object; null for NULL.</summary>
    /// <exception cref="NotSupportedException">The provider does not read the type.</exception>
    public static object? Boxed(in Vector vector, int row) =>
        vector.IsNull(row)
            ? null
            : vector.Type.Kind switch
            {
                DuckDbType.Boolean => VectorValues.Boolean(vector, row),
                DuckDbType.TinyInt => vector.At<sbyte>(row),
                DuckDbType.SmallInt => vector.At<short>(row),
                DuckDbType.Integer => vector.At<int>(row),
                DuckDbType.BigInt => vector.At<long>(row),
                DuckDbType.UTinyInt => vector.At<byte>(row),
                DuckDbType.USmallInt => vector.At<ushort>(row),
                DuckDbType.UInteger => vector.At<uint>(row),
                DuckDbType.UBigInt => vector.At<ulong>(row),
                DuckDbType.HugeInt => vector.At<Int128>(row),
                DuckDbType.UHugeInt => vector.At<UInt128>(row),
                DuckDbType.Float => vector.At<float>(row),
                DuckDbType.Double => vector.At<double>(row),
                DuckDbType.Decimal => VectorValues.Decimal(vector, row),
                DuckDbType.Varchar or DuckDbType.Enum => VectorValues.Text(vector, row),
                DuckDbType.Blob => vector.Bytes(row).ToArray(),
                DuckDbType.Uuid => VectorValues.Uuid(vector, row),
                DuckDbType.Date => VectorValues.Date(vector, row),
                DuckDbType.Time => VectorValues.Time(vector, row),
                DuckDbType.Timestamp
                or DuckDbType.TimestampTz
                or DuckDbType.TimestampSeconds
                or DuckDbType.TimestampMilliseconds
                or DuckDbType.TimestampNanoseconds => VectorValues.DateTime(vector, row),
                DuckDbType.Interval => VectorValues.Interval(vector, row),
                DuckDbType.Struct => Named(vector, row),
                DuckDbType.List or DuckDbType.Array or DuckDbType.Map => BoxedReader(vector.Type.ClrType)(vector, row),
                _ => throw new NotSupportedException($"{vector.Type} is not read here. CAST it in SQL."),
            };

    public static FieldReader<T> Make<T>()
    {
        if (Scalars.TryGetValue(typeof(T), out var known))
        {
            return (FieldReader<T>)known;
        }
        var type = typeof(T);
        if (Nullable.GetUnderlyingType(type) is { } inner)
        {
            return Build<T>(nameof(MakeNullable), inner);
        }
        if (type == typeof(byte[]))
        {
            // Two things give bytes: a BLOB as it is, and a list of them.
            return (FieldReader<T>)
                (object)
                    (FieldReader<byte[]>)(
                        static (in Vector v, int row) =>
                            v.Type.Kind is DuckDbType.List or DuckDbType.Array
                                ? Elements<byte>(v, row)
                                : VectorValues.Bytes(v, row).ToArray()
                    );
        }
        if (type.IsSZArray)
        {
            return Build<T>(nameof(MakeArray), type.GetElementType()!);
        }
        if (type.IsGenericType)
        {
            var shape = type.GetGenericTypeDefinition();
            if (
                shape == typeof(List<>)
                || type.IsAssignableFrom(typeof(List<>).MakeGenericType(type.GetGenericArguments()[0]))
            )
            {
                return Build<T>(nameof(MakeList), type.GetGenericArguments()[0]);
            }
            if (shape == typeof(Dictionary<,>))
            {
                return Build<T>(nameof(MakeMap), type.GetGenericArguments());
            }
        }
        return static (in Vector vector, int _) => throw VectorValues.Wrong(vector, typeof(T).ToString());
    }

    private static FieldReader<T> Build<T>(string maker, params Type[] arguments) =>
        (FieldReader<T>)
            typeof(FieldReaders)
                .GetMethod(maker, BindingFlags.NonPublic | BindingFlags.Static)!
                .MakeGenericMethod(arguments)
                .Invoke(null, null)!;

    private static FieldReader<T?> MakeNullable<T>()
        where T : struct =>
        static (in Vector vector, int row) => vector.IsNull(row) ? null : Field<T>.Read(vector, row);

    private static FieldReader<T[]> MakeArray<T>() => Elements<T>;

    private static FieldReader<List<T>> MakeList<T>() => static (in Vector v, int row) => [.. Elements<T>(v, row)];

    private static FieldReader<Dictionary<TKey, TValue>> MakeMap<TKey, TValue>()
        where TKey : notnull =>
        static (in Vector vector, int row) =>
        {
            if (vector.Type.Kind != DuckDbType.Map)
            {
                throw VectorValues.Wrong(vector, "a dictionary");
            }
            var (start, length) = vector.Range(row);
            var (keys, values) = (vector.Child(0), vector.Child(1));
            var map = new Dictionary<TKey, TValue>(length);
            for (var i = start; i < start + length; i++)
            {
                map[Field<TKey>.ReadElement(keys, i)] = Field<TValue>.ReadElement(values, i);
            }
            return map;
        };

    private static T[] Elements<T>(in Vector vector, int row)
    {
        if (vector.Type.Kind is not (DuckDbType.List or DuckDbType.Array))
        {
            throw VectorValues.Wrong(vector, $"a list of {typeof(T).Name}");
        }
        var (start, length) = vector.Range(row);
        var child = vector.Child(0);
        var elements = new T[length];
        for (var i = 0; i < length; i++)
        {
            elements[i] = Field<T>.ReadElement(child, start + i);
        }
        return elements;
    }

    /// <summary>A STRUCT by field name, or a MAP whose keys are text.</summary>
    private static Dictionary<string, object?> Named(in Vector vector, int row)
    {
        if (vector.Type.Kind == DuckDbType.Map)
        {
            return MakeMap<string, object?>()(vector, row);
        }
        if (vector.Type.Kind != DuckDbType.Struct)
        {
            throw VectorValues.Wrong(vector, "a dictionary");
        }
        var fields = new Dictionary<string, object?>(vector.Type.Children.Count, StringComparer.Ordinal);
        for (var i = 0; i < vector.Type.Children.Count; i++)
        {
            fields[vector.Type.FieldNames[i]] = Boxed(vector.Child(i), row);
        }
        return fields;
    }

    // Lists and maps as objects have the type that ClrType says; one reader per such type, made by reflection once.
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<Type, FieldReader<object>> Boxers =
        new();

    private static FieldReader<object> BoxedReader(Type type) =>
        Boxers.GetOrAdd(type, static wanted => Build<object>(nameof(MakeBoxer), wanted));

    private static FieldReader<object> MakeBoxer<T>() =>
        static (in Vector vector, int row) => Field<T>.Read(vector, row)!;
}
