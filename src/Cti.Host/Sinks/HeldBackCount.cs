// How many indicators a sink would hold, did no list say no, by list: for its summary.

namespace Cti.Host.Sinks;

internal sealed class HeldBackCount
{
    private readonly SortedDictionary<string, long> _lists = new(StringComparer.Ordinal);

    /// <summary>Counts one.</summary>
    public void Add(HoldReason reason) => _lists[reason.List] = _lists.GetValueOrDefault(reason.List) + 1;

    /// <summary>Empty where nothing was held back.</summary>
    public string Describe() =>
        _lists.Count == 0
            ? ""
            : $"; {_lists.Values.Sum():N0} held back by lists ({string.Join(", ", _lists.Select(list => $"{list.Key} {list.Value:N0}"))})";
}
