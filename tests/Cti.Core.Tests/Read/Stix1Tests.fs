// STIX 1.x: what compositions become, what surrounds an indicator, references, what is kept and lost, and hostile packages.
module Cti.Core.Tests.Read.Stix1Tests

open System
open Xunit
open Cti.Core
open Cti.Core.Tests.Read.RichFeeding
open Cti.Core.Tests.Read.Stix1Fixture

[<Fact>]
let ``what surrounds an indicator is said of its subjects`` () =
    let seen =
        stix (
            "<stix:STIX_Header><stix:Title>P</stix:Title><stix:Handling><marking:Marking><marking:Controlled_Structure>//node()</marking:Controlled_Structure><marking:Marking_Structure xsi:type=\"tlpMarking:TLPMarkingStructureType\" color=\"GREEN\" /></marking:Marking></stix:Handling>"
            + "<stix:Information_Source><stixCommon:Identity><stixCommon:Name>Packager</stixCommon:Name></stixCommon:Identity></stix:Information_Source></stix:STIX_Header>"
            + indicators
                [
                    indicator
                        "i-1"
                        ("<indicator:Title>T</indicator:Title><indicator:Type>IP Watchlist</indicator:Type><indicator:Description>D</indicator:Description>"
                         + "<indicator:Valid_Time_Position><indicator:Start_Time>2014-01-01T00:00:00Z</indicator:Start_Time><indicator:End_Time>2014-06-01T00:00:00Z</indicator:End_Time></indicator:Valid_Time_Position>"
                         + observed (objectOf "Address" (">" + value "Address_Value" "" "192.0.2.1"))
                         + "<indicator:Indicated_TTP><stixCommon:TTP idref=\"ttp-1\" /></indicator:Indicated_TTP>"
                         + "<indicator:Kill_Chain_Phases><x>p</x></indicator:Kill_Chain_Phases>"
                         + "<indicator:Confidence><stixCommon:Value>High</stixCommon:Value></indicator:Confidence>"
                         + "<indicator:Sightings><indicator:Sighting timestamp=\"2014-05-01T00:00:00Z\" /><indicator:Sighting timestamp=\"2014-05-03T00:00:00Z\" /></indicator:Sightings>"
                         + "<indicator:Handling><marking:Marking><marking:Marking_Structure xsi:type=\"tlpMarking:TLPMarkingStructureType\" color=\"AMBER\" /></marking:Marking></indicator:Handling>"
                         + "<indicator:Producer><stixCommon:Identity><stixCommon:Name>Producer</stixCommon:Name></stixCommon:Identity><stixCommon:References><stixCommon:Reference>https://feed.example/r</stixCommon:Reference></stixCommon:References></indicator:Producer>")
                    indicator "i-2" (observed (objectOf "Address" (">" + value "Address_Value" "" "192.0.2.2")))
                ]
            + "<stix:TTPs><stix:TTP id=\"ttp-1\"><ttp:Title>Phishing</ttp:Title><ttp:Behavior><ttp:Malware><ttp:Malware_Instance><ttp:Name>BADBOT</ttp:Name></ttp:Malware_Instance></ttp:Malware></ttp:Behavior></stix:TTP></stix:TTPs>"
        )

    let first = seen.Records[0]

    let plain (times: string list) =
        times |> List.map (fun time -> time.Replace(".000", ""))

    Assert.Equal<string list>([ "2014-01-01T00:00:00Z" ], plain (field "first_seen" first))
    Assert.Equal<string list>([ "2014-05-03T00:00:00Z" ], plain (field "last_seen" first))
    Assert.Equal<string list>([ "2014-06-01T00:00:00Z" ], plain (field "ended" first))
    Assert.Equal<string list>([ "IP Watchlist"; "Phishing"; "BADBOT" ], field "labels" first)
    Assert.Equal<string list>([ "85" ], field "confidence" first)
    Assert.Equal<string list>([ "amber" ], field "tlp" first)
    Assert.Equal<string list>([ "Producer" ], field "reporter" first)
    Assert.Equal<string list>([ "T\nD" ], field "description" first)
    Assert.Equal<string list>([ "https://feed.example/r" ], field "references" first)
    Assert.Equal<string list>([ "i-1" ], field "object_id" first)
    let second = seen.Records[1]
    Assert.Equal<string list>([ "green" ], field "tlp" second)
    Assert.Equal<string list>([ "Packager" ], field "reporter" second)
    Assert.Equal<string list>([ "2014-05-08T09:00:00Z" ], plain (field "first_seen" second))
    Assert.Contains(("Indicator.Kill_Chain_Phases", "", "no_place"), seen.Losses)

    Assert.Equal<(string * string) list>(
        [ "ttp-1", "stix1-ttp" ],
        seen.Objects |> List.map (fun (id, kind, _) -> id, kind)
    )

