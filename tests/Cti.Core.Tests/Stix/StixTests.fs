// STIX: every rule over rendered bundles, a broken sample for every rule, published ids, and the text of patterns.
module Cti.Core.Tests.StixTests

open System
open System.Text.Json.Nodes
open Cti.Core
open Xunit

let private parse (text: string) =
    (JsonNode.Parse text |> nonNull).AsObject()

let private bundles =
    lazy
        [
            for seed in 1..8 do
                for observables in [ false; true ] do
                    Samples.render
                        (RenderSpec.StixBundle {| Observables = observables |})
                        (Samples.batch seed (40 * seed))
            Samples.render (RenderSpec.StixBundle {| Observables = true |}) (IndicatorBatch 1)
        ]

let private holds (rule: JsonObject -> string list) =
    for bundle in bundles.Value do
        Assert.Empty(rule (parse bundle))

let private find (kind: string) (bundle: JsonObject) =
    StixReader.objects bundle
    |> List.find (fun item -> StixReader.get "type" item = kind)

/// The rule accepts a bundle as rendered, and refuses it once `damage` is done.
let private refuses (rule: JsonObject -> string list) (damage: JsonObject -> unit) =
    let bundle =
        parse (Samples.render (RenderSpec.StixBundle {| Observables = true |}) (Samples.batch 99 120))

    Assert.Empty(rule bundle)
    damage bundle
    Assert.NotEmpty(rule bundle)

let private set (name: string) (value: string) (item: JsonObject) = item[name] <- JsonValue.Create value

[<Fact>]
let ``rule 1: observable ids are UUIDv5 of their contributing properties`` () =
    holds StixRules.scoIds
    refuses StixRules.scoIds (find "url" >> set "value" "https://other.example/")
    refuses StixRules.scoIds (fun bundle -> (find "network-traffic" bundle)["dst_port"] <- JsonValue.Create 1)

[<Fact>]
let ``rule 2: ids are well formed and no UUID serves two types`` () =
    holds StixRules.ids

    refuses StixRules.ids (fun bundle ->
        let indicator = StixReader.get "id" (find "indicator" bundle)

        find "relationship" bundle
        |> set "id" (indicator.Replace("indicator", "relationship")))

[<Fact>]
let ``rule 3: timestamps have milliseconds and Z, and intervals run forward`` () =
    holds StixRules.timestamps
    refuses StixRules.timestamps (find "indicator" >> set "created" "2026-01-01T00:00:00Z")
    refuses StixRules.timestamps (find "indicator" >> set "modified" "2026-01-01T00:00:00.000+00:00")
    refuses StixRules.timestamps (find "indicator" >> set "modified" "1999-01-01T00:00:00.000Z")

    refuses StixRules.timestamps (fun bundle ->
        let indicator = find "indicator" bundle
        indicator |> set "valid_until" (StixReader.get "valid_from" indicator))

[<Fact>]
let ``rule 4: spec_version stands on objects and not on the bundle`` () =
    holds StixRules.specVersions
    refuses StixRules.specVersions (set "spec_version" "2.1")
    refuses StixRules.specVersions (fun bundle -> (find "indicator" bundle).Remove "spec_version" |> ignore)

[<Fact>]
let ``rule 5: an indicator has all that strict checkers want`` () =
    holds StixRules.indicators
    refuses StixRules.indicators (fun bundle -> (find "indicator" bundle).Remove "description" |> ignore)

[<Fact>]
let ``rule 6: observables have no properties of domain objects`` () =
    holds StixRules.scoProperties
    refuses StixRules.scoProperties (find "file" >> set "created" "2026-01-01T00:00:00.000Z")

[<Fact>]
let ``rule 7: patterns parse and escape only quotes and backslashes`` () =
    holds StixRules.patterns
    refuses StixRules.patterns (find "indicator" >> set "pattern" "[url:value = 'http://a.example/\\n']")
    refuses StixRules.patterns (find "indicator" >> set "pattern" "[url:value = 'http://a.example/'']")

    refuses
        StixRules.patterns
        (find "indicator"
         >> set "pattern" "[url:value = 'http://a.example/' AND ipv4-addr:value = '192.0.2.1']")

[<Fact>]
let ``rule 8: hash keys and lengths are the algorithm's`` () =
    holds StixRules.hashes
    refuses StixRules.hashes (find "indicator" >> set "pattern" "[file:hashes.'SHA-1' = 'abc']")

    refuses StixRules.hashes (fun bundle ->
        let file = find "file" bundle
        (nonNull file["hashes"]).AsObject() |> set "SHA256" "00")

[<Fact>]
let ``rule 9: values are never defanged`` () =
    holds StixRules.values
    refuses StixRules.values (find "url" >> set "value" "hxxp://a.example/")
    refuses StixRules.values (find "ipv4-addr" >> set "value" "010.0.0.1")
    refuses StixRules.values (find "indicator" >> set "pattern" "[url:value = 'a.example/x']")

[<Fact>]
let ``rule 10: nothing is empty or null`` () =
    holds StixRules.empties
    refuses StixRules.empties (fun bundle -> (find "indicator" bundle)["labels"] <- JsonArray())
    refuses StixRules.empties (fun bundle -> (find "indicator" bundle)["extensions"] <- JsonObject())
    refuses StixRules.empties (fun bundle -> (find "indicator" bundle)["confidence"] <- null)

[<Fact>]
let ``rule 11: TLP markings are OASIS' objects`` () =
    holds StixRules.tlp
    refuses StixRules.tlp (find "marking-definition" >> set "definition_type" "tlp")
    refuses StixRules.tlp (find "marking-definition" >> set "created" "2022-10-01T00:00:00Z")

[<Fact>]
let ``rule 12: references point to the right kind of object, in the bundle`` () =
    holds StixRules.references

    refuses StixRules.references (fun bundle ->
        find "indicator" bundle
        |> set "created_by_ref" (StixReader.get "id" (find "url" bundle)))

    refuses StixRules.references (fun bundle ->
        (nonNull bundle["objects"]).AsArray().Remove(find "marking-definition" bundle)
        |> ignore)

[<Fact>]
let ``rule 13: what is ours stands in our extension`` () =
    holds StixRules.custom
    refuses StixRules.custom (find "indicator" >> set "x_source" "feed")

    refuses StixRules.custom (fun bundle ->
        (nonNull bundle["objects"]).AsArray().Remove(find "extension-definition" bundle)
        |> ignore)

[<Fact>]
let ``rule 14: based-on leads to observed data, and nothing stands twice`` () =
    holds StixRules.relationships

    refuses StixRules.relationships (fun bundle ->
        find "relationship" bundle
        |> set "target_ref" (StixReader.get "id" (find "url" bundle)))

    refuses StixRules.relationships (fun bundle ->
        let again = (find "indicator" bundle).DeepClone().AsObject()
        again |> set "name" "other"
        (nonNull bundle["objects"]).AsArray().Add(again))

// The examples of the specification's errata 01 (the ids of the original text are wrong), §2.9, §6.4, §6.8, §6.9, §6.15;
// e-mail, file and network traffic made with another implementation (Python's uuid and json, sorted keys, no spaces).
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
        Samples.render (RenderSpec.StixBundle {| Observables = false |}) batch
        |> parse
        |> StixReader.objects
        |> List.filter (fun item -> StixReader.get "type" item = "indicator")

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
        (fun loss -> loss.Kind = LossKind.Approximated && loss.Field = "protocols")
    )
