// Ctrl-C and SIGTERM: the first drains, the second aborts. What then still runs is blocked (in a pipe nobody writes to) and is ended hard: a kill
// loses nothing that was committed.

using System.Runtime.InteropServices;
using Cti.Host.Graph;

namespace Cti.Host.Cli;

/// <summary>Connects signals to a kill switch until disposed.</summary>
internal sealed class Signals : IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private Timer? _last;
    private int _count;

    public Signals(KillSwitch killSwitch, TextWriter error)
    {
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM })
        {
            _registrations.Add(
                PosixSignalRegistration.Create(
                    signal,
                    context =>
                    {
                        context.Cancel = true;
                        if (Interlocked.Increment(ref _count) == 1)
                        {
                            error.WriteLine("draining: what is in flight is stored; once more aborts");
                            killSwitch.Shutdown();
                        }
                        else
                        {
                            killSwitch.AbortNow();
                            _last ??= new Timer(
                                _ => Environment.Exit(ExitCode.Aborted),
                                null,
                                Patience,
                                Timeout.InfiniteTimeSpan
                            );
                        }
                    }
                )
            );
        }
    }

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _last?.Dispose();
    }
}
