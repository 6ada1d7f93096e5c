// Laws of extraction over random documents made of everything that means something to it.
module Cti.Core.Tests.Extract.ExtractProperties

open System
open System.Diagnostics
open System.Text
open FsCheck
open FsCheck.FSharp
open Xunit
open Cti.Core
open Cti.Core.Tests.Support
open Cti.Core.Tests.Extract.ExtractFixture

let private pieces =
    [
        "evil"
        "example"
        "com"
        "exe"
        "192"
        "0"
        "2"
        "7"
        "."
        "[.]"
        "(dot)"
        " dot "
        "["
        "]"
        "("
        ")"
        "{"
        "}"
        "<"
        ">"
        "hxxp"
        "http"
        "://"
        "[:]"
        ":"
        "::"
        "/"
        "\\"
        "C:\\"
        "%APPDATA%\\"
        "HKLM\\"
        "@"
        "[at]"
        " "
        "  "
        "\n"
        "\t"
        "|"
        "`"
        "\""
        "'"
        "d41d8cd98f00b204e9800998ecf8427e"
        "CVE-2021-44228"
        "T1059"
        "é"
        "“"
        "–"
        "\u200b"
        "&amp;"
        "&#46;"
        "<b>"
        "</b>"
        "<td>"
        "<tr>"
        "<a href=\"http://a.example/\">"
        "</a>"
        "<!--"
        "-->"
        "<script>"
        "</script>"
        "<pre>"
        "```\n"
        "----\n"
        "|===\n"
        "== A\n"
        "# IOCs\n"
        "Mutex: "
        "File name: "
        "User-Agent: "
        "- "
        "<item>"
        "</item>"
        "<title>"
        "</title>"
        "<![CDATA["
        "]]>"
        "<description>"
        "3072:"
        "AS64496"
    ]

let private document =
    Gen.elements pieces |> Gen.listOf |> Gen.resize 60 |> Gen.map (String.concat "")

let private formats =
    Gen.elements
        [
            ReportFormat.Text
            ReportFormat.Markdown
            ReportFormat.AsciiDoc
            ReportFormat.Html
            ReportFormat.Feed
        ]

[<Fact>]
let ``offsets lie in the document and values are canonical, whatever it holds`` () =
    Prop.forAll (Arb.fromGen (Gen.zip formats document)) (fun (format, text) -> extract format text |> ignore)
    |> checkMany 2000

[<Fact>]
let ``bytes of any kind are taken`` () =
    Prop.forAll
        (Arb.fromGen (Gen.zip formats (Gen.choose (0, 255) |> Gen.map byte |> Gen.arrayOf)))
        (fun (format, bytes) -> Extractor().Document(format, bytes) |> ignore)
    |> checkMany 1000

[<Fact>]
let ``what is written in plain text is found where it says, whatever the spelling`` () =
    let host = Gen.elements [ "evil.example.com"; "a-b.example.net"; "x1.example.org" ]

    let style =
        Gen.elements [ DefangStyle.Square; DefangStyle.Words; DefangStyle.SchemeToo ]

    Prop.forAll (Arb.fromGen (Gen.zip host style)) (fun (host, style) ->
        let url = $"http://%s{host}/a/b"
        let text = $"before %s{Defang.text style url} after %s{Defang.text style host}, end"
        let found = extract ReportFormat.Text text
        Assert.Equal<(string * string) list>([ "url", url; "domain", host ], values found)
        Assert.Equal(Defang.text style url, found.Head.AsWritten))
    |> check

let private repeated (piece: string) (bytes: int) =
    Encoding.UTF8.GetBytes(String.replicate (bytes / piece.Length) piece)

// What looks back, however little, takes more than an hour for two million bytes of this; what does not takes a fraction of a second, or some seconds
// on a machine that does ten other things. The bench tells the rates.
let private limit = TimeSpan.FromMinutes 5.0

let private takesLinearTime (format: ReportFormat) (piece: string) =
    let watch = Stopwatch.StartNew()
    Extractor().Document(format, repeated piece 2_000_000) |> ignore
    Assert.True(watch.Elapsed < limit, $"%O{watch.Elapsed}")

[<Theory>]
[<InlineData(".")>]
[<InlineData(":")>]
[<InlineData("[")>]
[<InlineData("a.")>]
[<InlineData("a[.]")>]
[<InlineData("a:")>]
[<InlineData("http://")>]
[<InlineData("a@")>]
[<InlineData("a/")>]
[<InlineData("C:\\a ")>]
[<InlineData("0123456789abcdef")>]
[<InlineData("1.2.3.4")>]
[<InlineData("%a%\\b")>]
[<InlineData(" dot a")>]
let ``text of any kind takes linear time`` (piece: string) = takesLinearTime ReportFormat.Text piece

[<Theory>]
[<InlineData("<")>]
[<InlineData("<a ")>]
[<InlineData("<a x=\"")>]
[<InlineData("<td>a")>]
[<InlineData("&")>]
[<InlineData("<script></")>]
[<InlineData("<!--")>]
[<InlineData("<code>a.b</code>")>]
let ``markup of any kind takes linear time`` (piece: string) =
    takesLinearTime ReportFormat.Html piece
    takesLinearTime ReportFormat.Feed piece
