// Renderers: golden bytes, independence of batch size, what they refuse, and hostile values.
module Cti.Core.Tests.RenderTests

open System
open System.Text.Json
open Cti.Core
open Xunit

let private specs =
    [
        RenderSpec.StixBundle
            {|
                Observables = false
                Objects = false
            |}
        RenderSpec.StixBundle
            {|
                Observables = true
                Objects = false
            |}
        RenderSpec.PlainList
        RenderSpec.Rpz Rpz.defaults
        RenderSpec.Lines ChangeFormat.Ndjson
        RenderSpec.Lines ChangeFormat.Cef
        RenderSpec.Lines ChangeFormat.Leef
        RenderSpec.Lines ChangeFormat.Ecs
        RenderSpec.Lines ChangeFormat.Stix
        RenderSpec.MispEvent
            {
                Info = "Indicators"
                Organisation = "Example"
                OrganisationId = ValueNone
                Threat = MispThreat.Low
                Tags = []
                Parts = 1
            }
        RenderSpec.OpenIoc { Title = "t" }
        RenderSpec.AttackNavigator
            {
                Title = "t"
                Domain = AttackDomain.Enterprise
            }
        RenderSpec.Csv CsvColumn.standard
        RenderSpec.Nftables Nftables.defaults
        RenderSpec.Ipset Ipset.defaults
        RenderSpec.Hosts HostsAddress.Both
        RenderSpec.UnboundZone UnboundAnswer.Nxdomain
        RenderSpec.Edl(EdlVendor.PaloAlto, EdlList.Urls)
        RenderSpec.Edl(EdlVendor.FortiGate, EdlList.Addresses)
        RenderSpec.CheckPointFeed CheckPointLevel.High
        RenderSpec.Squid HostList.Domains
        RenderSpec.Haproxy HostList.Addresses
        RenderSpec.Nginx NginxBlock.Map
        RenderSpec.ClamAvHashes ClamAvKind.Hsb
        RenderSpec.ClamAvHashes ClamAvKind.Hdb
        RenderSpec.YaraHashes
        RenderSpec.OsqueryPack { Interval = 60; PerQuery = 3 }
        RenderSpec.SigmaRules SigmaRules.defaults
        RenderSpec.SplunkLookup
            {
                Collection = SplunkCollection.File
                Weight = 1
            }
        RenderSpec.SuricataRules RuleOptions.defaults
        RenderSpec.SuricataDataset DatasetKind.Domain
        RenderSpec.SuricataIpRep IpRepOptions.defaults
        RenderSpec.SnortRules
            { RuleOptions.defaults with
                Names = [ RuleProtocol.Dns; RuleProtocol.Http ]
            }
        RenderSpec.ZeekIntel
    ]

let private small () =
    let batch = IndicatorBatch 4
    let url = Samples.add batch ObservableType.Url "http://a.example/'x\\y\""
    batch.Labels[url] <- NameSet.Of [ "botnet"; "benign" ]
    batch.Sources[url] <- NameSet.Of [ "feed"; "féed \"2\"" ]
    batch.Tlp[url] <- Tlp.AmberStrict
    let hash = Samples.add batch ObservableType.Md5 "d41d8cd98f00b204e9800998ecf8427e"
    batch.Status[hash] <- IndicatorStatus.Revoked
    batch.ValidUntil[hash] <- Samples.now
    batch.Sources[hash] <- NameSet.Empty
    batch.Revision[hash] <- 3
    batch

let private canHold (spec: RenderSpec) (observable: ObservableType) (value: string) =
    (RenderSpec.create spec).CanHold(observable, ReadOnlySpan<byte>(Samples.utf8 value))

let private lines (text: string) = text.Split '\n'

