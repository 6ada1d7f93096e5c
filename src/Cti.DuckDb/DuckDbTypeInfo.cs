// A column's full type: its kind, and what DECIMAL, ENUM, LIST, STRUCT and MAP carry besides.
// Knows: the shape of types. Must not know: values.

using Cti.DuckDb.Interop;

namespace Cti.DuckDb;

/// <summary>A logical type, read once per result or appender.</summary>
public sealed class DuckDbTypeInfo
{
    private DuckDbTypeInfo(DuckDbType kind, DuckDbType storage, int width)
    {
        Kind = kind;
        Storage = storage;
        ElementSize = width;
    }

    /// <summary>The kind of type.</summary>
    public DuckDbType Kind { get; }

    /// <summary>How values lie in a vector: the kind itself, or an integer kind for DECIMAL and ENUM.</summary>
    public DuckDbType Storage { get; }

    /// <summary>Bytes of one value in a vector; 0 for STRUCT, ARRAY and what this provider cannot read.</summary>
    public int ElementSize { get; }

    /// <summary>DECIMAL: digits in all.</summary>
    public int Precision { get; private init; }

    /// <summary>DECIMAL: digits after the point.</summary>
    public int Scale { get; private init; }

    /// <summary>ARRAY: elements of each value.</summary>
    public int Length { get; private init; }

    /// <summary>ENUM: the values by code.</summary>
    public IReadOnlyList<string> EnumValues { get; private init; } = [];

    /// <summary>LIST and ARRAY: the element's type as the only one; STRUCT: its fields'; MAP: key and value.</summary>
    public IReadOnlyList<DuckDbTypeInfo> Children { get; private init; } = [];

    /// <summary>STRUCT: the fields' names.</summary>
    public IReadOnlyList<string> FieldNames { get; private init; } = [];

    /// <summary>The type of what <c>GetValue</c> gives for values that are not NULL.</summary>
    public Type ClrType =>
        Kind switch
        {
            DuckDbType.Boolean => typeof(bool),
            DuckDbType.TinyInt => typeof(sbyte),
            DuckDbType.SmallInt => typeof(short),
            DuckDbType.Integer => typeof(int),
            DuckDbType.BigInt => typeof(long),
            DuckDbType.UTinyInt => typeof(byte),
            DuckDbType.USmallInt => typeof(ushort),
            DuckDbType.UInteger => typeof(uint),
            DuckDbType.UBigInt => typeof(ulong),
            DuckDbType.HugeInt => typeof(Int128),
            DuckDbType.UHugeInt => typeof(UInt128),
            DuckDbType.Float => typeof(float),
            DuckDbType.Double => typeof(double),
            DuckDbType.Decimal => typeof(decimal),
            DuckDbType.Varchar or DuckDbType.Enum => typeof(string),
            DuckDbType.Blob => typeof(byte[]),
            DuckDbType.Uuid => typeof(Guid),
            DuckDbType.Date => typeof(DateOnly),
            DuckDbType.Time => typeof(TimeOnly),
            DuckDbType.Timestamp
            or DuckDbType.TimestampTz
            or DuckDbType.TimestampSeconds
            or DuckDbType.TimestampMilliseconds
            or DuckDbType.TimestampNanoseconds => typeof(DateTime),
            DuckDbType.Interval => typeof(DuckDbInterval),
            DuckDbType.List or DuckDbType.Array => typeof(List<>).MakeGenericType(Nullable(Children[0].ClrType)),
            DuckDbType.Struct => typeof(Dictionary<string, object?>),
            DuckDbType.Map => typeof(Dictionary<,>).MakeGenericType(Children[0].ClrType, Nullable(Children[1].ClrType)),
            _ => typeof(object),
        };

    /// <summary>The type in SQL, as in <c>STRUCT(a INTEGER, b VARCHAR[])</c>.</summary>
    public override string ToString() =>
        Kind switch
        {
            DuckDbType.Decimal => $"DECIMAL({Precision},{Scale})",
            DuckDbType.List => $"{Children[0]}[]",
            DuckDbType.Array => $"{Children[0]}[{Length}]",
            DuckDbType.Struct => $"STRUCT({string.Join(", ", FieldNames.Zip(Children, (n, t) => $"{n} {t}"))})",
            DuckDbType.Map => $"MAP({Children[0]}, {Children[1]})",
            DuckDbType.TimestampTz => "TIMESTAMP WITH TIME ZONE",
            DuckDbType.TimestampSeconds => "TIMESTAMP_S",
            DuckDbType.TimestampMilliseconds => "TIMESTAMP_MS",
            DuckDbType.TimestampNanoseconds => "TIMESTAMP_NS",
            DuckDbType.TimeTz => "TIME WITH TIME ZONE",
            _ => Kind.ToString().ToUpperInvariant(),
        };

