// MISP read: what an attribute has from its event and its object, and what the attributes of one object say together.
module Cti.Core.Tests.Read.MispObjectTests

open System
open Xunit
open Cti.Core
open Cti.Core.Tests.Read.MispFixture

let private standard = MispDialect.standard

[<Fact>]
let ``an attribute has what its event and its object say`` () =
    let inner =
        attribute
            1
            "md5"
            "d41d8cd98f00b204e9800998ecf8427e"
            ""","comment":"seen in mail\nhttps://a.example/post","Tag":[{"name":"tlp:amber"},{"name":"kind:x"},{"name":"misp:confidence-level=\"usually-confident\""}],"Galaxy":[{"GalaxyCluster":[{"tag_name":"misp-galaxy:tool=\"X\""},{"tag_name":"misp-galaxy:mitre-attack-pattern=\"PowerShell - T1059.001\""}]}]"""

    let link =
        """{"uuid":"00000000-0000-4000-8000-000000000009","type":"link","category":"External analysis","to_ids":false,"value":"https://blog.example/report"}"""

    let seen =
        read
            standard
            $"""{{"response":[{{"Event":{{"Object":[{{"uuid":"%s{uuid 7}","name":"file","meta-category":"file","last_seen":"2026-01-03T00:00:00.000000+00:00","Attribute":[%s{inner}]}}],"Attribute":[%s{link}],"uuid":"%s{event}","info":"A report","date":"2026-01-02","timestamp":"1767420000","threat_level_id":"1","Orgc":{{"name":"Org"}},"Tag":[{{"name":"tlp:green"}},{{"name":"osint:certainty=\"50\""}},{{"name":"event tag"}}]}}}}]}}"""

    let fields = Assert.Single seen.Records
    Assert.Equal("amber", fields["tlp"])
    Assert.Equal("75", fields["confidence"])
    Assert.Equal("A report: seen in mail", fields["description"])
    Assert.Equal("https://blog.example/report|https://a.example/post", fields["references"])

    // A technique is a label by its number too, as in every other format.
    Assert.Equal(
        "kind:x|misp-galaxy:tool=\"X\"|misp-galaxy:mitre-attack-pattern=\"PowerShell - T1059.001\"|T1059.001|event tag|misp:threat-level=\"high-risk\"",
        fields["labels"]
    )

    Assert.Equal("Org", fields["reporter"])
    Assert.StartsWith("2026-01-02T00:00:00", fields["first_seen"])
    Assert.StartsWith("2026-01-03T00:00:00", fields["last_seen"])
    Assert.Equal("misp-attribute:" + uuid 1, fields["object_id"])
    Assert.Equal("md5", fields["object_type"])

    Assert.Equal<string list>(
        [
            "misp-event:" + event
            "misp-attribute:" + uuid 9
            "misp-object:" + uuid 7
            "misp-attribute:" + uuid 1
        ],
        seen.Objects |> List.map (fun (id, _, _) -> id)
    )

    for _, _, text in seen.Objects do
        Text.Json.JsonDocument.Parse(text).Dispose()

    // What has an entry of its own is not kept a second time.
    let _, _, head = seen.Objects.Head
    Assert.DoesNotContain("Attribute", head)

/// An event with one object of these attributes.
let private objectOf (name: string) (members: string) (attributes: string list) =
    let list = String.concat "," attributes

    (eventOf "" [])
        .Replace(
            "\"Attribute\":[]",
            $"\"Object\":[{{\"uuid\":\"%s{uuid 90}\",\"name\":\"%s{name}\"%s{members},\"Attribute\":[%s{list}]}}]"
        )

let private related (number: int) (kind: string) (relation: string) (value: string) =
    attribute number kind value $",\"object_relation\":\"%s{relation}\""

let private unmarked (text: string) =
    text.Replace("\"to_ids\":true", "\"to_ids\":false")

let private found (seen: Seen) =
    seen.Records
    |> List.collect values
    |> List.map (fun (name, text) -> $"%s{name}=%s{text}")

let private lost (seen: Seen) =
    seen.Losses |> List.map (fun (path, value, _) -> $"%s{path} %s{value}")

[<Fact>]
let ``an address and the port of one object are one observable`` () =
    let seen =
        objectOf
            "ip-port"
            ""
            [
                related 1 "ip-dst" "ip" "192.0.2.1"
                unmarked (related 2 "port" "dst-port" "443")
                unmarked (related 3 "port" "src-port" "50123")
                unmarked (related 4 "text" "text" "why")
            ]
        |> read standard

    Assert.Equal<string list>([ "ip_port=192.0.2.1:443" ], found seen)
    // The port of the other end belongs to no address here.
    Assert.Equal<string list>([ "Event.Attribute.port.value 50123"; "Event.Attribute.text.value why" ], lost seen)
    Assert.Equal("misp-attribute:" + uuid 1, seen.Records.Head["object_id"])

[<Fact>]
let ``each end of a connection has its own port, of either version`` () =
    let seen =
        objectOf
            "network-connection"
            ""
            [
                unmarked (related 1 "port" "src-port" "50123")
                related 2 "ip-src" "ip-src" "2001:db8::1"
                related 3 "ip-dst" "ip-dst" "192.0.2.1"
                unmarked (related 4 "port" "dst-port" "80")
            ]
        |> read standard

    Assert.Equal<string list>([ "ip_port=[2001:db8::1]:50123"; "ip_port=192.0.2.1:80" ], found seen)
    Assert.Empty seen.Losses

