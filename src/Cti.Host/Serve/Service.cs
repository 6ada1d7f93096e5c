// cti run --watch, cti serve: keeps pipelines running on their schedules until a signal ends it. One loop owns all state: it looks at files, asks the core what
// is due, begins runs and hears of their ends. Runs work on tasks of their own.

using System.Globalization;
using System.Threading.Channels;
using Cti.Core;
using Cti.Host.Cli;
using Cti.Host.Graph;
using Cti.Host.Run;
using Cti.Host.Serve.Web;
using Cti.Host.Store;

namespace Cti.Host.Serve;

/// <summary>One per process.</summary>
internal sealed class Service : IDisposable
{
    // How a run ended, on its way to the loop.
    private sealed record Ended(ServedPipeline Pipeline, AgendaRun Run, RunReport? Report, string Problem);

    private readonly ServiceOptions _options;
    private readonly RunEnvironment _environment;
    private readonly KillSwitch _killSwitch;
    private readonly Action<RunReport> _print;
    private readonly WatchedPipelines _files;
    private readonly SystemdNotify _manager = new(Environment.GetEnvironmentVariable);
    private readonly Dictionary<string, ServedPipeline> _pipelines = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StoreOwner> _stores = new(StringComparer.Ordinal);
    private readonly Channel<Ended> _ended = Channel.CreateUnbounded<Ended>();
    private readonly HashSet<ServedPipeline> _leaving = [];
    private DateTimeOffset _watchdogAt;
    private string _told = "";
    private volatile bool _mustLook;
    private int _running;

    /// <param name="options">How it behaves.</param>
    /// <param name="environment">Clock, ids, and where it says what happens.</param>
    /// <param name="killSwitch">Ends it: drain lets runs end, abort does not.</param>
    /// <param name="print">Called with the report of every run, by one task at a time.</param>
    public Service(ServiceOptions options, RunEnvironment environment, KillSwitch killSwitch, Action<RunReport> print)
    {
        _options = options;
        _environment = environment;
        _killSwitch = killSwitch;
        _print = print;
        _files = new WatchedPipelines(options.Paths, options.Run);
        Board = new ServiceBoard(environment.Clock, options.StuckAfter);
    }

    public ServiceBoard Board { get; }

    /// <summary>Looks at the files at once, changed or not. From any thread.</summary>
    public void Reload() => _mustLook = true;

    /// <summary>Runs until the kill switch ends it. Gives the exit code.</summary>
    public async Task<int> RunAsync()
    {
        var loaded = _files.Load();
        if (loaded.Plans is not { } plans || loaded.Problem.Length > 0)
        {
            await _environment.Error.WriteAsync(loaded.Problem);
            return ExitCode.Usage;
        }

        try
        {
            Take(plans);
        }
        catch (StoreException error)
        {
            await _environment.Error.WriteLineAsync(error.Message);
            return ExitCode.Failed;
        }

        // What the server shows.
        Show();
        await using var web = _options.Web is { } options
            ? await WebServer.TryStartAsync(options, Board, _environment)
            : null;
        if (_options.Web is not null && web is null)
        {
            return ExitCode.Failed;
        }

        Say(
            $"ready: {Count(_pipelines.Count, "pipeline")}, {Count(_stores.Count, "store")}{(web is null ? "" : $", {web.Described}")}"
        );
        _manager.Tell("READY=1");
        while (!_killSwitch.IsDraining)
        {
            await StepAsync();
        }

        return await EndAsync();
    }

    public void Dispose()
    {
        foreach (var store in _stores.Values)
        {
            store.Dispose();
        }

        _manager.Dispose();
    }

