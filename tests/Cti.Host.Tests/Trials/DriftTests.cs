// A trial and a run are two ways for the same records. What a run stored and wrote is turned into a test of the same pipeline, to the last field and
// byte, and must hold: whoever changes one way only is told here.

using System.Globalization;
using System.Text;
using System.Text.Json;
using Cti.Core.Declare;
using Cti.Host.Config;
using Cti.Host.Tests.Examples;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Trials;

[Collection(Heavy.Name)]
public class DriftTests
{
    // Of a large feed this many are compared one by one; all are counted, and all stand in the sinks' bytes.
    private const int Compared = 300;

    [Fact]
    public void Quickstart_gives_the_same_in_a_trial_as_in_a_run()
    {
        using var work = new Workspace();
        CopyPipelines(work);
        Check(work, "pipelines/quickstart.yaml", []);
    }

    [Fact]
    public void The_pipelines_of_public_feeds_give_the_same_in_a_trial_as_in_a_run()
    {
        var addresses = Enumerable
            .Range(0, 10_050)
            .Select(number => $"198.{18 + (number % 2)}.{number / 250}.{number % 250}");
        var urls = Enumerable
            .Range(0, 200)
            .Select(number =>
                $"\"{number}\",\"2026-01-01 00:{number % 60:00}:00\",\"http://malware{number % 190}.example/x\",\"online\",\"malware_download\",\"exe,t{number % 3}\",\"\",\"somebody\"\r\n"
            );
        foreach (
            var (pipeline, source, feed) in new[]
            {
                ("ipsum", "ipsum", "# IPsum\n" + string.Concat(addresses.Select(address => $"{Public(address)}\t3\n"))),
                (
                    "tor-exit-nodes",
                    "tor_exits",
                    string.Concat(addresses.Take(600).Select(address => Public(address) + "\n")) + "nonsense\n"
                ),
                (
                    "urlhaus",
                    "urlhaus",
                    "# id,dateadded,url,url_status,threat,tags,urlhaus_link,reporter\r\n" + string.Concat(urls)
                ),
            }
        )
        {
            using var work = new Workspace();
            CopyPipelines(work);
            work.Write("feed.txt", feed);
            Check(work, $"pipelines/{pipeline}.yaml", new() { [source] = ["feed.txt"] });
        }
    }

    [Theory]
    [InlineData(1, 40)]
    [InlineData(2, 400)]
    [InlineData(3, 4_000)]
    public void Overlapping_sources_with_bad_rows_and_every_kind_of_sink_give_the_same(int seed, int universe)
    {
        using var work = new Workspace();
        work.Write("lists/w.json", Warninglist);
        work.Write("p.yaml", PipelineText.Everything("lists/w.json"));
        var inputs = new Dictionary<string, List<string>>();
        foreach (var (name, number) in new[] { ("a", 0), ("b", 1), ("c", 2) })
        {
            // Two files of one source, the second repeating part of the first.
            work.Write($"in/{name}1.csv", Feeds.Csv((seed * 10) + number, 300, universe));
            work.Write($"in/{name}2.csv", Feeds.Csv((seed * 10) + number, 100, universe));
            inputs[name] = [$"in/{name}1.csv", $"in/{name}2.csv"];
        }

        Check(work, "p.yaml", inputs);
    }

    [Fact]
    public void A_dry_run_of_everything_keeps_the_books_of_a_run_and_touches_nothing()
    {
        using var work = new Workspace();
        CopyPipelines(work);
        string[] command = ["run", "pipelines/quickstart.yaml", "--json", "--now", Workspace.Now];
        var before = Everything(work);
        var dry = work.Cti([.. command, "--dry-run", "--limit", "1000"]);
        Assert.True(dry.Exit == 0, dry.ToString());
        Assert.Equal(before, Everything(work));
        var real = work.Cti(command);
        Assert.True(real.Exit == 0, real.ToString());
        Assert.Equal(
            real.Json.GetProperty("books").EnumerateArray().Select(Text).Order(StringComparer.Ordinal),
            dry.Json.GetProperty("books").EnumerateArray().Select(Text).Order(StringComparer.Ordinal)
        );
        Assert.Equal(real.Json.GetProperty("indicators").GetInt64(), dry.Json.GetProperty("indicators").GetInt64());
    }

    private const string Warninglist = """
        { "name": "w", "type": "hostname", "version": 1, "description": "", "matching_attributes": ["domain", "hostname", "url"],
          "list": ["bad3.example.net", "bad11.example.net", "site4.example.org"] }
        """;

    private static string Text(JsonElement element) => element.GetRawText();

    // Documentation space is screened nowhere, but there are too few of its addresses.
    private static string Public(string address) => address.Replace("198.", "11.", StringComparison.Ordinal);

    private static List<string> Everything(Workspace work) =>
        [
            .. Directory
                .EnumerateFileSystemEntries(work.Root, "*", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal),
        ];

    private static void CopyPipelines(Workspace work)
    {
        var from = Repository.PathOf("pipelines");
        foreach (var path in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            work.Write(Path.Combine("pipelines", Path.GetRelativePath(from, path)), File.ReadAllBytes(path));
        }
    }

