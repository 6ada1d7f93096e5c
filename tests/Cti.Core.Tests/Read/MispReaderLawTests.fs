// What holds of any MISP document that is read: it does not matter how the bytes come, and nothing of it goes missing.
module Cti.Core.Tests.Read.MispReaderLawTests

open System.Text
open FsCheck
open FsCheck.FSharp
open Xunit
open Cti.Core
open Cti.Core.Tests.Support
open Cti.Core.Tests.Read.Feeding
open Cti.Core.Tests.Read.MispFixture

let private generated =
    gen {
        let kinds = MispFormat.Types

        let! attributes =
            gen {
                let! number = Gen.choose (1, 9)
                let! kind = Gen.elements kinds

                let! value =
                    Gen.elements [ "a.example"; "192.0.2.1|80"; "x\"\\\n日本"; ""; "https://a.example/ü" ]

                let! members =
                    Gen.elements
                        [
                            ""
                            ""","deleted":true"""
                            ""","Tag":[{"name":"tlp:red"},{"name":"ü"}]"""
                            ""","comment":"a\nb" """
                        ]

                return attribute number kind value members
            }
            |> Gen.listOf
            // Documents are handed over byte by byte, and read again with each.
            |> Gen.resize 2

        let! copies = Gen.choose (1, 3)
        let one = eventOf "" attributes

        return
            match copies with
            | 1 -> one
            | 2 -> $"[%s{one},\n %s{one}]"
            | _ -> $"""{{"x":1,"response":[%s{one}]}}"""
    }

[<Fact>]
let ``what is read depends neither on blocks nor on batches`` () =
    // Handed over byte by byte an element is looked at again with each: few documents, so that it takes a second.
    checkMany
        60
        (Prop.forAll (Arb.fromGen (Gen.zip generated (Gen.choose (0, 100_000)))) (fun (text, seed) ->
            let bytes = Encoding.UTF8.GetBytes text
            let whole = feed (spec any) bytes
            let pieces = feedRandomly seed (spec any) bytes
            let one = readIn 1 (spec any) bytes
            let all = readIn 1000 (spec any) bytes
            whole = pieces && one = all))

[<Fact>]
let ``every attribute is a record, an object or a loss`` () =
    check (
        Prop.forAll (Arb.fromGen generated) (fun text ->
            let seen = read any text
            let attributes = (text.Split "\"to_ids\"").Length - 1

            let objects =
                seen.Objects |> List.filter (fun (_, kind, _) -> kind = "misp-attribute")

            objects.Length = attributes && seen.Records.Length <= attributes)
    )
