// Starts the built `cti` as a user would and tells what it printed and how it ended. Knows nothing of pipelines.

using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Cti.Host.Tests.Harness;

/// <summary>How a command ended.</summary>
public sealed record CtiResult(int Exit, string Out, string Error)
{
    /// <summary>Standard output as one JSON document.</summary>
    public JsonElement Json => JsonDocument.Parse(Out).RootElement;

    /// <summary>For assertion messages.</summary>
    public override string ToString() => $"exit {Exit}\nstdout:\n{Out}\nstderr:\n{Error}";
}

/// <summary>One running `cti`. Disposing kills what still runs.</summary>
public sealed class CtiProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _out;
    private readonly Task<string> _error;

    private CtiProcess(Process process)
    {
        _process = process;
        _out = process.StandardOutput.ReadToEndAsync();
        _error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Close();
    }

    /// <summary>The executable as it is built to be shipped, of the tests' own configuration: ahead of time in Release, where it starts twice as fast.</summary>
    public static string Executable { get; } =
        Path.GetFullPath(
            Path.Combine(
                AppContext.BaseDirectory,
                "../../../../../src/Cti.Host/bin",
                new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name,
                "net10.0/cti"
            )
        );

    public int Id => _process.Id;

    public static CtiProcess Start(string folder, params IEnumerable<string> arguments) =>
        Launch(folder, Executable, arguments);

    /// <summary>Starts any program the same way: the shell, where a test needs a limit or a pipe around `cti`.</summary>
    public static CtiProcess Launch(string folder, string program, params IEnumerable<string> arguments)
    {
        var start = StartInfo(folder, program, arguments);
        return new CtiProcess(Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start"));
    }

    /// <summary>How any program is started here: in a folder, with all three streams ours.</summary>
    internal static ProcessStartInfo StartInfo(string folder, string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        // Background JIT and GC heaps of many short processes only fight over the test machine's cores.
        start.Environment["DOTNET_gcServer"] = "0";
        return start;
    }

    /// <summary>Waits at most two minutes: what takes longer hangs.</summary>
    public CtiResult Wait()
    {
        if (!_process.WaitForExit(TimeSpan.FromMinutes(2)))
        {
            _process.Kill();
            throw new TimeoutException($"cti did not end: {_error.Result}");
        }

        return new CtiResult(_process.ExitCode, _out.Result, _error.Result);
    }

    /// <summary>Whether it ended within a time.</summary>
    public bool EndsWithin(TimeSpan time) => _process.WaitForExit(time);

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Asks it to end (SIGTERM).</summary>
    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{Id}"]);
        kill.WaitForExit();
    }

    /// <summary>Ctrl-C.</summary>
    public void Interrupt()
    {
        using var kill = Process.Start(
            "kill",
            ["-INT", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]
        );
        kill.WaitForExit();
    }

    /// <summary>
    /// Ctrl-C at least twice. Again and again, because a signal that comes while one of its kind is still pending is lost (signal(7)). Whether the process
    /// ended in time.
    /// </summary>
    public bool InterruptUntilItEnds(TimeSpan time)
    {
        var clock = Stopwatch.StartNew();
        do
        {
            Interrupt();
        } while (!EndsWithin(TimeSpan.FromMilliseconds(100)) && clock.Elapsed < time);

        return EndsWithin(TimeSpan.Zero);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}