[<Fact>]
let ``a bundle, byte for byte`` () =
    let wanted =
        [
            """{"type":"bundle","objects":["""
            """{"type":"identity","spec_version":"2.1","id":"identity--b165f29e-e61e-5e50-bf0a-8454f73d4983","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","name":"Cti.Pipelines","description":"Merges threat intelligence of many sources.","identity_class":"system"},"""
            """{"type":"extension-definition","spec_version":"2.1","id":"extension-definition--06772f71-2bfc-5b5c-b577-95f9555bf7de","created_by_ref":"identity--b165f29e-e61e-5e50-bf0a-8454f73d4983","created":"2026-01-01T00:00:00.000Z","modified":"2026-11-01T00:00:00.000Z","name":"Indicator provenance","description":"Adds to an object the names of the sources that report it.","schema":"https://cti-pipelines.example/schemas/indicator-provenance-1.0.0.json","version":"1.0.0","extension_types":["property-extension"]},"""
            """{"type":"indicator","spec_version":"2.1","id":"indicator--4b405e5e-0de5-5ecd-9087-8bcb6a272061","created_by_ref":"identity--b165f29e-e61e-5e50-bf0a-8454f73d4983","created":"2026-03-01T12:00:00.000Z","modified":"2026-03-01T12:00:00.000Z","name":"d41d8cd98f00b204e9800998ecf8427e","description":"A file, by MD5 hash that threat intelligence reports.","indicator_types":["malicious-activity"],"pattern":"[file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e']","pattern_type":"stix","pattern_version":"2.1","valid_from":"2026-02-28T12:00:00.000Z","valid_until":"2026-03-01T12:00:00.000Z","revoked":true,"confidence":80,"object_marking_refs":["marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"]},"""
            """{"type":"indicator","spec_version":"2.1","id":"indicator--780e85eb-7087-5de1-8682-b934901274dc","created_by_ref":"identity--b165f29e-e61e-5e50-bf0a-8454f73d4983","created":"2026-03-01T12:00:00.000Z","modified":"2026-03-01T12:00:00.000Z","name":"http://a.example/'x\\y\"","description":"A URL that threat intelligence reports.","indicator_types":["benign"],"pattern":"[url:value = 'http://a.example/\\'x\\\\y\"']","pattern_type":"stix","pattern_version":"2.1","valid_from":"2026-02-28T12:00:00.000Z","labels":["benign","botnet"],"confidence":80,"object_marking_refs":["marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"],"extensions":{"extension-definition--06772f71-2bfc-5b5c-b577-95f9555bf7de":{"extension_type":"property-extension","sources":["feed","féed \"2\""]}}},"""
            """{"type":"marking-definition","spec_version":"2.1","id":"marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487","created":"2022-10-01T00:00:00.000Z","name":"TLP:CLEAR","extensions":{"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d":{"extension_type":"property-extension","tlp_2_0":"clear"}}},"""
            """{"type":"marking-definition","spec_version":"2.1","id":"marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003","created":"2022-10-01T00:00:00.000Z","name":"TLP:AMBER+STRICT","extensions":{"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d":{"extension_type":"property-extension","tlp_2_0":"amber+strict"}}}"""
            """],"id":"bundle--ed92d65c-1071-5a30-af3b-6131bdd4eb76"}"""
            ""
        ]

    let rendered =
        Samples.render
            (RenderSpec.StixBundle
                {|
                    Observables = false
                    Objects = false
                |})
            (small ())

    Assert.Equal<string>(wanted, lines rendered)

[<Fact>]
let ``a bundle's id follows from ids and modified, and from nothing else`` () =
    let id (change: IndicatorBatch -> unit) observables =
        let batch = small ()
        change batch

        let text =
            Samples.render
                (RenderSpec.StixBundle
                    {|
                        Observables = observables
                        Objects = false
                    |})
                batch

        text.Substring(text.LastIndexOf("bundle--", StringComparison.Ordinal), 44)

    let plain = id ignore false
    Assert.Equal(plain, id ignore false)
    Assert.Equal(plain, id (fun batch -> batch.LastSeen[0] <- Samples.now + Timestamp.day) false)
    Assert.NotEqual<string>(plain, id ignore true)
    Assert.NotEqual<string>(plain, id (fun batch -> batch.Modified[0] <- Samples.now + Timestamp.day) false)

