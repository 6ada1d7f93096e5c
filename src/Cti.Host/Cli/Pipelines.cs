// From pipeline files and the command line to plans that can run: paths resolved, overrides applied, every problem told at once.

using System.CommandLine;
using Cti.Core;
using Cti.Core.Declare;
using Cti.Host.Config;
using Cti.Host.Delivery;
using Cti.Host.Run;
using Cti.Host.Sources;
using Microsoft.FSharp.Core;

namespace Cti.Host.Cli;

/// <summary>What a command does with pipelines, and so which of their secrets it needs.</summary>
internal enum PipelineUse
{
    /// <summary>Sources are read, sinks written.</summary>
    Run,

    /// <summary>No source is read; every sink is written.</summary>
    Deliver,

    /// <summary>Only sinks that hold a set; those that tell changes are not asked.</summary>
    StateSinks,

    /// <summary>Only the store, and what files are called.</summary>
    Store,
}

internal static class Pipelines
{
    /// <summary>The files a command works on.</summary>
    public static Argument<string[]> Argument() =>
        new("pipeline")
        {
            Description = "Pipeline files (YAML).",
            Arity = ArgumentArity.OneOrMore,
            HelpName = "PIPELINE",
        };

    /// <summary>
    /// Loads and resolves; null, and everything that is wrong on <paramref name="error"/>, where any file does not hold or a secret that
    /// <paramref name="use"/> needs is missing.
    /// </summary>
    public static IReadOnlyList<PipelinePlan>? Load(
        string[] paths,
        RunOptions options,
        TextWriter error,
        PipelineUse use = PipelineUse.Run
    )
    {
        var (files, holds) = Read(paths, error);
        var plans = new List<PipelinePlan>();
        foreach (var file in files)
        {
            if (file.Pipeline is null)
            {
                DiagnosticPrinter.Print(error, file);
                holds = false;
            }
            else
            {
                var missing = new List<Diagnostic>();
                var needed = Needed(file, file.Pipeline, options, use);
                var secrets = Secrets.Load(file, needed, Environment.GetEnvironmentVariable, missing);
                if (missing.Count > 0)
                {
                    DiagnosticPrinter.Print(error, file with { Diagnostics = missing });
                    holds = false;
                }

                plans.Add(Resolve(file, file.Pipeline, options, secrets));
            }
        }

        var known = plans
            .SelectMany(plan => plan.Sources)
            .Select(source => source.Name)
            .ToHashSet(StringComparer.Ordinal);
        foreach (var name in options.Inputs.Keys.Where(name => holds && !known.Contains(name)))
        {
            error.WriteLine($"--input {name}=…: there is no source {name}; there are: {string.Join(", ", known)}");
            holds = false;
        }

        var readers = plans
            .SelectMany(plan => plan.Sources)
            .Where(source => source.Origin is StandardInputPlan)
            .Select(source => source.Name)
            .ToList();
        if (readers.Count > 1)
        {
            error.WriteLine(
                $"standard input can be read once, but {string.Join(" and ", readers)} would read it; feed all but one of them from files"
            );
            holds = false;
        }

        return holds ? plans : null;
    }

    /// <summary>The files that can be read, checked each and together; what cannot be read is told on <paramref name="error"/>.</summary>
    public static (IReadOnlyList<PipelineFile> Files, bool AllRead) Read(string[] paths, TextWriter error)
    {
        var files = new List<PipelineFile>();
        var allRead = true;
        foreach (var path in paths)
        {
            try
            {
                files.Add(PipelineFile.Load(path));
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                var near =
                    !Path.Exists(path) && NearbyNames.Correct(path) is { } found ? $" Did you mean {found}?" : "";
                error.WriteLine($"{path} cannot be read: {problem.Message}{near}");
                allRead = false;
            }
        }

        return (PipelineSet.Check(files), allRead);
    }

    // A source that is fed from elsewhere, or not read at all, needs none of its secrets.
    private static IEnumerable<PlacedReference> Needed(
        PipelineFile file,
        Pipeline pipeline,
        RunOptions options,
        PipelineUse use
    )
    {
        if (use == PipelineUse.Store)
        {
            return [];
        }

        var idle = pipeline
            .Sources.Select((source, index) => (Path: $"sources[{index}].", source.Name.Value))
            .Where(source => use != PipelineUse.Run || options.Inputs.ContainsKey(source.Value))
            .Select(source => source.Path)
            .ToList();
        if (use == PipelineUse.StateSinks)
        {
            // What services said is in the store.
            idle.Add("enrich[");
            idle.AddRange(
                pipeline
                    .Sinks.Select((sink, index) => (Path: $"sinks[{index}].", sink.IsStream))
                    .Where(sink => sink.IsStream)
                    .Select(sink => sink.Path)
            );
        }

        return file.References.Where(placed =>
            !idle.Exists(path => PathModule.print(placed.Path).StartsWith(path, StringComparison.Ordinal))
        );
    }

    /// <summary>A configuration that was kept in the store: its paths mean nothing any more, its secrets were never there.</summary>
    public static PipelinePlan OfStore(PipelineFile file, Pipeline pipeline) =>
        Resolve(file, pipeline, new RunOptions(), Secrets.Load(file, [], _ => null, []));

