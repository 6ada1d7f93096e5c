// From columns to candidates: what each rule yields, and that the books balance whatever comes.
module Cti.Core.Tests.Map.MapTests

open System
open System.Collections.Generic
open System.Text
open FsCheck
open FsCheck.FSharp
open Xunit
open Cti.Core
open Cti.Core.Tests.Map.MapFixture

[<Fact>]
let ``A value alone takes everything else from the source's trust`` () =
    let raw, target, rejections, counts = map [ byValue ] "x,value\n1,\"a\"\"b\"\n2,c\n"
    Assert.Empty rejections
    Assert.Equal(2, target.Count)
    Assert.Equal("a\"b", valueOf raw target 0)
    Assert.Equal("c", valueOf raw target 1)
    Assert.Equal<int list>([ 0; 1 ], [ target.Record[0]; target.Record[1] ])
    Assert.Equal(TypeHint.Auto, target.Hint[0])
    Assert.Equal(70uy, target.Confidence[0])
    Assert.Equal(Tlp.Green, target.Tlp[0])
    Assert.Equal("feed", target.Source[0])
    Assert.True(Timestamp.isNone target.FirstSeen[0])
    Assert.True(Timestamp.isNone target.LastSeen[0])
    Assert.Equal(0, target.Labels[0].Count)
    Assert.Equal(0L, counts.Expanded)

[<Fact>]
let ``Fields are found by number too, also without a header`` () =
    let _, target, _, _ =
        map [ MapTemplate.ofValue (FieldRef.Column 2) ] "x,value\n1,a\n"

    Assert.Equal(1, target.Count)

[<Fact>]
let ``Every rule reads its field`` () =
    let template =
        { byValue with
            Type = typeFrom "type" []
            FirstSeen =
                ValueSome
                    {
                        Field = name "first"
                        Format = format "yyyy-MM-dd"
                        Blank = []
                    }
            LastSeen =
                ValueSome
                    {
                        Field = name "last"
                        Format = format "iso8601"
                        Blank = []
                    }
            Labels =
                [
                    LabelRule.Const "malicious-activity"
                    LabelRule.Field(name "tags", [ "," ])
                    LabelRule.Field(name "family", [])
                ]
            Confidence = ConfidenceRule.Field(name "confidence", [])
            Tlp = TlpRule.Field(name "tlp", [])
            Source = ValueSome(name "reporter")
        }

    let text =
        "value,type,first,last,tags,family,confidence,tlp,reporter\n"
        + "a.example,FQDN,2026-01-02,2026-01-03T04:05:06Z,\"z, b,,b\",Emotet,100,TLP:Amber+Strict, Bob  the  Great \n"
        + "b.example,,,,,,,,\n"

    let _, target, rejections, _ = map [ template ] text
    Assert.Empty rejections
    Assert.Equal(TypeHint.Fixed ObservableType.Domain, target.Hint[0])
    Assert.Equal("2026-01-02T00:00:00.000Z", Timestamp.toText target.FirstSeen[0])
    Assert.Equal("2026-01-03T04:05:06.000Z", Timestamp.toText target.LastSeen[0])
    Assert.Equal("""["Emotet","b","malicious-activity","z"]""", target.Labels[0].JsonText)
    Assert.Equal(100uy, target.Confidence[0])
    Assert.Equal(Tlp.AmberStrict, target.Tlp[0])
    Assert.Equal("feed/Bob the Great", target.Source[0])

    Assert.Equal(TypeHint.Auto, target.Hint[1])
    Assert.True(Timestamp.isNone target.FirstSeen[1])
    Assert.Equal("""["malicious-activity"]""", target.Labels[1].JsonText)
    Assert.Equal(70uy, target.Confidence[1])
    Assert.Equal(Tlp.Green, target.Tlp[1])
    Assert.Equal("feed", target.Source[1])

[<Fact>]
let ``Constants stand in for trust`` () =
    let template =
        { byValue with
            Type = TypeRule.Fixed ObservableType.Md5
            Confidence = ConfidenceRule.Const 5uy
            Tlp = TlpRule.Const Tlp.Red
        }

    let _, target, _, _ = map [ template ] "value\na\n"
    Assert.Equal(TypeHint.Fixed ObservableType.Md5, target.Hint[0])
    Assert.Equal(5uy, target.Confidence[0])
    Assert.Equal(Tlp.Red, target.Tlp[0])

[<Fact>]
let ``A row yields a candidate per field that holds a value, and one that holds none is a rejection`` () =
    let templates =
        [ "sha256"; "sha1"; "md5" ]
        |> List.map (fun field -> MapTemplate.ofValue (name field))

    let _, target, rejections, counts =
        map templates "sha256,sha1,md5\na,b,c\n,x,\n\"\",\" \",\nd\n"

    Assert.Equal(5, target.Count)
    Assert.Equal<int list>([ 0; 0; 0; 1; 3 ], [ for row in 0..4 -> target.Record[row] ])
    let rejection = Assert.Single rejections
    Assert.Equal("CTI-MAP-001", rejection.Code)
    Assert.Equal("sha256, sha1, md5", rejection.Field)
    Assert.Equal(4L, rejection.Position.Line)
    Assert.Equal("a.csv", rejection.Position.Uri)
    Assert.Equal("\"\",\" \",", Encoding.UTF8.GetString rejection.Original)
    Assert.Equal(4L, counts.In)
    Assert.Equal(2L, counts.Expanded)

