// The observation batches of a run, rented by its first half and given back by its second.

using System.Collections.Concurrent;
using Cti.Core;

namespace Cti.Host.Run;

/// <summary>Observation batches, used again and again.</summary>
internal sealed class BatchPool
{
    private readonly ConcurrentBag<ObservationBatch> _free = [];

    /// <summary>An empty batch; a new one has room for so many observations before it grows.</summary>
    public ObservationBatch Rent(int capacity) => _free.TryTake(out var batch) ? batch : new ObservationBatch(capacity);

    public void Return(ObservationBatch batch) => _free.Add(batch);
}
