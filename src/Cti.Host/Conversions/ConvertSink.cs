// The set that a conversion writes, and what it leaves out. Like an export, but everything that does not come through is a loss: fields that the format has
// no place for at all, too.

using Cti.Core;
using Cti.Host.Run;
using Cti.Host.Sinks;
using Microsoft.FSharp.Core;

namespace Cti.Host.Conversions;

/// <summary>One conversion's output.</summary>
internal sealed class ConvertSink : IPassSink
{
    // What records are taken to say that say nothing of it themselves (`Conversion`).
    private const byte NoConfidence = 50;

    private readonly ExportSink _export;
    private readonly SinkRule _rule;
    private readonly long _now;
    private readonly IndicatorField[] _unheld;
    private readonly (string First, long Rows)[] _dropped;

    /// <param name="sink">The output as it was declared.</param>
    /// <param name="now">The time of the conversion.</param>
    /// <param name="write">Takes the bytes.</param>
    /// <param name="store">Where foreign objects are.</param>
    /// <param name="pipeline">Whose they are.</param>
    public ConvertSink(
        SinkPlan sink,
        long now,
        Action<ReadOnlyMemory<byte>> write,
        DuckDb.DuckDbConnection store,
        string pipeline
    )
    {
        _export = new ExportSink(sink, now, write) { Objects = (store, pipeline, null) };
        var renderer = RenderSpecModule.create(sink.Render);
        _rule = new SinkRule(FSharpOption<Core.Predicates.Predicate>.None, renderer);
        _now = now;
        _unheld = [.. IndicatorFieldModule.all.Where(field => !renderer.Holds(field))];
        _dropped = new (string, long)[_unheld.Length];
    }

    public Tlp MaxTlp => _export.MaxTlp;

    public int? Holder => null;

    public int? Numbered => null;

    /// <summary>Indicators written.</summary>
    public long Rows => _export.Rows;

    /// <summary>Indicators that were not, by their type.</summary>
    public LossList LeftOut { get; } = new();

    /// <summary>What the format could not say of those that were.</summary>
    public LossList Bent => _export.Losses;

    /// <summary>Fields that the format has no place for: the first value that was dropped, and how many were.</summary>
    public IEnumerable<(string Field, string First, long Rows)> Dropped =>
        _unheld
            .Zip(_dropped, (unheld, dropped) => (IndicatorFieldModule.name(unheld), dropped.First, dropped.Rows))
            .Where(dropped => dropped.Rows > 0);

    public void Feed(IndicatorBatch batch, KnownRows known, ExitScreen screen)
    {
        for (var row = 0; row < batch.Count; row++)
        {
            if (_rule.Wants(batch, row))
            {
                Drop(batch, row);
            }
            else
            {
                LeftOut.Add(
                    new Loss(
                        $"{ObservableTypeModule.name(batch.Type[row])}: {_rule.Reason(batch, row)}",
                        RawBatch.TextOf(batch.Value[row], MostValueBytes),
                        LossReason.NoPlace,
                        new Position("", 0, 0)
                    )
                );
            }
        }

        _export.Feed(batch, known, screen);
    }

    private void Drop(IndicatorBatch batch, int row)
    {
        for (var index = 0; index < _unheld.Length; index++)
        {
            var field = _unheld[index];
            if (IsSaid(batch, row, field) && IndicatorFieldModule.text(batch, row, field) is { Length: > 0 } text)
            {
                _dropped[index] = (_dropped[index].Rows == 0 ? text : _dropped[index].First, _dropped[index].Rows + 1);
            }
        }
    }

    // Not what a conversion assumes where the input is silent.
    private bool IsSaid(IndicatorBatch batch, int row, IndicatorField field)
    {
        var (first, last) = (batch.FirstSeen[row], batch.LastSeen[row]);
        return field.IsFirstSeen ? first != _now
            : field.IsLastSeen ? last != _now && last != first
            : field.IsConfidence ? batch.Confidence[row] != NoConfidence
            : !field.IsTlp || !batch.Tlp[row].IsClear;
    }

    public void FeedHidden(ClaimBatch claims, int row, UInt128 indicator, int acknowledged) =>
        _export.FeedHidden(claims, row, indicator, acknowledged);

    public void Finish() => _export.Finish();

    private const int MostValueBytes = 256;
}
