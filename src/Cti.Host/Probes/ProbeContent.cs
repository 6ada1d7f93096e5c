// A set with one more in it: what a sink acknowledged, as the store knows it now, and the value of a probe at its place in the order. Not what the sink should
// hold: a plan that waits for somebody must not slip through.

using Cti.Core;
using Cti.Host.Sinks;

namespace Cti.Host.Probes;

/// <summary>Feeds one output. Acknowledges nothing, gives no numbers.</summary>
/// <param name="output">Gets the rows.</param>
/// <param name="probe">One row.</param>
/// <param name="maxTlp">What the sink may see.</param>
/// <param name="holder">The number by which the store knows what the sink acknowledged; null for nothing.</param>
/// <param name="numbers">The numbers it gave; null where its format has none.</param>
/// <param name="addObjects">Adds what others wrote, behind the rows.</param>
internal sealed class ProbeContent(
    FileOutput output,
    IndicatorBatch probe,
    Tlp maxTlp,
    int? holder,
    GivenNumbers? numbers,
    Action addObjects
) : IPassSink
{
    private static readonly int[] First = [0];
    private bool _isPlaced;
    private long _rows;

    public Tlp MaxTlp => maxTlp;

    public int? Holder => holder;

    public int? Numbered => numbers?.Sink;

    /// <summary>Whether the sink holds the very value, so that it could not be told from the probe.</summary>
    public bool IsHeld { get; private set; }

    public void Feed(IndicatorBatch batch, KnownRows known, ExitScreen screen)
    {
        Span<int> selected = stackalloc int[batch.Capacity];
        var count = 0;
        for (var row = 0; row < batch.Count; row++)
        {
            if (known.Revisions[row] == 0)
            {
                continue;
            }

            if (batch.Subject[row] == probe.Subject[0])
            {
                IsHeld = true;
                continue;
            }

            if (!_isPlaced && batch.Value[row].SequenceCompareTo(probe.Value[0]) > 0)
            {
                Add(batch, selected[..count]);
                Place();
                count = 0;
            }

            batch.Number[row] = known.Numbers[row];
            selected[count++] = row;
        }

        Add(batch, selected[..count]);
    }

    public void FeedHidden(ClaimBatch claims, int row, UInt128 indicator, int acknowledged) { }

    public void Finish()
    {
        Place();
        addObjects();
        output.Finish(_rows);
    }

    private void Place()
    {
        if (!_isPlaced)
        {
            _isPlaced = true;
            probe.Number[0] = (numbers?.Last ?? 0) + 1;
            Add(probe, First);
        }
    }

    private void Add(IndicatorBatch batch, ReadOnlySpan<int> rows)
    {
        output.Add(batch, rows);
        _rows += rows.Length;
    }
}
