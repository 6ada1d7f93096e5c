// What must hold of readers for any input.
module Cti.Core.Tests.Read.ReadProperties

open System
open System.Text
open FsCheck
open FsCheck.FSharp
open Xunit
open Cti.Core
open Cti.Core.Tests.Read.Feeding

let private check property =
    Check.One(Config.QuickThrowOnFailure.WithMaxTest 500, property)

let private dialect =
    { CsvDialect.standard with
        Header = CsvHeader.NoHeader
    }

let private cellGen =
    Gen.elements
        [
            "a"
            "é"
            ","
            "\""
            "\n"
            "\r"
            "\r\n"
            " "
            "\t"
            "#"
            "漢"
            "x,y"
            "1.2.3.4"
        ]
    |> Gen.listOf
    |> Gen.resize 6
    |> Gen.map (String.concat "")

let private rowsGen =
    cellGen |> Gen.nonEmptyListOf |> Gen.resize 5 |> Gen.listOf |> Gen.resize 8

let private quoted (cell: string) =
    "\"" + cell.Replace("\"", "\"\"") + "\""

/// A cell that needs no quotes may go without.
let private printCell (random: Random) (cell: string) =
    if
        cell.IndexOfAny [| ','; '"'; '\n'; '\r' |] >= 0
        || cell.Trim() <> cell
        || cell = ""
        || random.Next 2 = 0
    then
        quoted cell
    else
        cell

[<Fact>]
let ``Rows printed as CSV are cut into the same cells, whatever the blocks and batches`` () =
    check (
        Prop.forAll (Arb.fromGen (Gen.zip rowsGen (Gen.choose (1, 1_000_000)))) (fun (rows, seed) ->
            let random = Random seed

            let text =
                rows
                |> List.map (fun row ->
                    (row |> List.map (printCell random) |> String.concat ",")
                    + (if random.Next 2 = 0 then "\n" else "\r\n"))
                |> String.concat ""

            cells (feedRandomly seed (ReaderSpec.Csv dialect) (utf8 text)) = rows)
    )

/// A way to write a table: everything a dialect can say.
let private dialectGen =
    gen {
        let! separator =
            Gen.elements
                [
                    yield! [ ","; ";"; "\t"; "|"; "::"; "||"; "~|~"; "," ] |> List.map CsvSeparator.Text
                    CsvSeparator.Whitespace
                ]

        let! quote = Gen.elements [ ValueSome '"'B; ValueSome '\''B; ValueNone ]
        let! escape = Gen.elements [ CsvEscape.Doubled; CsvEscape.Backslash ]
        let! comments = Gen.elements [ []; [ "#" ]; [ "#"; "//" ] ]

        let! header =
            Gen.elements [ CsvHeader.NoHeader; CsvHeader.FirstRow; CsvHeader.InComment ]

        let! named = Gen.elements [ true; false ]
        let! skip = Gen.choose (0, 2)

        let header =
            if header = CsvHeader.InComment && List.isEmpty comments then
                CsvHeader.FirstRow
            else
                header

        return
            { CsvDialect.standard with
                Separator = separator
                Quote = quote
                Escape = escape
                Comments = comments
                Skip = skip
                Header = header
                Columns =
                    if named && header <> CsvHeader.InComment then
                        [ "p"; "q"; "r" ]
                    else
                        []
            }
    }

/// A cell as the dialect has it written.
let private writeCell (dialect: CsvDialect) (random: Random) (cell: string) =
    match dialect.Quote with
    | ValueNone -> cell
    | ValueSome quote ->
        let mark = string (char quote)

        let special =
            match dialect.Separator with
            | CsvSeparator.Text text -> text.Contains ' ' || cell.Contains(text[0])
            | CsvSeparator.Whitespace -> cell.Contains ' ' || cell.Contains '\t'

        let escaped =
            match dialect.Escape with
            | CsvEscape.Doubled -> cell.Replace(mark, mark + mark)
            | CsvEscape.Backslash -> cell.Replace("\\", "\\\\").Replace(mark, "\\" + mark)

        if
            special
            || cell = ""
            || cell.IndexOfAny [| char quote; '\n'; '\r'; '#'; '/' |] >= 0
            || cell.Trim() <> cell
            || random.Next 2 = 0
        then
            mark + escaped + mark
        else
            cell

