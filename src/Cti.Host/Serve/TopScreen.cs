// The picture of `cti top`: lines of text, cut to the terminal. Knows what is shown and how wide; where numbers come from, others know.

using System.Globalization;
using System.Text;
using Cti.Host.Cli;

namespace Cti.Host.Serve;

/// <summary>What every stage had taken in at an instant.</summary>
internal sealed record TopCounts(DateTimeOffset At, IReadOnlyDictionary<(string Pipeline, string Stage), long> In)
{
    public static TopCounts Of(ServiceBoard service) =>
        new(
            service.Clock.GetUtcNow(),
            service
                .Pipelines.SelectMany(pipeline =>
                    pipeline.Gauges.Stages.Select(stage => (Key: (pipeline.Name, stage.Name), stage.In))
                )
                .ToDictionary(stage => stage.Key, stage => stage.In)
        );

    /// <summary>Items a second since an earlier instant.</summary>
    public double Rate(TopCounts before, string pipeline, string stage)
    {
        var seconds = (At - before.At).TotalSeconds;
        var count = In.GetValueOrDefault((pipeline, stage)) - before.In.GetValueOrDefault((pipeline, stage));
        return seconds <= 0 ? 0 : count / seconds;
    }
}

internal static class TopScreen
{
    private const string Home = "\u001b[H";
    private const string ClearLine = "\u001b[K";
    private const string ClearBelow = "\u001b[J";

    /// <summary>The picture; over the last one where there is a terminal.</summary>
    public static string Draw(ServiceBoard service, TopCounts before, TopCounts now, (int Columns, int Rows)? terminal)
    {
        var lines = Lines(service, before, now);
        if (terminal is not { } size)
        {
            return string.Join('\n', lines) + "\n";
        }

        var shown =
            lines.Count <= size.Rows - 1
                ? lines
                : [.. lines.Take(size.Rows - 2), $"… {lines.Count - size.Rows + 2} more lines: cti top --once"];
        var picture = new StringBuilder(Home);
        foreach (var line in shown)
        {
            picture.Append(TerminalText.Cut(line, size.Columns)).Append(ClearLine).Append('\n');
        }

        return picture.Append(ClearBelow).ToString();
    }

    private static List<string> Lines(ServiceBoard service, TopCounts before, TopCounts now)
    {
        var lines = new List<string>
        {
            Invariant(
                $"cti {Run.ThisProgram.Version}, pid {Environment.ProcessId}, up {Span(now.At - service.StartedAt)}, {ServiceHealth.Of(service).Status}; {string.Join(", ", service.Stores.Select(store => Invariant($"{store.Path} {store.Size / 1e6:0.0} MB")))}"
            ),
        };
        if (service.Problem.Length > 0)
        {
            lines.Add("changed files do not hold; what ran before goes on: cti validate tells what is wrong");
        }

        var stuck = service.Stuck();
        var lags = service.Lags().ToDictionary(lag => (lag.Pipeline, "sink:" + lag.Sink), lag => lag.Changes);
        foreach (var pipeline in service.Pipelines)
        {
            lines.Add("");
            lines.Add(Heading(pipeline, now.At));
            if (pipeline.Gauges.Stages.Count > 0)
            {
                lines.Add(
                    $"  {"stage", -24} {"in/s", 9} {"in", 13} {"out", 13} {"screened", 11} {"rejected", 10} {"lag", 10}"
                );
            }

            foreach (var stage in pipeline.Gauges.Stages)
            {
                var lag = lags.TryGetValue((pipeline.Name, stage.Name), out var changes)
                    ? changes.ToString("N0", CultureInfo.InvariantCulture)
                    : "";
                var doing = stage.Doing.Length == 0 ? "" : "  " + stage.Doing;
                var mark = stuck.Any(found => (found.Pipeline, found.Stage) == (pipeline.Name, stage.Name))
                    ? "  STUCK"
                    : "";
                lines.Add(
                    Invariant(
                        $"  {TerminalText.Cut(stage.Name, 24), -24} {now.Rate(before, pipeline.Name, stage.Name), 9:N0} {stage.In, 13:N0} {stage.Out, 13:N0} {stage.Screened, 11:N0} {stage.Rejected, 10:N0} {lag, 10}{mark}{doing}"
                    )
                );
            }

            lines.AddRange(
                pipeline
                    .Readings.Where(reading => reading.Failures > 0)
                    .Select(reading =>
                        Invariant(
                            $"  source {reading.Source}: failed {TerminalText.Count(reading.Failures, "time")} in a row, tried again in {Until(reading.Due, now.At)}"
                        )
                    )
            );
            lines.AddRange((pipeline.Last?.Messages ?? []).Select(message => "  " + TerminalText.Visible(message)));
        }

        return lines;
    }

    private static string Heading(PipelineStanding pipeline, DateTimeOffset now)
    {
        var state = pipeline.RunningSince is { } since
            ? $"runs since {Span(now - since)}, queue {pipeline.Gauges.Queued}"
            : $"next in {Until(pipeline.Next, now)}";
        var last = pipeline.Last is { } run
            ? Invariant(
                $"; last {run.Status} {Span(now - run.EndedAt)} ago in {run.Seconds:0.00} s, {run.Records:N0} records"
            )
            : "";
        return $"{pipeline.Name}: {state}{last}";
    }

    private static string Until(DateTimeOffset? time, DateTimeOffset now) =>
        time is { } known ? Span(known > now ? known - now : TimeSpan.Zero) : "never";

    private static string Span(TimeSpan span) =>
        span.TotalDays >= 1 ? Invariant($"{(int)span.TotalDays}d {span.Hours}h")
        : span.TotalHours >= 1 ? Invariant($"{(int)span.TotalHours}h {span.Minutes}m")
        : span.TotalMinutes >= 1 ? Invariant($"{(int)span.TotalMinutes}m {span.Seconds}s")
        : Invariant($"{(int)span.TotalSeconds}s");

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
