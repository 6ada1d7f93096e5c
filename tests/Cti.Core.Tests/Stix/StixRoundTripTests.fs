// STIX in and out: whatever somebody's objects hold, and however they are written, they leave as they came, byte for byte.
module Cti.Core.Tests.Stix.StixRoundTripTests

open System
open System.Text
open System.Text.Json
open FsCheck
open FsCheck.FSharp
open Xunit
open Cti.Core
open Cti.Core.Tests
open Cti.Core.Tests.Support
open Cti.Core.Tests.Read

let private uuid (number: int) =
    $"00000000-0000-4000-8000-%012d{number}"

// Tokens as somebody may write them: what is the same value may be written in many ways.
let private scalar =
    Gen.elements
        [
            "\"\""
            "\"plain\""
            "\"\\u00e9\\n\\/\""
            "\"\\ud83d\\ude00 日本\""
            "\"}]{[,:\\\"\""
            "0"
            "-0"
            "1.50"
            "1E+3"
            "12345678901234567890.123"
            "true"
            "false"
            "null"
        ]

let private blank = Gen.elements [ ""; ""; ""; " "; "\n  "; "\t"; "\r\n" ]

/// Members in this order, with blanks wherever there may be some.
let private objectOf (members: (string * string) list) : Gen<string> =
    gen {
        let! blanks = Gen.listOfLength (4 * members.Length + 1) blank

        let texts =
            members
            |> List.mapi (fun index (name, value) ->
                let at (place: int) = blanks[4 * index + place]
                $"%s{at 0}\"%s{name}\"%s{at 1}:%s{at 2}%s{value}%s{at 3}")

        return "{" + String.Join(',', texts) + List.last blanks + "}"
    }

let rec private value (depth: int) : Gen<string> =
    if depth = 0 then
        scalar
    else
        Gen.frequency
            [
                3, scalar
                1,
                value (depth - 1)
                |> Gen.listOf
                |> Gen.map (fun items -> "[" + String.Join(", ", items) + "]")
                1,
                gen {
                    let! names =
                        Gen.elements [ "x"; "a_ref"; "é"; "objects"; "type"; "id" ] |> Gen.listOf

                    let! values = Gen.listOfLength names.Length (value (depth - 1))
                    return! objectOf (List.zip names values)
                }
            ]

/// What objects of a type have of their own; some of it is not as the standard wants it.
let private own (kind: string) : Gen<(string * string) list> =
    match kind with
    | "indicator" ->
        gen {
            let! pattern =
                Gen.elements
                    [
                        "[domain-name:value = 'a.example']"
                        "[ipv4-addr:value = '192.0.2.1' AND domain-name:value = 'b.example'] REPEATS 2 TIMES"
                        "[file:name = 'a"
                        ""
                    ]

            let! language = Gen.elements [ "stix"; "yara"; "x-own" ]

            return
                [
                    "pattern", JsonSerializer.Serialize pattern
                    "pattern_type", $"\"%s{language}\""
                    "valid_from", "\"2026-01-01T00:00:00Z\""
                ]
        }
    | "relationship" ->
        Gen.constant
            [
                "relationship_type", "\"indicates\""
                "source_ref", $"\"indicator--%s{uuid 1}\""
                "target_ref", $"\"malware--%s{uuid 2}\""
            ]
    | "observed-data" ->
        Gen.constant
            [
                "first_observed", "\"2026-01-01T00:00:00Z\""
                "number_observed", "3"
                "objects", """{"0":{"type":"ipv4-addr","value":"192.0.2.9"}}"""
            ]
    | "marking-definition" -> Gen.constant [ "definition_type", "\"statement\""; "definition", """{"statement":"©"}""" ]
    | "ipv4-addr" -> Gen.constant [ "value", "\"192.0.2.7\"" ]
    | "extension-definition" -> Gen.constant [ "schema", "\"https://x.example\""; "extension_types", "[\"new-sdo\"]" ]
    | _ -> Gen.constant [ "name", "\"Some \\\"name\\\"\"" ]

