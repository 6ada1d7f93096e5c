// Answers in the store: which are there, which are to be asked for, and new ones, as part of the caller's transaction. An answer stands from when it was
// first given (`since`) to when it was last given (`asked_at`); another one is a row of its own, so that an export knows what was known.

using System.Text;
using Cti.Core;
using Cti.DuckDb;
using Cti.Host.Store;
using Microsoft.FSharp.Collections;

namespace Cti.Host.Enrich;

/// <summary>A subject a service may be asked about.</summary>
internal sealed record DueSubject(Guid Id, ObservableType Type, string Value);

/// <summary>What is to be asked.</summary>
/// <param name="Count">Subjects without an answer that is still good.</param>
/// <param name="Kept">Those of them whose strictest marking keeps their values here.</param>
/// <param name="Subjects">The first of the others.</param>
internal sealed record DueSubjects(long Count, long Kept, IReadOnlyList<DueSubject> Subjects);

/// <summary>What a service said.</summary>
/// <param name="Subject">About what.</param>
/// <param name="Values">In the order of its facts; null where it knew nothing.</param>
internal sealed record Answer(DueSubject Subject, FactValue[]? Values);

/// <param name="connection">The store's first.</param>
/// <param name="pipeline">Whose answers.</param>
/// <param name="service">Whose, too: answers to other questions than its own are none.</param>
internal sealed class AnswerTable(DuckDbConnection connection, string pipeline, AnswerPlan service)
{
    /// <summary>Fills a cache with what was known at a recording time.</summary>
    public void Load(AnswerCache cache, long knownAt)
    {
        using var command = connection.CreateCommand(
            """
            SELECT subject, arg_max(facts, since) FROM store.answers
            WHERE pipeline = $1 AND enricher = $2 AND declared = $3 AND since <= $4
            GROUP BY subject HAVING arg_max(found, since)
            """
        );
        foreach (
            var value in new object[] { pipeline, service.Name, service.Question, TimestampModule.toDateTime(knownAt) }
        )
        {
            command.Parameters.Add(new DuckDbParameter { Value = value });
        }

        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            cache.Put(UuidModule.ofGuid(reader.GetGuid(0)), Read(reader.GetString(1)));
        }
    }

    /// <summary>What of a table of wanted subjects is to be asked; those seen last first.</summary>
    public DueSubjects Due(string wanted, DateTime now)
    {
        connection.Execute(
            "CREATE OR REPLACE TEMP TABLE due (subject UUID, type UTINYINT, value VARCHAR, tlp UTINYINT, last_seen TIMESTAMP)"
        );
        // A value that any source of the store ever marked more strictly stays here, so every claim is asked for its marking.
        connection.Run(
            $"""
            INSERT INTO due
            SELECT c.subject, any_value(c.type), any_value(c.value), max(c.tlp), max(c.last_seen)
            FROM store.claims c
            SEMI JOIN {wanted} w ON w.subject = c.subject
            ANTI JOIN (
                SELECT subject FROM store.answers WHERE pipeline = $1 AND enricher = $2 AND declared = $3
                GROUP BY subject HAVING max(asked_at) > CASE WHEN arg_max(found, asked_at) THEN $4 ELSE $5 END
            ) fresh ON fresh.subject = c.subject
            GROUP BY c.subject
            """,
            pipeline,
            service.Name,
            service.Question,
            now - service.Ttl,
            now - service.NegativeTtl
        );
        var most = (int)TlpModule.code(service.MaxTlp);
        return new DueSubjects(
            connection.Value<long>("SELECT count(*) FROM due"),
            connection.Value<long>($"SELECT count(*) FROM due WHERE tlp > {most}"),
            connection.Rows(
                $"SELECT subject, type, value FROM due WHERE tlp <= {most} ORDER BY last_seen DESC, value, type LIMIT {service.MaxRequests}",
                reader => new DueSubject(
                    reader.GetGuid(0),
                    ObservableTypeModule.tryOfCode(reader.GetByte(1)).Value,
                    reader.GetString(2)
                )
            )
        );
    }

    /// <summary>Keeps answers. Part of the caller's transaction.</summary>
    public void Save(IReadOnlyList<Answer> answers, DateTime now)
    {
        connection.Execute(
            "CREATE OR REPLACE TEMP TABLE said (subject UUID, type UTINYINT, value VARCHAR, found BOOLEAN, facts VARCHAR)"
        );
        foreach (var (subject, values) in answers)
        {
            connection.Run(
                "INSERT INTO said VALUES ($1, $2, $3, $4, $5)",
                subject.Id,
                (int)ObservableTypeModule.code(subject.Type),
                subject.Value,
                values is not null,
                Write(values)
            );
        }

        connection.Run(
            """
            UPDATE store.answers a SET asked_at = $4 FROM said s
            WHERE a.pipeline = $1 AND a.enricher = $2 AND a.declared = $3 AND a.subject = s.subject AND a.found = s.found AND a.facts = s.facts
            AND a.since = (
                SELECT max(o.since) FROM store.answers o
                WHERE o.pipeline = $1 AND o.enricher = $2 AND o.declared = $3 AND o.subject = a.subject
            )
            """,
            pipeline,
            service.Name,
            service.Question,
            now
        );
        connection.Run(
            """
            INSERT INTO store.answers
            SELECT $1, $2, $3, s.subject, s.type, s.value, $4, $4, s.found, s.facts FROM said s
            ANTI JOIN (
                SELECT subject FROM store.answers WHERE pipeline = $1 AND enricher = $2 AND declared = $3 AND asked_at = $4
            ) kept ON kept.subject = s.subject
            """,
            pipeline,
            service.Name,
            service.Question,
            now
        );
    }

    private string Write(FactValue[]? values)
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
    private IEnumerable<(string Fact, FactValue Value)> Read(string facts)
    {
        var asked = ListModule.OfSeq(
            service.Facts.Select(one => new AskedFact(one.Fact, ListModule.OfSeq([JsonStep.NewKey(one.Fact.Name)])))
        );
        var values = AnswerReading.tryRead(asked, Encoding.UTF8.GetBytes(facts));
        return values.IsSome ? asked.Zip(values.Value, (one, value) => (one.Fact.Name, value)) : [];
    }
}
