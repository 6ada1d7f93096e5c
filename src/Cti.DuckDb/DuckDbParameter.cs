// A parameter: a name and a value.
// Knows: how names are written. Must not know: how values cross to DuckDB (ParameterValue does).

using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Cti.DuckDb;

/// <summary>
/// A parameter of a command. With a name it fills <c>$name</c> (write the name with or without $, @ or :); without
/// one, it fills <c>?</c> or <c>$1</c> by its place in the list.
/// </summary>
public sealed class DuckDbParameter : DbParameter
{
    private string _name = "";
    private DbType? _dbType;

    public DuckDbParameter() { }

    public DuckDbParameter(object? value) => Value = value;

    public DuckDbParameter(string name, object? value)
    {
        ParameterName = name;
        Value = value;
    }

    [AllowNull]
    public override string ParameterName
    {
        get => _name;
        set => _name = value?.TrimStart('$', '@', ':') ?? "";
    }

    /// <summary>
    /// Any scalar, byte[], or a list of scalars; null and DBNull are NULL. The value's own type decides, with one
    /// exception: a UInt128 is a UUID if <see cref="DbType"/> says Guid.
    /// </summary>
    public override object? Value { get; set; }

    public override DbType DbType
    {
        get => _dbType ?? DbType.Object;
        set => _dbType = value;
    }

    /// <summary>Always input: DuckDB has no other.</summary>
    public override ParameterDirection Direction
    {
        get => ParameterDirection.Input;
        set
        {
            if (value != ParameterDirection.Input)
            {
                throw new NotSupportedException("DuckDB's parameters are input only.");
            }
        }
    }

    public override bool IsNullable { get; set; } = true;

    public override int Size { get; set; }

    [AllowNull]
    public override string SourceColumn { get; set; } = "";

    public override bool SourceColumnNullMapping { get; set; }

    public override void ResetDbType() => _dbType = null;
}
