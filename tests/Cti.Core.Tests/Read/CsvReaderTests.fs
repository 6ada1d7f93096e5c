// Delimited text: dialects, faults, and the way back after a fault.
module Cti.Core.Tests.Read.CsvReaderTests

open Xunit
open Cti.Core
open Cti.Core.Tests.Read.Feeding

let private plain =
    { CsvDialect.standard with
        Header = CsvHeader.NoHeader
    }

let private read (dialect: CsvDialect) (text: string) =
    Assert.Empty(CsvDialect.problems dialect)
    feed (ReaderSpec.Csv dialect) (utf8 text)

let private columnsOf (dialect: CsvDialect) (text: string) =
    let reader = ReaderSpec.reader (ReaderSpec.Csv dialect) ReaderStart.beginning
    let bytes = utf8 text
    let batch = RawBatch 1
    reader.Read(bytes, 0, bytes.Length, true, 1000, batch) |> ignore
    Array.toList reader.Columns

let private tab =
    { plain with
        Separator = CsvSeparator.Text "\t"
        Quote = ValueNone
    }

let private sep text =
    { plain with
        Separator = CsvSeparator.Text text
    }

/// name, dialect, text, cells of the accepted records, codes of the others
let dialects: objnull array list =
    [
        struct ("plain", plain, "a,b\nc,d\n", [ [ "a"; "b" ]; [ "c"; "d" ] ], [])
        struct ("no final line end", plain, "a,b\nc,d", [ [ "a"; "b" ]; [ "c"; "d" ] ], [])
        struct ("CRLF and CR", plain, "a,b\r\nc,d\re,f\r\n", [ [ "a"; "b" ]; [ "c"; "d" ]; [ "e"; "f" ] ], [])
        struct ("blank lines", plain, "\n \na\n\r\n\nb", [ [ "a" ]; [ "b" ] ], [])
        struct ("empty cells", plain, ",\n,,a\n", [ [ ""; "" ]; [ ""; ""; "a" ] ], [])
        struct ("ragged", plain, "a\nb,c,d\n", [ [ "a" ]; [ "b"; "c"; "d" ] ], [])
        struct ("blanks", plain, " a b , c\t\n", [ [ "a b"; "c" ] ], [])
        struct ("quoted", plain, "\"a,b\",\"c\"\n\"\",x\n", [ [ "a,b"; "c" ]; [ ""; "x" ] ], [])
        struct ("quoted blanks stay", plain, "\" a \",b\n", [ [ " a "; "b" ] ], [])
        struct ("blanks around quotes", plain, " \"a\" , \"b\"\t\n", [ [ "a"; "b" ] ], [])
        struct ("doubled quotes", plain, "\"a\"\"b\",\"\"\"\"\n", [ [ "a\"b"; "\"" ] ], [])
        struct ("line ends inside", plain, "\"a\nb\r\nc\",d\ne,f", [ [ "a\nb\r\nc"; "d" ]; [ "e"; "f" ] ], [])
        struct ("quote inside", plain, "a\"b\",c\"\n", [ [ "a\"b\""; "c\"" ] ], [])
        struct ("quote at the end", plain, "a,\"b\"", [ [ "a"; "b" ] ], [])
        struct ("text after a quote", plain, "a,\"b\"c\nd,e\n", [ [ "d"; "e" ] ], [ "CTI-READ-005" ])
        struct ("stray quote", plain, "a,\"b\nc,\"d\"\ne\n", [ [ "c"; "d" ]; [ "e" ] ], [ "CTI-READ-005" ])
        struct ("open to the end", plain, "a,\"b\nc,d\ne,f", [ [ "c"; "d" ]; [ "e"; "f" ] ], [ "CTI-READ-004" ])
        struct ("open last line", plain, "a\n\"b", [ [ "a" ] ], [ "CTI-READ-004" ])
        struct ("tab", tab, "a\tb c\n\t\"x\n", [ [ "a"; "b c" ]; [ ""; "\"x" ] ], [])
        struct ("tab, quoted", { tab with Quote = ValueSome '"'B }, "\"a\"\t\"b\tc\"\n", [ [ "a"; "b\tc" ] ], [])
        struct ("semicolon and single quote",
                { plain with
                    Separator = CsvSeparator.Text ";"
                    Quote = ValueSome '\''B
                },
                "'a;b';\"c\"\n",
                [ [ "a;b"; "\"c\"" ] ],
                [])
        struct ("comments",
                { plain with Comments = [ "#"; "//" ] },
                "#a\n //b\nc,#d\n\"\n#in\",e\n/f\n",
                [ [ "c"; "#d" ]; [ "\n#in"; "e" ]; [ "/f" ] ],
                [])
        struct ("skip", { plain with Skip = 2 }, "title \"\n\na,b\n", [ [ "a"; "b" ] ], [])
        struct ("skip more than there is", { plain with Skip = 9 }, "a\nb", [], [])
        struct ("header",
                CsvDialect.standard,
                "x,y\na\nb,c,\nd,e,f\n",
                [ [ "a" ]; [ "b"; "c"; "" ] ],
                [ "CTI-READ-003" ])
        struct ("header only", CsvDialect.standard, "x,y\n", [], [])
        struct ("bad header", CsvDialect.standard, "x,\"y\na,b\n", [], [ "CTI-READ-004"; "CTI-READ-008" ])
        struct ("byte order mark", CsvDialect.standard, "\uFEFFx,y\na,b\n", [ [ "a"; "b" ] ], [])
        struct ("several characters", sep "::", "a::b:c::\"d::e\"\n::f:", [ [ "a"; "b:c"; "d::e" ]; [ ""; "f:" ] ], [])
        struct ("half a separator at the end", sep "::", "a:", [ [ "a:" ] ], [])
        struct ("bars", sep "||", "a | b || c\n", [ [ "a | b"; "c" ] ], [])
        struct ("white space",
                { plain with
                    Separator = CsvSeparator.Whitespace
                    Comments = [ "#" ]
                },
                "# x\n  a  b\t\"c d\"  \n\t\n192.0.2.0\t192.0.2.255 24\r\n e",
                [ [ "a"; "b"; "c d" ]; [ "192.0.2.0"; "192.0.2.255"; "24" ]; [ "e" ] ],
                [])
        struct ("white space, text after a quote",
                { plain with
                    Separator = CsvSeparator.Whitespace
                },
                "\"a\"b c\nd",
                [ [ "d" ] ],
                [ "CTI-READ-005" ])
        struct ("backslashes",
                { plain with
                    Escape = CsvEscape.Backslash
                },
                "\"a\\\"b\",\"c\\\\\",\"\\d\"\n\"\\\"\",\"\"\ne\\\"f,g\n\"h\\",
                [ [ "a\"b"; "c\\"; "\\d" ]; [ "\""; "" ]; [ "e\\\"f"; "g" ] ],
                [ "CTI-READ-004" ])
        struct ("columns instead of a header",
                { CsvDialect.standard with
                    Columns = [ "a"; "b" ]
                },
                "x,y,z\n1\n1,2,3\n",
                [ [ "1" ] ],
                [ "CTI-READ-003" ])
        struct ("columns without a header",
                { plain with Columns = [ "a"; "b" ] },
                "1,2\n1,2,\n1,2,3\n",
                [ [ "1"; "2" ]; [ "1"; "2"; "" ] ],
                [ "CTI-READ-003" ])
        struct ("footer", { plain with Comments = [ "#" ] }, "a,b\n# END, 1 row\n", [ [ "a"; "b" ] ], [])
        struct ("NUL", plain, "a,b\nc\000,d\ne,f", [ [ "a"; "b" ]; [ "e"; "f" ] ], [ "CTI-READ-007" ])
    ]
    |> List.map (fun struct (a, b, c, d, e) -> [| box a; box b; box c; box d; box e |])

