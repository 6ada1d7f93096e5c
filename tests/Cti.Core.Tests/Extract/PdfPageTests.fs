// What a PDF holds beside and between its pages: targets of links, and values that the end of a page breaks.
module Cti.Core.Tests.Extract.PdfPageTests

open System
open System.Text
open Xunit
open Cti.Core
open Cti.Core.Tests.Extract.ExtractFixture
open Cti.Core.Tests.Extract.PdfFixture

/// A document of pages, each of lines from the top with blanks between of `lead` points, and of annotations.
let private document (pages: (string list * string) list) : byte[] =
    let first = 4

    let kids =
        pages
        |> List.mapi (fun index _ -> $"%d{first + 2 * index} 0 R")
        |> String.concat " "

    [
        catalog
        $"<</Type/Pages/Kids[%s{kids}]/Count %d{pages.Length}>>"
        "<</Type/Font/Subtype/Type1/BaseFont/Courier>>"
        for index, (lines, annotations) in List.indexed pages do
            $"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents %d{first + 2 * index + 1} 0 R/Resources<</Font<</F 3 0 R>>>>%s{annotations}>>"

            stream
                ""
                (lines
                 |> List.mapi (fun line text -> $"BT /F 10 Tf 72 %d{700 - 12 * line} Td (%s{text}) Tj ET")
                 |> String.concat "\n")
    ]
    |> pdf

let private link (target: string) =
    $"<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(%s{target})>>>>"

let private found (document: byte[]) =
    extractBytes ReportFormat.Pdf document
    |> List.map (fun found -> found.Value, found.Role)

let private pagesOf (document: byte[]) : (string * int) list =
    match Extractor().Document(ReportFormat.Pdf, document) with
    | Ok findings ->
        [
            for index in 0 .. findings.Count - 1 -> findings.ValueText index, findings.Page index
        ]
    | Error error -> failwith error.message

[<Fact>]
let ``targets of links are read as those of HTML are: context, on their page`` () =
    let text =
        document
            [
                [ "See our page." ],
                "/Annots["
                + link "https://blog.vendor.org/post"
                + link "https://blog.vendor.org/post"
                + link "mailto:a@vendor.org"
                + link "hxxp://evil[.]vendor[.]org/a"
                + "]"
                [ "C2: evil[.]example[.]com" ], "/Annots[ 99 0 R <</A 5>> (x) << /A <</URI 7>> >> ]"
                [], ""
                [ "" ], "/Annots[" + link "https://last.vendor.org/" + "]"
            ]

    Assert.Equal<(string * FindingRole) list>(
        [
            "https://blog.vendor.org/post", FindingRole.Context
            "evil.example.com", FindingRole.Ioc
            "https://last.vendor.org/", FindingRole.Context
        ],
        found text
    )

    Assert.Equal<(string * int) list>(
        [
            "https://blog.vendor.org/post", 1
            "evil.example.com", 2
            "https://last.vendor.org/", 4
        ],
        pagesOf text
    )

[<Fact>]
let ``links without end end, and broken ones cost their page nothing`` () =
    let many = String.replicate 6_000 (link "https://a.vendor.org/")
    Assert.Equal(1, (found (document [ [ "text" ], $"/Annots[%s{many}]" ])).Length)

    for annotations in
        [
            "/Annots 4 0 R"
            "/Annots 4"
            "/Annots[4 0 R]"
            "/Annots[<</A 4 0 R>>]"
            "/Annots[[[[]]]]"
        ] do
        Assert.Equal<(string * FindingRole) list>(
            [ "evil.example.com", FindingRole.Ioc ],
            found (document [ [ "evil[.]example[.]com" ], annotations ])
        )

let private sha256 =
    "0a4af4996a5f1c091cde6b18907c08fe31f373d7477d2f524161a45d130a1fac"

[<Fact>]
let ``a value that the end of a page breaks is put together, on its first page`` () =
    let text =
        document
            [
                [ "Samples"; "hash of the sample: " + sha256.Substring(0, 40) ], ""
                [ sha256.Substring 40 + " is the loader"; "More." ], ""
            ]

    Assert.Equal<(string * int) list>([ sha256, 1 ], pagesOf text)

[<Fact>]
let ``what only might go on is left as it is`` () =
    // Two hashes; a hash and a number; the head of a page; another column.
    let md5 = sha256.Substring(0, 32)

    for above, below, expected in
        [
            md5, md5.Replace('0', '1'), [ md5; md5.Replace('0', '1') ]
            "evil[.]example[.]com", "other[.]example[.]com", [ "evil.example.com"; "other.example.com" ]
            md5, "12", [ md5 ]
        ] do
        let text = document [ [ "Samples"; above ], ""; [ below; "More." ], "" ]
        Assert.Equal<string list>(expected, found text |> List.map fst)
