// STIX: published ids, the text of patterns, and what single objects say.
module Cti.Core.Tests.StixTextTests

open System
open System.Text.Json.Nodes
open Cti.Core
open Xunit

let private parse (text: string) =
    (JsonNode.Parse text |> nonNull).AsObject()

// The examples of the specification's errata 01 (the ids of the original text are wrong), §2.9, §6.4, §6.8, §6.9, §6.15;
// the rest made with another implementation (Python's uuid and json, sorted keys, no spaces).
[<Theory>]
[<InlineData("ipv4", "198.51.100.3", "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4")>]
[<InlineData("ipv6", "2001:0db8:85a3:0000:0000:8a2e:0370:7334", "ipv6-addr--85a85a8c-ee99-5722-946d-3c3a3270fc6f")>]
[<InlineData("cidr", "2001:0db8::/96", "ipv6-addr--084d3b4c-7785-568a-a569-0c61c95754ab")>]
[<InlineData("cidr", "198.51.100.0/24", "ipv4-addr--1ea47840-aa39-5aa8-b4a2-cd203eb6662a")>]
[<InlineData("domain", "example.com", "domain-name--bedb4899-d24b-5401-bc86-8f6b4cc18ec7")>]
[<InlineData("url", "https://example.com/research/index.html", "url--47c3cf9a-5027-5bf0-997a-017c7edc7c55")>]
[<InlineData("email", "john@example.com", "email-addr--7165e2a9-671f-585d-b1e1-ca59c671d934")>]
[<InlineData("md5", "d41d8cd98f00b204e9800998ecf8427e", "file--02fff920-f614-527c-81d1-6353633a6d21")>]
[<InlineData("sha1", "da39a3ee5e6b4b0d3255bfef95601890afd80709", "file--fa6e66a5-f019-51f9-8ab5-812023e58c6e")>]
[<InlineData("sha256",
             "fe90a7e910cb3a4739bed9180e807e93fa70c90f25a8915476f5e4bfbac681db",
             "file--b91bcf06-0d11-5a89-9c3a-8d4279aefe56")>]
[<InlineData("ip_port", "198.51.100.3:443", "network-traffic--8f6360b2-5dca-5b52-9c76-61c88274cba7")>]
[<InlineData("ip_port", "[2001:db8::1]:53", "network-traffic--556eb8c9-49d2-5395-a101-6cd4a1193f7f")>]
[<InlineData("asn", "AS64496", "autonomous-system--9ad79ee3-2fde-5015-b0cc-7a96404effca")>]
[<InlineData("ssdeep", "3:AAAA:BBBB", "file--6de1345b-d7c8-5c64-af94-3d02993c466d")>]
[<InlineData("tlsh",
             "T1AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
             "file--d7c51b13-3c5f-596f-bdc2-d1070c175816")>]
[<InlineData("file_name", "évil.exe", "file--980c1f60-a1fa-5af1-bec1-14c8d1bf09b7")>]
[<InlineData("file_path", "C:\\Users\\Public\\", "directory--9cbb5121-7a48-5719-8f2f-170809992f9b")>]
[<InlineData("file_path", "C:\\Users\\Public\\x.exe", "file--a7cedab3-bcd3-5c51-9c9c-d49f940a2532")>]
[<InlineData("mutex", "Global\\x", "mutex--ae17633a-a726-56e8-8a6a-b5b8e67c9d26")>]
[<InlineData("registry_key",
             "HKEY_CURRENT_USER\\Software\\x",
             "windows-registry-key--89391ace-cedb-5f81-b126-7ad82c71c59b")>]
[<InlineData("certificate_sha1",
             "abababababababababababababababababababab",
             "x509-certificate--8e325068-80a6-5f21-9c06-0e0569fe6712")>]
[<InlineData("certificate_sha256",
             "abababababababababababababababababababababababababababababababab",
             "x509-certificate--20432b06-75d2-54b6-80ef-6d923b5d925d")>]
