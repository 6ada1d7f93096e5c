// What a pipeline says about the delivery of a stream sink, with every default.
namespace Cti.Core

open System

/// How records are put together for one send.
type BatchRules =
    {
        /// Records a send holds at most; none: what the transport thinks best.
        Records: int option
        /// Bytes a send holds at most, a larger single record alone excepted; none: what the transport thinks best.
        Bytes: int option
        /// How long a batch that is not full waits for more.
        Time: TimeSpan
    }

/// How a stream sink is delivered to.
type DeliverySettings =
    {
        OnFull: OverflowStrategy
        /// Changes the sink may be behind before ingestion waits (with `on_full: wait`).
        MaxLag: int64
        /// Whether the run fails at once when the sink does.
        IsRequired: bool
        Retry: RetryPolicy
        /// Of one send, until it is acknowledged.
        Timeout: TimeSpan
        /// None: as fast as it goes.
        Rate: Rate option
        Batch: BatchRules
    }

[<RequireQualifiedAccess>]
module DeliverySettings =
    /// Lock step, five attempts, 30 s for a send, batches that wait a second at most, no limit on the rate.
    let defaults =
        {
            OnFull = OverflowStrategy.Wait
            MaxLag = 0L
            IsRequired = false
            Retry = RetryPolicy.defaults
            Timeout = TimeSpan.FromSeconds 30.0
            Rate = None
            Batch =
                {
                    Records = None
                    Bytes = None
                    Time = TimeSpan.FromSeconds 1.0
                }
        }
