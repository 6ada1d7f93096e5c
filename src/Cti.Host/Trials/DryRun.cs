// cti run --dry-run: sources are read for real, from their beginning, and everything behind them happens in memory (Core/Trial). Nothing is written:
// no store, no cursor, no sink.

using Cti.Core;
using Cti.Core.Trials;
using Cti.Host.Graph;
using Cti.Host.Run;
using Cti.Host.Sources;
using Cti.Host.Store;

namespace Cti.Host.Trials;

/// <summary>What came of a dry run.</summary>
/// <param name="Pipeline">The pipeline's name.</param>
/// <param name="Result">What a run from an empty store would have made of the records.</param>
/// <param name="Limit">Records of a source after which reading stopped.</param>
/// <param name="Cut">Sources of which there was more.</param>
/// <param name="Faults">What kept a source from being read, one sentence each.</param>
internal sealed record DryRunOutcome(
    string Pipeline,
    TrialResult Result,
    int Limit,
    IReadOnlyList<string> Cut,
    IReadOnlyList<string> Faults
);

internal static class DryRun
{
    /// <summary>Records of each source that are read where nobody says how many.</summary>
    public const int DefaultLimit = 1_000;

    /// <summary>Records of each source that may be asked for: a trial is held in memory.</summary>
    public static int MostRecords => TrialStore.MaxRecords;

    /// <exception cref="ListException">A list cannot be used.</exception>
    public static async Task<DryRunOutcome> RunAsync(
        PipelinePlan plan,
        RunOptions options,
        int limit,
        RunEnvironment environment,
        KillSwitch killSwitch
    )
    {
        var lists = LoadedLists.Load(plan);
        var screen = lists.Screen.Set;
        var now = TimestampModule.ofDateTimeOffset(options.Now ?? environment.Clock.GetUtcNow());
        var store = new TrialStore(plan.Declared, now, lists.Enricher);
        var cut = new List<string>();
        var faults = new List<string>();
        using var progress = new RunProgress(plan.Name, environment.Error, environment.IsTerminal, options.Quiet);
        // The run's own reading, told that an epoch is as long as the limit: it then says when the limit is reached.
        var reading = options with
        {
            EpochRecords = limit,
        };
        var pool = new BatchPool();
        // Bodies wait among the temporary files: nothing is written where the store stands.
        using var spool = new Spool(Path.Combine(Path.GetTempPath(), $"cti-dry-run-{Environment.ProcessId}"));
        var services = new OriginServices(plan.StorePath, spool, environment.Clock);
        foreach (var source in plan.Sources)
        {
            var stream = new SourceStream(
                plan with
                {
                    // Shows what a run would stop at, and what is behind it.
                    Sources = [source with { Supervision = SupervisionModule.defaults }],
                },
                reading,
                screen,
                now,
                new Dictionary<string, Dictionary<string, SourceCursor>>(),
                pool,
                progress,
                services
            );
            if (await ReadAsync(stream, store, pool, killSwitch))
            {
                cut.Add(source.Name);
            }

            store.EndSource();
            faults.AddRange(stream.Faults.Select(alarm => alarm.ToString()));
            faults.AddRange(stream.Notes);
        }

        return new DryRunOutcome(plan.Name, store.Finish(), limit, cut, faults);
    }

    // Gives whether the limit was reached with records left.
    private static async Task<bool> ReadAsync(
        SourceStream stream,
        TrialStore store,
        BatchPool pool,
        KillSwitch killSwitch
    )
    {
        var full = false;
        await foreach (var item in stream.ToSource().Open(killSwitch))
        {
            if (item.Batch is not { } batch)
            {
                continue;
            }

            if (full)
            {
                return true;
            }

            store.Add(batch);
            pool.Return(batch);
            full = item.EndsEpoch;
        }

        return false;
    }
}
