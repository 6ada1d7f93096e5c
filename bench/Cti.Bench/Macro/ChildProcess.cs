// Runs a program and tells what it used: processor time of the whole process, and the most memory it held at any moment.

using System.Diagnostics;
using System.Globalization;

namespace Cti.Bench.Macro;

/// <summary>What a program did and used.</summary>
/// <param name="PeakBytes">Largest resident set, to within what grows in the last milliseconds.</param>
internal sealed record ChildResult(
    int ExitCode,
    string Output,
    string Error,
    TimeSpan Wall,
    TimeSpan Processor,
    long PeakBytes
);

/// <summary>Starts programs, one at a time.</summary>
internal static class ChildProcess
{
    private const string PeakLine = "VmHWM:";

    /// <summary>Runs a program to its end. Only one at a time: processor time is that of all children reaped meanwhile.</summary>
    public static ChildResult Run(
        string program,
        IEnumerable<string> arguments,
        params (string Name, string Value)[] environment
    ) => RunUntil(program, arguments, _ => false, environment);

    /// <summary>The same; asked to end (SIGINT) as soon as <paramref name="isEnough"/>, told how long it runs, says so.</summary>
    public static ChildResult RunUntil(
        string program,
        IEnumerable<string> arguments,
        Func<TimeSpan, bool> isEnough,
        params (string Name, string Value)[] environment
    )
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var before = ChildUsage.Processor();
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(start) ?? throw new MacroException($"{program} did not start");
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        long peak = 0;
        var asked = false;
        // The high-water mark only rises, so that polling misses no more than the growth between the last look and the end.
        while (!process.WaitForExit(10))
        {
            peak = Math.Max(peak, PeakOf(process.Id));
            if (!asked && isEnough(clock.Elapsed))
            {
                asked = true;
                using var kill = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)]);
                kill.WaitForExit();
            }
        }

        process.WaitForExit();
        var wall = clock.Elapsed;
        var used = ChildUsage.Processor() - before;
        return new ChildResult(
            process.ExitCode,
            output.GetAwaiter().GetResult(),
            error.GetAwaiter().GetResult(),
            wall,
            used,
            peak
        );
    }

    // `VmHWM:   123456 kB`. Not getrusage's ru_maxrss: a child's begins with what its parent held when it was started.
    private static long PeakOf(int process)
    {
        try
        {
            foreach (var line in File.ReadLines($"/proc/{process}/status"))
            {
                if (line.StartsWith(PeakLine, StringComparison.Ordinal))
                {
                    var number = line.AsSpan(PeakLine.Length, line.Length - PeakLine.Length - " kB".Length).Trim();
                    return long.Parse(number, NumberStyles.None, CultureInfo.InvariantCulture) * 1_024;
                }
            }
        }
        catch (IOException)
        {
            // It ended between two looks.
        }

        return 0;
    }
}
