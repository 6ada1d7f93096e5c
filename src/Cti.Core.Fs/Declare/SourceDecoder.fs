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

    let private header =
        Literal.choice
            "a kind of header"
            [
                CsvHeader.FirstRow, "first_row"
                CsvHeader.InComment, "in_comment"
                CsvHeader.NoHeader, "none"
            ]

    // A reader, and the column names a file without a header is given.
    let private lines: Fields<ReaderSpec * string list> =
        block {
            let! comment =
                Field.defaulted "comment" "what a comment begins with" Literal.text "#"

            and! trailing =
                Field.defaulted
                    "trailing_comment"
                    "whether a comment may also follow a value on its line"
                    Literal.bool
                    true

            return
                ReaderSpec.Lines
                    { LinesDialect.standard with
                        Comments = [ comment ]
                        TrailingComments = trailing
                    },
                []
        }

    let private csv: Fields<CsvDialect * string list option> =
        block {
            let! separator =
                Field.defaulted "separator" "what stands between cells" (Words.character "a separator") ','

            and! quote =
                Field.defaulted "quote" "what quotes a cell, or none" Words.quote (Some '"')

            and! comment = Field.optional "comment" "what a comment line begins with" text

            and! header =
                Field.defaulted
                    "header"
                    "where the column names stand: in the first row, in a comment before it, or nowhere"
                    header
                    CsvHeader.FirstRow

            and! columns =
                Field.optional
                    "columns"
                    "the column names of a file without a header, in order"
                    (Decode.nonEmpty "columns" text)

            and! skip =
                Field.defaulted "skip" "lines to pass over at the start" (Literal.int "skip" 0 1_000_000) 0

            return
                { CsvDialect.standard with
                    Separator = byte separator
                    Quote = quote |> Option.map byte |> Option.toValueOption
                    Comments = Option.toList comment
                    Header = header
                    Skip = skip
                },
                columns
        }

    // The parts of a dialect that cannot stand together.
    let private csvFaults (dialect: CsvDialect, columns: string list option) =
        [
            if dialect.Header <> CsvHeader.NoHeader && Option.isSome columns then
                [ Step.Key "columns" ],
                Fault.Conflict("`columns` is for files without a header", "write `header: none`, or remove `columns`")

            if dialect.Header = CsvHeader.InComment && List.isEmpty dialect.Comments then
                [ Step.Key "header" ],
                Fault.Conflict("the header stands in a comment, but no comment is declared", "add `comment: \"#\"`")

            if dialect.Quote = ValueSome dialect.Separator then
                [ Step.Key "quote" ],
                Fault.Conflict("separator and quote are the same character", "change one of the two")
        ]

    let private format: Decoder<ReaderSpec * string list> =
        Decode.union
            "a reader"
            "type"
            [
                Decode.case "lines" "One value per line; the only field is `line`" lines
                Decode.case
                    "csv"
                    "Delimited text"
                    (csv
                     |> Field.check csvFaults
                     |> Field.map (fun (dialect, columns) -> ReaderSpec.Csv dialect, Option.defaultValue [] columns))
            ]

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

                and! tlp =
                    Field.defaulted "tlp" "marking of records that bring none" Words.tlp Tlp.Clear

                and! group =
                    Field.optional "group" "sources of one group count once in corroboration" text

                and! license = Field.optional "license" "SPDX id or name of the feed's licence" text

                return
                    ({
                        Reliability = reliability
                        Credibility = credibility
                        Confidence = confidence
                        Tlp = tlp
                        Group = Option.toValueOption group
                        License = Option.toValueOption license
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
                    Field.optional
                        "max_rejected"
                        "largest share of rejected records"
                        (Decode.literal (Literal.percentage 100m))

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

    // Needs a reader that decodes, not a mapping that does: a mapping's other mistakes hide none of these.
    let private unknownFields (path: Path) (source: Node) : Diagnostic list =
        match Node.tryKey "read" source, Node.tryKey "map" source with
        | Some read, Some map ->
            match format.Run path read with
            | Ok(reader, columns) -> MapDecoder.faults reader columns (Step.Key "map" :: path) map
            | Error _ -> []
        | _ -> []

    let decoder: Decoder<Source> =
        Decode.block (
            block {
                let! name =
                    Field.required "name" "names the source in tables and reports" (Decode.literal Literal.name)

                and! origin = Field.required "from" "where the bytes come from" origin
                and! format = Field.required "read" "how the bytes are cut into records" format

                and! mode =
                    Field.defaulted
                        "mode"
                        "append adds to what is known; snapshot also withdraws what a complete read lacks"
                        Words.mode
                        SourceMode.Append

                and! templates =
                    Field.required
                        "map"
                        "how candidates are made of a record; one record may yield several"
                        (Decode.nonEmpty "map" MapDecoder.template)

                and! trust = Field.section "trust" "how far the source is believed" trust
                and! expect = Field.section "expect" "what a healthy read looks like" expect

                let reader, columns = format

                return
                    {
                        Name = name
                        From = origin
                        Read = reader
                        Columns = columns
                        Mode = mode
                        Map =
                            {
                                Source = name.Value
                                Trust = trust
                                Templates = templates
                            }
                        Trust = trust
                        Expect = expect
                    }
            }
        )
        |> Decode.checkNode unknownFields
