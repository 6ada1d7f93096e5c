// What holds of any STIX that is read: it does not matter how the bytes come, and a pattern says what it means.
module Cti.Core.Tests.Stix.StixInputLawTests

open System
open System.Text.Json
open FsCheck
open FsCheck.FSharp
open Xunit
open Cti.Core
open Cti.Core.Tests.Support
open Cti.Core.Tests.Read.Feeding
open Cti.Core.Tests.Pattern
open Cti.Core.Tests.Stix.StixFixture

/// Bundles of objects of all kinds, some of them broken.
let private document =
    let one =
        gen {
            let! number = Gen.choose (1, 6)
            let! other = Gen.choose (1, 6)

            return!
                Gen.frequency
                    [
                        4,
                        Gen.elements
                            [
                                "[domain-name:value = 'é.example']"
                                "[url:value = 'http://a.example/\\'']"
                                "[a:b = 1] AND [a:c = 2]"
                                "[x"
                            ]
                        |> Gen.map (fun pattern -> indicator number pattern "\"x_y\":[1,{\"a\":null}]")
                        2, Gen.constant (item "malware" number "\"name\":\"M\"")
                        2,
                        Gen.constant (
                            item
                                "relationship"
                                number
                                $""" "relationship_type":"indicates","source_ref":"%s{idOf "indicator" other}","target_ref":"%s{idOf "malware" number}" """
                        )
                        1, Gen.constant (observable number "c.example")
                        1, Gen.constant (item "sighting" number $""" "sighting_of_ref":"%s{idOf "indicator" other}" """)
                        1, Gen.elements [ "17"; "{\"type\":\"x\"}"; "{\"type\":nul}" ]
                    ]
        }

    Gen.nonEmptyListOf one |> Gen.map bundle

[<Fact>]
let ``What is read depends neither on blocks nor on batches`` () =
    checkMany
        200
        (Prop.forAll (Arb.fromGen (Gen.zip document (Gen.choose (1, 400)))) (fun (text, piece) ->
            let again =
                readWith (StixFormat().Reader ReaderStart.beginning) (utf8 text) piece (1 + piece % 3)

            again = read text))

[<Fact>]
let ``What is read of a pattern is what its meaning says`` () =
    checkMany
        1_000
        (Prop.forAll (Arb.fromGen PatternGen.pattern) (fun pattern ->
            let text = PatternPrinter.print pattern

            let expected =
                match PatternMeaning.ofPattern pattern with
                | PatternMeaning.Whole -> [ "stix_pattern", text ]
                | PatternMeaning.Observables(found, _) ->
                    found |> List.map (fun (kind, value) -> ObservableType.name kind, value)

            let json =
                item
                    "indicator"
                    1
                    ("\"valid_from\":\"2024-01-01T00:00:00Z\",\"pattern\":"
                     + JsonSerializer.Serialize text)

            let values =
                [
                    for record in (read json).Records do
                        for kind in ObservableType.all do
                            let name = ObservableType.name kind

                            for value in (field name record).Split('|', StringSplitOptions.RemoveEmptyEntries) do
                                name, value
                ]

            // Blank values are none, and a list of the same value twice says it once.
            let trimmed (values: (string * string) list) =
                values
                |> List.filter (fun (_, value) -> not (String.IsNullOrWhiteSpace value))
                |> List.distinct
                |> List.sort

            trimmed values = trimmed expected))
