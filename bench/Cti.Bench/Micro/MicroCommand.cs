// micro: BenchmarkDotNet over the stage benchmarks, in this very process: the stages are libraries, and a process per benchmark would build each again.

using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace Cti.Bench.Micro;

/// <summary>The command `micro`.</summary>
internal static class MicroCommand
{
    /// <summary>Runs what the words choose; without a filter, everything.</summary>
    public static int Run(string[] words)
    {
        var artifacts = Path.Combine(Path.GetTempPath(), "cti-bench", "micro");
        var config = ManualConfig
            .CreateEmpty()
            .WithArtifactsPath(artifacts)
            .AddJob(
                Job.Default.WithToolchain(InProcessEmitToolchain.Instance)
                    .WithIterationTime(TimeInterval.FromMilliseconds(200))
                    .WithWarmupCount(5)
                    .WithIterationCount(12)
            )
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            // On a machine that others use too, the shortest time says most.
            .AddColumn(StatisticColumn.Min)
            .HideColumns(Column.Error, Column.AllocRatio, Column.RatioSD, Column.Gen0, Column.Gen1, Column.Gen2)
            .AddLogger(ConsoleLogger.Default)
            .WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(80));
        string[] arguments = words.Contains("--filter") || words.Contains("-f") ? words : [.. words, "--filter", "*"];
        var summaries = BenchmarkSwitcher.FromAssembly(typeof(MicroCommand).Assembly).Run(arguments, config);
        return summaries.All(summary => !summary.HasCriticalValidationErrors) ? 0 : 1;
    }
}
