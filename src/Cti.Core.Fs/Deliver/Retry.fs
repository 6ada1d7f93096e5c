// When a failed send is tried again, and how fast sends may follow each other. Times are arguments; the host waits.
namespace Cti.Core

open System

/// How long an endpoint that fails is tried.
type RetryPolicy =
    {
        /// Sends in all, the first included; at least 1.
        Attempts: int
        /// Delay before the second attempt, doubled before each of the next.
        Base: TimeSpan
        /// Longest delay of our own.
        Max: TimeSpan
        /// From the first failure until it is given up, waits the endpoint asks for included.
        Total: TimeSpan
    }

[<RequireQualifiedAccess>]
module RetryPolicy =
    /// Five attempts within five minutes, 1 s, 2 s, 4 s and 8 s apart.
    let defaults =
        {
            Attempts = 5
            Base = TimeSpan.FromSeconds 1.0
            Max = TimeSpan.FromSeconds 30.0
            Total = TimeSpan.FromMinutes 5.0
        }

    let private within (policy: RetryPolicy) (since: TimeSpan) (delay: TimeSpan) =
        if since + delay > policy.Total then
            ValueNone
        else
            ValueSome delay

    let private grown (policy: RetryPolicy) (failures: int) (jitter: float) =
        let doubled =
            policy.Base.TotalSeconds * Math.Pow(2.0, float (min 30 (failures - 1)))

        TimeSpan.FromSeconds(min policy.Max.TotalSeconds doubled * (0.5 + 0.5 * jitter))

    /// The delay before the next attempt after `failures` transient failures, the first of them `since` ago; none to give up. `jitter`, 0 to 1,
    /// takes up to half of the delay away.
    let afterTransient (policy: RetryPolicy) (failures: int) (since: TimeSpan) (jitter: float) : TimeSpan voption =
        if failures >= policy.Attempts then
            ValueNone
        else
            within policy since (grown policy failures jitter)

    /// The same after the endpoint asked to be left alone: for as long as it said, never less. Its waits are no failed attempts: they end with
    /// the total time only.
    let afterThrottled
        (policy: RetryPolicy)
        (waits: int)
        (since: TimeSpan)
        (asked: TimeSpan voption)
        (jitter: float)
        : TimeSpan voption =
        match asked with
        | ValueSome time -> within policy since (max TimeSpan.Zero time)
        | ValueNone -> within policy since (grown policy waits jitter)

/// Records per time that a sink may send at most.
[<Struct>]
type Rate = { Records: int64; Per: TimeSpan }

[<RequireQualifiedAccess>]
module Rate =
    /// How long so many records keep the way busy.
    let cost (rate: Rate) (records: int) : TimeSpan =
        TimeSpan.FromTicks(int64 (Math.Ceiling(float records * float rate.Per.Ticks / float rate.Records)))

    /// The most records one send may hold, so that none is more than a second's worth.
    let burst (rate: Rate) : int =
        int (Math.Clamp(float rate.Records / rate.Per.TotalSeconds, 1.0, float Int32.MaxValue))
