// The set against straight loops over all entries, on random lists and values of a small world; and any bytes at all.
module Cti.Core.Tests.Screen.ScreenLawTests

open System
open System.Net
open System.Text.RegularExpressions
open Cti.Core
open Cti.Core.Tests.Screen.ScreenTests
open FsCheck
open FsCheck.FSharp
open Xunit

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
    | MatchType.Any
    | MatchType.Never -> false

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
