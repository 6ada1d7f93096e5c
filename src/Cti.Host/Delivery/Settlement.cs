// What of the log is settled and not noted yet: what the endpoint took, what it will never take, what was passed over on the way. The store notes it
// together, and from then on it counts.

using Cti.Core;
using Cti.Host.Store;

namespace Cti.Host.Delivery;

/// <summary>One per sink; used by its task.</summary>
/// <param name="parts">The sink's.</param>
/// <param name="doubts">The sink's.</param>
internal sealed class Settlement(StreamParts parts, Doubts doubts)
{
    // Noted together, up to so many records or for so long: a commit costs a write to the disk, and two whole row groups are written once, not to the
    // log first.
    private const int Together = 245_760;
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(2);

    private readonly Acknowledged _told = new();
    private readonly List<SinkLetter> _letters = [];
    private Passed _passed;
    private long _reached = parts.Cursor.Sequence;
    private long? _since;

    /// <summary>Whether there is nothing to note.</summary>
    public bool IsEmpty => _passed.Entries == 0;

    /// <summary>Whether it is so much, or waits for so long, that it should be noted.</summary>
    public bool IsDue =>
        _told.Count >= Together || (_since is { } since && parts.Clock.GetElapsedTime(since) >= Within);

    /// <summary>The last entry of the log that is noted.</summary>
    public long Noted { get; private set; } = parts.Cursor.Sequence;

    /// <summary>When something was noted last; null where nothing was in this run.</summary>
    public DateTimeOffset? NotedAt { get; private set; }

    /// <summary>The account of all that is noted.</summary>
    public StageCounts Counts { get; private set; } = StageCountsModule.zero;

    /// <summary>The endpoint answered for records of the batch in hand: took them, or never will.</summary>
    public void Take(Outbox outbox, DeliveryBatch batch, SendReport report)
    {
        var poison = 0;
        for (var index = 0; index < report.Settled; index++)
        {
            if (poison < report.Poison.Count && report.Poison[poison].Index == index)
            {
                var (_, code, message, attempts) = report.Poison[poison++];
                _letters.Add(new SinkLetter(outbox[index], code, message, batch.Record(index).ToArray(), attempts));
            }
            else
            {
                _told.Add(outbox[index]);
                parts.Ledger.Settle(outbox[index].Indicator);
                doubts.Settle(outbox[index].Indicator);
            }
        }
    }

    /// <summary>Entries are settled; the cursor stays where it is, as what is told anew is no stretch of the log.</summary>
    public void Pass(Passed passed) =>
        _passed = new Passed(
            _passed.Entries + passed.Entries,
            _passed.Screened + passed.Screened,
            _passed.Merged + passed.Merged
        );

    /// <summary>The log is settled up to and with an entry.</summary>
    public void Reach(Passed passed, long sequence)
    {
        Pass(passed);
        _reached = sequence;
        _since ??= parts.Clock.GetTimestamp();
    }

    /// <summary>Notes it, moves the cursor, and tells whoever waits for it. One transaction.</summary>
    /// <param name="receipt">The endpoint's last one.</param>
    public void Note(string receipt)
    {
        parts.Ledger.Acknowledge(_told, _letters, new SinkCursor(_reached, receipt, doubts.IsNoted));
        Noted = _reached;
        Counts = StageCountsModule.add(
            Counts,
            new StageCounts(_passed.Entries, 0, _told.Count, _passed.Screened, _letters.Count, _passed.Merged, 0, 0)
        );
        _told.Clear();
        _letters.Clear();
        _passed = default;
        _since = null;
        NotedAt = parts.Clock.GetUtcNow();
        parts.Intake.Acknowledged(_reached);
    }
}
