// The lists once more, at the exit: what a pipeline would screen today leaves through none of its sinks, whenever it came in. Each row of a batch
// is asked at most once, however many sinks want it.

using Cti.Core;

namespace Cti.Host.Sinks;

/// <summary>One per batch of indicators that sinks look at.</summary>
internal sealed class ExitScreen(ScreenSet screen, int capacity)
{
    private readonly ScreenHit[] _hits = new ScreenHit[capacity];
    private readonly bool[] _asked = new bool[capacity];

    /// <summary>Why a row may not leave; a hit without a reason where it may.</summary>
    public ScreenHit Ask(IndicatorBatch batch, int row)
    {
        if (!_asked[row])
        {
            _hits[row] = screen.Match(batch.Type[row], batch.Value[row]);
            _asked[row] = true;
        }

        return _hits[row];
    }

    /// <summary>The batch is filled anew.</summary>
    public void Clear() => Array.Clear(_asked);

    /// <summary>Code, list and entry of a hit.</summary>
    public (string Code, string List, string Entry) Name(ScreenHit hit) =>
        (ScreenReasonModule.code(hit.Reason), screen.ListName(hit), screen.EntryText(hit));

    /// <summary>A hit, for a person.</summary>
    public static string Describe(string code, string list, string entry) =>
        $"held back by {list} (entry {entry}, {code})";
}