[<InlineData("mac", "00:00:5e:00:53:01", "mac-addr--1879fe86-3131-5b80-b6b1-4505b9a193d9")>]
let ``observable ids are the ones every other producer derives`` (observable: string, value: string, id: string) =
    match ObservableType.tryParse observable with
    | ValueSome observable -> Assert.Equal(ValueSome id, StixObservable.id { Type = observable; Value = value })
    | ValueNone -> Assert.Fail observable

[<Fact>]
let ``patterns of every type`` () =
    let pattern (observable: ObservableType) value =
        match StixPattern.ofSubject { Type = observable; Value = value } with
        | ValueSome text -> text
        | ValueNone -> "none"

    Assert.Equal("[ipv4-addr:value = '192.0.2.1']", pattern ObservableType.Ipv4 "192.0.2.1")
    Assert.Equal("[ipv6-addr:value = '2001:db8::1']", pattern ObservableType.Ipv6 "2001:db8::1")
    Assert.Equal("[ipv4-addr:value ISSUBSET '192.0.2.0/24']", pattern ObservableType.Cidr "192.0.2.0/24")
    Assert.Equal("[ipv6-addr:value ISSUBSET '2001:db8::/32']", pattern ObservableType.Cidr "2001:db8::/32")

    Assert.Equal(
        "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '192.0.2.1' AND network-traffic:dst_port = 80]",
        pattern ObservableType.IpPort "192.0.2.1:80"
    )

    Assert.Equal(
        "[network-traffic:dst_ref.type = 'ipv6-addr' AND network-traffic:dst_ref.value = '2001:db8::1' AND network-traffic:dst_port = 80]",
        pattern ObservableType.IpPort "[2001:db8::1]:80"
    )

    Assert.Equal("[domain-name:value = 'a.example']", pattern ObservableType.Domain "a.example")
    Assert.Equal("[url:value = 'http://a.example/\\'\\\\\"']", pattern ObservableType.Url "http://a.example/'\\\"")
    Assert.Equal("[email-addr:value = 'o\\'x@a.example']", pattern ObservableType.Email "o'x@a.example")
    Assert.Equal("[file:hashes.MD5 = 'ab']", pattern ObservableType.Md5 "ab")
    Assert.Equal("[file:hashes.'SHA-1' = 'ab']", pattern ObservableType.Sha1 "ab")
    Assert.Equal("[file:hashes.'SHA-256' = 'ab']", pattern ObservableType.Sha256 "ab")
    Assert.Equal("[file:hashes.'SHA-512' = 'ab']", pattern ObservableType.Sha512 "ab")

    Assert.Equal("[autonomous-system:number = 64496]", pattern ObservableType.Asn "AS64496")
    Assert.Equal("[file:hashes.SSDEEP = '3:a:b']", pattern ObservableType.Ssdeep "3:a:b")
    Assert.Equal("[file:hashes.TLSH = 'AB']", pattern ObservableType.Tlsh "T1AB")
    Assert.Equal("[file:name = 'o\\'é.exe']", pattern ObservableType.FileName "o'é.exe")

    Assert.Equal(
        "[file:parent_directory_ref.path = 'C:\\\\Users\\\\a' AND file:name = 'x.exe']",
        pattern ObservableType.FilePath "C:\\Users\\a\\x.exe"
    )

    Assert.Equal("[file:parent_directory_ref.path = '/' AND file:name = 'x']", pattern ObservableType.FilePath "/x")

    Assert.Equal(
        "[file:parent_directory_ref.path = 'C:\\\\' AND file:name = 'x']",
        pattern ObservableType.FilePath "C:\\x"
    )

    Assert.Equal("[directory:path = '/etc/cron.d']", pattern ObservableType.FilePath "/etc/cron.d/")
    Assert.Equal("[mutex:name = 'Global\\\\x']", pattern ObservableType.Mutex "Global\\x")

    Assert.Equal("[windows-registry-key:key = 'HKEY_USERS\\\\x']", pattern ObservableType.RegistryKey "HKEY_USERS\\x")

    Assert.Equal(
        "[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'[*] = 'a/1']",
        pattern ObservableType.UserAgent "a/1"
    )

    Assert.Equal("[x509-certificate:hashes.'SHA-1' = 'ab']", pattern ObservableType.CertificateSha1 "ab")
    Assert.Equal("[x509-certificate:hashes.'SHA-256' = 'ab']", pattern ObservableType.CertificateSha256 "ab")
    Assert.Equal("[mac-addr:value = '00:00:5e:00:53:01']", pattern ObservableType.Mac "00:00:5e:00:53:01")

    for observable, value in
        [
            ObservableType.Ja3, "ab"
            ObservableType.CryptoAddress, "ab"
            ObservableType.Cve, "CVE-2021-44228"
            ObservableType.AttackId, "T1059"
        ] do
        Assert.Equal("none", pattern observable value)

    for broken in
        [
            ""
            "192.0.2.1"
            ":80"
            "192.0.2.1:"
            "192.0.2.1:65536"
            "2001:db8::1:80"
            "[]:80"
            "192.0.2.1:8a"
        ] do
        Assert.Equal("none", pattern ObservableType.IpPort broken)

