// What the store must know before a run: the pipeline's sources with their trust, its sinks, its score settings. A source whose trust was changed
// in the pipeline's file changes its indicators: the change log says so.

using Cti.Core;
using Cti.DuckDb;
using Cti.Host.Store;

namespace Cti.Host.Run;

internal static class Registration
{
    /// <summary>Registers the pipeline and gives the numbers behind the store's texts. One transaction.</summary>
    /// <exception cref="StoreException">Another pipeline declares a source of the same name.</exception>
    public static Dictionaries Apply(DuckDbConnection connection, PipelinePlan plan, long now)
    {
        using var transaction = connection.BeginTransaction();
        var dictionaries = Dictionaries.Load(connection, plan.Name);
        foreach (var source in plan.Sources)
        {
            Register(connection, dictionaries, plan, source, now);
        }

        dictionaries.Save(connection);
        foreach (var sink in plan.Sinks)
        {
            connection.Run(
                "INSERT INTO store.sinks SELECT (SELECT coalesce(max(id), 0) + 1 FROM store.sinks), $1, $2 WHERE NOT EXISTS (SELECT 1 FROM store.sinks WHERE name = $1 AND pipeline = $2)",
                sink.Name,
                plan.Name
            );
        }

        connection.Run("DELETE FROM store.score_settings WHERE pipeline = $1", plan.Name);
        foreach (var type in ObservableTypeModule.all)
        {
            var code = ObservableTypeModule.code(type);
            connection.Run(
                "INSERT INTO store.score_settings VALUES ($1, $2, $3, $4)",
                plan.Name,
                code,
                plan.Score.Lifetime[code],
                plan.Score.DecaySpeed[code]
            );
        }

        transaction.Commit();
        return dictionaries;
    }

    /// <summary>The number of a registered sink.</summary>
    public static int SinkNumber(DuckDbConnection connection, string pipeline, string sink) =>
        connection.Value<int>("SELECT id FROM store.sinks WHERE pipeline = $1 AND name = $2", pipeline, sink);

    private static void Register(
        DuckDbConnection connection,
        Dictionaries dictionaries,
        PipelinePlan plan,
        SourcePlan source,
        long now
    )
    {
        var trust = source.Map.Trust;
        var known = dictionaries.Sources.TryFind(source.Name);
        if (known.IsNone)
        {
            dictionaries.Sources.Set(new SourceInfo(source.Name, plan.Name, trust, true));
            return;
        }

        var info = dictionaries.Sources[known.Value];
        if (info.Pipeline != plan.Name)
        {
            throw new StoreException(
                $"Source {source.Name} of pipeline {plan.Name} is declared by pipeline {info.Pipeline} in the same store. Source names are shared by all pipelines of a store: rename one of them."
            );
        }

        if (!info.Trust.Equals(trust))
        {
            Rerate(connection, dictionaries, source.Name, trust, now);
        }
    }

    // The source and its sub-sources get the new trust; every indicator they claim has changed.
    private static void Rerate(
        DuckDbConnection connection,
        Dictionaries dictionaries,
        string name,
        Trust trust,
        long now
    )
    {
        var numbers = dictionaries.NumbersOf(name);
        foreach (var number in numbers)
        {
            var info = dictionaries.Sources[number];
            dictionaries.Sources.Set(new SourceInfo(info.Name, info.Pipeline, trust, info.Own));
            connection.Run("DELETE FROM store.sources WHERE id = $1", number);
            dictionaries.SaveSource(connection, number);
        }

        var list = string.Join(", ", numbers);
        var at = TimestampModule.toDateTime(now);
        connection.Execute(
            $"""
            CREATE OR REPLACE TEMP TABLE rerated AS
            SELECT subject, max(revision) + 1 AS revision FROM store.claims
            WHERE subject IN (SELECT subject FROM store.claims WHERE source IN ({list})) GROUP BY subject
            """
        );
        connection.Run(
            """
            INSERT INTO store.changes
            SELECT (SELECT coalesce(max(sequence), 0) FROM store.changes) + row_number() OVER (ORDER BY subject), subject, revision, 2, $1 FROM rerated
            """,
            at
        );
        connection.Run(
            $"UPDATE store.claims c SET changed_at = $1, revision = r.revision FROM rerated r WHERE r.subject = c.subject AND c.source IN ({list})",
            at
        );
    }
}

/// <summary>Numbers acknowledgements in the order they are begun. One per store and process.</summary>
internal sealed class AcknowledgementNumbers(DuckDbConnection connection)
{
    private long _last = connection.Value<long>("SELECT coalesce(max(id), 0) FROM store.acknowledgements");

    public long Next() => Interlocked.Increment(ref _last);
}

/// <summary>This program.</summary>
internal static class ThisProgram
{
    public static string Version { get; } = typeof(ThisProgram).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";
}
