// External dynamic lists: checkers written from the rules that the vendors document, golden lines, losses, and hostile text.
module Cti.Core.Tests.EdlTests

open System
open System.Net
open System.Text.RegularExpressions
open Cti.Core
open Xunit

let private spec vendor list = RenderSpec.Edl(vendor, list)
let private checkPoint = RenderSpec.CheckPointFeed CheckPointLevel.High

let private holds (spec: RenderSpec) (observable: ObservableType) (value: string) =
    (RenderSpec.create spec).CanHold(observable, ReadOnlySpan<byte>(Samples.utf8 value))

let private rendered (spec: RenderSpec) (observable: ObservableType) (values: string list) =
    let batch = IndicatorBatch(values.Length + 1)

    for value in values do
        Samples.add batch observable value |> ignore

    Samples.render spec batch

/// What PAN-OS documents for a line of a list: no scheme, no space (it begins a comment in a list of addresses), no wildcard token, 255 characters.
let private isPaloAlto (list: EdlList) (line: string) =
    match list with
    | EdlList.Addresses ->
        let parts = line.Split '/'
        let known, _ = IPAddress.TryParse parts[0]
        known && parts.Length <= 2 && not (line.Contains ' ')
    | EdlList.Domains -> line.Length <= 255 && Regex.IsMatch(line, "^[^/:*^ ]+[.][^/:*^ ]+$")
    | EdlList.Urls ->
        line.Length <= 255
        && Regex.IsMatch(line, "^[!-~]+$")
        && not (line.Contains "://")
        && not (Regex.IsMatch(line, "[*^]"))
        // A domain ends with its slash: without, PAN-OS before 10.2 takes it for the start of longer ones.
        && Regex.IsMatch(line, "^[^/]+/")

/// What FortiOS documents: for URLs the scheme, and `*` at an end only where it is meant.
let private isFortiGate (list: EdlList) (line: string) =
    match list with
    | EdlList.Urls -> Regex.IsMatch(line, "^https?://[^/ *]+/[!-)+-~]*$") && line.Length <= 4_095
    | other -> isPaloAlto other line

[<Fact>]
let ``every line of a list keeps the vendor's rules`` () =
    let batch = Samples.batch 23 3_000
    Samples.add batch ObservableType.Url "https://user@a.example/" |> ignore

    Samples.add batch ObservableType.Url "https://[2001:db8::1]:8443/x?y=1"
    |> ignore

    Samples.add batch ObservableType.Url ("https://a.example/" + String('a', 300))
    |> ignore

    for list in EdlList.all do
        for vendor, isRight in [ EdlVendor.PaloAlto, isPaloAlto; EdlVendor.FortiGate, isFortiGate ] do
            let lines = (Samples.render (spec vendor list) batch).TrimEnd('\n').Split '\n'
            Assert.True(lines.Length > 5)
            Assert.All(lines, (fun line -> Assert.True(isRight list line, line)))
            Assert.Equal(lines.Length, (Array.distinct lines).Length)

[<Fact>]
let ``a URL stands without scheme for PAN-OS and with it for FortiOS`` () =
    let urls =
        [
            "http://a.example/"
            "http://a.example:8080/x?y=1&z=2"
            "https://a.example/"
            "https://a.example/x"
        ]

    Assert.Equal(
        "a.example/\na.example:8080/x?y=1&z=2\na.example/x\n",
        rendered (spec EdlVendor.PaloAlto EdlList.Urls) ObservableType.Url urls
    )

    Assert.Equal(
        String.Join('\n', urls) + "\n",
        rendered (spec EdlVendor.FortiGate EdlList.Urls) ObservableType.Url urls
    )

[<Fact>]
let ``a fragment, which no client sends, is left out and told as a loss`` () =
    for spec, wanted in
        [
            spec EdlVendor.PaloAlto EdlList.Urls, "a.example/x"
            spec EdlVendor.FortiGate EdlList.Urls, "http://a.example/x"
        ] do
        let batch = IndicatorBatch 2
        Samples.add batch ObservableType.Url "http://a.example/x#y" |> ignore
        let renderer = RenderSpec.create spec
        let writer = Utf8Writer 64
        renderer.Rows(batch, ReadOnlySpan<int> [| 0 |], writer)
        Assert.Equal(wanted + "\n", writer.ToString())
        Assert.Equal(1L, renderer.Losses.Total)

[<Fact>]
let ``why a URL is refused`` () =
    let paloAlto = holds (spec EdlVendor.PaloAlto EdlList.Urls) ObservableType.Url
    let fortiGate = holds (spec EdlVendor.FortiGate EdlList.Urls) ObservableType.Url

    for refuse in [ paloAlto; fortiGate ] do
        Assert.Equal(ValueSome RenderReason.TypeNotHeld, refuse "ftp://a.example/x")
        Assert.Equal(ValueSome RenderReason.TypeNotHeld, refuse "a.example/x")
        Assert.Equal(ValueSome RenderReason.ReservedWord, refuse "http://a.example/*")
        Assert.Equal(ValueSome RenderReason.ReservedWord, refuse "http://good.example@a.example/")
        Assert.Equal(ValueSome RenderReason.NotCanonical, refuse "http://a.example")
        Assert.Equal(ValueSome RenderReason.NotCanonical, refuse "http:///x")

        for value in
            [
                "http://a.example/ x"
                "http://a.example/\nb.example/"
                "http://a.example/é"
                "http://a.example/\u001b"
            ] do
            Assert.Equal(ValueSome RenderReason.UnsafeText, refuse value)

    // 255 characters without the scheme.
    let longest = "https://a.example/" + String('a', 245)
    Assert.Equal(ValueNone, paloAlto longest)
    Assert.Equal(ValueSome RenderReason.TooLong, paloAlto (longest + "a"))
    Assert.Equal(ValueNone, fortiGate (longest + "a"))
    Assert.Equal(ValueSome RenderReason.TooLong, fortiGate ("https://a.example/" + String('a', 4_078)))

