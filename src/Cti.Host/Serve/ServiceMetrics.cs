// A service's numbers as metric families; docs/service.md lists them. How they are written stands in the core (OpenMetrics).

using System.Diagnostics;
using System.Globalization;
using Cti.Core;
using Cti.Host.Run;
using Microsoft.FSharp.Collections;

namespace Cti.Host.Serve;

internal static class ServiceMetrics
{
    public static string Print(ServiceBoard board)
    {
        var pipelines = board.Pipelines;
        var stages = pipelines
            .SelectMany(pipeline => pipeline.Gauges.Stages.Select(stage => (Pipeline: pipeline.Name, Stage: stage)))
            .ToList();
        var now = board.Clock.GetUtcNow();
        using var process = Process.GetCurrentProcess();
        return OpenMetrics.print([
            Family(
                "cti_records",
                MetricKind.Counter,
                "",
                "Items by pipeline, stage and what became of them since the service began",
                stages.SelectMany(found =>
                    new[]
                    {
                        ("in", found.Stage.In),
                        ("out", found.Stage.Out),
                        ("screened", found.Stage.Screened),
                        ("rejected", found.Stage.Rejected),
                        ("merged", found.Stage.Merged),
                    }.Select(count =>
                        Sample(
                            count.Item2,
                            ("pipeline", found.Pipeline),
                            ("stage", found.Stage.Name),
                            ("outcome", count.Item1)
                        )
                    )
                )
            ),
            Family(
                "cti_stage_waiting_seconds",
                MetricKind.Gauge,
                "seconds",
                "How long a stage has had work and got nothing done; 0 where it is idle",
                stages.Select(found =>
                {
                    var idle = StageActivityModule.idleWithWork(now, found.Stage.Activity(found.Pipeline));
                    return Sample(
                        idle.IsSome ? Math.Max(0, idle.Value.TotalSeconds) : 0,
                        ("pipeline", found.Pipeline),
                        ("stage", found.Stage.Name)
                    );
                })
            ),
            Family(
                "cti_stages_stuck",
                MetricKind.Gauge,
                "",
                "Stages that have work and got nothing done for too long",
                [Sample(board.Stuck().Count)]
            ),
            Family(
                "cti_queue_batches",
                MetricKind.Gauge,
                "",
                "Batches that were read and wait for the store",
                pipelines.Select(pipeline => Sample(pipeline.Gauges.Queued, ("pipeline", pipeline.Name)))
            ),
            Family(
                "cti_http_requests",
                MetricKind.Counter,
                "",
                "Requests to this server, by page and status",
                board
                    .Requests.OrderBy(count => count.Key)
                    .Select(count =>
                        Sample(
                            count.Value,
                            ("page", count.Key.Page),
                            ("status", count.Key.Status.ToString(CultureInfo.InvariantCulture))
                        )
                    )
            ),
            Family(
                "cti_sink_lag_changes",
                MetricKind.Gauge,
                "",
                "Entries of the change log that a stream sink has not acknowledged",
                board.Lags().Select(lag => Sample(lag.Changes, ("pipeline", lag.Pipeline), ("sink", lag.Sink)))
            ),
            Family(
                "cti_runs",
                MetricKind.Counter,
                "",
                "Runs since the service began, by how they ended",
                pipelines.SelectMany(pipeline =>
                    pipeline.Runs.Select(run => Sample(run.Value, ("pipeline", pipeline.Name), ("status", run.Key)))
                )
            ),
            Family(
                "cti_last_success_timestamp_seconds",
                MetricKind.Gauge,
                "seconds",
                "When a run of the pipeline last ended well",
                Times(pipelines, pipeline => pipeline.LastSuccess)
            ),
            Family(
                "cti_next_run_timestamp_seconds",
                MetricKind.Gauge,
                "seconds",
                "When the pipeline's next source is due",
                Times(pipelines, pipeline => pipeline.Next)
            ),
            Family(
                "cti_source_failures",
                MetricKind.Gauge,
                "",
                "Readings of a source that failed in a row",
                pipelines.SelectMany(pipeline =>
                    pipeline.Readings.Select(reading =>
                        Sample(reading.Failures, ("pipeline", pipeline.Name), ("source", reading.Source))
                    )
                )
            ),
            Family(
                "cti_alarms",
                MetricKind.Gauge,
                "",
                "Alarms of a pipeline's last run, by source and code",
                pipelines.SelectMany(pipeline =>
                    (pipeline.Last?.Alarms ?? [])
                        .GroupBy(alarm => (alarm.Source, alarm.Code))
                        .Select(group =>
                            Sample(
                                group.Count(),
                                ("pipeline", pipeline.Name),
                                ("source", group.Key.Source),
                                ("code", group.Key.Code)
                            )
                        )
                )
            ),
            Family(
                "cti_configuration_valid",
                MetricKind.Gauge,
                "",
                "Whether the files as they stand now are those that run: 1 or 0",
                [Sample(board.Problem.Length == 0 ? 1 : 0)]
            ),
            Family(
                "cti_store_bytes",
                MetricKind.Gauge,
                "bytes",
                "Size of a store with its write-ahead log",
                board.Stores.Select(store => Sample(store.Size, ("store", store.Path)))
            ),
            Family("cti_build", MetricKind.Info, "", "This program", [Sample(1, ("version", ThisProgram.Version))]),
            Family(
                "process_cpu_seconds",
                MetricKind.Counter,
                "seconds",
                "CPU time of the process",
                [Sample(process.TotalProcessorTime.TotalSeconds)]
            ),
            Family(
                "process_resident_memory_bytes",
                MetricKind.Gauge,
                "bytes",
                "Memory of the process that is in RAM",
                [Sample(process.WorkingSet64)]
            ),
            Family(
                "process_start_time_seconds",
                MetricKind.Gauge,
                "seconds",
                "When the service began",
                [Sample(Unix(board.StartedAt))]
            ),
        ]);
    }

    private static IEnumerable<MetricSample> Times(
        IReadOnlyList<PipelineStanding> pipelines,
        Func<PipelineStanding, DateTimeOffset?> time
    ) =>
        pipelines
            .Where(pipeline => time(pipeline) is not null)
            .Select(pipeline => Sample(Unix(time(pipeline)!.Value), ("pipeline", pipeline.Name)));

    private static double Unix(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000.0;

    private static MetricFamily Family(
        string name,
        MetricKind kind,
        string unit,
        string help,
        IEnumerable<MetricSample> samples
    ) => new(name, kind, unit, help, ListModule.OfSeq(samples));

    private static MetricSample Sample(double value, params IEnumerable<(string Name, string Value)> labels) =>
        new(ListModule.OfSeq(labels.Select(label => Tuple.Create(label.Name, label.Value))), value);
}
