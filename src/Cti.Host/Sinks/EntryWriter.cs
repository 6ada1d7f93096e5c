// Hands what a sink wants to whoever renders it: those that fill a range together as that one entry, in the place of the first of them. Each is acknowledged and
// withdrawn for itself all the same, so that the range falls apart as soon as one of them goes.

using System.Globalization;
using Cti.Core;

namespace Cti.Host.Sinks;

/// <summary>Takes rows of a batch, in canonical order.</summary>
internal delegate void TakeRows(IndicatorBatch batch, ReadOnlySpan<int> selected);

/// <summary>One per sink and rendering.</summary>
/// <param name="selection">What fills what; null where every entry is written as it is.</param>
/// <param name="take">Renders them.</param>
internal sealed class EntryWriter(Selection? selection, TakeRows take)
{
    private static readonly int[] First = [0];

    private readonly IndicatorBatch _range = new(1);
    private readonly byte[] _text = new byte[64];
    private long _parts;
    private long _ranges;

    /// <summary>By how much there are fewer entries than indicators.</summary>
    public long Saved => _parts - _ranges;

    /// <summary>For a summary; empty where nothing is written together.</summary>
    public string Summary =>
        _parts == 0
            ? ""
            : string.Create(
                CultureInfo.InvariantCulture,
                $"; {_parts:N0} written together as {_ranges:N0} {(_ranges == 1 ? "range" : "ranges")}"
            );

    public void Add(IndicatorBatch batch, ReadOnlySpan<int> selected)
    {
        if (selection is not { Fills: true } filling)
        {
            take(batch, selected);
            return;
        }

        var first = 0;
        for (var index = 0; index < selected.Length; index++)
        {
            if (filling.CoverOf(batch, selected[index]) is { IsPart: true } part)
            {
                if (index > first)
                {
                    take(batch, selected[first..index]);
                }

                first = index + 1;
                Take(batch, selected[index], part, filling);
            }
        }

        take(batch, selected[first..]);
    }

    private void Take(IndicatorBatch batch, int row, Cover part, Selection filling)
    {
        _parts++;
        if (part.leads)
        {
            _ranges++;
            _range.Clear();
            _range.AddAs(batch, row, ObservableType.Cidr, _text.AsSpan(0, filling.Write(part.filled, _text)));
            take(_range, First);
        }
    }
}