let private addressOf (id: string) (text: string) =
    observable id (objectOf "Address" (">" + value "Address_Value" "condition=\"Equals\"" text))

let private composed (operator: string) (parts: string list) =
    let inside = String.concat "" parts
    $"<cybox:Observable_Composition operator=\"%s{operator}\">%s{inside}</cybox:Observable_Composition>"

let private reference (id: string) =
    $"<cybox:Observable idref=\"%s{id}\" />"

[<Fact>]
let ``compositions stay whole when they say AND, and part when they say OR`` () =
    let domain =
        observable "d" (objectOf "DomainName" (">" + value "Value" "" "bad.example"))

    let both = composed "AND" [ domain; reference "a" ]
    let either = composed "OR" [ reference "a"; reference "b" ]

    let seen =
        stix (
            indicators [ indicator "and" (observed both); indicator "or" (observed either) ]
            + observables
                [
                    addressOf "a" "192.0.2.1"
                    addressOf "b" "192.0.2.2"
                    addressOf "c" "192.0.2.3"
                ]
        )

    Assert.Equal<(string * string) list>(
        [
            "stix_pattern", "[domain-name:value = 'bad.example'] AND [ipv4-addr:value = '192.0.2.1']"
            "ipv4", "192.0.2.1"
            "ipv4", "192.0.2.2"
            // No indicator asks for it.
            "ipv4", "192.0.2.3"
        ],
        values seen
    )

    Assert.Equal<string list list>(
        [ [ "stix1-indicator" ]; [ "stix1-indicator" ]; [ "stix1-observable" ] ],
        seen.Records |> List.map (field "object_type")
    )

[<Fact>]
let ``indicators of indicators, and negated ones`` () =
    let composite operator parts =
        let inside = String.concat "" parts
        $"<indicator:Composite_Indicator_Expression operator=\"%s{operator}\">%s{inside}</indicator:Composite_Indicator_Expression>"

    let inner id address =
        indicator id (observed (objectOf "Address" (">" + value "Address_Value" "" address)))

    let seen =
        stix (
            indicators
                [
                    indicator
                        "outer"
                        (composite
                            "AND"
                            [
                                "<indicator:Indicator idref=\"x\" />"
                                (inner "y" "192.0.2.2").Replace("stix:Indicator", "indicator:Indicator")
                            ])
                    inner "x" "192.0.2.1"
                    (inner "n" "192.0.2.3").Replace("id=\"n\"", "id=\"n\" negate=\"true\"")
                ]
        )

    Assert.Equal<(string * string) list>(
        [
            "stix_pattern", "[ipv4-addr:value = '192.0.2.1' AND ipv4-addr:value = '192.0.2.2']"
            "ipv4", "192.0.2.1"
            "stix_pattern", "[ipv4-addr:value != '192.0.2.3']"
        ],
        values seen
    )

[<Fact>]
let ``references in circles, to nowhere and without end are bounded`` () =
    let circle =
        stix (
            indicators
                [
                    indicator "i" (observed (composed "OR" [ reference "p"; addressOf "q" "192.0.2.1" ]))
                ]
            + observables [ observable "p" (composed "OR" [ reference "p"; reference "nowhere" ]) ]
        )

    Assert.Contains(("ipv4", "192.0.2.1"), values circle)
    Assert.Contains(("Observable", "nowhere", "unresolved"), circle.Losses)
    Assert.Contains(circle.Losses, fun (_, _, reason) -> reason = "too_large")

    // Each level twice the one below: 2^40 parts, if they were all put together.
    let bomb =
        [
            for level in 1..40 ->
                observable $"l%d{level}" (composed "AND" [ reference $"l%d{level - 1}"; reference $"l%d{level - 1}" ])
        ]

    let watch = Diagnostics.Stopwatch.StartNew()

    let seen =
        stix (
            indicators [ indicator "i" (observed (reference "l40")) ]
            + observables (addressOf "l0" "192.0.2.1" :: bomb)
        )

    Assert.True(watch.Elapsed < TimeSpan.FromSeconds 20.0)
    Assert.Contains(seen.Losses, fun (_, _, reason) -> reason = "too_large")

