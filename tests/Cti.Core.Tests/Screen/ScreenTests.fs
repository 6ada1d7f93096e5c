// Screening: each match type by table, the readers of lists, the guard, and the set against a naive oracle.
module Cti.Core.Tests.Screen.ScreenTests

open System
open System.Net
open System.Text
open System.Text.RegularExpressions
open Cti.Core
open FsCheck
open FsCheck.FSharp
open Xunit

let private utf8 (text: string) =
    ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes text)

let private quoted (texts: string list) =
    String.Join(",", texts |> List.map (fun text -> Text.Json.JsonSerializer.Serialize text))

let private json (matchType: string) (attributes: string list) (entries: string list) =
    $"""{{"description":"d","list":[%s{quoted entries}],"matching_attributes":[%s{quoted attributes}],"name":"%s{matchType} list","type":"%s{matchType}","version":3}}"""

let private listOf matchType attributes entries =
    match Warninglist.parse (matchType + ".json") (utf8 (json matchType attributes entries)) with
    | Ok list -> list
    | Error error -> raise (Xunit.Sdk.XunitException(ScreenError.message error))

let private allowOf (text: string) =
    match AllowList.parse "ours.txt" (utf8 text) with
    | Ok list -> list
    | Error error -> raise (Xunit.Sdk.XunitException(ScreenError.message error))

let private setWith (options: BroadEntryOptions) (lists: ScreenList list) =
    match ScreenSet.Build(lists, options) with
    | Ok set -> set
    | Error errors -> raise (Xunit.Sdk.XunitException(String.Join("; ", errors |> List.map ScreenError.message)))

let private setOf = setWith BroadEntry.defaults

let private subjectOf (value: string) =
    match Normalise.tryParse TypeHint.Auto value with
    | Ok subject -> subject
    | Error error -> raise (Xunit.Sdk.XunitException $"%s{value}: %A{error}")

let private hits (set: ScreenSet) (value: string) (entry: string) =
    let hit = set.Match(subjectOf value)

    if hit.Reason = ScreenReason.None then
        Assert.Fail $"%s{value} was let through, expected %s{entry}"
    else
        Assert.Equal(entry, set.EntryText hit)

let private passes (set: ScreenSet) (value: string) =
    let hit = set.Match(subjectOf value)

    if hit.Reason <> ScreenReason.None then
        Assert.Fail $"%s{value} was screened by %s{set.ListName hit}, %s{set.EntryText hit}"

let private md5 = String.replicate 32 "a"

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
                Suffixes = [ "co.uk" ]
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

// The oracle: straight loops over entries with the framework's own parsers.

let private hostOf (subject: Subject) : string voption =
    match subject.Type with
    | ObservableType.Domain -> ValueSome subject.Value
    | ObservableType.Email -> ValueSome(subject.Value.Substring(subject.Value.LastIndexOf '@' + 1))
    | ObservableType.Url -> ValueSome(Uri(subject.Value).Host.Trim('[', ']'))
    | _ -> ValueNone

let private networkOf (subject: Subject) : IPNetwork voption =
    let ofAddress (text: string) =
        if text.Contains ':' then
            ValueSome(IPNetwork(IPAddress.Parse text, 128))
        elif Regex.IsMatch(text, @"^[0-9]+(\.[0-9]+){3}$") then
            ValueSome(IPNetwork(IPAddress.Parse text, 32))
        else
            ValueNone

    match subject.Type with
    | ObservableType.Ipv4
    | ObservableType.Ipv6 -> ofAddress subject.Value
    | ObservableType.Cidr -> ValueSome(IPNetwork.Parse subject.Value)
    | ObservableType.IpPort -> ofAddress ((IPEndPoint.Parse subject.Value).Address.ToString())
    | ObservableType.Url -> ofAddress (Uri(subject.Value).Host.Trim('[', ']'))
    | _ -> ValueNone

let private holds (outer: IPNetwork) (inner: IPNetwork) =
    outer.BaseAddress.AddressFamily = inner.BaseAddress.AddressFamily
    && outer.PrefixLength <= inner.PrefixLength
    && outer.Contains inner.BaseAddress

let private entryMatches (matchType: MatchType) (subject: Subject) (entry: string) =
    match matchType with
    | MatchType.String -> Normalise.tryParse TypeHint.Auto entry = Ok subject
    | MatchType.Hostname ->
        let name = entry.Trim('.').ToLowerInvariant()

        match hostOf subject with
        | ValueSome host -> host = name || host.EndsWith("." + name, StringComparison.Ordinal)
        | ValueNone -> false
    | MatchType.Cidr ->
        let outer =
            if entry.Contains '/' then
                IPNetwork.Parse entry
            else
                IPNetwork(IPAddress.Parse entry, (if entry.Contains ':' then 128 else 32))

        match networkOf subject with
        | ValueSome inner -> holds outer inner
        | ValueNone -> false
    | MatchType.Substring -> subject.Value.Contains(entry, StringComparison.OrdinalIgnoreCase)
    | MatchType.Regex -> Regex.IsMatch(subject.Value, entry)
    | MatchType.Any -> false

let private oracle (lists: ScreenList list) (subject: Subject) : struct (int * int) =
    let found =
        seq {
            for index, list in List.indexed lists do
                for entry in 0 .. list.Entries.Count - 1 do
                    if
                        ObservableTypes.contains list.Types subject.Type
                        && entryMatches list.MatchType subject (list.Entries.Text entry)
                    then
                        struct (index, entry)
        }

    match Seq.tryHead found with
    | Some first -> first
    | None -> struct (-1, -1)

