// STIX 2.0 and 2.1 as a source: what each object says in the standard fields, and what of it is lost by name.
module Cti.Core.Tests.Stix.StixInputTests

open System
open Xunit
open Cti.Core
open Cti.Core.Tests.Stix.StixFixture

[<Fact>]
let ``An indicator says all it says in the standard fields`` () =
    let outcome =
        read (
            bundle
                [
                    item "identity" 1 "\"name\":\"Example CERT\",\"identity_class\":\"organization\""
                    indicator
                        2
                        "[domain-name:value = 'bad.example' OR ipv4-addr:value = '192.0.2.1']"
                        (String.Join(
                            ",",
                            [
                                "\"name\":\"C2\",\"description\":\"Seen in \\\"spam\\\"\",\"confidence\":70"
                                "\"labels\":[\"botnet\"],\"indicator_types\":[\"malicious-activity\"]"
                                "\"kill_chain_phases\":[{\"kill_chain_name\":\"lockheed\",\"phase_name\":\"delivery\"}]"
                                $""" "created_by_ref":"%s{idOf "identity" 1}" """
                                "\"object_marking_refs\":[\"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da\"]"
                                "\"external_references\":[{\"source_name\":\"blog\",\"url\":\"https://blog.example/1\"},{\"source_name\":\"cve\",\"external_id\":\"CVE-2024-1\"}]"
                                "\"valid_until\":\"2025-01-01T00:00:00Z\""
                            ]
                        ))
                ]
        )

    let record = only outcome
    Assert.Equal("bad.example", field "domain" record)
    Assert.Equal("192.0.2.1", field "ipv4" record)
    Assert.Equal("2024-01-01T00:00:00.000Z", field "first_seen" record)
    Assert.Equal("2024-02-03T04:05:06.000Z", field "last_seen" record)
    Assert.Equal("2025-01-01T00:00:00.000Z", field "ended" record)
    Assert.Equal("botnet|malicious-activity|lockheed:delivery|CVE-2024-1", field "labels" record)
    Assert.Equal("70", field "confidence" record)
    Assert.Equal("green", field "tlp" record)
    Assert.Equal("Example CERT", field "reporter" record)
    Assert.Equal("C2: Seen in \"spam\"", field "description" record)
    Assert.Equal("https://blog.example/1", field "references" record)
    Assert.Equal(idOf "indicator" 2, field "object_id" record)
    Assert.Equal("indicator", field "object_type" record)
    Assert.Equal<(string * string) list>([ "identity", "kept_verbatim" ], outcome.Losses)

    Assert.Equal<(string * int) list>(
        [ "identity", 0; "indicator", 1 ],
        outcome.Objects |> List.map (fun kept -> kept.Type, kept.Records)
    )

[<Theory>]
[<InlineData("[file:hashes.MD5 = 'aa' AND file:hashes.'SHA-1' = 'bb']", "md5", "aa")>]
[<InlineData("[autonomous-system:number = 64496]", "asn", "64496")>]
[<InlineData("[windows-registry-key:key = 'HKLM\\\\X']", "registry_key", "HKLM\\X")>]
[<InlineData("[url:value = 'http://bad.example/it\\'s']", "url", "http://bad.example/it's")>]
[<InlineData("[domain-name:value = 'a.example'] FOLLOWEDBY [url:value = 'http://b.example/']",
             "stix_pattern",
             "[domain-name:value = 'a.example'] FOLLOWEDBY [url:value = 'http://b.example/']")>]
let ``Simple patterns are observables, compound ones subjects of their own``
    (pattern: string, column: string, value: string)
    =
    let record = only (read (bundle [ indicator 1 pattern "" ]))
    Assert.Equal(value, field column record)

[<Fact>]
let ``A protocol that an endpoint cannot carry is a loss`` () =
    let outcome =
        read (
            bundle
                [
                    indicator
                        1
                        "[network-traffic:dst_ref.value = '192.0.2.1' AND network-traffic:dst_port = 80 AND network-traffic:protocols[*] = 'tcp']"
                        ""
                ]
        )

    Assert.Equal("192.0.2.1:80", field "ip_port" (only outcome))
    Assert.Equal<(string * string) list>([ "indicator.pattern", "approximated" ], outcome.Losses)