/// A table of three columns, and the text of it in a dialect, with what feeds put around and between rows.
let private writeTable (dialect: CsvDialect) (random: Random) (rows: string list list) =
    let separator () =
        match dialect.Separator with
        | CsvSeparator.Text text ->
            if random.Next 3 = 0 && text <> "\t" then
                " " + text + " "
            else
                text
        | CsvSeparator.Whitespace -> if random.Next 2 = 0 then " " else "\t  "

    let lineEnd () =
        match random.Next 3 with
        | 0 -> "\r\n"
        | 1 -> "\r"
        | _ -> "\n"

    let row (cells: string list) =
        let written = cells |> List.map (writeCell dialect random)
        let joined = written |> List.reduce (fun left right -> left + separator () + right)
        joined + lineEnd ()

    let between () =
        match dialect.Comments with
        | mark :: _ when random.Next 4 = 0 -> mark + " a, \"note" + lineEnd ()
        | _ when random.Next 5 = 0 -> lineEnd ()
        | _ -> ""

    let names = [ "a"; "b"; "a" ]

    let header =
        match dialect.Header with
        | CsvHeader.FirstRow -> between () + row names
        | CsvHeader.InComment -> dialect.Comments.Head + " " + row names
        | CsvHeader.NoHeader -> ""

    String.concat
        ""
        [
            if random.Next 3 = 0 then
                "\uFEFF"
            yield! List.init dialect.Skip (fun _ -> "title \" line" + (if random.Next 2 = 0 then "\r\n" else "\n"))
            header
            for cells in rows do
                between ()
                row cells
            if not (List.isEmpty dialect.Comments) then
                dialect.Comments.Head + " END"
        ]

let private tableGen =
    gen {
        let! dialect = dialectGen
        // Without quotes a cell can hold nothing that means something.
        let cell =
            match dialect.Quote with
            | ValueNone -> Gen.elements [ "x"; "é"; "1.2.3.4"; "漢z"; "\"y\""; "\\" ]
            | ValueSome _ ->
                cellGen
                |> Gen.map (fun text -> text + "")
                |> fun plain -> Gen.oneof [ plain; Gen.elements [ "'"; "\\"; "\\\""; "a::b"; "||"; "//x"; "" ] ]

        let! rows = Gen.listOfLength 3 cell |> Gen.listOf |> Gen.resize 8
        let! seed = Gen.choose (1, 1_000_000)
        return dialect, rows, seed
    }

[<Fact>]
let ``A table written in any dialect is read back, with its columns' names, whatever the blocks and batches`` () =
    check (
        Prop.forAll (Arb.fromGen tableGen) (fun (dialect, rows, seed) ->
            Assert.Empty(CsvDialect.problems dialect)
            let text = writeTable dialect (Random seed) rows
            let spec = ReaderSpec.Csv dialect
            let seen = feedRandomly seed spec (utf8 text)
            Assert.Equal<string list>([], codes seen)
            Assert.Equal<string list list>(rows, cells seen)
            let reader = ReaderSpec.reader spec ReaderStart.beginning
            let bytes = utf8 text
            reader.Read(bytes, 0, bytes.Length, true, 1000, RawBatch 1) |> ignore

            if not (List.isEmpty rows) then
                Assert.Equal<string list>(
                    (match dialect.Columns, dialect.Header with
                     | [], CsvHeader.NoHeader -> []
                     | [], _ -> [ "a"; "b"; "a_2" ]
                     | names, _ -> names),
                    List.ofArray reader.Columns
                ))
    )

let private tight =
    { ReadLimits.standard with
        MaxRecordBytes = 24
        MaxCells = 5
        MaxRejectedBytes = 64
    }

