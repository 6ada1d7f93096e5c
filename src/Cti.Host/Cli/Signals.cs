// Ctrl-C and SIGTERM: the first drains, within a time, the second aborts. What still does not end after an abort (it may wait inside the system for
// bytes that never come) is ended with the process: every step of a run is such that the store is as it was committed.

using System.Runtime.InteropServices;
using Cti.Host.Graph;

namespace Cti.Host.Cli;

/// <summary>Connects signals to a kill switch until disposed. One that was taken once is ours to the end of the process: one more ends nothing early.</summary>
internal sealed class Signals : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly KillSwitch _killSwitch;
    private readonly TextWriter _error;
    private readonly TimeSpan _drainTimeout;
    private readonly Func<string> _inFlight;
    private readonly Lock _counting = new();
    private Timer? _drained;
    private Timer? _last;
    private int _count;
    private bool _isOver;

    /// <param name="killSwitch">What to pull.</param>
    /// <param name="error">Where it is told.</param>
    /// <param name="drainTimeout">From the first signal to an abort.</param>
    /// <param name="inFlight">What is waited for, in words; "" where nothing is.</param>
    public Signals(KillSwitch killSwitch, TextWriter error, TimeSpan drainTimeout, Func<string> inFlight)
    {
        _killSwitch = killSwitch;
        _error = error;
        _drainTimeout = drainTimeout;
        _inFlight = inFlight;
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM })
        {
            _registrations.Add(
                PosixSignalRegistration.Create(
                    signal,
                    context =>
                    {
                        context.Cancel = true;
                        Take();
                    }
                )
            );
        }
    }

    public void Dispose()
    {
        lock (_counting)
        {
            _isOver = true;
            // Who pressed Ctrl-C twice presses it again while the process ends: the exit code shall be ours, not the system's for a killed process.
            _registrations.ForEach(_count == 0 ? registration => registration.Dispose() : GC.SuppressFinalize);
            _drained?.Dispose();
            _last?.Dispose();
        }
    }

    private void Take()
    {
        lock (_counting)
        {
            if (_isOver)
            {
                return;
            }

            if (++_count > 1)
            {
                Abort();
                return;
            }

            var flight = _inFlight();
            _error.WriteLine(
                $"draining: what is in flight is stored{(flight.Length == 0 ? "" : $" ({flight})")}; once more aborts"
            );
            _drained = new Timer(_ => GiveUp(), null, _drainTimeout, Timeout.InfiniteTimeSpan);
            _killSwitch.Shutdown();
        }
    }

    private void GiveUp()
    {
        lock (_counting)
        {
            var flight = _inFlight();
            _error.WriteLine(
                $"CTI-SERVICE-005 still not drained after {_drainTimeout.TotalSeconds:0.#} s{(flight.Length == 0 ? "" : $" ({flight})")}: aborting; --drain-timeout gives more time"
            );
            Abort();
        }
    }

    private void Abort()
    {
        _killSwitch.AbortNow();
        _last ??= new Timer(_ => Environment.Exit(ExitCode.Aborted), null, Patience, Timeout.InfiniteTimeSpan);
    }
}
