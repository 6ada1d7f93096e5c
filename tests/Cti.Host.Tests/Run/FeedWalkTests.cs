// Every shipped pipeline on every real file it can read: 95 of 100 records of each are observed or screened, or docs/feeds.md says why not.

using System.Globalization;
using Cti.Host.Config;
using Cti.Host.Sources;
using Cti.Host.Tests.Examples;
using Cti.Host.Tests.Harness;
using Xunit;
using Xunit.Abstractions;

namespace Cti.Host.Tests.Run;

[Collection(Heavy.Name)]
public class FeedWalkTests(ITestOutputHelper output)
{
    private const double Enough = 0.95;

    // Behind the last date in the data: nothing is of the future.
    private const string Now = "2026-08-23T00:00:00Z";

    // What a source says that is fed with an empty file: too few records, or none.
    private static readonly string[] SaysNothing = ["CTI-SOURCE-030", "CTI-SOURCE-034"];

    private const string PerFile = """
        SELECT uri, count(DISTINCT line) FILTER (used), count(DISTINCT line) FROM (
            SELECT uri, line, true AS used FROM observations
            UNION ALL SELECT uri, line, true FROM screenings
            UNION ALL SELECT uri, line, false FROM dead_letters
        ) GROUP BY uri
        """;

    public static TheoryData<string> Pipelines() => [.. FeedTable.Inputs.Keys];

    [Theory]
    [MemberData(nameof(Pipelines))]
    public void At_least_95_of_100_records_of_each_real_file_are_observed_or_screened(string pipeline)
    {
        if (Tools.RealData() is not { } data)
        {
            return;
        }

        using var work = new Workspace();
        RunOnFiles(work, data, pipeline);
        Assert.Empty(work.Query("FROM books WHERE missing <> 0"));
        // A record that is not used says why.
        Assert.Equal(
            0,
            work.Count("SELECT count(*) FROM dead_letters WHERE code IS NULL OR message = '' OR line < 1 OR uri = ''")
        );
        Assert.Equal(0, work.Count("SELECT count(*) FROM screenings WHERE code IS NULL"));
        // Marks of a dialect, such as those in `||host/path$all`, are no part of a value.
        Assert.Equal(
            0,
            work.Count(
                "SELECT count(*) FROM observations WHERE value LIKE '%||%' OR ends_with(value, '$all') OR value LIKE '%[.]%'"
            )
        );

        var manifest = FeedTable.Manifest(data);
        var exceptions = FeedTable.Exceptions();
        var counts = work.Query(PerFile)
            .ToDictionary(row => InData(data, row[0]), row => (Used: Number(row[1]), Seen: Number(row[2])));
        output.WriteLine("| file | records | used | share |");
        output.WriteLine("| --- | ---: | ---: | ---: |");
        var faults = new List<string>();
        foreach (var file in FilesOf(data, pipeline))
        {
            var (used, seen) = counts.GetValueOrDefault(file);
            var records = manifest[file];
            var share = (double)used / records;
            output.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"| {file} | {records} | {used} | {share:P1} |")
            );
            if (seen > records)
            {
                faults.Add($"{file}: {seen} records were read, the manifest counts {records}");
            }

