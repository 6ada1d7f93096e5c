// Gathers what the store knows of one subject for `cti explain`, and asks every sink of it whether it shall hold the subject.

using Cti.Core;
using Cti.DuckDb;
using Cti.Host.Config;
using Cti.Host.Letters;
using Cti.Host.Sinks;
using Cti.Host.Store;

namespace Cti.Host.Cli;

/// <summary>Reads explanations out of a store.</summary>
internal static class ExplanationReader
{
    private const int ShownPositions = 10;

    /// <summary>Everything about a subject that was asked for as <paramref name="written"/>.</summary>
    public static Explanation Read(StoreFile store, Subject subject, string written, long now)
    {
        var connection = store.Connection;
        var id = Identity.subject(subject);
        var dictionaries = Dictionaries.Load(connection, "");
        var claims = ClaimReader.Of(connection, id);
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
            Identity.indicator(subject, dictionaries.Verdicts.At(id, now).Episode),
            score,
            worth,
            terms,
            ShowClaims(connection, id),
            VerdictLog.List(connection, id),
            facts,
            answers,
            ShowScreenings(connection, subject),
            LetterRow.About(connection, [subject.Value, written], UuidModule.toGuid(id)),
            sinks
        );
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
            var fold = own.Fold(new Viewer(sink.MaxTlp, now, pipeline.Score, true));
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
            var heldBack = wanted
                ? HeldBackBy(connection, pipeline.Name.Value, id)
                    ?? LeftOutBy(connection, sink, pipeline.Name.Value, id)
                : null;
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

    // Why a tool with little room did without it when the sink was last applied; null where it did not.
    private static string? LeftOutBy(
        DuckDbConnection connection,
        Core.Declare.Sink sink,
        string pipeline,
        UInt128 id
    ) =>
        connection
            .Rows(
                "SELECT reason FROM left_out WHERE pipeline = $1 AND sink = $2 AND indicator = $3",
                reader =>
                    reader.GetString(0) == "covered"
                        ? "left out: a listed name or range stands for it"
                        : "left out: the tool has no room, and others rank before it (capacity)",
                pipeline,
                sink.Name.Value,
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
        var fold = dictionaries.Fold(new Viewer(Tlp.Red, now, settings, false));
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
