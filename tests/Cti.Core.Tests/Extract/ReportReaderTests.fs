// Reports as a source: which records they become, and when `auto` takes something for one.
module Cti.Core.Tests.Extract.ReportReaderTests

open System
open Xunit
open Cti.Core
open Cti.Core.Tests.Read.Feeding

let private spec format roles : ReaderSpec =
    ReaderSpec.Rich(ReportReading { Format = format; Roles = roles })

let private field (name: string) (cells: string list) =
    List.item (Array.IndexOf(StandardFields.columns, name)) cells

let private records (spec: ReaderSpec) (text: string) =
    feed spec (utf8 text)
    |> List.map (fun seen ->
        match seen with
        | Cells(line, offset, cells) -> line, offset, cells
        | Rejected(code, _, _, _) -> failwith code)

[<Fact>]
let ``each value is one record, under its heading, where it stands first`` () =
    let text =
        "# IOCs\n\n```\nevil[.]example[.]com\nevil[.]example[.]com\n```\n\n## Hashes\n\n* da39a3ee5e6b4b0d3255bfef95601890afd80709\n"

    match records (spec ValueNone ReportRoles.Ioc) text with
    | [ line, offset, first; _, _, second ] ->
        Assert.Equal(4L, line)
        Assert.Equal(12L, offset)
        Assert.Equal("evil.example.com", field "domain" first)
        Assert.Equal("IOCs", field "description" first)
        Assert.Equal("", field "labels" first)
        Assert.Equal("da39a3ee5e6b4b0d3255bfef95601890afd80709", field "sha1" second)
        Assert.Equal("Hashes", field "description" second)
    | found -> failwith $"%A{found}"

[<Fact>]
let ``what is cited becomes a record only when asked for`` () =
    let text = "evil[.]example[.]com, see https://twitter.com/a/status/1\n"
    Assert.Single(records (spec ValueNone ReportRoles.Ioc) text) |> ignore

    match records (spec (ValueSome ReportFormat.Text) ReportRoles.All) text with
    | [ _, _, first; _, _, second ] ->
        Assert.Equal("", field "labels" first)
        Assert.Equal("context", field "labels" second)
    | found -> failwith $"%A{found}"

[<Fact>]
let ``an item of a feed gives time, title and link`` () =
    let text =
        "<rss><channel><item><title>A &amp; B</title><link>https://blog.example.org/1</link><pubDate>Mon, 05 Jan 2026 10:00:00 +0100</pubDate><description>&lt;p&gt;evil[.]example[.]com&lt;/p&gt;</description></item><item><title>C</title><description>evil[.]example[.]com</description></item></channel></rss>"

    match records (spec ValueNone ReportRoles.Ioc) text with
    | [ _, _, first; _, _, second ] ->
        Assert.Equal("evil.example.com", field "domain" first)
        Assert.Equal("A & B", field "description" first)
        Assert.Equal("https://blog.example.org/1", field "references" first)
        Assert.StartsWith("2026-01-05T09:00:00", field "first_seen" first)
        Assert.Equal("C", field "description" second)
        Assert.Equal("", field "first_seen" second)
    | found -> failwith $"%A{found}"

let private recognise (text: string) =
    Sniffer.recognise (ReadOnlyMemory<byte>(utf8 text)) true []

[<Theory>]
[<InlineData("<!DOCTYPE html><html><body><p>C2: evil[.]example[.]com</p></body></html>")>]
[<InlineData("<?xml version=\"1.0\"?><rss><channel><item><title>192.0.2.7</title></item></channel></rss>")>]
[<InlineData("# A report\n\nThe group uses a loader that we had not seen before.\n\nIt asks `evil[.]example[.]com` for more, and waits.\n\nThat is all.\n")>]
let ``auto takes a document that warns of something for a report`` (text: string) =
    match recognise text with
    | Ok(ReaderSpec.Rich format, _) -> Assert.Equal("report", format.Name)
    | other -> failwith $"%A{other}"

[<Theory>]
[<InlineData("<!DOCTYPE html><html><body><p>Please log in</p></body></html>")>]
[<InlineData("<rss version=\"2.0\"><channel><title>News</title></channel></rss>")>]
[<InlineData("Just some words\nand some more of them\nwithout any meaning\n")>]
let ``auto takes no other document for a report`` (text: string) =
    match recognise text with
    | Ok(ReaderSpec.Rich format, _) -> failwith $"taken for a %s{format.Name}"
    | _ -> ()
