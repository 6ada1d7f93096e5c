// What a TAXII server is asked and sent: media types, queries, envelopes and objects, rule by rule.
module Cti.Core.Tests.TaxiiServerTests

open System
open System.Text
open FsCheck
open FsCheck.FSharp
open Xunit
open Cti.Core

let private parse resource (query: (string * string) list) = TaxiiFilter.parse resource query

let private holds resource query =
    match parse resource query with
    | Ok filter -> filter
    | Error problem -> failwith problem

[<Theory>]
[<InlineData("application/taxii+json;version=2.1", true)>]
[<InlineData("Application/TAXII+json ; Version=2.1", true)>]
[<InlineData("application/taxii+json", true)>]
[<InlineData("application/taxii+json;version=2.1;charset=utf-8", true)>]
[<InlineData("text/html;q=0.9,application/taxii+json;version=2.1;q=0.1", true)>]
[<InlineData("application/*", true)>]
[<InlineData("*/*;q=0.8", true)>]
[<InlineData("", true)>]
[<InlineData("application/taxii+json;version=2.2", false)>]
[<InlineData("application/taxii+json;version=2.0,text/plain", false)>]
[<InlineData("application/json", false)>]
[<InlineData("application/taxii+json;q=0.000", false)>]
[<InlineData("application/taxii+json;version", false)>]
let ``an accept header lets version 2.1 pass or not`` (header: string, accepted: bool) =
    Assert.Equal(accepted, TaxiiMedia.isAccepted header)

[<Fact>]
let ``what a next value names is read back, and nothing else is one`` () =
    Check.One(
        Config.QuickThrowOnFailure,
        Prop.forAll (ArbMap.defaults |> ArbMap.arbitrary<int64>) (fun number ->
            let place = abs (number / 2L)
            (holds TaxiiResource.Objects [ "next", TaxiiFilter.next place ]).After = place)
    )

[<Fact>]
let ``a next value that lost or changed a digit is refused`` () =
    let text = TaxiiFilter.next 123_456_789L

    for at in 0 .. text.Length - 1 do
        Assert.True((parse TaxiiResource.Objects [ "next", text.Remove(at, 1) ]).IsError)
        let other = if text[at] = '7' then '8' else '7'
        Assert.True((parse TaxiiResource.Objects [ "next", text.Remove(at, 1).Insert(at, string other) ]).IsError)

[<Fact>]
let ``without a query it is the last versions, a page of them`` () =
    let filter = holds TaxiiResource.Objects []
    Assert.Equal(TaxiiFilter.mostObjects, filter.Limit)
    Assert.True(filter.Versions.Last && not filter.Versions.All && not filter.Versions.First)
    Assert.True((holds TaxiiResource.Deletion []).Versions.All)

[<Fact>]
let ``versions are any of those that are named`` () =
    let filter =
        holds TaxiiResource.Object [ "match[version]", "first,2026-01-01T00:00:00.123456Z,last" ]

    Assert.True(filter.Versions.First && filter.Versions.Last && not filter.Versions.All)
    Assert.Equal(1, filter.Versions.At.Length)

[<Theory>]
[<InlineData("limit", "0")>]
[<InlineData("limit", "+5")>]
[<InlineData("limit", "1e3")>]
[<InlineData("added_after", "2026-01-01T00:00:00")>]
[<InlineData("added_after", "2026-01-01 00:00:00Z")>]
[<InlineData("added_after", "2026-13-01T00:00:00Z")>]
[<InlineData("match[version]", "all,first")>]
[<InlineData("match[version]", "")>]
[<InlineData("match[id]", ",")>]
[<InlineData("match[name]", "x")>]
let ``what a query cannot say is refused with its name`` (name: string, value: string) =
    match parse TaxiiResource.Objects [ name, value ] with
    | Ok _ -> failwith "taken"
    | Error problem -> Assert.Contains(name, problem)

[<Fact>]
let ``what a resource is not asked is refused, and what TAXII does not know is passed over`` () =
    Assert.True((parse TaxiiResource.Object [ "match[id]", "x--1" ]).IsError)
    Assert.True((parse TaxiiResource.Versions [ "match[version]", "all" ]).IsError)
    Assert.True((parse TaxiiResource.Deletion [ "limit", "1" ]).IsError)
    Assert.True((parse TaxiiResource.Objects [ "pretty", "1" ]).IsOk)
    Assert.True((parse TaxiiResource.Objects [ "limit", "1"; "limit", "1" ]).IsError)

[<Fact>]
let ``whatever a query says, it is read or refused and a page stays bounded`` () =
    let names =
        [
            "limit"
            "next"
            "added_after"
            "match[id]"
            "match[type]"
            "match[version]"
            "match[spec_version]"
            "x"
        ]

    let queries =
        gen {
            let! count = Gen.choose (0, 4)

            return! Gen.listOfLength count (Gen.zip (Gen.elements names) (ArbMap.defaults |> ArbMap.generate<char[]>))
        }

    Check.One(
        Config.QuickThrowOnFailure.WithMaxTest 500,
        Prop.forAll (Arb.fromGen queries) (fun query ->
            match parse TaxiiResource.Objects (query |> List.map (fun (name, letters) -> name, String letters)) with
            | Ok filter ->
                filter.Limit > 0
                && filter.Limit <= TaxiiFilter.mostObjects
                && filter.After >= 0L
            | Error problem -> problem <> "")
    )