            faults.AddRange(Judge(file, share, exceptions.GetValueOrDefault(file)));
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Fact]
    public void Every_file_of_the_manifest_is_read_or_the_page_says_why_it_is_not()
    {
        if (Tools.RealData() is not { } data)
        {
            return;
        }

        var files = FeedTable.Manifest(data).Keys.Order(StringComparer.Ordinal);
        var read = FeedTable.Inputs.Keys.SelectMany(pipeline => FilesOf(data, pipeline));
        var exceptions = FeedTable.Exceptions();
        var notRead = exceptions.Where(entry => entry.Value.Keeps is null).Select(entry => entry.Key);
        // As lists: a file that is read twice, or read and excepted, is a fault, too.
        Assert.Equal(files, read.Concat(notRead).Order(StringComparer.Ordinal));
        Assert.Empty(exceptions.Keys.Except(files, StringComparer.Ordinal));
        Assert.All(exceptions.Values, exception => Assert.NotEmpty(exception.Reason));
    }

    [Fact]
    public void The_page_names_every_shipped_pipeline_and_which_of_them_run_on_real_files()
    {
        var shipped = Directory
            .EnumerateFiles(Repository.PathOf("pipelines"), "*.yaml")
            .Select(path => Path.GetFileNameWithoutExtension(path));
        Assert.Equal(
            shipped.Select(name => $"{name}: {FeedTable.Inputs.ContainsKey(name)}").Order(StringComparer.Ordinal),
            FeedTable.Pipelines().Select(row => $"{row.Key}: {row.Value}").Order(StringComparer.Ordinal)
        );
    }

    // Nothing is fetched: the table feeds every source the pipeline has, those without a file with an empty one.
    private static void RunOnFiles(Workspace work, string data, string pipeline)
    {
        var path = Repository.PathOf($"pipelines/{pipeline}.yaml");
        var inputs = FeedTable.Inputs[pipeline];
        Assert.Equal(
            PipelineFile.Load(path).Pipeline!.Sources.Select(source => source.Name.Value).Order(StringComparer.Ordinal),
            inputs.Select(input => input.Source).Order(StringComparer.Ordinal)
        );
        work.Write("empty", "");
        var result = work.Cti([
            "run",
            path,
            .. inputs.SelectMany(input => new[] { "--input", $"{input.Source}={FilesFor(work, data, input)}" }),
            .. new[] { "--store", work.StorePath, "--out-dir", work.PathOf("out"), "--now", Now, "--json" },
        ]);

        var alarms = result
            .Json.GetProperty("alarms")
            .EnumerateArray()
            .Select(alarm =>
                (Code: alarm.GetProperty("code").GetString(), Source: alarm.GetProperty("source").GetString())
            )
            .ToList();
        var empty = inputs.Where(input => input.Globs.Count == 0).Select(input => input.Source).ToList();
        Assert.All(
            alarms,
            alarm => Assert.True(empty.Contains(alarm.Source!) && SaysNothing.Contains(alarm.Code), result.ToString())
        );
        Assert.True(result.Exit == (alarms.Count == 0 ? 0 : 1), result.ToString());
    }

    private static IEnumerable<string> FilesOf(string data, string pipeline) =>
        FeedTable
            .Inputs[pipeline]
            .SelectMany(input => Match(data, input))
            .Select(path => Path.GetRelativePath(data, path));

    private static IReadOnlyList<string> Match(string data, FeedInput input) =>
        input.Globs.Count == 0 ? [] : FileSource.Match(input.Globs.Select(glob => $"{data}/{glob}"));

    // `--input` takes one glob: files that need several are linked into a folder of their own.
    private static string FilesFor(Workspace work, string data, FeedInput input)
    {
        if (input.Globs is [] or [_])
        {
            return input.Globs is [var glob] ? $"{data}/{glob}" : work.PathOf("empty");
        }

        var folder = Directory.CreateDirectory(work.PathOf(input.Source)).FullName;
        foreach (var path in Match(data, input))
        {
            File.CreateSymbolicLink(Path.Combine(folder, Path.GetFileName(path)), path);
        }

        return folder + "/*";
    }

    private static string InData(string data, string path) =>
        Path.GetRelativePath(data, File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);

    private static IEnumerable<string> Judge(string file, double share, FeedException? exception)
    {
        var percent = share.ToString("P1", CultureInfo.InvariantCulture);
        if (exception is null && share < Enough)
        {
            yield return $"{file}: {percent} of its records are used. Read it better, or say in docs/feeds.md why not.";
        }
        else if (exception is not null && share >= Enough)
        {
            yield return $"{file}: {percent} of its records are used. It needs no exception in docs/feeds.md any more.";
        }
        else if (exception is not null && share < exception.Keeps / 100.0)
        {
            yield return $"{file}: {percent} of its records are used, docs/feeds.md promises {exception.Keeps} %.";
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
