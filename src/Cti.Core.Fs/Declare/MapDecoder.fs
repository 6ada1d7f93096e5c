// How a mapping is written in YAML: which field of a record gives the value, the times, the labels and the rest.
namespace Cti.Core.Declare

open System
open System.Text
open Cti.Core

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
                        (Decode.oneOrMany "format" (Decode.literal TimeWords.format))

                and! offset =
                    Field.defaulted "zone" "the zone of times that name none" TimeWords.zone TimeSpan.Zero

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

    // A field and more about it under `key`, or a constant, which has no need of that.
    let private fieldOrConst
        (key: string)
        (what: string)
        (doc: string)
        (constant: Literal<'C>)
        (more: Fields<'M list>)
        (ofField: FieldRef * 'M list -> 'T)
        (ofConst: 'C -> 'T)
        : Decoder<'T> =
        block {
            let! place = given doc constant Choice1Of2 Choice2Of2
            and! more = more
            return place, more
        }
        |> Field.check (fun (place, more) ->
            match place, more with
            | Choice2Of2 _, _ :: _ ->
                [
                    [ Step.Key key ],
                    Fault.Conflict($"a constant %s{what} goes without `%s{key}`", $"remove `%s{key}`")
                ]
            | _ -> [])
        |> Field.map (fun (place, more) ->
            match place with
            | Choice1Of2 field -> ofField (field, more)
            | Choice2Of2 constant -> ofConst constant)
        |> Decode.block

    let private label: Decoder<LabelRule> =
        fieldOrConst "split" "label" "one label for all records" Literal.text split LabelRule.Field LabelRule.Const

    let private reference: Decoder<ReferenceRule> =
        fieldOrConst
            "split"
            "reference"
            "one address for all records"
            Words.reference
            split
            ReferenceRule.Field
            ReferenceRule.Const

    let private confidence: Decoder<ConfidenceRule> =
        fieldOrConst
            "table"
            "confidence"
            "0 to 100"
            Words.confidence
            (table "words and the confidence each stands for, beside numbers" (Decode.literal Words.confidence))
            ConfidenceRule.Field
            ConfidenceRule.Const

    let private tlp: Decoder<TlpRule> =
        fieldOrConst
            "table"
            "marking"
            "a marking"
            Words.tlp
            (table "words and the marking each stands for, beside those of TLP" (Decode.literal Words.tlp))
            TlpRule.Field
            TlpRule.Const

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
                    Field.optional "when" "which records it is for; columns are fields here" PredicateDecoder.ofRecords

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