[<Fact>]
let ``the pattern in a bundle, read back, asks for exactly the value`` () =
    let batch = Samples.batch 7 600
    let selected = Samples.canonical batch

    let indicators =
        Samples.render
            (RenderSpec.StixBundle
                {|
                    Observables = false
                    Objects = false
                |})
            batch
        |> parse
        |> StixReader.objects
        |> List.filter (fun item -> StixReader.get "type" item = "indicator")

    let subject row : Subject =
        {
            Type = batch.Type[row]
            Value = batch.Value.Text row
        }

    let selected =
        selected
        |> Array.filter (fun row ->
            (StixPattern.ofSubject (subject row)).IsSome
            // What is a pattern itself stands there as it is (PatternSubjectTests).
            && not (ObservableType.isPattern batch.Type[row]))

    let ids =
        selected
        |> Array.map (fun row -> "indicator--" + Uuid.toText batch.Id[row])
        |> Set.ofArray

    let indicators =
        indicators
        |> List.filter (fun item -> Set.contains (StixReader.get "id" item) ids)

    Assert.Equal(selected.Length, indicators.Length)

    for row, item in Seq.zip selected indicators do
        let value = batch.Value.Text row
        Assert.Equal(value, StixReader.get "name" item)

        match PatternReader.read (StixReader.get "pattern" item) with
        | Error message -> Assert.Fail message
        | Ok comparisons ->
            let texts =
                comparisons
                |> List.map (fun comparison ->
                    match comparison.Value with
                    | PatternReader.Text text -> text
                    | PatternReader.Number number -> string number)

            let wanted =
                if batch.Type[row] = ObservableType.IpPort then
                    let colon = value.LastIndexOf ':'
                    let address = value.Substring(0, colon).Trim('[', ']')

                    [
                        (if address.Contains ':' then "ipv6-addr" else "ipv4-addr")
                        address
                        value.Substring(colon + 1)
                    ]
                elif batch.Type[row] = ObservableType.FilePath then
                    let last = value.LastIndexOfAny [| '/'; '\\' |]
                    let isRoot = last = 0 || value[last - 1] = ':'
                    let directory = value.Substring(0, (if isRoot then last + 1 else last))

                    if last = value.Length - 1 then
                        [ directory ]
                    else
                        [ directory; value.Substring(last + 1) ]
                elif batch.Type[row] = ObservableType.Asn || batch.Type[row] = ObservableType.Tlsh then
                    [ value.Substring 2 ]
                else
                    [ value ]

            Assert.Equal<string list>(wanted, texts)