    private static void Check(Workspace work, string file, Dictionary<string, List<string>> inputs)
    {
        var store = work.PathOf("out/s.duckdb");
        var inputOptions = inputs
            .Where(input => input.Value.Count == 1)
            .SelectMany(input => new[] { "--input", $"{input.Key}={input.Value[0]}" });
        var run = work.Cti(["run", file, "--store", store, "--now", Workspace.Now, "--json", .. inputOptions]);
        Assert.True(run.Exit == 0, run.ToString());

        var loaded = PipelineFile.Load(work.PathOf(file));
        var test = "trial" + Path.GetExtension(file);
        var path = Path.Combine(Path.GetDirectoryName(file)!, test);
        work.Write(path, WithoutTests(loaded.Text) + Tests(work, loaded, inputs));
        var trial = work.Cti("test", path);
        Assert.True(trial.Exit == 0, trial.ToString());
    }

    private static string WithoutTests(string text)
    {
        var at = text.IndexOf("\ntests:", StringComparison.Ordinal);
        return (at < 0 ? text : text[..at]) + "\n";
    }

    private static string Tests(Workspace work, PipelineFile file, Dictionary<string, List<string>> inputs)
    {
        var given = file.Pipeline!.Sources.SelectMany(source =>
                inputs.TryGetValue(source.Name.Value, out var paths)
                    ? paths.Select(path =>
                        (source.Name.Value, Path: Path.GetRelativePath(file.Folder, work.PathOf(path)))
                    )
                    : ((Origin.File)source.From).Item.Paths.Select(path => (source.Name.Value, Path: path.ToString()))
            )
            .Select(pair => $"source: {pair.Value}, given_file: {Quote(pair.Path)}")
            .ToList();
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"tests:\n  - name: as the run\n    now: {Workspace.Now}\n");
        text.Append(
            CultureInfo.InvariantCulture,
            $"    {given[0].Replace(", ", "\n    ", StringComparison.Ordinal)}\n"
        );
        text.Append(
            CultureInfo.InvariantCulture,
            $"    also: [ {string.Join(", ", given.Skip(1).Select(input => $"{{ {input} }}"))} ]\n"
        );
        text.Append("    expect:\n");
        Section(text, "indicators", Indicators(work));
        Section(text, "screenings", Screenings(work));
        Section(text, "dead_letters", DeadLetters(work));
        var files = file.Pipeline.Sinks.Select(sink =>
            $"{sink.Name.Value}: {Quote(((Core.Declare.Target.File)sink.To).path)}"
        );
        text.Append(CultureInfo.InvariantCulture, $"      files: {{ {string.Join(", ", files)} }}\n");
        text.Append(
            CultureInfo.InvariantCulture,
            $"      counts: {{ observations: {Count(work, "observations")}, indicators: {Count(work, "indicators")}, screenings: {Count(work, "screenings")}, dead_letters: {Count(work, "dead_letters")} }}\n"
        );
        return text.ToString();
    }

    private static long Count(Workspace work, string table) => work.Count($"SELECT count(*) FROM {table}");

    private static void Section(StringBuilder text, string name, IEnumerable<string> items) =>
        text.Append(
            CultureInfo.InvariantCulture,
            $"      {name}: [{string.Join(",", items.Select(item => $"\n        {{ {item} }}"))}]\n"
        );

    private static IEnumerable<string> Indicators(Workspace work) =>
        work.Query(
                $"""
                SELECT type, value, strftime(first_seen, '%Y-%m-%dT%H:%M:%S.%fZ'), strftime(last_seen, '%Y-%m-%dT%H:%M:%S.%fZ'), tlp,
                    to_json(labels)::VARCHAR, to_json(sources)::VARCHAR, source_count::VARCHAR
                FROM indicators ORDER BY hash(value) LIMIT {Compared}
                """
            )
            .Select(row =>
                $"type: {row[0]}, value: {Quote(row[1])}, first_seen: {row[2]}, last_seen: {row[3]}, tlp: {row[4]}, labels: {row[5]}, sources: {row[6]}, source_count: {row[7]}"
            );

    private static IEnumerable<string> Screenings(Workspace work) =>
        work.Query($"SELECT code, type, value, list, entry, source FROM screenings LIMIT {Compared}")
            .Select(row =>
                $"code: {row[0]}, type: {row[1]}, value: {Quote(row[2])}, list: {Quote(row[3])}, entry: {Quote(row[4])}, source: {row[5]}"
            );

    private static IEnumerable<string> DeadLetters(Workspace work) =>
        work.Query($"SELECT code, line::VARCHAR, field, value FROM dead_letters LIMIT {Compared}")
            .Select(row =>
                $"code: {row[0]}, line: {row[1]}"
                + (row[2].Length > 0 ? $", field: {Quote(row[2])}" : "")
                + (row[3].Length > 0 ? $", value: {Quote(row[3])}" : "")
            );

    private static string Quote(string text) => JsonSerializer.Serialize(text);
}
