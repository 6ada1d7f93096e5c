// The road to a sink that holds a set: its file with one value more goes the whole way a new file goes, and the former file comes back, whatever happens.

using Cti.Core;
using Cti.Host.Programs;
using Cti.Host.Run;
using Cti.Host.Sinks;
using Cti.Host.Store;

namespace Cti.Host.Probes;

/// <summary>One probe.</summary>
/// <param name="plan">The pipeline.</param>
/// <param name="sink">Holds a set in one file.</param>
/// <param name="subject">What is sent.</param>
/// <param name="store">Nobody else writes it meanwhile; null where there is none yet.</param>
/// <param name="clock">Waits.</param>
/// <param name="now">The time the file is of.</param>
internal sealed class StateProbe(
    PipelinePlan plan,
    SinkPlan sink,
    Subject subject,
    StoreFile? store,
    TimeProvider clock,
    long now
)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly List<string> _steps = [];
    private bool? _isReadBack;

    /// <summary>Goes there and back.</summary>
    /// <exception cref="SinkException">The former file could not be kept or put back; the message says what is there now.</exception>
    public ProbeReport Run(CancellationToken stop)
    {
        var problem = Write(stop);
        return new ProbeReport
        {
            Sink = sink.Name,
            Subject = subject,
            Steps = _steps,
            IsReadBack = _isReadBack,
            Problem = problem,
        };
    }

    private ProbeProblem? Write(CancellationToken stop)
    {
        var (number, receipt) = Known();
        using var output = Output(receipt);
        if (!Render(output, number, stop))
        {
            return new ProbeProblem(
                "CTI-PROBE-001",
                $"{subject.Value} is in {sink.Path} already: it could not be told from the probe. Choose another with --value."
            );
        }

        _steps.Add("written");
        var waiting = output.Seal();
        if (sink.Check is { } check)
        {
            if (ToolRun.Run(check, waiting, stop) is { } complaint)
            {
                return new ProbeProblem(
                    "CTI-SINK-005",
                    $"the checker does not take {sink.Path} with {subject.Value} in it: {complaint} What stands there is untouched."
                );
            }

            _steps.Add($"accepted by {Name(check)}");
        }

        return Swap(output, receipt, stop);
    }

    // From here on the tool may see the value: the former file comes back before anything is told.
    private ProbeProblem? Swap(FileOutput output, string? receipt, CancellationToken stop)
    {
        var isFirst = !File.Exists(sink.Path);
        using var old = new OldFile(sink.Path, receipt);
        ProbeProblem? problem;
        output.Replace(clock.GetUtcNow().UtcDateTime);
        try
        {
            problem = Taken(stop);
        }
        catch (OperationCanceledException)
        {
            problem = new ProbeProblem("CTI-PROBE-004", $"interrupted; {sink.Path} is as it was.");
        }
        finally
        {
            if (isFirst)
            {
                // There is nothing the tool could load in its place but the empty set.
                Empty(receipt);
            }
            else
            {
                old.Restore();
            }
        }

        // Not stopped by whoever stops the probe: the tool has to let go of the value.
        if (sink.Reload is { } reload && ToolRun.Run(reload, sink.Path, CancellationToken.None) is { } complaint)
        {
            problem ??= new ProbeProblem(
                "CTI-SINK-006",
                $"the former {sink.Path} is back, but the tool does not take it: {complaint} It may still have {subject.Value}; look at the tool itself."
            );
        }

        problem ??= Gone(stop);
        if (isFirst)
        {
            old.Restore();
        }

        return problem;
    }

    private void Empty(string? receipt)
    {
        using var empty = Output(receipt);
        empty.Finish(0);
        empty.Replace(clock.GetUtcNow().UtcDateTime);
    }

    private ProbeProblem? Taken(CancellationToken stop)
    {
        if (sink.Reload is { } reload)
        {
            if (ToolRun.Run(reload, sink.Path, stop) is { } complaint)
            {
                return new ProbeProblem(
                    "CTI-SINK-006",
                    $"the tool did not take {sink.Path} with {subject.Value} in it: {complaint} What stood there before was put back."
                );
            }

            _steps.Add($"loaded by {Name(reload)}");
        }

        if (sink.Probe is not { } probe)
        {
            _steps.Add("not read back (the sink has no `probe`)");
            return null;
        }

        _isReadBack = false;
        if (Ask(probe, expected: true, stop) is { } unseen)
        {
            return new ProbeProblem(
                "CTI-PROBE-002",
                $"{subject.Value} is in {sink.Path}, but the tool does not have it: {unseen} Does the tool read this file, and does `reload` tell it? What stood there before was put back."
            );
        }

        _isReadBack = true;
        _steps.Add("seen by the tool");
        return null;
    }

    private ProbeProblem? Gone(CancellationToken stop)
    {
        try
        {
            if (sink.Probe is { } probe && Ask(probe, expected: false, stop) is { } still)
            {
                return new ProbeProblem(
                    "CTI-PROBE-003",
                    $"{subject.Value} is out of {sink.Path} again, but the tool still has it: {still} Nothing that is taken back leaves this tool; look at `reload`."
                );
            }
        }
        catch (OperationCanceledException)
        {
            return new ProbeProblem(
                "CTI-PROBE-004",
                $"interrupted while the tool was asked; {sink.Path} is as it was, and the tool was told."
            );
        }

        _steps.Add("withdrawn");
        return null;
    }

    // Tools load behind their answer: they are asked until they say what is expected, for as long as the program may take. Null where they do.
    private string? Ask(SinkProgramPlan probe, bool expected, CancellationToken stop)
    {
        var begun = clock.GetTimestamp();
        var pause = FirstPause;
        while (true)
        {
            var answer = ToolRun.Ask(probe, sink.Path, subject.Value, stop);
            if (answer.Has == expected)
            {
                return null;
            }

            if (clock.GetElapsedTime(begun) + pause >= probe.Timeout)
            {
                return answer.Said;
            }

            // Not Wait: what that throws of a delay that was stopped is no OperationCanceledException, and the file must come back.
            Task.Delay(pause, clock, stop).GetAwaiter().GetResult();
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    // The sink's number where it acknowledged anything, and the receipt of what it last applied.
    private (int? Number, string? Receipt) Known()
    {
        if (store is null)
        {
            return (null, null);
        }

        var numbers = store.Connection.Rows(
            "SELECT id FROM store.sinks WHERE pipeline = $1 AND name = $2",
            reader => reader.GetInt32(0),
            plan.Name,
            sink.Name
        );
        return numbers is [var number]
            ? (
                number,
                store.Connection.Value<string>(
                    "SELECT receipt FROM store.acknowledgements WHERE sink = $1 ORDER BY id DESC LIMIT 1",
                    number
                )
            )
            : (null, null);
    }

    // A zone keeps the serial it has: secondaries shall not fetch the probe, and not miss what comes after it.
    private FileOutput Output(string? receipt) =>
        sink.Render.IsRpz && Receipts.Serial(receipt) is { } serial
            ? new FileOutput(
                sink.Path,
                sink.Render,
                TimestampModule.ofDateTimeOffset(DateTimeOffset.FromUnixTimeSeconds(serial - 1)),
                $" serial:{serial - 1}"
            )
            : new FileOutput(sink.Path, sink.Render, now, receipt);

    // False where the value is held.
    private bool Render(FileOutput output, int? number, CancellationToken stop)
    {
        var content = new ProbeContent(
            output,
            Probe.row(subject, now),
            sink.MaxTlp,
            number,
            number is { } known ? GivenNumbers.Of(store!.Connection, known, sink.Render) : null,
            () =>
            {
                if (store is not null)
                {
                    output.AddObjects(store.Connection, plan.Name, sink.MaxTlp);
                }
            }
        );
        if (store is null || number is null)
        {
            content.Finish();
            return true;
        }

        var lists = LoadedLists.Load(plan);
        lists.LoadAnswers(store.Connection, plan, now);
        new StatePass(
            store,
            // Not registered anew: another trust in the file would change indicators.
            Dictionaries.Load(store.Connection, plan.Name),
            lists.Tables?.Enricher,
            ExitScreen.Look(store.Connection, plan, lists.Screen),
            plan.Score,
            now,
            plan.Sources.Count > 0,
            [content]
        ).Run(stop);
        return !content.IsHeld;
    }

    private static string Name(SinkProgramPlan program) => Path.GetFileName(program.Program.Run[0].ToString());
}
