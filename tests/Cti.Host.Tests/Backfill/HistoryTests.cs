// Real histories: what stood at five dates is what an independent script computes from the same files, and the books balance.

using System.Text.Json;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Backfill;

[Collection(Heavy.Name)]
public class HistoryTests
{
    [Theory]
    [InlineData(
        "tor-exit-daily",
        "lines",
        500,
        10_000,
        75,
        "2023-11-10T12:00:00Z 2023-12-05T12:00:00Z 2023-12-20T00:00:00Z 2024-02-25T12:00:00Z 2024-02-28T00:00:00Z"
    )]
    [InlineData(
        "tor-exit-consecutive",
        "lines",
        500,
        10_000,
        30,
        "2024-01-20T19:00:00Z 2024-01-21T02:00:05Z 2024-02-24T17:19:59Z 2024-02-25T07:35:00Z 2024-02-28T00:00:00Z"
    )]
    [InlineData(
        "urlhaus-domains-online",
        "lines",
        100,
        500_000,
        45,
        "2022-01-28T00:11:07Z 2022-02-05T00:00:00Z 2022-02-27T12:00:00Z 2022-03-01T00:00:00Z 2022-04-01T00:00:00Z"
    )]
    [InlineData(
        "kev",
        "kev",
        1000,
        20_000,
        35,
        "2025-05-01T00:00:00Z 2025-05-31T00:00:00Z 2025-06-17T00:00:00Z 2025-07-15T00:00:00Z 2025-09-01T00:00:00Z"
    )]
    public void What_stood_at_five_dates_is_what_the_files_say(
        string history,
        string format,
        int fewest,
        int most,
        int partitions,
        string dates
    )
    {
        if (Tools.RealData() is not { } data || Tools.Find("node", "nodejs") is not { } node)
        {
            return;
        }

        var folder = Path.Combine(data, "history", history);
        var times = dates.Split(' ');
        var expected = Expected(node, folder, format, fewest, most, times);
        var input = $"feed={folder}/*.gz";
        using var work = new Workspace();
        work.Write("p.yaml", Pipeline(format, fewest, most));
        var whole = work.Cti("backfill", "p.yaml", "--input", input, "--json");
        Assert.True(whole.Exit is 0 or 1, whole.ToString());
        Agree(expected, work);
        Assert.Empty(work.Query("FROM books WHERE missing <> 0"));
        Assert.Empty(
            work.Query(
                "FROM partitions WHERE records + expanded <> observations + merged + screened + rejected OR status NOT IN ('done', 'suspect')"
            )
        );
        var proof = whole.Json.GetProperty("backfill");
        Assert.Equal(partitions, proof.GetProperty("expected").GetInt32());
        Assert.Equal(partitions, proof.GetProperty("done").GetInt32() + proof.GetProperty("suspect").GetInt32());
        var verified = work.Cti("backfill", "p.yaml", "--input", input, "--verify", "--json");
        Assert.True(verified.Exit == 0, verified.ToString());
        Assert.Equal(partitions, verified.Json.GetProperty("ok").GetInt32());

        // The newer half first, then the older one: late snapshots make the same history.
        using var halves = new Workspace();
        halves.Write("p.yaml", Pipeline(format, fewest, most));
        halves.Cti("backfill", "p.yaml", "--input", input, "--from", times[2], "--quiet");
        halves.Cti("backfill", "p.yaml", "--input", input, "--quiet");
        Agree(expected, halves);
    }

    private static void Agree(Dictionary<string, List<string>> expected, Workspace work)
    {
        foreach (var (time, values) in expected)
        {
            Assert.Equal(
                values,
                work.Column(
                        $"""
                        SELECT value FROM claim_history
                        WHERE superseded_at IS NULL AND "from" <= '{time}'::TIMESTAMP AND coalesce("until" > '{time}'::TIMESTAMP, true)
                        """
                    )
                    .Order(StringComparer.Ordinal)
            );
        }

        Assert.Equal(
            expected.Values.Last(),
            work.Column("SELECT value FROM claims WHERE withdrawn_at IS NULL").Order(StringComparer.Ordinal)
        );
    }

    private static string Pipeline(string format, int fewest, int most) =>
        $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: feed
                from: { type: file, path: "in/*" }
                read: {{(format == "kev" ? "{ type: json, records: vulnerabilities }" : "{ type: lines }")}}
                mode: snapshot
                map: [ { value: { field: {{(format == "kev" ? "cveID" : "line")}} }, type: auto } ]
                trust: { reliability: B, credibility: 2, confidence: 80, tlp: clear }
                expect: { records: {{fewest}}..{{most}} }
            sinks:
              - { name: list, render: { type: plain_list }, to: { type: file, path: out/list.txt } }
            """;

    private static Dictionary<string, List<string>> Expected(
        string node,
        string folder,
        string format,
        int fewest,
        int most,
        string[] times
    )
    {
        var script = Examples.Repository.PathOf("tests/history/expected.mjs");
        using var process = CtiProcess.Launch(folder, node, [script, folder, format, $"{fewest}", $"{most}", .. times]);
        var result = process.Wait();
        Assert.True(result.Exit == 0, result.ToString());
        return JsonSerializer
            .Deserialize<Dictionary<string, List<string>>>(result.Out)!
            .ToDictionary(entry => entry.Key, entry => entry.Value.Order(StringComparer.Ordinal).ToList());
    }
}
