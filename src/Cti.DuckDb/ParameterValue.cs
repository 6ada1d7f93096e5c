// Turns .NET values into DuckDB values for parameters.
// Knows: which .NET type becomes which DuckDB type. Must not know: statements.

using System.Collections;
using System.Data;
using System.Globalization;
using System.Numerics;
using Cti.DuckDb.Interop;

namespace Cti.DuckDb;

internal static unsafe class ParameterValue
{
    /// <exception cref="NotSupportedException">No DuckDB type stands for the value's type.</exception>
    /// <exception cref="OverflowException">A BigInteger or decimal beyond 128 bits.</exception>
    public static ValueHandle Create(DuckDbParameter parameter)
    {
        var value = parameter.Value;
        if (value is UInt128 bits && parameter.DbType == DbType.Guid)
        {
            return new ValueHandle(NativeMethods.CreateUuid(new NativeInt128(bits)));
        }
        return new ValueHandle(Create(value));
    }

    private static nint Create(object? value) =>
        value switch
        {
            null or DBNull => NativeMethods.CreateNull(),
            string text => Text(text),
            Enum constant => Create(
                Convert.ChangeType(constant, Enum.GetUnderlyingType(constant.GetType()), CultureInfo.InvariantCulture)
            ),
            bool flag => NativeMethods.CreateBool(flag ? (byte)1 : (byte)0),
            sbyte number => NativeMethods.CreateInt8(number),
            byte number => NativeMethods.CreateUInt8(number),
            short number => NativeMethods.CreateInt16(number),
            ushort number => NativeMethods.CreateUInt16(number),
            int number => NativeMethods.CreateInt32(number),
            uint number => NativeMethods.CreateUInt32(number),
            long number => NativeMethods.CreateInt64(number),
            ulong number => NativeMethods.CreateUInt64(number),
            Int128 number => NativeMethods.CreateHugeInt(new NativeInt128((UInt128)number)),
            UInt128 number => NativeMethods.CreateUHugeInt(new NativeInt128(number)),
            BigInteger { Sign: > 0 } number when number > (BigInteger)Int128.MaxValue => Create((UInt128)number),
            BigInteger number => Create((Int128)number),
            float number => NativeMethods.CreateFloat(number),
            double number => NativeMethods.CreateDouble(number),
            decimal number => Decimal(number),
            char character => Text(character.ToString()),
            byte[] bytes => Blob(bytes),
            ReadOnlyMemory<byte> bytes => Blob(bytes.Span),
            Guid id => NativeMethods.CreateUuid(new NativeInt128(Uuids.ToBits(id))),
            DateTime time => NativeMethods.CreateTimestamp(Instants.Micros(time)),
            DateTimeOffset time => NativeMethods.CreateTimestampTz(Instants.Micros(time)),
            DateOnly date => NativeMethods.CreateDate(Instants.Days(date)),
            TimeOnly time => NativeMethods.CreateTime(time.Ticks / TimeSpan.TicksPerMicrosecond),
            TimeSpan span => NativeMethods.CreateInterval(DuckDbInterval.FromTimeSpan(span)),
            DuckDbInterval interval => NativeMethods.CreateInterval(interval),
            IEnumerable list => List(list),
            _ => throw Unsupported(value.GetType()),
        };

    private static nint Text(string text)
    {
        // Strict: a lone surrogate is an error, not a question mark.
        var bytes = NativeText.Strict.GetBytes(text);
        fixed (byte* pointer = bytes)
        {
            byte none;
            return NativeMethods.CreateVarchar(bytes.Length == 0 ? &none : pointer, (ulong)bytes.Length);
        }
    }

