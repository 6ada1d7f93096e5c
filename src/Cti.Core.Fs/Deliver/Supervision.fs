// What becomes of a run when a source, or a record of it, cannot be used: Akka's words for what a supervisor decides.
namespace Cti.Core

/// About a record that a stage cannot use.
[<Struct; RequireQualifiedAccess>]
type RecordDirective =
    /// It becomes a dead letter, and the records behind it go on.
    | Resume
    /// The run fails at it, and its epoch is not committed.
    | Stop

/// About a source that cannot be read.
[<RequireQualifiedAccess>]
type SourceDirective =
    /// The other sources go on; the run ends as failed, with an alarm.
    | Resume
    /// The run fails at once: nothing more is read, planned or applied.
    | Stop
    /// It is asked again, later and later; in the end as with resume.
    | Restart of RetryPolicy

/// What is decided for one source, stage by stage.
type Supervision =
    {
        Source: SourceDirective
        Read: RecordDirective
        Map: RecordDirective
        Normalise: RecordDirective
    }

[<RequireQualifiedAccess>]
module Supervision =
    /// Resume, everywhere.
    let defaults =
        {
            Source = SourceDirective.Resume
            Read = RecordDirective.Resume
            Map = RecordDirective.Resume
            Normalise = RecordDirective.Resume
        }

    /// About a record that this stage rejects. Stages behind the store have deciders of their own (`DeliverySettings`).
    let ofStage (supervision: Supervision) (stage: Stage) : RecordDirective =
        match stage with
        | Stage.Read -> supervision.Read
        | Stage.Map -> supervision.Map
        | Stage.Normalise -> supervision.Normalise
        | _ -> RecordDirective.Resume

    /// The first of a batch's rejections that ends the run; none where all may become dead letters.
    let firstStop (supervision: Supervision) (rejections: ResizeArray<Rejection>) : Rejection voption =
        if
            supervision.Read = RecordDirective.Resume
            && supervision.Map = RecordDirective.Resume
            && supervision.Normalise = RecordDirective.Resume
        then
            ValueNone
        else
            match
                rejections
                |> Seq.tryFind (fun row -> ofStage supervision row.Stage = RecordDirective.Stop)
            with
            | Some row -> ValueSome row
            | None -> ValueNone
