// The row of an indicator a sink was told of and may not see any more: it is taken back, and nothing else is said of it.

using Cti.Core;

namespace Cti.Host.Delivery;

internal static class HiddenRow
{
    /// <summary>
    /// Adds the row: withdrawn at `now`, with neither labels nor sources nor facts. What it is marked as now is not told; all that the viewer may see is no
    /// laxer than what it was told before.
    /// </summary>
    public static void Add(IndicatorBatch batch, ClaimBatch claims, int row, int revision, Fold fold, long now)
    {
        var at = batch.Add();
        batch.Subject[at] = claims.Subject[row];
        batch.Id[at] = fold.IdOf(claims, row);
        batch.Type[at] = claims.Type[row];
        batch.Value.Add(claims.Value[row]);
        batch.FirstSeen[at] = TimestampModule.none;
        batch.LastSeen[at] = TimestampModule.none;
        batch.Created[at] = TimestampModule.none;
        batch.Modified[at] = now;
        batch.ValidUntil[at] = now;
        batch.Status[at] = IndicatorStatus.Withdrawn;
        batch.Tlp[at] = fold.MaxTlp;
        batch.Labels[at] = NameSet.Empty;
        batch.Sources[at] = NameSet.Empty;
        batch.Confidence[at] = 0;
        batch.Score[at] = 0;
        batch.Revision[at] = revision;
        batch.Facts?.Clear(at);
    }
}
