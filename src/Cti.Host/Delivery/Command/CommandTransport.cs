// Records to a program that runs as long as its sink does: lines in, one line of acknowledgement out for each, in order.

using System.Diagnostics;
using System.Text;
using Cti.Host.Programs;

namespace Cti.Host.Delivery.Command;

internal sealed class CommandTransport(CommandSinkPlan plan, TimeProvider clock) : IDeliveryTransport
{
    private readonly SentBefore _sent = new();
    private Running? _running;

    public string Endpoint { get; } = "command:" + plan.Program;

    public BatchLimits Limits => plan.Limits;

    public async Task<SendOutcome> OpenAsync(string receipt, CancellationToken stop)
    {
        if (_running is { HasEnded: false })
        {
            return new Delivered(receipt);
        }

        await AbandonAsync();
        try
        {
            _running = new Running(ChildProgram.Start(plan.Program));
            return new Delivered(receipt);
        }
        catch (Exception error) when (ChildProgram.CannotStart(error))
        {
            return Failed(
                FailureKind.Misconfigured,
                "CTI-SEND-020",
                $"cannot be started: {error.Message.TrimEnd('.')}; give the program's full path, or one relative to the pipeline's file"
            );
        }
    }

    public async Task<SendOutcome> SendAsync(DeliveryBatch batch, CancellationToken stop)
    {
        if (await OpenAsync("", stop) is NotDelivered failure)
        {
            return failure;
        }

        var missing = _sent.Missing(batch);
        var running = _running!;
        if (running.Answers.HasMore)
        {
            return await KillAsync(
                FailureKind.Misconfigured,
                "CTI-SEND-023",
                "answers more often than it is given records and was killed"
            );
        }

        if (await ExchangeAsync(running, batch, missing, stop) is { } problem)
        {
            return problem;
        }

        return new Delivered($"records:{batch.Count}", _sent.Close(batch));
    }

    /// <summary>The end of its input asks the program to end; it is killed where it does not within `grace`.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_running is not { } running)
        {
            return;
        }

        _running = null;
        try
        {
            running.Process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before us.
        }

        using var time = new CancellationTokenSource(plan.Grace, clock);
        try
        {
            await running.Process.WaitForExitAsync(time.Token);
        }
        catch (OperationCanceledException)
        {
            ChildProgram.Kill(running.Process);
        }

        running.Dispose();
    }

    // Null where every record was answered, and none with `retry`.
    private async Task<NotDelivered?> ExchangeAsync(
        Running running,
        DeliveryBatch batch,
        List<int> missing,
        CancellationToken stop
    )
    {
        NotDelivered? later = null;
        using var time = new CancellationTokenSource(Timeout.InfiniteTimeSpan, clock);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stop, time.Token);
        // Side by side: a program that answers while it reads would else wait for us, and we for it.
        var writing = WriteAsync(running, batch, missing, any.Token);
        try
        {
            foreach (var index in missing)
            {
                time.CancelAfter(plan.Timeout);
                var line = await running.Answers.ReadAsync(any.Token);
                if (line is null)
                {
                    return await DiedAsync(running, any.Token);
                }

                switch (Acknowledgement.Parse(line.Value.Span))
                {
                    case { Verdict: Verdict.Taken }:
                        _sent.Note(batch, index);
                        break;
                    case { Verdict: Verdict.Never, Reason: var reason }:
                        _sent.Note(batch, index, new RefusedRecord(index, "CTI-SEND-021", Told("rejects it", reason)));
                        break;
                    case { Verdict: Verdict.NotNow, Reason: var reason }:
                        later ??= Failed(FailureKind.Transient, "CTI-SEND-022", Told("wants it again later", reason));
                        break;
                    default:
                        return await KillAsync(
                            FailureKind.Misconfigured,
                            "CTI-SEND-023",
                            $"answers something else than `ok`, `retry REASON` or `reject REASON` and was killed.{Heard.Quote(line.Value.Span, plan.Redactor)}"
                        );
                }
            }

            await writing.WaitAsync(any.Token);
            running.Answers.Listen();
            return later;
        }
        catch (OperationCanceledException)
        {
            var stopped = stop.IsCancellationRequested;
            var hung = await KillAsync(
                FailureKind.Transient,
                "CTI-SEND-024",
                $"did not answer within {plan.Timeout.TotalSeconds:0.###} s (`timeout`) and was killed"
            );
            return stopped ? throw new OperationCanceledException(stop) : hung;
        }
        catch (InvalidDataException error)
        {
            return await KillAsync(FailureKind.Misconfigured, "CTI-SEND-023", error.Message + " and was killed");
        }
        catch (IOException)
        {
            return await DiedAsync(running, CancellationToken.None);
        }
        finally
        {
            await any.CancelAsync();
            await SettleAsync(writing);
        }
    }

    private static async Task WriteAsync(
        Running running,
        DeliveryBatch batch,
        List<int> missing,
        CancellationToken stop
    )
    {
        var input = running.Process.StandardInput.BaseStream;
        if (missing.Count == batch.Count)
        {
            await input.WriteAsync(batch.Body, stop);
        }
        else
        {
            foreach (var index in missing)
            {
                await input.WriteAsync(batch.Record(index), stop);
            }
        }

        await input.FlushAsync(stop);
    }

    // What became of the writing is told by the answers.
    private static async Task SettleAsync(Task writing)
    {
        try
        {
            await writing;
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException)
        {
            return;
        }
    }

    private async Task<NotDelivered> DiedAsync(Running running, CancellationToken stop)
    {
        // The pipe may break a moment before the end.
        using var time = new CancellationTokenSource(plan.Grace, clock);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stop, time.Token);
        try
        {
            await running.Process.WaitForExitAsync(any.Token);
            await running.Listening.WaitAsync(any.Token);
        }
        catch (OperationCanceledException)
        {
            return await KillAsync(FailureKind.Transient, "CTI-SEND-025", "closed its output and was killed");
        }

        var code = running.Process.ExitCode;
        return await KillAsync(
            FailureKind.Transient,
            "CTI-SEND-025",
            $"ended with exit code {code} before it had answered for every record"
        );
    }

    private async Task<NotDelivered> KillAsync(FailureKind kind, string code, string problem)
    {
        var words = _running?.Words.Quoted ?? "";
        await AbandonAsync();
        return Failed(kind, code, problem + words);
    }

    private ValueTask AbandonAsync()
    {
        if (_running is { } running)
        {
            _running = null;
            ChildProgram.Kill(running.Process);
            running.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    private string Told(string what, string reason) =>
        what + Heard.Quote(Encoding.UTF8.GetBytes(reason), plan.Redactor);

    private NotDelivered Failed(FailureKind kind, string code, string problem) =>
        new(kind, code, $"{Endpoint}: {plan.Redactor.Redact(problem)}.");

    // The process with whoever listens to it.
    private sealed class Running : IDisposable
    {
        public Running(Process process)
        {
            Process = process;
            Answers = new AnswerLines(process.StandardOutput.BaseStream);
            Listening = Words.ListenAsync(process.StandardError.BaseStream);
        }

        public Process Process { get; }
        public AnswerLines Answers { get; }
        public LastWords Words { get; } = new();
        public Task Listening { get; }
        public bool HasEnded => Process.HasExited;

        public void Dispose() => Process.Dispose();
    }
}
