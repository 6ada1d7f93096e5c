// Answers in the store: which are there, which are to be asked for, and new ones, a few at a time in transactions of their own.

using System.Text;
using Cti.Core;
using Cti.DuckDb;
using Cti.Host.Store;
using Microsoft.FSharp.Collections;

namespace Cti.Host.Enrich;

/// <summary>A subject a service is to be asked about.</summary>
/// <param name="MayLeave">Whether its strictest marking lets its value out.</param>
internal sealed record DueSubject(Guid Id, ObservableType Type, string Value, bool MayLeave);

/// <summary>What a service said.</summary>
/// <param name="Values">In the order of its facts; null where it knew nothing.</param>
internal sealed record Answer(DueSubject Subject, FactValue[]? Values);

internal static class AnswerTable
{
    /// <summary>Fills a cache with what is there.</summary>
    /// <param name="connection">The store's.</param>
    /// <param name="pipeline">Whose answers.</param>
    /// <param name="services">Its services: answers to other questions than theirs are none.</param>
    /// <param name="cache">Gets them.</param>
    public static void Load(
        DuckDbConnection connection,
        string pipeline,
        IReadOnlyList<AnswerPlan> services,
        AnswerCache cache
    )
    {
        foreach (var service in services)
        {
            using var command = connection.CreateCommand(
                "SELECT type, value, facts FROM store.answers WHERE pipeline = $1 AND enricher = $2 AND declared = $3 AND found"
            );
            foreach (var value in new[] { pipeline, service.Name, service.Question })
            {
                command.Parameters.Add(new DuckDbParameter { Value = value });
            }

            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                cache.Put(
                    ObservableTypeModule.tryOfCode(reader.GetByte(0)).Value,
                    reader.GetString(1),
                    Read(service, reader.GetString(2))
                );
            }
        }
    }

    /// <summary>The subjects of a pipeline that a service has not answered about, or too long ago; those seen last first.</summary>
    public static List<DueSubject> Due(DuckDbConnection connection, string pipeline, AnswerPlan service, DateTime now)
    {
        var types = string.Join(", ", service.Types.Select(type => (int)ObservableTypeModule.code(type)));
        // A value that any source marks more strictly stays here.
        return connection.Rows(
            $"""
            SELECT c.subject, any_value(c.type), any_value(c.value), max(c.tlp)
            FROM store.claims c
            SEMI JOIN (
                SELECT o.subject FROM store.claims o JOIN store.sources s ON s.id = o.source AND s.pipeline = $1
                WHERE o.withdrawn_at IS NULL AND o.type IN ({types})
            ) own ON own.subject = c.subject
            ANTI JOIN (
                SELECT subject FROM store.answers
                WHERE pipeline = $1 AND enricher = $2 AND declared = $3 AND asked_at > CASE WHEN found THEN $4 ELSE $5 END
            ) fresh ON fresh.subject = c.subject
            GROUP BY c.subject
            ORDER BY max(c.last_seen) DESC, any_value(c.value)
            """,
            reader => new DueSubject(
                reader.GetGuid(0),
                ObservableTypeModule.tryOfCode(reader.GetByte(1)).Value,
                reader.GetString(2),
                reader.GetByte(3) <= TlpModule.code(service.MaxTlp)
            ),
            pipeline,
            service.Name,
            service.Question,
            now - service.Ttl,
            now - service.NegativeTtl
        );
    }

    /// <summary>Keeps answers in the place of older ones. One transaction.</summary>
    public static void Save(
        DuckDbConnection connection,
        string pipeline,
        AnswerPlan service,
        IReadOnlyList<Answer> answers,
        DateTime now
    )
    {
        using var transaction = connection.BeginTransaction();
        foreach (var (subject, values) in answers)
        {
            connection.Run(
                "DELETE FROM store.answers WHERE pipeline = $1 AND enricher = $2 AND subject = $3",
                pipeline,
                service.Name,
                subject.Id
            );
            connection.Run(
                "INSERT INTO store.answers VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                pipeline,
                service.Name,
                service.Question,
                subject.Id,
                (int)ObservableTypeModule.code(subject.Type),
                subject.Value,
                now,
                values is not null,
                Write(service, values)
            );
        }

        transaction.Commit();
    }

    private static string Write(AnswerPlan service, FactValue[]? values)
    {
        if (values is null)
        {
            return "{}";
        }

        var facts = service.Facts.Select(asked => asked.Fact).ToArray();
        var members = AnswerFacts.Of(facts, values).Members;
        return "{" + Encoding.UTF8.GetString(members.Length > 0 ? members[1..] : members) + "}";
    }

    // What was written is read by the rules for answers, each fact by its own name.
    private static IEnumerable<(string Fact, FactValue Value)> Read(AnswerPlan service, string facts)
    {
        var asked = ListModule.OfSeq(
            service.Facts.Select(one => new AskedFact(one.Fact, ListModule.OfSeq([JsonStep.NewKey(one.Fact.Name)])))
        );
        var values = AnswerReading.tryRead(asked, Encoding.UTF8.GetBytes(facts));
        return values.IsSome ? asked.Zip(values.Value, (one, value) => (one.Fact.Name, value)) : [];
    }
}
