// A program's standard output as an origin: started without a shell, its output whole in the spool and its exit code 0 before anyone reads it.

using System.Diagnostics;
using Cti.Host.Store;

namespace Cti.Host.Sources.Command;

internal sealed class CommandOutput(CommandPlan plan, OriginServices services) : IOrigin
{
    // What a program may need to find itself; nothing else of ours reaches it.
    private static readonly string[] Inherited = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR"];

    private string Name => "command:" + string.Join(' ', plan.Run);

    public async Task<SourceInputs> FindAsync(IReadOnlyDictionary<string, SourceCursor> known, CancellationToken stop)
    {
        var before = known.GetValueOrDefault(Name)?.Validators ?? Validators.None;
        var output = services.Spool.Create();
        try
        {
            await RunAsync(output, stop);
            if (output.Hash == before.BodyHash)
            {
                output.Dispose();
                return SourceInputs.Unchanged;
            }

            return SourceInputs.Of(
                new SourceInput(output.Path, Name, Name, plan.Compression)
                {
                    Validators = Validators.None with { BodyHash = output.Hash },
                    Spooled = output,
                }
            );
        }
        catch
        {
            output.Dispose();
            throw;
        }
    }

    private async Task RunAsync(SpoolFile output, CancellationToken stop)
    {
        using var time = new CancellationTokenSource(plan.Timeout, services.Clock);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stop, time.Token);
        using var process = Start();
        process.StandardInput.Close();
        var words = new LastWords();
        var listening = words.ListenAsync(process.StandardError.BaseStream);
        try
        {
            // A program's child may hold the pipe open after its end: the token ends the wait, not the end of the pipe.
            await CopyAsync(process.StandardOutput.BaseStream, output).WaitAsync(any.Token);
            await process.WaitForExitAsync(any.Token);
            await listening.WaitAsync(any.Token);
        }
        catch (OperationCanceledException)
        {
            Kill(process);
            stop.ThrowIfCancellationRequested();
            throw Fault(
                "CTI-SOURCE-022",
                $"did not end within {plan.Timeout.TotalSeconds:0.#} s and was killed; raise `timeout` if it needs longer",
                words
            );
        }
        catch
        {
            Kill(process);
            throw;
        }

        if (process.ExitCode != 0)
        {
            throw Fault(
                "CTI-SOURCE-021",
                $"ended with exit code {process.ExitCode}; nothing of its output is used",
                words
            );
        }
    }

    private Process Start()
    {
        var program = plan.Run[0].Reveal();
        var start = new ProcessStartInfo(Find(program))
        {
            WorkingDirectory = plan.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var argument in plan.Run.Skip(1))
        {
            start.ArgumentList.Add(argument.Reveal());
        }

        start.Environment.Clear();
        foreach (var name in Inherited)
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                start.Environment[name] = value;
            }
        }

        foreach (var (name, value) in plan.Environment)
        {
            start.Environment[name] = value.Reveal();
        }

        try
        {
            return Process.Start(start) ?? throw new InvalidOperationException("no process");
        }
        catch (Exception error)
            when (error is System.ComponentModel.Win32Exception or InvalidOperationException or IOException)
        {
            throw new SourceException(
                "CTI-SOURCE-020",
                $"{Name}: cannot be started: {plan.Redactor.Redact(error.Message)} Give the program's full path, or one relative to the pipeline's file.",
                error
            );
        }
    }

    // A name with a slash is a path from the pipeline's folder; one without is looked for in PATH, and nowhere else.
    private string Find(string program) =>
        program.Contains('/', StringComparison.Ordinal)
            ? Path.GetFullPath(Path.Combine(plan.Folder, program))
            : (Environment.GetEnvironmentVariable("PATH") ?? "")
                .Split(':', StringSplitOptions.RemoveEmptyEntries)
                .Select(folder => Path.Combine(folder, program))
                .FirstOrDefault(File.Exists)
                ?? Path.Combine(plan.Folder, program);

    private async Task CopyAsync(Stream stdout, SpoolFile output)
    {
        var buffer = new byte[64 * 1024];
        while (await stdout.ReadAsync(buffer) is var count and > 0)
        {
            if (output.Length + count > plan.MaxBytes)
            {
                throw new SourceException(
                    "CTI-SOURCE-023",
                    $"{Name}: printed more than the {plan.MaxBytes:N0} bytes of `max_bytes` and was killed; raise it if the feed has grown."
                );
            }

            output.Write(buffer.AsSpan(0, count));
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
    }

    private SourceException Fault(string code, string problem, LastWords words) =>
        new(code, $"{Name}: {problem}.{plan.Redactor.Redact(words.Quoted)}");
}
