// Objects of CybOX in STIX 1: what each common type becomes, by its fields and their conditions.
module Cti.Core.Tests.Read.CyboxObjectTests

open Xunit
open Cti.Core.Tests.Read.RichFeeding
open Cti.Core.Tests.Read.Stix1Fixture

let private ofObject (kind: string) (fields: string) =
    values (stix (indicators [ indicator "i" (observed (objectOf kind fields)) ]))


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
