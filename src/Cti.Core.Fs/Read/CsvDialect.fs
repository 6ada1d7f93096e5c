// How a delimited text is written, and the names its header gives to columns. Cuts nothing.
namespace Cti.Core

open System
open System.Collections.Generic

/// Where the columns' names stand.
[<Struct; RequireQualifiedAccess>]
type CsvHeader =
    /// The first record holds the names; it is no record itself.
    | FirstRow
    /// The last comment before the first record that splits into as many names as that record has cells; when none does,
    /// the last one that splits into two names or more.
    | InComment
    /// Columns have no names, only numbers.
    | NoHeader

/// What stands between two cells.
[<RequireQualifiedAccess>]
type CsvSeparator =
    /// One to eight ASCII characters; several neither begin nor end with a blank.
    | Text of string
    /// Blanks and tabs, any number of them; those around a row part nothing.
    | Whitespace

/// How a quote inside a quoted cell is written.
[<Struct; RequireQualifiedAccess>]
type CsvEscape =
    /// `""`, as RFC 4180 has it.
    | Doubled
    /// `\"`; `\\` is a backslash then, and a backslash before anything else is one.
    | Backslash

/// Delimited text after RFC 4180, with what feeds do to it.
type CsvDialect =
    {
        Separator: CsvSeparator
        /// The character that may enclose a cell; none: quotes are text.
        Quote: byte voption
        Escape: CsvEscape
        /// Lines that begin with one of these (after blanks) are comments, except inside quoted cells.
        Comments: string list
        /// Lines to pass over before anything else, at least 0.
        Skip: int
        Header: CsvHeader
        /// Names of the columns, in order, in place of those of the header; empty where the header's are good.
        Columns: string list
        Limits: ReadLimits
    }

[<RequireQualifiedAccess>]
module CsvDialect =
    /// Commas, double quotes, a header in the first row, no comments.
    let standard =
        {
            Separator = CsvSeparator.Text ","
            Quote = ValueSome '"'B
            Escape = CsvEscape.Doubled
            Comments = []
            Skip = 0
            Header = CsvHeader.FirstRow
            Columns = []
            Limits = ReadLimits.standard
        }

    /// What makes a dialect unusable; empty when nothing does. Readers trust that it was asked.
    let problems (dialect: CsvDialect) : string list =
        let isSpecial byte =
            byte = '\n'B || byte = '\r'B || byte = 0uy || byte > 126uy

        let isBlank (letter: char) = letter = ' ' || letter = '\t'

        [
            match dialect.Separator with
            | CsvSeparator.Text text when
                text.Length < 1
                || text.Length > 8
                || text
                   |> Seq.exists (fun letter -> not (Char.IsAscii letter) || isSpecial (byte letter))
                ->
                "the separator must be one to eight ASCII characters that end no line"
            | CsvSeparator.Text text when text.Length > 1 && (isBlank text[0] || isBlank text[text.Length - 1]) ->
                "a separator of several characters neither begins nor ends with a blank: blanks around cells are no part of them"
            | _ -> ()

            match dialect.Quote, dialect.Separator with
            | ValueSome quote, _ when isSpecial quote || quote = ' 'B || quote = '\t'B ->
                "the quote must be one visible ASCII character"
            | ValueSome quote, CsvSeparator.Text text when text.Contains(char quote) ->
                "the separator holds the quote character"
            | ValueSome quote, _ when quote = '\\'B && dialect.Escape = CsvEscape.Backslash ->
                "quote and escape are the same character"
            | _ -> ()

            if dialect.Skip < 0 then
                "skip must be at least 0"

            if dialect.Header = CsvHeader.InComment && not (List.isEmpty dialect.Columns) then
                "a header in a comment is not skipped but asked: with names of its own a source has no header"

            if dialect.Header = CsvHeader.InComment && List.isEmpty dialect.Comments then
                "a header in a comment needs a comment mark"

            if dialect.Limits.MaxRecordBytes < 1 || dialect.Limits.MaxCells < 1 then
                "a record must be allowed one byte and one cell"
        ]

    // White space, and what is not seen either: zero-width characters and byte order marks.
    let private invisible =
        [|
            yield! [ '\u0009' .. '\u000D' ]
            ' '
            '\u0085'
            '\u00A0'
            yield! [ '\u2000' .. '\u200D' ]
            '\u202F'
            '\u205F'
            '\u2060'
            '\u3000'
            '\uFEFF'
        |]

    /// Names as a header gives them, made usable: blanks and invisible characters around them go, an empty one becomes `column_N` (from 1), the second `name` becomes `name_2`.
    let columnNames (cells: string seq) : string[] =
        let taken = HashSet<string>()
        let names = List<string>()

        for cell in cells do
            let name =
                match cell.Trim invisible with
                | "" -> $"column_%d{names.Count + 1}"
                | name -> name

            let mutable unique = name
            let mutable number = 1

            while not (taken.Add unique) do
                number <- number + 1
                unique <- $"%s{name}_%d{number}"

            names.Add unique

        names.ToArray()
