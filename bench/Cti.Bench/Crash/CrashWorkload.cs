// What the killed processes work on: round after round a feed gets a new file and a snapshot is replaced. Depends on nothing but the seed. Every
// round's input stays on the disk, because the oracle reads it again.

using System.Globalization;
using System.Text;
using Cti.Bench.Macro;

namespace Cti.Bench.Crash;

/// <summary>Writes one workload into a folder.</summary>
internal sealed class CrashWorkload(string folder, ulong seed)
{
    /// <summary>Records of the feed in a round; some repeat a value at another time, some word for word.</summary>
    public const int FeedRows = 2_400;

    /// <summary>Values on the snapshot; each round one in ten leaves it and another one comes.</summary>
    public const int SnapshotRows = 900;

    /// <summary>Small epochs, so that a run has several of every window.</summary>
    public static readonly string[] RunOptions = ["--epoch-records", "500", "--batch-size", "250"];

    private static readonly DateTime Begin = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private List<int> _listed = [.. Enumerable.Range(0, SnapshotRows)];

    public string PipelinePath { get; } = Path.Combine(folder, "crash.yaml");

    public string StorePath { get; } = Path.Combine(folder, "out", "crash.duckdb");

    /// <summary>`now` of a round, one minute after the last one's.</summary>
    public static DateTime NowOf(int round) => Begin.AddDays(1).AddMinutes(round);

    /// <summary>The pipeline; nothing is read yet.</summary>
    public void WritePipeline()
    {
        foreach (var name in new[] { "in", "history", "out", "dump" })
        {
            Directory.CreateDirectory(Path.Combine(folder, name));
        }

        File.WriteAllText(
            PipelinePath,
            """
            pipeline: crash
            store: out/crash.duckdb
            sources:
              - name: feed
                from: { type: file, path: "in/feed-*.csv" }
                read: { type: csv }
                map: [ { value: { field: value }, type: domain, first_seen: { field: seen } } ]
                trust: { reliability: B, credibility: 2, confidence: 80, tlp: clear }
              - name: list
                from: { type: file, path: in/list.txt }
                read: { type: lines }
                mode: snapshot
                map: [ { value: { field: line }, type: domain } ]
                trust: { reliability: B, credibility: 2, confidence: 70, tlp: clear }
            score: { lifetime: { domain: 3650d } }
            sinks:
              - { name: changes, render: { type: ndjson }, to: { type: file, path: out/changes.ndjson } }
              - { name: again, render: { type: ndjson }, to: { type: file, path: out/again.ndjson } }
              - { name: names, render: { type: plain_list }, to: { type: file, path: out/names.txt } }
              - { name: bundle, render: { type: stix_bundle }, to: { type: file, path: out/bundle.json } }

            """
        );
    }

    /// <summary>The input of one round, rounds counted from 1.</summary>
    public void WriteRound(int round)
    {
        var dice = new Dice(seed, (ulong)round);
        var feed = new StringBuilder("value,seen\n");
        var known = (round - 1) * FeedRows;
        var last = "";
        for (var row = 0; row < FeedRows; row++)
        {
            // One row in ten speaks of a value from before, one in fifty says again what the row above said.
            var repeats = dice.Chance(200) && last.Length > 0;
            var value = dice.Chance(1_000) && known > 0 ? dice.Below(known) : known + row;
            var seen = Begin.AddSeconds(dice.Below(86_400));
            last = repeats ? last : Line(value, seen);
            feed.Append(last);
        }

        Write(Name("in", "feed", round, "csv"), feed.ToString());
        _listed = Next(_listed, dice, round);
        var list = string.Concat(_listed.Select(number => $"list{number}.example\n"));
        Write(Name("history", "list", round, "txt"), list);
        Write(Path.Combine(folder, "in", "list.txt"), list);
        File.AppendAllText(
            Path.Combine(folder, "history", "rounds.csv"),
            $"{round},{NowOf(round).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)}\n"
        );
    }

    private static string Line(int value, DateTime seen) =>
        string.Create(CultureInfo.InvariantCulture, $"feed{value}.example,{seen:yyyy-MM-dd'T'HH:mm:ss'Z'}\n");

    // Values come back after some rounds, so that what was withdrawn is listed again.
    private static List<int> Next(List<int> listed, Dice dice, int round)
    {
        if (round == 1)
        {
            return listed;
        }

        var next = listed.Where(_ => !dice.Chance(1_000)).ToHashSet();
        while (next.Count < SnapshotRows)
        {
            next.Add(dice.Below(SnapshotRows * 2));
        }

        return [.. next.Order()];
    }

    private string Name(string part, string kind, int round, string ending) =>
        Path.Combine(folder, part, string.Create(CultureInfo.InvariantCulture, $"{kind}-{round:0000}.{ending}"));

    // A feed's file appears whole: what is tried here is our crash, not the publisher's.
    private static void Write(string path, string content)
    {
        File.WriteAllText(path + ".part", content);
        File.Move(path + ".part", path, overwrite: true);
    }
}
