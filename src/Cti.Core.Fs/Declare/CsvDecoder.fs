// How the dialect of a delimited text is written in YAML.
namespace Cti.Core.Declare

open Cti.Core

[<RequireQualifiedAccess>]
module internal CsvDecoder =
    let private text = Decode.literal Literal.text

    let private header =
        Literal.choice
            "a kind of header"
            [
                CsvHeader.FirstRow, "first_row"
                CsvHeader.InComment, "in_comment"
                CsvHeader.NoHeader, "none"
            ]

    let private escape =
        Literal.choice "a way to escape" [ CsvEscape.Doubled, "doubled"; CsvEscape.Backslash, "backslash" ]

    // What is declared; whether a header was, its default depends on `columns`.
    let private declared: Fields<CsvDialect * CsvHeader option * string list option> =
        block {
            let! separator =
                Field.defaulted
                    "separator"
                    "what stands between cells; whitespace: any number of blanks and tabs"
                    CsvWords.separator
                    (CsvSeparator.Text ",")

            and! quote =
                Field.defaulted "quote" "what quotes a cell, or none" CsvWords.quote (Some '"')

            and! escape =
                Field.defaulted
                    "escape"
                    "how a quote is written inside a quoted cell: doubled, or behind a backslash"
                    escape
                    CsvEscape.Doubled

            and! comments =
                Field.optional
                    "comment"
                    "what a comment line begins with, or a list of such marks"
                    (Decode.oneOrMany "comment" text)

            and! header =
                Field.noted
                    "header"
                    "where the column names stand: in the first row, in a comment before it, or nowhere"
                    header
                    CsvHeader.FirstRow

            and! columns =
                Field.optional
                    "columns"
                    "the column names, in order: of a file without a header, or instead of the first row's"
                    (Decode.nonEmpty "columns" text)

            and! skip =
                Field.defaulted "skip" "lines to pass over at the start" (Literal.int "skip" 0 1_000_000) 0

            return
                { CsvDialect.standard with
                    Separator = separator
                    Quote = quote |> Option.map byte |> Option.toValueOption
                    Escape = escape
                    Comments = Option.defaultValue [] comments
                    Header = Option.defaultValue CsvHeader.FirstRow header
                    Columns = Option.defaultValue [] columns
                    Skip = skip
                },
                header,
                columns
        }

    // The parts of a dialect that cannot stand together.
    let private faults (dialect: CsvDialect, header: CsvHeader option, columns: string list option) =
        [
            match columns, header with
            | Some _, None ->
                [ Step.Key "columns" ],
                Fault.Conflict(
                    "`columns` needs to know whether the first row holds names",
                    "write `header: none`, or `header: first_row` where a row of names is to be passed over"
                )
            | Some _, Some CsvHeader.InComment ->
                [ Step.Key "columns" ],
                Fault.Conflict(
                    "the names stand in a comment, and in `columns` as well",
                    "write `header: none`, or remove `columns`"
                )
            | _ -> ()

            if dialect.Header = CsvHeader.InComment && List.isEmpty dialect.Comments then
                [ Step.Key "header" ],
                Fault.Conflict("the header stands in a comment, but no comment is declared", "add `comment: \"#\"`")

            match dialect.Quote, dialect.Separator with
            | ValueSome quote, CsvSeparator.Text text when text.Contains(char quote) ->
                [ Step.Key "quote" ],
                Fault.Conflict(
                    "the separator holds the quote character",
                    "change one of the two, or write `quote: none`"
                )
            | ValueSome '\\'B, _ when dialect.Escape = CsvEscape.Backslash ->
                [ Step.Key "quote" ], Fault.Conflict("quote and escape are the same character", "change one of the two")
            | _ -> ()
        ]

    /// A dialect, and the column names a file without a header is given.
    let fields: Fields<ReaderSpec * string list> =
        declared
        |> Field.check faults
        |> Field.map (fun (dialect, _, _) -> ReaderSpec.Csv dialect, dialect.Columns)
