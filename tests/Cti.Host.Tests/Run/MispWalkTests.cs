// Every MISP file of the real data, by its format and by `auto`: the books balance, and 95 of 100 records become observations, screenings or objects,
// or are told to be another version of an object that is known.

using System.Globalization;
using Cti.Host.Tests.Harness;
using Xunit;
using Xunit.Abstractions;

namespace Cti.Host.Tests.Run;

[Collection(Heavy.Name)]
public class MispWalkTests(ITestOutputHelper output)
{
    private const double Enough = 0.95;
    private const string Now = "2026-08-23T00:00:00Z";

    // An index of hashes of the values that stand in the events: no list of anything (docs/feeds.md).
    private const string HashIndex = "misp/feed-tweetfeed/hashes.csv";

    private const string Sink =
        "  - { name: list, render: { type: plain_list }, to: { type: file, path: out/list.txt } }";

    // Of objects with one id and one time the first stands, the others are told by an alarm and as losses of `modified`: ten attributes of one test event
    // share a UUID, and the two manifests write the same entries with other blanks.
    private const string OtherVersion = "CTI-OBJECT-001";

    private const string PerFile = """
        SELECT uri, count(DISTINCT place) FROM (
            SELECT uri, line || ':' || byte_offset AS place FROM observations
            UNION ALL SELECT uri, line || ':' || byte_offset FROM screenings
            UNION ALL SELECT uri, line || ':' || byte_offset FROM losses WHERE path = 'modified'
            UNION ALL SELECT uri, line || ':' || byte_offset FROM objects WHERE type NOT IN ('misp-event', 'misp-object')
        ) GROUP BY uri
        """;

    [Theory]
    [InlineData("misp, to_ids: any")]
    [InlineData("misp")]
    [InlineData("auto")]
    public void Records_of_each_file_become_observations_screenings_or_objects(string reader)
    {
        if (Tools.RealData() is not { } data)
        {
            return;
        }

        using var work = new Workspace();
        var files = Manifest(data);
        var sources = files
            .Keys.Select(
                (file, index) =>
                    $$"""
                              - name: s{{index}}
                                from: { type: file, path: "{{data}}/{{file}}" }
                                read: { type: {{reader}} }
                                trust: { reliability: C, credibility: 3, confidence: 50, tlp: clear }
                                expect: { records: 0.. }
                        """
            )
            .ToList();
        work.Write(
            "p.yaml",
            $"pipeline: p\nstore: out/s.duckdb\nsources:\n{string.Join('\n', sources)}\nsinks:\n{Sink}\n"
        );
        var result = work.Cti("run", "p.yaml", "--json", "--now", Now);
        Assert.True(result.Exit is 0 or 1, result.ToString());
        var alarms = result.Json.GetProperty("alarms").EnumerateArray();
        Assert.All(alarms, alarm => Assert.Equal(OtherVersion, alarm.GetProperty("code").GetString()));
        Assert.Empty(work.Query("FROM books WHERE missing <> 0"));
        Assert.Equal(
            0,
            work.Count("SELECT count(*) FROM dead_letters WHERE code IS NULL OR message = '' OR line < 1 OR uri = ''")
        );
        var counts = work.Query(PerFile)
            .ToDictionary(
                row => Path.GetRelativePath(data, row[0]),
                row => int.Parse(row[1], CultureInfo.InvariantCulture)
            );
        output.WriteLine("| file | records | used | share |");
        output.WriteLine("| --- | ---: | ---: | ---: |");
        var faults = new List<string>();
        foreach (var (file, records) in files)
        {
            var used = counts.GetValueOrDefault(file);
            var share = (double)used / records;
            output.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"| {file} | {records} | {used} | {share:P1} |")
            );
            if (share < Enough)
            {
                faults.Add($"{file}: {share:P1}");
            }
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
        if (reader.EndsWith("any", StringComparison.Ordinal))
        {
            Assert.True(work.Count("SELECT count(*) FROM observations") > 4_000);
        }
    }

    [Fact]
    public void The_index_of_hashes_is_recognised_and_not_taken_for_hashes_of_files()
    {
        if (Tools.RealData() is not { } data)
        {
            return;
        }

        using var work = new Workspace();
        work.Write(
            "p.yaml",
            $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: s
                from: { type: file, path: "{{data}}/{{HashIndex}}" }
                read: { type: auto }
                trust: { reliability: C, credibility: 3, confidence: 50, tlp: clear }
            sinks:
            {{Sink}}
            """
        );
        var result = work.TryRun();
        Assert.Equal(1, result.Exit);
        Assert.Contains("index of a MISP feed", result.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, work.Count("SELECT count(*) FROM observations"));
    }

    // Files and how many records the manifest of the data counts in each.
    private static SortedDictionary<string, int> Manifest(string data) =>
        new(
            File.ReadLines(Path.Combine(data, "MANIFEST.tsv"))
                .Skip(1)
                .Select(line => line.Split('\t'))
                .Where(row => row[0].StartsWith("misp/", StringComparison.Ordinal) && row[0] != HashIndex)
                .ToDictionary(row => row[0], row => int.Parse(row[6], CultureInfo.InvariantCulture)),
            StringComparer.Ordinal
        );
}