/// An object: its id, its version and its text.
let private foreign: Gen<string * int * string> =
    gen {
        let! kind =
            Gen.elements
                [
                    "indicator"
                    "indicator"
                    "malware"
                    "identity"
                    "relationship"
                    "observed-data"
                    "marking-definition"
                    "ipv4-addr"
                    "extension-definition"
                    "x-own-thing"
                ]

        let! number = Gen.choose (1, 12)
        let! version = Gen.choose (1, 3)
        let! own = own kind

        let! more =
            Gen.elements
                [
                    "revoked", "true"
                    "confidence", "85"
                    "lang", "\"fr\""
                    "object_marking_refs", "[\"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9\"]"
                    "granular_markings",
                    """[{"marking_ref":"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82","selectors":["name","x_own.[0]"]}]"""
                    "extensions",
                    $"""{{"extension-definition--%s{uuid 9}":{{"extension_type":"property-extension","toxicity":8.0}}}}"""
                    "external_references", """[{"source_name":"x","hashes":{"SHA-256":"00"}}]"""
                ]
            |> Gen.listOf
            |> Gen.map (List.distinctBy fst)

        let! names =
            Gen.elements [ "x_own"; "x_é"; "X" ] |> Gen.listOf |> Gen.map List.distinct

        let! values = Gen.listOfLength names.Length (value 2)
        let id = $"%s{kind}--%s{uuid number}"

        let! members =
            [
                "type", $"\"%s{kind}\""
                "id", $"\"%s{id}\""
                "spec_version", "\"2.1\""
                "created", "\"2026-01-01T00:00:00.000Z\""
                "modified", $"\"2026-01-0%d{version}T00:00:00.000Z\""
            ]
            @ own
            @ more
            @ List.zip names values
            |> List.toArray
            |> Gen.shuffle

        let! text = objectOf (List.ofArray members)
        return id, version, text
    }

let private bundleOf (texts: string list) =
    $"{{\"type\":\"bundle\",\"id\":\"bundle--%s{uuid 99}\",\"objects\":[%s{String.Join(',', texts)}]}}"

/// A bundle of ours around them, as the host makes it: of each the newest version, in the order of their ids.
let private render (objects: (string * Timestamp * string) list) : string =
    let renderer = StixBundleRenderer(false, true) :> IObjectRenderer
    let writer = Utf8Writer 64
    renderer.Header(Samples.context, writer)

    for id, modified, text in objects do
        let bytes = Encoding.UTF8.GetBytes text
        renderer.AddObject(id, modified, Tlp.Clear, ReadOnlySpan<byte> bytes, writer)

    renderer.Footer({ Rows = 0L }, writer)
    writer.ToString()

[<Fact>]
let ``Every object is kept and leaves byte for byte, whatever it holds and however it is written`` () =
    checkMany
        400
        (Prop.forAll (Arb.fromGen (Gen.zip (Gen.listOf foreign) (Gen.choose (1, 4_000)))) (fun (objects, piece) ->
            let texts = objects |> List.map (fun (_, _, text) -> text)
            let bytes = Encoding.UTF8.GetBytes(bundleOf texts)
            let seen = RichFeeding.readIn piece 7 (StixFormat()) bytes
            Assert.True seen.Fault.IsNone
            Assert.Equal<string list>(texts, seen.Objects |> List.map (fun (_, _, text) -> text))

            let newest =
                objects
                |> List.groupBy (fun (id, _, _) -> id)
                |> List.map (fun (id, versions) ->
                    let _, version, text = versions |> List.maxBy (fun (_, version, _) -> version)
                    id, day version, text)
                |> List.sortBy (fun (id, _, _) -> id)

            use bundle = JsonDocument.Parse(render newest)

            let written =
                [
                    for item in bundle.RootElement.GetProperty("objects").EnumerateArray() ->
                        string (item.GetProperty("id").GetString()), item.GetRawText()
                ]

            for id, _, text in newest do
                Assert.Contains((id, text), written)

            // And again: what we wrote is read as the same objects.
            let again =
                RichFeeding.read (StixFormat()) (render newest)
                |> _.Objects
                |> List.map (fun (_, _, text) -> text)
                |> Set.ofList

            newest |> List.forall (fun (_, _, text) -> again.Contains text)))