    // One look at everything, then a wait for whatever comes first.
    private async Task StepAsync()
    {
        var now = _environment.Clock.GetUtcNow();
        if (_mustLook || _files.HaveChanged())
        {
            _mustLook = false;
            LookAgain();
        }

        var decision = Agenda.decide(now, [.. _pipelines.Values.Select(pipeline => pipeline.Entry())]);
        foreach (var run in decision.Runs)
        {
            Begin(_pipelines[run.Pipeline], run, now);
        }

        Show();
        if (_manager.WatchdogEvery is { } period && now >= _watchdogAt)
        {
            _watchdogAt = now + period;
            _manager.Tell("WATCHDOG=1");
        }

        await WaitAsync(decision.Wake.IsSome ? decision.Wake.Value - now : _options.LookEvery);
    }

    private async Task WaitAsync(TimeSpan most)
    {
        var wait = most < _options.LookEvery ? most : _options.LookEvery;
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(_killSwitch.Drain);
        var timer = Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, _environment.Clock, enough.Token);
        var end = _ended.Reader.WaitToReadAsync(enough.Token).AsTask();
        await Task.WhenAny(timer, end);
        await enough.CancelAsync();
        await Task.WhenAll(timer, end).ContinueWith(static _ => { }, TaskScheduler.Default);
        Hear();
    }

    private void Hear()
    {
        while (_ended.Reader.TryRead(out var ended))
        {
            _running--;
            Hear(ended);
        }
    }

    private void Hear(Ended ended)
    {
        var now = _environment.Clock.GetUtcNow();
        var (pipeline, run, report, problem) = ended;
        if (report is null)
        {
            Say($"{pipeline.Plan.Name}: {problem}");
            pipeline.End(run.Sources, run.Sources, new LastRun("failed", now, 0, 0, 0, [], [problem]), now);
        }
        else
        {
            _print(report);
            pipeline.End(
                run.Sources,
                report.FailedSources,
                new LastRun(
                    RunLog.Name(report.Status),
                    now,
                    report.ElapsedSeconds,
                    report.Records,
                    report.Observations,
                    report.Alarms,
                    report.Messages
                ),
                now
            );
            Tell(pipeline, report);
        }

        if (report is null or { Status: RunStatus.Failed })
        {
            Heal(pipeline);
        }

        if (_leaving.Remove(pipeline))
        {
            CloseUnusedStores();
        }
    }

    private void Begin(ServedPipeline pipeline, AgendaRun run, DateTimeOffset now)
    {
        pipeline.Begin(run.Sources, now);
        _running++;
        var plan = pipeline.Plan;
        var owner = _stores[pipeline.Store];
        var scope = new RunScope(run.Sources.ToHashSet(StringComparer.Ordinal), pipeline.Gauges);
        // Everything that happens in a run stays in it: a service outlives whatever is wrong with one pipeline.
        _ = Task.Run(async () =>
        {
            RunReport? report = null;
            var problem = "";
            try
            {
                report = await PipelineRun.RunAsync(
                    plan,
                    _options.Run with
                    {
                        // A line over which progress is drawn belongs to one run; here several speak.
                        Quiet = true,
                    },
                    _environment,
                    scope,
                    () => owner.TakeAsync(_killSwitch.Abort),
                    _killSwitch
                );
            }
            catch (Exception error) when (error is StoreException or ListException)
            {
                problem = error.Message;
            }
            catch (OperationCanceledException)
            {
                problem = "aborted before it began";
            }
#pragma warning disable CA1031 // Whatever it is, the other pipelines go on; it is told in full.
            catch (Exception error)
#pragma warning restore CA1031
            {
                problem = $"CTI-SERVICE-002 the run ended by a defect of cti, please report it: {error}";
            }

            _ended.Writer.TryWrite(new Ended(pipeline, run, report, problem));
        });
    }

    // Files are others than before: they hold from the next run on, or not at all.
    private void LookAgain()
    {
        _manager.Tell("RELOADING=1");
        var loaded = _files.Load();
        var problem = loaded.Problem;
        if (loaded.Plans is { } plans && problem.Length == 0)
        {
            try
            {
                Take(plans);
                Say($"reloaded: {Count(_pipelines.Count, "pipeline")}");
            }
            catch (StoreException error)
            {
                problem = error.Message + "\n";
            }
        }

        // The same mistake is told once, however often the file is saved.
        if (problem.Length > 0 && problem != _told)
        {
            Say("CTI-SERVICE-003 the changed files do not hold; what ran before goes on:");
            _environment.Error.Write(problem);
        }

        _told = problem;
        Board.Problem = problem;
        _manager.Tell("READY=1");
    }

    // Opens what is new, and only then lets go of what is not there any more.
    private void Take(IReadOnlyList<PipelinePlan> plans)
    {
        var now = _environment.Clock.GetUtcNow();
        foreach (var path in plans.Select(plan => Path.GetFullPath(plan.StorePath)).Distinct())
        {
            if (!_stores.ContainsKey(path))
            {
                _stores[path] = new StoreOwner(path, Board, _killSwitch.Drain);
            }
        }

        foreach (var plan in plans)
        {
            if (!_pipelines.TryGetValue(plan.Name, out var pipeline))
            {
                pipeline = _pipelines[plan.Name] = new ServedPipeline(
                    plan,
                    Environment.MachineName,
                    _environment.Clock
                );
            }

            pipeline.Take(plan, _stores[Path.GetFullPath(plan.StorePath)], now);
        }

        foreach (var gone in _pipelines.Keys.Except(plans.Select(plan => plan.Name)).ToList())
        {
            if (_pipelines[gone].IsRunning)
            {
                _leaving.Add(_pipelines[gone]);
            }

            _pipelines.Remove(gone);
        }

        CloseUnusedStores();
    }

    private void CloseUnusedStores()
    {
        var used = _pipelines
            .Values.Concat(_leaving)
            .Select(pipeline => pipeline.Store)
            .ToHashSet(StringComparer.Ordinal);
        // A run that began before a reload may still write to its old store.
        foreach (var path in _running == 0 ? _stores.Keys.Except(used).ToList() : [])
        {
            _stores[path].Dispose();
            _stores.Remove(path);
        }
    }

    private void Heal(ServedPipeline pipeline)
    {
        try
        {
            if (_stores.TryGetValue(pipeline.Store, out var owner) && owner.Heal())
            {
                Say($"the store {owner.Path} was opened anew");
            }
        }
        catch (StoreException error)
        {
            Say(error.Message);
        }
    }

    private async Task<int> EndAsync()
    {
        Board.IsDraining = true;
        _manager.Tell("STOPPING=1");
        while (_running > 0)
        {
            Show();
            await _ended.Reader.WaitToReadAsync();
            Hear();
        }

        try
        {
            // What clients write ends as runs do.
            await Task.WhenAll(_stores.Values.Select(store => store.RestAsync(_killSwitch.Abort)));
        }
        catch (OperationCanceledException)
        {
            // What was committed stands.
        }

        return _killSwitch.IsAborted ? ExitCode.Aborted : ExitCode.Drained;
    }

    private void Show() =>
        Board.Show([.. _pipelines.Values.Select(pipeline => pipeline.Standing())], [.. _stores.Values]);

    private void Tell(ServedPipeline pipeline, RunReport report)
    {
        foreach (var message in report.Messages)
        {
            Say($"{report.Pipeline}: {message}");
        }

        if (!_options.Run.Quiet)
        {
            var next = pipeline.Standing().Next is { } due
                ? string.Create(CultureInfo.InvariantCulture, $"; next {due:yyyy-MM-dd'T'HH:mm:ss'Z'}")
                : "";
            Say(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{report.Pipeline}: {RunLog.Name(report.Status)} in {report.ElapsedSeconds:0.00} s, {report.Records:N0} records, {report.Observations:N0} new observations{next}"
                )
            );
        }
    }

    private void Say(string message) =>
        _environment.Error.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{_environment.Clock.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss'Z'} {message}"
            )
        );

    private static string Count(int count, string noun) => TerminalText.Count(count, noun);
}
