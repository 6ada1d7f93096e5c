// Lines for SIEMs, read back by small parsers written from the formats' documentation: what they hold is what was put in, or it was refused.
module Cti.Core.Tests.SiemTests

open System
open System.Text
open System.Text.Json
open Cti.Core
open Xunit

let private write (format: ChangeFormat) (op: ChangeOp) (batch: IndicatorBatch) (row: int) =
    let writer = Utf8Writer 256
    ChangeFormat.write format batch row 41L op writer
    writer.ToString()

let private one (observable: ObservableType) (value: string) =
    let batch = IndicatorBatch 1
    let row = Samples.add batch observable value
    batch.Labels[row] <- NameSet.Of [ "botnet"; "c2" ]
    batch.Sources[row] <- NameSet.Of [ "feed" ]
    batch.Tlp[row] <- Tlp.Green
    batch

// ArcSight CEF, version 27: the header's fields are parted by `|`; in a value `=` and `\` are escaped, and a key is a word before an unescaped `=`.
let private parseCef (line: string) : string list * Map<string, string> =
    let header = ResizeArray<string>()
    let field = StringBuilder()
    let mutable at = 0

    while header.Count < 7 do
        match line[at] with
        | '\\' ->
            field.Append line[at + 1] |> ignore
            at <- at + 2
        | '|' ->
            header.Add(field.ToString())
            field.Clear() |> ignore
            at <- at + 1
        | other ->
            field.Append other |> ignore
            at <- at + 1

    let extension = line.Substring at
    // Where each key's `=` stands: unescaped ones.
    let marks =
        [
            for index in 0 .. extension.Length - 1 do
                let slashes =
                    extension.Substring(0, index).Length
                    - extension.Substring(0, index).TrimEnd('\\').Length

                if extension[index] = '=' && slashes % 2 = 0 then
                    index
        ]

    let keyStart mark = extension.LastIndexOf(' ', mark) + 1

    let unescape (text: string) =
        let result = StringBuilder()
        let mutable at = 0

        while at < text.Length do
            if text[at] = '\\' then
                result.Append(
                    match text[at + 1] with
                    | 'n' -> '\n'
                    | 'r' -> '\r'
                    | other -> other
                )
                |> ignore

                at <- at + 2
            else
                result.Append text[at] |> ignore
                at <- at + 1

        result.ToString()

    let values =
        marks
        |> List.mapi (fun index mark ->
            let finish =
                if index + 1 < marks.Length then
                    keyStart marks[index + 1] - 1
                else
                    extension.Length

            extension.Substring(keyStart mark, mark - keyStart mark),
            unescape (extension.Substring(mark + 1, finish - mark - 1)))

    List.ofSeq header, Map.ofList values

// LEEF 2.0: five fields, the delimiter, then attributes; nothing is escaped.
let private parseLeef (line: string) : string list * Map<string, string> =
    let parts = line.Split('|', 7)
    Assert.Equal("^", parts[5])

    List.ofArray parts[0..4],
    parts[6].Split '^'
    |> Array.map (fun pair -> pair.Substring(0, pair.IndexOf '='), pair.Substring(pair.IndexOf '=' + 1))
    |> Map.ofArray

let private lineOf format op batch row =
    let text = write format op batch row
    Assert.EndsWith("\n", text)
    let line = text.Substring(0, text.Length - 1)
    Assert.DoesNotContain("\n", line)
    line

[<Fact>]
let ``a line of CEF, byte for byte`` () =
    Assert.Equal(
        "CEF:0|Cti.Pipelines|cti|1|indicator-added|Indicator added|7|externalId=indicator--"
        + Uuid.toText (
            Identity.subject
                {
                    Type = ObservableType.Ipv4
                    Value = "192.0.2.1"
                }
        )
        + " dst=192.0.2.1 cs1Label=indicator cs1=192.0.2.1 cs2Label=indicatorType cs2=ipv4 cs3Label=tlp cs3=green cs4Label=labels cs4=botnet,c2 cs5Label=sources cs5=feed cn1Label=score cn1=75 cn2Label=confidence cn2=80 cn3Label=sequence cn3=41 start=1772280000000 end=1772366400000\n",
        write ChangeFormat.Cef ChangeOp.Added (one ObservableType.Ipv4 "192.0.2.1") 0
    )

