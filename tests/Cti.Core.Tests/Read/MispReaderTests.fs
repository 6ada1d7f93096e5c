// MISP read: what each type of attribute becomes, what surrounds it, the shapes of documents, and hostile input.
module Cti.Core.Tests.Read.MispReaderTests

open System
open System.Text
open Xunit
open Cti.Core
open Cti.Core.Tests.Read.MispFixture

let private standard = MispDialect.standard

let private readOne (kind: string) (value: string) (members: string) =
    read standard (eventOf "" [ attribute 1 kind value members ])

[<Theory>]
[<InlineData("ip-src", "192.0.2.1", "ipv4=192.0.2.1")>]
[<InlineData("ip-dst", "2001:db8::1", "ipv6=2001:db8::1")>]
[<InlineData("ip-dst", "192.0.2.0/24", "cidr=192.0.2.0/24")>]
[<InlineData("ip-dst", "192.0.2.1:80", "ip_port=192.0.2.1:80")>]
[<InlineData("ip-dst|port", "192.0.2.1|443", "ip_port=192.0.2.1:443")>]
[<InlineData("ip-src|port", "2001:db8::1|443", "ip_port=[2001:db8::1]:443")>]
[<InlineData("ip-dst|port", "192.0.2.1", "ipv4=192.0.2.1")>]
[<InlineData("domain", "a.example", "domain=a.example")>]
[<InlineData("domain", "a[.]example", "domain=a[.]example")>]
[<InlineData("hostname", "192.0.2.7", "ipv4=192.0.2.7")>]
[<InlineData("hostname|port", "a.example|8080", "domain=a.example")>]
[<InlineData("domain|ip", "a.example|192.0.2.1", "ipv4=192.0.2.1;domain=a.example")>]
[<InlineData("url", "http://a.example/x|y", "url=http://a.example/x|y")>]
[<InlineData("uri", "https://a.example/x", "url=https://a.example/x")>]
[<InlineData("link", "https://a.example/x", "url=https://a.example/x")>]
[<InlineData("email-src", "a@a.example", "email=a@a.example")>]
[<InlineData("md5", "d41d8cd98f00b204e9800998ecf8427e", "md5=d41d8cd98f00b204e9800998ecf8427e")>]
[<InlineData("filename|md5",
             "a|b.exe|d41d8cd98f00b204e9800998ecf8427e",
             "md5=d41d8cd98f00b204e9800998ecf8427e;file_name=a|b.exe")>]
[<InlineData("malware-sample",
             "x.exe|d41d8cd98f00b204e9800998ecf8427e",
             "md5=d41d8cd98f00b204e9800998ecf8427e;file_name=x.exe")>]
[<InlineData("filename|imphash", "x.exe|d41d8cd98f00b204e9800998ecf8427e", "file_name=x.exe")>]
[<InlineData("filename", "C:\\Users\\x.exe", "file_path=C:\\Users\\x.exe")>]
[<InlineData("regkey|value", "HKLM\\Software\\x|y", "registry_key=HKLM\\Software\\x")>]
[<InlineData("mutex", "Global\\x", "mutex=Global\\x")>]
[<InlineData("user-agent", "curl/8.0", "user_agent=curl/8.0")>]
[<InlineData("ja3-fingerprint-md5", "e7d705a3286e19ea42f587b344ee6865", "ja3=e7d705a3286e19ea42f587b344ee6865")>]
[<InlineData("x509-fingerprint-sha1",
             "da39a3ee5e6b4b0d3255bfef95601890afd80709",
             "certificate_sha1=da39a3ee5e6b4b0d3255bfef95601890afd80709")>]
