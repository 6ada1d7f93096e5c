// The answers of a pipeline's services in memory, for whoever asks row by row; new ones come in while sinks ask.

using System.Collections.Concurrent;
using System.IO.Hashing;
using System.Text;
using Cti.Core;

namespace Cti.Host.Enrich;

/// <summary>One per pipeline and command. Safe from any thread.</summary>
/// <param name="facts">Every fact the pipeline names, in its order.</param>
internal sealed class AnswerCache(NamedFact[] facts) : IAnswers
{
    private readonly ConcurrentDictionary<UInt128, FactValue[]> _values = new();
    private readonly ConcurrentDictionary<UInt128, AnswerFacts> _known = new();

    public AnswerFacts Find(ObservableType kind, ReadOnlySpan<byte> value) =>
        _known.TryGetValue(Key(kind, value), out var found) ? found : AnswerFacts.Unknown;

    /// <summary>Takes what one service says of a subject; whether that is something else than before.</summary>
    /// <param name="kind">Of the subject.</param>
    /// <param name="value">Of the subject.</param>
    /// <param name="said">The service's facts with their values.</param>
    public bool Put(ObservableType kind, string value, IEnumerable<(string Fact, FactValue Value)> said)
    {
        var key = Key(kind, Encoding.UTF8.GetBytes(value));
        var before = _values.GetValueOrDefault(key);
        var values = before is null ? Enumerable.Repeat(FactValue.Unknown, facts.Length).ToArray() : [.. before];
        foreach (var (fact, one) in said)
        {
            var place = Array.FindIndex(facts, known => known.Name == fact);
            if (place >= 0)
            {
                values[place] = one;
            }
        }

        if (before is null ? values.All(one => one.IsUnknown) : values.SequenceEqual(before))
        {
            return false;
        }

        _values[key] = values;
        _known[key] = AnswerFacts.Of(facts, values);
        return true;
    }

    private static UInt128 Key(ObservableType kind, ReadOnlySpan<byte> value) =>
        XxHash128.HashToUInt128(value, ObservableTypeModule.code(kind));
}
