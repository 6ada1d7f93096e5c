// Asks a pipeline's services about what they have not answered yet, once per run: behind what came in, before sinks plan. A service that fails costs its
// facts, never a record and never the run (docs/decisions/0028).

using System.Globalization;
using Cti.Core;
using Cti.Host.Run;
using Cti.Host.Sinks;
using Cti.Host.Sources;
using Cti.Host.Store;

namespace Cti.Host.Enrich;

/// <summary>What became of the questions of a run.</summary>
/// <param name="Counts">In: subjects without an answer. Out: those that have one now. Screened: those whose marking keeps them here. In flight: left for the next run.</param>
/// <param name="Alarms">Services that do not answer.</param>
/// <param name="Notes">What somebody should know, the alarms too.</param>
internal sealed record AnswersAsked(StageCounts Counts, IReadOnlyList<Alarm> Alarms, IReadOnlyList<string> Notes);

/// <summary>Keeps answers and what they change for whoever hears of changes, in one transaction.</summary>
/// <param name="save">Writes the answers.</param>
/// <param name="changed">Subjects of which something else is known now.</param>
internal delegate Task KeepAnswers(Action save, IReadOnlyList<UInt128> changed);

/// <summary>One per run.</summary>
internal sealed class AnswerPass(
    StoreFile store,
    PipelinePlan plan,
    Dictionaries dictionaries,
    LoadedTables tables,
    ExitScreen screen,
    long now
)
{
    // What a kill may lose: it is asked again.
    private const int Portion = 100;

    // When nothing is known of so many it is worth a word.
    private const int Many = 20;

    private readonly DateTime _at = TimestampModule.toDateTime(now);
    private readonly List<Alarm> _alarms = [];
    private readonly List<string> _notes = [];

    /// <summary>Asks every service of the plan.</summary>
    /// <param name="spool">Where answers wait.</param>
    /// <param name="clock">For pauses and limits.</param>
    /// <param name="keep">Called for a few answers at a time.</param>
    /// <param name="stop">Ends the questions; what was answered is kept.</param>
    /// <param name="abort">Ends everything.</param>
    public async Task<AnswersAsked> RunAsync(
        Spool spool,
        TimeProvider clock,
        KeepAnswers keep,
        CancellationToken stop,
        CancellationToken abort
    )
    {
        var wanted = new WantedSubjects(store.Connection, plan.Services);
        new StatePass(
            store,
            dictionaries,
            tables.Enricher,
            screen,
            plan.Score,
            now,
            plan.Sources.Count > 0,
            [wanted]
        ).Run(abort);
        var counts = StageCountsModule.zero;
        foreach (var (place, service) in plan.Services.Index())
        {
            var table = new AnswerTable(store.Connection, plan.Name, service);
            var due = table.Due(WantedSubjects.Table(place), _at);
            using var round = new AnswerRound(service, spool, clock);
            foreach (var portion in due.Subjects.Chunk(Portion))
            {
                if (round.End != RoundEnd.None || stop.IsCancellationRequested)
                {
                    break;
                }

                var answers = await round.AskAsync(portion, stop);
                var changed = answers.Where(answer => Put(service, answer)).Select(Id).ToList();
                if (answers.Count > 0)
                {
                    await keep(() => table.Save(answers, _at), changed);
                }
            }

            var left = due.Count - due.Kept - round.Answered;
            counts = StageCountsModule.add(
                counts,
                new StageCounts(due.Count, 0, round.Answered, due.Kept, 0, 0, 0, left)
            );
            if (!stop.IsCancellationRequested)
            {
                Tell(service, round, left);
            }
        }

        return new AnswersAsked(counts, _alarms, _notes);
    }

    private static UInt128 Id(Answer answer) => UuidModule.ofGuid(answer.Subject.Id);

    // What a service no longer knows is no longer known.
    private bool Put(AnswerPlan service, Answer answer) =>
        tables.Answers!.Put(
            Id(answer),
            service.Facts.Select((asked, place) => (asked.Fact.Name, answer.Values?[place] ?? FactValue.Unknown))
        );

    private void Tell(AnswerPlan service, AnswerRound round, long left)
    {
        var isSilent = round.Answered == 0 && (round.Failed > 0 || round.End == RoundEnd.OutOfTime);
        if (round.End == RoundEnd.GaveUp || isSilent)
        {
            var problem = round.Problem.Length > 0 ? round.Problem : "nothing came within `max_time`";
            var alarm = new Alarm(
                "CTI-ENRICH-010",
                "enrich:" + service.Name,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the service does not answer: {problem}. {left:N0} values go without new facts; the next run asks again"
                )
            );
            _alarms.Add(alarm);
            _notes.Add($"enricher {service.Name}: {alarm.Code} {alarm.Message}");
        }
        else if (round.Failed > 0)
        {
            Note(
                service,
                $"{round.Failed:N0} of {round.Failed + round.Answered:N0} questions failed, the last one: {round.Problem}; the next run asks again"
            );
        }
        else if (left > 0)
        {
            var limit = round.End == RoundEnd.OutOfTime ? "max_time" : "max_requests";
            Note(service, $"{left:N0} values wait for the next run (`{limit}`)");
        }

        if (round.Unknown >= Many && round.Unknown == round.Answered)
        {
            Note(service, $"it knew none of {round.Answered:N0} values; look whether `url` and `facts` are right");
        }
    }

    private void Note(AnswerPlan service, FormattableString words) =>
        _notes.Add($"enricher {service.Name}: {words.ToString(CultureInfo.InvariantCulture)}");
}
