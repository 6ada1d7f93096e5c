// How a mapping is written in YAML: which field of a record gives the value, the times, the labels and the rest.
namespace Cti.Core.Declare

open System
open System.Globalization
open Cti.Core

[<RequireQualifiedAccess>]
module internal MapDecoder =
    let private text = Decode.literal Literal.text

    let private fieldDoc =
        "a column by its name in the header; `line` for the reader lines"

    let private columnDoc = "a column by its number, from 1"

    let private alternatives (change: FieldRef -> 'T) =
        [
            "field", fieldDoc, text |> Decode.map (FieldRef.Name >> change)
            "column",
            columnDoc,
            Decode.literal (Literal.int "column" 1 10_000)
            |> Decode.map (FieldRef.Column >> change)
        ]

    let private field: Fields<FieldRef> = Field.exactlyOne (alternatives id)

    let private given (doc: string) (constant: Literal<'C>) (ofField: FieldRef -> 'T) (ofConst: 'C -> 'T) : Fields<'T> =
        alternatives ofField
        @ [ "const", doc, Decode.literal constant |> Decode.map ofConst ]
        |> Field.exactlyOne

    let private time: Decoder<TimeRule> =
        Decode.block (
            block {
                let! field = field

                and! format =
                    Field.defaulted "format" "how the time is written" Words.timeFormat (TimeFormat.Iso8601 0)

                and! offset =
                    Field.defaulted "zone" "the zone of times that name none" Words.zone TimeSpan.Zero

                return
                    {
                        Field = field
                        Format = TimeFormat.inZone (int offset.TotalMinutes) format
                    }
            }
        )

    let private label: Decoder<LabelRule> =
        block {
            let! rule =
                given
                    "one label for all records"
                    Literal.text
                    (fun field -> LabelRule.Field(field, ValueNone))
                    LabelRule.Const

            and! split = Field.optional "split" "what separates several labels in one cell" text
            return rule, split
        }
        |> Field.check (fun (rule, split) ->
            match rule, split with
            | LabelRule.Const _, Some _ ->
                [
                    [ Step.Key "split" ],
                    Fault.Conflict("a constant label is not split", "remove `split`, or list the labels one by one")
                ]
            | _ -> [])
        |> Field.map (fun (rule, split) ->
            match rule, split with
            | LabelRule.Field(field, _), Some separator -> LabelRule.Field(field, ValueSome separator)
            | _ -> rule)
        |> Decode.block

    // Fixed, by column, or neither, which is auto.
    let private kind: Fields<TypeRule> =
        block {
            let! given =
                Field.optional
                    "type"
                    "the observable's type; auto, the default, recognises it from the value"
                    (Decode.literal Words.typeRule)

            and! column =
                Field.optional "type_from" "where the record names the type, instead of type" (Decode.block field)

            return given, column
        }
        |> Field.check (fun (given, column) ->
            match given, column with
            | Some _, Some _ ->
                [
                    [ Step.Key "type_from" ],
                    Fault.Conflict("the type is given twice, by `type` and by `type_from`", "remove one of them")
                ]
            | _ -> [])
        |> Field.map (fun (given, column) ->
            match column with
            | Some field -> TypeRule.Field field
            | None -> given |> Option.defaultValue TypeRule.Auto)

    let template: Decoder<MapTemplate> =
        Decode.block (
            block {
                let! value =
                    Field.required "value" "where the observable's value stands" (Decode.block field)

                and! kind = kind
                and! first = Field.optional "first_seen" "when it was first seen" time
                and! last = Field.optional "last_seen" "when it was last seen" time

                and! labels =
                    Field.optional "labels" "labels of the observation, all of them together" (Decode.list label)

                and! confidence =
                    Field.optional
                        "confidence"
                        "confidence of the record instead of the source's, 0 to 100"
                        (given "0 to 100" Words.confidence ConfidenceRule.Field ConfidenceRule.Const
                         |> Decode.block)

                and! tlp =
                    Field.optional
                        "tlp"
                        "marking of the record instead of the source's"
                        (given "a marking" Words.tlp TlpRule.Field TlpRule.Const |> Decode.block)

                and! source =
                    Field.optional "source" "names the reporting source inside this feed" (Decode.block field)

                return
                    {
                        Value = value
                        Type = kind
                        FirstSeen = first |> Option.toValueOption
                        LastSeen = last |> Option.toValueOption
                        Labels = labels |> Option.defaultValue []
                        Confidence = confidence |> Option.defaultValue ConfidenceRule.Default
                        Tlp = tlp |> Option.defaultValue TlpRule.Default
                        Source = source |> Option.toValueOption
                    }
            }
        )

    // Every `field:` and `column:` under a node, with its path: a mapping holds no others.
    let rec private fieldsUnder (path: Path) (node: Node) : (Path * ScalarNode * FieldRef) list =
        let ofEntry (entry: Entry) =
            let inner = Step.Key entry.Key.Text :: path

            match entry.Key.Text, entry.Value with
            | "field", Node.Scalar scalar -> [ inner, scalar, FieldRef.Name scalar.Text ]
            | "column", Node.Scalar scalar ->
                match Int32.TryParse(scalar.Text, NumberStyles.None, CultureInfo.InvariantCulture) with
                | true, number -> [ inner, scalar, FieldRef.Column number ]
                | _ -> []
            | _, value -> fieldsUnder inner value

        match node with
        | Node.Mapping mapping -> mapping.Entries |> List.collect ofEntry
        | Node.Sequence sequence ->
            sequence.Items
            |> List.mapi (fun index item -> fieldsUnder (Step.Index index :: path) item)
            |> List.concat
        | Node.Scalar _ -> []

    // Whether the reader can give a field, as far as the declaration alone tells.
    let private fieldFault (format: ReaderSpec) (columns: string list) (field: FieldRef) : Fault option =
        match format, field with
        | (ReaderSpec.Lines _ | ReaderSpec.BlockList _), FieldRef.Name name ->
            let names = ReaderSpec.fields format

            if List.contains name names then
                None
            else
                Some(Fault.Unresolved("field", name, names))
        | ReaderSpec.Lines _, FieldRef.Column 1 -> None
        | ReaderSpec.Lines _, FieldRef.Column _ ->
            Some(Fault.Conflict("the reader lines has one field only", "write `field: line`"))
        | ReaderSpec.BlockList _, FieldRef.Column _ ->
            let names =
                ReaderSpec.fields format
                |> List.map (fun name -> $"`%s{name}`")
                |> String.concat ", "

            Some(Fault.Conflict("the fields of this reader have names", $"write `field:` with one of %s{names}"))
        | ReaderSpec.Csv { Header = CsvHeader.NoHeader }, FieldRef.Name name when List.isEmpty columns ->
            Some(
                Fault.Conflict(
                    $"a file without a header has no column `%s{name}`",
                    "write `column: N`, or name the columns with `columns: [...]` under `read`"
                )
            )
        | ReaderSpec.Csv { Header = CsvHeader.NoHeader }, FieldRef.Name name when not (List.contains name columns) ->
            Some(Fault.Unresolved("column", name, columns))
        | ReaderSpec.Csv { Header = CsvHeader.NoHeader }, FieldRef.Column number when
            not (List.isEmpty columns) && number > List.length columns
            ->
            Some(Fault.OutOfRange("column", string number, $"1 to %d{List.length columns}"))
        | ReaderSpec.Csv _, _ -> None

    /// The fields under `map` that the reader cannot give.
    let faults (format: ReaderSpec) (columns: string list) (path: Path) (map: Node) : Diagnostic list =
        fieldsUnder path map
        |> List.choose (fun (inner, scalar, field) ->
            fieldFault format columns field
            |> Option.map (Diagnostic.create inner scalar.Span))
