// How a delimited text is written, and the names its header gives to columns. Cuts nothing.
namespace Cti.Core

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

/// Delimited text after RFC 4180, with what feeds do to it.
type CsvDialect =
    {
        /// One ASCII character: `,` `;` `|` or a tab.
        Separator: byte
        /// The character that may enclose a cell, doubled inside one; none: quotes are text.
        Quote: byte voption
        /// Lines that begin with one of these (after blanks) are comments, except inside quoted cells.
        Comments: string list
        /// Lines to pass over before anything else, at least 0.
        Skip: int
        Header: CsvHeader
        Limits: ReadLimits
    }

[<RequireQualifiedAccess>]
module CsvDialect =
    /// Commas, double quotes, a header in the first row, no comments.
    let standard =
        {
            Separator = ','B
            Quote = ValueSome '"'B
            Comments = []
            Skip = 0
            Header = CsvHeader.FirstRow
            Limits = ReadLimits.standard
        }

    /// What makes a dialect unusable; empty when nothing does. Readers trust that it was asked.
    let problems (dialect: CsvDialect) : string list =
        let isSpecial byte =
            byte = '\n'B || byte = '\r'B || byte = 0uy || byte > 126uy

        [
            if isSpecial dialect.Separator then
                "the separator must be one ASCII character that ends no line"

            match dialect.Quote with
            | ValueSome quote when isSpecial quote || quote = ' 'B || quote = '\t'B ->
                "the quote must be one visible ASCII character"
            | ValueSome quote when quote = dialect.Separator -> "separator and quote are the same character"
            | _ -> ()

            if dialect.Skip < 0 then
                "skip must be at least 0"

            if dialect.Header = CsvHeader.InComment && List.isEmpty dialect.Comments then
                "a header in a comment needs a comment mark"

            if dialect.Limits.MaxRecordBytes < 1 || dialect.Limits.MaxCells < 1 then
                "a record must be allowed one byte and one cell"
        ]

    /// Names as a header gives them, made usable: an empty one becomes `column_N` (from 1), the second `name` becomes `name_2`.
    let columnNames (cells: string seq) : string[] =
        let taken = HashSet<string>()
        let names = List<string>()

        for cell in cells do
            let name =
                match cell.Trim() with
                | "" -> $"column_%d{names.Count + 1}"
                | name -> name

            let mutable unique = name
            let mutable number = 1

            while not (taken.Add unique) do
                number <- number + 1
                unique <- $"%s{name}_%d{number}"

            names.Add unique

        names.ToArray()
