// STIX 1.x: what CybOX objects, conditions, lists and compositions become, what surrounds an indicator, references, and hostile packages.
module Cti.Core.Tests.Read.Stix1Tests

open System
open System.Security
open Xunit
open Cti.Core
open Cti.Core.Tests.Read.RichFeeding

let private escape (text: string) = SecurityElement.Escape text |> string

let private package (inside: string) =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    + "<stix:STIX_Package xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:stix=\"http://stix.mitre.org/stix-1\""
    + " xmlns:indicator=\"http://stix.mitre.org/Indicator-2\" xmlns:cybox=\"http://cybox.mitre.org/cybox-2\" xmlns:o=\"http://cybox.mitre.org/objects#Object-2\""
    + " xmlns:common=\"http://cybox.mitre.org/common-2\" xmlns:stixCommon=\"http://stix.mitre.org/common-1\" xmlns:ttp=\"http://stix.mitre.org/TTP-1\""
    + " xmlns:marking=\"http://data-marking.mitre.org/Marking-1\" xmlns:tlpMarking=\"http://data-marking.mitre.org/extensions/MarkingStructure#TLP-1\""
    + " id=\"example:package-1\" version=\"1.2\">\n"
    + inside
    + "\n</stix:STIX_Package>"

let private objectOf (kind: string) (fields: string) =
    $"<cybox:Object id=\"example:object\"><cybox:Properties xsi:type=\"o:%s{kind}ObjectType\" %s{fields}</cybox:Properties></cybox:Object>"

let private observable (id: string) (inside: string) =
    $"<cybox:Observable id=\"%s{id}\">%s{inside}</cybox:Observable>"

let private indicator (id: string) (inside: string) =
    $"<stix:Indicator id=\"%s{id}\" timestamp=\"2014-05-08T09:00:00Z\" xsi:type=\"indicator:IndicatorType\">%s{inside}</stix:Indicator>"

let private observed (inside: string) =
    $"<indicator:Observable id=\"example:observable-i\">%s{inside}</indicator:Observable>"

let private indicators (all: string list) =
    let inside = String.concat "\n" all
    $"<stix:Indicators>%s{inside}</stix:Indicators>"

let private observables (all: string list) =
    let inside = String.concat "\n" all
    $"<stix:Observables>%s{inside}</stix:Observables>"

let private stix (inside: string) = read Stix1.format (package inside)

let private ofObject (kind: string) (fields: string) =
    values (stix (indicators [ indicator "i" (observed (objectOf kind fields)) ]))

let private value (name: string) (attributes: string) (text: string) =
    $"<o:%s{name} %s{attributes}>%s{escape text}</o:%s{name}>"

let private sum (kind: string) (text: string) =
    $"<common:Hash><common:Type>%s{kind}</common:Type><common:Simple_Hash_Value condition=\"Equals\">%s{text}</common:Simple_Hash_Value></common:Hash>"

let private md5 = "d41d8cd98f00b204e9800998ecf8427e"
let private sha1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709"