let private specs =
    [
        ReaderSpec.Csv { dialect with Limits = tight }
        ReaderSpec.Csv
            { CsvDialect.standard with
                Limits = tight
                Comments = [ "#"; "//" ]
            }
        ReaderSpec.Csv
            { CsvDialect.standard with
                Limits = tight
                Comments = [ "#" ]
                Header = CsvHeader.InComment
                Skip = 1
            }
        ReaderSpec.Csv
            { dialect with
                Limits = tight
                Separator = CsvSeparator.Text "\t"
                Quote = ValueNone
            }
        ReaderSpec.Csv
            { dialect with
                Limits = tight
                Separator = CsvSeparator.Text "bc"
                Escape = CsvEscape.Backslash
                Columns = [ "p"; "q" ]
            }
        ReaderSpec.Csv
            { CsvDialect.standard with
                Limits = tight
                Separator = CsvSeparator.Whitespace
                Comments = [ "#" ]
                Columns = [ "p" ]
            }
        ReaderSpec.Lines
            { LinesDialect.standard with
                Comments = [ "#"; "//" ]
                TrailingComments = true
                Limits = tight
            }
        yield!
            [
                BlockListDialect.Hosts
                BlockListDialect.Dnsmasq
                BlockListDialect.Rpz
                BlockListDialect.Adblock
                BlockListDialect.Unbound
                BlockListDialect.BindZone
                BlockListDialect.IdsRules
            ]
            |> List.map (fun dialect -> ReaderSpec.BlockList(dialect, { tight with MaxRecordBytes = 48 }))
    ]

/// Bytes made of what readers look at.
let private noise =
    Gen.elements
        [
            "\""B
            "\"\""B
            ","B
            "\n"B
            "\r"B
            "\t"B
            " "B
            "#"B
            "/"B
            "a"B
            "bc"B
            "0123456789"B
            Encoding.UTF8.GetBytes "é"
            [| 0xE9uy |]
            [| 0uy |]
            [| 0xEFuy; 0xBBuy; 0xBFuy |]
            "\\"B
            [| 0xA0uy |]
            "0.0.0.0 "B
            "address=/a.b/"B
            "\n$ORIGIN x.\n"B
            "\na.x. CNAME .\n"B
            " TXT ("B
            ")"B
            "local-zone: \"a.b\" "B
            "\nzone \"a\" {"B
            "||a.b^$"B
            "\nalert ip 1.2.3.4 any -> any any (sid:1;)"B
            "content:\"|"B
        ]
    |> Gen.listOf
    |> Gen.resize 60
    |> Gen.map Array.concat

[<Fact>]
let ``What is cut depends neither on block borders nor on batch sizes`` () =
    check (
        Prop.forAll (Arb.fromGen (Gen.zip noise (Gen.choose (1, 1_000_000)))) (fun (bytes, seed) ->
            specs
            |> List.forall (fun spec -> feedRandomly seed spec bytes = feed spec bytes))
    )

[<Fact>]
let ``Reading resumed at any border gives the same records`` () =
    check (
        Prop.forAll (Arb.fromGen (Gen.zip noise (Gen.choose (0, 20)))) (fun (bytes, stopAfter) ->
            specs
            |> List.forall (fun spec ->
                let whole = feed spec bytes
                // Record by record, until enough; then a new reader from where the first one stands.
                let first = ReaderSpec.reader spec ReaderStart.beginning
                let batch = RawBatch 1
                let mutable at = 0
                let mutable taken = 0
                let mutable going = true

                while going && taken < stopAfter do
                    let progress = first.Read(bytes, at, bytes.Length - at, true, 1, batch)
                    going <- not progress.NeedMore
                    at <- at + progress.Consumed
                    taken <- taken + batch.Count + batch.Rejections.Count
                    batch.Clear()

                first.HeaderPending
                || (let second =
                        ReaderSpec.reader
                            spec
                            {
                                Offset = first.Offset
                                Line = first.Line
                                Columns = first.Resume
                            }

                    let rest = feedWith second bytes[at..] (fun () -> 7) (fun () -> 3)
                    rest = List.skip taken whole)))
    )
