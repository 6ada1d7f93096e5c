// score_now is the score of F# written in SQL: held equal over random claims of several sources and groups.

using System.Globalization;
using System.Text;
using Cti.Core;
using Cti.Host.Config;
using Cti.Host.Store;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Store;

public class ScoreViewTests
{
    private const int Subjects = 1500;

    [Fact]
    public void Score_now_equals_the_fold_of_the_core_over_random_claims()
    {
        using var work = new Workspace();
        var random = new Random(7);
        var sources = Enumerable.Range(0, 6).Select(n => $"s{n}").ToList();
        work.Write(
            "p.yaml",
            $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
            {{string.Join('\n', sources.Select(name => Source(name, random)))}}
            score: { lifetime: { ipv4: 60d, domain: 20d, md5: 400d }, decay_speed: { domain: 0.3, md5: 2.5, url: 7.0 } }
            sinks:
              - { name: list, render: { type: plain_list }, to: { type: file, path: out/list.txt }, max_tlp: red }
            """
        );
        // Around the real clock, which score_now reads: decayed, expired, and a few from the future.
        var now = DateTimeOffset.UtcNow;
        foreach (var source in sources)
        {
            var text = new StringBuilder("value,seen,confidence\n");
            for (var row = 0; row < Subjects / 2; row++)
            {
                var seen = now.AddMinutes(-random.Next(80 * 24 * 60) + 3000);
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"{Feeds.Value(random.Next(Subjects))},{seen:yyyy-MM-ddTHH:mm:ssZ},{random.Next(101)}\n"
                );
            }

            work.Write($"in/{source}.csv", text.ToString());
        }

        work.RunAt(now.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
        using var store = StoreFile.Open(work.StorePath, new StoreOptions { ReadOnly = true });
        var before = DateTimeOffset.UtcNow;
        var sql = store
            .Connection.Rows(
                "SELECT indicator::VARCHAR, base_exact, score_exact FROM score_now WHERE pipeline = 'p'",
                reader => (Id: Guid.Parse(reader.GetString(0)), Base: reader.GetInt32(1), Score: reader.GetInt32(2))
            )
            .ToDictionary(row => row.Id);
        var folded = FoldAll(store, TimestampModule.ofDateTimeOffset(before));

        Assert.Equal(folded.Count, sql.Count);
        Assert.All(
            folded,
            indicator =>
            {
                var row = sql[indicator.Key];
                Assert.Equal(indicator.Value.Base, row.Base);
                Assert.InRange(row.Score, indicator.Value.Score - 1, indicator.Value.Score + 1);
            }
        );
        // The sample decides something: decayed, expired, corroborated and group-muted indicators are all there.
        Assert.InRange(folded.Values.Count(value => value.Score == 0), 50, 1400);
        Assert.InRange(folded.Values.Count(value => value.Score > 0 && value.Score < value.Base), 300, 1490);
        Assert.InRange(folded.Values.Count(value => value.Counted > 1), 200, 1490);
        Assert.InRange(folded.Values.Count(value => value.Counted < value.Terms), 200, 1490);
    }

    private static Dictionary<Guid, (int Base, int Score, int Counted, int Terms)> FoldAll(StoreFile store, long now)
    {
        var settings = PipelineFile
            .Parse("p.yaml", store.Connection.Value<string>("SELECT content FROM configs")!)
            .Pipeline!.Score;
        var dictionaries = Dictionaries.Load(store.Connection, "p");
        var fold = dictionaries.Fold(new Viewer(Tlp.Red, now, settings, false));
        var claims = new ClaimBatch(1024);
        using (
            var command = store.Connection.CreateCommand(
                $"SELECT {ClaimReader.Columns} FROM store.claims c ORDER BY c.subject"
            )
        )
        using (var reader = command.ExecuteReader())
        {
            while (reader.NextChunk() is { } chunk)
            {
                ClaimReader.Append(chunk, claims);
            }
        }

        var result = new Dictionary<Guid, (int, int, int, int)>();
        for (var first = 0; first < claims.Count; )
        {
            var last = first;
            while (last + 1 < claims.Count && claims.Subject[last + 1] == claims.Subject[first])
            {
                last++;
            }

            var batch = new IndicatorBatch(1);
            Assert.True(fold.Add(claims, first, last, batch));
            var (worth, terms) = fold.Terms(claims, first, last);
            result.Add(
                UuidModule.toGuid(claims.Subject[first]),
                (worth, batch.Score[0], terms.Count(term => term.Counted), terms.Length)
            );
            first = last + 1;
        }

        return result;
    }

    private static string Source(string name, Random random)
    {
        var group = random.Next(3) is var pick && pick < 2 ? $", group: g{pick}" : "";
        return $$"""
              - name: {{name}}
                from: { type: file, path: "in/{{name}}.csv" }
                read: { type: csv }
                map: [ { value: { field: value }, type: auto, last_seen: { field: seen }, confidence: { field: confidence } } ]
                trust: { reliability: {{"ABCDEF"[random.Next(6)]}}, credibility: {{1 + random.Next(6)}}{{group}} }
            """;
    }
}
