// What a run tells at its end: the object `--json` prints and the text a person reads.

using System.Globalization;
using System.Text;
using System.Text.Json;
using Cti.Host.Store;

namespace Cti.Host.Run;

/// <summary>One sink's part of the report.</summary>
/// <param name="Name">The sink's name.</param>
/// <param name="Summary">One line for a person.</param>
/// <param name="Path">What it wrote; null where nothing was written yet.</param>
public sealed record SinkReport(string Name, string Summary, string? Path);

/// <summary>The outcome of one pipeline's run.</summary>
public sealed record RunReport
{
    public required string Pipeline { get; init; }
    public required RunStatus Status { get; init; }
    public required Guid RunId { get; init; }

    /// <summary>Raw records read, rejected ones included.</summary>
    public long Records { get; init; }

    /// <summary>Observations added to the store.</summary>
    public long Observations { get; init; }

    /// <summary>Distinct indicators in the store afterwards.</summary>
    public long Indicators { get; init; }
    public long Screened { get; init; }
    public long Rejected { get; init; }
    public long Merged { get; init; }
    public double ElapsedSeconds { get; init; }
    public required Books Books { get; init; }
    public IReadOnlyList<string> Outputs { get; init; } = [];
    public IReadOnlyList<SinkReport> Sinks { get; init; } = [];

    /// <summary>Sources that failed or are not believed; each is also told among the messages.</summary>
    public IReadOnlyList<Alarm> Alarms { get; init; } = [];

    /// <summary>Of a backfill: what it ended with; null for a run.</summary>
    public BackfillProof? Proof { get; init; }

    /// <summary>What was not carried over, by reason.</summary>
    public IReadOnlyList<LossCount> Losses { get; init; } = [];

    /// <summary>Sources that could not be read to their end.</summary>
    public IReadOnlyCollection<string> FailedSources { get; init; } = [];

    /// <summary>What went wrong, waits, or was decided about a source, one sentence each.</summary>
    public IReadOnlyList<string> Messages { get; init; } = [];

    /// <summary>Dead letters of the pipeline that are open, from earlier runs too.</summary>
    public long OpenDeadLetters { get; init; }

    /// <summary>The pipeline's file.</summary>
    public required string File { get; init; }

    /// <summary>The JSON object of `cti run --json`.</summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("pipeline", Pipeline);
        json.WriteString("status", RunLog.Name(Status));
        json.WriteString("run_id", RunId);
        json.WriteNumber("records", Records);
        json.WriteNumber("observations", Observations);
        json.WriteNumber("indicators", Indicators);
        json.WriteNumber("screened", Screened);
        json.WriteNumber("rejected", Rejected);
        json.WriteNumber("merged", Merged);
        json.WriteNumber("open_dead_letters", OpenDeadLetters);
        json.WriteNumber("elapsed_secs", Math.Round(ElapsedSeconds, 3));
        BooksTable.WriteJson(json, Books);
        if (Proof is not null)
        {
            json.WritePropertyName("backfill");
            Proof.WriteJson(json);
        }

        LossCount.WriteJson(json, Losses);
        json.WriteStartArray("outputs");
        foreach (var output in Outputs)
        {
            json.WriteStringValue(output);
        }

        json.WriteEndArray();
        // What the managed heap was asked for in all, for benchmarks.
        json.WriteNumber("allocated_bytes", GC.GetTotalAllocatedBytes());
        json.WriteStartArray("alarms");
        foreach (var alarm in Alarms)
        {
            json.WriteStartObject();
            json.WriteString("code", alarm.Code);
            json.WriteString("source", alarm.Source);
            json.WriteString("message", alarm.Message);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("messages");
        foreach (var message in Messages)
        {
            json.WriteStringValue(message);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>The books and the sinks as text.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"{Pipeline}: {RunLog.Name(Status)} in {ElapsedSeconds:0.00} s. {Records:N0} records, {Observations:N0} new observations, {Indicators:N0} indicators in the store."
        );
        text.AppendLine();
        BooksTable.Append(text, Books);
        var width = BooksTable.Width(Books);
        foreach (var sink in Sinks)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"{sink.Name.PadRight(width)} {sink.Summary}{(sink.Path is null ? "" : " → " + sink.Path)}"
            );
        }

        Proof?.AppendText(text);
        foreach (var message in Messages)
        {
            text.AppendLine(message);
        }

        if (Losses.Count > 0)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"{LossCount.ToText(Losses)}: cti sql \"FROM loss_counts WHERE run_id = '{RunId}'\""
            );
        }

        if (OpenDeadLetters > 0)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"{OpenDeadLetters:N0} open dead letter{(OpenDeadLetters == 1 ? "" : "s")}: cti dead-letters list {File}"
            );
        }

        return text.ToString();
    }
}
