// Ends a running graph from outside: drain (sources end, what is in flight arrives) or abort (everything stops where it is).

namespace Cti.Host.Graph;

/// <summary>One per run. Safe from any thread.</summary>
public sealed class KillSwitch : IDisposable
{
    private readonly CancellationTokenSource _drain = new();
    private readonly CancellationTokenSource _abort = new();

    /// <summary>Cancelled once sources shall end. What is in flight still goes its way.</summary>
    public CancellationToken Drain => _drain.Token;

    /// <summary>Cancelled once everything shall stop at once.</summary>
    public CancellationToken Abort => _abort.Token;

    /// <summary>Whether the run was asked to end early.</summary>
    public bool IsDraining => _drain.IsCancellationRequested;

    /// <summary>Whether the run was told to stop at once.</summary>
    public bool IsAborted => _abort.IsCancellationRequested;

    /// <summary>Asks sources to end; idempotent.</summary>
    public void Shutdown() => _drain.Cancel();

    /// <summary>Stops everything; idempotent.</summary>
    public void AbortNow()
    {
        _drain.Cancel();
        _abort.Cancel();
    }

    public void Dispose()
    {
        _drain.Dispose();
        _abort.Dispose();
    }
}
