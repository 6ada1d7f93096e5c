// Plain lists and delimited text: comment marks, separators, and whether the first row holds names.
namespace Cti.Core

open System
open System.Text

[<RequireQualifiedAccess>]
module internal TextProposals =
    let private marks = [ "#"; "//"; "!"; ";" ]
    let private separators = [ ','; ';'; '\t'; '|' ]
    let private longestName = 64

    /// The marks with which lines begin that are comments.
    let private comments (head: Head) : string list =
        let begin' (mark: string) =
            head.Lines
            |> Array.filter (fun line -> line.TrimStart().StartsWith(mark, StringComparison.Ordinal))

        marks
        |> List.filter (fun mark ->
            let found = begin' mark

            found.Length > 0
            // A semicolon that also stands inside of lines parts cells.
            && (mark <> ";"
                || head.Lines
                   |> Array.forall (fun line -> line.TrimStart().StartsWith ';' || not (line.Contains ';'))))

    let private isComment (marks: string list) (line: string) =
        let line = line.TrimStart()

        marks
        |> List.exists (fun mark -> line.StartsWith(mark, StringComparison.Ordinal))

    let private dialect (marks: string list) (separator: char) (header: CsvHeader) =
        { CsvDialect.standard with
            Separator = CsvSeparator.Text(string separator)
            Comments = marks
            Header = header
        }

    // A name of a column: not empty, not long, neither a value nor a number.
    let private isName (cell: string) =
        cell <> ""
        && cell.Length <= longestName
        && cell |> Seq.exists Char.IsLetter
        && (SampleValue.typeOf cell).IsNone
        && TimeGuess.ofSamples true [| cell |] = TimeGuess.NoTime

    let private isHeader (cells: string[]) =
        cells.Length > 0 && cells |> Array.forall isName

    // The width most rows have, where most have one and it is at least two.
    let private width (records: string[][]) (rejected: int) : int voption =
        if records.Length = 0 then
            ValueNone
        else
            let widths = records |> Array.countBy Array.length

            let common, count = widths |> Array.maxBy snd

            if common >= 2 && count * 5 >= (records.Length + rejected) * 4 then
                ValueSome common
            else
                ValueNone

    let private table (head: Head) (marks: string list) (separator: char) : ReaderSpec list =
        let plain = dialect marks separator CsvHeader.NoHeader
        let _, records, rejected = Judged.read (ReaderSpec.Csv plain) head

        match width records rejected with
        | ValueNone -> []
        | ValueSome width ->
            let inComment =
                if List.isEmpty marks then
                    [||]
                else
                    let names, _, _ =
                        Judged.read (ReaderSpec.Csv(dialect marks separator CsvHeader.InComment)) head

                    names

            let header =
                if inComment.Length = width && isHeader inComment then
                    CsvHeader.InComment
                elif records.Length > 1 && isHeader records[0] then
                    CsvHeader.FirstRow
                else
                    CsvHeader.NoHeader

            [ ReaderSpec.Csv { plain with Header = header } ]

    // One column under a name: `Domain`, then domains.
    let private column (head: Head) (marks: string list) : ReaderSpec list =
        let values =
            head.Lines
            |> Array.filter (fun line -> line.Trim() <> "" && not (isComment marks line))

        match separators |> List.tryFind (fun mark -> not (head.Text.Contains mark)) with
        | Some separator when
            values.Length > 1
            && isName (values[0].Trim().Trim('"'))
            && (SampleValue.typeOf (values[1].Trim().Trim('"'))).IsSome
            ->
            [ ReaderSpec.Csv(dialect marks separator CsvHeader.FirstRow) ]
        | _ -> []

    let private list (marks: string list) : ReaderSpec =
        ReaderSpec.Lines
            { LinesDialect.standard with
                Comments = if List.isEmpty marks then [ "#" ] else marks
                TrailingComments = true
            }

    /// Tables by every separator that gives rows of one width.
    let tables (head: Head) : ReaderSpec list =
        let marks = comments head

        (separators |> List.collect (table head marks)) @ column head marks

    /// One value a line.
    let lists (head: Head) : ReaderSpec list = [ list (comments head) ]
