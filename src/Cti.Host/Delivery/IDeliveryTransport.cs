// The contract between a stream sink and the way its records travel (file, HTTP, syslog, a program, a broker).

namespace Cti.Host.Delivery;

/// <summary>Carries rendered records to one endpoint. One per sink and run; used by one task.</summary>
/// <remarks>
/// <para><b>Use.</b> <see cref="OpenAsync"/> once, with what the last acknowledged send left as its receipt; then <see cref="SendAsync"/>, one batch
/// after the other, in the log's order; then dispose. After a transient failure the same batch comes again, whole or in parts.</para>
/// <para><b>Acknowledgement.</b> <see cref="Delivered"/> means that the endpoint has taken the batch for good: written through to the disk,
/// answered with success, confirmed. What is only on its way is not delivered.</para>
/// <para><b>Errors are values.</b> A failure says of which kind it is, and the caller decides: transient ones are sent again with growing delays,
/// throttled ones no earlier than they ask, terminal ones are split until the record that cannot be taken stands alone, and that one becomes a
/// dead letter. A transport neither retries nor waits by itself.</para>
/// <para><b>End.</b> <c>stop</c> ends a call with <see cref="OperationCanceledException"/>; nothing is known of the batch then.</para>
/// <para><b>Secrets.</b> No message and no receipt holds one.</para>
/// </remarks>
internal interface IDeliveryTransport : IAsyncDisposable
{
    /// <summary>What the circuit breaker, the rate limit and messages call the other side: `https://siem.example:8088`. No path, no secret.</summary>
    string Endpoint { get; }

    /// <summary>How much one send may carry.</summary>
    BatchLimits Limits { get; }

    /// <summary>Whether opening takes back what was sent behind the receipt, so that nothing is ever in doubt.</summary>
    bool TakesBack => false;

    /// <summary>Makes ready to send; called again after <see cref="FailureKind.Transient"/> failures that broke a connection.</summary>
    /// <param name="receipt">Of the last acknowledged send, from the store; empty before the first.</param>
    /// <param name="stop">Cancelled when the run is aborted.</param>
    Task<SendOutcome> OpenAsync(string receipt, CancellationToken stop);

    /// <summary>Sends records and waits until they are acknowledged.</summary>
    Task<SendOutcome> SendAsync(DeliveryBatch batch, CancellationToken stop);
}

/// <summary>How much one send may carry; a single record beyond the bytes is sent alone.</summary>
public readonly record struct BatchLimits(int Records, int Bytes);

/// <summary>Rendered records on their way, in the log's order.</summary>
/// <param name="Body">The records, one after the other, each with the line end or frame its renderer gives it.</param>
/// <param name="Ends">Where each record ends in <paramref name="Body"/>.</param>
/// <param name="Keys">What each record is known by at every attempt, `indicator:revision`: idempotency keys, message ids.</param>
internal sealed record DeliveryBatch(ReadOnlyMemory<byte> Body, IReadOnlyList<int> Ends, IReadOnlyList<string> Keys)
{
    public int Count => Ends.Count;

    /// <summary>One record's bytes.</summary>
    public ReadOnlyMemory<byte> Record(int index)
    {
        var start = index == 0 ? 0 : Ends[index - 1];
        return Body[start..Ends[index]];
    }

    /// <summary>Some of the records, side by side.</summary>
    public DeliveryBatch Slice(int first, int count)
    {
        var start = first == 0 ? 0 : Ends[first - 1];
        return new DeliveryBatch(
            Body[start..Ends[first + count - 1]],
            [.. Ends.Skip(first).Take(count).Select(end => end - start)],
            [.. Keys.Skip(first).Take(count)]
        );
    }
}

/// <summary>What became of a call.</summary>
internal abstract record SendOutcome;

/// <summary>The endpoint has it for good.</summary>
/// <param name="Receipt">What proves it or is needed to go on behind it: a file's length, a status line. Kept in the store.</param>
/// <param name="Refused">Records the endpoint named as impossible, by place in the batch; the others are delivered.</param>
internal sealed record Delivered(string Receipt, IReadOnlyList<RefusedRecord> Refused) : SendOutcome
{
    public Delivered(string receipt)
        : this(receipt, []) { }
}

/// <summary>A record that this endpoint will never take.</summary>
internal sealed record RefusedRecord(int Index, string Code, string Message);

/// <summary>The batch is not delivered, as far as is known.</summary>
/// <param name="Kind">What can be done about it.</param>
/// <param name="Code">Stable: docs/codes.md.</param>
/// <param name="Message">What happened, where, what to do.</param>
/// <param name="NotBefore">Of a throttled one: how long the endpoint wants to be left alone; null where it did not say.</param>
internal sealed record NotDelivered(FailureKind Kind, string Code, string Message, TimeSpan? NotBefore = null)
    : SendOutcome;

/// <summary>What can be done about a failure.</summary>
internal enum FailureKind
{
    /// <summary>May go well the next time: a reset, a timeout, 5xx.</summary>
    Transient,

    /// <summary>Too much at once: 429, 503 with Retry-After.</summary>
    Throttled,

    /// <summary>Too large for one send: 413. Halves may pass.</summary>
    TooLarge,

    /// <summary>Will never go well with these records: 400, 422.</summary>
    Terminal,

    /// <summary>Will never go well with any record until somebody mends it: 401 after the secret was read again, 403, 404, a wrong certificate.</summary>
    Misconfigured,
}