[<Fact>]
let ``a plain list, byte for byte`` () =
    Assert.Equal(
        "d41d8cd98f00b204e9800998ecf8427e\nhttp://a.example/'x\\y\"\n",
        Samples.render RenderSpec.PlainList (small ())
    )

[<Fact>]
let ``change lines, byte for byte`` () =
    let batch = small ()
    let writer = Utf8Writer 16

    ChangeFormat.write ChangeFormat.Ndjson batch 1 41L ChangeOp.Withdrawn writer
    ChangeFormat.write ChangeFormat.Ndjson batch 0 42L ChangeOp.Added writer

    let wanted =
        [
            """{"sequence":41,"op":"withdrawn","indicator":"indicator--4b405e5e-0de5-5ecd-9087-8bcb6a272061","type":"md5","value":"d41d8cd98f00b204e9800998ecf8427e","first_seen":"2026-02-28T12:00:00.000Z","last_seen":"2026-03-01T12:00:00.000Z","confidence":80,"score":75,"tlp":"clear","labels":[],"sources":[],"created":"2026-03-01T12:00:00.000Z","modified":"2026-03-01T12:00:00.000Z","status":"revoked","valid_until":"2026-03-01T12:00:00.000Z"}"""
            """{"sequence":42,"op":"added","indicator":"indicator--780e85eb-7087-5de1-8682-b934901274dc","type":"url","value":"http://a.example/'x\\y\"","first_seen":"2026-02-28T12:00:00.000Z","last_seen":"2026-03-01T12:00:00.000Z","confidence":80,"score":75,"tlp":"amber+strict","labels":["benign","botnet"],"sources":["feed","féed \"2\""],"created":"2026-03-01T12:00:00.000Z","modified":"2026-03-01T12:00:00.000Z"}"""
            ""
        ]

    Assert.Equal<string>(wanted, lines (writer.ToString()))

[<Fact>]
let ``the ndjson of a state is the change line without sequence and op`` () =
    let batch = small ()
    let state = Samples.render (RenderSpec.Lines ChangeFormat.Ndjson) batch

    Assert.StartsWith("{\"indicator\":\"indicator--4b405e5e-0de5-5ecd-9087-8bcb6a272061\",\"type\":\"md5\"", state)

    Assert.Equal(3, (lines state).Length)

[<Fact>]
let ``no output depends on how rows are cut into batches`` () =
    let batch = Samples.batch 5 300
    let selected = Samples.canonical batch

    for spec in specs do
        let whole = Samples.renderIn 2048 spec Samples.context batch selected
        Assert.Equal(whole, Samples.renderIn 1 spec Samples.context batch selected)
        Assert.Equal(whole, Samples.renderIn 7 spec Samples.context batch selected)

[<Fact>]
let ``a renderer leaves out exactly what it says it cannot hold`` () =
    let batch = Samples.batch 6 400

    for spec in specs do
        let held =
            Samples.canonical batch
            |> Array.filter (fun row -> (RenderSpec.create spec).CanHold(batch.Type[row], batch.Value[row]).IsNone)

        Assert.Equal(Samples.render spec batch, Samples.renderIn 2048 spec Samples.context batch held)

let private hostile =
    [
        "a\nb.example"
        "a\r\n* CNAME evil."
        "a\"b"
        "a;b.example"
        "$(reboot).example"
        "$INCLUDE /etc/passwd"
        "../../etc/passwd"
        "=HYPERLINK(\"x\")"
        "a\u0000b"
        "a\u001bb"
        "a\u007fb"
        "# comment"
        "@"
        "a b"
        "é.example"
        "a\\b.example"
        "(x).example"
    ]

