// One pipeline of a service: what it says now, where its sources stand in their timetables, and how its runs ended.

using Cti.Core;
using Cti.Host.Run;
using Cti.Host.Store;
using Microsoft.FSharp.Core;

namespace Cti.Host.Serve;

/// <summary>Used by the service's loop alone.</summary>
internal sealed class ServedPipeline
{
    private readonly string _machine;
    private readonly Dictionary<string, (SourceTimer Timer, NextInstant Next, Schedule Schedule)> _timers = new(
        StringComparer.Ordinal
    );
    private readonly Dictionary<string, long> _runs = new(StringComparer.Ordinal);
    private LastRun? _last;
    private DateTimeOffset? _lastSuccess;
    private DateTimeOffset? _runningSince;

    /// <param name="plan">What it says.</param>
    /// <param name="machine">Tells this machine from others: all of them ask the same feeds.</param>
    /// <param name="clock">For its gauges.</param>
    public ServedPipeline(PipelinePlan plan, string machine, TimeProvider clock)
    {
        Plan = plan;
        _machine = machine;
        Gauges = new PipelineGauges(plan.Name, clock);
    }

    public PipelinePlan Plan { get; private set; }

    public PipelineGauges Gauges { get; }

    public bool IsRunning => _runningSince is not null;

    /// <summary>Absolute.</summary>
    public string Store => Path.GetFullPath(Plan.StorePath);

    /// <summary>Takes what it says now; a source whose schedule is the same keeps its place.</summary>
    public void Take(PipelinePlan plan, StoreOwner owner, DateTimeOffset now)
    {
        Plan = plan;
        using var store = owner.Read(plan.StorePath, new StoreOptions());
        foreach (var gone in _timers.Keys.Except(plan.Sources.Select(source => source.Name)).ToList())
        {
            _timers.Remove(gone);
        }

        foreach (var source in plan.Sources)
        {
            if (_timers.TryGetValue(source.Name, out var known) && known.Schedule.Equals(source.Schedule))
            {
                continue;
            }

            var seed = $"{_machine}/{Store}/{source.Name}";
            var next = Calendar.Of(source.Schedule.Timetable, seed);
            var asked = FeedHabit.LastAsked(store.Connection, source.Name);
            var timer = SourceTimerModule.start(
                next,
                source.Name,
                seed,
                asked is { } time
                    ? FSharpValueOption<DateTimeOffset>.Some(new(time, TimeSpan.Zero))
                    : FSharpValueOption<DateTimeOffset>.None,
                now
            );
            _timers[source.Name] = (timer, next, source.Schedule);
        }
    }

    public AgendaEntry Entry() =>
        new(
            Plan.Name,
            Store,
            IsRunning,
            [
                .. Plan
                    .Sources.Select(source => (source.Name, Due: DueAt(source.Name)))
                    .Where(source => source.Due is not null)
                    .Select(source => (source.Name, source.Due!.Value)),
            ]
        );

    /// <summary>A run begins.</summary>
    public void Begin(IEnumerable<string> sources, DateTimeOffset now)
    {
        _runningSince = now;
        foreach (var source in sources)
        {
            var (timer, next, schedule) = _timers[source];
            _timers[source] = (SourceTimerModule.began(next, now, timer), next, schedule);
        }
    }

    /// <summary>A run has ended.</summary>
    /// <param name="sources">Those it was to read.</param>
    /// <param name="failed">Those it could not.</param>
    /// <param name="run">How it ended.</param>
    /// <param name="now">When.</param>
    public void End(IEnumerable<string> sources, IReadOnlyCollection<string> failed, LastRun run, DateTimeOffset now)
    {
        _runningSince = null;
        Gauges.Rest();
        _last = run;
        _runs[run.Status] = _runs.GetValueOrDefault(run.Status) + 1;
        // What waits for approval was read and stored well.
        _lastSuccess = run.Status is "done" or "waiting" ? now : _lastSuccess;
        foreach (var source in sources)
        {
            // A reload may have taken it away meanwhile.
            if (_timers.TryGetValue(source, out var place))
            {
                var outcome = failed.Contains(source) ? ReadingOutcome.Failed : ReadingOutcome.Read;
                _timers[source] = place with { Timer = SourceTimerModule.ended(outcome, now, place.Timer) };
            }
        }
    }

    public PipelineStanding Standing() =>
        new()
        {
            Name = Plan.Name,
            Plan = Plan,
            File = Plan.File,
            Store = Store,
            Sinks = [.. Plan.Sinks.Select(sink => sink.Name)],
            Gauges = Gauges,
            Readings =
            [
                .. Plan.Sources.Select(source => new NextReading(
                    source.Name,
                    DueAt(source.Name),
                    _timers[source.Name].Timer.Failures
                )),
            ],
            RunningSince = _runningSince,
            Last = _last,
            LastSuccess = _lastSuccess,
            Runs = new Dictionary<string, long>(_runs),
        };

    private DateTimeOffset? DueAt(string source)
    {
        var (timer, _, schedule) = _timers[source];
        var due = SourceTimerModule.dueAt(schedule.Jitter, timer);
        return due.IsSome ? due.Value : null;
    }
}
