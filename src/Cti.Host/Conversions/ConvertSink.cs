// The set that a conversion writes, and what it leaves out. Like an export, but everything that does not come through is a loss.

using Cti.Core;
using Cti.Host.Run;
using Cti.Host.Sinks;
using Microsoft.FSharp.Core;

namespace Cti.Host.Conversions;

/// <summary>One conversion's output.</summary>
internal sealed class ConvertSink : IPassSink
{
    private readonly ExportSink _export;
    private readonly SinkRule _rule;

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
        _export = new ExportSink(sink, now, write) { Objects = (store, pipeline) };
        _rule = new SinkRule(FSharpOption<Core.Predicates.Predicate>.None, RenderSpecModule.create(sink.Render));
    }

    public Tlp MaxTlp => _export.MaxTlp;

    public int? Holder => null;

    /// <summary>Indicators written.</summary>
    public long Rows => _export.Rows;

    /// <summary>Indicators that were not, by their type.</summary>
    public LossList LeftOut { get; } = new();

    /// <summary>What the format could not say of those that were.</summary>
    public LossList Bent => _export.Losses;

    public void Feed(IndicatorBatch batch, int[] acknowledged, ExitScreen screen)
    {
        for (var row = 0; row < batch.Count; row++)
        {
            if (!_rule.Wants(batch, row))
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

        _export.Feed(batch, acknowledged, screen);
    }

    public void FeedHidden(ClaimBatch claims, int row, int acknowledged) =>
        _export.FeedHidden(claims, row, acknowledged);

    public void Finish() => _export.Finish();

    private const int MostValueBytes = 256;
}
