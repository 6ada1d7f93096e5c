// What is said of an indicator besides its type and value, field by field: so that an output can tell which of it has no place in its format.
namespace Cti.Core

open System.Text

/// A field of an indicator that a format may have a place for.
[<Struct; RequireQualifiedAccess>]
type IndicatorField =
    | FirstSeen
    | LastSeen
    | Confidence
    | Tlp
    | Labels
    | Description
    | References

[<RequireQualifiedAccess>]
module IndicatorField =
    let all =
        [|
            IndicatorField.FirstSeen
            IndicatorField.LastSeen
            IndicatorField.Confidence
            IndicatorField.Tlp
            IndicatorField.Labels
            IndicatorField.Description
            IndicatorField.References
        |]

    /// The name, as of the column of a table.
    let name (field: IndicatorField) : string =
        match field with
        | IndicatorField.FirstSeen -> "first_seen"
        | IndicatorField.LastSeen -> "last_seen"
        | IndicatorField.Confidence -> "confidence"
        | IndicatorField.Tlp -> "tlp"
        | IndicatorField.Labels -> "labels"
        | IndicatorField.Description -> "description"
        | IndicatorField.References -> "references"

    /// What a row says in a field, for a person; empty where it says nothing.
    let text (batch: IndicatorBatch) (row: int) (field: IndicatorField) : string =
        match field with
        | IndicatorField.FirstSeen -> Timestamp.toText batch.FirstSeen[row]
        | IndicatorField.LastSeen -> Timestamp.toText batch.LastSeen[row]
        | IndicatorField.Confidence -> string batch.Confidence[row]
        | IndicatorField.Tlp -> Tlp.name batch.Tlp[row]
        | IndicatorField.Labels when batch.Labels[row].Count = 0 -> ""
        | IndicatorField.Labels -> batch.Labels[row].JsonText
        | IndicatorField.Description -> Encoding.UTF8.GetString(batch.Remarks.Description row)
        | IndicatorField.References -> Encoding.UTF8.GetString(batch.Remarks.References row)
