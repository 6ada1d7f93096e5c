// What can be wrong with a mapping, or with a record it meets.
namespace Cti.Core

/// Why a mapping does not fit a source's columns.
[<RequireQualifiedAccess>]
type MapError =
    /// No column has this name; these are there.
    | UnknownField of name: string * columns: string list
    /// The source has fewer columns, or the number is below 1.
    | UnknownColumn of column: int * columns: int
    /// The source has no names, so fields can be given by number only.
    | NoNames of field: string
    | NoTemplates

    /// Stable code; docs/codes.md lists them.
    member this.code =
        match this with
        | UnknownField _ -> "CTI-MAP-101"
        | UnknownColumn _ -> "CTI-MAP-102"
        | NoNames _ -> "CTI-MAP-103"
        | NoTemplates -> "CTI-MAP-104"

    /// What is wrong and what to do, for a person.
    member this.message =
        match this with
        | UnknownField(name, columns) ->
            let known = columns |> List.truncate 20 |> String.concat ", "

            match Suggest.nearest columns name with
            | Some near -> $"the source has no column '%s{name}'; did you mean '%s{near}'? It has: %s{known}"
            | None -> $"the source has no column '%s{name}'; it has: %s{known}"
        | UnknownColumn(column, columns) -> $"there is no column %d{column}; columns are counted from 1 to %d{columns}"
        | NoNames field ->
            $"'%s{field}' names a column, but the source has no header; give its number, or declare the header"
        | NoTemplates -> "a mapping needs at least one value"

/// Why a record, or one candidate of it, could not be mapped.
[<Struct; RequireQualifiedAccess>]
type MapFault =
    | NoValue
    | BadTime
    | TimeOutOfRange
    | BadConfidence
    | BadTlp
    | UnknownType
    | BadSource
    | TooManySources
    | BadLabel
    | TooManyItems
    | OtherType
    | BadReference
    | EmptyPart
    | ListPart
    | JoinedTooLong

    /// Stable code; docs/codes.md lists them.
    member this.code =
        match this with
        | NoValue -> "CTI-MAP-001"
        | BadTime -> "CTI-MAP-002"
        | TimeOutOfRange -> "CTI-MAP-003"
        | BadConfidence -> "CTI-MAP-004"
        | BadTlp -> "CTI-MAP-005"
        | UnknownType -> "CTI-MAP-006"
        | BadSource -> "CTI-MAP-007"
        | TooManySources -> "CTI-MAP-008"
        | BadLabel -> "CTI-MAP-009"
        | TooManyItems -> "CTI-MAP-010"
        | OtherType -> "CTI-MAP-011"
        | BadReference -> "CTI-MAP-012"
        | EmptyPart -> "CTI-MAP-013"
        | ListPart -> "CTI-MAP-014"
        | JoinedTooLong -> "CTI-MAP-015"

    /// What is wrong, for a person.
    member this.message =
        match this with
        | NoValue -> "no field that could hold a value holds one"
        | BadTime -> "not a point in time as the declared format writes it"
        | TimeOutOfRange -> "a point in time before 1970-01-01 or from 2100-01-01 on"
        | BadConfidence -> "not a whole number from 0 to 100"
        | BadTlp -> "not a TLP marking: clear, green, amber, amber+strict or red"
        | UnknownType -> "not the name of an observable type that is known here"
        | BadSource -> "a source's name has 1 to 64 bytes, all of them printable"
        | TooManySources -> "the run has met 4,096 names of reporting sources already; this field does not name sources"
        | BadLabel -> "a label has 1 to 256 bytes without control characters, and a record at most 128 of them"
        | TooManyItems ->
            "a cell of more than 10,000 values: no field that the mapping splits holds so many; let a reader cut the source into records"
        | OtherType -> "the value names its own type, which is not the one the mapping gives it"
        | BadReference ->
            "not an address of http or https with at most 2,048 bytes and no blanks; the value itself went on without it"
        | EmptyPart -> "a value put together of several fields, one of which is empty in this record"
        | ListPart ->
            "a value put together of several fields, one of which is a list in this record: which of its items is meant cannot be told"
        | JoinedTooLong -> "a value put together of several fields that is longer than 4,096 bytes; no value is"