[<Theory; MemberData(nameof dialects)>]
let ``A dialect is read as it says``
    (_: string)
    (dialect: CsvDialect)
    (text: string)
    (expected: string list list)
    (faults: string list)
    =
    let seen = read dialect text
    Assert.Equal<string list list>(expected, cells seen)
    Assert.Equal<string list>(faults, codes seen)

    // Neither block borders nor batch sizes may matter.
    for seed in 1..50 do
        Assert.Equal<Seen list>(seen, feedRandomly seed (ReaderSpec.Csv dialect) (utf8 text))

[<Fact>]
let ``Positions are those of the row's beginning`` () =
    let seen = read CsvDialect.standard "h,i\n\"a\n\nb\",c\r\n\r\nd,e,f\ng"

    Assert.Equal<Seen list>(
        [
            Cells(2L, 4L, [ "a\n\nb"; "c" ])
            Rejected("CTI-READ-003", 6L, 16L, "d,e,f")
            Cells(7L, 22L, [ "g" ])
        ],
        seen
    )

let private inComment =
    { CsvDialect.standard with
        Comments = [ "#" ]
        Header = CsvHeader.InComment
    }

let headers: objnull array list =
    [
        struct (CsvDialect.standard, "a, b ,\"c,d\"\n1,2,3\n", [ "a"; "b"; "c,d" ])
        struct (CsvDialect.standard, "a,,a,a_2,a\n", [ "a"; "column_2"; "a_2"; "a_2_2"; "a_3" ])
        struct (inComment, "###\n# Last, updated\n# id,dateadded,url\n\"1\",\"2\",\"3\"\n", [ "id"; "dateadded"; "url" ])
        struct (inComment, "# id,dateadded,url\n# Hello, world\n#\n1,2,3\n", [ "id"; "dateadded"; "url" ])
        struct (inComment, "## \"id\", \"url\"\n1,2\n# x,y\n", [ "id"; "url" ])
        struct (inComment, "# id,url\n1\n", [ "id"; "url" ])
        struct (inComment, "# id;dateadded;url\n1,2,3\n", [ "id"; "dateadded"; "url" ])
        struct (inComment, "# some words of no meaning\n# id\tdateadded\turl\n1,2,3\n", [ "id"; "dateadded"; "url" ])
        struct ({ inComment with
                    Quote = ValueNone
                    Separator = CsvSeparator.Text "\t"
                },
                "# \"id\",\"url\"\n1\t2\n",
                [ "id"; "url" ])
        struct ({ inComment with
                    Separator = CsvSeparator.Whitespace
                },
                "#ip count\n192.0.2.1 5\n",
                [ "ip"; "count" ])
        struct (CsvDialect.standard, "\u00A0a\u200B,\uFEFFb ,\u2060\n", [ "a"; "b"; "column_3" ])
        struct ({ CsvDialect.standard with
                    Columns = [ "p"; "q" ]
                },
                "a,b\n1,2",
                [ "p"; "q" ])
        struct ({ plain with Columns = [ "p"; "q" ] }, "", [ "p"; "q" ])
        struct (plain, "a,b\n", [])
    ]
    |> List.map (fun struct (a, b, c) -> [| box a; box b; box c |])