[<Fact>]
let ``a status shows in valid_until and revoked, and in nothing else`` () =
    let line (status: IndicatorStatus) until =
        let batch = IndicatorBatch 1
        let row = Samples.add batch ObservableType.Domain "a.example"
        batch.Status[row] <- status
        batch.ValidUntil[row] <- until
        StixJson.ofRow false batch row

    let later = Samples.now + Timestamp.day
    let active = line IndicatorStatus.Active Timestamp.none

    let until =
        "\"valid_from\":\"2026-02-28T12:00:00.000Z\",\"valid_until\":\"2026-03-02T12:00:00.000Z\""

    let withUntil = active.Replace("\"valid_from\":\"2026-02-28T12:00:00.000Z\"", until)
    Assert.DoesNotContain("valid_until", active)
    Assert.DoesNotContain("revoked", active)
    Assert.Equal(withUntil, line IndicatorStatus.Expired later)
    Assert.Equal(withUntil, line IndicatorStatus.Withdrawn later)

    Assert.Equal(
        withUntil.Replace(",\"confidence\"", ",\"revoked\":true,\"confidence\""),
        line IndicatorStatus.Revoked later
    )

[<Fact>]
let ``an indicator's types are the labels the vocabulary knows`` () =
    let types (labels: string list) =
        (Stix.typesOf (NameSet.Of labels)).JsonText

    Assert.Equal("[\"malicious-activity\"]", types [])
    Assert.Equal("[\"malicious-activity\"]", types [ "botnet"; "Benign" ])
    Assert.Equal("[\"anonymization\",\"benign\"]", types [ "tor"; "benign"; "anonymization" ])

[<Fact>]
let ``a later sighting changes no byte of what stands under the same modified`` () =
    let render seen =
        let batch = IndicatorBatch 1
        let row = Samples.add batch ObservableType.IpPort "192.0.2.1:80"
        batch.LastSeen[row] <- seen
        batch.Score[row] <- int (Timestamp.toMicroseconds seen % 10_000L)
        StixJson.ofRow true batch row

    Assert.Equal(render Samples.now, render (Samples.now + Timestamp.day + Timestamp.ofMicroseconds 123L))

[<Fact>]
let ``every type has a loss list, and an assumed protocol is on it`` () =
    for observable in ObservableType.all do
        Assert.Contains(Stix.losses observable, (fun loss -> loss.Field = "last_seen"))

    Assert.Contains(
        Stix.losses ObservableType.IpPort,
        (fun loss -> loss.Kind = StixLossKind.Approximated && loss.Field = "protocols")
    )

[<Fact>]
let ``what STIX has no property for is refused with a code, whatever the options`` () =
    let hold (observable: ObservableType) (value: string) =
        let renderer =
            RenderSpec.create (
                RenderSpec.StixBundle
                    {|
                        Observables = true
                        Objects = false
                    |}
            )

        let bytes = Samples.utf8 value
        renderer.CanHold(observable, ReadOnlySpan<byte> bytes)

    for observable, value in
        [
            ObservableType.Ja3, String.replicate 16 "ab"
            ObservableType.CryptoAddress, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
            ObservableType.AttackId, "TA0001"
            ObservableType.AttackId, "S0001"
            ObservableType.AttackId, "DS0001"
        ] do
        Assert.Equal(ValueSome RenderReason.TypeNotHeld, hold observable value)

    for observable, value in
        [
            ObservableType.Cve, "CVE-2021-44228"
            ObservableType.AttackId, "T1059.001"
            ObservableType.UserAgent, "x"
        ] do
        Assert.Equal(ValueNone, hold observable value)

[<Fact>]
let ``a vulnerability and a technique are references to catalogues, not indicators`` () =
    let line (observable: ObservableType) (value: string) =
        let batch = IndicatorBatch 1
        let row = Samples.add batch observable value
        let item = parse (StixJson.ofRow true batch row)
        Assert.Equal(Uuid.toText batch.Id[row], (StixReader.get "id" item).Split("--")[1])

        StixReader.get "type" item, StixReader.get "name" item, (nonNull item["external_references"]).ToJsonString()

    Assert.Equal(
        ("vulnerability", "CVE-2021-44228", """[{"source_name":"cve","external_id":"CVE-2021-44228"}]"""),
        line ObservableType.Cve "CVE-2021-44228"
    )

    Assert.Equal(
        ("attack-pattern", "T1059.001", """[{"source_name":"mitre-attack","external_id":"T1059.001"}]"""),
        line ObservableType.AttackId "T1059.001"
    )
