// The answers of a pipeline's services in memory, for whoever asks row by row; new ones come in while sinks ask.

using System.Collections.Concurrent;
using Cti.Core;

namespace Cti.Host.Enrich;

/// <summary>One per pipeline and command. Safe from any thread; one at a time puts.</summary>
/// <param name="facts">Every fact the pipeline names, in its order.</param>
internal sealed class AnswerCache(NamedFact[] facts) : IAnswers
{
    private readonly ConcurrentDictionary<UInt128, AnswerFacts> _known = new();

    public AnswerFacts Find(UInt128 indicator) => _known.GetValueOrDefault(indicator, AnswerFacts.Unknown);

    /// <summary>Takes what one service says of a subject; whether that is something else than before.</summary>
    /// <param name="indicator">The subject's id.</param>
    /// <param name="said">The service's facts with their values.</param>
    public bool Put(UInt128 indicator, IEnumerable<(string Fact, FactValue Value)> said)
    {
        var before = Find(indicator);
        var values = facts.Select((_, place) => before.At(place)).ToArray();
        foreach (var (fact, value) in said)
        {
            var place = Array.FindIndex(facts, known => known.Name == fact);
            if (place >= 0)
            {
                values[place] = value;
            }
        }

        if (values.Index().All(value => value.Item.Equals(before.At(value.Index))))
        {
            return false;
        }

        _known[indicator] = AnswerFacts.Of(facts, values);
        return true;
    }
}
