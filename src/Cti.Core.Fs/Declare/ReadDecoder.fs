// How a reader and its dialect are written in YAML: `read`.
namespace Cti.Core.Declare

open Cti.Core

[<RequireQualifiedAccess>]
module internal ReadDecoder =
    let private text = Decode.literal Literal.text

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

    /// A reader, and the column names a file without a header is given.
    let decoder: Decoder<ReaderSpec * string list> =
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
                Decode.case
                    "json"
                    "A JSON document; fields are paths in a record: `ip`, `data.ip`, `tags.*`, `@key`"
                    (JsonDecoder.json |> Field.map (fun dialect -> ReaderSpec.Json dialect, []))
                Decode.case
                    "ndjson"
                    "One JSON value per line, whatever the file's name; fields are paths in it"
                    (JsonDecoder.ndjson |> Field.map (fun dialect -> ReaderSpec.Ndjson dialect, []))
            ]
