// The outcome of a dry run as text for a person and as JSON for a program: counts, and of everything a few examples.

using System.Globalization;
using System.Text;
using System.Text.Json;
using Cti.Core;
using Cti.Core.Trials;
using Cti.Host.Run;
using Cti.Host.Store;

namespace Cti.Host.Trials;

internal static class DryRunReport
{
    private const int ShownIndicators = 10;
    private const int ShownLines = 5;
    private const int ShownWidth = 160;

    public static string ToText(DryRunOutcome outcome)
    {
        var result = outcome.Result;
        var text = new StringBuilder();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"{outcome.Pipeline}: dry run, nothing was written. {result.Records:N0} records, {result.Observations:N0} observations, {result.Indicators.Count:N0} indicators."
        );
        foreach (var source in outcome.Cut)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"source {source}: stopped at {outcome.Limit:N0} records, there are more (--limit N reads more or fewer)"
            );
        }

        text.AppendLine();
        BooksTable.Append(text, BooksOf(result));
        AppendIndicators(text, result);
        AppendScreenings(text, result);
        AppendDeadLetters(text, result);
        AppendLosses(text, result);
        foreach (var sink in result.Sinks)
        {
            AppendSink(text, sink);
        }

        foreach (var fault in outcome.Faults)
        {
            text.AppendLine(fault);
        }

        return text.ToString();
    }

    public static void WriteJson(Utf8JsonWriter json, DryRunOutcome outcome)
    {
        var result = outcome.Result;
        json.WriteStartObject();
        json.WriteString("pipeline", outcome.Pipeline);
        json.WriteBoolean("dry_run", true);
        json.WriteNumber("limit", outcome.Limit);
        json.WriteStartArray("stopped_at_limit");
        foreach (var source in outcome.Cut)
        {
            json.WriteStringValue(source);
        }

        json.WriteEndArray();
        json.WriteNumber("records", result.Records);
        json.WriteNumber("observations", result.Observations);
        json.WriteNumber("indicators", result.Indicators.Count);
        json.WriteNumber("screened", result.Screenings.Count);
        json.WriteNumber("rejected", result.Rejections.Count);
        BooksTable.WriteJson(json, BooksOf(result));
        LossCount.WriteJson(json, LossCount.Of(result.Losses.Count));
        WriteSample(json, result);
        WriteOutcomes(json, result);
        WriteSinks(json, result);
        json.WriteStartArray("messages");
        foreach (var fault in outcome.Faults)
        {
            json.WriteStringValue(fault);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static Books BooksOf(TrialResult result)
    {
        var books = new Books();
        foreach (var (stage, counts) in result.Books)
        {
            books.Add(stage, counts);
        }

        return books;
    }

    // The best first, for those are what sinks take; of equals in canonical order.
    private static IEnumerable<int> Best(IndicatorBatch indicators) =>
        Enumerable
            .Range(0, indicators.Count)
            .OrderByDescending(row => indicators.Score[row])
            .ThenBy(row => row)
            .Take(ShownIndicators);

    private static void AppendIndicators(StringBuilder text, TrialResult result)
    {
        var indicators = result.Indicators;
        text.AppendLine(
            indicators.Count > ShownIndicators ? $"indicators, the {ShownIndicators} with the highest score"
            : indicators.Count > 0 ? "indicators"
            : "no indicators"
        );
        foreach (var row in Best(indicators))
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"  {indicators.Score[row] / 100, 3}  {ObservableTypeModule.name(indicators.Type[row])} {Shown(indicators.Value.Text(row))}  [{Shown(string.Join(", ", indicators.Labels[row].Names))}]  {TlpModule.name(indicators.Tlp[row])}, from {string.Join(", ", indicators.Sources[row].Names)}"
            );
        }

        text.AppendLine();
    }

    private static void AppendScreenings(StringBuilder text, TrialResult result)
    {
        foreach (var group in result.Screenings.GroupBy(screening => screening.Code).OrderBy(group => group.Key))
        {
            var first = group.First();
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"screened {group.Count(), 7:N0}  {group.Key}, for example {ScreeningModule.typeName(first)} {Shown(first.Value)} by {first.List}, entry {Shown(first.Entry)} ({Place(first.Position)})"
            );
        }
    }

    private static void AppendDeadLetters(StringBuilder text, TrialResult result)
    {
        foreach (var group in result.Rejections.GroupBy(rejection => rejection.Code).OrderBy(group => group.Key))
        {
            var first = group.First();
            var field = first.Field.Length > 0 ? $"field {first.Field} " : "";
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"rejected {group.Count(), 7:N0}  {group.Key}, first {Place(first.Position)}: {field}`{Shown(first.Value)}`: {Shown(first.Message)}"
            );
        }

        if (result.Screenings.Count + result.Rejections.Count > 0)
        {
            text.AppendLine();
        }
    }

    private static void AppendLosses(StringBuilder text, TrialResult result)
    {
        var losses = LossCount.Of(result.Losses.Count);
        foreach (var (code, reason, count) in losses)
        {
            // Only the first thousand are kept as they are.
            var first = result.Losses.Kept.FirstOrDefault(loss => LossReasonModule.code(loss.Reason) == code);
            var example = first is null
                ? ""
                : $", for example {Shown(first.Path)} `{Shown(first.Value)}`{At(first.Position)}";
            text.AppendLine(CultureInfo.InvariantCulture, $"lost {count, 11:N0}  {code} {reason}{example}");
        }

        if (losses.Count > 0)
        {
            text.AppendLine();
        }
    }

    // What a sink cannot say stands nowhere in a source.
    private static string At(Position position) => position.Uri.Length > 0 ? $" ({Place(position)})" : "";

    private static void AppendSink(StringBuilder text, SinkTrial sink)
    {
        var lost = sink.Losses.Total > 0 ? ", " + LossCount.ToText(LossCount.Of(sink.Losses.Count)) : "";
        var waits = Waits(sink) is { } reason ? $"; the plan would wait: {reason}" : "";
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"sink {sink.Name.Value}: {sink.Rows:N0} entries, {sink.Bytes.Length:N0} bytes{lost}{waits}"
        );
        var lines = FirstLines(sink, out var more);
        foreach (var line in lines)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {line}");
        }

        if (more)
        {
            text.AppendLine("  …");
        }

        text.AppendLine();
    }

    // A sink that holds nothing yet can only hold too little: how much changes is not asked of it.
    private static string? Waits(SinkTrial sink) =>
        sink.Verdict is PlanVerdict.TooFew few
            ? $"{few.after:N0} entries are fewer than min_entries {few.limit:N0}"
            : null;

    private static List<string> FirstLines(SinkTrial sink, out bool more)
    {
        var lines = new List<string>();
        var rest = sink.Bytes.AsSpan();
        while (rest.Length > 0 && lines.Count < ShownLines)
        {
            var end = rest.IndexOf((byte)'\n');
            var line = end < 0 ? rest : rest[..end];
            lines.Add(VisibleText.start(ShownWidth, line));
            rest = end < 0 ? [] : rest[(end + 1)..];
        }

        more = rest.Length > 0;
        return lines;
    }

    private static string Shown(string text) => VisibleText.cut(100, VisibleText.ofText(text));

    private static string Place(Position position) => $"{position.Uri} line {position.Line}";

    private static void WriteSample(Utf8JsonWriter json, TrialResult result)
    {
        var indicators = result.Indicators;
        json.WriteStartArray("sample");
        foreach (var row in Best(indicators))
        {
            json.WriteStartObject();
            json.WriteString("type", ObservableTypeModule.name(indicators.Type[row]));
            json.WriteString("value", indicators.Value.Text(row));
            json.WriteNumber("score", indicators.Score[row] / 100);
            json.WriteNumber("confidence", indicators.Confidence[row]);
            json.WriteString("tlp", TlpModule.name(indicators.Tlp[row]));
            json.WritePropertyName("labels");
            json.WriteRawValue(indicators.Labels[row].Json);
            json.WritePropertyName("sources");
            json.WriteRawValue(indicators.Sources[row].Json);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteOutcomes(Utf8JsonWriter json, TrialResult result)
    {
        json.WriteStartArray("screenings");
        foreach (var group in result.Screenings.GroupBy(screening => screening.Code).OrderBy(group => group.Key))
        {
            var first = group.First();
            json.WriteStartObject();
            json.WriteString("code", group.Key);
            json.WriteNumber("count", group.Count());
            json.WriteString("value", first.Value);
            json.WriteString("list", first.List);
            json.WriteString("entry", first.Entry);
            WritePlace(json, first.Position);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("dead_letters");
        foreach (var group in result.Rejections.GroupBy(rejection => rejection.Code).OrderBy(group => group.Key))
        {
            var first = group.First();
            json.WriteStartObject();
            json.WriteString("code", group.Key);
            json.WriteNumber("count", group.Count());
            json.WriteString("field", first.Field);
            json.WriteString("value", first.Value);
            json.WriteString("message", first.Message);
            WritePlace(json, first.Position);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteSinks(Utf8JsonWriter json, TrialResult result)
    {
        json.WriteStartArray("sinks");
        foreach (var sink in result.Sinks)
        {
            json.WriteStartObject();
            json.WriteString("name", sink.Name.Value);
            json.WriteNumber("entries", sink.Rows);
            json.WriteNumber("bytes", sink.Bytes.Length);
            json.WriteString("waits", Waits(sink));
            json.WriteStartArray("first_lines");
            foreach (var line in FirstLines(sink, out _))
            {
                json.WriteStringValue(line);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WritePlace(Utf8JsonWriter json, Position position)
    {
        json.WriteString("uri", position.Uri);
        json.WriteNumber("line", position.Line);
        json.WriteNumber("byte_offset", position.Offset);
    }
}
