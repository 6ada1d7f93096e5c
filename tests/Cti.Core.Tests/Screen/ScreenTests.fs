// Screening by tables: each match type, the readers of lists, the guard.
module Cti.Core.Tests.Screen.ScreenTests

open System
open System.Text
open Cti.Core
open Xunit

let private utf8 (text: string) =
    ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes text)

let private quoted (texts: string list) =
    String.Join(",", texts |> List.map (fun text -> Text.Json.JsonSerializer.Serialize text))

let private json (matchType: string) (attributes: string list) (entries: string list) =
    $"""{{"description":"d","list":[%s{quoted entries}],"matching_attributes":[%s{quoted attributes}],"name":"%s{matchType} list","type":"%s{matchType}","version":3}}"""

let listOf matchType attributes entries =
    match Warninglist.parse (matchType + ".json") (utf8 (json matchType attributes entries)) with
    | Ok list -> list
    | Error error -> raise (Xunit.Sdk.XunitException(ScreenError.message error))

let allowOf (text: string) =
    match AllowList.parse "ours.txt" (utf8 text) with
    | Ok list -> list
    | Error error -> raise (Xunit.Sdk.XunitException(ScreenError.message error))

let private setWith (options: BroadEntryOptions) (lists: ScreenList list) =
    match ScreenSet.Build(lists, options) with
    | Ok set -> set
    | Error errors -> raise (Xunit.Sdk.XunitException(String.Join("; ", errors |> List.map ScreenError.message)))

let setOf = setWith BroadEntry.defaults

let subjectOf (value: string) =
    match Normalise.tryParse TypeHint.Auto value with
    | Ok subject -> subject
    | Error error -> raise (Xunit.Sdk.XunitException $"%s{value}: %A{error}")

let hits (set: ScreenSet) (value: string) (entry: string) =
    let hit = set.Match(subjectOf value)

    if hit.Reason = ScreenReason.None then
        Assert.Fail $"%s{value} was let through, expected %s{entry}"
    else
        Assert.Equal(entry, set.EntryText hit)

let private passes (set: ScreenSet) (value: string) =
    let hit = set.Match(subjectOf value)

    if hit.Reason <> ScreenReason.None then
        Assert.Fail $"%s{value} was screened by %s{set.ListName hit}, %s{set.EntryText hit}"

let md5 = String.replicate 32 "a"

[<Fact>]
let ``a string entry is the whole value`` () =
    let set =
        setOf
            [
                listOf
                    "string"
                    [ "domain"; "url"; "md5"; "ip-dst"; "email" ]
                    [
                        "Evil.Example."
                        "hxxp://bad[.]example"
                        md5.ToUpperInvariant()
                        "8.8.8.8"
                        "Abuse@evil.example"
                        "+1 555 0100"
                    ]
            ]

    hits set "evil.example" "Evil.Example."
    hits set "http://bad.example/" "hxxp://bad[.]example"
    hits set md5 (md5.ToUpperInvariant())
    hits set "8.8.8.8" "8.8.8.8"
    hits set "Abuse@evil.example" "Abuse@evil.example"
    Assert.Equal(1, set.UnusedEntries)

    for value in
        [
            "www.evil.example"
            "http://evil.example/"
            "http://bad.example/x"
            "bad.example"
            "8.8.8.9"
            "8.8.8.8:53"
            "abuse@evil.example"
        ] do
        passes set value

[<Fact>]
let ``a hostname entry is the host or a domain above it`` () =
    let set =
        setOf
            [
                listOf
                    "hostname"
                    [ "domain"; "url"; "email-src" ]
                    [
                        ".Bank.example"
                        "shop.test."
                        "http://site.test/path"
                        "bücher.test"
                        "9.9.9.9"
                    ]
            ]

    hits set "bank.example" ".Bank.example"
    hits set "a.b.bank.example" ".Bank.example"
    hits set "http://u:p@www.bank.example:8080/x?y" ".Bank.example"
    hits set "x@mail.shop.test" "shop.test."
    hits set "www.site.test" "http://site.test/path"
    hits set "www.xn--bcher-kva.test" "bücher.test"
    hits set "http://9.9.9.9/x" "9.9.9.9"

    for value in
        [
            "mybank.example"
            "bank.example.evil.test"
            "http://evil.test/bank.example"
            "9.9.9.9"
        ] do
        passes set value

