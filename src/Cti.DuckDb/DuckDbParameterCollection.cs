// The parameters of a command, by place and by name.
// Knows: lookup. Must not know: SQL.

using System.Collections;
using System.Data.Common;

namespace Cti.DuckDb;

/// <summary>Parameters in the order they were added. Names are compared without regard to case, as DuckDB does.</summary>
public sealed class DuckDbParameterCollection : DbParameterCollection, IReadOnlyList<DuckDbParameter>
{
    private readonly List<DuckDbParameter> _items = [];

    public override int Count => _items.Count;

    public override object SyncRoot => ((ICollection)_items).SyncRoot;

    public new DuckDbParameter this[int index]
    {
        get => _items[index];
        set => _items[index] = value;
    }

    /// <summary>Adds a positional parameter.</summary>
    public DuckDbParameter AddValue(object? value) => Append(new DuckDbParameter(value));

    /// <summary>Adds a named parameter.</summary>
    public DuckDbParameter AddWithValue(string name, object? value) => Append(new DuckDbParameter(name, value));

    public override int Add(object value)
    {
        _ = Append(Own(value));
        return _items.Count - 1;
    }

    public override void AddRange(Array values)
    {
        foreach (var value in values)
        {
            _ = Add(value);
        }
    }

    public override void Clear() => _items.Clear();

    public override bool Contains(object value) => IndexOf(value) >= 0;

    public override bool Contains(string value) => IndexOf(value) >= 0;

    public override void CopyTo(Array array, int index) => ((ICollection)_items).CopyTo(array, index);

    public override IEnumerator GetEnumerator() => _items.GetEnumerator();

    IEnumerator<DuckDbParameter> IEnumerable<DuckDbParameter>.GetEnumerator() => _items.GetEnumerator();

    public override int IndexOf(object value) => value is DuckDbParameter own ? _items.IndexOf(own) : -1;

    public override int IndexOf(string parameterName)
    {
        var bare = parameterName.TrimStart('$', '@', ':');
        return _items.FindIndex(p => p.ParameterName.Equals(bare, StringComparison.OrdinalIgnoreCase));
    }

    public override void Insert(int index, object value) => _items.Insert(index, Own(value));

    public override void Remove(object value) => _items.Remove(Own(value));

    public override void RemoveAt(int index) => _items.RemoveAt(index);

    public override void RemoveAt(string parameterName) => _items.RemoveAt(Find(parameterName));

    protected override DbParameter GetParameter(int index) => _items[index];

    protected override DbParameter GetParameter(string parameterName) => _items[Find(parameterName)];

    protected override void SetParameter(int index, DbParameter value) => _items[index] = Own(value);

    protected override void SetParameter(string parameterName, DbParameter value) =>
        _items[Find(parameterName)] = Own(value);

    private static DuckDbParameter Own(object value) =>
        value as DuckDbParameter
        ?? throw new InvalidCastException($"A DuckDbParameter is wanted, not {value?.GetType().Name ?? "null"}.");

    private DuckDbParameter Append(DuckDbParameter parameter)
    {
        _items.Add(parameter);
        return parameter;
    }

    private int Find(string name) =>
        IndexOf(name) is >= 0 and var index
            ? index
            : throw new ArgumentException($"There is no parameter {name}.", nameof(name));
}