[<Theory>]
[<InlineData("yara", "yara_rule")>]
[<InlineData("sigma", "sigma_rule")>]
[<InlineData("suricata", "suricata_rule")>]
[<InlineData("snort", "snort_rule")>]
let ``Rules in other languages are subjects of their own`` (language: string, column: string) =
    let text =
        item
            "indicator"
            1
            $"\"pattern\":\"rule x {{\\n}}\",\"pattern_type\":\"%s{language}\",\"valid_from\":\"2024-01-01T00:00:00Z\""

    Assert.Equal("rule x {\n}", field column (only (read text)))

[<Fact>]
let ``A language nobody knows is a loss, and the object is kept`` () =
    let outcome =
        read (item "indicator" 1 "\"pattern\":\"x\",\"pattern_type\":\"spl\",\"valid_from\":\"2024-01-01T00:00:00Z\"")

    Assert.Empty outcome.Records
    Assert.Single outcome.Objects |> ignore

    Assert.Equal<(string * string) list>(
        [ "indicator.pattern_type", "unknown_kind"; "indicator", "kept_verbatim" ],
        outcome.Losses
    )

[<Fact>]
let ``A pattern that breaks is a dead letter with its column, and the object is kept`` () =
    let outcome =
        read (
            bundle
                [
                    indicator 1 "[domain-name:value == ]" ""
                    indicator 2 "[domain-name:value = 'b.example']" ""
                ]
        )

    let code, message = Assert.Single outcome.Rejections
    Assert.Equal("CTI-READ-063", code)
    Assert.StartsWith("the pattern breaks at character 23: ", message)
    Assert.Equal(1, outcome.Records.Length)
    Assert.Equal(2, outcome.Objects.Length)

[<Fact>]
let ``What an indicator indicates is a label of another report of it`` () =
    let relation target =
        item
            "relationship"
            9
            $""" "relationship_type":"indicates","source_ref":"%s{idOf "indicator" 1}","target_ref":"%s{target}" """

    let outcome =
        read (
            bundle
                [
                    item
                        "malware"
                        2
                        "\"name\":\"Zeta\",\"is_family\":true,\"object_marking_refs\":[\"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82\"]"
                    item
                        "attack-pattern"
                        3
                        "\"name\":\"Phishing\",\"external_references\":[{\"source_name\":\"mitre-attack\",\"external_id\":\"T1566\"}]"
                    indicator 1 "[domain-name:value = 'b.example']" "\"revoked\":true,\"confidence\":5"
                    relation (idOf "malware" 2)
                    relation (idOf "attack-pattern" 3)
                    relation (idOf "malware" 77)
                ]
        )

    let related =
        outcome.Records
        |> List.filter (fun record -> field "object_type" record = "relationship")

    Assert.Equal<string list>([ "Zeta"; "T1566" ], related |> List.map (field "labels"))
    Assert.Equal<string list>([ "amber"; "" ], related |> List.map (field "tlp"))
    // An indicator that was revoked is not raised from the dead by what refers to it.
    Assert.All(related, (fun record -> Assert.Equal("2024-02-03T04:05:06.000Z", field "ended" record)))
    Assert.All(related, (fun record -> Assert.Equal("5", field "confidence" record)))
    Assert.Contains(("relationship.target_ref", "unresolved"), outcome.Losses)