[<Fact>]
let ``a line of LEEF, byte for byte`` () =
    Assert.Equal(
        "LEEF:2.0|Cti.Pipelines|cti|1|indicator-withdrawn|^|cat=threat-intelligence^sev=1^devTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSX^devTime=2026-03-01T12:00:00.000Z^firstSeen=2026-02-28T12:00:00.000Z^identSrc=cti^externalId=indicator--"
        + Uuid.toText (
            Identity.subject
                {
                    Type = ObservableType.Domain
                    Value = "evil.example"
                }
        )
        + "^domain=evil.example^indicator=evil.example^indicatorType=domain^tlp=green^labels=botnet,c2^sources=feed^score=75^confidence=80^sequence=41\n",
        write ChangeFormat.Leef ChangeOp.Withdrawn (one ObservableType.Domain "evil.example") 0
    )

[<Theory>]
[<InlineData("ipv4", "192.0.2.1", "dst")>]
[<InlineData("ipv6", "2001:db8::1", "c6a3")>]
[<InlineData("domain", "evil.example", "dhost")>]
[<InlineData("url", "http://evil.example/a=b|c?d=\\e", "request")>]
[<InlineData("email", "a@evil.example", "suser")>]
[<InlineData("sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "fileHash")>]
[<InlineData("file_name", "a|b=c.exe", "fname")>]
let ``CEF has a value in the dictionary's field of its type`` (kind: string, value: string, key: string) =
    let observable = (ObservableType.tryParse kind).Value

    let _, fields =
        parseCef (lineOf ChangeFormat.Cef ChangeOp.Added (one observable value) 0)

    Assert.Equal(value, fields[key])
    Assert.Equal(value, fields["cs1"])
    Assert.Equal(kind, fields["cs2"])

[<Fact>]
let ``an endpoint is an address and a port`` () =
    let batch = one ObservableType.IpPort "192.0.2.1:443"
    let _, cef = parseCef (lineOf ChangeFormat.Cef ChangeOp.Added batch 0)
    Assert.Equal(("192.0.2.1", "443"), (cef["dst"], cef["dpt"]))
    let _, leef = parseLeef (lineOf ChangeFormat.Leef ChangeOp.Added batch 0)
    Assert.Equal(("192.0.2.1", "443"), (leef["dst"], leef["dstPort"]))

    use ecs =
        JsonDocument.Parse(lineOf ChangeFormat.Ecs ChangeOp.Added (one ObservableType.IpPort "[2001:db8::1]:443") 0)

    let indicator = ecs.RootElement.GetProperty("threat").GetProperty("indicator")
    Assert.Equal("2001:db8::1", indicator.GetProperty("ip").GetString())
    Assert.Equal(443, indicator.GetProperty("port").GetInt32())

[<Theory>]
[<InlineData("ipv4", "192.0.2.1", "ipv4-addr", "ip")>]
[<InlineData("domain", "evil.example", "domain-name", "url.domain")>]
[<InlineData("url", "http://evil.example/\"x\"", "url", "url.full")>]
[<InlineData("email", "a@evil.example", "email-addr", "email.address")>]
[<InlineData("md5", "d41d8cd98f00b204e9800998ecf8427e", "file", "file.hash.md5")>]
[<InlineData("file_path", "C:\\a\\b.exe", "file", "file.path")>]
let ``ECS has a value in the field of its type`` (kind: string, value: string, ecsType: string, path: string) =
    let observable = (ObservableType.tryParse kind).Value

    use document =
        JsonDocument.Parse(lineOf ChangeFormat.Ecs ChangeOp.Changed (one observable value) 0)

    let root = document.RootElement
    let indicator = root.GetProperty("threat").GetProperty("indicator")
    Assert.Equal(ecsType, indicator.GetProperty("type").GetString())
    Assert.Equal(value, indicator.GetProperty("name").GetString())

    let found =
        path.Split '.'
        |> Array.fold (fun (element: JsonElement) (name: string) -> element.GetProperty name) indicator

    Assert.Equal(value, found.GetString())
    Assert.Equal("changed", root.GetProperty("event").GetProperty("action").GetString())
    Assert.Equal(75, root.GetProperty("event").GetProperty("risk_score").GetInt32())
    Assert.Equal("High", indicator.GetProperty("confidence").GetString())
    Assert.Equal("GREEN", indicator.GetProperty("marking").GetProperty("tlp").GetString())
    Assert.Equal("botnet", root.GetProperty("tags").[0].GetString())

let private hostile =
    [
        "a|b"
        "a\\|b=c"
        "x=y cs1=forged"
        "a\nCEF:0|x"
        "a\r\nb"
        "a^b=c"
        "a\tb"
        "\u001b[31mred"
        "a\u0000b"
        "\u007f"
        "\"},{\"x\":\""
        "=HYPERLINK(\"x\")"
        "$(reboot) `id` ${jndi:ldap://x}"
        "{{7*7}}"
        "'; DROP TABLE x; --"
        "<script>"
        "日本 é"
        "ends in \\"
    ]

[<Fact>]
let ``hostile text is held exactly or refused, in every field`` () =
    for text in hostile do
        let batch = one ObservableType.FileName text
        batch.Labels[0] <- NameSet.Of [ text ]
        batch.Sources[0] <- NameSet.Of [ text ]

        let check format =
            ChangeFormat.check format ObservableType.FileName (ReadOnlySpan<byte>(Samples.utf8 text))

        match check ChangeFormat.Cef with
        | ValueNone ->
            let header, fields = parseCef (lineOf ChangeFormat.Cef ChangeOp.Added batch 0)

            Assert.Equal<string list>(
                [
                    "CEF:0"
                    "Cti.Pipelines"
                    "cti"
                    "1"
                    "indicator-added"
                    "Indicator added"
                    "7"
                ],
                header
            )

            Assert.Equal(text, fields["cs1"])
            Assert.Equal(text, fields["fname"])
            Assert.Equal(text, fields["cs4"])
            Assert.Equal(text, fields["cs5"])
            Assert.Equal(20, fields.Count)
        | ValueSome reason -> Assert.Equal(RenderReason.UnsafeText, reason)

        match check ChangeFormat.Leef with
        | ValueNone ->
            let header, fields = parseLeef (lineOf ChangeFormat.Leef ChangeOp.Added batch 0)
            Assert.Equal("indicator-added", List.last header)
            Assert.Equal(text, fields["indicator"])
            Assert.Equal(text, fields["labels"])
            Assert.Equal(text, fields["sources"])
        | ValueSome reason -> Assert.Equal(RenderReason.UnsafeText, reason)

        use document = JsonDocument.Parse(lineOf ChangeFormat.Ecs ChangeOp.Added batch 0)
        let root = document.RootElement
        Assert.Equal(text, root.GetProperty("threat").GetProperty("indicator").GetProperty("name").GetString())
        Assert.Equal(text, root.GetProperty("tags").[0].GetString())

[<Fact>]
let ``every type that a line holds is a line of its own, and rules are none`` () =
    let batch = Samples.batch 8 600

    for format in ChangeFormat.all do
        for row in 0 .. batch.Count - 1 do
            if (ChangeFormat.check format batch.Type[row] batch.Value[row]).IsNone then
                lineOf format ChangeOp.Added batch row |> ignore

        if format <> ChangeFormat.Ndjson && format <> ChangeFormat.Stix then
            Assert.Equal(
                ValueSome RenderReason.TypeNotHeld,
                ChangeFormat.check format ObservableType.SuricataRule (ReadOnlySpan<byte>("alert"B))
            )