[<InlineData("mac-address", "00:00:5e:00:53:01", "mac=00:00:5e:00:53:01")>]
[<InlineData("AS", "64496", "asn=64496")>]
[<InlineData("vulnerability", "CVE-2026-0001", "cve=CVE-2026-0001")>]
[<InlineData("btc", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "crypto_address=1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa")>]
[<InlineData("yara", "rule x { condition: true }", "yara_rule=rule x { condition: true }")>]
[<InlineData("sigma", "title: x", "sigma_rule=title: x")>]
[<InlineData("snort", "alert ip any any -> any any (sid:1)", "snort_rule=alert ip any any -> any any (sid:1)")>]
[<InlineData("stix2-pattern", "[file:name = 'x']", "stix_pattern=[file:name = 'x']")>]
let ``an attribute becomes observables by its type`` (kind: string, value: string, expected: string) =
    let seen = readOne kind value ""

    let found =
        seen.Records
        |> List.collect values
        |> List.map (fun (name, text) -> $"%s{name}=%s{text}")

    Assert.Equal<string>(expected.Split ';' |> Array.sort, found |> List.sort)
    Assert.Equal(1, seen.Derived)

[<Theory>]
[<InlineData("comment", "CTI-LOSS-007")>]
[<InlineData("imphash", "CTI-LOSS-007")>]
[<InlineData("pattern-in-file", "CTI-LOSS-007")>]
[<InlineData("uri", "CTI-LOSS-007")>]
[<InlineData("vulnerability", "CTI-LOSS-007")>]
[<InlineData("a-new-type", "CTI-LOSS-002")>]
let ``what is no observable is kept as an object and named as a loss`` (kind: string, code: string) =
    let seen = readOne kind "some text" ""
    Assert.Empty seen.Records
    Assert.Contains(seen.Objects, fun (id, _, _) -> id = "misp-attribute:" + uuid 1)
    let path, value, reason = Assert.Single seen.Losses
    Assert.Equal((kind, "some text", code), (path.Split('.')[2], value, LossReason.code reason))

[<Fact>]
let ``every known type becomes a record or a loss`` () =
    for kind in MispFormat.Types do
        let value =
            if kind.Contains '|' then
                "a.example|192.0.2.1"
            else
                "https://a.example/CVE-1"

        let seen = readOne kind value ""
        Assert.True(seen.Records.Length + seen.Losses.Length > 0, kind)
        Assert.DoesNotContain(seen.Losses, fun (_, _, reason) -> reason = LossReason.UnknownKind)

[<Fact>]
let ``attributes that are not marked for detection are kept, and read where that is asked for`` () =
    let text =
        (eventOf "" [ attribute 1 "domain" "a.example" "" ]).Replace("\"to_ids\":true", "\"to_ids\":false")

    let marked = read standard text
    Assert.Empty marked.Records
    Assert.Equal<_ list>([ "Event.Attribute.domain.to_ids", "a.example", LossReason.KeptVerbatim ], marked.Losses)
    let all = read any text
    Assert.Equal<_ list>([ "domain", "a.example" ], all.Records |> List.collect values)
    Assert.Equal("misp:ids=\"false\"", all.Records.Head["labels"])

[<Theory>]
[<InlineData("tlp:white", "clear")>]
[<InlineData("TLP:RED", "red")>]
[<InlineData("tlp:amber+strict", "amber+strict")>]
[<InlineData("tlp:ex:chr", "red")>]
[<InlineData("tlp:purple", "red")>]
let ``a marking is known in any case, and one that is not known is red`` (tag: string, expected: string) =
    let seen = readOne "domain" "a.example" $""","Tag":[{{"name":"%s{tag}"}}]"""
    Assert.Equal(expected, seen.Records.Head["tlp"])
    Assert.Equal((if tag = "tlp:purple" then 1 else 0), seen.Losses.Length)

