// A seeded archive: a table that reports what happened, and a list that says what stands, some files of each a day.

using System.Globalization;
using System.IO.Compression;
using System.Text;
using Cti.Host.Tests.Harness;

namespace Cti.Host.Tests.Backfill;

internal static class Archive
{
    /// <summary>Source `log` (append, its records have no time of their own) and source `list` (snapshot), with every kind of sink.</summary>
    public const string Pipeline = """
        pipeline: p
        store: out/s.duckdb
        sources:
          - name: log
            from: { type: file, path: "in/log-*" }
            read: { type: csv }
            map: [ { value: { field: value }, type: auto, labels: [ { field: label } ] } ]
            trust: { reliability: A, credibility: 1, confidence: 90, tlp: clear }
          - name: list
            from: { type: file, path: "in/list-*" }
            read: { type: lines }
            mode: snapshot
            map: [ { value: { field: line }, type: auto } ]
            trust: { reliability: B, credibility: 2, confidence: 70, tlp: clear }
        score: { lifetime: { domain: 3650d, url: 3650d, ipv4: 3650d, ipv6: 3650d, md5: 3650d, sha256: 3650d } }
        sinks:
          - { name: blocklist, render: { type: plain_list }, to: { type: file, path: out/blocklist.txt } }
          - { name: stream, render: { type: ndjson }, to: { type: file, path: out/changes.ndjson } }
        """;

    /// <summary>The day with a number, from 0.</summary>
    public static DateTime Day(int number) => new DateTime(2025, 11, 1, 0, 0, 0, DateTimeKind.Utc).AddDays(number);

    public static string Date(int number) => Day(number).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>A day's table: values repeat within it and between days, and some are refused.</summary>
    public static string Log(int seed, int day, int rows)
    {
        var random = new Random((seed * 1000) + day);
        var text = new StringBuilder("value,label\n");
        for (var row = 0; row < rows; row++)
        {
            var value = random.Next(30) == 0 ? "999.1.2.3" : Feeds.Value(random.Next(rows * 3));
            text.Append(CultureInfo.InvariantCulture, $"{value},l{random.Next(4)}\n");
        }

        return text.ToString();
    }

    /// <summary>A day's list: some of those of the day before have gone, some come back.</summary>
    public static string List(int seed, int day, int entries)
    {
        var random = new Random((seed * 1000) + 500 + day);
        return string.Concat(
            Enumerable
                .Range(0, entries + (entries / 4))
                .Where(_ => random.Next(5) > 0)
                .Select(number => $"host{number}.example.com\n")
        );
    }

    /// <summary>Writes an archive of so many days: one list is empty, one cut off.</summary>
    public static void Write(Workspace work, int seed, int days, int rows)
    {
        work.Write("p.yaml", Pipeline);
        for (var day = 0; day < days; day++)
        {
            work.Write($"archive/log-{Date(day)}.csv", Log(seed, day, rows));
            var list = Zip(day == days / 2 ? "" : List(seed, day, rows));
            work.Write($"archive/list-{Date(day)}.txt.gz", day == days / 3 ? list[..(list.Length / 2)] : list);
        }
    }

    private static byte[] Zip(string text)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return bytes.ToArray();
    }
}
