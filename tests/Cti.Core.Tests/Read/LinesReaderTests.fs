// Plain lists: what is a record, what is not, and where it stands.
module Cti.Core.Tests.Read.LinesReaderTests

open Xunit
open Cti.Core
open Cti.Core.Tests.Read.Feeding

let private standard = LinesDialect.standard

let private read (dialect: LinesDialect) (text: string) =
    feed (ReaderSpec.Lines dialect) (utf8 text)

let private values dialect text =
    read dialect text |> cells |> List.map List.head

[<Fact>]
let ``Blank lines and comments are not records`` () =
    let dialect =
        { standard with
            Comments = [ "#"; "!"; ";"; "//" ]
        }

    Assert.Equal<string list>(
        [ "a"; "b/c"; "/d" ],
        values dialect "# x\n\n  \t\na\n  ! y\n;z\n// no\nb/c\n/d\n  # last"
    )

[<Fact>]
let ``LF, CRLF and lone CR end a line, and each counts once`` () =
    let seen = read standard "a\r\nb\rc\n\r\nd\r\re"

    Assert.Equal<Seen list>(
        [
            Cells(1L, 0L, [ "a" ])
            Cells(2L, 3L, [ "b" ])
            Cells(3L, 5L, [ "c" ])
            Cells(5L, 9L, [ "d" ])
            Cells(7L, 12L, [ "e" ])
        ],
        seen
    )

[<Fact>]
let ``A byte order mark is skipped at the very beginning only`` () =
    Assert.Equal<string list>([ "a"; "\uFEFFb" ], values standard "\uFEFFa\n\uFEFFb\n")
    Assert.Equal<string list>([], values standard "\uFEFF")

    Assert.Equal<Seen list>(
        [ Rejected("CTI-READ-006", 1L, 0L, "\u00EF\u00BB") ],
        feed (ReaderSpec.Lines standard) [| 0xEFuy; 0xBBuy |]
    )

[<Fact>]
let ``Trailing comments are cut off when asked`` () =
    let text = "1.2.3.4 # scanner # two\n5.6.7.8\t#x\nhttp://h/#frag\na b c"

    Assert.Equal<string list>(
        [ "1.2.3.4"; "5.6.7.8"; "http://h/#frag"; "a b c" ],
        values
            { standard with
                TrailingComments = true
            }
            text
    )

    Assert.Equal("1.2.3.4 # scanner # two", (values standard text)[0])

[<Fact>]
let ``Blanks around a value are not part of it`` () =
    Assert.Equal<string list>([ "a b"; "c" ], values standard " \ta b \t\nc\u000B\u000C\n")

[<Fact>]
let ``Nothing gives nothing`` () =
    Assert.Empty(read standard "")
    Assert.Empty(read standard "\n\n\r\n")

[<Fact>]
let ``NUL and invalid UTF-8 reject only themselves`` () =
    let bytes =
        Array.concat [ utf8 "good\nb\000d\n"; [| 0xE9uy; 10uy |]; utf8 "grün\n"; [| 0xC3uy |] ]

    let seen = feed (ReaderSpec.Lines standard) bytes
    Assert.Equal<string list list>([ [ "good" ]; [ "grün" ] ], cells seen)
    Assert.Equal<string list>([ "CTI-READ-007"; "CTI-READ-006"; "CTI-READ-006" ], codes seen)

[<Fact>]
let ``A line longer than the limit is rejected with its beginning, and its neighbours live`` () =
    let dialect =
        { standard with
            Limits =
                { ReadLimits.standard with
                    MaxRecordBytes = 10
                }
        }

    let text =
        "a\n"
        + String.replicate 1000 "x"
        + "\r\n0123456789\n# "
        + String.replicate 50 "c"
        + "\nb"

    let expected =
        [
            Cells(1L, 0L, [ "a" ])
            Rejected("CTI-READ-001", 2L, 2L, "xxxxxxxxxx")
            Cells(3L, 1004L, [ "0123456789" ])
            Cells(5L, 1068L, [ "b" ])
        ]

    Assert.Equal<Seen list>(expected, read dialect text)

    for seed in 1..200 do
        Assert.Equal<Seen list>(expected, feedRandomly seed (ReaderSpec.Lines dialect) (utf8 text))

[<Fact>]
let ``Originals are cut at 65,536 bytes and values at 1,024`` () =
    let batch = RawBatch 1
    let bytes = Array.append (utf8 (String.replicate 100_000 "é")) [| 0uy; 10uy |]
    let reader = ReaderSpec.reader (ReaderSpec.Lines standard) ReaderStart.beginning
    reader.Read(bytes, 0, bytes.Length, true, 1, batch) |> ignore
    let rejection = batch.Rejections[0]
    Assert.Equal(65_536, rejection.Original.Length)
    Assert.Equal(512, rejection.Value.Length)
    Assert.Equal(Stage.Read, rejection.Stage)

[<Fact>]
let ``A source of garbage closes batches before memory runs out`` () =
    let line = Array.append (Array.create 65_536 0uy) [| 10uy |]
    let bytes = Array.concat (Array.create 200 line)
    let reader = ReaderSpec.reader (ReaderSpec.Lines standard) ReaderStart.beginning
    let batch = RawBatch 1
    reader.Read(bytes, 0, bytes.Length, true, 1_000_000, batch) |> ignore
    Assert.Equal(64, batch.Rejections.Count)

[<Fact>]
let ``Reading resumes at any record's end`` () =
    let text = utf8 "\uFEFFa\r\n#c\nb\n\nlast"
    let first = ReaderSpec.reader (ReaderSpec.Lines standard) ReaderStart.beginning
    let batch = RawBatch 1
    first.Read(text, 0, text.Length, true, 1, batch) |> ignore

    let second =
        ReaderSpec.reader
            (ReaderSpec.Lines standard)
            {
                Offset = first.Offset
                Line = first.Line
                Columns = first.Columns
            }

    let rest = text[int first.Offset ..]
    let seen = feedWith second rest (fun () -> 3) (fun () -> 10)
    Assert.Equal<Seen list>([ Cells(3L, 9L, [ "b" ]); Cells(5L, 12L, [ "last" ]) ], seen)
