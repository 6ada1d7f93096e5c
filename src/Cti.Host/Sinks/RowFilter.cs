// A sink's `where:` over rows of an indicator batch: the core's predicate with the batch as its row.

using Cti.Core;
using Cti.Core.Predicates;

namespace Cti.Host.Sinks;

/// <summary>One per sink and thread: it holds the row it looks at.</summary>
internal sealed class RowFilter(Predicate predicate)
{
    private readonly Evaluator _evaluator = new(predicate);
    private readonly IndicatorRow _row = new();

    /// <summary>The predicate, printed.</summary>
    public string Text { get; } = PredicateModule.print(predicate);

    /// <summary>Whether the predicate is true of a row; neither false nor unknown passes.</summary>
    public bool Passes(IndicatorBatch batch, int row)
    {
        _row.MoveTo(batch, row);
        return _evaluator.Selects(_row);
    }
}