[<Fact>]
let ``a cidr entry holds addresses, and blocks that lie wholly inside`` () =
    let set =
        setOf
            [
                listOf
                    "cidr"
                    [ "ip-src"; "ip-dst|port"; "url" ]
                    [ "8.8.8.0/24"; "1.1.1.1"; "2606:4700::/32"; "2A00::1" ]
            ]

    hits set "8.8.8.255" "8.8.8.0/24"
    hits set "8.8.8.128/25" "8.8.8.0/24"
    hits set "8.8.8.0/24" "8.8.8.0/24"
    hits set "1.1.1.1:53" "1.1.1.1"
    hits set "http://8.8.8.8:81/x" "8.8.8.0/24"
    hits set "2606:4700:ffff::1" "2606:4700::/32"
    hits set "http://[2606:4700::1]/x" "2606:4700::/32"
    hits set "2a00::1" "2A00::1"

    for value in
        [
            "8.8.9.0"
            "8.8.7.255"
            "8.8.8.0/23"
            "1.1.1.0/31"
            "1.1.1.2"
            "2606:4701::"
            "2606:46ff:ffff:ffff:ffff:ffff:ffff:ffff"
            "2a00::2"
            "2a00::"
        ] do
        passes set value

[<Fact>]
let ``a substring entry is found anywhere, without regard to case`` () =
    let set =
        setOf [ listOf "substring" [ "domain"; "url" ] [ "VirusTotal.com"; "tria.ge"; "x" ] ]

    hits set "www.virustotal.com" "VirusTotal.com"
    hits set "http://evil.test/?ref=VIRUSTOTAL.COM" "VirusTotal.com"
    hits set "tria.ge" "tria.ge"
    hits set "tax.test" "x"
    passes set "virustotal.org"
    passes set "a@virustotal.com"

[<Fact>]
let ``a regex entry is matched in linear time or refused by name`` () =
    let set =
        setOf
            [
                listOf "regex" [ "email-dst" ] [ @"/^(security|noc|soc|abuse)\@.*\..*$/i"; "^root@" ]
            ]

    hits set "ABUSE@evil.example" @"/^(security|noc|soc|abuse)\@.*\..*$/i"
    hits set "root@evil.example" "^root@"
    passes set "my-abuse@evil.example"
    passes set "noc.example"

    for entry in [ @"(a)\1"; "(?=a)b"; "("; "/a/q" ] do
        match ScreenSet.Build([ listOf "regex" [ "url" ] [ "fine"; entry ] ], BroadEntry.defaults) with
        | Error [ ScreenError.InvalidRegex(list, found, _) ] ->
            Assert.Equal("regex.json", list)
            Assert.Equal(entry, found)
        | Error errors -> Assert.Fail $"%A{errors}"
        | Ok _ -> Assert.Fail $"%s{entry} was taken"

[<Fact>]
let ``a list applies to the types its attributes name`` () =
    let set = setOf [ listOf "hostname" [ "domain" ] [ "bank.example" ] ]
    hits set "bank.example" "bank.example"
    passes set "http://bank.example/"
    passes set "a@bank.example"
    let other = setOf [ listOf "string" [ "phone-number" ] [ "bank.example" ] ]
    passes other "bank.example"
    Assert.Equal(1, other.UnusedEntries)

[<Fact>]
let ``an allow-list holds values, domains, domains with all below, and blocks`` () =
    let set =
        setOf
            [
                allowOf
                    "# ours\n\n exact.example # the portal\n.below.example\r\n*.star.example\n8.8.0.0/16\n9.9.9.9\nhttp://x.test/#top\nme@x.test\n"
            ]

    hits set "exact.example" "exact.example"
    hits set "http://exact.example/x" "exact.example"
    hits set "a.below.example" ".below.example"
    hits set "below.example" ".below.example"
    hits set "x@a.star.example" "*.star.example"
    hits set "8.8.4.4" "8.8.0.0/16"
    hits set "8.8.4.0/24" "8.8.0.0/16"
    hits set "9.9.9.9:443" "9.9.9.9"
    hits set "http://x.test/#top" "http://x.test/#top"
    hits set "me@x.test" "me@x.test"
    Assert.Equal(ScreenReason.AllowList, set.Match(subjectOf "exact.example").Reason)
    Assert.Equal("CTI-SCREEN-002", ScreenReason.code ScreenReason.AllowList)
    passes set "www.exact.example"
    passes set "you@x.test"

    match AllowList.parse "ours.txt" (utf8 "good.example\nnot a value\n") with
    | Error(ScreenError.InvalidEntry("ours.txt", 2, "not a value")) -> ()
    | other -> Assert.Fail $"%A{other}"

