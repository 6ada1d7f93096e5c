// Which of what a state sink wants it has room for. Two looks at the store before the plan is made, each only where it is asked for: what stands for what
// else, then where the bar is.

using System.Globalization;
using Cti.Core;
using Cti.Host.Run;
using Microsoft.FSharp.Core;

namespace Cti.Host.Sinks;

/// <summary>Why a sink leaves out what it wants.</summary>
internal enum LeftOut
{
    /// <summary>It does not.</summary>
    No,

    /// <summary>A larger entry stands for it.</summary>
    Covered,

    /// <summary>Others rank before it, and there is no more room.</summary>
    Capacity,
}

/// <summary>One per sink and plan. Fed by passes until <see cref="WantsPass"/> is false, then asked.</summary>
internal sealed class Selection : IPassSink
{
    private enum Stage
    {
        Covering,
        Ranking,
        Done,
    }

    private readonly SinkRule _rule;
    private readonly Coverage? _coverage;
    private readonly Ranking? _ranking;
    private readonly int? _capacity;
    private Stage _stage;

    private Selection(SinkPlan sink)
    {
        MaxTlp = sink.MaxTlp;
        _rule = new SinkRule(sink.Where, RenderSpecModule.create(sink.Render));
        _capacity = sink.Capacity;
        _coverage = sink.Folds ? new Coverage(RenderSpecModule.coverage(sink.Render)) : null;
        _ranking = sink.Capacity is { } capacity ? new Ranking(capacity) : null;
        _stage = _coverage is null ? Stage.Ranking : Stage.Covering;
    }

    /// <summary>The selection of a sink; null where it has room for everything.</summary>
    public static Selection? Of(SinkPlan sink) => sink.Folds || sink.Capacity is not null ? new Selection(sink) : null;

    public Tlp MaxTlp { get; }

    public int? Holder => null;

    public int? Numbered => null;

    /// <summary>Whether it has to look at everything once more before it can be asked.</summary>
    public bool WantsPass => _stage != Stage.Done;

    /// <summary>Most entries; null for no bound.</summary>
    public int? Capacity => _capacity;

    /// <summary>The score of the last entry there is room for, 0 to 100; null where there is room for all.</summary>
    public int? Bar => _ranking?.Bar is { IsSome: true, Value: var bar } ? bar.Score / 100 : null;

    public void Feed(IndicatorBatch batch, KnownRows known, ExitScreen screen)
    {
        for (var row = 0; row < batch.Count; row++)
        {
            if (!_rule.Wants(batch, row) || screen.Ask(batch.Subject[row]) is not null)
            {
                continue;
            }

            if (_stage == Stage.Covering)
            {
                _coverage!.Add(batch.Type[row], batch.Value[row]);
            }
            else if (!IsCovered(batch, row))
            {
                _ranking!.Add(RankOf(batch, row));
            }
        }
    }

    public void FeedHidden(ClaimBatch claims, int row, UInt128 indicator, int acknowledged) { }

    public void Finish()
    {
        if (_stage == Stage.Covering)
        {
            _coverage!.Close();
        }

        _stage = _stage == Stage.Covering && _ranking is not null ? Stage.Ranking : Stage.Done;
    }

    /// <summary>Whether there is room for an entry the sink wants.</summary>
    public LeftOut Judge(IndicatorBatch batch, int row) =>
        IsCovered(batch, row) ? LeftOut.Covered
        : _ranking is { } ranking && !ranking.Admits(RankOf(batch, row)) ? LeftOut.Capacity
        : LeftOut.No;

    /// <summary>Why an entry is left out, for a person; null where it is not.</summary>
    public string? Reason(IndicatorBatch batch, int row, LeftOut leftOut) =>
        leftOut switch
        {
            LeftOut.Covered => _coverage!.Of(batch.Type[row], batch.Value[row]) is { IsName: true, length: var length }
                ? $"{batch.Value.Text(row)[^length..]} is listed and stands for it"
                : "a listed range stands for it",
            LeftOut.Capacity => string.Create(
                CultureInfo.InvariantCulture,
                $"no room: its score is {batch.Score[row] / 100}, and the last of {_capacity:N0} entries has {Bar}"
            ),
            _ => null,
        };

    private bool IsCovered(IndicatorBatch batch, int row) =>
        _coverage is { } coverage && !coverage.Of(batch.Type[row], batch.Value[row]).IsNothing;

    private static Rank RankOf(IndicatorBatch batch, int row) =>
        new(batch.Score[row], batch.LastSeen[row], batch.Subject[row]);
}
