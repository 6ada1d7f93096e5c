// A store that is filled in this process, snapshot by snapshot, each of a day of its own and recorded on another: what a backfill does, without one.
// A list `list` in mode snapshot and a feed `feed` in mode append.

using System.Globalization;
using System.Text;
using Cti.Core;
using Cti.Host.Cli;
using Cti.Host.Graph;
using Cti.Host.Run;
using Cti.Host.Store;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.History;

internal sealed record Entry(string Value, int Confidence, string Label, string Note)
{
    public string Line => $"{Value},{Confidence},{Label},{Note}\n";
}

internal sealed record FeedEntry(string Value, int FirstDay, int Day, int Confidence, string Label, string Note)
{
    public string Line =>
        $"{Value},{HistoryStore.Text(FirstDay)},{HistoryStore.Text(Day)},{Confidence},{Label},{Note}\n";
}

internal sealed class HistoryStore : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private int _runs;

    public HistoryStore(string where = "score >= 0", string source = "")
    {
        Configure(where, source);
        Work.Write("in/feed0.csv", "value,first,last,confidence,label,note\n");
    }

    public Workspace Work { get; } = new();

    public static DateTimeOffset Day(int day) => Start.AddDays(day);

    public static long Time(int day) => TimestampModule.ofDateTimeOffset(Day(day));

    public static string Text(int day) => Day(day).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public void Configure(string where, string source = "") =>
        Work.Write(
            "p.yaml",
            $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: list
                from: { type: file, path: in/list.csv }
                read: { type: csv }
                mode: snapshot
                map: [ { value: { field: value }, type: domain, confidence: { field: confidence }, labels: [ { field: label } ], description: { field: note } } ]
                trust: { reliability: A, credibility: 1, confidence: 80, tlp: clear }
                expect: { records: 2.. }
                {{source}}
              - name: feed
                from: { type: file, path: "in/feed*.csv" }
                read: { type: csv }
                map: [ { value: { field: value }, type: domain, first_seen: { field: first }, last_seen: { field: last }, confidence: { field: confidence }, labels: [ { field: label } ], description: { field: note } } ]
                trust: { reliability: A, credibility: 1, confidence: 80, tlp: clear }
            score: { lifetime: { domain: 10000d } }
            sinks:
              - { name: list, render: { type: plain_list }, to: { type: file, path: out/list.txt }, where: "{{where}}", max_change: 1000000% }
              - { name: bundle, render: { type: stix_bundle }, to: { type: file, path: out/bundle.json }, max_change: 1000000% }
              - { name: stream, render: { type: ndjson }, to: { type: file, path: out/stream.ndjson } }
            """
        );

    /// <summary>Reads one snapshot of a day, and what the feed has beside it, in a run on another day.</summary>
    public async Task ReadAsync(int day, int recordedOn, IEnumerable<Entry> entries, params IEnumerable<FeedEntry> feed)
    {
        Work.Write("in/list.csv", "value,confidence,label,note\n" + string.Concat(entries.Select(entry => entry.Line)));
        Work.Write(
            $"in/feed{++_runs:000}.csv",
            "value,first,last,confidence,label,note\n" + string.Concat(feed.Select(entry => entry.Line))
        );
        var options = new RunOptions
        {
            Now = Day(recordedOn),
            ReadAt = Day(day),
            Quiet = true,
            Threads = 1,
        };
        var plan = Assert.Single(Pipelines.Load([Work.PathOf("p.yaml")], options, TextWriter.Null)!);
        using var killSwitch = new KillSwitch();
        var report = await PipelineRun.RunAsync(
            plan,
            options,
            new RunEnvironment(TimeProvider.System, Guid.NewGuid, TextWriter.Null, false),
            killSwitch
        );
        Assert.Empty(report.Books.Unbalanced());
        Assert.True(
            report.Messages.All(message => message.Contains("CTI-SOURCE-03", StringComparison.Ordinal)),
            string.Join('\n', report.Messages)
        );
    }

    /// <summary>What `cti export` gives.</summary>
    public string Export(string sink, long at, long knownAt)
    {
        using var store = StoreFile.Open(Work.StorePath, new StoreOptions { ReadOnly = true });
        using var bytes = new MemoryStream();
        new ExportRun(store, store.Path).Render(
            "p",
            sink,
            new AsOf(at, knownAt),
            some => bytes.Write(some.Span),
            CancellationToken.None
        );
        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    /// <summary>Rows of the claims as of a time, one text each; without what the merge does not decide.</summary>
    public List<string> AsOfRows(long at, long knownAt, string columns)
    {
        using var store = StoreFile.Open(Work.StorePath, new StoreOptions { ReadOnly = true });
        var dictionaries = Dictionaries.Load(store.Connection, "p");
        new AsOfClaims(store.Connection, dictionaries).Build(new AsOf(at, knownAt), null);
        return Rows(store, AsOfClaims.Table, columns);
    }

    /// <summary>The same of the claims as they stand.</summary>
    public List<string> Rows(string columns)
    {
        using var store = StoreFile.Open(Work.StorePath, new StoreOptions { ReadOnly = true });
        return Rows(store, "store.claims", columns);
    }

    public void Dispose() => Work.Dispose();

    private static List<string> Rows(StoreFile store, string table, string columns) =>
        store.Connection.Rows(
            $"SELECT concat_ws('|', {columns}) FROM {table} c JOIN store.sources s ON s.id = c.source ORDER BY s.name, c.value",
            reader => reader.GetString(0)
        );
}
