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
                Separator = '\t'B
                Quote = ValueNone
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