[<Fact>]
let ``the strictest marking counts, the lowest confidence, and a stated number before a judged one`` () =
    let tags (names: string list) =
        names
        |> List.map (fun name -> $"""{{"name":%s{Json.JsonSerializer.Serialize name}}}""")
        |> String.concat ","

    let one (names: string list) =
        (readOne "domain" "a.example" $""","Tag":[%s{tags names}]""").Records.Head

    Assert.Equal("red", (one [ "tlp:red"; "tlp:green" ])["tlp"])

    let judged =
        [
            "admiralty-scale:source-reliability=\"b\""
            "estimative-language:likelihood-probability=\"likely\""
        ]

    Assert.Equal("55", (one judged)["confidence"])
    Assert.Equal("90", (one ("cti:confidence=\"90\"" :: judged))["confidence"])
    // What is no confidence is a label.
    Assert.Equal("osint:certainty=\"x\"", (one [ "osint:certainty=\"x\"" ])["labels"])

[<Fact>]
let ``deletions and expirations end, sightings prolong, false positives are named`` () =
    let sighting (kind: int) (time: int) =
        $""","Sighting":[{{"type":"%d{kind}","date_sighting":"%d{time}"}}]"""

    let deleted = readOne "domain" "a.example" ""","deleted":true"""
    Assert.StartsWith("2026-01-03T00:26:40", deleted.Records.Head["ended"])
    let seen = readOne "domain" "a.example" (sighting 0 1767500000)
    Assert.StartsWith("2026-01-04T04:13:20", seen.Records.Head["last_seen"])
    Assert.False(seen.Records.Head.ContainsKey "ended")
    let expired = readOne "domain" "a.example" (sighting 2 1767500000)
    Assert.StartsWith("2026-01-04T04:13:20", expired.Records.Head["ended"])
    let wrong = readOne "domain" "a.example" (sighting 1 1767500000)
    Assert.Contains(wrong.Losses, fun (path, _, _) -> path = "Event.Attribute.Sighting.false_positive")

[<Theory>]
[<InlineData("99999999999")>]
[<InlineData("-5")>]
[<InlineData("yesterday")>]
[<InlineData("0001-01-01T00:00:00Z")>]
let ``a time out of range is a loss, and the value goes on without it`` (time: string) =
    let seen = readOne "domain" "a.example" $""","first_seen":"%s{time}" """
    Assert.Equal<_ list>([ "domain", "a.example" ], seen.Records |> List.collect values)
    Assert.Equal<_ list>([ "Event.Attribute.first_seen", time, LossReason.UnusableValue ], seen.Losses)

[<Fact>]
let ``documents of all shapes hold the same`` () =
    let wrapped =
        eventOf "" [ attribute 1 "domain" "a.example" ""; attribute 2 "ip-dst" "192.0.2.1" "" ]

    let bare =
        wrapped.Substring("{\"Event\":".Length, wrapped.Length - "{\"Event\":".Length - 1)

    let records text = (read standard text).Records
    let expected = records wrapped
    Assert.Equal(2, expected.Length)

    for text in
        [
            bare
            $"[%s{wrapped}]"
            $"[%s{bare}]"
            $"""{{"response":[%s{wrapped}]}}"""
            $"""{{"response":%s{wrapped}}}"""
            wrapped + "\n"
        ] do
        Assert.Equal<Fields list>(expected, records text)

    Assert.Equal<Fields list>(expected @ expected, records $"%s{wrapped}\n%s{wrapped}\n")

[<Fact>]
let ``attributes that a search found say which event they are of`` () =
    let one =
        attribute
            1
            "domain"
            "a.example"
            """,  "Event":{"uuid":"5c7cdc3b-2f40-4dca-8200-276c0a00020f","info":"Found","date":"2026-01-02"}"""

    let seen = read standard $"""{{"response":{{"Attribute":[%s{one}]}}}}"""
    let fields = Assert.Single seen.Records
    Assert.Equal("Found", fields["description"])
    Assert.StartsWith("2026-01-02", fields["first_seen"])