    /// <summary>The type that the handle stands for; the handle is freed.</summary>
    internal static unsafe DuckDbTypeInfo Take(nint pointer)
    {
        using var handle = new TypeHandle(pointer);
        var kind = NativeMethods.GetTypeId(handle);
        switch (kind)
        {
            case DuckDbType.Decimal:
                var storage = NativeMethods.DecimalInternalType(handle);
                return new DuckDbTypeInfo(kind, storage, SizeOf(storage))
                {
                    Precision = NativeMethods.DecimalWidth(handle),
                    Scale = NativeMethods.DecimalScale(handle),
                };
            case DuckDbType.Enum:
                var code = NativeMethods.EnumInternalType(handle);
                var values = new string[NativeMethods.EnumDictionarySize(handle)];
                for (var i = 0; i < values.Length; i++)
                {
                    values[i] = NativeText.Take(NativeMethods.EnumDictionaryValue(handle, (ulong)i));
                }
                return new DuckDbTypeInfo(kind, code, SizeOf(code)) { EnumValues = values };
            case DuckDbType.List:
                return new DuckDbTypeInfo(kind, kind, sizeof(NativeListEntry))
                {
                    Children = [Take(NativeMethods.ListTypeChildType(handle))],
                };
            case DuckDbType.Array:
                return new DuckDbTypeInfo(kind, kind, 0)
                {
                    Children = [Take(NativeMethods.ArrayTypeChildType(handle))],
                    Length = (int)NativeMethods.ArrayTypeArraySize(handle),
                };
            case DuckDbType.Map:
                return new DuckDbTypeInfo(kind, kind, sizeof(NativeListEntry))
                {
                    Children =
                    [
                        Take(NativeMethods.MapTypeKeyType(handle)),
                        Take(NativeMethods.MapTypeValueType(handle)),
                    ],
                };
            case DuckDbType.Struct:
                var names = new string[NativeMethods.StructTypeChildCount(handle)];
                var children = new DuckDbTypeInfo[names.Length];
                for (var i = 0; i < names.Length; i++)
                {
                    names[i] = NativeText.Take(NativeMethods.StructTypeChildName(handle, (ulong)i));
                    children[i] = Take(NativeMethods.StructTypeChildType(handle, (ulong)i));
                }
                return new DuckDbTypeInfo(kind, kind, 0) { FieldNames = names, Children = children };
            default:
                return new DuckDbTypeInfo(kind, kind, SizeOf(kind));
        }
    }

    private static Type Nullable(Type type) => type.IsValueType ? typeof(Nullable<>).MakeGenericType(type) : type;

    private static int SizeOf(DuckDbType storage) =>
        storage switch
        {
            DuckDbType.Boolean or DuckDbType.TinyInt or DuckDbType.UTinyInt => 1,
            DuckDbType.SmallInt or DuckDbType.USmallInt => 2,
            DuckDbType.Integer or DuckDbType.UInteger or DuckDbType.Float or DuckDbType.Date => 4,
            DuckDbType.BigInt
            or DuckDbType.UBigInt
            or DuckDbType.Double
            or DuckDbType.Time
            or DuckDbType.TimeTz
            or DuckDbType.TimeNanoseconds
            or DuckDbType.Timestamp
            or DuckDbType.TimestampTz
            or DuckDbType.TimestampSeconds
            or DuckDbType.TimestampMilliseconds
            or DuckDbType.TimestampNanoseconds => 8,
            DuckDbType.HugeInt
            or DuckDbType.UHugeInt
            or DuckDbType.Uuid
            or DuckDbType.Interval
            or DuckDbType.Varchar
            or DuckDbType.Blob
            or DuckDbType.Bit
            or DuckDbType.BigNum
            or DuckDbType.Geometry => 16,
            _ => 0,
        };
}
