// How changes are handed to a stream sink: fresh ones by a bounded queue, the rest from the store's log. Decides which of the two comes next, when
// ingestion waits for the sink, and when the sink changes from one to the other, so that nothing is lost and nothing comes out of order.
// Knows sequences and counts only; the host holds the pages, reads the log, and waits.
namespace Cti.Core

open System

/// What happens when a stream sink cannot keep up.
[<Struct; RequireQualifiedAccess>]
type OverflowStrategy =
    /// Ingestion waits while the sink's lag exceeds its `max_lag`.
    | Wait
    /// Ingestion goes on; the sink reads what it missed from the log.
    | Spill

/// Bounds of a sink's handover.
type HandoverSettings =
    {
        /// Pages the queue holds, at least 1.
        Capacity: int
        /// Changes read from the log at once, at least 1.
        LogPage: int64
        OnFull: OverflowStrategy
        /// Changes the sink may be behind while ingestion goes on; 0: every epoch is acknowledged before the next commits.
        MaxLag: int64
    }

/// Where the sink's next change comes from.
[<Struct; RequireQualifiedAccess>]
type Lane =
    /// In step: from the queue.
    | Queue
    /// Catching up: from the log, once the queue is empty.
    | Log

/// How far the run is, as the handover sees it.
[<Struct; RequireQualifiedAccess>]
type HandoverPhase =
    | Running
    /// The run was asked to end: nobody waits for the sink any more, and what is committed still goes out.
    | Draining
    /// The log will not grow any more in this run.
    | Completed
    /// The sink takes nothing more in this run: it failed, or its time is over.
    | Stopped

/// What the sink does next.
[<Struct; RequireQualifiedAccess>]
type HandoverStep =
    | TakePage
    /// Read the log's entries behind `After` up to and with `UpTo`.
    | ReadLog of After: int64 * UpTo: int64
    /// Nothing to do until the log grows.
    | Idle
    /// All of the log is taken, and it will not grow.
    | Finished

/// What ingestion does with a fresh page.
[<Struct; RequireQualifiedAccess>]
type OfferStep =
    | Enqueue
    /// The sink reads it from the log, or has read it, or takes nothing more.
    | Skip
    /// Offer it again when the sink has moved.
    | Wait

/// The state of one sink's handover. `Acknowledged <= Taken <= Tail <= LogEnd` while it is in step.
type Handover =
    {
        Settings: HandoverSettings
        /// Last change the endpoint has for good, and the store knows it.
        Acknowledged: int64
        /// Last change the sink has taken out of the queue or read from the log.
        Taken: int64
        /// Last change that was put into the queue, or was taken when it was empty.
        Tail: int64
        /// Last change committed.
        LogEnd: int64
        /// Pages in the queue.
        Queued: int
        Lane: Lane
        Phase: HandoverPhase
    }

    /// Committed changes that are not acknowledged.
    member state.Lag = state.LogEnd - state.Acknowledged

[<RequireQualifiedAccess>]
module Handover =
    /// A sink that acknowledged up to `cursor` of a log that ends at `logEnd`: it catches up first.
    let start (settings: HandoverSettings) (cursor: int64) (logEnd: int64) : Handover =
        {
            Settings = settings
            Acknowledged = cursor
            Taken = cursor
            Tail = cursor
            LogEnd = max cursor logEnd
            Queued = 0
            Lane = Lane.Log
            Phase = HandoverPhase.Running
        }

    let private waits (state: Handover) =
        state.Phase = HandoverPhase.Running
        && state.Settings.OnFull = OverflowStrategy.Wait
        && state.Lag > state.Settings.MaxLag

    /// Whether ingestion must wait for the sink before it commits more.
    let holdsIngestion (state: Handover) : bool = waits state

    /// The log has grown to `last`; its new pages will be offered.
    let committed (last: int64) (state: Handover) : Handover =
        { state with
            LogEnd = max state.LogEnd last
        }

    /// The log has grown to `last` by entries that nobody holds in memory.
    let logged (last: int64) (state: Handover) : Handover =
        if last <= state.LogEnd then
            state
        else
            { state with
                LogEnd = last
                Lane = Lane.Log
            }

    /// A fresh page that ends with change `last`; pages are offered in the log's order, after `committed` told of them.
    let offer (last: int64) (state: Handover) : struct (OfferStep * Handover) =
        if
            state.Phase = HandoverPhase.Stopped
            || state.Lane = Lane.Log
            || last <= state.Tail
        then
            OfferStep.Skip, state
        elif state.Queued < state.Settings.Capacity then
            OfferStep.Enqueue,
            { state with
                Queued = state.Queued + 1
                Tail = last
            }
        elif waits state then
            OfferStep.Wait, state
        else
            OfferStep.Skip, { state with Lane = Lane.Log }

    /// What the sink does next. In step again once it has taken all there is.
    let next (state: Handover) : struct (HandoverStep * Handover) =
        if state.Phase = HandoverPhase.Stopped then
            HandoverStep.Finished, state
        elif state.Queued > 0 then
            HandoverStep.TakePage, state
        elif state.Taken >= state.LogEnd then
            let joined =
                { state with
                    Lane = Lane.Queue
                    Tail = state.Taken
                }

            (if state.Phase = HandoverPhase.Completed then
                 HandoverStep.Finished
             else
                 HandoverStep.Idle),
            joined
        elif state.Lane = Lane.Log then
            HandoverStep.ReadLog(state.Taken, min state.LogEnd (state.Taken + state.Settings.LogPage)), state
        else
            // In step, and the page is about to be offered.
            HandoverStep.Idle, state

    /// The sink took the queue's first page, which ends with `last`.
    let took (last: int64) (state: Handover) : Handover =
        { state with
            Queued = state.Queued - 1
            Taken = last
        }

    /// The sink read the log up to and with `last`.
    let read (last: int64) (state: Handover) : Handover =
        { state with
            Taken = max state.Taken last
            Tail = max state.Tail last
        }

    /// The endpoint has everything up to `sequence`, and the store knows it.
    let acknowledged (sequence: int64) (state: Handover) : Handover =
        { state with
            Acknowledged = max state.Acknowledged sequence
        }

    /// The run was asked to end.
    let drain (state: Handover) : Handover =
        if state.Phase = HandoverPhase.Running then
            { state with
                Phase = HandoverPhase.Draining
            }
        else
            state

    /// Nothing more is committed; what was announced and never offered is read from the log.
    let complete (state: Handover) : Handover =
        if state.Phase = HandoverPhase.Stopped then
            state
        else
            { state with
                Phase = HandoverPhase.Completed
                Lane = if state.Tail < state.LogEnd then Lane.Log else state.Lane
            }

    /// The sink takes nothing more.
    let stop (state: Handover) : Handover =
        { state with
            Phase = HandoverPhase.Stopped
            Queued = 0
        }