    private static PipelinePlan Resolve(PipelineFile file, Pipeline pipeline, RunOptions options, Secrets secrets) =>
        new()
        {
            Name = pipeline.Name.Value,
            File = file.Path,
            Text = file.Bundle.Print(),
            Declared = pipeline,
            StorePath = options.Store ?? OutPath(file, pipeline.Store, options),
            Sources = [.. pipeline.Sources.Select(source => Resolve(file, pipeline, source, options, secrets))],
            Sinks = [.. pipeline.Sinks.Select(sink => Resolve(file, sink, options, secrets))],
            Warninglists = [.. pipeline.Screen.Warninglists.Select(glob => Under(file.Folder, glob))],
            AllowLists = [.. pipeline.Screen.Allow.Select(path => Under(file.Folder, path))],
            NeverLists = [.. pipeline.Screen.Never.Select(path => Under(file.Folder, path))],
            PublicSuffixes = ValueOf(pipeline.PublicSuffixes) is { } suffixes
                ? new PublicSuffixSettings(Under(file.Folder, suffixes.Path), suffixes.Sections)
                : null,
            Enrichers = [.. pipeline.Enrich.Select(settings => (settings, Files(file, settings)))],
            Services =
            [
                .. pipeline
                    .Enrich.OfType<EnrichSettings.Http>()
                    .Select(service =>
                        new Origins(new Resolver(secrets, path => Under(file.Folder, path), file.Folder)).Service(
                            service.Item
                        )
                    ),
            ],
            Guard = Guard(pipeline.Screen),
            Score = pipeline.Score,
        };

    private static SourcePlan Resolve(
        PipelineFile file,
        Pipeline pipeline,
        Source source,
        RunOptions options,
        Secrets secrets
    )
    {
        var origins = new Origins(new Resolver(secrets, path => Under(file.Folder, path), file.Folder));
        return new SourcePlan
        {
            Name = source.Name.Value,
            Origin = options.Inputs.TryGetValue(source.Name.Value, out var input)
                ? Origins.Override(source.From, source.Encoding, input)
                : origins.Resolve(source.From, source.Encoding),
            Reader = source.Read,
            Map = source.Map,
            IsSnapshot = source.Mode.IsSnapshot,
            Expect = ExpectationModule.ofDeclared(source),
            Schedule = SourceSchedule.ofDeclared(pipeline, source),
            Supervision = source.Supervision,
        };
    }

    private static SinkPlan Resolve(PipelineFile file, Core.Declare.Sink sink, RunOptions options, Secrets secrets)
    {
        var state = sink is Core.Declare.Sink.State { Item: var declared } ? declared : null;
        var delivery = sink is Core.Declare.Sink.Stream { Item: var stream }
            ? stream.Delivery
            : DeliverySettingsModule.defaults;
        var resolver = new Resolver(secrets, path => Under(file.Folder, path), file.Folder);
        return new SinkPlan
        {
            Name = sink.Name.Value,
            Render = sink.RenderSpec,
            // What folding makes of the same set is another file.
            RenderDeclared = (state?.RenderDeclared ?? "") + (state?.Fold == true ? " fold" : ""),
            Path = sink.To switch
            {
                Target.File { path: var path } => OutPath(file, path, options),
                Target.Directory { path: var path } => OutPath(file, path, options),
                _ => "",
            },
            Collection = sink.To is Target.TaxiiCollection { Item: var collection } ? collection : null,
            IsServed = state?.Served ?? false,
            Transport = Transports.Plan(sink.To, delivery.Timeout, resolver),
            MaxTlp = sink.MaxTlp,
            Where = sink.Where,
            HoldsState = state is not null,
            Limits = state?.Limits ?? new PlanLimits(1, FSharpValueOption<long>.None, 0),
            ApplyInRuns = state?.Apply.IsAuto ?? true,
            Capacity = state?.Capacity?.Value,
            Folds = state?.Fold ?? false,
            Check = state is null ? null : resolver.Check(state),
            Reload = state?.Reload is { Value: var reload } ? resolver.SinkProgram(reload) : null,
            Probe = state?.Probe is { Value: var probe } ? resolver.SinkProgram(probe) : null,
            Delivery = delivery,
        };
    }

    // What a run writes goes under --out-dir where one is given: `../out/x/y.txt` becomes `DIR/out/x/y.txt`'s own tail, without the steps up.
    private static string OutPath(PipelineFile file, string path, RunOptions options)
    {
        if (options.OutDir is null || Path.IsPathRooted(path))
        {
            return Under(file.Folder, path);
        }

        var parts = path.Split('/').SkipWhile(part => part is ".." or "." or "").ToArray();
        // The pipelines' own out folder is what --out-dir stands for.
        var tail = parts.Length > 1 && parts[0] == "out" ? parts[1..] : parts;
        return Path.Combine([options.OutDir, .. tail]);
    }

    // Shown and stored as short as it can be: relative to where the user stands if it lies below.
    private static string Under(string folder, string path)
    {
        var full = Path.GetFullPath(Path.Combine(folder, path));
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, full);
        return relative.StartsWith("..", StringComparison.Ordinal) ? full : relative;
    }

    private static IReadOnlyList<string> Files(PipelineFile file, EnrichSettings settings) =>
        settings switch
        {
            EnrichSettings.IpRanges { Item: var ranges } => [.. ranges.Paths.Select(path => Under(file.Folder, path))],
            EnrichSettings.Kev { path: var path } => [Under(file.Folder, path)],
            EnrichSettings.Epss { paths: var paths } => [.. paths.Select(path => Under(file.Folder, path))],
            EnrichSettings.Cvss { paths: var paths } => [.. paths.Select(path => Under(file.Folder, path))],
            EnrichSettings.Attack { paths: var paths } => [.. paths.Select(path => Under(file.Folder, path))],
            _ => [],
        };

    /// <summary>What is too broad or too private to be listed.</summary>
    public static BroadEntryOptions Guard(ScreenSettings screen) =>
        new(
            screen.MinPrefixV4,
            screen.MinPrefixV6,
            // Read from its file when the pipeline runs.
            FSharpValueOption<PublicSuffixList>.None,
            false,
            screen.Private.IsScreen
        );

    private static T? ValueOf<T>(FSharpOption<T>? option)
        where T : class => option?.Value;
}
