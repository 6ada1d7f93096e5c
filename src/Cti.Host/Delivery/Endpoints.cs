// One circuit breaker per endpoint: sinks that speak to the same other side learn from each other that it is down.

using System.Collections.Concurrent;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace Cti.Host.Delivery;

/// <summary>One per process or run; safe from any thread.</summary>
internal sealed class Endpoints(TimeProvider clock)
{
    private static readonly TimeSpan Break = TimeSpan.FromSeconds(15);
    private readonly ConcurrentDictionary<string, ResiliencePipeline<SendOutcome>> _breakers = new(
        StringComparer.Ordinal
    );

    /// <summary>The breaker of an endpoint: five transient failures within a minute and nearly no success open it for 15 s.</summary>
    public ResiliencePipeline<SendOutcome> BreakerOf(string endpoint) => _breakers.GetOrAdd(endpoint, _ => Make());

    private ResiliencePipeline<SendOutcome> Make() =>
        new ResiliencePipelineBuilder<SendOutcome> { TimeProvider = clock }
            .AddCircuitBreaker(
                new CircuitBreakerStrategyOptions<SendOutcome>
                {
                    FailureRatio = 0.9,
                    MinimumThroughput = 5,
                    SamplingDuration = TimeSpan.FromMinutes(1),
                    BreakDuration = Break,
                    ShouldHandle = new PredicateBuilder<SendOutcome>()
                        .Handle<TimeoutRejectedException>()
                        .HandleResult(outcome => outcome is NotDelivered { Kind: FailureKind.Transient }),
                }
            )
            .Build();
}
