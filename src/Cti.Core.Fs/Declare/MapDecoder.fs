// How a mapping is written in YAML: which field of a record gives the value, the times, the labels and the rest.
namespace Cti.Core.Declare

open System
open System.Globalization
open System.Text
open Cti.Core
open Cti.Core.Predicates

[<RequireQualifiedAccess>]
module internal MapDecoder =
    let private text = Decode.literal Literal.text

    let private fieldDoc =
        "a field by its name: a column's header, a path into JSON, `line` for the reader lines"

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

    // A list that may be left out.
    let private texts (name: string) (doc: string) : Fields<string list> =
        Field.optional name doc (Decode.oneOrMany name text)
        |> Field.map (Option.defaultValue [])

    let private split =
        texts "split" "what separates several of them in one cell; items of a list field are apart in any case"

    // Words of a table stand for what they mean in any case of their letters, so two that differ in nothing else are one.
    let private table (doc: string) (value: Decoder<'T>) : Fields<(string * 'T) list> =
        Field.optional "table" doc (Decode.mapping Literal.text value)
        |> Field.map (Option.defaultValue [])
        |> Field.check (fun entries ->
            entries
            |> List.groupBy (fun (word, _) -> word.Trim().ToLowerInvariant())
            |> List.collect (fun (_, group) ->
                match group with
                | (first, _) :: others ->
                    others
                    |> List.map (fun (word, _) ->
                        [ Step.Key "table"; Step.Key word ],
                        Fault.Conflict(
                            $"`%s{word}` and `%s{first}` are the same word: letter case and blanks around do not count",
                            "keep one of the two"
                        ))
                | [] -> []))

    let private noConst (key: string) (what: string) (isConst: bool) (isGiven: bool) =
        if isConst && isGiven then
            [
                [ Step.Key key ], Fault.Conflict($"a constant %s{what} goes without `%s{key}`", $"remove `%s{key}`")
            ]
        else
            []

    // A value put together of several fields is one value, as it is.
    let private wholeOnly (rule: ValueRule) =
        let given =
            [
                "split", not (List.isEmpty rule.Split)
                "item", rule.Item.IsSome
                "strip_prefix", not (List.isEmpty rule.StripPrefix)
                "strip_suffix", not (List.isEmpty rule.StripSuffix)
            ]

        given
        |> List.filter (fun (_, isGiven) -> isGiven && not (List.isEmpty rule.Append))
        |> List.map (fun (key, _) ->
            [ Step.Key key ],
            Fault.Conflict(
                $"a value that `append` puts together goes without `%s{key}`",
                $"remove `%s{key}`, or take the parts of one cell without `append`"
            ))

    let private value: Decoder<ValueRule> =
        Decode.block (
            block {
                let! field = field

                and! append =
                    Field.optional
                        "append"
                        "what is put behind the field's text where several fields hold one value, in this order"
                        (given "a text between or behind, as it is" Literal.text ValuePart.Field ValuePart.Const
                         |> Decode.block
                         |> Decode.nonEmpty "append")

                and! split = split

                and! item =
                    Field.optional
                        "item"
                        "takes this one of several in a cell only, from 1"
                        (Decode.literal (Literal.int "item" 1 10_000))

                and! prefixes =
                    texts
                        "strip_prefix"
                        "texts that may stand before a value and are taken off, one of them, letters in any case"

                and! suffixes = texts "strip_suffix" "the same behind a value"

                return
                    {
                        Field = field
                        Append = append |> Option.defaultValue []
                        Split = split
                        Item = Option.toValueOption item
                        StripPrefix = prefixes
                        StripSuffix = suffixes
                    }
            }
            |> Field.check wholeOnly
        )

    let private time: Decoder<TimeRule> =
        Decode.block (
            block {
                let! field = field

                and! formats =
                    Field.optional
                        "format"
                        "how the time is written, iso8601 by default; of several the first that fits"
                        (Decode.oneOrMany "format" (Decode.literal Words.timeFormat))

                and! offset =
                    Field.defaulted "zone" "the zone of times that name none" Words.zone TimeSpan.Zero

                and! blank = texts "blank" "texts that stand for no time, as None or -"

                return
                    {
                        Field = field
                        Format =
                            formats
                            |> Option.defaultValue [ TimeFormat.Iso8601 0 ]
                            |> TimeFormat.anyOf
                            |> TimeFormat.inZone (int offset.TotalMinutes)
                        Blank = blank |> List.map (fun word -> Encoding.UTF8.GetBytes(word.Trim()))
                    }
            }
        )

    let private label: Decoder<LabelRule> =
        block {
            let! rule =
                given "one label for all records" Literal.text (fun field -> LabelRule.Field(field, [])) LabelRule.Const

            and! split = split
            return rule, split
        }
        |> Field.check (fun (rule, split) -> noConst "split" "label" rule.IsConst (not (List.isEmpty split)))
        |> Field.map (fun (rule, split) ->
            match rule with
            | LabelRule.Field(field, _) -> LabelRule.Field(field, split)
            | LabelRule.Const _ -> rule)
        |> Decode.block

    let private reference: Decoder<ReferenceRule> =
        block {
            let! rule =
                given
                    "one address for all records"
                    Words.reference
                    (fun field -> ReferenceRule.Field(field, []))
                    ReferenceRule.Const

            and! split = split
            return rule, split
        }
        |> Field.check (fun (rule, split) -> noConst "split" "reference" rule.IsConst (not (List.isEmpty split)))
        |> Field.map (fun (rule, split) ->
            match rule with
            | ReferenceRule.Field(field, _) -> ReferenceRule.Field(field, split)
            | ReferenceRule.Const _ -> rule)
        |> Decode.block

    let private confidence: Decoder<ConfidenceRule> =
        block {
            let! rule =
                given "0 to 100" Words.confidence (fun field -> ConfidenceRule.Field(field, [])) ConfidenceRule.Const

            and! words =
                table "words and the confidence each stands for, beside numbers" (Decode.literal Words.confidence)

            return rule, words
        }
        |> Field.check (fun (rule, words) -> noConst "table" "confidence" rule.IsConst (not (List.isEmpty words)))
        |> Field.map (fun (rule, words) ->
            match rule with
            | ConfidenceRule.Field(field, _) -> ConfidenceRule.Field(field, words)
            | ConfidenceRule.Const _
            | ConfidenceRule.Default -> rule)
        |> Decode.block

    let private tlp: Decoder<TlpRule> =
        block {
            let! rule =
                given "a marking" Words.tlp (fun field -> TlpRule.Field(field, [])) TlpRule.Const

            and! words =
                table "words and the marking each stands for, beside those of TLP" (Decode.literal Words.tlp)

            return rule, words
        }
        |> Field.check (fun (rule, words) -> noConst "table" "marking" rule.IsConst (not (List.isEmpty words)))
        |> Field.map (fun (rule, words) ->
            match rule with
            | TlpRule.Field(field, _) -> TlpRule.Field(field, words)
            | TlpRule.Const _
            | TlpRule.Default -> rule)
        |> Decode.block

    let private typeColumn: Decoder<TypeColumn> =
        Decode.block (
            block {
                let! field = field

                and! names =
                    table "names of types and what they mean: a type, auto, or skip" (Decode.literal Words.typeChoice)

                and! otherwise =
                    Field.defaulted
                        "otherwise"
                        "names that are not in the table: known to cti or else rejected, auto asks the value, skip, or reject"
                        Words.otherType
                        OtherType.Known

                return
                    {
                        Field = field
                        Table = names
                        Otherwise = otherwise
                    }
            }
        )

    // Fixed, by column, or neither, which is auto.
    let private kind: Fields<TypeRule> =
        block {
            let! given =
                Field.optional
                    "type"
                    "the observable's type; auto, the default, recognises it from the value"
                    (Decode.literal Words.typeRule)

            and! column =
                Field.optional "type_from" "where the record names the type, instead of type" typeColumn

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
            | Some column -> TypeRule.Field column
            | None -> given |> Option.defaultValue TypeRule.Auto)

    let template: Decoder<MapTemplate> =
        Decode.block (
            block {
                let! value = Field.required "value" "where the observable's value stands" value

                and! condition =
                    Field.optional "when" "which records it is for; columns are fields here" Words.recordPredicate

                and! kind = kind
                and! first = Field.optional "first_seen" "when it was first seen" time
                and! last = Field.optional "last_seen" "when it was last seen" time

                and! ended =
                    Field.optional
                        "ended"
                        "since when it is so no longer, as the source says (revoked, deleted), or until when it will be; a time from 2100 on is no end"
                        time

                and! labels =
                    Field.optional "labels" "labels of the observation, all of them together" (Decode.list label)

                and! confidence =
                    Field.optional "confidence" "confidence of the record instead of the source's, 0 to 100" confidence

                and! tlp = Field.optional "tlp" "marking of the record instead of the source's" tlp

                and! source =
                    Field.optional "source" "names the reporting source inside this feed" (Decode.block field)

                and! description =
                    Field.optional
                        "description"
                        "what is said of it in words"
                        (given
                            "one description for all records"
                            Literal.text
                            DescriptionRule.Field
                            DescriptionRule.Const
                         |> Decode.block)

                and! references =
                    Field.optional
                        "references"
                        "where more is said of it: addresses, all of them together"
                        (Decode.list reference)

                return
                    {
                        Value = value
                        When = Option.toValueOption condition
                        Type = kind
                        FirstSeen = first |> Option.toValueOption
                        LastSeen = last |> Option.toValueOption
                        Ended = ended |> Option.toValueOption
                        Labels = labels |> Option.defaultValue []
                        Confidence = confidence |> Option.defaultValue ConfidenceRule.Default
                        Tlp = tlp |> Option.defaultValue TlpRule.Default
                        Source = source |> Option.toValueOption
                        Description = Option.toValueOption description
                        References = references |> Option.defaultValue []
                    }
            }
        )

    // The columns a condition names, each once, pointing into its text.
    let private columnsIn (path: Path) (scalar: ScalarNode) =
        RecordPredicate.names scalar.Text
        |> List.distinctBy fst
        |> List.map (fun (name, range) ->
            Words.diagnosePart path scalar range.From (range.To - range.From), FieldRef.Name name)

    // Every field under a node (`field:`, `column:` and the columns of `when:`; a mapping holds no others), and how to find fault with it.
    // The keys of a table are the feed's words.
    let rec private fieldsUnder (path: Path) (node: Node) : ((Fault -> Diagnostic) * FieldRef) list =
        let ofEntry (entry: Entry) =
            let inner = Step.Key entry.Key.Text :: path

            match entry.Key.Text, entry.Value with
            | "field", Node.Scalar scalar -> [ Diagnostic.create inner scalar.Span, FieldRef.Name scalar.Text ]
            | "column", Node.Scalar scalar ->
                match Int32.TryParse(scalar.Text, NumberStyles.None, CultureInfo.InvariantCulture) with
                | true, number -> [ Diagnostic.create inner scalar.Span, FieldRef.Column number ]
                | _ -> []
            | "when", Node.Scalar scalar -> columnsIn inner scalar
            | "table", _ -> []
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
        | (ReaderSpec.Lines _ | ReaderSpec.BlockList _ | ReaderSpec.Rich _), FieldRef.Name name ->
            let names = ReaderSpec.fields format

            if List.contains name names then
                None
            else
                Some(Fault.Unresolved("field", name, names))
        | ReaderSpec.Lines _, FieldRef.Column 1 -> None
        | ReaderSpec.Lines _, FieldRef.Column _ ->
            Some(Fault.Conflict("the reader lines has one field only", "write `field: line`"))
        | (ReaderSpec.BlockList _ | ReaderSpec.Rich _), FieldRef.Column _ ->
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
        | ReaderSpec.Csv _, FieldRef.Name name when not (List.isEmpty columns) && not (List.contains name columns) ->
            Some(Fault.Unresolved("column", name, columns))
        | ReaderSpec.Csv _, FieldRef.Column number when not (List.isEmpty columns) && number > List.length columns ->
            Some(Fault.OutOfRange("column", string number, $"1 to %d{List.length columns}"))
        | ReaderSpec.Csv _, _
        | ReaderSpec.Auto _, _ -> None
        | ReaderSpec.Json dialect, FieldRef.Name name -> JsonDecoder.fieldFault dialect.Records name
        | ReaderSpec.Ndjson _, FieldRef.Name name -> JsonDecoder.fieldFault [] name
        | (ReaderSpec.Json _ | ReaderSpec.Ndjson _), FieldRef.Column _ ->
            Some(
                Fault.Conflict("a JSON record has no numbered columns", "write `field:` with a path such as `data.ip`")
            )

    /// The fields under `map` that the reader cannot give.
    let faults (format: ReaderSpec) (columns: string list) (path: Path) (map: Node) : Diagnostic list =
        fieldsUnder path map
        |> List.choose (fun (diagnose, field) -> fieldFault format columns field |> Option.map diagnose)
