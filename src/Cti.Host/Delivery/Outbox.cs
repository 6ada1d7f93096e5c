// The batch in hand: rendered records with what each tells, and what was let go on the way to them, so that a part of it can be settled.

using System.Collections;
using Cti.Core;

namespace Cti.Host.Delivery;

/// <summary>What a stretch of the log came to.</summary>
/// <param name="Entries">Entries of the log.</param>
/// <param name="Screened">Of these, not for this sink.</param>
/// <param name="Merged">Of these, overtaken by a later one.</param>
internal readonly record struct Passed(long Entries, long Screened, long Merged);

/// <summary>One per sink; used by its task.</summary>
internal sealed class Outbox(BatchLimits limits, long cursor)
{
    private readonly Utf8Writer _body = new(64 * 1024);
    private readonly List<int> _ends = [];
    private readonly List<Told> _told = [];
    private readonly List<long> _sequences = [];

    // By record: what was passed up to and with it.
    private readonly List<Passed> _passed = [];
    private Passed _sofar;

    /// <summary>Records in hand.</summary>
    public int Count => _told.Count;

    /// <summary>The last entry of the log that was looked at.</summary>
    public long Through { get; private set; } = cursor;

    /// <summary>Whether the log was passed beyond what is settled.</summary>
    public bool IsDirty => _sofar.Entries > 0;

    public bool IsFull => Count >= limits.Records || _body.Length >= limits.Bytes;

    /// <summary>Where the next record is rendered to; follow with <see cref="Add"/>.</summary>
    public Utf8Writer Body => _body;

    /// <summary>The body ends a record now.</summary>
    public void Add(Told told, long sequence)
    {
        Pass(sequence, null);
        _ends.Add(_body.Length);
        _told.Add(told);
        _sequences.Add(sequence);
        _passed.Add(_sofar);
    }

    /// <summary>The entry is not for this sink.</summary>
    public void Screen(long sequence) => Pass(sequence, GapReason.Screened);

    /// <summary>Entries up to and with <paramref name="sequence"/> have no row, for one reason.</summary>
    public void PassGap(long sequence, GapReason reason) => Pass(sequence, reason);

    /// <summary>What is in hand; valid until the next record is rendered.</summary>
    public DeliveryBatch ToBatch() => new(_body.WrittenMemory, _ends, new DeliveryKeys(_told, 0, _told.Count));

    /// <summary>What the record at a place tells.</summary>
    public Told this[int index] => _told[index];

    /// <summary>
    /// The first records are settled: gives what was passed up to the last of them, or up to <see cref="Through"/> where none is left, and the
    /// entry reached.
    /// </summary>
    public (Passed Passed, long Sequence) Settled(int count) =>
        count == Count ? (_sofar, Through)
        : count == 0 ? (default, Through - _sofar.Entries)
        : (_passed[count - 1], _sequences[count - 1]);

    /// <summary>Everything in hand is settled.</summary>
    public void Clear()
    {
        _body.Clear();
        _ends.Clear();
        _told.Clear();
        _sequences.Clear();
        _passed.Clear();
        _sofar = default;
    }

    private void Pass(long sequence, GapReason? reason)
    {
        var entries = sequence - Through;
        _sofar = new Passed(
            _sofar.Entries + entries,
            _sofar.Screened + (reason == GapReason.Screened ? entries : 0),
            _sofar.Merged + (reason == GapReason.Merged ? entries : 0)
        );
        Through = sequence;
    }
}

/// <summary>Idempotency keys, `indicator:revision`, made when somebody asks: a file never does.</summary>
internal sealed class DeliveryKeys(List<Told> told, int first, int count) : IReadOnlyList<string>
{
    public int Count => count;

    public string this[int index] =>
        index < 0 || index >= count
            ? throw new ArgumentOutOfRangeException(nameof(index))
            : $"{UuidModule.toText(told[first + index].Indicator)}:{told[first + index].Revision}";

    public IEnumerator<string> GetEnumerator()
    {
        for (var index = 0; index < count; index++)
        {
            yield return this[index];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