    private static nint Blob(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* pointer = bytes)
        {
            byte none;
            return NativeMethods.CreateBlob(bytes.IsEmpty ? &none : pointer, (ulong)bytes.Length);
        }
    }

    /// <summary>The digits as they are: 1.50m is 1.50, not 1.5.</summary>
    private static nint Decimal(decimal number)
    {
        var scale = number.Scale;
        Span<int> parts = stackalloc int[4];
        _ = decimal.GetBits(number, parts);
        var magnitude = (Int128)new UInt128((uint)parts[2], ((ulong)(uint)parts[1] << 32) | (uint)parts[0]);
        var digits = Math.Max((int)scale, ((BigInteger)magnitude).ToString(CultureInfo.InvariantCulture).Length);
        return NativeMethods.CreateDecimal(new NativeDecimal((byte)digits, scale, number < 0 ? -magnitude : magnitude));
    }

    private static nint List(IEnumerable list)
    {
        var items = list.Cast<object?>().ToArray();
        var element = ElementType(list.GetType(), items);
        using var type = new TypeHandle(NativeMethods.CreateLogicalType(element));
        var values = new ValueHandle[items.Length];
        var pointers = new nint[items.Length];
        try
        {
            for (var i = 0; i < items.Length; i++)
            {
                values[i] = new ValueHandle(Create(items[i]));
                pointers[i] = values[i].DangerousGetHandle();
            }
            fixed (nint* first = pointers)
            {
                // The list copies its elements.
                nint none = 0;
                var made = NativeMethods.CreateList(type, items.Length == 0 ? &none : first, (ulong)items.Length);
                return made != 0 ? made : throw new NotSupportedException("DuckDB accepts no such list.");
            }
        }
        finally
        {
            foreach (var value in values)
            {
                value?.Dispose();
            }
        }
    }

    private static DuckDbType ElementType(Type list, object?[] items)
    {
        var declared = list.IsArray
            ? list.GetElementType()
            : list.GetInterfaces()
                .Append(list)
                .FirstOrDefault(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IEnumerable<>))
                ?.GetGenericArguments()[0];
        if (declared is null || declared == typeof(object))
        {
            declared = items.FirstOrDefault(i => i is not (null or DBNull))?.GetType() ?? typeof(string);
        }
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        if (type.IsEnum)
        {
            type = Enum.GetUnderlyingType(type);
        }
        return ScalarTypes.TryGetValue(type, out var known) ? known : throw Unsupported(list);
    }

    private static NotSupportedException Unsupported(Type type) =>
        new($"A parameter of type {type} has no DuckDB type here. Pass a scalar, byte[], or a list of scalars.");

    private static readonly Dictionary<Type, DuckDbType> ScalarTypes = new()
    {
        [typeof(string)] = DuckDbType.Varchar,
        [typeof(char)] = DuckDbType.Varchar,
        [typeof(bool)] = DuckDbType.Boolean,
        [typeof(sbyte)] = DuckDbType.TinyInt,
        [typeof(byte)] = DuckDbType.UTinyInt,
        [typeof(short)] = DuckDbType.SmallInt,
        [typeof(ushort)] = DuckDbType.USmallInt,
        [typeof(int)] = DuckDbType.Integer,
        [typeof(uint)] = DuckDbType.UInteger,
        [typeof(long)] = DuckDbType.BigInt,
        [typeof(ulong)] = DuckDbType.UBigInt,
        [typeof(Int128)] = DuckDbType.HugeInt,
        [typeof(UInt128)] = DuckDbType.UHugeInt,
        [typeof(float)] = DuckDbType.Float,
        [typeof(double)] = DuckDbType.Double,
        [typeof(byte[])] = DuckDbType.Blob,
        [typeof(Guid)] = DuckDbType.Uuid,
        [typeof(DateTime)] = DuckDbType.Timestamp,
        [typeof(DateTimeOffset)] = DuckDbType.TimestampTz,
        [typeof(DateOnly)] = DuckDbType.Date,
        [typeof(TimeOnly)] = DuckDbType.Time,
        [typeof(TimeSpan)] = DuckDbType.Interval,
        [typeof(DuckDbInterval)] = DuckDbType.Interval,
    };
}
