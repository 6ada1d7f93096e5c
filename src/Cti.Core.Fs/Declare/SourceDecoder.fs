// How a source is written in YAML: from, read, map, trust, expect.
namespace Cti.Core.Declare

open System
open Cti.Core

[<RequireQualifiedAccess>]
module internal SourceDecoder =
    let private text = Decode.literal Literal.text

    let private origin: Decoder<Origin> =
        Decode.union
            "a kind of source"
            "type"
            [
                Decode.case
                    "file"
                    "Files on this machine"
                    (block {
                        let! paths =
                            Field.required
                                "path"
                                "a path or glob, or a list of them, relative to this file"
                                (Decode.oneOrMany "path" text)

                        and! compression =
                            Field.defaulted
                                "compression"
                                "auto looks at the file's first bytes"
                                Words.compression
                                Compression.Auto

                        return
                            Origin.File
                                {
                                    Paths = paths
                                    Compression = compression
                                }
                    })
            ]

    [<Struct>]
    type private HeaderWord =
        | FirstRow
        | InComment
        | NoHeader

    let private header =
        Literal.choice
            "a kind of header"
            [ FirstRow, "first_row"; InComment, "in_comment"; NoHeader, "none" ]

    let private lines: Fields<Format> =
        block {
            let! comment = Field.defaulted "comment" "what a comment begins with" Literal.text "#"

            and! trailing =
                Field.defaulted
                    "trailing_comment"
                    "whether a comment may also follow a value on its line"
                    Literal.bool
                    true

            return
                Format.Lines
                    {
                        Comment = comment
                        TrailingComment = trailing
                    }
        }

    let private csv =
        block {
            let! separator =
                Field.defaulted "separator" "what stands between cells" (Words.character "a separator") ','

            and! quote = Field.defaulted "quote" "what quotes a cell, or none" Words.quote (Some '"')
            and! comment = Field.optional "comment" "what a comment line begins with" text

            and! header =
                Field.defaulted
                    "header"
                    "where the column names stand: in the first row, in the last comment before it, or nowhere"
                    header
                    FirstRow

            and! columns =
                Field.optional
                    "columns"
                    "the column names of a file without a header, in order"
                    (Decode.nonEmpty "columns" text)

            and! skip =
                Field.defaulted "skip" "lines to pass over at the start" (Literal.int "skip" 0 1_000_000) 0

            return separator, quote, comment, header, columns, skip
        }

    // The parts of a dialect that cannot stand together, or the dialect.
    let private csvFaults (separator: char, quote: char option, comment: string option, header, columns, _) =
        [
            if header <> NoHeader && Option.isSome columns then
                [ Step.Key "columns" ],
                Fault.Conflict(
                    "`columns` is for files without a header",
                    "write `header: none`, or remove `columns`"
                )

            if header = InComment && Option.isNone comment then
                [ Step.Key "header" ],
                Fault.Conflict("the header stands in a comment, but no comment is declared", "add `comment: \"#\"`")

            if quote = Some separator then
                [ Step.Key "quote" ],
                Fault.Conflict("separator and quote are the same character", "change one of the two")
        ]

    let private csvFormat (separator, quote, comment, header, columns, skip) : Format =
        Format.Csv
            {
                Separator = separator
                Quote = quote
                Comment = comment
                Header =
                    match header with
                    | FirstRow -> CsvHeader.FirstRow
                    | InComment -> CsvHeader.InComment
                    | NoHeader -> CsvHeader.Declared(Option.defaultValue [] columns)
                Skip = skip
            }

    let private format: Decoder<Format> =
        Decode.union
            "a reader"
            "type"
            [
                Decode.case "lines" "One value per line; the only field is `line`" lines
                Decode.case "csv" "Delimited text" (csv |> Field.check csvFaults |> Field.map csvFormat)
            ]

    let private fieldDecoder = text |> Decode.map Cell.Field

    let private columnDecoder =
        Decode.literal (Literal.int "column" 1 10_000) |> Decode.map Cell.Column

    let private fieldDoc = "a column by its name in the header; `line` for the reader lines"
    let private columnDoc = "a column by its number, from 1"

    let private cell: Fields<Cell> =
        Field.exactlyOne [ "field", fieldDoc, fieldDecoder; "column", columnDoc, columnDecoder ]

    let private given (doc: string) (constant: Decoder<'T>) : Fields<Given<'T>> =
        Field.exactlyOne
            [
                "field", fieldDoc, fieldDecoder |> Decode.map Given.Cell
                "column", columnDoc, columnDecoder |> Decode.map Given.Cell
                "const", doc, constant |> Decode.map Given.Const
            ]

    let private time: Decoder<TimeMapping> =
        Decode.block (
            block {
                let! cell = cell
                and! format = Field.defaulted "format" "how the time is written" Words.timeFormat TimeFormat.Iso8601

                and! offset =
                    Field.defaulted "zone" "the zone of times that name none" Words.zone TimeSpan.Zero

                return
                    {
                        Cell = cell
                        Format = format
                        Offset = offset
                    }
            }
        )

    let private label: Decoder<LabelMapping> =
        Decode.block (
            block {
                let! value = given "one label for all records" text
                and! split = Field.optional "split" "what separates several labels in one cell" text
                return value, split
            }
        )
        |> Decode.check (fun (value, split) ->
            match value, split with
            | Given.Const _, Some _ ->
                [
                    [ Step.Key "split" ], Fault.Conflict("a constant label is not split", "remove `split`, or list the labels")
                ]
            | _ -> [])
        |> Decode.map (fun (value, split) ->
            match value with
            | Given.Cell cell -> LabelMapping.Cell(cell, split)
            | Given.Const label -> LabelMapping.Const label)

    let private rule: Decoder<MapRule> =
        Decode.block (
            block {
                let! value =
                    Field.required
                        "value"
                        "where the observable's value stands"
                        (Decode.block (given "one value for all records" text))

                and! kind =
                    Field.required
                        "type"
                        "the observable's type; auto recognises it from the value"
                        (Decode.literal Words.typeHint)

                and! first = Field.optional "first_seen" "when it was first seen" time
                and! last = Field.optional "last_seen" "when it was last seen" time

                and! labels =
                    Field.optional "labels" "labels of the observation, all of them together" (Decode.list label)

                and! confidence =
                    Field.optional
                        "confidence"
                        "confidence of the record instead of the source's, 0 to 100"
                        (Decode.block (given "0 to 100" (Decode.literal Words.confidence)))

                and! tlp =
                    Field.optional
                        "tlp"
                        "marking of the record instead of the source's"
                        (Decode.block (given "a marking" (Decode.literal Words.tlp)))

                and! source =
                    Field.optional "source" "names the reporting source inside this feed" (Decode.block cell)

                return
                    {
                        Value = value
                        Type = kind
                        FirstSeen = first
                        LastSeen = last
                        Labels = Option.defaultValue [] labels
                        Confidence = confidence
                        Tlp = tlp
                        Source = source
                    }
            }
        )

    let private trust: Decoder<Trust> =
        Decode.block (
            block {
                let! reliability =
                    Field.defaulted
                        "reliability"
                        "Admiralty reliability of the source: A completely reliable to E unreliable, F cannot be judged"
                        Words.reliability
                        Reliability.F

                and! credibility =
                    Field.defaulted
                        "credibility"
                        "Admiralty credibility: 1 confirmed to 5 improbable, 6 cannot be judged"
                        Words.credibility
                        Credibility.Six

                and! confidence =
                    Field.defaulted "confidence" "confidence of records that bring none" Words.confidence 50uy

                and! tlp = Field.defaulted "tlp" "marking of records that bring none" Words.tlp Tlp.Clear
                and! group = Field.optional "group" "sources of one group count once in corroboration" text
                and! license = Field.optional "license" "SPDX id or name of the feed's licence" text

                return
                    ({
                        Reliability = reliability
                        Credibility = credibility
                        Confidence = confidence
                        Tlp = tlp
                        Group = group |> Option.map ValueSome |> Option.defaultValue ValueNone
                        License = license |> Option.map ValueSome |> Option.defaultValue ValueNone
                     }
                    : Trust)
            }
        )

    let private expect: Decoder<Expectation> =
        Decode.block (
            block {
                let! records =
                    Field.optional "records" "how many records a complete read brings" (Decode.literal Literal.range)

                and! rejected =
                    Field.optional "max_rejected" "largest share of rejected records" (Decode.literal Literal.percentage)

                and! age =
                    Field.optional "max_age" "how old the newest record may be" (Decode.literal Literal.duration)

                return
                    {
                        Records = records
                        MaxRejected = rejected
                        MaxAge = age
                    }
            }
        )

    // Every cell a rule names, with the way to it.
    let private cells (rule: MapRule) : (Step list * Cell) list =
        let ofGiven (key: string) (given: Given<'T>) =
            match given with
            | Given.Cell cell -> [ [ Step.Key key ], cell ]
            | Given.Const _ -> []

        let ofTime (key: string) (time: TimeMapping option) =
            time
            |> Option.map (fun time -> [ Step.Key key ], time.Cell)
            |> Option.toList

        let ofLabel (index: int) (label: LabelMapping) =
            match label with
            | LabelMapping.Cell(cell, _) -> [ [ Step.Key "labels"; Step.Index index ], cell ]
            | LabelMapping.Const _ -> []

        List.concat
            [
                ofGiven "value" rule.Value
                ofTime "first_seen" rule.FirstSeen
                ofTime "last_seen" rule.LastSeen
                rule.Labels |> List.mapi ofLabel |> List.concat
                rule.Confidence |> Option.map (ofGiven "confidence") |> Option.defaultValue []
                rule.Tlp |> Option.map (ofGiven "tlp") |> Option.defaultValue []
                rule.Source
                |> Option.map (fun cell -> [ Step.Key "source" ], cell)
                |> Option.toList
            ]

    // Whether the reader can give a cell, as far as the declaration alone tells.
    let private cellFault (format: Format) (cell: Cell) : (string * Fault) option =
        match format, cell with
        | Format.Lines _, Cell.Field "line" -> None
        | Format.Lines _, Cell.Field name -> Some("field", Fault.Unresolved("field", name, [ "line" ]))
        | Format.Lines _, Cell.Column 1 -> None
        | Format.Lines _, Cell.Column _ ->
            Some("column", Fault.Conflict("the reader lines has one field only", "write `field: line`"))
        | Format.Csv { Header = CsvHeader.Declared [] }, Cell.Field name ->
            Some(
                "field",
                Fault.Conflict(
                    $"a file without a header has no column `%s{name}`",
                    "write `column: N`, or name the columns with `columns: [...]` under `read`"
                )
            )
        | Format.Csv { Header = CsvHeader.Declared columns }, Cell.Field name when not (List.contains name columns) ->
            Some("field", Fault.Unresolved("column", name, columns))
        | Format.Csv { Header = CsvHeader.Declared(_ :: _ as columns) }, Cell.Column number when
            number > List.length columns
            ->
            Some("column", Fault.OutOfRange("column", string number, $"1 to %d{List.length columns}"))
        | Format.Csv _, _ -> None

    let private cellFaults (source: Source) =
        source.Map
        |> List.mapi (fun index rule ->
            cells rule
            |> List.choose (fun (steps, cell) ->
                cellFault source.Read cell
                |> Option.map (fun (key, fault) -> Step.Key "map" :: Step.Index index :: steps @ [ Step.Key key ], fault)))
        |> List.concat

    let decoder: Decoder<Source> =
        Decode.block (
            block {
                let! name = Field.required "name" "names the source in tables and reports" (Decode.literal Literal.name)
                and! origin = Field.required "from" "where the bytes come from" origin
                and! format = Field.required "read" "how the bytes are cut into records" format

                and! mode =
                    Field.defaulted
                        "mode"
                        "append adds to what is known; snapshot also withdraws what a complete read lacks"
                        Words.mode
                        SourceMode.Append

                and! rules =
                    Field.required
                        "map"
                        "how candidates are made of a record; one record may yield several"
                        (Decode.nonEmpty "map" rule)

                and! trust = Field.section "trust" "how far the source is believed" trust
                and! expect = Field.section "expect" "what a healthy read looks like" expect

                return
                    {
                        Name = name
                        From = origin
                        Read = format
                        Mode = mode
                        Map = rules
                        Trust = trust
                        Expect = expect
                    }
            }
        )
        |> Decode.check cellFaults
