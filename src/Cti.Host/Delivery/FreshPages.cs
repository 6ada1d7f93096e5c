// Pages of an epoch that has just been committed, from what its merge still holds in memory: nothing is read from the store.

using Cti.Core;
using Cti.Host.Store;

namespace Cti.Host.Delivery;

/// <summary>Folds an epoch's changes for several viewers. One per run; used by the thread that writes the store.</summary>
internal sealed class FreshPages(Enricher? enricher, PagePool pool)
{
    // Per claim row of the epoch that begins a subject: its first stored claim beside the epoch's, and from there the next; -1 at the end.
    private readonly Dictionary<int, int> _beside = [];
    private readonly ClaimBatch _claims = new(16);
    private int[] _nextBeside = [];
    private CommittedEpoch? _epoch;
    private KnownSubjects? _known;

    /// <summary>Makes ready to fold an epoch.</summary>
    public void Begin(CommittedEpoch epoch)
    {
        _epoch = epoch;
        _beside.Clear();
        var stored = epoch.Stored;
        if (_nextBeside.Length < stored.Count)
        {
            _nextBeside = new int[stored.Count];
        }

        for (var row = 0; row < stored.Count; row++)
        {
            if (epoch.Merge.HeadBeside(stored, row) is var head and >= 0)
            {
                _nextBeside[row] = _beside.GetValueOrDefault(head, -1);
                _beside[head] = row;
            }
        }

        _known = Known(epoch.Merge);
    }

    /// <summary>The page of changes <paramref name="first"/> to <paramref name="first"/> + <paramref name="count"/> - 1 of the epoch.</summary>
    public ChangePage Make(Fold fold, long now, int first, int count)
    {
        var epoch = _epoch!;
        var page = pool.Rent();
        var batch = page.Indicators;
        for (var change = first; change < first + count; change++)
        {
            var head = epoch.Merge.ChangeHeads[change];
            var revision = epoch.Merge.ChangeRevisions[change];
            var (claims, start, end) = Gather(epoch, head, isKnown: revision > 1);
            var at = batch.Count;
            page.Hidden[at] = !fold.Add(claims, start, end, batch);
            if (!page.Hidden[at])
            {
                enricher?.Fill(batch, at);
            }
            else if (revision > 1)
            {
                HiddenRow.Add(batch, claims, start, revision, fold, now);
            }
            else
            {
                continue;
            }

            page.Sequence[at] = epoch.FirstSequence + change;
            page.LoggedRevision[at] = revision;
            page.LoggedOp[at] = epoch.Merge.ChangeOps[change];
            page.Known[at] = revision > 1;
        }

        page.Last = epoch.FirstSequence + first + count - 1;
        page.Gaps = GapReason.Screened;
        page.Subjects = _known;
        return page;
    }

    // The subject's claims as the store holds them now, side by side. Most subjects have one.
    private (ClaimBatch Claims, int First, int Last) Gather(CommittedEpoch epoch, int head, bool isKnown)
    {
        var claims = epoch.Merge.Claims;
        var beside = isKnown ? _beside.GetValueOrDefault(head, -1) : -1;
        if (beside < 0 && epoch.Merge.Next(head) < 0)
        {
            return (claims, head, head);
        }

        _claims.Clear();
        for (var row = head; row >= 0; row = epoch.Merge.Next(row))
        {
            _claims.AddFrom(claims, row);
        }

        for (var row = beside; row >= 0; row = _nextBeside[row])
        {
            _claims.AddFrom(epoch.Stored, row);
        }

        return (_claims, 0, _claims.Count - 1);
    }

    private static KnownSubjects? Known(EpochMerge merge)
    {
        var count = 0;
        foreach (var revision in merge.ChangeRevisions)
        {
            count += revision > 1 ? 1 : 0;
        }

        if (count == 0)
        {
            return null;
        }

        var ids = new UInt128[count];
        for (var change = merge.ChangeRevisions.Count - 1; count > 0; change--)
        {
            if (merge.ChangeRevisions[change] > 1)
            {
                ids[--count] = merge.ChangeSubjects[change];
            }
        }

        return new KnownSubjects(ids);
    }
}
