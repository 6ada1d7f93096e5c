// Asks a pipeline's services about what they have not answered yet, once per run: behind what came in, before sinks plan. A service that fails costs its
// facts, never a record.

using System.Globalization;
using Cti.Core;
using Cti.Host.Run;
using Cti.Host.Sources;
using Cti.Host.Store;

namespace Cti.Host.Enrich;

/// <summary>What became of the questions of a run.</summary>
/// <param name="Counts">In: subjects without an answer. Out: those that have one now. Screened: those whose marking keeps them here. In flight: left for the next run.</param>
/// <param name="Changed">Subjects of which something else is known now.</param>
/// <param name="Alarms">Services that do not answer.</param>
/// <param name="Notes">What else somebody should know.</param>
internal sealed record AnswersAsked(
    StageCounts Counts,
    IReadOnlyList<UInt128> Changed,
    IReadOnlyList<Alarm> Alarms,
    IReadOnlyList<string> Notes
);

internal static class AnswerPass
{
    // What a kill may lose: it is asked again.
    private const int Flush = 100;

    /// <summary>Asks every service of a plan.</summary>
    public static async Task<AnswersAsked> RunAsync(
        StoreFile store,
        PipelinePlan plan,
        AnswerCache cache,
        TimeProvider clock,
        long now,
        CancellationToken stop
    )
    {
        using var spool = new Spool(plan.StorePath);
        var counts = StageCountsModule.zero;
        var changed = new HashSet<UInt128>();
        var alarms = new List<Alarm>();
        var notes = new List<string>();
        var at = TimestampModule.toDateTime(now);
        foreach (var service in plan.Services)
        {
            var due = AnswerTable.Due(store.Connection, plan.Name, service, at);
            var mayLeave = due.Where(subject => subject.MayLeave).ToList();
            var asked = mayLeave.Take(service.MaxRequests).ToList();
            var waiting = new List<Answer>();
            using var round = new AnswerRound(service, spool, clock);
            AnswerOutcome outcome;
            try
            {
                outcome = await round.RunAsync(
                    asked,
                    answer =>
                    {
                        waiting.Add(answer);
                        if (waiting.Count >= Flush)
                        {
                            Keep(store, plan, service, cache, waiting, at, changed);
                        }
                    },
                    stop
                );
            }
            finally
            {
                Keep(store, plan, service, cache, waiting, at, changed);
            }

            var kept = due.Count - mayLeave.Count;
            counts = StageCountsModule.add(
                counts,
                new StageCounts(due.Count, 0, outcome.Answered, kept, 0, 0, 0, due.Count - kept - outcome.Answered)
            );
            Tell(service, outcome, mayLeave.Count, kept, alarms, notes);
        }

        return new AnswersAsked(counts, [.. changed], alarms, notes);
    }

    private static void Keep(
        StoreFile store,
        PipelinePlan plan,
        AnswerPlan service,
        AnswerCache cache,
        List<Answer> answers,
        DateTime at,
        HashSet<UInt128> changed
    )
    {
        if (answers.Count == 0)
        {
            return;
        }

        AnswerTable.Save(store.Connection, plan.Name, service, answers, at);
        foreach (var (subject, values) in answers)
        {
            // What a service no longer knows is no longer known.
            var said = service.Facts.Select(
                (asked, place) => (asked.Fact.Name, values is null ? FactValue.Unknown : values[place])
            );
            if (cache.Put(subject.Type, subject.Value, said))
            {
                changed.Add(UuidModule.ofGuid(subject.Id));
            }
        }

        answers.Clear();
    }

    private static void Tell(
        AnswerPlan service,
        AnswerOutcome outcome,
        int mayLeave,
        int kept,
        List<Alarm> alarms,
        List<string> notes
    )
    {
        var left = mayLeave - outcome.Answered;
        if (outcome.GaveUp || (outcome.Failed > 0 && outcome.Answered == 0))
        {
            alarms.Add(
                new Alarm(
                    "CTI-ENRICH-010",
                    service.Name,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"the service does not answer: {outcome.Problem}. {left:N0} values have no new facts; the next run asks again."
                    )
                )
            );
        }
        else if (outcome.Failed > 0)
        {
            notes.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"enricher {service.Name}: {outcome.Failed:N0} of {outcome.Failed + outcome.Answered:N0} questions failed, the last one: {outcome.Problem}; the next run asks again"
                )
            );
        }

        if (left > outcome.Failed && !outcome.GaveUp)
        {
            notes.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"enricher {service.Name}: {left - outcome.Failed:N0} values wait for the next run (`max_requests`)"
                )
            );
        }

        if (kept > 0)
        {
            notes.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"enricher {service.Name}: {kept:N0} values are marked above max_tlp {TlpModule.name(service.MaxTlp)} and were not sent out"
                )
            );
        }
    }
}