[<Fact>]
let ``Markings: the stricter one holds, wherever it stands`` () =
    let defined =
        "{\"type\":\"marking-definition\",\"spec_version\":\"2.1\",\"id\":\"marking-definition--00000000-0000-4000-8000-000000000001\",\"created\":\"2022-10-01T00:00:00.000Z\",\"name\":\"TLP:AMBER+STRICT\",\"extensions\":{\"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d\":{\"extension_type\":\"property-extension\",\"tlp_2_0\":\"amber+strict\"}}}"

    let older =
        "{\"type\":\"marking-definition\",\"id\":\"marking-definition--00000000-0000-4000-8000-000000000002\",\"created\":\"2017-01-20T00:00:00.000Z\",\"definition_type\":\"tlp\",\"definition\":{\"tlp\":\"green\"}}"

    let statement =
        "{\"type\":\"marking-definition\",\"id\":\"marking-definition--00000000-0000-4000-8000-000000000003\",\"created\":\"2017-01-20T00:00:00.000Z\",\"definition_type\":\"statement\",\"definition\":{\"statement\":\"(c) Example\"}}"

    let white = "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"
    let red = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"

    let own number =
        $"marking-definition--00000000-0000-4000-8000-00000000000%d{number}"

    let marked number more =
        indicator number "[domain-name:value = 'b.example']" more

    let refs ids =
        "\"object_marking_refs\":["
        + String.Join(",", ids |> List.map (sprintf "\"%s\""))
        + "]"

    let outcome =
        read (
            bundle
                [
                    defined
                    older
                    statement
                    marked 11 (refs [ white; own 1 ])
                    marked 12 (refs [ own 2 ])
                    marked 13 (refs [ own 3 ])
                    marked
                        14
                        (refs [ white ]
                         + $",\"granular_markings\":[{{\"marking_ref\":\"%s{red}\",\"selectors\":[\"description\"]}}]")
                    marked 15 (refs [ white ] + ",\"labels\":[\"tlp:amber\"]")
                    marked 16 (refs [ own 9 ])
                ]
        )

    Assert.Equal<string list>(
        [ "amber+strict"; "green"; ""; "red"; "amber"; "" ],
        outcome.Records |> List.map (field "tlp")
    )

    Assert.Contains(("indicator.object_marking_refs", "kept_verbatim"), outcome.Losses)
    Assert.Contains(("indicator.granular_markings", "approximated"), outcome.Losses)
    Assert.Contains(("indicator.object_marking_refs", "unresolved"), outcome.Losses)

    Assert.Equal<Tlp voption list>(
        [
            ValueSome Tlp.AmberStrict
            ValueSome Tlp.Green
            ValueNone
            ValueSome Tlp.Red
            ValueSome Tlp.Amber
            ValueNone
        ],
        outcome.Objects
        |> List.filter (fun kept -> kept.Type = "indicator")
        |> List.map _.ObjectTlp
    )

[<Fact>]
let ``Observed data of 2.0 says what its objects say, without what only surrounds them`` () =
    let record =
        only (
            read
                "{\"type\":\"observed-data\",\"id\":\"observed-data--00000000-0000-4000-8000-000000000001\",\"created\":\"2024-01-02T03:04:05.000Z\",\"modified\":\"2024-01-02T03:04:05.000Z\",\"first_observed\":\"2023-01-01T00:00:00Z\",\"last_observed\":\"2023-06-01T00:00:00Z\",\"number_observed\":3,\"objects\":{\"0\":{\"type\":\"email-message\",\"from_ref\":\"1\",\"to_refs\":[\"2\"]},\"1\":{\"type\":\"email-addr\",\"value\":\"evil@bad.example\"},\"2\":{\"type\":\"email-addr\",\"value\":\"victim@example.com\"},\"3\":{\"type\":\"network-traffic\",\"src_ref\":\"4\",\"dst_ref\":\"5\",\"dst_port\":443,\"protocols\":[\"tcp\"]},\"4\":{\"type\":\"ipv4-addr\",\"value\":\"198.51.100.7\"},\"5\":{\"type\":\"ipv6-addr\",\"value\":\"2001:db8::5\"},\"6\":{\"type\":\"file\",\"name\":\"x.exe\",\"parent_directory_ref\":\"7\"},\"7\":{\"type\":\"directory\",\"path\":\"C:\\\\Temp\"},\"8\":{\"type\":\"file\",\"name\":\"y.exe\",\"hashes\":{\"MD5\":\"aa\",\"SHA-256\":\"bb\"}}}}"
        )

    Assert.Equal("evil@bad.example", field "email" record)
    Assert.Equal("[2001:db8::5]:443", field "ip_port" record)
    Assert.Equal("", field "ipv4" record)
    Assert.Equal("C:\\Temp\\x.exe", field "file_path" record)
    Assert.Equal("", field "file_name" record)
    Assert.Equal("aa", field "md5" record)
    Assert.Equal("bb", field "sha256" record)
    Assert.Equal("2023-01-01T00:00:00.000Z", field "first_seen" record)
    Assert.Equal("2023-06-01T00:00:00.000Z", field "last_seen" record)
    Assert.Equal("observed-data", field "labels" record)

