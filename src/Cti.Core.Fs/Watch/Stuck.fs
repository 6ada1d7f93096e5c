// Whether a stage is stuck: it has work, and made no progress for too long. Pure; the host counts and has the clock.
namespace Cti.Core

open System

/// What is known of a stage at an instant.
type StageActivity =
    {
        Pipeline: string
        /// `read`, `map`, …, `store`, `sink:NAME`.
        Stage: string
        /// Since when it has had work without a pause; none where it is idle.
        BusySince: DateTimeOffset voption
        /// When it last got something done; none where never.
        LastProgress: DateTimeOffset voption
    }

[<RequireQualifiedAccess>]
module StageActivity =
    /// How long the stage has had work and got nothing done; none where it is idle.
    let idleWithWork (now: DateTimeOffset) (stage: StageActivity) : TimeSpan voption =
        match stage.BusySince, stage.LastProgress with
        | ValueSome since, ValueSome progress -> ValueSome(now - max since progress)
        | ValueSome since, ValueNone -> ValueSome(now - since)
        | ValueNone, _ -> ValueNone

    /// Whether it is stuck.
    let isStuck (patience: TimeSpan) (now: DateTimeOffset) (stage: StageActivity) : bool =
        match idleWithWork now stage with
        | ValueSome idle -> idle > patience
        | ValueNone -> false
