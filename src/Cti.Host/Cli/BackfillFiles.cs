// From the options of `cti backfill` to what is to be read: globs become files, their names times, and those partitions. Every problem told at once.

using Cti.Core;
using Cti.Host.Run;
using Cti.Host.Sources;

namespace Cti.Host.Cli;

/// <summary>What the command line says of a backfill's files.</summary>
/// <param name="From">A day or an instant, inclusive; null for the first file.</param>
/// <param name="To">A day, inclusive, or an instant, exclusive; null for the last file.</param>
/// <param name="Zone">The zone of names without one; null for UTC.</param>
/// <param name="DatePattern">How names write their time; null for the usual forms.</param>
internal sealed record BackfillChoice(string? From, string? To, string? Zone, string? DatePattern);

internal static class BackfillFiles
{
    private const int FilesNamed = 20;

    /// <summary>The plan; null, and everything that is wrong on <paramref name="error"/>, where something is.</summary>
    public static BackfillPlan? Find(PipelinePlan plan, RunOptions options, BackfillChoice choice, TextWriter error)
    {
        var zone = Zone(choice.Zone, error);
        var format = Format(choice.DatePattern, error);
        var sources = Sources(plan, options, error);
        if (zone is null || format is null || sources is null)
        {
            return null;
        }

        var range = PartitionPlan.tryRange(zone, choice.From, choice.To);
        if (range.IsError)
        {
            error.WriteLine($"CTI-BACKFILL-007 --from, --to: {range.ErrorValue}");
            return null;
        }

        var files = new List<PartitionFile>();
        var unnamed = new List<string>();
        var ambiguous = new List<string>();
        try
        {
            for (var source = 0; source < sources.Count; source++)
            {
                foreach (var path in FileSource.Match(((FilePlan)sources[source].Origin).Globs))
                {
                    var told = format.Format is { } declared
                        ? PartitionPattern.recognise(declared, path)
                        : PartitionName.recognise(path);
                    if (told.IsOk)
                    {
                        files.Add(new PartitionFile(source, path, PartitionZoneModule.resolve(zone, told.ResultValue)));
                    }
                    else if (told.ErrorValue is PartitionNameError.SeveralDates several)
                    {
                        ambiguous.Add($"{path} ({string.Join(", ", several.texts)})");
                    }
                    else
                    {
                        unnamed.Add(path);
                    }
                }
            }
        }
        catch (SourceException problem)
        {
            error.WriteLine($"{problem.Code} {problem.Message}");
            return null;
        }

        List(
            error,
            unnamed,
            "CTI-BACKFILL-001",
            "no date in the name. Narrow the glob, rename the files, or say how they write it: --date-pattern 'dd.MM.yyyy'"
        );
        List(
            error,
            ambiguous,
            "CTI-BACKFILL-002",
            "several dates in the name. Say which counts: --date-pattern \"'to_'yyyy-MM-dd\""
        );
        if (unnamed.Count + ambiguous.Count > 0)
        {
            return null;
        }

        var partitions = PartitionPlan.partitions(range.ResultValue, files);
        if (partitions.IsEmpty)
        {
            error.WriteLine(
                $"CTI-BACKFILL-003 none of {files.Count:N0} files is of that time: they reach from {TimestampModule.toText(files.Min(file => file.At))} to {TimestampModule.toText(files.Max(file => file.At))}"
            );
            return null;
        }

        return new BackfillPlan(sources, [.. partitions], [.. Holes(sources, partitions)]);
    }

    // Those that are given files; without any, those that read files anyway.
    private static List<SourcePlan>? Sources(PipelinePlan plan, RunOptions options, TextWriter error)
    {
        var sources = plan
            .Sources.Where(source =>
                options.Inputs.Count > 0 ? options.Inputs.ContainsKey(source.Name) : source.Origin is FilePlan
            )
            .ToList();
        if (sources.Count == 0)
        {
            error.WriteLine(
                $"CTI-BACKFILL-004 {plan.Name}: no source of it reads files; say where they are: --input NAME=GLOB"
            );
            return null;
        }

        foreach (var source in sources.Where(source => source.Origin is not FilePlan))
        {
            error.WriteLine($"CTI-BACKFILL-004 {source.Name}: a backfill reads files, not standard input");
        }

        return sources.TrueForAll(source => source.Origin is FilePlan) ? sources : null;
    }

    private static IEnumerable<string> Holes(List<SourcePlan> sources, IEnumerable<Partition> partitions) =>
        partitions
            .GroupBy(partition => partition.Source)
            .OrderBy(series => series.Key)
            .SelectMany(series =>
                PartitionPlan
                    .holes(Microsoft.FSharp.Collections.ListModule.OfSeq(series.Select(partition => partition.At)))
                    .Select(hole => $"source {sources[series.Key].Name}: {PartitionPlan.sentence(hole)}")
            );

    private static PartitionZone? Zone(string? name, TextWriter error)
    {
        if (name is null)
        {
            return PartitionZoneModule.utc;
        }

        if (PartitionZoneModule.tryFixed(name) is { IsSome: true } minutes)
        {
            return minutes.Value;
        }

        if (TimeZoneInfo.TryFindSystemTimeZoneById(name, out var rules))
        {
            return PartitionZone.NewPlace(rules);
        }

        error.WriteLine(
            $"CTI-BACKFILL-005 --tz {name}: this machine knows no such zone; write UTC, +02:00, or a name such as Europe/Berlin (package tzdata)"
        );
        return null;
    }

    /// <summary>A declared format, or none.</summary>
    private sealed record Declared(TimeFormat? Format);

    private static Declared? Format(string? pattern, TextWriter error)
    {
        if (pattern is null)
        {
            return new Declared(null);
        }

        var format = TimePattern.tryParse(pattern, 0);
        if (format.IsOk)
        {
            return new Declared(format.ResultValue);
        }

        error.WriteLine($"CTI-BACKFILL-006 --date-pattern {pattern}: {format.ErrorValue}");
        return null;
    }

    private static void List(TextWriter error, List<string> files, string code, string what)
    {
        if (files.Count == 0)
        {
            return;
        }

        error.WriteLine($"{code} {files.Count:N0} {(files.Count == 1 ? "file has" : "files have")} {what}");
        foreach (var file in files.Take(FilesNamed))
        {
            error.WriteLine($"  {file}");
        }

        if (files.Count > FilesNamed)
        {
            error.WriteLine($"  and {files.Count - FilesNamed:N0} more");
        }
    }
}