[<Theory>]
[<InlineData(true)>]
[<InlineData(false)>]
let ``Observed data of 2.1 gives its times to the objects it refers to, before it and behind it`` (isBefore: bool) =
    let data =
        item
            "observed-data"
            1
            $""" "first_observed":"2023-01-01T00:00:00Z","last_observed":"2023-06-01T00:00:00Z","number_observed":1,"object_refs":["%s{idOf "domain-name" 5}"]"""

    let objects = [ observable 5 "bad.example"; data ]
    let note = item "note" 8 "\"content\":\"x\""

    let outcome =
        read (bundle (note :: (if isBefore then objects else List.rev objects)))

    let record = only outcome
    Assert.Equal("bad.example", field "domain" record)
    Assert.Equal("2023-01-01T00:00:00.000Z", field "first_seen" record)
    Assert.Equal("2023-06-01T00:00:00.000Z", field "last_seen" record)
    Assert.Equal("observed-data", field "labels" record)

[<Fact>]
let ``Observables are reports where nothing else stands before them, and context where something does`` () =
    Assert.Equal(2, (read (bundle [ observable 1 "a.example"; observable 2 "b.example" ])).Records.Length)

    let outcome =
        read (bundle [ item "report" 3 "\"name\":\"x\""; observable 1 "a.example" ])

    Assert.Empty outcome.Records
    Assert.Equal(2, outcome.Objects.Length)

[<Fact>]
let ``A sighting is another report of what was sighted`` () =
    let outcome =
        read (
            bundle
                [
                    indicator 1 "[domain-name:value = 'b.example']" ""
                    item
                        "sighting"
                        2
                        $""" "sighting_of_ref":"%s{idOf "indicator" 1}","first_seen":"2024-05-01T00:00:00Z","last_seen":"2024-06-01T00:00:00Z","count":50"""
                ]
        )

    let sighting = outcome.Records[1]
    Assert.Equal("b.example", field "domain" sighting)
    Assert.Equal("2024-06-01T00:00:00.000Z", field "last_seen" sighting)
    Assert.Contains(("sighting.count", "no_place"), outcome.Losses)

[<Fact>]
let ``Vulnerabilities and techniques are subjects`` () =
    let outcome =
        read (
            bundle
                [
                    item "vulnerability" 1 "\"name\":\"CVE-2024-1234\""
                    item
                        "vulnerability"
                        2
                        "\"name\":\"Bad\",\"external_references\":[{\"source_name\":\"cve\",\"external_id\":\"CVE-2024-5678\"}]"
                    item
                        "attack-pattern"
                        3
                        "\"name\":\"Phishing\",\"external_references\":[{\"source_name\":\"mitre-attack\",\"external_id\":\"T1566.002\",\"url\":\"https://attack.example/T1566\"}]"
                    item "vulnerability" 4 "\"name\":\"a door left open\""
                ]
        )

    Assert.Equal<string list>([ "CVE-2024-1234"; "CVE-2024-5678"; "" ], outcome.Records |> List.map (field "cve"))
    Assert.Equal("T1566.002", field "attack_id" outcome.Records[2])

[<Fact>]
let ``What is not carried is told by its path`` () =
    let outcome =
        read (
            bundle
                [
                    indicator
                        1
                        "[domain-name:value = 'b.example']"
                        "\"lang\":\"en\",\"x_score\":5,\"extensions\":{\"extension-definition--1\":{\"a\":1}},\"confidence\":101,\"valid_until\":\"9999-12-31T00:00:00Z\",\"external_references\":[{\"source_name\":\"a\",\"description\":\"b\",\"external_id\":\"7\",\"url\":\"ftp://x\"}]"
                    "{\"type\":\"x-custom\",\"id\":\"x-custom--1\"}"
                ]
        )

    Assert.Equal<Set<string * string>>(
        Set.ofList
            [
                "indicator.lang", "no_place"
                "indicator.x_score", "kept_verbatim"
                "indicator.extensions", "kept_verbatim"
                "indicator.confidence", "unusable_value"
                "indicator.valid_until", "unusable_value"
                "indicator.external_references.description", "no_place"
                "indicator.external_references.external_id", "no_place"
                "indicator.external_references.url", "unusable_value"
                "x-custom", "kept_verbatim"
            ],
        Set.ofList outcome.Losses
    )
