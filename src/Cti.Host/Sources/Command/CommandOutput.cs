// A program's standard output as an origin: started without a shell, its output whole in the spool and its exit code 0 before anyone reads it.

using System.Diagnostics;
using Cti.Host.Programs;
using Cti.Host.Store;

namespace Cti.Host.Sources.Command;

internal sealed class CommandOutput(CommandPlan plan, OriginServices services) : IOrigin
{
    private string Name => "command:" + plan.Program;

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
                new SourceInput(output.Path, Name, Name, plan.Text)
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
            ChildProgram.Kill(process);
            stop.ThrowIfCancellationRequested();
            throw Fault(
                "CTI-SOURCE-022",
                $"did not end within {plan.Timeout.TotalSeconds:0.#} s and was killed; raise `timeout` if it needs longer",
                words
            );
        }
        catch
        {
            ChildProgram.Kill(process);
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
        try
        {
            return ChildProgram.Start(plan.Program);
        }
        catch (Exception error) when (ChildProgram.CannotStart(error))
        {
            throw new SourceException(
                "CTI-SOURCE-020",
                $"{Name}: cannot be started: {plan.Redactor.Redact(error.Message)} Give the program's full path, or one relative to the pipeline's file.",
                error
            );
        }
    }

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

    private SourceException Fault(string code, string problem, LastWords words) =>
        new(code, $"{Name}: {problem}.{plan.Redactor.Redact(words.Quoted)}");
}
