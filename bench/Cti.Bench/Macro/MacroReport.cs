// The figures of a macro run: how they follow from what was measured, and how they are printed.

using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Cti.Bench.Macro;

/// <summary>The figures, in the order and under the names that `--json` prints.</summary>
internal sealed record MacroReport
{
    public required long Records { get; init; }
    public required double RecordsPerSecond { get; init; }
    public required double CpuMicrosecondsPerRecord { get; init; }

    /// <summary>Null where the executable does not tell.</summary>
    public required double? AllocatedBytesPerRecord { get; init; }

    /// <summary>In units of 1,000,000 bytes.</summary>
    public required double PeakMegabytes { get; init; }
    public required double YardstickMicrosecondsPerRecord { get; init; }

    /// <summary>The figures of one run and its yardstick.</summary>
    public static MacroReport Of(CtiResult run, ChildResult yardstick) =>
        new()
        {
            Records = run.Records,
            RecordsPerSecond = run.Records / run.Child.Wall.TotalSeconds,
            CpuMicrosecondsPerRecord = run.Child.Processor.TotalMicroseconds / run.Records,
            AllocatedBytesPerRecord = (double?)run.AllocatedBytes / run.Records,
            PeakMegabytes = run.Child.PeakBytes / 1e6,
            YardstickMicrosecondsPerRecord = yardstick.Processor.TotalMicroseconds / run.Records,
        };

    /// <summary>The median of every figure over runs of the same feed.</summary>
    public static MacroReport MedianOf(IReadOnlyList<MacroReport> runs) =>
        new()
        {
            Records = runs[0].Records,
            RecordsPerSecond = Median(runs.Select(run => run.RecordsPerSecond)),
            CpuMicrosecondsPerRecord = Median(runs.Select(run => run.CpuMicrosecondsPerRecord)),
            AllocatedBytesPerRecord = runs.All(run => run.AllocatedBytesPerRecord is not null)
                ? Median(runs.Select(run => run.AllocatedBytesPerRecord!.Value))
                : null,
            PeakMegabytes = Median(runs.Select(run => run.PeakMegabytes)),
            YardstickMicrosecondsPerRecord = Median(runs.Select(run => run.YardstickMicrosecondsPerRecord)),
        };

    /// <summary>One JSON object.</summary>
    public string ToJson()
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteNumber("records", Records);
            json.WriteNumber("records_per_sec", Math.Round(RecordsPerSecond));
            json.WriteNumber("cpu_us_per_record", Math.Round(CpuMicrosecondsPerRecord, 3));
            if (AllocatedBytesPerRecord is { } allocated)
            {
                json.WriteNumber("allocated_bytes_per_record", Math.Round(allocated, 1));
            }
            else
            {
                json.WriteNull("allocated_bytes_per_record");
            }

            json.WriteNumber("peak_rss_mb", Math.Round(PeakMegabytes, 1));
            json.WriteNumber("yardstick_cpu_us_per_record", Math.Round(YardstickMicrosecondsPerRecord, 3));
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }

    /// <summary>A Markdown table, as docs/performance.md keeps it.</summary>
    public string ToTable()
    {
        var seconds = Records / RecordsPerSecond;
        var ratio = CpuMicrosecondsPerRecord / YardstickMicrosecondsPerRecord;
        var allocated = AllocatedBytesPerRecord is { } bytes ? Text($"{bytes:N0}") : "not told";
        return Text(
            $"""
            | records | wall s | records/s | CPU µs/record | allocated bytes/record | peak RSS MB | yardstick CPU µs/record | ratio |
            | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
            | {Records:N0} | {seconds:0.00} | {RecordsPerSecond:N0} | {CpuMicrosecondsPerRecord:0.00} | {allocated} | {PeakMegabytes:0} | {YardstickMicrosecondsPerRecord:0.00} | {ratio:0.0} |
            """
        );
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>The middle one, or the mean of the two in the middle.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