/// The records of a CSV of one line each, by a parser of its own: quotation marks around a cell, doubled inside.
let private cells (line: string) =
    let parts = ResizeArray<string>()
    let cell = Text.StringBuilder()
    let mutable quoted = false
    let mutable at = 0

    while at < line.Length do
        match line[at] with
        | '"' when quoted && at + 1 < line.Length && line[at + 1] = '"' ->
            cell.Append '"' |> ignore
            at <- at + 1
        | '"' -> quoted <- not quoted
        | ',' when not quoted ->
            parts.Add(cell.ToString())
            cell.Clear() |> ignore
        | letter -> cell.Append letter |> ignore

        at <- at + 1

    Assert.False(quoted, line)
    parts.Add(cell.ToString())
    List.ofSeq parts

/// Records of a feed: what sk132193 and the Threat Prevention guide demand of each.
let private records (text: string) =
    let lines = text.TrimEnd('\n').Split '\n'
    Assert.StartsWith("#!", lines[0])
    Assert.Equal("#UNIQ-NAME,VALUE,TYPE,CONFIDENCE,SEVERITY,PRODUCT,COMMENT", lines[1])

    [
        for line in Array.skip 2 lines do
            match cells line with
            | [ name; value; kind; confidence; severity; product; comment ] ->
                Assert.NotEmpty name
                Assert.NotEmpty value
                Assert.Contains(kind, [ "URL"; "Domain"; "IP"; "IP Range"; "MD5"; "SHA1"; "SHA256"; "Mail-from" ])
                Assert.Contains(confidence, [ "low"; "medium"; "high"; "critical" ])
                Assert.Contains(severity, [ "low"; "medium"; "high"; "critical" ])
                Assert.Equal("AV", product)
                name, kind, value, comment
            | other -> Assert.Fail $"%d{other.Length} cells: %s{line}"
    ]

[<Fact>]
let ``a feed for Check Point, value by value`` () =
    let batch = IndicatorBatch 16

    for observable, value in
        [
            ObservableType.Cidr, "10.0.0.0/9"
            ObservableType.Ipv4, "192.0.2.4"
            ObservableType.Cidr, "192.0.2.4/32"
            ObservableType.Ipv6, "2001:db8::1"
            ObservableType.Cidr, "2001:db8::/32"
            ObservableType.Domain, "a.example"
            ObservableType.Email, "x@a.example"
            ObservableType.Md5, "d41d8cd98f00b204e9800998ecf8427e"
            ObservableType.Sha512, String('0', 128)
            ObservableType.Url, "https://a.example/x,y#z"
        ] do
        Samples.add batch observable value |> ignore

    let found =
        records (Samples.render checkPoint batch)
        |> List.map (fun (_, kind, value, _) -> kind, value)

    Assert.Equal<(string * string) list>(
        [
            "IP Range", "10.0.0.0-10.127.255.255"
            "IP", "192.0.2.4"
            "Domain", "a.example"
            "MD5", "d41d8cd98f00b204e9800998ecf8427e"
            "URL", "a.example/x,y"
            "Mail-from", "x@a.example"
        ],
        found
    )

[<Fact>]
let ``every record of a feed keeps Check Point's rules and has a name of its own`` () =
    let found = records (Samples.render checkPoint (Samples.batch 29 3_000))
    Assert.True(found.Length > 100)
    let names = found |> List.map (fun (name, _, _, _) -> name)
    Assert.Equal(names.Length, (List.distinct names).Length)

[<Fact>]
let ``hostile descriptions stay in their cell`` () =
    for description in
        [
            "a\"b"
            "a,b"
            "x\",evil.example,Domain,low,low,AV,\""
            "#! DESCRIPTION = x"
            "=cmd|'/c calc'!A0"
            "$(reboot) ${x} {{y}} `id` <b>; --"
            "é 日本 😀"
        ] do
        let batch = IndicatorBatch 1
        let row = Samples.add batch ObservableType.Domain "a.example"
        batch.Remarks.Describe(row, ReadOnlySpan<byte>(Samples.utf8 description), Samples.now)
        let _, _, value, comment = Assert.Single(records (Samples.render checkPoint batch))
        Assert.Equal("a.example", value)
        Assert.Equal(description, comment)

[<Fact>]
let ``what a comment cannot carry is a loss`` () =
    for description, wanted in
        [
            "a\r\nevil,evil.example,Domain", "a  evil,evil.example,Domain"
            "a\u001b[31m\u0000b\"c", "a [31m b\"c"
            String('x', 300), String('x', 255)
        ] do
        let batch = IndicatorBatch 1
        let row = Samples.add batch ObservableType.Domain "a.example"
        batch.Remarks.Describe(row, ReadOnlySpan<byte>(Samples.utf8 description), Samples.now)
        let renderer = RenderSpec.create checkPoint
        let writer = Utf8Writer 64
        renderer.Header(Samples.context, writer)
        renderer.Rows(batch, ReadOnlySpan<int> [| 0 |], writer)
        let _, _, _, comment = Assert.Single(records (writer.ToString()))
        Assert.Equal(wanted, comment)
        Assert.Equal(1L, renderer.Losses.Total)

[<Fact>]
let ``a confidence has a step for each quarter`` () =
    for confidence, level in
        [
            0uy, "low"
            24uy, "low"
            25uy, "medium"
            50uy, "high"
            74uy, "high"
            75uy, "critical"
            100uy, "critical"
        ] do
        Assert.Equal(level, CheckPointLevel.name (CheckPointLevel.ofConfidence confidence))
