// What an endpoint acknowledged of a batch whose rest failed. The batch comes again, whole or in parts: what was acknowledged is not sent twice.

using System.IO.Hashing;

namespace Cti.Host.Delivery;

/// <summary>For endpoints that answer for each record. Holds at most one batch, and only until it is delivered.</summary>
internal sealed class SentBefore
{
    private readonly Dictionary<(string Key, UInt128 Content), RefusedRecord?> _answers = [];

    /// <summary>Places of the records that are still to be sent, in order.</summary>
    public List<int> Missing(DeliveryBatch batch)
    {
        var missing = new List<int>(batch.Count);
        for (var index = 0; index < batch.Count; index++)
        {
            if (_answers.Count == 0 || !_answers.ContainsKey(NameOf(batch, index)))
            {
                missing.Add(index);
            }
        }

        return missing;
    }

    /// <summary>The endpoint has taken a record, or never will.</summary>
    public void Note(DeliveryBatch batch, int index, RefusedRecord? refused = null) =>
        _answers[NameOf(batch, index)] = refused;

    /// <summary>All of a batch was answered: gives what was refused, by place in this batch, and forgets it.</summary>
    public List<RefusedRecord> Close(DeliveryBatch batch)
    {
        var refused = new List<RefusedRecord>();
        for (var index = 0; index < batch.Count; index++)
        {
            if (_answers.Remove(NameOf(batch, index), out var answer) && answer is not null)
            {
                refused.Add(answer with { Index = index });
            }
        }

        return refused;
    }

    // The content too: one key may stand for two states of one revision, and only the same record is not to be sent again.
    private static (string, UInt128) NameOf(DeliveryBatch batch, int index) =>
        (batch.Keys[index], XxHash128.HashToUInt128(batch.Record(index).Span));
}