let private objects: (string * string * string * (string * string) list) list =
    [
        "an address",
        "Address",
        "category=\"ipv4-addr\">"
        + value "Address_Value" "condition=\"Equals\"" "192.0.2.1",
        [ "ipv4", "192.0.2.1" ]
        "a network",
        "Address",
        "category=\"cidr\">" + value "Address_Value" "" "192.0.2.0/24",
        [ "cidr", "192.0.2.0/24" ]
        "an IPv6 address",
        "Address",
        "category=\"ipv6-addr\">" + value "Address_Value" "" "2001:db8::1",
        [ "ipv6", "2001:db8::1" ]
        "an e-mail address",
        "Address",
        "category=\"e-mail\">" + value "Address_Value" "" "a@bad.example",
        [ "email", "a@bad.example" ]
        "a MAC address",
        "Address",
        "category=\"mac\">" + value "Address_Value" "" "00:00:5e:00:53:01",
        [ "mac", "00:00:5e:00:53:01" ]
        "a range of addresses",
        "Address",
        "category=\"ipv4-addr\">"
        + value "Address_Value" "condition=\"InclusiveBetween\"" "198.51.100.0##comma##198.51.100.191",
        [ "cidr", "198.51.100.0/25"; "cidr", "198.51.100.128/26" ]
        "a URL", "URI", "type=\"URL\">" + value "Value" "" "http://bad.example/x", [ "url", "http://bad.example/x" ]
        "a list of URLs",
        "URI",
        ">"
        + value
            "Value"
            "condition=\"Equals\" apply_condition=\"ANY\""
            "http://bad.example/1##comma##http://bad.example/2",
        [ "url", "http://bad.example/1"; "url", "http://bad.example/2" ]
        "a domain in a URI",
        "URI",
        "type=\"Domain Name\">" + value "Value" "" "bad.example",
        [ "domain", "bad.example" ]
        "a link", "Link", ">" + value "Value" "" "http://bad.example/l", [ "url", "http://bad.example/l" ]
        "a domain", "DomainName", ">" + value "Value" "condition=\"Equals\"" "bad.example", [ "domain", "bad.example" ]
        "a part of a domain",
        "DomainName",
        ">" + value "Value" "condition=\"Contains\"" "bad",
        [ "stix_pattern", "[domain-name:value LIKE '%bad%']" ]
        "a host", "Hostname", ">" + value "Hostname_Value" "" "www.bad.example", [ "domain", "www.bad.example" ]
        "a file's sums",
        "File",
        "><o:Hashes>" + sum "MD5" md5 + sum "SHA1" sha1 + "</o:Hashes>",
        [ "md5", md5; "sha1", sha1 ]
        "a file's sum and name",
        "File",
        ">" + value "File_Name" "" "a.exe" + "<o:Hashes>" + sum "" md5 + "</o:Hashes>",
        [
            "md5", md5
            "stix_pattern", $"[file:hashes.MD5 = '%s{md5}' AND file:name = 'a.exe']"
        ]
        "a file's name", "WindowsExecutableFile", ">" + value "File_Name" "" "a.exe", [ "file_name", "a.exe" ]
        "a file's name and size",
        "File",
        ">"
        + value "File_Name" "condition=\"StartsWith\"" "a"
        + value "Size_In_Bytes" "condition=\"GreaterThan\"" "7",
        [ "stix_pattern", "[file:name LIKE 'a%' AND file:size > 7]" ]
        "a mutex", "Mutex", ">" + value "Name" "" "Global\\m", [ "mutex", "Global\\m" ]
        "a key",
        "WindowsRegistryKey",
        ">" + value "Hive" "" "HKEY_LOCAL_MACHINE" + value "Key" "" "Software\\Bad",
        [ "registry_key", "HKEY_LOCAL_MACHINE\\Software\\Bad" ]
        "a key and a value",
        "WindowsRegistryKey",
        ">"
        + value "Key" "condition=\"Contains\"" "Run"
        + "<o:Values><o:Value>"
        + value "Name" "" "n"
        + value "Data" "" "d"
        + "</o:Value></o:Values>",
        [
            "stix_pattern",
            "[windows-registry-key:key LIKE '%Run%' AND windows-registry-key:values[*].name = 'n' AND windows-registry-key:values[*].data = 'd']"
        ]
        "an address and a port",
        "SocketAddress",
        "><o:IP_Address>"
        + value "Address_Value" "" "192.0.2.1"
        + "</o:IP_Address><o:Port>"
        + value "Port_Value" "" "443"
        + "</o:Port>",
        [ "ip_port", "192.0.2.1:443" ]
        "a port", "Port", ">" + value "Port_Value" "" "443", [ "stix_pattern", "[network-traffic:dst_port = 443]" ]
        "a user agent",
        "HTTPSession",
        "><o:HTTP_Request_Response><o:HTTP_Client_Request><o:HTTP_Request_Header><o:Parsed_Header>"
        + value "User_Agent" "" "Evil/1"
        + "</o:Parsed_Header></o:HTTP_Request_Header></o:HTTP_Client_Request></o:HTTP_Request_Response>",
        [ "user_agent", "Evil/1" ]
        "a sender",
        "EmailMessage",
        "><o:Header><o:From category=\"e-mail\">"
        + value "Address_Value" "condition=\"Equals\"" "a@bad.example"
        + "</o:From></o:Header>",
        [ "email", "a@bad.example" ]
        "a sender and a subject",
        "EmailMessage",
        "><o:Header><o:From>"
        + value "Address_Value" "" "a@bad.example"
        + "</o:From>"
        + value "Subject" "condition=\"StartsWith\"" "Re"
        + "</o:Header>",
        [
            "stix_pattern", "[email-message:from_ref.value = 'a@bad.example' AND email-message:subject LIKE 'Re%']"
        ]
        "a certificate",
        "X509Certificate",
        "><o:Certificate>"
        + value "Serial_Number" "" "36:f7"
        + value "Issuer" "" "CN=it's"
        + "</o:Certificate>",
        [
            "stix_pattern", "[x509-certificate:serial_number = '36:f7' AND x509-certificate:issuer = 'CN=it\\'s']"
        ]
        "a number of an AS", "AS", ">" + value "Number" "" "64500" + value "Name" "" "Example", [ "asn", "AS64500" ]
        "a handle of an AS", "AS", ">" + value "Handle" "" "AS64500", [ "asn", "AS64500" ]
        "none of a list",
        "Port",
        ">"
        + value "Port_Value" "condition=\"Equals\" apply_condition=\"NONE\"" "80##comma##443",
        [
            "stix_pattern", "[network-traffic:dst_port != 80 AND network-traffic:dst_port != 443]"
        ]
    ]

[<Fact>]
let ``objects of the common types`` () =
    for what, kind, fields, expected in objects do
        let found = ofObject kind fields
        Assert.True((found = expected), $"%s{what}: %A{found} instead of %A{expected}")

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
