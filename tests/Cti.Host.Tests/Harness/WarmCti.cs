// The shipped `cti`, kept running between commands: a process start costs three times what most commands of tests do themselves. Every command runs the
// program's entry point, with a folder, arguments, output and exit code of its own; tests of signals, kills, pipes and terminals start processes (CtiProcess).

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.IO.Pipes;
using System.Text;
using System.Text.Json;

namespace Cti.Host.Tests.Harness;

/// <summary>One command line and where it is given.</summary>
internal sealed record WarmCommand(string Folder, string[] Arguments);

/// <summary>One process that takes commands, one at a time. It ends with the test run, and when a command ends it.</summary>
internal sealed class WarmCti : IDisposable
{
    public const string PipeVariable = "CTI_TESTS_PIPE";
    public const string MarkVariable = "CTI_TESTS_MARK";
    private const string HookVariable = "DOTNET_STARTUP_HOOKS";

    /// <summary>What <see cref="StartupHook"/> is told by.</summary>
    public static IReadOnlyList<string> Variables { get; } = [PipeVariable, MarkVariable, HookVariable];

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly ConcurrentBag<WarmCti> Idle = [];

    private readonly Process _process;
    private readonly StreamReader _answers;
    private readonly StreamWriter _requests;

    // Ends what a command writes to its two outputs.
    private readonly string _mark = $"<{Guid.NewGuid():N}>";

    private WarmCti()
    {
        var name = $"cti-tests-{Guid.NewGuid():N}";
        var pipe = new NamedPipeServerStream(name, PipeDirection.InOut, 1);
        var start = CtiProcess.StartInfo("/", CtiProcess.Executable, []);
        start.Environment[PipeVariable] = name;
        start.Environment[MarkVariable] = _mark;
        start.Environment[HookVariable] = typeof(WarmCti).Assembly.Location;
        _process = Process.Start(start) ?? throw new InvalidOperationException("cti did not start");
        _process.StandardInput.Close();
        using var patience = new CancellationTokenSource(Patience);
        pipe.WaitForConnectionAsync(patience.Token).GetAwaiter().GetResult();
        _answers = new StreamReader(pipe);
        _requests = new StreamWriter(pipe) { AutoFlush = true };
    }

    /// <summary>Runs a command to its end, for at most two minutes: what takes longer hangs.</summary>
    public static CtiResult Run(string folder, IEnumerable<string> arguments)
    {
        if (!Idle.TryTake(out var cti))
        {
            cti = new WarmCti();
        }

        var (result, goesOn) = cti.Take(new WarmCommand(folder, [.. arguments]));
        if (goesOn)
        {
            Idle.Add(cti);
        }
        else
        {
            cti.Dispose();
        }

        return result;
    }

    private (CtiResult Result, bool GoesOn) Take(WarmCommand command)
    {
        _requests.WriteLine(JsonSerializer.Serialize(command));
        var output = ReadAsync(_process.StandardOutput);
        var error = ReadAsync(_process.StandardError);
        if (!Task.WaitAll([output, error], Patience))
        {
            _process.Kill();
            Dispose();
            throw new TimeoutException($"cti did not end: {error.Result.Text}");
        }

        if (output.Result.IsMarked && error.Result.IsMarked)
        {
            var exit = int.Parse(_answers.ReadLine()!, CultureInfo.InvariantCulture);
            return (new CtiResult(exit, output.Result.Text, error.Result.Text), true);
        }

        _process.WaitForExit();
        return (new CtiResult(_process.ExitCode, output.Result.Text, error.Result.Text), false);
    }

    public void Dispose()
    {
        _answers.Dispose();
        _requests.Dispose();
        _process.Dispose();
    }

    // To the mark, or to the end where the command ended the process.
    private async Task<(string Text, bool IsMarked)> ReadAsync(StreamReader reader)
    {
        var text = new StringBuilder();
        var buffer = new char[4096];
        while (true)
        {
            var count = await reader.ReadAsync(buffer);
            if (count == 0)
            {
                return (text.ToString(), false);
            }

            text.Append(buffer, 0, count);
            if (text.Length >= _mark.Length && text.ToString(text.Length - _mark.Length, _mark.Length) == _mark)
            {
                return (text.ToString(0, text.Length - _mark.Length), true);
            }
        }
    }
}
