// A template with its fields resolved and its words compiled: what mapping a record needs, made once per file.
namespace Cti.Core

open System.Text

/// The fields of a template by their number; -1 stands for "no field".
type internal TemplateFields =
    {
        Value: int
        /// Field of each part appended to the value, -1 for constants.
        Append: int[]
        /// By the condition's columns.
        When: int[]
        Type: int
        FirstSeen: int
        LastSeen: int
        Ended: int
        /// Field of each label rule, -1 for constants.
        Labels: int[]
        Confidence: int
        Tlp: int
        Source: int
        Description: int
        /// Field of each reference rule, -1 for constants.
        References: int[]
    }

/// One part of a value that is put together.
[<RequireQualifiedAccess>]
type internal BoundPart =
    | Text of byte[]
    | Field of reference: FieldRef * number: int

[<Sealed; AllowNullLiteral(false)>]
type internal BoundTemplate(index: int, template: MapTemplate, fields: TemplateFields, trust: Trust) =
    static let listItems = string (char RawBatch.ListSeparator)

    static let longestFirst (words: string list) =
        words
        |> List.map Encoding.UTF8.GetBytes
        |> List.sortByDescending Array.length
        |> List.toArray

    static let table (entries: (string * 'T) list) = WordTable entries

    /// Place among the mapping's templates.
    member _.Index = index
    member _.Template = template
    member val Fields = fields
    member val HasCondition = template.When.IsSome
    // Read for every record, so kept at hand.
    member val Value = fields.Value

    /// What the template says without looking at a record.
    member val Hint =
        match template.Type with
        | TypeRule.Fixed kind -> TypeHint.Fixed kind
        | TypeRule.Auto
        | TypeRule.Field _ -> TypeHint.Auto

    member val Splitter = CellSplitter template.Value.Split
    member val Item = template.Value.Item |> ValueOption.defaultValue 0
    member val Prefixes = longestFirst template.Value.StripPrefix
    member val Suffixes = longestFirst template.Value.StripSuffix

    /// The value is put together of `Parts`.
    member val IsJoined = not (List.isEmpty template.Value.Append)

    /// All parts of a value that is put together, its own field first.
    member val Parts =
        [|
            BoundPart.Field(template.Value.Field, fields.Value)

            for part, number in Seq.zip template.Value.Append fields.Append do
                match part with
                | ValuePart.Const text -> BoundPart.Text(Encoding.UTF8.GetBytes text)
                | ValuePart.Field reference -> BoundPart.Field(reference, number)
        |]

    /// Nothing is declared of how to take the value out of its cell.
    member val IsWholeCell =
        List.isEmpty template.Value.Append
        && List.isEmpty template.Value.Split
        && template.Value.Item.IsNone
        && List.isEmpty template.Value.StripPrefix
        && List.isEmpty template.Value.StripSuffix

    member val ConstLabels =
        template.Labels
        |> List.choose (fun rule ->
            match rule with
            | LabelRule.Const label -> Some label
            | LabelRule.Field _ -> None)
        |> NameSet.Of

    member val HasLabelFields = fields.Labels |> Array.exists (fun field -> field >= 0)

    /// What parts the labels of each rule's field.
    member val LabelSplits =
        template.Labels
        |> List.map (fun rule ->
            match rule with
            | LabelRule.Field(_, split) -> List.toArray (listItems :: split)
            | LabelRule.Const _ -> [||])
        |> List.toArray

    /// Where no field says otherwise.
    member val Confidence =
        match template.Confidence with
        | ConfidenceRule.Const value -> value
        | ConfidenceRule.Default
        | ConfidenceRule.Field _ -> trust.Confidence

    /// Where no field says otherwise.
    member val Tlp =
        match template.Tlp with
        | TlpRule.Const value -> value
        | TlpRule.Default
        | TlpRule.Field _ -> trust.Tlp

    // Which rules ask a field: most templates have few, and what is not asked costs nothing.
    member val AsksType = template.Type.IsField
    member val AsksTimes = template.FirstSeen.IsSome || template.LastSeen.IsSome || template.Ended.IsSome
    member val AsksConfidence = template.Confidence.IsField
    member val AsksTlp = template.Tlp.IsField
    member val AsksSource = template.Source.IsSome

    member val Confidences =
        match template.Confidence with
        | ConfidenceRule.Field(_, words) -> table words
        | ConfidenceRule.Default
        | ConfidenceRule.Const _ -> table []

    member val Tlps =
        match template.Tlp with
        | TlpRule.Field(_, words) -> table words
        | TlpRule.Default
        | TlpRule.Const _ -> table []

    member val HasRemarks = template.Description.IsSome || not (List.isEmpty template.References)

    /// The description all records get, in UTF-8; empty: none.
    member val ConstDescription =
        match template.Description with
        | ValueSome(DescriptionRule.Const text) -> Encoding.UTF8.GetBytes text
        | ValueSome(DescriptionRule.Field _)
        | ValueNone -> [||]

    /// The reference of each constant rule, in UTF-8; empty for fields.
    member val ConstReferences =
        template.References
        |> List.map (fun rule ->
            match rule with
            | ReferenceRule.Const address -> Encoding.UTF8.GetBytes address
            | ReferenceRule.Field _ -> [||])
        |> List.toArray

    member val ReferenceSplitters =
        template.References
        |> List.map (fun rule ->
            match rule with
            | ReferenceRule.Field(_, split) -> CellSplitter split
            | ReferenceRule.Const _ -> CellSplitter [])
        |> List.toArray
