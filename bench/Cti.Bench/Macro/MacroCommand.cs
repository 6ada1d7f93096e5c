// macro: the whole way of a feed, measured from outside, beside DuckDB alone on the same file.

using System.Globalization;

namespace Cti.Bench.Macro;

/// <summary>The command `macro`.</summary>
internal static class MacroCommand
{
    /// <summary>Measures, and prints the figures on stdout; what it is doing meanwhile goes to stderr.</summary>
    /// <exception cref="MacroException">It cannot be measured, or the run did not do its work.</exception>
    public static int Run(MacroOptions options)
    {
        var cti = Built.Cti(options.Cti);
        var workspace = new Workspace(options.WorkDir);
        var feed = options.Input is { } input
            ? new Feed(input, null)
            : workspace.Generated(options.Records, options.Seed);
        if (!File.Exists(feed.Path))
        {
            throw new MacroException($"{feed.Path} is not there");
        }

        var lists = options.Lists switch
        {
            "generated" => workspace.Lists(),
            "none" => null,
            var folder => folder,
        };
        if (options.Lists != "generated" && feed.Facts is { } facts)
        {
            // What was planted stands in the generated lists only.
            feed = feed with
            {
                Facts = facts with { Listed = 0 },
            };
        }

        if (options.Streams > 0)
        {
            return RunStreams(options, cti, feed, lists, workspace);
        }

        var runs = new List<MacroReport>();
        for (var run = 1; run <= options.Runs; run++)
        {
            Console.Error.WriteLine($"run {run} of {options.Runs}: cti");
            var measured = CtiRun.Measure(cti, feed, lists, workspace.Fresh("run"), 0);
            Console.Error.WriteLine($"run {run} of {options.Runs}: yardstick");
            runs.Add(MacroReport.Of(measured, MeasureYardstick(feed, workspace.Fresh("yardstick"), measured.Records)));
        }

        var report = MacroReport.MedianOf(runs);
        Console.Out.WriteLine(options.Json ? report.ToJson() : report.ToTable());
        return 0;
    }

    // In turn, so that a busy machine is as busy for both.
    private static int RunStreams(MacroOptions options, string cti, Feed feed, string? lists, Workspace workspace)
    {
        var pairs = new List<(CtiResult Without, CtiResult With)>();
        for (var run = 1; run <= options.Runs; run++)
        {
            Console.Error.WriteLine($"run {run} of {options.Runs}: without stream sinks");
            var without = CtiRun.Measure(cti, feed, lists, workspace.Fresh("run"), 0);
            Console.Error.WriteLine($"run {run} of {options.Runs}: with {options.Streams}");
            pairs.Add((without, CtiRun.Measure(cti, feed, lists, workspace.Fresh("run"), options.Streams)));
        }

        var report = StreamsReport.Of(options.Streams, pairs);
        Console.Out.WriteLine(options.Json ? report.ToJson() : report.ToTable());
        return 0;
    }

    private static ChildResult MeasureYardstick(Feed feed, string folder, long records)
    {
        // This very program, under the hidden command.
        var child = ChildProcess.Run(
            Environment.ProcessPath!,
            [Yardstick.Command, feed.Path, Path.Combine(folder, "yardstick.duckdb")]
        );
        if (child.ExitCode != 0)
        {
            throw new MacroException($"the yardstick ended with {child.ExitCode}:\n{child.Error}");
        }

        var rows = long.Parse(
            child.Output,
            NumberStyles.None | NumberStyles.AllowTrailingWhite,
            CultureInfo.InvariantCulture
        );
        return feed.Facts is null || rows == records
            ? child
            : throw new MacroException($"the yardstick read {rows} rows, cti {records} records");
    }
}
