// Laws of absences: whatever order snapshots come in, the intervals are those the snapshots tell when read in the order of their times.
module Cti.Core.Tests.AbsencesTests

open Xunit
open FsCheck.FSharp
open Cti.Core
open Cti.Core.Tests.Support

/// What one snapshot says of the claim.
type private Word =
    {
        At: Timestamp
        Listed: bool
        Believed: bool
    }

type private Known =
    {
        Believed: Timestamp list
        Listings: Timestamp list
        Absences: Absence list
    }

// As the store does it: first sighting and explicit ones are what was listed, believed snapshots are told by their times.
let private hear (known: Known) (word: Word) : Known =
    let listings =
        if word.Listed then
            List.sort (word.At :: known.Listings)
        else
            known.Listings

    let presence =
        {
            First = List.tryHead known.Listings |> Option.defaultValue Timestamp.none
            Sightings = known.Listings
            Absences = known.Absences
        }

    let believed = List.toArray known.Believed

    {
        Believed =
            if word.Believed then
                List.sort (word.At :: known.Believed)
            else
                known.Believed
        Listings = listings
        Absences =
            if word.Listed then Absences.listed believed word.At presence
            elif word.Believed then Absences.missing believed word.At presence
            else known.Absences
    }

let private heard words =
    words
    |> Seq.fold
        hear
        {
            Believed = []
            Listings = []
            Absences = []
        }

// The oracle: read in order, a claim that was seen ends at the first believed snapshot without it and resumes where it is seen again.
let private told (words: Word list) : Absence list =
    let step (seen, gone, absences) word =
        match word.Listed, gone with
        | true, Some since ->
            true,
            None,
            {
                EndedAt = since
                ResumedAt = word.At
            }
            :: absences
        | true, None -> true, None, absences
        | false, None when seen && word.Believed -> true, Some word.At, absences
        | false, _ -> seen, gone, absences

    let _, gone, absences =
        words
        |> List.sortBy (fun word -> word.At)
        |> List.fold step (false, None, [])

    let last =
        match gone with
        | Some since ->
            [
                {
                    EndedAt = since
                    ResumedAt = Timestamp.none
                }
            ]
        | None -> []

    List.rev absences @ last

let private words =
    gen {
        let! count = Gen.choose (0, 9)

        let! said =
            Gen.listOfLength
                count
                (Gen.zip (Gen.elements [ true; false ]) (Gen.frequency [ 4, Gen.constant true; 1, Gen.constant false ]))

        return
            said
            |> List.mapi (fun index (listed, believed) ->
                {
                    At = day (index + 1)
                    Listed = listed
                    Believed = believed
                })
    }

let private shuffled =
    gen {
        let! words = words
        let! order = Gen.shuffle (List.toArray words)
        return words, List.ofArray order
    }

[<Fact>]
let ``in whatever order snapshots come in, absences are what the snapshots tell in order`` () =
    check (Prop.forAll (Arb.fromGen shuffled) (fun (words, order) -> (heard order).Absences = told words))

[<Fact>]
let ``a snapshot that is heard twice changes nothing`` () =
    check (
        Prop.forAll (Arb.fromGen shuffled) (fun (_, order) ->
            order
            |> List.forall (fun word ->
                let once = heard order
                (hear once word).Absences = once.Absences))
    )

[<Fact>]
let ``absences are disjoint, ascending, and only the last is open`` () =
    check (
        Prop.forAll (Arb.fromGen shuffled) (fun (_, order) ->
            (heard order).Absences
            |> List.pairwise
            |> List.forall (fun (left, right) ->
                not (Timestamp.isNone left.ResumedAt)
                && left.EndedAt < left.ResumedAt
                && left.ResumedAt < right.EndedAt))
    )

[<Fact>]
let ``a claim is absent since its absence began, and not before or after`` () =
    let absence =
        {
            EndedAt = day 3
            ResumedAt = day 5
        }

    let since at = Absences.since (day at) [ absence ]

    Assert.Equal<Timestamp list>(
        [ Timestamp.none; day 3; day 3; Timestamp.none ],
        [ since 2; since 3; since 4; since 5 ]
    )
