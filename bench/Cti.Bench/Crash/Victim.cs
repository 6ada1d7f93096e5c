// One process that is killed, or comes to its end before that.

using System.Diagnostics;
using System.Globalization;
using Cti.Bench.Macro;

namespace Cti.Bench.Crash;

/// <summary>How a process ended.</summary>
/// <param name="WasKilled">By SIGKILL; else it ended well.</param>
/// <param name="Wall">How long it lived.</param>
internal sealed record Ending(bool WasKilled, TimeSpan Wall);

/// <summary>Starts `cti run` and ends it as planned.</summary>
internal static class Victim
{
    private const string CrashVariable = "CTI_CRASH_AT";

    // 128 + SIGKILL, as the runtime tells it.
    private const int Killed = 137;

    /// <summary>Runs the pipeline once; <paramref name="kill"/> null lets it end by itself.</summary>
    /// <param name="whole">How long an uninterrupted run takes.</param>
    /// <exception cref="MacroException">It ended in another way: that is a defect on its own.</exception>
    public static Ending Run(string cti, CrashWorkload workload, int round, Kill? kill, TimeSpan whole)
    {
        var now = CrashWorkload.NowOf(round).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var start = new ProcessStartInfo(
            cti,
            ["run", workload.PipelinePath, "--now", now, "--quiet", .. CrashWorkload.RunOptions]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        if (kill?.Span is { } span)
        {
            start.Environment[CrashVariable] = span;
        }

        var clock = Stopwatch.StartNew();
        using var process = Process.Start(start) ?? throw new MacroException($"{cti} did not start");
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (kill is { Span: null, Share: var share } && !process.WaitForExit(whole * share))
        {
            process.Kill();
        }

        if (!process.WaitForExit(TimeSpan.FromMinutes(2)))
        {
            process.Kill();
            throw new MacroException(
                $"cti run hangs after a kill at {kill?.Span ?? kill?.Window}; look at {workload.PipelinePath}"
            );
        }

        process.WaitForExit();
        return process.ExitCode switch
        {
            0 => new Ending(false, clock.Elapsed),
            Killed => new Ending(true, clock.Elapsed),
            var code => throw new MacroException(
                $"cti run ended with {code} in round {round}:\n{error.GetAwaiter().GetResult()}{output.GetAwaiter().GetResult()}"
            ),
        };
    }
}
