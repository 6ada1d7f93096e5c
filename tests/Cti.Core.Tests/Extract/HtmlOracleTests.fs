// The text of HTML pages against what a browser's parser makes of them (AngleSharp): the same characters in the same order, blanks aside.
module Cti.Core.Tests.Extract.HtmlOracleTests

open System
open System.IO
open System.Text
open AngleSharp.Dom
open AngleSharp.Html.Parser
open FsCheck
open FsCheck.FSharp
open Xunit
open Xunit.Abstractions
open Cti.Core
open Cti.Core.Tests.Support
open Cti.Core.Tests.Extract.ExtractFixture

// Elements whose content is no text of the page for us either.
let private silent =
    set
        [
            "script"
            "style"
            "template"
            "textarea"
            "svg"
            "math"
            "iframe"
            "noembed"
            "noframes"
            "xmp"
            "video"
            "audio"
            "object"
        ]

let private oracle (html: string) : string =
    let text = StringBuilder()

    let rec walk (node: INode) =
        match node with
        | :? IText as leaf -> text.Append leaf.Data |> ignore
        | :? IElement as element when silent.Contains element.LocalName -> ()
        | _ ->
            for child in node.ChildNodes do
                walk child

    walk (HtmlParser().ParseDocument html)
    text.ToString()

let private withoutBlanks (text: string) =
    String.filter (fun letter -> not (Char.IsWhiteSpace letter || Char.IsControl letter)) text

let private agree (html: string) =
    let ours =
        match Extract.plainText ReportFormat.Html (Encoding.UTF8.GetBytes html) with
        | Ok text -> text
        | Error error -> failwith error.message

    Assert.Equal(withoutBlanks (oracle html), withoutBlanks ours)

let private piece =
    Gen.elements
        [
            "word "
            "evil[.]example.com"
            "a &amp; b"
            "&#46;"
            "&lt;i&gt;"
            "<b>bold</b>"
            "<a href=\"http://a.example/?x=1&amp;y=2\">link</a>"
            "<code>x.y</code>"
            "<br>"
            "<br/>"
            "<!-- not this -->"
            "<img src='a.png' alt=\"a > b\">"
            "<script>var a = '<p>no</p>';</script>"
            "<style>p{}</style>"
            "é “quoted” – dash"
            "1 < 2"
            "&nbsp;"
        ]

let private element =
    gen {
        let! name = Gen.elements [ "p"; "div"; "li"; "h2"; "pre"; "section"; "span" ]
        let! inner = Gen.listOfLength 4 piece
        let text = String.concat "" inner
        return $"<%s{name}>%s{text}</%s{name}>"
    }

[<Fact>]
let ``pages of any elements give the text that a browser shows`` () =
    Prop.forAll (Arb.fromGen (Gen.listOf element)) (fun elements ->
        let text = String.concat "\n" elements
        agree $"<!DOCTYPE html><html><head><title>T</title></head><body>%s{text}</body></html>")
    |> check

type HtmlOracleTests(output: ITestOutputHelper) =
    [<Fact>]
    member _.``real pages give the text that a browser shows``() =
        let folder =
            Path.GetFullPath(Path.Combine(root, "..", "shared", "data", "reports", "html-oalabs"))

        agree (File.ReadAllText(Path.Combine(root, "tests", "corpus", "extract", "page.html")))

        if Directory.Exists folder then
            for file in Directory.GetFiles folder do
                agree (File.ReadAllText file)
        else
            output.WriteLine $"%s{folder} is not here: only our own page is compared"