[<Fact>]
let ``manifests, galaxies and taxonomies are kept entry by entry`` () =
    let manifest =
        read
            standard
            $"""{{"%s{event}":{{"info":"x","timestamp":"1767420000","Tag":[{{"name":"tlp:green"}}]}},"%s{uuid 2}":{{"timestamp":1}}}}"""

    let galaxy =
        read
            standard
            $"""{{"authors":["a"],"name":"Sector","values":[{{"uuid":"%s{uuid 3}","value":"Bank"}},{{"value":"Other"}},7]}}"""

    let taxonomy =
        read standard """{"namespace":"tlp","predicates":[{"value":"red"}],"version":1}"""

    let ids seen =
        seen.Objects |> List.map (fun (id, _, _) -> id)

    Assert.Equal<string list>([ "misp-manifest-entry:" + event; "misp-manifest-entry:" + uuid 2 ], ids manifest)
    Assert.Equal<string list>([ "misp-galaxy-cluster:" + uuid 3; "misp-galaxy-cluster::Other" ], ids galaxy)
    Assert.Equal(1, galaxy.Losses.Length)
    Assert.Equal<string list>([ "misp-taxonomy-predicate:tlp:red" ], ids taxonomy)

[<Fact>]
let ``what is no MISP document is rejected as such`` () =
    Assert.Equal<_ list>([ "CTI-READ-070" ], (read standard """{"some":"thing"}""").Rejections |> List.map fst)
    Assert.Empty((read standard "{}").Rejections)

[<Fact>]
let ``deep nesting is refused without a deep stack, and costs its event only`` () =
    let deep = String('[', 50_000) + String(']', 50_000)
    let bad = eventOf $",\"x\":%s{deep}" [ attribute 1 "domain" "a.example" "" ]
    let good = eventOf "" [ attribute 2 "domain" "b.example" "" ]
    let seen = read standard $"[%s{bad},%s{good}]"
    Assert.Equal<_ list>([ "CTI-READ-041" ], seen.Rejections |> List.map fst)
    Assert.Equal<_ list>([ "domain", "b.example" ], seen.Records |> List.collect values)

[<Fact>]
let ``a document that is cut off keeps the events before the cut`` () =
    let one = eventOf "" [ attribute 1 "domain" "a.example" "" ]
    let text = $"""{{"response":[%s{one},%s{one}"""
    let seen = read standard (text.Substring(0, text.Length - 20))
    Assert.Equal(1, seen.Records.Length)
    Assert.Equal(Some "CTI-READ-044", seen.Fault)

[<Fact>]
let ``hostile members are losses or nothing, never a fault`` () =
    for members in
        [
            ""","Tag":{"name":"x"}"""
            ""","Tag":[7,null,{"name":7},{"name":null},{}]"""
            ""","Galaxy":[7,{"GalaxyCluster":7}]"""
            ""","Sighting":[7,{"type":[]}]"""
            ""","comment":{"a":1}"""
            ""","comment":"half \ud800 pair" """
            ""","timestamp":[1]"""
            ""","uuid":"../../etc/passwd" """
            ""","deleted":"maybe" """
        ] do
        let seen = readOne "domain" "a.example" members
        Assert.True(seen.Records.Length + seen.Rejections.Length = 1, members)

    for attributes in
        [
            "7"
            "null"
            "[]"
            "{}"
            """{"type":"domain"}"""
            """{"value":"x"}"""
            """{"type":7,"value":{}}"""
        ] do
        let seen = read standard (eventOf "" [ attributes ])
        Assert.Empty seen.Records
        Assert.Empty seen.Rejections

[<Fact>]
let ``more tags than a record can have are a loss`` () =
    let tags =
        [ 1..200 ]
        |> List.map (fun number -> $"""{{"name":"tag %d{number}"}}""")
        |> String.concat ","

    let seen = readOne "domain" "a.example" $""","Tag":[%s{tags}]"""
    Assert.Equal(100, (seen.Records.Head["labels"].Split '|').Length)
    Assert.Contains(seen.Losses, fun (_, _, reason) -> reason = LossReason.TooLarge)
