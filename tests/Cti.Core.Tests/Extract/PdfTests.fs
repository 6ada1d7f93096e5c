// PDFs: the same report as HTML, Markdown and PDF says the same; what is broken, locked, bottomless or endless is refused with a code.
module Cti.Core.Tests.Extract.PdfTests

open System
open System.IO
open System.IO.Compression
open System.Text
open FsCheck
open FsCheck.FSharp
open Xunit
open Cti.Core
open Cti.Core.Tests.Support
open Cti.Core.Tests.Read.Feeding
open Cti.Core.Tests.Extract.ExtractFixture
open Cti.Core.Tests.Extract.PdfFixture

let private folder = Path.Combine(root, "tests", "corpus", "extract")

let private sample (name: string) =
    File.ReadAllBytes(Path.Combine(folder, name))

let private oddity (name: string) =
    File.ReadAllBytes(Path.Combine(root, "tests", "corpus", "pdf", name))

let private warned (found: Found list) =
    found
    |> List.filter (fun found -> found.Role = FindingRole.Ioc)
    |> values
    |> Set.ofList

let private format (name: string) =
    match Path.GetExtension name with
    | ".md" -> ReportFormat.Markdown
    | ".html" -> ReportFormat.Html
    | _ -> ReportFormat.Pdf

[<Theory>]
[<InlineData("glassworm.md")>]
[<InlineData("glassworm-browser.pdf")>]
[<InlineData("glassworm-narrow.pdf")>]
[<InlineData("glassworm-columns.pdf")>]
[<InlineData("glassworm-typeset.pdf")>]
let ``the same report warns of the same, however it was written`` (name: string) =
    let expected = warned (extractBytes ReportFormat.Html (sample "glassworm.html"))
    Assert.True(expected.Count > 20)
    let found = warned (extractBytes (format name) (sample name))
    Assert.Equal<Set<string * string>>(expected, found)

[<Fact>]
let ``places of a PDF are places in its text, and pages are counted`` () =
    let document = sample "glassworm-narrow.pdf"

    let text =
        match Extract.plainText ReportFormat.Pdf document with
        | Ok text -> Encoding.UTF8.GetBytes text
        | Error error -> failwith error.message

    match Extractor().Document(ReportFormat.Pdf, document) with
    | Error error -> failwith error.message
    | Ok found ->
        Assert.Equal<byte>(text, found.Source)
        let mutable page = 1

        for index in 0 .. found.Count - 1 do
            Assert.InRange(found.Page index, page, 20)
            page <- found.Page index
            let before = text.AsSpan(0, found.Offset index)
            Assert.Equal(1L + int64 (before.Count('\n'B)), found.Line index)

        Assert.True(page > 1)

let private code (document: byte[]) : string =
    match Extractor().Document(ReportFormat.Pdf, document) with
    | Ok _ -> "none"
    | Error error -> error.code

[<Fact>]
let ``a PDF written by hand is read`` () =
    let document = pdf [ catalog; pages; page; shown "C2: evil[.]example[.]com"; font ]

    Assert.Equal<(string * string) list>(
        [ "domain", "evil.example.com" ],
        values (extractBytes ReportFormat.Pdf document)
    )

[<Fact>]
let ``a file that is cut off, or is no PDF but in name, is refused`` () =
    let whole = sample "glassworm-browser.pdf"
    Assert.Equal("CTI-READ-061", code (whole[..2000]))
    Assert.Equal("CTI-READ-061", code "%PDF-1.7\nand nothing else"B)

    Assert.Equal(
        "CTI-READ-061",
        code "%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 1 0 R>>\nendobj\ntrailer<</Root 1 0 R>>"B
    )

[<Fact>]
let ``a PDF that asks for a password is refused, one that only forbids printing is read`` () =
    Assert.Equal("CTI-READ-064", code (oddity "locked.pdf"))
    Assert.NotEmpty(extractBytes ReportFormat.Pdf (oddity "restricted.pdf"))

[<Fact>]
let ``pages without text are told`` () =
    Assert.Equal("CTI-READ-066", code (pdf [ catalog; pages; page; stream "" "0 0 100 100 re f"; font ]))

let private packed (bytes: byte[]) : string =
    use target = new MemoryStream()

    do
        use packing = new ZLibStream(target, CompressionLevel.Optimal, true)
        packing.Write(ReadOnlySpan<byte> bytes)

    Encoding.Latin1.GetString(target.ToArray())

[<Fact>]
let ``what unpacks without end is refused before it is unpacked`` () =
    let bomb = packed (Array.create 400_000_000 ' 'B)
    Assert.True(bomb.Length < 500_000)
    let before = GC.GetTotalAllocatedBytes()

    let document = pdf [ catalog; pages; page; stream "/Filter/FlateDecode" bomb; font ]

    Assert.Equal("CTI-READ-065", code document)
    // The bomb itself was made here: only what reading took counts.
    Assert.True(GC.GetTotalAllocatedBytes() - before < 100_000_000L)

