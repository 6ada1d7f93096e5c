// STIX that something went wrong with on its way: other encodings pasted in, times at the ends of time. What is wrong costs itself, and is named.
module Cti.Core.Tests.Stix.StixHostileTests

open System
open System.Text
open Xunit
open Cti.Core
open Cti.Core.Tests.Read

let private indicator (number: int) (members: string) =
    $"""{{"type":"indicator","spec_version":"2.1","id":"indicator--00000000-0000-4000-8000-%012d{number}","created":"2026-01-02T00:00:00.000Z","modified":"2026-01-02T00:00:00.000Z","pattern":"[domain-name:value = 'h%d{number}.example']","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z"%s{members}}}"""

let private read (pieces: byte[] list) =
    RichFeeding.readIn 100 10 (StixFormat()) (Array.concat pieces)

let private domains (seen: RichFeeding.RichSeen) = RichFeeding.values seen |> List.map snd

[<Theory>]
[<InlineData("name")>]
[<InlineData("näme")>]
[<InlineData("中文")>]
let ``UTF-16 pasted into a text of UTF-8 costs its object`` (pasted: string) =
    let utf8 (text: string) = Encoding.UTF8.GetBytes text

    let seen =
        read
            [
                utf8 ("""{"type":"bundle","objects":[""" + indicator 1 "" + ",")
                utf8 ((indicator 2 ",\"name\":\"").TrimEnd '}')
                Encoding.Unicode.GetBytes pasted
                utf8 "\"}"
                utf8 ("," + indicator 3 "" + "]}")
            ]

    Assert.True seen.Fault.IsNone
    Assert.Equal<string list>([ "h1.example"; "h3.example" ], domains seen)
    Assert.Single seen.Rejections |> ignore

[<Fact>]
let ``An object in UTF-16 between others ends the document, and what stands before it stands`` () =
    let seen =
        read
            [
                Encoding.UTF8.GetBytes("""{"objects":[""" + indicator 1 "" + ",")
                Encoding.Unicode.GetBytes(indicator 2 "")
                Encoding.UTF8.GetBytes("," + indicator 3 "" + "]}")
            ]

    Assert.Equal<string list>([ "h1.example" ], domains seen)
    Assert.Equal("CTI-READ-040", (ValueOption.get seen.Fault).Error.code)

[<Fact>]
let ``Times at the ends of time are losses, and the indicator goes on without them`` () =
    let seen =
        let text =
            (indicator 1 ",\"valid_until\":\"9999-12-31T23:59:59Z\"")
                .Replace("2026-01-01T00:00:00Z", "0001-01-01T00:00:00Z")
                .Replace("\"created\":\"2026-01-02T00:00:00.000Z\"", "\"created\":\"1969-12-31T23:59:59.999Z\"")
                .Replace("\"modified\":\"2026-01-02T00:00:00.000Z\"", "\"modified\":\"2026-02-30T00:00:00.000Z\"")

        RichFeeding.read (StixFormat()) text

    let record = Assert.Single seen.Records
    Assert.Equal<string list>([], RichFeeding.field "first_seen" record @ RichFeeding.field "ended" record)

    Assert.Equal<string list>(
        [
            "indicator.created"
            "indicator.modified"
            "indicator.valid_from"
            "indicator.valid_until"
        ],
        [
            for path, _, reason in seen.Losses do
                if reason = "unusable_value" then
                    path
        ]
        |> List.sort
    )
