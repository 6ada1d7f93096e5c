// Renders a state sink as of an event time, as known at a recording time: claims, configuration, lists and tables of then, by the same pass as a run.
// Reads the store only.

using Cti.Core;
using Cti.Host.Cli;
using Cti.Host.Config;
using Cti.Host.Sinks;
using Cti.Host.Store;

namespace Cti.Host.Run;

/// <summary>An export is not possible; the message begins with its code and says what to do.</summary>
public sealed class ExportException(string message) : Exception(message);

/// <summary>What came of an export.</summary>
/// <param name="Rows">Indicators in the set.</param>
/// <param name="RunId">The run whose configuration and lists were taken.</param>
/// <param name="RunNow">That run's `now`.</param>
/// <param name="Version">The program that made it.</param>
internal sealed record ExportOutcome(long Rows, Guid RunId, DateTime RunNow, string Version);

/// <param name="store">Opened for reading.</param>
/// <param name="path">The store's, as the user knows it.</param>
internal sealed class ExportRun(StoreFile store, string path)
{
    private sealed record UsedConfig(Guid RunId, DateTime Now, string Version, PipelinePlan Plan);

    /// <summary>Renders one sink.</summary>
    /// <exception cref="ExportException">There is no such pipeline or sink, or it holds no set.</exception>
    /// <exception cref="ListException">A list that was used then cannot be read any more.</exception>
    public ExportOutcome Render(
        string pipeline,
        string sink,
        AsOf asOf,
        Action<ReadOnlyMemory<byte>> write,
        CancellationToken stop
    )
    {
        var used =
            Find(pipeline, asOf.KnownAt)
            ?? throw new ExportException(
                $"CTI-EXPORT-001 pipeline {pipeline} had not run in {path} by {Shown(asOf.KnownAt)}; there are: {string.Join(", ", Names())}. Name one of them, or a later --known-at."
            );
        var plan = used.Plan;
        var target =
            plan.Sinks.FirstOrDefault(candidate => candidate.Name == sink)
            ?? throw new ExportException(
                $"CTI-EXPORT-002 pipeline {pipeline} had no sink {sink} in its run of {Shown(used.Now)}; it had: {string.Join(", ", plan.Sinks.Select(candidate => candidate.Name))}."
            );
        if (!target.HoldsState)
        {
            throw new ExportException(
                $"CTI-EXPORT-003 sink {sink} is told changes and holds no set, so there is nothing to render as of a time. Export a state sink, or ask the log: cti sql \"SELECT * FROM changes\"."
            );
        }

        var lists = LoadedLists.Load(plan, new StoredLists(store.Connection, used.RunId));
        lists.LoadAnswers(store.Connection, plan, asOf.KnownAt);
        var dictionaries = Dictionaries.Load(store.Connection, pipeline);
        Rate(dictionaries, asOf.KnownAt);
        new AsOfClaims(store.Connection, dictionaries).Build(asOf, null);
        var screen = ExitScreen.Of(store.Connection, AsOfClaims.Table, plan, lists.Screen.Set);
        var export = new ExportSink(target, asOf.At, write) { Objects = (store.Connection, pipeline, asOf) };
        new StatePass(
            store,
            dictionaries,
            lists.Tables?.Enricher,
            screen,
            plan.Score,
            asOf.At,
            plan.Sources.Count > 0,
            [export]
        )
        {
            Claims = AsOfClaims.Table,
        }.Run(stop);
        return new ExportOutcome(export.Rows, used.RunId, used.Now, used.Version);
    }

    // The configuration of the last run that had begun by then, in the store's own time: a run's `now` is when its rows are said to be recorded.
    private UsedConfig? Find(string pipeline, long knownAt)
    {
        var found = store
            .Connection.Rows(
                """
                SELECT r.run_id, r.now, r.version, c.content FROM runs r JOIN configs c ON c.hash = r.config_hash
                WHERE r.pipeline = $1 AND r.now <= $2 ORDER BY r.now DESC, r.started_at DESC, r.run_id LIMIT 1
                """,
                reader => (reader.GetGuid(0), reader.GetDateTime(1), reader.GetString(2), reader.GetString(3)),
                pipeline,
                TimestampModule.toDateTime(knownAt)
            )
            .FirstOrDefault();
        if (found.Item4 is null)
        {
            return null;
        }

        var file = PipelineFile.ParseBundle($"configuration of {pipeline} as run at {Shown(found.Item2)}", found.Item4);
        return file.Pipeline is null
            ? throw new ExportException(
                $"CTI-EXPORT-004 the {file.Path} (cti {found.Item3}) is not understood by this version: {DiagnosticText(file)}. Export with cti {found.Item3}."
            )
            : new UsedConfig(found.Item1, found.Item2, found.Item3, Pipelines.OfStore(file, file.Pipeline));
    }

    private static string DiagnosticText(PipelineFile file)
    {
        using var text = new StringWriter();
        DiagnosticPrinter.Print(text, file);
        return text.ToString().ReplaceLineEndings(" ").Trim();
    }

    // Trust as it was declared then, of every pipeline that shares the store: their claims count too.
    private void Rate(Dictionaries dictionaries, long knownAt)
    {
        foreach (var pipeline in Names())
        {
            foreach (var source in Find(pipeline, knownAt)?.Plan.Sources ?? [])
            {
                foreach (var number in dictionaries.NumbersOf(source.Name))
                {
                    var info = dictionaries.Sources[number];
                    dictionaries.Sources.Set(new SourceInfo(info.Name, info.Pipeline, source.Map.Trust, info.Own));
                }
            }
        }
    }

    private List<string> Names() =>
        store.Connection.Rows("SELECT DISTINCT pipeline FROM runs ORDER BY pipeline", reader => reader.GetString(0));

    private static string Shown(long time) => Shown(TimestampModule.toDateTime(time));

    private static string Shown(DateTime time) =>
        time.ToString("yyyy-MM-dd HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
