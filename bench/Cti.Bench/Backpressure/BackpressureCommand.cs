// backpressure: what a sink that takes 1,000 records a second does to a source that gives 200 times as many. Waiting for it, memory must stay; spilling,
// another sink must hardly notice. Fails where one of them is not so.

using System.Globalization;
using System.Text.Json;
using Cti.Bench.Macro;

namespace Cti.Bench.Backpressure;

/// <summary>The command `backpressure`.</summary>
internal static class BackpressureCommand
{
    public const string Usage = """
        backpressure [--seconds N] [--records N] [--json] [--cti FILE] [--work-dir DIR]

          --seconds N     how long the waiting run is watched, 1 to 3600; default 30. The long form: --seconds 180
          --records N     records to generate, 1 or more; default 1000000
          --json          one JSON object instead of a table
          --cti FILE      the executable to measure; default src/Cti.Host/bin/Release/net10.0/cti
          --work-dir DIR  where feeds are kept and stores are written; default a folder among the system's temporary files
        """;

    // What must hold on a quiet machine.
    private const double MostMegabytes = 300;
    private const double MostLost = 0.10;

    // Small epochs: what is measured is what grows while a sink is slow, not what an epoch of a bulk load holds.
    private const string EpochRecords = "20480";

    private const string Slow =
        "  - { name: slow, render: { type: ndjson }, to: { type: file, path: slow.ndjson }, max_tlp: clear, rate: 1000/s, ";
    private const string Fast =
        "  - { name: fast, render: { type: ndjson }, to: { type: file, path: fast.ndjson }, max_tlp: clear }\n";

    /// <exception cref="MacroException">It cannot be measured, or a run did not do its work.</exception>
    public static int Run(ReadOnlySpan<string> words)
    {
        var seconds = 30;
        var macro = new List<string>();
        for (var index = 0; index < words.Length; index++)
        {
            if (words[index] == "--seconds" && index + 1 < words.Length)
            {
                seconds =
                    int.TryParse(words[++index], NumberStyles.None, CultureInfo.InvariantCulture, out var given)
                    && given is >= 1 and <= 3600
                        ? given
                        : throw new MacroException($"--seconds {words[index]}: a whole number from 1 to 3600");
            }
            else
            {
                macro.Add(words[index]);
            }
        }

        var options = MacroOptions.Parse([.. macro]);
        var cti = Built.Cti(options.Cti);
        var workspace = new Workspace(options.WorkDir);
        var feed = workspace.Generated(options.Records, options.Seed);

        Console.Error.WriteLine($"a sink of 1,000 records/s that ingestion waits for: {seconds} s");
        var waiting = Start(
            cti,
            feed,
            workspace,
            Slow + "on_full: wait, max_lag: 100000 }\n",
            (_, time) => time.TotalSeconds >= seconds
        );
        Console.Error.WriteLine("a fast sink alone");
        var alone = WatchFast(cti, feed, workspace, "", long.MaxValue);
        Console.Error.WriteLine("a fast sink beside a slow one that spills");
        var beside = WatchFast(cti, feed, workspace, Slow + "on_full: spill }\n", alone.Length);

        var loss = 1 - alone.Time / beside.Time;
        var peak = waiting.PeakBytes / 1e6;
        // Start and end of the process included: the source itself is faster.
        var offered = options.Records / alone.Time;
        Console.Out.WriteLine(
            options.Json
                ? JsonSerializer.Serialize(
                    new
                    {
                        seconds,
                        source_records_per_sec = Math.Round(offered),
                        waiting_peak_rss_mb = Math.Round(peak, 1),
                        spill_peak_rss_mb = Math.Round(beside.Peak / 1e6, 1),
                        fast_alone_secs = Math.Round(alone.Time, 2),
                        fast_beside_spill_secs = Math.Round(beside.Time, 2),
                        throughput_lost = Math.Round(loss, 3),
                    }
                )
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"""
                    | waited for, s | source records/s | peak RSS MB waiting | peak RSS MB spilling | fast sink alone s | beside one that spills s | throughput lost |
                    | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
                    | {seconds} | {offered:N0} | {peak:0} | {beside.Peak
                        / 1e6:0} | {alone.Time:0.00} | {beside.Time:0.00} | {loss:P0} |
                    """
                )
        );
        return peak >= MostMegabytes ? Fault($"{peak:0} MB of memory; {MostMegabytes:0} MB are the bound")
            : loss >= MostLost ? Fault($"a sink beside one that spills lost {loss:P0}; {MostLost:P0} are the bound")
            : 0;
    }

    private static int Fault(FormattableString what)
    {
        Console.Error.WriteLine(what.ToString(CultureInfo.InvariantCulture));
        return 1;
    }

    // When the fast sink's file grew last; the run is asked to end once it is whole.
    private static (double Time, long Length, long Peak) WatchFast(
        string cti,
        Feed feed,
        Workspace workspace,
        string slow,
        long whole
    )
    {
        var time = 0.0;
        var length = 0L;
        var run = Start(
            cti,
            feed,
            workspace,
            Fast + slow,
            (folder, elapsed) =>
            {
                var file = new FileInfo(Path.Combine(folder, "fast.ndjson"));
                if (file.Exists && file.Length > length)
                {
                    (time, length) = (elapsed.TotalSeconds, file.Length);
                }

                return length >= whole;
            }
        );
        return (time, length, run.PeakBytes);
    }

    private static ChildResult Start(
        string cti,
        Feed feed,
        Workspace workspace,
        string sinks,
        Func<string, TimeSpan, bool> isEnough
    )
    {
        var folder = workspace.Fresh("backpressure");
        var pipeline = Path.Combine(folder, "p.yaml");
        File.WriteAllText(
            pipeline,
            $$"""
            pipeline: backpressure
            store: cti.duckdb
            sources:
              - name: feed
                from: { type: file, path: '{{feed.Path}}' }
                read: { type: csv }
                map: [ { value: { field: value }, type_from: { field: type }, source: { field: source }, first_seen: { field: first_seen, format: "yyyy-MM-dd HH:mm:ss" } } ]
                trust: { reliability: B, credibility: 2, confidence: 80, tlp: clear }
            sinks:
            {{sinks}}
            """
        );
        var run = ChildProcess.RunUntil(
            cti,
            ["run", pipeline, "--quiet", "--epoch-records", EpochRecords],
            elapsed => isEnough(folder, elapsed)
        );
        return run.ExitCode is 0 or 130
            ? run
            : throw new MacroException($"cti run ended with {run.ExitCode}:\n{run.Error}{run.Output}");
    }
}