[<Fact>]
let ``hostile values stay inside their JSON strings`` () =
    for value in hostile do
        let batch = IndicatorBatch 1
        let row = Samples.add batch ObservableType.Url value
        batch.Labels[row] <- NameSet.Of [ value ]
        batch.Sources[row] <- NameSet.Of [ value ]

        let line =
            (Samples.render (RenderSpec.Lines ChangeFormat.Ndjson) batch).TrimEnd '\n'

        Assert.DoesNotContain("\n", line)
        use parsed = JsonDocument.Parse(line)
        let root = parsed.RootElement
        Assert.Equal(value, root.GetProperty("value").GetString())
        Assert.Equal(value, (root.GetProperty "labels").[0].GetString())

        use bundle =
            JsonDocument.Parse(
                Samples.render
                    (RenderSpec.StixBundle
                        {|
                            Observables = true
                            Objects = false
                        |})
                    batch
            )

        let objects = bundle.RootElement.GetProperty("objects")
        Assert.Equal(value, objects[2].GetProperty("name").GetString())
        Assert.Equal(value, objects[3].GetProperty("value").GetString())

[<Fact>]
let ``a plain list holds no value that is not one line`` () =
    let text = canHold RenderSpec.PlainList ObservableType.Url

    for value in hostile do
        let batch = IndicatorBatch 1
        Samples.add batch ObservableType.Url value |> ignore
        let rendered = Samples.render RenderSpec.PlainList batch

        match text value with
        | ValueSome _ -> Assert.Equal("", rendered)
        | ValueNone -> Assert.Equal(value + "\n", rendered)

    for value in [ "a\nb"; "a\r"; "a\tb"; "a\u0000"; "a\u007fb"; " a"; "a " ] do
        Assert.Equal(ValueSome RenderReason.UnsafeText, text value)

    Assert.Equal(ValueSome RenderReason.ReservedWord, text "#a")
    Assert.Equal(ValueSome RenderReason.ReservedWord, text ";a")
    Assert.Equal(ValueSome RenderReason.NotCanonical, text "")
    Assert.Equal(ValueNone, text "http://a.example/#x;y z")

[<Fact>]
let ``a bundle refuses a service without a port`` () =
    let text =
        canHold
            (RenderSpec.StixBundle
                {|
                    Observables = false
                    Objects = false
                |})
            ObservableType.IpPort

    Assert.Equal(ValueSome RenderReason.NotCanonical, text "192.0.2.1")
    Assert.Equal(ValueNone, text "192.0.2.1:80")

[<Fact>]
let ``reasons have distinct stable codes and a message`` () =
    let codes = RenderReason.all |> Array.map RenderReason.code
    Assert.Equal(codes.Length, (Array.distinct codes).Length)
    Assert.All(codes, (fun code -> Assert.Matches("^CTI-RENDER-[0-9]{3}$", code)))
    Assert.All(RenderReason.all, (fun reason -> Assert.NotEqual<string>("", RenderReason.message reason)))

[<Fact>]
let ``change operations keep their codes and names`` () =
    for code, op in List.zip [ 1uy; 2uy; 3uy ] [ ChangeOp.Added; ChangeOp.Changed; ChangeOp.Withdrawn ] do
        Assert.Equal(code, ChangeOp.code op)
        Assert.Equal(ValueSome op, ChangeOp.tryOfCode code)
        Assert.Equal(ValueSome op, ChangeOp.tryParse (ChangeOp.name op))

    Assert.Equal(ValueNone, ChangeOp.tryOfCode 0uy)
    Assert.Equal(ValueNone, ChangeOp.tryOfCode 4uy)

[<Fact>]
let ``printed times are the framework's, at every range and before 1970`` () =
    let writer = Utf8Writer 32
    let random = Random 8

    for _ in 1..2_000 do
        let time =
            Timestamp.ofMicroseconds (random.NextInt64(-62_135_596_800_000_000L, 253_402_300_800_000_000L))

        writer.Clear()
        Timestamp.writeMillis time writer
        Assert.Equal(Timestamp.toText time, writer.ToString())
