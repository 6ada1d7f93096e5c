// Pages read from the store's change log, for a sink that is not in step: each entry with its subject's claims as they stand now. What a later entry
// tells anew is left out.

using System.Globalization;
using Cti.Core;
using Cti.DuckDb;
using Cti.Host.Store;

namespace Cti.Host.Delivery;

/// <summary>One per sink; used by its task, on its connection.</summary>
internal sealed class LogReader(DuckDbConnection connection, Fold fold, Enricher? enricher, PagePool pool, long now)
{
    private readonly List<(long Sequence, int Revision, byte Op)> _entries = [];
    private readonly List<ChangePage> _pages = [];
    private readonly List<UInt128> _known = [];
    private long _seen;
    private ClaimBatch _claims = new(2 * ChangePage.MostRows);
    private ClaimBatch _carried = new(64);

    /// <summary>The entries behind <paramref name="after"/> up to and with <paramref name="upTo"/>, in order; at least one page.</summary>
    /// <exception cref="StoreException">The store did not give all of them. The log has no gaps, and what is passed over here is never told.</exception>
    public IReadOnlyList<ChangePage> Read(long after, long upTo, CancellationToken abort)
    {
        Begin();
        using (
            var command = connection.CreateCommand(
                $"""
                SELECT {ClaimReader.Columns}, h.sequence, h.revision, h.op
                FROM store.changes h JOIN store.claims c ON c.subject = h.indicator
                WHERE h.sequence > {after} AND h.sequence <= {upTo}
                ORDER BY h.sequence
                """
            )
        )
        using (var reader = command.ExecuteReader(abort))
        {
            while (reader.NextChunk() is { } chunk)
            {
                abort.ThrowIfCancellationRequested();
                Take(chunk);
            }
        }

        End();
        if (_seen != upTo - after)
        {
            throw new StoreException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The store gave {_seen:N0} of the {upTo - after:N0} entries of its log behind {after:N0}. Nothing of them was sent; run again, and report it if it stays."
                )
            );
        }

        _pages[^1].Last = upTo;
        return _pages;
    }

    /// <summary>The newest entry of each of some subjects, in the subjects' order; at least one page.</summary>
    public IReadOnlyList<ChangePage> Newest(IReadOnlyList<UInt128> subjects, CancellationToken abort)
    {
        Begin();
        using (
            var command = connection.CreateCommand(
                $"""
                SELECT {ClaimReader.Columns}, h.sequence, h.revision, h.op
                FROM (
                    SELECT indicator, max(sequence) AS sequence, max(revision) AS revision, arg_max(op, sequence) AS op FROM store.changes
                    WHERE indicator IN (SELECT unnest($1)) GROUP BY indicator
                ) h JOIN store.claims c ON c.subject = h.indicator
                ORDER BY h.indicator
                """
            )
        )
        {
            command.Parameters.Add(new DuckDbParameter { Value = subjects.Select(UuidModule.toGuid).ToArray() });
            using var reader = command.ExecuteReader(abort);
            while (reader.NextChunk() is { } chunk)
            {
                abort.ThrowIfCancellationRequested();
                Take(chunk);
            }
        }

        return End();
    }

    private void Begin()
    {
        _claims.Clear();
        _entries.Clear();
        _pages.Clear();
        _known.Clear();
        _seen = 0;
        _pages.Add(NewPage());
    }

    private List<ChangePage> End()
    {
        Fold(keepLast: false);
        var subjects = _known.Count > 0 ? new KnownSubjects([.. _known]) : null;
        foreach (var page in _pages)
        {
            page.Subjects = subjects;
        }

        return _pages;
    }

    private void Take(DuckDbChunk chunk)
    {
        ClaimReader.Append(chunk, _claims);
        var sequence = chunk.Column(ClaimReader.ColumnCount).Values<long>();
        var revision = chunk.Column(ClaimReader.ColumnCount + 1).Values<int>();
        var op = chunk.Column(ClaimReader.ColumnCount + 2).Values<byte>();
        for (var row = 0; row < chunk.Count; row++)
        {
            _entries.Add((sequence[row], revision[row], op[row]));
        }

        // The last entry's claims may go on in the next chunk: kept for then.
        var first = Fold(keepLast: true);
        _carried.Clear();
        for (var row = first; row < _claims.Count; row++)
        {
            _carried.AddFrom(_claims, row);
        }

        _entries.RemoveRange(0, first);
        (_claims, _carried) = (_carried, _claims);
    }

    private int Fold(bool keepLast)
    {
        var first = 0;
        while (first < _claims.Count)
        {
            var last = first;
            while (last + 1 < _claims.Count && _entries[last + 1].Sequence == _entries[first].Sequence)
            {
                last++;
            }

            if (keepLast && last == _claims.Count - 1)
            {
                break;
            }

            Fold(first, last, _entries[first]);
            first = last + 1;
        }

        return first;
    }

    private void Fold(int first, int last, (long Sequence, int Revision, byte Op) entry)
    {
        var newest = 0;
        for (var row = first; row <= last; row++)
        {
            newest = Math.Max(newest, _claims.Revision[row]);
        }

        _seen++;
        if (newest > entry.Revision)
        {
            return;
        }

        if (newest < entry.Revision)
        {
            throw new StoreException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Entry {entry.Sequence:N0} of the log tells of revision {entry.Revision} and the claims of its indicator are of revision {newest}. Nothing of it was sent; run again, and report it if it stays."
                )
            );
        }

        var page = _pages[^1];
        if (page.Indicators.Count == ChangePage.MostRows)
        {
            page.Last = page.Sequence[ChangePage.MostRows - 1];
            page = NewPage();
            _pages.Add(page);
        }

        var at = page.Indicators.Count;
        page.Hidden[at] = !fold.Add(_claims, first, last, page.Indicators);
        if (!page.Hidden[at])
        {
            enricher?.Fill(page.Indicators, at);
        }
        else
        {
            HiddenRow.Add(page.Indicators, _claims, first, entry.Revision, fold, now);
        }

        page.Sequence[at] = entry.Sequence;
        page.LoggedRevision[at] = entry.Revision;
        page.LoggedOp[at] = entry.Op;
        page.Known[at] = entry.Revision > 1;
        if (page.Known[at])
        {
            _known.Add(_claims.Subject[first]);
        }
    }

    private ChangePage NewPage()
    {
        var page = pool.Rent();
        page.Gaps = GapReason.Merged;
        return page;
    }
}