[<Fact>]
let ``rows of a predictor without end are refused`` () =
    let document =
        pdf
            [
                catalog
                pages
                page
                stream
                    "/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 2000000000/Colors 32>>"
                    (packed "BT /F 12 Tf (x) Tj ET"B)
                font
            ]

    Assert.Equal("CTI-READ-061", code document)

[<Fact>]
let ``forms that show each other over and over are refused`` () =
    // Each level shows the next one ten times: 10 to the power of 9 texts.
    let levels = 9

    let form (next: int) (body: string) =
        stream
            $"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</Font<</F 5 0 R>>/XObject<</A %d{next} 0 R>>>>"
            body

    let document =
        pdf
            [
                catalog
                pages
                page
                stream "" "/A Do"
                font
                for level in 1..levels do
                    form (6 + level) (String.replicate 10 "/A Do ")
                stream "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</Font<</F 5 0 R>>>>" "BT /F 9 Tf (x) Tj ET"
            ]

    Assert.Equal("CTI-READ-065", code document)

[<Fact>]
let ``forms that contain each other end`` () =
    let form (name: string) (other: int) =
        stream
            $"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</Font<</F 5 0 R>>/XObject<</%s{name} %d{other} 0 R>>>>"
            $"BT /F 9 Tf (x) Tj ET /%s{name} Do"

    let document =
        pdf [ catalog; pages; page; stream "" "/A Do"; font; form "B" 7; form "A" 6 ]

    Assert.Equal("none", code document)

[<Fact>]
let ``a tree of pages or names that contains itself ends`` () =
    let selves =
        pdf
            [
                catalog
                "<</Type/Pages/Kids[2 0 R 3 0 R]/Count 2>>"
                page
                shown "evil[.]example[.]com"
                font
            ]

    Assert.Equal("none", code selves)
    // Enough empty nodes between two visits to outlast the library's memory of visits.
    let empty = 1100

    let outlasting =
        pdf
            [
                catalog
                (let kids =
                    [ 3 .. 2 + empty ] |> List.map (fun at -> $"%d{at} 0 R") |> String.concat " "

                 $"<</Type/Pages/#4bids[%s{kids} 2 0 R]/Count 1>>")
                for _ in 1..empty do
                    "<</Type/Pages/Kids[]>>"
            ]

    Assert.Equal("CTI-READ-065", code outlasting)

    let hidden = pdf [ catalog; "<</Type/Pages/Kids 3 0 R/Count 1>>"; "[2 0 R]" ]

    Assert.Equal("CTI-READ-061", code hidden)

    let names =
        pdf
            [
                "<</Type/Catalog/Pages 2 0 R/Names<</Dests 6 0 R>>>>"
                pages
                page
                shown "evil[.]example[.]com"
                font
                "<</Kids[6 0 R]>>"
            ]

    Assert.Equal("none", code names)

[<Fact>]
let ``nesting and states without end are refused or read, and end`` () =
    let deep = String.replicate 100_000 "["

    for body in
        [
            deep
            String.replicate 100_000 "<</A"
            "BT " + deep
            String.replicate 200_000 "q "
        ] do
        let document = pdf [ catalog; pages; page; stream "" body; font ]
        Assert.NotEqual<string>("none", code document)

    let nested = pdf [ catalog; pages; page; shown "evil[.]example[.]com"; font; deep ]

    Assert.Contains(code nested, [ "none"; "CTI-READ-061" ])

[<Fact>]
let ``damage never throws, and yields findings or a code`` () =
    let files = [| sample "glassworm-browser.pdf"; oddity "plain.pdf" |]

    let damage =
        gen {
            let! file = Gen.elements files
            let! count = Gen.choose (1, 30)
            let! places = Gen.listOfLength count (Gen.choose (0, file.Length - 1))
            let! values = Gen.listOfLength count (Gen.choose (0, 255))

            let! length =
                Gen.frequency [ 3, Gen.constant file.Length; 1, Gen.choose (100, file.Length) ]

            return file, List.zip places values, length
        }

    Prop.forAll (Arb.fromGen damage) (fun (file, changes, length) ->
        let bytes = Array.copy file

        for place, value in changes do
            bytes[place] <- byte value

        match Extractor().Document(ReportFormat.Pdf, Array.sub bytes 0 length) with
        | Ok _ -> ()
        | Error error -> Assert.StartsWith("CTI-READ-0", error.code))
    |> checkMany 150

// As a source ------------------------------------------------------------------------------------------------------------------------

[<Fact>]
let ``a PDF is a source of records, by name and by what it is`` () =
    let document = sample "glassworm-browser.pdf"

    let count (spec: ReaderSpec) =
        feed spec document
        |> List.sumBy (fun seen ->
            match seen with
            | Cells _ -> 1
            | Rejected(code, _, _, _) -> failwith code)

    let declared = count (ReaderSpec.Rich(ReportReading ReportSettings.standard))
    Assert.True(declared > 20)

    match Sniffer.recognise (ReadOnlyMemory<byte>(document, 0, 40_000)) false [] with
    | Ok(ReaderSpec.Rich format, _) ->
        Assert.Equal("report", format.Name)
        Assert.Equal(declared, count (ReaderSpec.Rich format))
    | other -> failwith $"%A{other}"