[<Theory; MemberData(nameof headers)>]
let ``The header gives the columns' names`` (dialect: CsvDialect) (text: string) (expected: string list) =
    Assert.Equal<string list>(expected, columnsOf dialect text)

[<Fact>]
let ``Without a comment that could be the header every record is rejected`` () =
    Assert.Equal<string list>([ "CTI-READ-008"; "CTI-READ-008" ], codes (read inComment "# only text\n1,2\n3,4\n"))

[<Fact>]
let ``A row of ten thousand cells is rejected alone`` () =
    let wide = String.replicate 9_999 "x,"
    let seen = read plain ("a,b\n" + wide + "\nc,d\n")
    Assert.Equal<string list list>([ [ "a"; "b" ]; [ "c"; "d" ] ], cells seen)
    Assert.Equal<string list>([ "CTI-READ-002" ], codes seen)

let private tight =
    { plain with
        Comments = [ "#" ]
        Limits =
            { ReadLimits.standard with
                MaxRecordBytes = 16
                MaxCells = 4
            }
    }

[<Fact>]
let ``Over-long rows and cells reject themselves, good rows behind survive`` () =
    let long = String.replicate 100 "x"

    let text =
        $"a,b\n%s{long},c\nd,\"e\n#%s{long}\nf,g\n\"%s{long}\"\n1,2,3,4,5\n\"0123456789abcd\"\n\"0123456789abcde\"\n        %s{long}\nz"

    let seen = read tight text

    Assert.Equal<string list list>([ [ "a"; "b" ]; [ "f"; "g" ]; [ "0123456789abcd" ]; [ "z" ] ], cells seen)

    Assert.Equal<string list>(
        [
            "CTI-READ-001"
            "CTI-READ-004"
            "CTI-READ-001"
            "CTI-READ-002"
            "CTI-READ-001"
            "CTI-READ-001"
        ],
        codes seen
    )

    for seed in 1..300 do
        Assert.Equal<Seen list>(seen, feedRandomly seed (ReaderSpec.Csv tight) (utf8 text))

[<Fact>]
let ``A file of stray quotes is read in linear time`` () =
    // Half a million lines that open a quote: quadratic rescanning would take minutes.
    let text = String.replicate 500_000 "a,\"b\n"
    let seen = read plain text
    Assert.Equal(500_000, seen.Length)

[<Fact>]
let ``Dialects that cannot work are named`` () =
    let wrong =
        { CsvDialect.standard with
            Separator = CsvSeparator.Text "\""
            Skip = -1
            Header = CsvHeader.InComment
        }

    Assert.Equal(3, (CsvDialect.problems wrong).Length)

    Assert.Equal(
        1,
        (CsvDialect.problems
            { plain with
                Separator = CsvSeparator.Text "\n"
            })
            .Length
    )

[<Fact>]
let ``A stray byte costs the header nothing, a cell only where it is no Latin-1 no-break space at its end`` () =
    let bytes =
        Array.concat
            [
                utf8 "n"
                [| 0xE9uy |]
                utf8 ",b\na"
                [| 0xA0uy |]
                utf8 ","
                [| ' 'B; 0xA0uy |]
                utf8 "b\n"
                [| 0xCAuy |]
                utf8 "a,b\n"
            ]

    let seen = feed (ReaderSpec.Csv CsvDialect.standard) bytes
    Assert.Equal<string list list>([ [ "a"; "b" ] ], cells seen)
    Assert.Equal<string list>([ "CTI-READ-006" ], codes seen)

[<Fact>]
let ``A row of white space longer than the limit is passed over in bounded memory`` () =
    let text = "a" + String.replicate 200 " " + "b\nc d\n"

    let dialect =
        { tight with
            Separator = CsvSeparator.Whitespace
        }

    let seen = read dialect text
    Assert.Equal<string list list>([ [ "c"; "d" ] ], cells seen)
    Assert.Equal<string list>([ "CTI-READ-001" ], codes seen)

    for seed in 1..100 do
        Assert.Equal<Seen list>(seen, feedRandomly seed (ReaderSpec.Csv dialect) (utf8 text))