let private full =
    { byValue with
        Type = typeFrom "type" []
        FirstSeen =
            ValueSome
                {
                    Field = name "first"
                    Format = format "yyyy-MM-dd"
                    Blank = []
                }
        Labels = [ LabelRule.Field(name "tags", [ " " ]) ]
        Confidence = ConfidenceRule.Field(name "confidence", [])
        Tlp = TlpRule.Field(name "tlp", [])
        Source = ValueSome(name "reporter")
    }

[<Theory>]
[<InlineData("None", true)>]
[<InlineData(" - ", true)>]
[<InlineData("0000-00-00", true)>]
[<InlineData("", true)>]
[<InlineData("none", false)>]
[<InlineData("--", false)>]
let ``A word that stands for no time gives none; any other text that is no time rejects``
    (cell: string, isTaken: bool)
    =
    let template =
        { byValue with
            FirstSeen =
                ValueSome
                    {
                        Field = name "first"
                        Format = format "yyyy-MM-dd"
                        Blank = [ "None"B; "-"B; "0000-00-00"B ]
                    }
        }

    let _, target, rejections, _ = map [ template ] $"value,first\nv,%s{cell}\n"
    Assert.Equal((if isTaken then 1 else 0), target.Count)
    Assert.Equal((if isTaken then 0 else 1), List.length rejections)

    if isTaken then
        Assert.True(Timestamp.isNone target.FirstSeen[0])

[<Theory>]
[<InlineData("v,md5,2026-13-01,,,,", "CTI-MAP-002", "first", "2026-13-01")>]
[<InlineData("v,md5,0001-01-01,,,,", "CTI-MAP-003", "first", "0001-01-01")>]
[<InlineData("v,md5,9999-12-31,,,,", "CTI-MAP-003", "first", "9999-12-31")>]
[<InlineData("v,md5,,,101,,", "CTI-MAP-004", "confidence", "101")>]
[<InlineData("v,md5,,,-1,,", "CTI-MAP-004", "confidence", "-1")>]
[<InlineData("v,md5,,,1e2,,", "CTI-MAP-004", "confidence", "1e2")>]
[<InlineData("v,md5,,,,purple,", "CTI-MAP-005", "tlp", "purple")>]
[<InlineData("v,teapot,,,,,", "CTI-MAP-006", "type", "teapot")>]
[<InlineData("v,md5,,,,,a\tb", "CTI-MAP-007", "reporter", "a\tb")>]
[<InlineData("v,md5,,,,,\u202Eb", "CTI-MAP-007", "reporter", "\u202Eb")>]
[<InlineData("v,md5,,a\u0001b,,,", "CTI-MAP-009", "tags", "a\u0001b")>]
let ``A bad field rejects the candidate and names the field``
    (row: string, code: string, field: string, value: string)
    =
    let text =
        $"value,type,first,tags,confidence,tlp,reporter\n%s{row}\nw,md5,2026-01-01,,,,\n"

    let _, target, rejections, counts = map [ full; byValue ] text
    let rejection = Assert.Single rejections
    Assert.Equal(code, rejection.Code)
    Assert.Equal(field, rejection.Field)
    Assert.Equal(value, rejection.Value)
    Assert.Equal(2L, rejection.Position.Line)
    // Its sibling and the record behind it go on.
    Assert.Equal(3, target.Count)
    Assert.Equal(2L, counts.Expanded)

[<Fact>]
let ``Long names and long label lists are refused`` () =
    let long = String('x', 65)
    let many = String.Join(" ", seq { for label in 1..129 -> string label })

    let _, _, rejections, _ =
        map [ full ] $"value,type,first,tags,confidence,tlp,reporter\nv,md5,,,,,%s{long}\nv,md5,,%s{many},,,\n"

    Assert.Equal<string list>([ "CTI-MAP-007"; "CTI-MAP-009" ], rejections |> List.map _.Code)

[<Fact>]
let ``Source names beyond 4,096 are refused, known ones go on`` () =
    let spec =
        specOf
            [
                { byValue with
                    Source = ValueSome(name "by")
                }
            ]

    let memory = MapMemory spec

    let rows first last =
        "value,by\n"
        + String.Join("\n", seq { for number in first..last -> $"v,r%d{number}" })

    let _, target, rejections, _ = mapWith memory spec (rows 1 4100)
    Assert.Equal(4096, target.Count)
    Assert.Equal<string list>([ "CTI-MAP-008" ], rejections |> List.map _.Code |> List.distinct)
    let _, _, rejections, _ = mapWith memory spec (rows 4090 4097)
    Assert.Equal("r4097", (Assert.Single rejections).Value)

