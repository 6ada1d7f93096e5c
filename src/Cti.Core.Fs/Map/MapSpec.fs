// What a mapping says. Types only.
// Several texts that part a cell: the longest that stands at a place counts. Items of a list field (a JSON array) are parted in any case.
namespace Cti.Core

/// A field of a raw record.
[<RequireQualifiedAccess>]
type FieldRef =
    /// By the name the header gives it (ordinal, as written there).
    | Name of string
    /// By its place, from 1.
    | Column of int

/// What stands behind the text of a value's field, where a value is spread over several.
[<RequireQualifiedAccess>]
type ValuePart =
    /// Stands there as it is in every record.
    | Const of string
    /// What a field says, blanks around taken off.
    | Field of FieldRef

/// Where the value stands, and what of it is taken.
type ValueRule =
    {
        Field: FieldRef
        /// What is put behind the field's text, in this order; then the cell is taken whole, and the rules below say nothing.
        Append: ValuePart list
        /// Texts that part several values in one cell.
        Split: string list
        /// Takes this one of several only, from 1.
        Item: int voption
        /// What may stand before a value and is no part of it. One of them is taken off, the longest; ASCII letters in any case.
        StripPrefix: string list
        /// The same behind it.
        StripSuffix: string list
    }

[<RequireQualifiedAccess>]
module ValueRule =
    /// All that stands in a field.
    let ofField (field: FieldRef) : ValueRule =
        {
            Field = field
            Append = []
            Split = []
            Item = ValueNone
            StripPrefix = []
            StripSuffix = []
        }

/// What a type's name in a record means.
[<Struct; RequireQualifiedAccess>]
type TypeChoice =
    | Take of TypeHint
    /// Records of this type are not wanted: a screening.
    | Skip

/// What becomes of a type's name that is not in the table.
[<Struct; RequireQualifiedAccess>]
type OtherType =
    /// It may be one of `TypeNames`; else the candidate is rejected.
    | Known
    /// The value is asked.
    | Auto
    /// The record is not wanted: a screening.
    | Skip
    /// The candidate is rejected.
    | Reject

/// A field that names the type; where it is empty the value is asked.
type TypeColumn =
    {
        Field: FieldRef
        /// Names and what they mean; ASCII letters in any case. Where it is empty, `TypeNames` is the table.
        Table: (string * TypeChoice) list
        Otherwise: OtherType
    }

/// What a mapping says of the type of a value.
[<RequireQualifiedAccess>]
type TypeRule =
    /// To be recognised from the value.
    | Auto
    | Fixed of ObservableType
    | Field of TypeColumn

/// A field that holds a point in time. An empty field gives none.
type TimeRule =
    {
        Field: FieldRef
        Format: TimeFormat
        /// Texts that stand for no time, as `-` or `None`; blanks around them do not count.
        Blank: byte[] list
    }

/// Where labels come from.
[<RequireQualifiedAccess>]
type LabelRule =
    | Const of string
    /// One label, or several parted by one of the texts.
    | Field of field: FieldRef * split: string list

/// How sure the source is, 0 to 100.
[<RequireQualifiedAccess>]
type ConfidenceRule =
    /// As declared by the source's trust.
    | Default
    | Const of byte
    /// A word of the table, or a whole number from 0 to 100; where it is empty, as declared.
    | Field of field: FieldRef * table: (string * byte) list

/// How far a value may travel.
[<RequireQualifiedAccess>]
type TlpRule =
    /// As declared by the source's trust.
    | Default
    | Const of Tlp
    /// A word of the table, or a name of TLP 2.0 in any case, with or without `TLP:` (`white` of TLP 1 is clear); where it is empty, as
    /// declared.
    | Field of field: FieldRef * table: (string * Tlp) list

/// Where references come from: addresses of http or https.
[<RequireQualifiedAccess>]
type ReferenceRule =
    | Const of string
    /// One address, or several parted by one of the texts.
    | Field of field: FieldRef * split: string list

/// What is said in words.
[<RequireQualifiedAccess>]
type DescriptionRule =
    | Const of string
    | Field of FieldRef

/// How one candidate is made of a record. A record whose value field is empty yields none by this template.
type MapTemplate =
    {
        Value: ValueRule
        /// Which records it is for.
        When: Predicates.RecordPredicate voption
        Type: TypeRule
        FirstSeen: TimeRule voption
        LastSeen: TimeRule voption
        /// Since when it is so no longer, or until when it will be. A time out of range is no end.
        Ended: TimeRule voption
        Labels: LabelRule list
        Confidence: ConfidenceRule
        Tlp: TlpRule
        /// The field that names who reported it to the source; the candidate's source is then `declared/field`.
        Source: FieldRef voption
        Description: DescriptionRule voption
        References: ReferenceRule list
    }

[<RequireQualifiedAccess>]
module MapTemplate =
    /// The value of one field, everything else as declared by the source's trust.
    let ofValue (value: FieldRef) : MapTemplate =
        {
            Value = ValueRule.ofField value
            When = ValueNone
            Type = TypeRule.Auto
            FirstSeen = ValueNone
            LastSeen = ValueNone
            Ended = ValueNone
            Labels = []
            Confidence = ConfidenceRule.Default
            Tlp = TlpRule.Default
            Source = ValueNone
            Description = ValueNone
            References = []
        }

    /// Every field a template looks at, each once: what a reader that must be told has to cut out.
    let fields (template: MapTemplate) : FieldRef list =
        [
            template.Value.Field

            for part in template.Value.Append do
                match part with
                | ValuePart.Field field -> field
                | ValuePart.Const _ -> ()

            match template.When with
            | ValueSome condition ->
                for column in condition.Columns do
                    FieldRef.Name column
            | ValueNone -> ()

            match template.Type with
            | TypeRule.Field column -> column.Field
            | TypeRule.Auto
            | TypeRule.Fixed _ -> ()

            for time in [ template.FirstSeen; template.LastSeen; template.Ended ] do
                match time with
                | ValueSome rule -> rule.Field
                | ValueNone -> ()

            for label in template.Labels do
                match label with
                | LabelRule.Field(field, _) -> field
                | LabelRule.Const _ -> ()

            match template.Confidence with
            | ConfidenceRule.Field(field, _) -> field
            | ConfidenceRule.Default
            | ConfidenceRule.Const _ -> ()

            match template.Tlp with
            | TlpRule.Field(field, _) -> field
            | TlpRule.Default
            | TlpRule.Const _ -> ()

            match template.Source with
            | ValueSome field -> field
            | ValueNone -> ()

            match template.Description with
            | ValueSome(DescriptionRule.Field field) -> field
            | ValueSome(DescriptionRule.Const _)
            | ValueNone -> ()

            for reference in template.References do
                match reference with
                | ReferenceRule.Field(field, _) -> field
                | ReferenceRule.Const _ -> ()
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

[<RequireQualifiedAccess>]
module MapSpec =
    /// Whether a record may come to weigh much more than a value: cells of several values, texts that are carried.
    /// A mapping that is left to recognition may.
    let swells (spec: MapSpec) : bool =
        List.isEmpty spec.Templates
        || spec.Templates
           |> List.exists (fun template ->
               not (List.isEmpty template.Value.Split)
               || template.Description.IsSome
               || not (List.isEmpty template.References))