[<Fact>]
let ``rules of test mechanisms, weaknesses and what is not known`` () =
    let mechanism kind rule =
        $"<indicator:Test_Mechanisms><indicator:Test_Mechanism xsi:type=\"x:%s{kind}TestMechanismType\"><x><![CDATA[unused]]></x><Rule><![CDATA[%s{rule}]]></Rule></indicator:Test_Mechanism></indicator:Test_Mechanisms>"

    let seen =
        stix (
            indicators
                [
                    indicator "y" (mechanism "Yara" "rule a { condition: true }")
                    indicator "s" (mechanism "Snort" "alert tcp any any -> any any (sid:1;)")
                    indicator "o" (mechanism "Oval" "x")
                    indicator "u" (observed (objectOf "Memory" (">" + value "Name" "" "m")))
                ]
            + "<stix:Exploit_Targets><stixCommon:Exploit_Target id=\"et\"><x:Vulnerability xmlns:x=\"x\"><x:CVE_ID>CVE-2021-44228</x:CVE_ID></x:Vulnerability></stixCommon:Exploit_Target></stix:Exploit_Targets>"
        )

    Assert.Equal<(string * string) list>(
        [
            "yara_rule", "rule a { condition: true }"
            "snort_rule", "alert tcp any any -> any any (sid:1;)"
            "cve", "CVE-2021-44228"
        ],
        values seen
    )

    Assert.Equal<string list>([ "o"; "u"; "et" ], seen.Objects |> List.map (fun (id, _, _) -> id))
    Assert.Contains(("Properties", "Memory", "unknown_kind"), seen.Losses)
    Assert.Contains(("Indicator.Test_Mechanisms", "x:OvalTestMechanismType", "unknown_kind"), seen.Losses)

[<Fact>]
let ``a property that cannot be told costs what does not name a thing`` () =
    let unknown = value "Unheard_Of" "condition=\"Equals\"" "x"

    let named =
        stix (
            indicators
                [
                    indicator "i" (observed (objectOf "Mutex" (">" + value "Name" "" "m" + unknown)))
                ]
        )

    Assert.Equal<(string * string) list>([ "mutex", "m" ], values named)
    Assert.Contains(("Properties.Unheard_Of", "x", "no_place"), named.Losses)

    let other =
        stix (
            indicators
                [
                    indicator "i" (observed (objectOf "Port" (">" + value "Port_Value" "" "80" + unknown)))
                ]
        )

    Assert.Empty(values other)
    Assert.Equal(1, other.Objects.Length)

[<Fact>]
let ``bare observables, TAXII 1 around packages, and other XML`` () =
    let bare =
        "<cybox:Observables xmlns:cybox=\"http://cybox.mitre.org/cybox-2\" xmlns:o=\"http://cybox.mitre.org/objects#AddressObject-2\">"
        + "<cybox:Observable id=\"a\"><cybox:Object><cybox:Properties><o:Address_Value>192.0.2.1</o:Address_Value></cybox:Properties></cybox:Object></cybox:Observable></cybox:Observables>"

    Assert.Equal<(string * string) list>([ "ipv4", "192.0.2.1" ], values (read Stix1.format bare))

    let wrapped =
        (package (observables [ addressOf "a" "192.0.2.1" ])).Replace("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "")

    let poll =
        $"<taxii_11:Poll_Response xmlns:taxii_11=\"http://taxii.mitre.org/messages/taxii_xml_binding-1.1\"><taxii_11:Content_Block><taxii_11:Content>%s{wrapped}</taxii_11:Content></taxii_11:Content_Block></taxii_11:Poll_Response>"

    Assert.Equal<(string * string) list>([ "ipv4", "192.0.2.1" ], values (read Stix1.format poll))
    Assert.Contains("STIX 1.x", (read Stix1.format "<rss/>").Fault.Value.Error.message)

[<Fact>]
let ``the whole does not depend on pieces and batches`` () =
    let text =
        package (
            indicators
                [
                    for number in 1..9 ->
                        indicator
                            $"ü%d{number}"
                            (observed (objectOf "Address" (">" + value "Address_Value" "" $"192.0.2.%d{number}")))
                ]
            + observables [ addressOf "a" "198.51.100.1" ]
        )

    let whole = read Stix1.format text

    for piece, batch in [ 1, 1; 13, 2; 4096, 5 ] do
        Assert.Equal(whole, readIn piece batch Stix1.format (Text.Encoding.UTF8.GetBytes text))
