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

    // By filled range: the best of those that fill it. It ranks as that does.
    private Rank?[] _best = [];
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
            else
            {
                Rank(batch, row);
            }
        }
    }

    public void FeedHidden(ClaimBatch claims, int row, UInt128 indicator, int acknowledged) { }

    public void Finish()
    {
        if (_stage == Stage.Covering)
        {
            _coverage!.Close();
            _best = new Rank?[_coverage.FilledCount];
        }
        else
        {
            foreach (var best in _best)
            {
                _ranking!.Add(best!.Value);
            }
        }

        _stage = _stage == Stage.Covering && _ranking is not null ? Stage.Ranking : Stage.Done;
    }

    /// <summary>Whether there is room for an entry the sink wants.</summary>
    public LeftOut Judge(IndicatorBatch batch, int row)
    {
        var cover = CoverOf(batch, row);
        return cover.IsName || cover.IsRange ? LeftOut.Covered
            : _ranking is { } ranking && !ranking.Admits(RankOf(cover, batch, row)) ? LeftOut.Capacity
            : LeftOut.No;
    }

    /// <summary>What stands for an entry in the set, other than itself.</summary>
    public Cover CoverOf(IndicatorBatch batch, int row) =>
        _coverage is { } coverage ? coverage.Of(batch.Type[row], batch.Value[row]) : Cover.Nothing;

    /// <summary>Whether entries may be written as one.</summary>
    public bool Fills => _coverage?.FilledCount > 0;

    /// <summary>Writes a range that entries fill; gives its length, at most 43 bytes.</summary>
    public int Write(int filled, Span<byte> target) => _coverage!.Write(filled, target);

    /// <summary>Why an entry is left out, for a person; null where it is not.</summary>
    public string? Reason(IndicatorBatch batch, int row, LeftOut leftOut) =>
        leftOut switch
        {
            LeftOut.Covered => CoverOf(batch, row) is { IsName: true } name
                ? $"{batch.Value.Text(row)[^name.length..]} is listed and stands for it"
                : "a listed range stands for it",
            LeftOut.Capacity => string.Create(
                CultureInfo.InvariantCulture,
                $"no room: its score is {RankOf(CoverOf(batch, row), batch, row).Score / 100}, and the last of {_capacity:N0} entries has {Bar}"
            ),
            _ => null,
        };

    private void Rank(IndicatorBatch batch, int row)
    {
        var cover = CoverOf(batch, row);
        if (cover.IsPart)
        {
            var rank = RankOf(batch, row);
            _best[cover.filled] =
                _best[cover.filled] is { } known && RankModule.compare(known, rank) <= 0 ? known : rank;
        }
        else if (cover.IsNothing)
        {
            _ranking!.Add(RankOf(batch, row));
        }
    }

    private Rank RankOf(Cover cover, IndicatorBatch batch, int row) =>
        cover.IsPart ? _best[cover.filled]!.Value : RankOf(batch, row);

    private static Rank RankOf(IndicatorBatch batch, int row) =>
        new(batch.Score[row], batch.LastSeen[row], batch.Id[row]);
}
