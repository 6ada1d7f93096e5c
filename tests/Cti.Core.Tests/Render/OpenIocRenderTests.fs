// OpenIOC and ATT&CK Navigator layers as outputs: golden bytes, their schemas, hostile values read back by other parsers, the way there and back.
module Cti.Core.Tests.OpenIocRenderTests

open System
open System.Diagnostics
open System.IO
open System.Text.Json
open System.Xml.Linq
open Cti.Core
open Cti.Core.Tests.Read
open FsCheck
open FsCheck.FSharp
open Xunit

let private openIoc = RenderSpec.OpenIoc { Title = "a <title> & \"more\"" }

let private navigator =
    RenderSpec.AttackNavigator
        {
            Title = "a \"layer\""
            Domain = AttackDomain.Enterprise
        }

let private batchOf (values: (ObservableType * string) list) =
    let batch = IndicatorBatch(values.Length + 1)

    for observable, value in values do
        Samples.add batch observable value |> ignore

    batch

let private hold spec (observable: ObservableType) (value: string) =
    (RenderSpec.create spec).CanHold(observable, ReadOnlySpan<byte>(Samples.utf8 value))

let private sum = "d41d8cd98f00b204e9800998ecf8427e"

[<Fact>]
let ``a document, byte for byte`` () =
    let rendered =
        Samples.render openIoc (batchOf [ ObservableType.Md5, sum; ObservableType.IpPort, "192.0.2.1:443" ])

    let ids =
        XDocument.Parse(rendered).Descendants()
        |> Seq.choose (fun element -> element.Attribute(XName.Get "id") |> Option.ofObj)
        |> Seq.map _.Value
        |> List.ofSeq

    // Every element has an id of its own, the same each time.
    Assert.Equal(ids.Length, (List.distinct ids).Length)
    let mutable plain = rendered

    for id in ids do
        plain <- plain.Replace(id, "ID")

    Assert.Equal(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <OpenIOC xmlns=\"http://openioc.org/schemas/OpenIOC_1.1\" id=\"ID\" last-modified=\"2026-03-01T12:00:00.000Z\" published-date=\"2026-03-01T12:00:00.000Z\">\n"
        + "  <metadata>\n    <short_description>a &lt;title&gt; &amp; &quot;more&quot;</short_description>\n    <authored_by>Cti.Pipelines</authored_by>\n    <authored_date>2026-03-01T12:00:00.000Z</authored_date>\n    <links />\n  </metadata>\n"
        + "  <criteria>\n    <Indicator operator=\"OR\" id=\"ID\">\n"
        + "      <Indicator operator=\"AND\" id=\"ID\">\n"
        + "        <IndicatorItem id=\"ID\" condition=\"is\" preserve-case=\"false\" negate=\"false\">\n          <Context document=\"PortItem\" search=\"PortItem/remoteIP\" type=\"mir\" />\n          <Content type=\"IP\">192.0.2.1</Content>\n        </IndicatorItem>\n"
        + "        <IndicatorItem id=\"ID\" condition=\"is\" preserve-case=\"false\" negate=\"false\">\n          <Context document=\"PortItem\" search=\"PortItem/remotePort\" type=\"mir\" />\n          <Content type=\"int\">443</Content>\n        </IndicatorItem>\n"
        + "      </Indicator>\n"
        + "      <Indicator operator=\"OR\" id=\"ID\">\n"
        + "        <IndicatorItem id=\"ID\" condition=\"is\" preserve-case=\"false\" negate=\"false\">\n          <Context document=\"FileItem\" search=\"FileItem/Md5sum\" type=\"mir\" />\n"
        + $"          <Content type=\"md5\">%s{sum}</Content>\n        </IndicatorItem>\n"
        + "      </Indicator>\n"
        + "    </Indicator>\n  </criteria>\n  <parameters />\n</OpenIOC>\n",
        plain
    )

    Assert.Equal(
        rendered,
        Samples.render openIoc (batchOf [ ObservableType.Md5, sum; ObservableType.IpPort, "192.0.2.1:443" ])
    )

