// When a download is tried again: transient faults only, after a delay that doubles and has jitter, or after what the server asks for.

using Polly;
using Polly.Retry;

namespace Cti.Host.Sources.Http;

internal static class HttpRetry
{
    /// <summary>Longest delay of our own between two attempts.</summary>
    public static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(2);

    /// <summary>Longest wait a server may ask for; a longer one ends the source for this run.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    public static ResiliencePipeline Pipeline(HttpPlan plan, TimeProvider clock)
    {
        var builder = new ResiliencePipelineBuilder { TimeProvider = clock };
        if (plan.Retries > 0)
        {
            builder.AddRetry(
                new RetryStrategyOptions
                {
                    MaxRetryAttempts = plan.Retries,
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    Delay = plan.RetryDelay,
                    MaxDelay = LongestDelay > plan.RetryDelay ? LongestDelay : plan.RetryDelay,
                    ShouldHandle = new PredicateBuilder().Handle<HttpFault>(fault => fault.IsTransient),
                    DelayGenerator = arguments =>
                        new(arguments.Outcome.Exception is HttpFault { RetryAfter: { } wait } ? wait : null),
                }
            );
        }

        return builder.Build();
    }
}