[<Fact>]
let ``the guard keeps out short prefixes, suffixes and reserved space, and lets documentation through`` () =
    let set =
        setWith
            { BroadEntry.defaults with
                PublicSuffixes = ValueSome(PublicSuffixTests.listOf "co.uk")
            }
            []

    for value, reason in
        [
            "8.0.0.0/15", ScreenReason.BroadEntry
            "0.0.0.0/0", ScreenReason.BroadEntry
            "2600::/31", ScreenReason.BroadEntry
            "co.uk", ScreenReason.BroadEntry
            "10.1.2.3", ScreenReason.Reserved
            "100.64.0.1", ScreenReason.Reserved
            "127.0.0.1", ScreenReason.Reserved
            "169.254.1.1", ScreenReason.Reserved
            "172.31.255.255", ScreenReason.Reserved
            "192.168.0.1:80", ScreenReason.Reserved
            "198.19.0.1", ScreenReason.Reserved
            "224.0.0.1", ScreenReason.Reserved
            "255.255.255.255", ScreenReason.Reserved
            "192.168.0.0/16", ScreenReason.Reserved
            "http://10.0.0.1/x", ScreenReason.Reserved
            "http://[fe80::1]/x", ScreenReason.Reserved
            "::", ScreenReason.Reserved
            "::1", ScreenReason.Reserved
            "::ffff:8.8.8.8", ScreenReason.Reserved
            "fd00::1", ScreenReason.Reserved
            "ff02::1", ScreenReason.Reserved
            "printer.local", ScreenReason.Reserved
            "localhost.localdomain", ScreenReason.Reserved
            "http://nas.local/x", ScreenReason.Reserved
        ] do
        let found = set.Match(subjectOf value).Reason

        if found <> reason then
            Assert.Fail $"%s{value}: %A{found}, expected %A{reason}"

    for value in
        [
            "8.0.0.0/16"
            "2600::/32"
            "evil.co.uk"
            "172.32.0.1"
            "100.128.0.1"
            "11.0.0.0"
            "9.255.255.255"
            "223.255.255.255"
            "192.0.2.1"
            "198.51.100.0/24"
            "203.0.113.5:80"
            "2001:db8::1"
            "evil.example"
            "1.0.0.127.in-addr.arpa"
            "local.evil.example"
        ] do
        passes set value

    let strict =
        setWith
            { BroadEntry.defaults with
                RefuseDocumentation = true
            }
            []

    for value in [ "192.0.2.1"; "2001:db8::1"; "evil.example"; "www.example.com" ] do
        Assert.Equal(ScreenReason.Reserved, strict.Match(subjectOf value).Reason)

[<Fact>]
let ``the earliest list is reported, whatever its match type`` () =
    let cidr = listOf "cidr" [ "ip-dst" ] [ "8.8.8.8" ]
    let outer = listOf "cidr" [ "ip-dst" ] [ "8.0.0.0/8" ]
    let text = listOf "string" [ "ip-dst" ] [ "8.8.8.8" ]
    let substring = listOf "substring" [ "ip-dst" ] [ "8.8.8" ]

    for lists in
        [
            [ cidr; outer; text; substring ]
            [ outer; cidr; substring; text ]
            [ substring; text; outer; cidr ]
            [ text; substring; cidr; outer ]
        ] do
        let set = setOf lists
        let hit = set.Match(subjectOf "8.8.8.8")
        Assert.Equal(0, hit.List)
        Assert.Same(lists.Head, set.Lists[hit.List])

[<Fact>]
let ``a file that is no warninglist is refused with its name`` () =
    let refused text code =
        match Warninglist.parse "bad.json" (utf8 text) with
        | Ok _ -> Assert.Fail $"%s{text} was taken"
        | Error error ->
            Assert.Equal(code, ScreenError.code error)
            Assert.Contains("bad.json", ScreenError.message error)

    for text in [ ""; "[]"; "{"; """{"list":["a",]}"""; "nonsense"; """{"list":["a"]} x""" ] do
        refused text "CTI-SCREEN-101"

    refused """{"name":"x"}""" "CTI-SCREEN-102"
    refused """{"list":[1]}""" "CTI-SCREEN-102"
    refused """{"list":{"a":1}}""" "CTI-SCREEN-102"
    refused """{"list":["a"],"type":"fuzzy"}""" "CTI-SCREEN-103"

    match Warninglist.parse "bad.json" (ReadOnlyMemory<byte> [| 0x7Buy; 0xFFuy |]) with
    | Error _ -> ()
    | Ok _ -> Assert.Fail "bytes were taken"

    match
        Warninglist.parse
            "good.json"
            (utf8 "\ufeff{\"extra\":{\"a\":[1]},\"list\":[\"\\u0061.example\"],\"type\":\"string\"}")
    with
    | Ok list ->
        Assert.Equal("a.example", list.Entries.Text 0)
        Assert.Equal("good.json", list.Name)
        Assert.Equal(ObservableTypes.all, list.Types)
    | Error error -> Assert.Fail(ScreenError.message error)