let private held: (ObservableType * string) list =
    [
        ObservableType.Ipv4, "192.0.2.1"
        ObservableType.Ipv6, "2001:db8::1"
        ObservableType.IpPort, "192.0.2.1:443"
        ObservableType.IpPort, "[2001:db8::1]:443"
        ObservableType.Domain, "bad.example"
        ObservableType.Url, "http://bad.example/?a=1&b=<2>"
        ObservableType.Email, "a@bad.example"
        ObservableType.Md5, sum
        ObservableType.Sha1, "da39a3ee5e6b4b0d3255bfef95601890afd80709"
        ObservableType.Sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        ObservableType.FileName, "a & 'b'.exe"
        ObservableType.FilePath, "C:\\Users\\Public\\a.exe"
        ObservableType.Mutex, "Global\\]]>"
        ObservableType.RegistryKey, "HKEY_LOCAL_MACHINE\\Software\\Bad"
        ObservableType.UserAgent, "Evil/1.0 (<x>)"
        ObservableType.Mac, "00:00:5e:00:53:01"
        ObservableType.SnortRule, "alert tcp any any -> any any (msg:\"<&>\"; sid:1;)"
        ObservableType.YaraRule, "rule a\n{\n  condition:\n    true\n}"
    ]

[<Fact>]
let ``what is written is read back as it was`` () =
    let rendered = Samples.render openIoc (batchOf held)
    let seen = RichFeeding.read OpenIoc.format rendered
    Assert.Empty seen.Objects

    Assert.Equal<(string * string) list>(
        held
        |> List.map (fun (observable, value) -> ObservableType.name observable, value)
        |> List.sort,
        RichFeeding.values seen |> List.sort
    )

[<Fact>]
let ``types that OpenIOC has no term for are left out by type`` () =
    let types = held |> List.map fst |> Set.ofList

    for observable in ObservableType.all do
        if not (types.Contains observable) then
            Assert.Equal(ValueSome RenderReason.TypeNotHeld, hold openIoc observable "x")

[<Fact>]
let ``what XML cannot write is left out, and what is written is the value`` () =
    let hostile =
        [
            "</Content><IndicatorItem>"
            "]]>"
            "&lt;"
            "&#0;"
            "<!--"
            "<![CDATA["
            "a\tb"
            "\"'"
            "ü😀\u2028"
            "<?xml?>"
            "\u0001"
            "a\u0000b"
            "\uFFFE"
            "\uFFFF"
            "\u007F"
        ]

    let batch =
        batchOf (hostile |> List.map (fun value -> ObservableType.FileName, value))

    let rendered = Samples.render openIoc batch

    let contents =
        XDocument.Parse(rendered).Descendants(XName.Get("Content", "http://openioc.org/schemas/OpenIOC_1.1"))
        |> Seq.map _.Value
        |> Set.ofSeq

    let expected =
        hostile
        |> List.filter (fun value -> (hold openIoc ObservableType.FileName value).IsNone)
        |> Set.ofList

    Assert.Equal<Set<string>>(expected, contents)
    Assert.Equal(hostile.Length - 4, expected.Count)

let private xmllint (arguments: string list) (file: string) =
    let start =
        ProcessStartInfo("xmllint", RedirectStandardError = true, RedirectStandardOutput = true)

    for argument in arguments @ [ file ] do
        start.ArgumentList.Add argument

    use checking =
        match Process.Start start with
        | null -> failwith "xmllint does not start"
        | started -> started

    let said = checking.StandardError.ReadToEnd()
    checking.WaitForExit()
    checking.ExitCode, said

let private hasXmllint =
    (Environment.GetEnvironmentVariable "PATH" |> string).Split Path.PathSeparator
    |> Array.exists (fun folder -> File.Exists(Path.Combine(folder, "xmllint")))