// A small world, so that hits and near misses are common.
let private name =
    Gen.bind
        (fun count ->
            Gen.map
                (String.concat ".")
                (Gen.listOfLength count (Gen.elements [ "a"; "b"; "ab"; "c-d"; "test"; "long-label-0" ])))
        (Gen.choose (2, 4))

let private ipv4 =
    Gen.map2
        (fun third fourth -> $"8.8.%d{third}.%d{fourth}")
        (Gen.elements [ 0; 1; 127; 128; 255 ])
        (Gen.elements [ 0; 1; 2; 127; 128; 255 ])

let private ipv6 =
    Gen.map2
        (fun second last -> $"2600:%x{second}::%x{last}")
        (Gen.elements [ 0; 1; 0x8000; 0xFFFF ])
        (Gen.elements [ 0; 1; 2; 0xFFFF ])

let private block =
    Gen.oneof
        [
            Gen.map2 (fun address prefix -> $"%s{address}/%d{prefix}") ipv4 (Gen.choose (16, 31))
            Gen.map2 (fun address prefix -> $"%s{address}/%d{prefix}") ipv6 (Gen.choose (32, 127))
        ]
    |> Gen.map (fun text ->
        match Normalise.tryParse (TypeHint.Fixed ObservableType.Cidr) text with
        | Ok subject -> subject.Value
        | Error _ -> text)

let private value =
    Gen.oneof
        [
            name
            ipv4
            ipv6
            block
            Gen.map2 (fun host path -> $"http://%s{host}/%s{path}") name (Gen.elements [ ""; "a"; "AB.test" ])
            Gen.map (fun address -> $"http://%s{address}:8080/x") ipv4
            Gen.map (fun address -> $"http://[%s{address}]/x") ipv6
            Gen.map (fun address -> $"%s{address}:53") ipv4
            Gen.map (fun address -> $"[%s{address}]:53") ipv6
            Gen.map2 (fun local host -> $"%s{local}@%s{host}") (Gen.elements [ "a"; "abuse" ]) name
        ]

let private attributes =
    Gen.listOf (Gen.elements [ "domain"; "url"; "email-src"; "ip-dst"; "ip-dst|port"; "domain|ip" ])

let private list =
    gen {
        let! matchType = Gen.elements [ "string"; "hostname"; "cidr"; "substring"; "regex" ]
        let! attributes = attributes

        let entry =
            match matchType with
            | "hostname" ->
                Gen.map2
                    (fun dot (name: string) -> dot + name)
                    (Gen.elements [ ""; "." ])
                    (Gen.oneof [ name; Gen.constant "test" ])
            | "cidr" -> Gen.oneof [ block; block; ipv4; ipv6 ]
            | "substring" -> Gen.elements [ "a.b"; "TEST.a"; "b"; "8.8.1"; "ab.test"; "@"; "-0.test.c-d.a" ]
            | "regex" -> Gen.elements [ "^a\\.b"; "test$"; "[0-9]{3}"; "^abuse@" ]
            | _ -> value

        let! entries = Gen.listOf entry
        return listOf matchType attributes entries
    }

[<Fact>]
let ``the set answers as straight loops over all entries do`` () =
    let mutable screened = 0
    let mutable total = 0

    let law (lists: ScreenList list, values: string list) =
        let set = setOf lists

        values
        |> List.forall (fun value ->
            let subject = subjectOf value
            let struct (list, entry) = oracle lists subject
            let hit = set.Match subject
            total <- total + 1

            if list >= 0 then
                screened <- screened + 1
                // The same text twice in one list is one entry to the set.
                hit.List = list
                && (hit.Entry = entry
                    || lists[list].Entries.Text hit.Entry = lists[list].Entries.Text entry)
            else
                hit.Reason = ScreenReason.None)

    let cases =
        Gen.zip (Gen.bind (fun count -> Gen.listOfLength count list) (Gen.choose (0, 6))) (Gen.listOfLength 30 value)

    Check.One(Config.QuickThrowOnFailure.WithMaxTest 500, Prop.forAll (Arb.fromGen cases) law)
    Assert.True(screened * 10 > total && screened * 10 < total * 9, $"%d{screened} of %d{total} screened")

[<Fact>]
let ``matching takes any bytes`` () =
    let set =
        setOf
            [
                listOf "hostname" [ "domain"; "url"; "email" ] [ "a.test" ]
                listOf "substring" [ "domain"; "url" ] [ "abc"; "q" ]
                listOf "cidr" [ "ip-dst"; "ip-dst|port"; "url" ] [ "8.8.8.0/24" ]
                listOf "string" [ "url"; "email"; "md5" ] [ "http://a.test/x"; "a@a.test"; md5 ]
            ]

    let law (bytes: byte[], kind: ObservableType) =
        set.Match(kind, ReadOnlySpan<byte> bytes) |> ignore
        true

    let bytes =
        Gen.map Array.ofList (Gen.listOf (Gen.map byte (Gen.elements (Seq.toList "[]:/@.0189afx-"))))

    let cases = Gen.zip bytes (Gen.elements (List.ofArray ObservableType.all))
    Check.One(Config.QuickThrowOnFailure.WithMaxTest 10000, Prop.forAll (Arb.fromGen cases) law)
