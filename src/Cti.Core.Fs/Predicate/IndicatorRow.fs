// A row of an indicator batch, as predicates see it.
namespace Cti.Core.Predicates

open System
open System.Text
open Cti.Core

/// Looks at one row of a batch at a time; moving costs nothing. Not thread-safe: one per worker.
[<Sealed; AllowNullLiteral(false)>]
type IndicatorRow() =
    static let types =
        Array.append
            [| Array.empty |]
            (ObservableType.all
             |> Array.map (fun kind -> Encoding.UTF8.GetBytes(ObservableType.name kind)))

    static let markings =
        Tlp.all |> Array.map (fun tlp -> Encoding.UTF8.GetBytes(Tlp.name tlp))

    let mutable batch = IndicatorBatch 0
    let mutable row = 0

    let names (field: ListField) =
        match field with
        | ListField.Labels -> batch.Labels[row]
        | ListField.Sources -> batch.Sources[row]

    let time (field: TimeField) =
        match field with
        | TimeField.FirstSeen -> batch.FirstSeen[row]
        | TimeField.LastSeen -> batch.LastSeen[row]

    member _.MoveTo(target: IndicatorBatch, index: int) : unit =
        batch <- target
        row <- index

    interface IRow with
        member _.IsNull(field: Field) =
            match field with
            | Field.Time name -> Timestamp.isNone (time name)
            | Field.Text(TextField.Column _) -> true
            | Field.Text _
            | Field.Number _
            | Field.List _ -> false

        member _.Text(field: TextField) =
            match field with
            | TextField.Type -> ReadOnlySpan<byte>(types[int (ObservableType.code batch.Type[row])])
            | TextField.Value -> batch.Value[row]
            | TextField.Tlp -> ReadOnlySpan<byte>(markings[int (Tlp.code batch.Tlp[row])])
            | TextField.Column _ -> ReadOnlySpan<byte>.Empty

        member _.Number(field: NumberField) =
            match field with
            // The batch counts to 10,000, people to 100: 59.99 is not yet 60.
            | NumberField.Score -> int64 (batch.Score[row] / 100)
            | NumberField.Confidence -> int64 batch.Confidence[row]
            | NumberField.SourceCount -> int64 batch.Sources[row].Count

        member _.Time(field: TimeField) = time field
        member _.ListCount(field: ListField) = (names field).Count
        member _.ListItem(field: ListField, index: int) = (names field).Utf8 index
