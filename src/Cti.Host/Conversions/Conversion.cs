// Converts files from one format to another: a pipeline of one source and one output, run on a store of its own that is thrown away, so that memory does not
// grow with the files.

using Cti.Core;
using Cti.Host.Cli;
using Cti.Host.Config;
using Cti.Host.Graph;
using Cti.Host.Run;
using Cti.Host.Sinks;
using Cti.Host.Sources;
using Cti.Host.Store;

namespace Cti.Host.Conversions;

/// <summary>What is to be converted.</summary>
/// <param name="Inputs">Files and globs.</param>
/// <param name="From">The reader's name.</param>
/// <param name="To">The renderer's name.</param>
/// <param name="Output">Where the output goes.</param>
/// <param name="Losses">Where the losses go; null for nowhere.</param>
/// <param name="MaxLoss">How many losses are taken; null for any number.</param>
/// <param name="Now">The time it is converted at.</param>
internal sealed record ConversionRequest(
    IReadOnlyList<string> Inputs,
    string From,
    string To,
    string Output,
    string? Losses,
    long? MaxLoss,
    DateTimeOffset Now
);

internal sealed class Conversion(ConversionRequest request, TextWriter error)
{
    // A hundred years: what a file holds is converted, however old it is.
    private const long NoLifetime = 36_500L * 86_400_000_000L;

    /// <summary>Converts; gives the exit code.</summary>
    /// <exception cref="SinkException">The output cannot be written.</exception>
    /// <exception cref="StoreException">There is no room for the work.</exception>
    public async Task<int> RunAsync(KillSwitch killSwitch)
    {
        var work = Directory.CreateTempSubdirectory("cti-convert-");
        try
        {
            return Plan(work.FullName) is { } plan ? await RunAsync(plan, killSwitch) : ExitCode.Usage;
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    private async Task<int> RunAsync(PipelinePlan plan, KillSwitch killSwitch)
    {
        var options = new RunOptions { Now = request.Now, Quiet = true };
        var environment = RunEnvironment.System with { Error = TextWriter.Null };
        var report = await PipelineRun.RunAsync(plan with { Sinks = [] }, options, environment, killSwitch);
        foreach (var message in report.Messages)
        {
            error.WriteLine(message);
        }

        // Objects that changed without a new version are a loss; the rest came through.
        var isWhole =
            report.Status == RunStatus.Done
            || (report.Alarms.Count > 0 && report.Alarms.All(alarm => alarm.Code == ObjectTable.Conflict));
        if (!isWhole)
        {
            error.WriteLine($"{request.Output}: nothing was written, because not everything could be read");
            return ExitCode.Failed;
        }

        using var store = StoreFile.Open(plan.StorePath, new StoreOptions());
        using var output = new AtomicFile(request.Output);
        var sink = new ConvertSink(
            plan.Sinks[0],
            TimestampModule.ofDateTimeOffset(request.Now),
            some => output.Write(some.Span),
            store.Connection,
            plan.Name
        );
        var lists = LoadedLists.Load(plan, new DiskLists());
        new StatePass(
            store,
            Dictionaries.Load(store.Connection, plan.Name),
            null,
            ExitScreen.Look(store.Connection, plan, lists.Screen),
            plan.Score,
            TimestampModule.ofDateTimeOffset(request.Now),
            ownOnly: true,
            [sink]
        ).Run(killSwitch.Abort);
        var losses = ConversionLosses.Of(store, sink);
        if (request.Losses is { } path)
        {
            using var file = new AtomicFile(path);
            losses.Write(some => file.Write(some.Span));
            file.Replace();
        }

        var summary = $"{report.Records:N0} records, {sink.Rows:N0} indicators, {losses.Summary}";
        if (losses.Total > request.MaxLoss)
        {
            error.WriteLine(
                $"{request.Output}: not written: {summary}; --max-loss allows {request.MaxLoss:N0}. {(request.Losses is null ? "See what is lost with --losses FILE." : $"They are listed in {request.Losses}.")}"
            );
            return ExitCode.TestFailed;
        }

        output.Replace();
        error.WriteLine($"{request.Output}: {summary}");
        return ExitCode.Done;
    }

    // Declared like any pipeline, so that formats are known by the same words. Null, and what is wrong is told, where they are none.
    private PipelinePlan? Plan(string work)
    {
        // What the fields of a plain format mean is recognised: nobody declares it here.
        var isPlain = PlainFormatModule.all.Any(format => PlainFormatModule.name(format) == request.From);
        var reader = (isPlain ? "auto, as: " : "") + ReaderText.quoted(request.From);
        // Objects of the same format are carried as they are.
        var renderer = ReaderText.quoted(request.To) + (request.To == "stix_bundle" ? ", objects: true" : "");
        var file = PipelineFile.Parse(
            Path.Combine(work, "convert.yaml"),
            $$"""
            pipeline: convert
            store: work.duckdb
            sources:
              - name: input
                from: { type: file, path: input }
                read: { type: {{reader}} }
                trust: { reliability: A, credibility: 1, confidence: 50, tlp: clear }
                expect: { records: "0.." }
            screen: { private: keep, min_prefix: { ipv4: 0, ipv6: 0 } }
            sinks:
              - { name: output, render: { type: {{renderer}} }, to: { type: file, path: output }, max_tlp: red }
            """
        );
        if (file.Pipeline is null)
        {
            foreach (var problem in file.Diagnostics)
            {
                error.WriteLine(Explain(problem));
            }

            return null;
        }

        var plan = Pipelines.OfStore(file, file.Pipeline);
        var source = plan.Sources[0];
        return plan with
        {
            Sources =
            [
                source with
                {
                    Origin = new FilePlan { Globs = [.. request.Inputs], Text = source.Origin.Text },
                },
            ],
            Score = new ScoreSettings([.. Enumerable.Repeat(NoLifetime, 256)], [.. Enumerable.Repeat(1.0, 256)]),
        };
    }

    // By the lines of the text above.
    private string Explain(Core.Declare.Diagnostic problem)
    {
        var hint = problem.Hint.Length == 0 ? "" : $" {problem.Hint}";
        return problem.Line >= 10
            ? $"--to {request.To}: {problem.Message}{hint}"
            : $"--from {request.From}: {problem.Message}{hint}";
    }
}
