// Consecutive entries of the change log, folded for one viewer: what is handed to stream sinks. Sinks that see the same share a page, and its
// lines where several want all of it; each judges it by itself.

using System.Collections.Concurrent;
using Cti.Core;

namespace Cti.Host.Delivery;

/// <summary>Why an entry of the log between two rows of a page has no row.</summary>
internal enum GapReason
{
    /// <summary>This viewer may see nothing of it, and never could.</summary>
    Screened,

    /// <summary>A later entry tells the newer state.</summary>
    Merged,
}

/// <summary>Subjects that were in the store before: a sink may hold earlier revisions of them. Compared by reference.</summary>
internal sealed class KnownSubjects(UInt128[] ids)
{
    public UInt128[] Ids { get; } = ids;
}

/// <summary>Filled by one thread, then read by any number until the last of them releases it.</summary>
internal sealed class ChangePage
{
    /// <summary>Most rows of a page.</summary>
    public const int MostRows = 2048;

    private static readonly ChangeOp[] Ops = ChangeOpModule.all;

    private readonly PagePool _pool;
    private readonly SharedLines _lines = new();
    private int _readers;

    public ChangePage(PagePool pool, bool hasFacts)
    {
        _pool = pool;
        Indicators.Facts = hasFacts ? new FactColumns(MostRows) : null;
    }

    public IndicatorBatch Indicators { get; } = new(MostRows);

    /// <summary>By row: the entry's number in the log, growing.</summary>
    public long[] Sequence { get; } = new long[MostRows];

    /// <summary>By row: the revision the entry is about.</summary>
    public int[] LoggedRevision { get; } = new int[MostRows];

    /// <summary>By row: what the entry calls it; <see cref="ChangeOpModule.code"/>.</summary>
    public byte[] LoggedOp { get; } = new byte[MostRows];

    /// <summary>By row: whether the subject was in the store before the entry.</summary>
    public bool[] Known { get; } = new bool[MostRows];

    /// <summary>By row: whether the viewer may see nothing of the subject any more.</summary>
    public bool[] Hidden { get; } = new bool[MostRows];

    /// <summary>The last entry the page stands for.</summary>
    public long Last { get; set; }

    /// <summary>What entries without a row are.</summary>
    public GapReason Gaps { get; set; }

    /// <summary>The known subjects of the epoch, or of what was read together; null where there are none.</summary>
    public KnownSubjects? Subjects { get; set; }

    /// <summary>What the log calls a row.</summary>
    public ChangeOp LoggedAs(int row) => Ops[LoggedOp[row] - 1];

    /// <summary>Several sinks want every row in one format: its line is rendered once. Before the page is offered.</summary>
    public void ShareLines(ChangeFormat format) => _lines.Render(this, format);

    /// <summary>Writes the line of a row for a sink to which it is <paramref name="op"/>.</summary>
    public void Write(ChangeFormat format, int row, ChangeOp op, Utf8Writer target)
    {
        if (_lines.Has(format) && ChangeOpModule.code(op) == LoggedOp[row])
        {
            _lines.Copy(row, target);
        }
        else
        {
            ChangeFormatModule.write(format, Indicators, row, Sequence[row], op, target);
        }
    }

    /// <summary>A row, as one sink is told of it.</summary>
    public Told Tell(int row, ChangeOp op)
    {
        var revision = Indicators.Revision[row];
        var isAsLogged = revision == LoggedRevision[row] && ChangeOpModule.code(op) == LoggedOp[row];
        return new Told(Indicators.Subject[row], revision, op, isAsLogged ? Sequence[row] : 0);
    }

    /// <summary>One more sink has the page.</summary>
    public void Retain() => Interlocked.Increment(ref _readers);

    /// <summary>A sink is done with it; after the last one it is used again.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _readers) == 0)
        {
            Indicators.Clear();
            _lines.Clear();
            Subjects = null;
            _pool.Return(this);
        }
    }
}

/// <summary>Pages, used again and again. One per run; safe from any thread.</summary>
internal sealed class PagePool(bool hasFacts)
{
    private readonly ConcurrentBag<ChangePage> _free = [];

    /// <summary>An empty page that its maker holds.</summary>
    public ChangePage Rent()
    {
        var page = _free.TryTake(out var free) ? free : new ChangePage(this, hasFacts);
        page.Retain();
        return page;
    }

    public void Return(ChangePage page) => _free.Add(page);
}
