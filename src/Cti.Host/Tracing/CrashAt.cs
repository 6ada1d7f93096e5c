// Ends this very process with SIGKILL when a named span begins for the nth time: `CTI_CRASH_AT=epoch.commit:3`. For the crash harness, which
// must hit windows that are too short to be met by chance (docs/reliability.md). Nothing of it runs where the variable is not set.

using System.Diagnostics;
using System.Globalization;

namespace Cti.Host.Tracing;

/// <summary>Listens to the engine's spans; one per process.</summary>
internal sealed class CrashAt : IDisposable
{
    /// <summary>The environment variable.</summary>
    public const string Variable = "CTI_CRASH_AT";

    private readonly ActivityListener _listener;
    private int _left;

    private CrashAt(string span, int occurrence)
    {
        _left = occurrence;
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Spans.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Name == span ? ActivitySamplingResult.PropagationData : ActivitySamplingResult.None,
            ActivityStarted = _ => Count(),
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>Reads `NAME:N`; null where the variable is not set.</summary>
    /// <exception cref="FormatException">It is set to something else: a harness must not take a run for one that was to crash.</exception>
    public static CrashAt? FromEnvironment(string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            return null;
        }

        return
            value.Split(':') is [var span, var number]
            && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var occurrence)
            && occurrence > 0
            ? new CrashAt(span, occurrence)
            : throw new FormatException(
                $"{Variable}={value}: the name of a span and a number from 1, as epoch.commit:3"
            );
    }

    public void Dispose() => _listener.Dispose();

    private void Count()
    {
        if (Interlocked.Decrement(ref _left) == 0)
        {
            using var self = Process.GetCurrentProcess();
            self.Kill();
            // Nothing may follow, however long the signal takes to arrive.
            Thread.Sleep(Timeout.Infinite);
        }
    }
}
