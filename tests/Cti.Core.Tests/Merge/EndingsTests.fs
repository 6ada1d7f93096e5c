// The absences that follow from words are what the last word says at every time, whatever the order in which words came in.
module Cti.Core.Tests.EndingsTests

open Xunit
open FsCheck.FSharp
open Cti.Core
open Cti.Core.Tests.Support

let private word =
    gen {
        let! at = Gen.choose (0, 30)

        let! ends =
            Gen.frequency [ 2, Gen.constant ValueNone; 3, Gen.map ValueSome (Gen.choose (0, 12)) ]

        return
            {
                At = day at
                Until =
                    match ends with
                    | ValueSome days -> day (at + days)
                    | ValueNone -> Timestamp.none
            }
    }

let private words = Gen.nonEmptyListOf word

/// Whether the last word spoken by then says that it is over.
let private isGone (words: Word list) (at: Timestamp) =
    let spoken = words |> List.filter (fun word -> word.At <= at)
    let latest = spoken |> List.map _.At |> List.max

    spoken
    |> List.filter (fun word -> word.At = latest)
    |> List.exists (fun word -> not (Timestamp.isNone word.Until) && word.Until <= at)

[<Fact>]
let ``a claim is absent when the last word says so, and at no other time`` () =
    check (
        Prop.forAll (Arb.fromGen words) (fun words ->
            let absences = Endings.absences words
            let first = words |> List.map _.At |> List.min

            [ for number in 0..50 -> day number ]
            |> List.filter (fun at -> at >= first)
            |> List.forall (fun at -> List.exists (Absences.covers at) absences = isGone words at))
    )

[<Fact>]
let ``absences are ascending and disjoint, only the last is open, and order does not matter`` () =
    check (
        Prop.forAll (Arb.fromGen words) (fun words ->
            let absences = Endings.absences words

            absences = Endings.absences (List.rev words @ words)
            && absences
               |> List.pairwise
               |> List.forall (fun (left, right) ->
                   not (Timestamp.isNone left.ResumedAt)
                   && left.EndedAt < left.ResumedAt
                   && left.ResumedAt < right.EndedAt))
    )
