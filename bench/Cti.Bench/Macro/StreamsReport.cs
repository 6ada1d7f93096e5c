// What stream sinks and their acknowledgements cost: runs with and without them, in turn.

using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Cti.Bench.Macro;

/// <summary>Medians over pairs of runs; the ratios are medians of the pairs' own.</summary>
internal sealed record StreamsReport
{
    public required long Records { get; init; }
    public required int Streams { get; init; }
    public required double CpuWithout { get; init; }
    public required double CpuWith { get; init; }
    public required double CpuRatio { get; init; }
    public required double WallWithout { get; init; }
    public required double WallWith { get; init; }
    public required double WallRatio { get; init; }

    /// <summary>In units of 1,000,000 bytes.</summary>
    public required double PeakWithout { get; init; }
    public required double PeakWith { get; init; }

    public static StreamsReport Of(int streams, IReadOnlyList<(CtiResult Without, CtiResult With)> pairs)
    {
        var records = pairs[0].Without.Records;
        double Cpu(CtiResult run) => run.Child.Processor.TotalMicroseconds / records;
        double Wall(CtiResult run) => run.Child.Wall.TotalSeconds;
        return new StreamsReport
        {
            Records = records,
            Streams = streams,
            CpuWithout = MacroReport.Median(pairs.Select(pair => Cpu(pair.Without))),
            CpuWith = MacroReport.Median(pairs.Select(pair => Cpu(pair.With))),
            CpuRatio = MacroReport.Median(pairs.Select(pair => Cpu(pair.With) / Cpu(pair.Without))),
            WallWithout = MacroReport.Median(pairs.Select(pair => Wall(pair.Without))),
            WallWith = MacroReport.Median(pairs.Select(pair => Wall(pair.With))),
            WallRatio = MacroReport.Median(pairs.Select(pair => Wall(pair.With) / Wall(pair.Without))),
            PeakWithout = MacroReport.Median(pairs.Select(pair => pair.Without.Child.PeakBytes / 1e6)),
            PeakWith = MacroReport.Median(pairs.Select(pair => pair.With.Child.PeakBytes / 1e6)),
        };
    }

    /// <summary>One JSON object.</summary>
    public string ToJson()
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteNumber("records", Records);
            json.WriteNumber("streams", Streams);
            json.WriteNumber("cpu_us_per_record_without", Math.Round(CpuWithout, 3));
            json.WriteNumber("cpu_us_per_record_with", Math.Round(CpuWith, 3));
            json.WriteNumber("cpu_ratio", Math.Round(CpuRatio, 3));
            json.WriteNumber("wall_secs_without", Math.Round(WallWithout, 3));
            json.WriteNumber("wall_secs_with", Math.Round(WallWith, 3));
            json.WriteNumber("wall_ratio", Math.Round(WallRatio, 3));
            json.WriteNumber("peak_rss_mb_without", Math.Round(PeakWithout, 1));
            json.WriteNumber("peak_rss_mb_with", Math.Round(PeakWith, 1));
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }

    /// <summary>A Markdown table, as docs/performance.md keeps it.</summary>
    public string ToTable() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            | records | stream sinks | CPU µs/record without / with | ratio | wall s without / with | ratio | peak RSS MB without / with |
            | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
            | {Records:N0} | {Streams} | {CpuWithout:0.00} / {CpuWith:0.00} | {CpuRatio:0.00} | {WallWithout:0.00} / {WallWith:0.00} | {WallRatio:0.00} | {PeakWithout:0} / {PeakWith:0} |
            """
        );
}
