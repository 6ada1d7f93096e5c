// What the store knows of one subject, gathered for `cti explain`, and its two forms.

using System.Globalization;
using System.Text;
using System.Text.Json;
using Cti.Core;
using Cti.DuckDb;
using Cti.Host.Config;
using Cti.Host.Letters;
using Cti.Host.Sinks;
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
    IReadOnlyList<FactsShown> Facts,
    IReadOnlyList<AnswerShown> Answers,
    IReadOnlyList<ScreeningShown> Screenings,
    IReadOnlyList<LetterRow> Letters,
    IReadOnlyList<SinkShown> Sinks
)
{
    private const int ShownPositions = 10;

    /// <summary>Everything about a subject that was asked for as <paramref name="written"/>.</summary>
    public static Explanation Of(StoreFile store, Subject subject, string written, long now)
    {
        var connection = store.Connection;
        var id = Identity.subject(subject);
        var dictionaries = Dictionaries.Load(connection, "");
        var claims = ReadClaims(connection, id);
        var pipelines = LatestPipelines(connection);
        var facts = FactsShown.Read(connection, id);
        var answers = AnswerShown.Read(connection, id);
        var sinks = pipelines
            .SelectMany(pipeline => Judge(connection, dictionaries, claims, facts, answers, pipeline, id, now))
            .ToList();
        var settings = pipelines.Count > 0 ? pipelines[^1].Score : null;
        var (score, worth, terms) = Scored(dictionaries, claims, settings, now);
        return new Explanation(
            subject,
            id,
            score,
            worth,
            terms,
            ShowClaims(connection, id),
            facts,
            answers,
            ShowScreenings(connection, subject),
            LetterRow.About(connection, [subject.Value, written], UuidModule.toGuid(id)),
            sinks
        );
    }

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

    private static ClaimBatch ReadClaims(DuckDbConnection connection, UInt128 id)
    {
        var claims = new ClaimBatch(8);
        using var command = connection.CreateCommand(
            $"SELECT {ClaimReader.Columns} FROM store.claims c WHERE c.subject = $1"
        );
        command.Parameters.Add(new DuckDbParameter { Value = UuidModule.toGuid(id) });
        using var reader = command.ExecuteReader();
        while (reader.NextChunk() is { } chunk)
        {
            ClaimReader.Append(chunk, claims);
        }

        return claims;
    }

    // Each pipeline as its last run declared it.
    private static List<Core.Declare.Pipeline> LatestPipelines(DuckDbConnection connection) =>
        connection
            .Rows(
                "SELECT c.content FROM configs c JOIN (SELECT pipeline, arg_max(config_hash, started_at) AS hash FROM runs GROUP BY pipeline) r ON r.hash = c.hash AND r.pipeline = c.pipeline ORDER BY r.pipeline",
                reader => PipelineFile.ParseBundle("stored configuration", reader.GetString(0)).Pipeline
            )
            .OfType<Core.Declare.Pipeline>()
            .ToList();

    private static IEnumerable<SinkShown> Judge(
        DuckDbConnection connection,
        Dictionaries dictionaries,
        ClaimBatch claims,
        List<FactsShown> facts,
        List<AnswerShown> answers,
        Core.Declare.Pipeline pipeline,
        UInt128 id,
        long now
    )
    {
        var own = Dictionaries.Load(connection, pipeline.Name.Value);
        foreach (var sink in pipeline.Sinks)
        {
            var name = sink.Name.Value;
            var held = connection.Rows(
                "SELECT revision, receipt FROM sink_state WHERE sink = $1 AND pipeline = $2 AND indicator = $3",
                reader => (Revision: reader.GetInt32(0), Receipt: reader.Text(1)),
                name,
                pipeline.Name.Value,
                UuidModule.toGuid(id)
            );
            int? revision = held.Count > 0 ? held[0].Revision : null;
            var receipt = held.Count > 0 ? held[0].Receipt : null;
            var batch = new IndicatorBatch(1);
            var fold = new Fold(new Viewer(sink.MaxTlp, now, pipeline.Score, true), own.Sources, dictionaries.Labels);
            if (claims.Count == 0 || !fold.Add(claims, 0, claims.Count - 1, batch))
            {
                var why =
                    claims.Count == 0
                        ? "no source claims it"
                        : $"no source of this pipeline claims it at or below max_tlp {TlpModule.name(sink.MaxTlp)}";
                yield return new SinkShown(name, pipeline.Name.Value, false, why, revision, receipt);
                continue;
            }

            batch.Facts = facts.Find(known => known.Pipeline == pipeline.Name.Value)?.ToColumns(claims.Value.Text(0));
            NamedFact[] named = [.. pipeline.Enrich.SelectMany(Core.Declare.EnrichSettingsModule.named)];
            if (named.Length > 0)
            {
                batch.Facts ??= new FactColumns(1);
                batch.Facts.Answers[0] = AnswerShown.ToFacts(
                    answers.Where(answer => answer.Pipeline == pipeline.Name.Value),
                    named
                );
            }

            var rule = new SinkRule(sink.Where, RenderSpecModule.create(sink.RenderSpec));
            var wanted = rule.Wants(batch, 0);
            var heldBack = wanted ? HeldBackBy(connection, pipeline.Name.Value, id) : null;
            yield return new SinkShown(
                name,
                pipeline.Name.Value,
                wanted && heldBack is null,
                heldBack ?? rule.Reason(batch, 0),
                revision,
                receipt
            );
        }
    }

    // The list that held it back when the pipeline last ran; null where none did.
    private static string? HeldBackBy(DuckDbConnection connection, string pipeline, UInt128 id) =>
        connection
            .Rows(
                "SELECT code, list, entry FROM held_back WHERE pipeline = $1 AND indicator = $2",
                reader => HoldReason.Describe(reader.GetString(0), reader.GetString(1), reader.GetString(2)),
                pipeline,
                UuidModule.toGuid(id)
            )
            .FirstOrDefault();

    private static (int Score, int Base, IReadOnlyList<ScoreTerm> Terms) Scored(
        Dictionaries dictionaries,
        ClaimBatch claims,
        ScoreSettings? settings,
        long now
    )
    {
        if (claims.Count == 0 || settings is null)
        {
            return (0, 0, []);
        }

        var batch = new IndicatorBatch(1);
        var fold = new Fold(new Viewer(Tlp.Red, now, settings, false), dictionaries.Sources, dictionaries.Labels);
        fold.Add(claims, 0, claims.Count - 1, batch);
        var (worth, terms) = fold.Terms(claims, 0, claims.Count - 1);
        return (batch.Score[0], worth, [.. terms]);
    }

    private static List<ClaimShown> ShowClaims(DuckDbConnection connection, UInt128 id)
    {
        var positions = connection
            .Rows(
                "SELECT source, uri, line, byte_offset FROM observations WHERE subject = $1 ORDER BY source, event_time DESC, uri, line",
                reader =>
                    (
                        Source: reader.GetString(0),
                        Position: new ReadPosition(reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3))
                    ),
                UuidModule.toGuid(id)
            )
            .ToLookup(row => row.Source, row => row.Position, StringComparer.Ordinal);
        return connection.Rows(
            "SELECT source, first_seen, last_seen, recorded_at, withdrawn_at, confidence, tlp, labels, observations, description, reference_urls FROM claims WHERE subject = $1 ORDER BY source",
            reader => new ClaimShown(
                reader.GetString(0),
                reader.GetDateTime(1),
                reader.GetDateTime(2),
                reader.GetDateTime(3),
                reader.IsDBNull(4) ? null : reader.GetDateTime(4),
                reader.GetFieldValue<byte>(5),
                reader.GetString(6),
                reader.GetFieldValue<List<string>>(7),
                reader.GetInt32(8),
                reader.IsDBNull(9) ? null : reader.GetString(9),
                reader.GetFieldValue<List<string>>(10),
                positions[reader.GetString(0)].Take(ShownPositions).ToList()
            ),
            UuidModule.toGuid(id)
        );
    }

    private static List<ScreeningShown> ShowScreenings(DuckDbConnection connection, Subject subject) =>
        connection.Rows(
            "SELECT DISTINCT code, list, entry, source, uri, line, byte_offset FROM screenings WHERE type = $1 AND value = $2 ORDER BY ALL",
            reader => new ScreeningShown(
                reader.GetString(0),
                reader.GetString(1),
                reader.GetString(2),
                reader.GetString(3),
                new ReadPosition(reader.GetString(4), reader.GetInt64(5), reader.GetInt64(6))
            ),
            ObservableTypeModule.name(subject.Type),
            subject.Value
        );
}
