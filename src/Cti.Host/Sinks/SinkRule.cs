// What a sink wants, and why not: one rule for planning and for explaining.

using Cti.Core;
using Cti.Core.Predicates;

namespace Cti.Host.Sinks;

/// <summary>One per sink and thread.</summary>
internal sealed class SinkRule(Predicate? where, IRenderer renderer)
{
    private readonly RowFilter? _where = where is null ? null : new RowFilter(where);

    /// <summary>Whether the sink shall hold an indicator no list holds back: it is active, `where` is true, and the format can say it.</summary>
    public bool Wants(IndicatorBatch batch, int row) =>
        batch.Status[row].IsActive
        && (_where is null || _where.Passes(batch, row))
        && renderer.CanHold(batch.Type[row], batch.Value[row]).IsNone;

    /// <summary>Why, for a person.</summary>
    public string Reason(IndicatorBatch batch, int row) =>
        batch.Status[row] switch
        {
            { IsExpired: true } => "not seen for longer than the lifetime of its type",
            { IsWithdrawn: true } => "taken back by its last source",
            { IsRevoked: true } => "a false positive",
            _ when _where is not null && !_where.Passes(batch, row) => $"`where` is not true of it: {_where.Text}",
            _ when renderer.CanHold(batch.Type[row], batch.Value[row]) is { IsSome: true } refusal =>
                RenderReasonModule.message(refusal.Value),
            _ when _where is not null => $"active, and `where` is true: {_where.Text}",
            _ => "active",
        };
}
