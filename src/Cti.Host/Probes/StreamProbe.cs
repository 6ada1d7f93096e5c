// The road to a sink that is told changes: one indicator is added and withdrawn through the sink's own transport.

using Cti.Core;
using Cti.Host.Delivery;
using Cti.Host.Run;

namespace Cti.Host.Probes;

/// <summary>One probe.</summary>
/// <param name="sink">Is told changes.</param>
/// <param name="format">What they look like.</param>
/// <param name="subject">What is sent.</param>
/// <param name="clock">Waits.</param>
/// <param name="now">The time the changes are of.</param>
internal sealed class StreamProbe(SinkPlan sink, ChangeFormat format, Subject subject, TimeProvider clock, long now)
{
    private readonly List<string> _steps = [];
    private bool? _isReadBack;

    /// <summary>Goes there and back.</summary>
    public async Task<ProbeReport> RunAsync(CancellationToken stop)
    {
        // A file is nobody's endpoint but ours: it is cut to what it was, and one that was not there is not there again.
        var isNew = sink.Transport is null && !File.Exists(sink.Path);
        ProbeProblem? problem;
        await using (var transport = Transports.Create(sink, clock))
        {
            problem = await ThereAndBackAsync(transport, stop);
        }

        if (isNew)
        {
            File.Delete(sink.Path);
        }

        return new ProbeReport
        {
            Sink = sink.Name,
            Subject = subject,
            Steps = _steps,
            IsReadBack = _isReadBack,
            Problem = problem,
        };
    }

    private async Task<ProbeProblem?> ThereAndBackAsync(IDeliveryTransport transport, CancellationToken stop)
    {
        var added = Record(Probe.row(subject, now), ChangeOp.Added);
        string receipt;
        switch (await WithinAsync(token => transport.OpenAsync("", token), transport, stop))
        {
            case Delivered opened:
                receipt = opened.Receipt;
                break;
            case var closed:
                return Failed((NotDelivered)closed);
        }

        var sent = await WithinAsync(token => transport.SendAsync(added, token), transport, stop);
        var problem = sent switch
        {
            Delivered { Refused: [var refused, ..] } => new ProbeProblem(refused.Code, refused.Message),
            NotDelivered failure => Failed(failure),
            _ => null,
        };
        // What was refused is not there; what nobody answered for may be.
        if (problem is not null && sent is not NotDelivered { Kind: FailureKind.Transient })
        {
            return problem;
        }

        if (problem is null)
        {
            _steps.Add("sent");
            _steps.Add($"accepted by {transport.Endpoint}");
            problem = await ReadAsync(transport, added, stop);
        }

        return await TakeBackAsync(transport, receipt, problem is null) is { } left ? problem ?? left : problem;
    }

    // Not stopped by whoever stops the probe: the other side has the value.
    private async Task<ProbeProblem?> TakeBackAsync(IDeliveryTransport transport, string receipt, bool wasSent)
    {
        if (transport.TakesBack)
        {
            if (await transport.OpenAsync(receipt, CancellationToken.None) is NotDelivered kept)
            {
                return Left(kept);
            }

            _steps.Add("withdrawn");
            return null;
        }

        var ended = Record(Probe.ended(subject, now), ChangeOp.Withdrawn);
        var outcome = await WithinAsync(token => transport.SendAsync(ended, token), transport, CancellationToken.None);
        if (outcome is NotDelivered failure)
        {
            return Left(failure);
        }

        if (outcome is Delivered { Refused: [var refused, ..] })
        {
            return Left(new NotDelivered(FailureKind.Terminal, refused.Code, refused.Message));
        }

        if (wasSent && _isReadBack == true && await HoldsAsync(transport, ended, CancellationToken.None) == false)
        {
            return new ProbeProblem(
                "CTI-PROBE-003",
                $"{transport.Endpoint} took the end of {subject.Value} and does not have it. Look at the server."
            );
        }

        _steps.Add("withdrawn");
        return null;
    }

    private async Task<ProbeProblem?> ReadAsync(
        IDeliveryTransport transport,
        DeliveryBatch added,
        CancellationToken stop
    )
    {
        try
        {
            _isReadBack = await HoldsAsync(transport, added, stop);
        }
        catch (OperationCanceledException)
        {
            return new ProbeProblem("CTI-PROBE-004", "interrupted; what was sent was withdrawn.");
        }

        if (_isReadBack == false)
        {
            return new ProbeProblem(
                "CTI-PROBE-002",
                $"{transport.Endpoint} took {subject.Value} and does not have it. Look at the server."
            );
        }

        _steps.Add(_isReadBack == true ? "read back" : "not read back (this sink cannot be asked)");
        return null;
    }

    private static async Task<bool?> HoldsAsync(
        IDeliveryTransport transport,
        DeliveryBatch batch,
        CancellationToken stop
    ) => transport is IReadBack reader ? await reader.HoldsAsync(batch.Record(0), stop) : null;

    // Within the sink's own time for one send, as a run.
    private async Task<SendOutcome> WithinAsync(
        Func<CancellationToken, Task<SendOutcome>> act,
        IDeliveryTransport transport,
        CancellationToken stop
    )
    {
        using var time = new CancellationTokenSource(sink.Delivery.Timeout, clock);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stop, time.Token);
        try
        {
            return await act(any.Token);
        }
        catch (OperationCanceledException)
        {
            return stop.IsCancellationRequested
                ? new NotDelivered(FailureKind.Transient, "CTI-PROBE-004", $"{transport.Endpoint}: interrupted.")
                : new NotDelivered(
                    FailureKind.Transient,
                    "CTI-SINK-002",
                    $"{transport.Endpoint} did not acknowledge within {sink.Delivery.Timeout.TotalSeconds:0.###} s (timeout)."
                );
        }
    }

    private DeliveryBatch Record(IndicatorBatch batch, ChangeOp op)
    {
        var line = new Utf8Writer(1024);
        ChangeFormatModule.write(format, batch, 0, 0, op, line);
        return new DeliveryBatch(
            line.WrittenMemory,
            [line.Length],
            [$"{UuidModule.toText(batch.Id[0])}:{batch.Revision[0]}"]
        );
    }

    private ProbeProblem Left(NotDelivered failure) =>
        new(
            failure.Code,
            $"{failure.Message} {subject.Value} may still be there: take it out by hand, or probe again when it answers."
        );

    private static ProbeProblem Failed(NotDelivered failure) => new(failure.Code, failure.Message);
}
