// What `cti explain` says of one subject, in its two forms.

using System.Globalization;
using System.Text;
using System.Text.Json;
using Cti.Core;
using Cti.Host.Letters;
using Cti.Host.Store;

namespace Cti.Host.Cli;

/// <summary>Everything about one subject.</summary>
internal sealed record Explanation(
    Subject Subject,
    UInt128 Indicator,
    int Score,
    int Base,
    IReadOnlyList<ScoreTerm> Terms,
    IReadOnlyList<ClaimShown> Claims,
    IReadOnlyList<StoredVerdict> Verdicts,
    IReadOnlyList<FactsShown> Facts,
    IReadOnlyList<AnswerShown> Answers,
    IReadOnlyList<ScreeningShown> Screenings,
    IReadOnlyList<LetterRow> Letters,
    IReadOnlyList<SinkShown> Sinks
)
{
    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartObject("subject");
        json.WriteString("type", ObservableTypeModule.name(Subject.Type));
        json.WriteString("value", Subject.Value);
        json.WriteEndObject();
        json.WriteString("indicator_id", "indicator--" + UuidModule.toText(Indicator));
        json.WriteNumber("score", Score / 100);
        json.WriteNumber("score_exact", Score);
        json.WriteNumber("base", Base / 100);
        json.WriteNumber("base_exact", Base);
        json.WriteStartArray("terms");
        foreach (var term in Terms)
        {
            json.WriteStartObject();
            json.WriteString("source", term.Source);
            json.WriteNumber("confidence", term.Confidence);
            json.WriteNumber("trust", term.Trust);
            json.WriteNumber("value", term.Value);
            json.WriteBoolean("counted", term.Counted);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("claims");
        foreach (var claim in Claims)
        {
            json.WriteStartObject();
            json.WriteString("source", claim.Source);
            json.WriteString("first_seen", Time(claim.FirstSeen));
            json.WriteString("last_seen", Time(claim.LastSeen));
            json.WriteString("recorded_at", Time(claim.RecordedAt));
            json.WriteString("withdrawn_at", claim.WithdrawnAt is { } withdrawn ? Time(withdrawn) : null);
            json.WriteNumber("confidence", claim.Confidence);
            json.WriteString("tlp", claim.Tlp);
            json.WriteStartArray("labels");
            foreach (var label in claim.Labels)
            {
                json.WriteStringValue(label);
            }

            json.WriteEndArray();
            json.WriteNumber("observations", claim.Observations);
            json.WriteString("description", claim.Description);
            json.WriteStartArray("references");
            foreach (var reference in claim.References)
            {
                json.WriteStringValue(reference);
            }

            json.WriteEndArray();
            json.WriteStartArray("positions");
            foreach (var position in claim.Positions)
            {
                json.WriteStartObject();
                WritePosition(json, position);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("verdicts");
        foreach (var verdict in Verdicts)
        {
            json.WriteStartObject();
            json.WriteString("verdict", verdict.Verdict);
            json.WriteString("reporter", verdict.Reporter);
            json.WriteString("comment", verdict.Comment);
            json.WriteString("reported_at", Time(verdict.ReportedAt));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("facts");
        foreach (var facts in Facts)
        {
            facts.WriteJson(json);
        }

        json.WriteEndArray();
        json.WriteStartArray("answers");
        foreach (var answer in Answers)
        {
            answer.WriteJson(json);
        }

        json.WriteEndArray();
        json.WriteStartArray("screenings");
        foreach (var screening in Screenings)
        {
            json.WriteStartObject();
            json.WriteString("code", screening.Code);
            json.WriteString("list", screening.List);
            json.WriteString("entry", screening.Entry);
            json.WriteString("source", screening.Source);
            WritePosition(json, screening.Position);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        LetterText.WriteAbout(json, Letters);
        json.WriteStartArray("sinks");
        foreach (var sink in Sinks)
        {
            json.WriteStartObject();
            json.WriteString("name", sink.Name);
            json.WriteString("pipeline", sink.Pipeline);
            json.WriteBoolean("in", sink.In);
            json.WriteString("reason", sink.Reason);
            if (sink.AcknowledgedRevision is { } revision)
            {
                json.WriteNumber("acknowledged_revision", revision);
                json.WriteString("receipt", sink.Receipt);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    public string ToText()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{ObservableTypeModule.name(Subject.Type)} {Subject.Value}");
        text.AppendLine(CultureInfo.InvariantCulture, $"indicator--{UuidModule.toText(Indicator)}");
        if (Claims.Count == 0)
        {
            text.AppendLine("no source claims it");
        }
        else
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"score {Score / 100.0:0.00} now, {Base / 100.0:0.00} before decay"
            );
            foreach (var term in Terms)
            {
                text.AppendLine(
                    CultureInfo.InvariantCulture,
                    $"  {term.Source}: confidence {term.Confidence} × trust {term.Trust:0.#} % = {term.Value / 100.0:0.00}{(term.Counted ? "" : ", not counted: its group already speaks")}"
                );
            }
        }

        foreach (var claim in Claims)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"claimed by {claim.Source}: seen {Time(claim.FirstSeen)} to {Time(claim.LastSeen)}, {claim.Observations} observations, tlp {claim.Tlp}, labels {string.Join(", ", claim.Labels)}{(claim.WithdrawnAt is { } at ? $", taken back {Time(at)}" : "")}"
            );
            if (claim.Description is { } description)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"  says: {TerminalText.Visible(description)}");
            }

            foreach (var reference in claim.References)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"  see {reference}");
            }

            foreach (var position in claim.Positions)
            {
                text.AppendLine(
                    CultureInfo.InvariantCulture,
                    $"  {position.Uri}:{position.Line} (byte {position.ByteOffset})"
                );
            }
        }

        foreach (var verdict in Verdicts)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"found {verdict.Verdict} {Time(verdict.ReportedAt)} by {TerminalText.Visible(verdict.Reporter)}{(verdict.Comment is { } comment ? ": " + TerminalText.Visible(comment) : "")}"
            );
        }

        foreach (var facts in Facts)
        {
            text.AppendLine(facts.ToText());
        }

        foreach (var answer in Answers)
        {
            text.AppendLine(answer.ToText());
        }

        foreach (var screening in Screenings)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"screened by {screening.List} (entry {screening.Entry}, {screening.Code}): {screening.Position.Uri}:{screening.Position.Line}"
            );
        }

        text.Append(LetterText.About(Letters));
        foreach (var sink in Sinks)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"{(sink.In ? "in    " : "not in")} {sink.Pipeline}/{sink.Name}: {sink.Reason}{(sink.AcknowledgedRevision is { } revision ? $"; acknowledged revision {revision} ({sink.Receipt})" : "")}"
            );
        }

        return text.ToString();
    }

    private static void WritePosition(Utf8JsonWriter json, ReadPosition position)
    {
        json.WriteString("uri", position.Uri);
        json.WriteNumber("line", position.Line);
        json.WriteNumber("byte_offset", position.ByteOffset);
    }

    private static string Time(DateTime time) =>
        time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
