// All real files of rich formats in one store, recognised by `auto`: the books balance, and every foreign object stands there, and leaves in a bundle, as it was
// written.
// How much of each file is used is for ManifestWalkTests.

using System.Text.Json;
using Cti.Host.Sources;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Run;

[Collection(Heavy.Name)]
public class RichRunTests
{
    private const string Now = "2026-08-23T00:00:00Z";

    // Of objects with one id and one time the first stands, the others are told: ten attributes of one event share a UUID, the two manifests write the same
    // entries with other blanks, and catalogues of ATT&CK are passed on in other forms.
    private const string OtherVersion = "CTI-OBJECT-001";

    // A source each; `stix` last, for what is looked at more closely.
    private static readonly (string Name, string[] Globs)[] Sources =
    [
        ("misp", ["misp/*/*.json"]),
        ("openioc", ["openioc/*/*.ioc"]),
        ("stix1", ["stix1/*/*.xml"]),
        ("cve", ["cve5/*"]),
        ("kev", ["history/kev/*.json.gz"]),
        (
            "stix",
            [
                "stix20/*/*.json",
                "stix21/*/*.json",
                "stix21/*.stix2.json",
                "stix21/tweetfeed_week.json",
                "stix21/tweetfeed_taxii_objects_page.json",
            ]
        ),
    ];

    [Fact]
    public void Books_balance_and_every_object_stands_in_the_store_as_it_was_written()
    {
        if (Tools.RealData() is not { } data)
        {
            return;
        }

        using var work = new Workspace();
        var sources = Sources.Select(source =>
            $$"""
                  - name: {{source.Name}}
                    from: { type: file, path: [{{string.Join(
                    ", ",
                    source.Globs.Select(glob => $"\"{data}/{glob}\"")
                )}}] }
                    read: { type: auto }
                    trust: { reliability: C, credibility: 3, confidence: 50, tlp: clear }
                """
        );
        work.Write(
            "p.yaml",
            $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
            {{string.Join('\n', sources)}}
            sinks:
              - { name: bundle, render: { type: stix_bundle, objects: true }, to: { type: file, path: out/bundle.json }, max_tlp: red }
            """
        );
        var result = work.Cti("run", "p.yaml", "--json", "--now", Now);
        // A conflict between two objects is an alarm, and an alarm is exit 1.
        Assert.True(result.Exit == 1, result.ToString());
        Assert.All(
            result.Json.GetProperty("alarms").EnumerateArray(),
            alarm => Assert.Equal(OtherVersion, alarm.GetProperty("code").GetString())
        );
        Assert.Empty(work.Query("FROM books WHERE missing <> 0"));
        Assert.Equal(Sources.Length, work.Count("SELECT count(DISTINCT source) FROM observations"));
        Assert.Equal(
            0,
            work.Count("SELECT count(*) FROM dead_letters WHERE code IS NULL OR message = '' OR line < 1 OR uri = ''")
        );
        AreAsWritten(work, data);
    }

    private static void AreAsWritten(Workspace work, string data)
    {
        var written = Versions(data);
        Assert.True(written.Count > 8_000);
        var kept = work.Query("SELECT id, object FROM objects WHERE source = 'stix'")
            .ToLookup(row => row[0], row => row[1], StringComparer.Ordinal);
        Assert.Empty(written.Where(version => !kept[version.Key.Id].Any(version.Value.Contains)).Take(5));

        using var bundle = JsonDocument.Parse(File.ReadAllBytes(work.PathOf("out/bundle.json")));
        var sent = bundle
            .RootElement.GetProperty("objects")
            .EnumerateArray()
            .ToLookup(item => item.GetProperty("id").GetString()!, item => item.GetRawText(), StringComparer.Ordinal);
        // Markings of TLP 2.0 are ours to print, and the same.
        var newest = written
            .GroupBy(version => version.Key.Id, StringComparer.Ordinal)
            .Select(versions => versions.MaxBy(version => version.Key.Modified, StringComparer.Ordinal));
        Assert.Empty(
            newest
                .Where(version => !sent[version.Key.Id].Any(version.Value.Contains))
                .Select(version => version.Value.First())
                .Take(5)
        );
    }

    // Id and time of modification of every object, and how the files write that version.
    private static Dictionary<(string Id, string? Modified), HashSet<string>> Versions(string data)
    {
        var written = new Dictionary<(string Id, string? Modified), HashSet<string>>();
        foreach (var path in FileSource.Match(Sources[^1].Globs.Select(glob => $"{data}/{glob}")))
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = document.RootElement;
            var objects = root.ValueKind == JsonValueKind.Array ? root : root.GetProperty("objects");
            foreach (var item in objects.EnumerateArray())
            {
                var id = item.GetProperty("id").GetString()!;
                var modified = item.TryGetProperty("modified", out var time) ? time.GetString() : null;
                written.TryAdd((id, modified), []);
                written[(id, modified)].Add(item.GetRawText());
            }
        }

        return written;
    }
}