[<Fact>]
let ``several ports of one address, or several addresses with one port, are as many observables`` () =
    let ports =
        objectOf
            "ip-port"
            ""
            [
                related 1 "ip-dst" "ip" "192.0.2.1"
                unmarked (related 2 "port" "dst-port" "80")
                unmarked (related 3 "port" "dst-port" "443")
            ]
        |> read standard

    Assert.Equal<string list>([ "ip_port=192.0.2.1:80|192.0.2.1:443" ], found ports)
    Assert.Empty ports.Losses

    let addresses =
        objectOf
            "domain-ip"
            ""
            [
                related 1 "domain" "domain" "a.example"
                related 2 "ip-dst" "ip" "192.0.2.1"
                related 3 "ip-dst" "ip" "192.0.2.2"
                unmarked (related 4 "port" "port" "8443")
            ]
        |> read standard

    Assert.Equal<string list>(
        [ "domain=a.example"; "ip_port=192.0.2.1:8443"; "ip_port=192.0.2.2:8443" ],
        found addresses
    )

[<Fact>]
let ``where it is not plain which port is whose, addresses stand alone and ports are losses`` () =
    let seen =
        objectOf
            "ip-port"
            ""
            [
                related 1 "ip-dst" "ip" "192.0.2.1"
                related 2 "ip-dst" "ip" "192.0.2.2"
                unmarked (related 3 "port" "dst-port" "80")
                unmarked (related 4 "port" "dst-port" "443")
            ]
        |> read standard

    Assert.Equal<string list>([ "ipv4=192.0.2.1"; "ipv4=192.0.2.2" ], found seen)
    Assert.Equal<string list>([ "Event.Attribute.port.value 80"; "Event.Attribute.port.value 443" ], lost seen)

[<Fact>]
let ``a port without an address that is taken is a loss, and so is one that is none`` () =
    let port = unmarked (related 2 "port" "dst-port" "80")

    let ofName =
        read standard (objectOf "ip-port" "" [ related 1 "hostname" "hostname" "a.example"; port ])

    Assert.Equal<string list>([ "domain=a.example" ], found ofName)
    Assert.Equal<string list>([ "Event.Attribute.port.value 80" ], lost ofName)

    let ofUnmarked =
        read standard (objectOf "ip-port" "" [ unmarked (related 1 "ip-dst" "ip" "192.0.2.1"); port ])

    Assert.Empty ofUnmarked.Records

    Assert.Equal<string list>(
        [ "Event.Attribute.ip-dst.to_ids 192.0.2.1"; "Event.Attribute.port.value 80" ],
        lost ofUnmarked
    )

    let none =
        read
            standard
            (objectOf "ip-port" "" [ related 1 "ip-dst" "ip" "192.0.2.1"; port.Replace("\"80\"", "\"http\"") ])

    Assert.Equal<string list>([ "ipv4=192.0.2.1" ], found none)
    Assert.Equal<string list>([ "Event.Attribute.port.value http" ], lost none)

[<Fact>]
let ``a deleted object takes back what it said, a deleted port says nothing any more`` () =
    let parts (more: string) =
        [
            related 1 "ip-dst" "ip" "192.0.2.1"
            related 2 "port" "dst-port" "80"
            |> unmarked
            |> _.Replace("\"value\"", more + "\"value\"")
        ]

    let gone =
        read standard (objectOf "ip-port" ",\"deleted\":true" (parts "\"deleted\":true,"))

    Assert.Equal<string list>([ "ip_port=192.0.2.1:80" ], found gone)
    Assert.True(gone.Records.Head.ContainsKey "ended")
    let corrected = read standard (objectOf "ip-port" "" (parts "\"deleted\":true,"))
    Assert.Equal<string list>([ "ipv4=192.0.2.1" ], found corrected)

[<Fact>]
let ``the hashes of a file's object are observables each, the rest of it is kept and listed`` () =
    let seen =
        objectOf
            "file"
            ""
            [
                related 1 "md5" "md5" "d41d8cd98f00b204e9800998ecf8427e"
                related 2 "sha1" "sha1" "da39a3ee5e6b4b0d3255bfef95601890afd80709"
                related 3 "sha256" "sha256" "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
                unmarked (related 4 "filename" "filename" "a.exe")
                unmarked (related 5 "size-in-bytes" "size-in-bytes" "0")
                related 6 "imphash" "imphash" "d41d8cd98f00b204e9800998ecf8427e"
            ]
        |> read standard

    Assert.Equal<string list>(
        [
            "md5=d41d8cd98f00b204e9800998ecf8427e"
            "sha1=da39a3ee5e6b4b0d3255bfef95601890afd80709"
            "sha256=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        ],
        found seen
    )

    Assert.Equal<string list>(
        [
            "Event.Attribute.filename.to_ids a.exe"
            "Event.Attribute.size-in-bytes.value 0"
            "Event.Attribute.imphash.value d41d8cd98f00b204e9800998ecf8427e"
        ],
        lost seen
    )
