// A pipeline as it was: its configuration, lists and tables of the last run known at a recording time, and the claims as of an event time. What an export
// renders and a sink is taken back to. Reads the store only.

using System.Globalization;
using Cti.Core;
using Cti.Host.Cli;
using Cti.Host.Config;
using Cti.Host.Sinks;
using Cti.Host.Store;

namespace Cti.Host.Run;

/// <summary>What was asked for was not there then; the message begins with its code and says what to do.</summary>
public sealed class ExportException(string message) : Exception(message);

/// <param name="RunId">The run whose configuration and lists were taken.</param>
/// <param name="RunNow">That run's `now`.</param>
/// <param name="Version">The program that made it.</param>
/// <param name="Plan">The pipeline as it was declared.</param>
internal sealed record PastPipeline(Guid RunId, DateTime RunNow, string Version, PipelinePlan Plan)
{
    /// <summary>One of its state sinks.</summary>
    /// <exception cref="ExportException">There was none of this name, or it holds no set.</exception>
    public SinkPlan StateSink(string name)
    {
        var sink =
            Plan.Sinks.FirstOrDefault(candidate => candidate.Name == name)
            ?? throw new ExportException(
                $"CTI-EXPORT-002 pipeline {Plan.Name} had no sink {name} in its run of {PastState.Shown(RunNow)}; it had: {string.Join(", ", Plan.Sinks.Select(candidate => candidate.Name))}."
            );
        return sink.HoldsState
            ? sink
            : throw new ExportException(
                $"CTI-EXPORT-003 sink {name} is told changes and holds no set, so there is nothing to render as of a time. Export a state sink, or ask the log: cti sql \"SELECT * FROM changes\"."
            );
    }
}

/// <summary>The claims are in <see cref="AsOfClaims.Table"/> of the store's first connection, for as long as nothing else is built there.</summary>
/// <param name="Pipeline">As it was declared.</param>
/// <param name="Dictionaries">Sources with the trust they had.</param>
/// <param name="Lists">Lists and tables.</param>
/// <param name="Screen">What the lists hold back of the claims.</param>
internal sealed record PastState(PastPipeline Pipeline, Dictionaries Dictionaries, LoadedLists Lists, ExitScreen Screen)
{
    /// <summary>Builds it.</summary>
    /// <param name="store">The store.</param>
    /// <param name="path">The store's, as the user knows it.</param>
    /// <param name="name">The pipeline's.</param>
    /// <param name="sink">A sink that is asked for: one that was not there costs no look at the claims.</param>
    /// <param name="asOf">The times.</param>
    /// <param name="verdicts">The verdicts that count.</param>
    /// <exception cref="ExportException">There was no such pipeline or sink.</exception>
    /// <exception cref="ListException">A list that was used then cannot be read any more.</exception>
    public static PastState Load(
        StoreFile store,
        string path,
        string name,
        string sink,
        AsOf asOf,
        VerdictTable verdicts
    )
    {
        var used =
            Find(store, name, asOf.KnownAt)
            ?? throw new ExportException(
                $"CTI-EXPORT-001 pipeline {name} had not run in {path} by {Shown(TimestampModule.toDateTime(asOf.KnownAt))}; there are: {string.Join(", ", Names(store))}. Name one of them, or a later --known-at."
            );
        used.StateSink(sink);
        var lists = LoadedLists.Load(used.Plan, new StoredLists(store.Connection, used.RunId));
        lists.LoadAnswers(store.Connection, used.Plan, asOf.KnownAt);
        var dictionaries = Dictionaries.Load(store.Connection, name, verdicts);
        Rate(store, dictionaries, asOf.KnownAt);
        new AsOfClaims(store.Connection, dictionaries).Build(asOf, null);
        var screen = ExitScreen.Of(store.Connection, AsOfClaims.Table, used.Plan, lists.Screen.Set);
        return new PastState(used, dictionaries, lists, screen);
    }

    /// <summary>A time, for a person.</summary>
    public static string Shown(DateTime time) => time.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    // The configuration of the last run that had begun by then, in the store's own time: a run's `now` is when its rows are said to be recorded.
    private static PastPipeline? Find(StoreFile store, string pipeline, long knownAt)
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
            : new PastPipeline(found.Item1, found.Item2, found.Item3, Pipelines.OfStore(file, file.Pipeline));
    }

    private static string DiagnosticText(PipelineFile file)
    {
        using var text = new StringWriter();
        DiagnosticPrinter.Print(text, file);
        return text.ToString().ReplaceLineEndings(" ").Trim();
    }

    // Trust as it was declared then, of every pipeline that shares the store: their claims count too.
    private static void Rate(StoreFile store, Dictionaries dictionaries, long knownAt)
    {
        foreach (var pipeline in Names(store))
        {
            foreach (var source in Find(store, pipeline, knownAt)?.Plan.Sources ?? [])
            {
                foreach (var number in dictionaries.NumbersOf(source.Name))
                {
                    var info = dictionaries.Sources[number];
                    dictionaries.Sources.Set(new SourceInfo(info.Name, info.Pipeline, source.Map.Trust, info.Own));
                }
            }
        }
    }

    private static List<string> Names(StoreFile store) =>
        store.Connection.Rows("SELECT DISTINCT pipeline FROM runs ORDER BY pipeline", reader => reader.GetString(0));
}
