// What one change of the log looks like to a stream sink: the formats a pipeline declares, and the one place that writes them.
namespace Cti.Core

open System

/// A line for each change.
[<Struct; RequireQualifiedAccess>]
type ChangeFormat =
    | Ndjson
    | Cef
    | Leef
    | Ecs
    /// An envelope of TAXII 2.1 with objects of STIX 2.1.
    | Stix

[<RequireQualifiedAccess>]
module ChangeFormat =
    let all =
        [|
            ChangeFormat.Ndjson
            ChangeFormat.Cef
            ChangeFormat.Leef
            ChangeFormat.Ecs
            ChangeFormat.Stix
        |]

    /// The name used in YAML (`render: { type: … }`).
    let name (format: ChangeFormat) =
        match format with
        | ChangeFormat.Ndjson -> "ndjson"
        | ChangeFormat.Cef -> "cef"
        | ChangeFormat.Leef -> "leef"
        | ChangeFormat.Ecs -> "ecs"
        | ChangeFormat.Stix -> "stix_changes"

    /// Why the format cannot hold a value of canonical form, or none if it can.
    let check (format: ChangeFormat) (observable: ObservableType) (value: ReadOnlySpan<byte>) : RenderReason voption =
        match format with
        | ChangeFormat.Ndjson -> ValueNone
        | ChangeFormat.Cef -> Cef.check observable value
        | ChangeFormat.Leef -> Leef.check observable value
        | ChangeFormat.Ecs -> Ecs.check observable
        | ChangeFormat.Stix -> StixChange.check observable value

    /// One line with its end. `sequence` is the change's number in the log. `check` refuses nothing of the row.
    let write
        (format: ChangeFormat)
        (batch: IndicatorBatch)
        (row: int)
        (sequence: int64)
        (op: ChangeOp)
        (writer: Utf8Writer)
        : unit =
        match format with
        | ChangeFormat.Ndjson -> Ndjson.writeChange batch row sequence op writer
        | ChangeFormat.Cef -> Cef.writeChange batch row sequence op writer
        | ChangeFormat.Leef -> Leef.writeChange batch row sequence op writer
        | ChangeFormat.Ecs -> Ecs.writeChange batch row sequence op writer
        | ChangeFormat.Stix -> StixChange.writeChange batch row op writer

/// What holds now, one line per indicator: as if each had just been added.
[<Sealed; AllowNullLiteral(false)>]
type LinesRenderer(format: ChangeFormat) =
    let losses = LossList()

    interface IRenderer with
        member _.CanHold(observable, value) =
            ChangeFormat.check format observable value

        member _.Losses = losses

        member _.Holds field =
            match format, field with
            | ChangeFormat.Ecs, _ -> true
            // As in a bundle: a last sighting makes no new version.
            | ChangeFormat.Stix, IndicatorField.LastSeen -> false
            | ChangeFormat.Stix, _ -> true
            | _, IndicatorField.References -> false
            | _ -> true

        member _.Header(_, _) = ()

        member _.Rows(batch, selected, writer) =
            for index in 0 .. selected.Length - 1 do
                let row = selected[index]

                if (ChangeFormat.check format batch.Type[row] batch.Value[row]).IsNone then
                    ChangeFormat.write format batch row 0L ChangeOp.Added writer

                    if format = ChangeFormat.Stix then
                        StixChange.noteLosses losses batch.Type[row] batch.Value[row]

        member _.Footer(_, _) = ()
