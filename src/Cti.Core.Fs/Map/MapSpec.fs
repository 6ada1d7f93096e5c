// What a mapping says, and what can be wrong with it or with a record it meets. Types only.
namespace Cti.Core

/// A field of a raw record.
[<RequireQualifiedAccess>]
type FieldRef =
    /// By the name the header gives it (ordinal, as written there).
    | Name of string
    /// By its place, from 1.
    | Column of int

/// What a mapping says of the type of a value.
[<RequireQualifiedAccess>]
type TypeRule =
    /// To be recognised from the value.
    | Auto
    | Fixed of ObservableType
    /// A field that names it (see `TypeNames`); where it is empty the value is asked.
    | Field of FieldRef

/// A field that holds a point in time. An empty field gives none.
type TimeRule = { Field: FieldRef; Format: TimeFormat }

/// Where labels come from.
[<RequireQualifiedAccess>]
type LabelRule =
    | Const of string
    /// One label, or several parted by a text (not empty).
    | Field of field: FieldRef * split: string voption

/// How sure the source is, 0 to 100.
[<RequireQualifiedAccess>]
type ConfidenceRule =
    /// As declared by the source's trust.
    | Default
    | Const of byte
    /// A whole number from 0 to 100; where it is empty, as declared.
    | Field of FieldRef

/// How far a value may travel.
[<RequireQualifiedAccess>]
type TlpRule =
    /// As declared by the source's trust.
    | Default
    | Const of Tlp
    /// A name of TLP 2.0 in any case, with or without `TLP:`; where it is empty, as declared.
    | Field of FieldRef

/// How one candidate is made of a record. A record whose value field is empty yields none by this template.
type MapTemplate =
    {
        Value: FieldRef
        Type: TypeRule
        FirstSeen: TimeRule voption
        LastSeen: TimeRule voption
        Labels: LabelRule list
        Confidence: ConfidenceRule
        Tlp: TlpRule
        /// The field that names who reported it to the source; the candidate's source is then `declared/field`.
        Source: FieldRef voption
    }

[<RequireQualifiedAccess>]
module MapTemplate =
    /// The value of one field, everything else as declared by the source's trust.
    let ofValue (value: FieldRef) : MapTemplate =
        {
            Value = value
            Type = TypeRule.Auto
            FirstSeen = ValueNone
            LastSeen = ValueNone
            Labels = []
            Confidence = ConfidenceRule.Default
            Tlp = TlpRule.Default
            Source = ValueNone
        }

    /// Every field a template looks at, each once: what a reader that must be told has to cut out.
    let fields (template: MapTemplate) : FieldRef list =
        [
            template.Value

            match template.Type with
            | TypeRule.Field field -> field
            | TypeRule.Auto
            | TypeRule.Fixed _ -> ()

            for time in [ template.FirstSeen; template.LastSeen ] do
                match time with
                | ValueSome rule -> rule.Field
                | ValueNone -> ()

            for label in template.Labels do
                match label with
                | LabelRule.Field(field, _) -> field
                | LabelRule.Const _ -> ()

            match template.Confidence with
            | ConfidenceRule.Field field -> field
            | ConfidenceRule.Default
            | ConfidenceRule.Const _ -> ()

            match template.Tlp with
            | TlpRule.Field field -> field
            | TlpRule.Default
            | TlpRule.Const _ -> ()

            match template.Source with
            | ValueSome field -> field
            | ValueNone -> ()
        ]
        |> List.distinct

    /// The names of the fields that templates look at, each once.
    let fieldNames (templates: MapTemplate list) : string list =
        templates
        |> List.collect fields
        |> List.choose (fun field ->
            match field with
            | FieldRef.Name name -> Some name
            | FieldRef.Column _ -> None)
        |> List.distinct

/// A mapping as declared.
type MapSpec =
    {
        /// The source's declared name.
        Source: string
        Trust: Trust
        /// At least one.
        Templates: MapTemplate list
    }

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
            $"the source has no column '%s{name}'; it has: %s{known}"
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