[<Fact>]
let ``random documents are well-formed to xmllint, and valid to the schema where it is at hand`` () =
    if hasXmllint then
        let file = Path.GetTempFileName()

        try
            for seed in [ 1; 2; 3 ] do
                File.WriteAllText(file, Samples.render openIoc (Samples.batch seed 400))
                Assert.Equal((0, ""), xmllint [ "--noout"; "--nonet" ] file)

                match SharedData.folder with
                | Some data ->
                    let code, said =
                        xmllint
                            [
                                "--noout"
                                "--nonet"
                                "--schema"
                                Path.Combine(data, "openioc/reference/ioc.xsd")
                            ]
                            file

                    Assert.True((code = 0), said)
                | None -> ()
        finally
            File.Delete file
    else
        Assert.True(Environment.GetEnvironmentVariable "CI" <> "true", "xmllint is not installed (libxml2-utils)")

[<Fact>]
let ``a layer, member by member`` () =
    let batch =
        batchOf
            [
                ObservableType.AttackId, "T1059"
                ObservableType.AttackId, "T1059.001"
                ObservableType.AttackId, "G0001"
                ObservableType.AttackId, "TA0001"
                ObservableType.Domain, "bad.example"
            ]

    batch.Score[0] <- 7_540
    batch.Labels[0] <- NameSet.Of [ "a\"b"; "c" ]
    batch.Remarks.Describe(0, ReadOnlySpan<byte>(Samples.utf8 "says </script> \"x\"\n"), Timestamp.none)

    batch.Remarks.Refer(
        0,
        ReadOnlySpan<byte>(Samples.utf8 "feed\thttps://feed.example/1\nother\thttps://feed.example/2")
    )

    use layer = JsonDocument.Parse(Samples.render navigator batch)
    let root = layer.RootElement
    Assert.Equal("a \"layer\"", root.GetProperty("name").GetString())
    Assert.Equal("enterprise-attack", root.GetProperty("domain").GetString())
    Assert.Equal("4.5", root.GetProperty("versions").GetProperty("layer").GetString())
    Assert.Equal("4.9.0", root.GetProperty("versions").GetProperty("navigator").GetString())
    Assert.Equal(100, root.GetProperty("gradient").GetProperty("maxValue").GetInt32())
    let techniques = root.GetProperty("techniques").EnumerateArray() |> List.ofSeq

    Assert.Equal<string list>(
        [ "T1059"; "T1059.001" ],
        techniques
        |> List.map (fun one -> one.GetProperty("techniqueID").GetString() |> string)
    )

    let first = techniques[0]
    Assert.Equal(75, first.GetProperty("score").GetInt32())
    Assert.Equal("says </script> \"x\"\n", first.GetProperty("comment").GetString())

    let metadata =
        first.GetProperty("metadata").EnumerateArray()
        |> Seq.map (fun one ->
            string (one.GetProperty("name").GetString()), string (one.GetProperty("value").GetString()))
        |> Map.ofSeq

    Assert.Equal("80", metadata["confidence"])
    Assert.Equal("clear", metadata["tlp"])
    Assert.Equal("a\"b, c", metadata["labels"])

    Assert.Equal<string list>(
        [ "feed https://feed.example/1"; "other https://feed.example/2" ],
        [
            for link in first.GetProperty("links").EnumerateArray() do
                let label = string (link.GetProperty("label").GetString())
                let url = string (link.GetProperty("url").GetString())
                $"%s{label} %s{url}"
        ]
    )

    Assert.Equal(ValueSome RenderReason.TypeNotHeld, hold navigator ObservableType.AttackId "G0001")
    use empty = JsonDocument.Parse(Samples.render navigator (IndicatorBatch 1))
    Assert.Equal(0, empty.RootElement.GetProperty("techniques").GetArrayLength())

[<Fact>]
let ``neither depends on how rows are handed over`` () =
    let batch = Samples.batch 5 300

    for spec in [ openIoc; navigator ] do
        let whole = Samples.render spec batch

        for size in [ 1; 7; 64 ] do
            Assert.Equal(whole, Samples.renderIn size spec Samples.context batch (Samples.canonical batch))
