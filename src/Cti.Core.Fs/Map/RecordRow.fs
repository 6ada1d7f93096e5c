// A raw record as predicates see it: the columns a condition names. An empty column is NULL.
namespace Cti.Core

open System
open Cti.Core.Predicates

/// Looks at one record at a time; moving costs nothing. Not thread-safe.
[<Sealed; AllowNullLiteral(false)>]
type internal RecordRow() =
    let mutable raw = RawBatch 1
    let mutable record = 0
    let mutable columns: int[] = Array.empty

    /// `fields` holds the field of each column by the column's index.
    member _.MoveTo(batch: RawBatch, index: int, fields: int[]) : unit =
        raw <- batch
        record <- index
        columns <- fields

    interface IRow with
        member _.IsNull(field: Field) =
            match field with
            | Field.Text(TextField.Column(_, index)) -> CellText.isBlank (raw.Field(record, columns[index]))
            | _ -> true

        member _.Text(field: TextField) =
            match field with
            | TextField.Column(_, index) -> raw.Field(record, columns[index]).Trim ' 'B
            | _ -> ReadOnlySpan<byte>.Empty

        // A record has columns and nothing else.
        member _.Number(_) = 0L
        member _.Time(_) = Timestamp.none
        member _.Flag(_) = false
        member _.ListCount(_) = 0
        member _.ListItem(_, _) = ReadOnlySpan<byte>.Empty