let private uuid = "00000000-0000-4000-8000-000000000001"

let private judge (text: string) =
    PushedObjects(Tlp.Amber).Judge(ReadOnlySpan<byte>(Encoding.UTF8.GetBytes text))

let private object (kind: string) (more: string) =
    $"{{\"type\":\"%s{kind}\",\"spec_version\":\"2.1\",\"id\":\"%s{kind}--%s{uuid}\",\"created\":\"2026-01-01T00:00:00Z\",\"modified\":\"2026-01-01T00:00:00.5Z\"%s{more}}}"

[<Fact>]
let ``an object that is whole is known by type, id, version and marking`` () =
    match
        judge (
            object
                "tool"
                ",\"name\":\"x\",\"object_marking_refs\":[\"marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb\"]"
        )
    with
    | Error fault -> failwith (PushFault.message fault)
    | Ok head ->
        Assert.Equal("tool--" + uuid, head.FullId)
        Assert.Equal(Tlp.Green, head.Tlp)
        Assert.Equal("2026-01-01T00:00:00.500Z", Timestamp.toText head.Version)

[<Theory>]
[<InlineData("attack-pattern", ",\"name\":\"x\"")>]
[<InlineData("location", "")>]
[<InlineData("observed-data",
             ",\"first_observed\":\"2026-01-01T00:00:00Z\",\"last_observed\":\"2026-01-01T00:00:00Z\",\"number_observed\":1")>]
[<InlineData("report",
             ",\"name\":\"x\",\"published\":\"2026-01-01T00:00:00Z\",\"object_refs\":[\"tool--00000000-0000-4000-8000-000000000001\"]")>]
[<InlineData("sighting", ",\"sighting_of_ref\":\"tool--00000000-0000-4000-8000-000000000001\"")>]
[<InlineData("indicator",
             ",\"pattern\":\"alert tcp any any\",\"pattern_type\":\"suricata\",\"valid_from\":\"2026-01-01T00:00:00Z\"")>]
[<InlineData("x-our-own", "")>]
let ``objects of every family are taken`` (kind: string, more: string) =
    match judge (object kind more) with
    | Ok _ -> ()
    | Error fault -> failwith (PushFault.message fault)

[<Fact>]
let ``observables and markings have no versions`` () =
    for text in
        [
            $"{{\"type\":\"file\",\"id\":\"file--%s{uuid}\",\"name\":\"x\"}}"
            $"{{\"type\":\"marking-definition\",\"spec_version\":\"2.1\",\"id\":\"marking-definition--%s{uuid}\",\"created\":\"2026-01-01T00:00:00Z\"}}"
        ] do
        match judge text with
        | Ok head -> Assert.Equal(text.Contains "created", not (Timestamp.isNone head.Version))
        | Error fault -> failwith (PushFault.message fault)

[<Theory>]
[<InlineData("CTI-PUSH-001", "{\"type\":\"file\",\"id\":\"file--00000000-0000-4000-8000-00000000000A\"}")>]
[<InlineData("CTI-PUSH-001", "{\"type\":\"file\",\"id\":7}")>]
[<InlineData("CTI-PUSH-001", "[]")>]
[<InlineData("CTI-PUSH-001", "{\"type\":\"file\",\"id\":\"file--00000000-0000-4000-8000-000000000001\"} x")>]
[<InlineData("CTI-PUSH-002",
             "{\"type\":\"file\",\"spec_version\":\"2.0\",\"id\":\"file--00000000-0000-4000-8000-000000000001\"}")>]
[<InlineData("CTI-PUSH-003", "{\"type\":\"url\",\"id\":\"url--00000000-0000-4000-8000-000000000001\"}")>]
[<InlineData("CTI-PUSH-003", "{\"type\":\"url\",\"id\":\"url--00000000-0000-4000-8000-000000000001\",\"value\":null}")>]
let ``what is not whole is refused by its code`` (code: string, text: string) =
    match judge text with
    | Ok _ -> failwith "taken"
    | Error fault -> Assert.Equal(code, PushFault.code fault)

[<Fact>]
let ``the objects of an envelope are cut out byte for byte`` () =
    let objects = [ "{ \"a\" : 1.50 }"; "7"; "{\"b\":\"}]\"}" ]
    let joined = String.Join(" ,\n", objects)
    let content = Encoding.UTF8.GetBytes $" {{\"objects\": [ %s{joined} ]}}\n"

    match TaxiiEnvelope.cut content with
    | Error _ -> failwith "refused"
    | Ok found -> Assert.Equal<string list>(objects, found |> List.map (fun item -> Encoding.UTF8.GetString item.Span))

[<Fact>]
let ``garbage is no envelope, and no error either`` () =
    Check.One(
        Config.QuickThrowOnFailure.WithMaxTest 1_000,
        Prop.forAll (ArbMap.defaults |> ArbMap.arbitrary<byte[]>) (fun bytes -> (TaxiiEnvelope.cut bytes).IsError)
    )
