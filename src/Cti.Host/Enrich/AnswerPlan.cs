// A service that is asked about one subject at a time, as declared: every setting with its meaning; defaults and ranges stand in the core's EnrichDecoder.

using System.IO.Hashing;
using System.Text;
using Cti.Core;
using Cti.Core.Declare;
using Cti.Core.Predicates;
using Cti.Host.Sources.Http;
using Microsoft.FSharp.Collections;

namespace Cti.Host.Enrich;

/// <summary>`enrich: [ { type: http } ]`, references resolved.</summary>
public sealed record AnswerPlan
{
    public required string Name { get; init; }

    /// <summary>The types it is asked about.</summary>
    public required IReadOnlyList<ObservableType> Types { get; init; }

    /// <summary>Which indicators of these; null for all.</summary>
    public required Predicate? Where { get; init; }

    /// <summary>How it is asked.</summary>
    public required HttpPlan Page { get; init; }
    public required FSharpList<AskedFact> Facts { get; init; }

    /// <summary>A value with a stricter marking is never sent out.</summary>
    public required Tlp MaxTlp { get; init; }
    public required TimeSpan Ttl { get; init; }

    /// <summary>Where the service knew nothing.</summary>
    public required TimeSpan NegativeTtl { get; init; }
    public required int RequestsPerMinute { get; init; }

    /// <summary>Of one run.</summary>
    public required int MaxRequests { get; init; }

    /// <summary>Of all questions of one run.</summary>
    public required TimeSpan MaxTime { get; init; }

    /// <summary>At a time.</summary>
    public required int Parallel { get; init; }

    /// <summary>The same for the same question and the same facts: an answer to another question is none.</summary>
    public string Question
    {
        get
        {
            var facts = Facts.Select(fact => $"{fact.Fact.Name} {fact.Fact.Kind} {JsonPathModule.text(fact.Path)}");
            var text = $"{Page.Method} {Page.Url}\n{Page.Body}\n{string.Join('\n', facts)}";
            return Convert.ToHexStringLower(XxHash64.Hash(Encoding.UTF8.GetBytes(text)));
        }
    }
}
