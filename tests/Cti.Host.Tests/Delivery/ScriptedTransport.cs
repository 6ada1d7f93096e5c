// An endpoint that does what a test says, to the letter and on time: what no real one can be made to do.

using System.Text;
using System.Text.Json;
using Cti.Host.Delivery;
using Xunit;

namespace Cti.Host.Tests.Delivery;

/// <summary>One record as the endpoint took it.</summary>
internal sealed record TakenRecord(long Sequence, string Op, string Value, string Key)
{
    /// <summary>The revision it tells of.</summary>
    public string Revision => Key.Split(':')[1];
}

/// <summary>What the other side holds: it outlives the runs that send to it.</summary>
internal sealed class Endpoint(string name)
{
    private readonly Lock _gate = new();
    private readonly List<TakenRecord> _taken = [];

    public string Name => name;

    /// <summary>Asked for every send; null takes the batch. Its number counts from 1.</summary>
    public Func<IReadOnlyList<TakenRecord>, int, CancellationToken, Task<SendOutcome?>> Answer { get; set; } =
        (_, _, _) => Took;

    /// <summary>Asked for every batch that was taken: what is answered, null for the truth. Its number is that of the send.</summary>
    public Func<int, SendOutcome?> AnswersInstead { get; set; } = _ => null;

    /// <summary>The answer of an endpoint that takes the batch.</summary>
    public static Task<SendOutcome?> Took => Task.FromResult<SendOutcome?>(null);

    /// <summary>The answer of an endpoint that does not.</summary>
    public static Task<SendOutcome?> Fails(FailureKind kind, TimeSpan? notBefore = null) =>
        Task.FromResult<SendOutcome?>(new NotDelivered(kind, "CTI-SINK-999", "scripted.", notBefore));

    public BatchLimits Limits { get; set; } = new(1000, 1_000_000);

    /// <summary>Sends so far, refused ones too.</summary>
    public int Sends { get; private set; }

    /// <summary>How often somebody opened it.</summary>
    public int Opened { get; set; }

    /// <summary>What it took, in order.</summary>
    public IReadOnlyList<TakenRecord> Taken
    {
        get
        {
            lock (_gate)
            {
                return [.. _taken];
            }
        }
    }

    /// <summary>What it holds of each value after all it was told.</summary>
    public IReadOnlyDictionary<string, string> Held =>
        Taken
            .GroupBy(record => record.Value, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Last().Op, StringComparer.Ordinal);

    /// <summary>Fails unless it took exactly these entries of the log, in this order.</summary>
    public void TookInOrder(IEnumerable<long> sequences) =>
        Assert.Equal(sequences, Taken.Select(record => record.Sequence));

    public async Task<SendOutcome> TakeAsync(DeliveryBatch batch, CancellationToken stop)
    {
        var records = Enumerable.Range(0, batch.Count).Select(index => Parse(batch, index)).ToList();
        if (await Answer(records, ++Sends, stop) is { } refusal)
        {
            return refusal;
        }

        lock (_gate)
        {
            _taken.AddRange(records);
            return AnswersInstead(Sends) ?? new Delivered($"taken:{_taken.Count}");
        }
    }

    private static TakenRecord Parse(DeliveryBatch batch, int index)
    {
        var line = Encoding.UTF8.GetString(batch.Record(index).Span);
        using var json = JsonDocument.Parse(line);
        var record = json.RootElement;
        return new TakenRecord(
            record.GetProperty("sequence").GetInt64(),
            record.GetProperty("op").GetString()!,
            record.GetProperty("value").GetString()!,
            batch.Keys[index]
        );
    }
}

internal sealed class ScriptedTransport(Endpoint endpoint) : IDeliveryTransport
{
    public string Endpoint => endpoint.Name;

    public BatchLimits Limits => endpoint.Limits;

    public Task<SendOutcome> OpenAsync(string receipt, CancellationToken stop)
    {
        endpoint.Opened++;
        return Task.FromResult<SendOutcome>(new Delivered(receipt));
    }

    public Task<SendOutcome> SendAsync(DeliveryBatch batch, CancellationToken stop) => endpoint.TakeAsync(batch, stop);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