[<Fact>]
let ``Labels are made once per distinct text, and still right when the memory is full`` () =
    let spec =
        specOf
            [
                { byValue with
                    Labels = [ LabelRule.Field(name "tag", []) ]
                }
            ]

    let memory = MapMemory spec

    let text =
        "value,tag\n"
        + String.Join("\n", seq { for number in 1..70_000 -> $"v,t%d{number}" })
        + "\nv,t1\nv,t70000"

    let _, target, _, _ = mapWith memory spec text
    Assert.Same(target.Labels[0], target.Labels[70_000])

    for row in 0..69_999 do
        Assert.Equal($"t%d{row + 1}", target.Labels[row].Names[0])

    Assert.Equal("t70000", target.Labels[70_001].Names[0])

[<Fact>]
let ``All misfits of a mapping are told at once`` () =
    let spec =
        specOf
            [
                { byValue with
                    Source = ValueSome(FieldRef.Column 3)
                    Labels = [ LabelRule.Field(name "tags", []) ]
                }
                byValue
            ]

    match MapPlan.bind spec [| "url"; "x" |] with
    | Ok _ -> Assert.Fail "bound"
    | Error errors ->
        Assert.Equal<string list>([ "CTI-MAP-101"; "CTI-MAP-101"; "CTI-MAP-102" ], errors |> List.map _.code)
        Assert.All(errors, (fun error -> Assert.NotEqual<string>("", error.message)))

    match MapPlan.bind spec [||] with
    | Ok _ -> Assert.Fail "bound"
    | Error errors -> Assert.Contains(MapError.NoNames "value", errors)

    Assert.True((MapPlan.bind (specOf []) [| "a" |]).IsError)

[<Theory>]
[<InlineData("IPv4", "ipv4")>]
[<InlineData("ip:port", "ip_port")>]
[<InlineData(" hostname ", "domain")>]
[<InlineData("FileHash-SHA256", "sha256")>]
[<InlineData("uri", "url")>]
[<InlineData("ip", "auto")>]
[<InlineData("md5_hash", "md5")>]
[<InlineData("email-sender", "email")>]
[<InlineData("ipaddress", "auto")>]
[<InlineData("file", "auto")>]
[<InlineData("AS", "asn")>]
[<InlineData("Autonomous-System", "asn")>]
[<InlineData("ssdeep", "ssdeep")>]
[<InlineData("filename", "file_name")>]
[<InlineData("FilePath", "file_path")>]
[<InlineData("Mutex", "mutex")>]
[<InlineData("regkey", "registry_key")>]
[<InlineData("Windows-Registry-Key", "registry_key")>]
[<InlineData("user-agent", "user_agent")>]
[<InlineData("ja3-fingerprint-md5", "ja3")>]
[<InlineData("x509-fingerprint-sha1", "certificate_sha1")>]
[<InlineData("SSLCertFingerprint", "certificate_sha1")>]
[<InlineData("x509-fingerprint-sha256", "certificate_sha256")>]
[<InlineData("mac-address", "mac")>]
[<InlineData("vulnerability", "cve")>]
[<InlineData("btc", "crypto_address")>]
[<InlineData("Cryptocurrency-Wallet", "crypto_address")>]
[<InlineData("attack-pattern", "attack_id")>]
[<InlineData("sha3_384_hash", "none")>]
[<InlineData("YARA", "yara_rule")>]
[<InlineData("snort", "snort_rule")>]
[<InlineData("comment", "none")>]
let ``Feeds' words for types are known`` (word: string, expected: string) =
    let found =
        match TypeNames.tryFind word with
        | ValueSome(TypeHint.Fixed kind) -> ObservableType.name kind
        | ValueSome TypeHint.Auto -> "auto"
        | ValueNone -> "none"

    Assert.Equal(expected, found)

[<Fact>]
let ``every type is known by its own name`` () =
    for observable in ObservableType.all do
        Assert.Equal(ValueSome(TypeHint.Fixed observable), TypeNames.tryFind (ObservableType.name observable))

[<Fact>]
let ``Our own names of types are known`` () =
    for kind in ObservableType.all do
        Assert.Equal(ValueSome(TypeHint.Fixed kind), TypeNames.tryFind (ObservableType.name kind))

[<Fact>]
let ``The books balance for any rows`` () =
    let cell =
        Gen.elements
            [
                ""
                "v"
                "md5"
                "x"
                "2026-01-01"
                "9999-01-01"
                "50"
                "red"
                "a b"
                "\t"
                "500"
            ]

    let rows = cell |> Gen.listOfLength 7 |> Gen.listOf

    Check.One(
        Config.QuickThrowOnFailure.WithMaxTest 300,
        Prop.forAll (Arb.fromGen rows) (fun rows ->
            let text =
                rows
                |> List.map (fun row -> row |> List.map (fun cell -> $"\"%s{cell}\"") |> String.concat ",")
                |> String.concat "\n"

            // `map` itself asserts the balance.
            let _, _, _, counts =
                map
                    [ full; byValue; MapTemplate.ofValue (name "tags") ]
                    ("value,type,first,tags,confidence,tlp,reporter\n" + text)

            counts.In = int64 rows.Length)
    )
