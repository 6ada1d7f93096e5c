// Which of what came stands for which expectation: as many as can be are served, and nothing serves two.
module Cti.Core.Tests.MatchingTests

open FsCheck
open FsCheck.FSharp
open Xunit
open Cti.Core.Trials
open Cti.Core.Tests.Support

// An expectation of this test is the list of numbers that fit it.
let private assign (expected: int list list) (items: int list) =
    let fits (fitting: int list) (item: int) = List.contains item fitting

    Matching.assign (expected |> List.map fits |> List.toArray) (List.toArray items)
    |> Array.toList

[<Fact>]
let ``a greedy choice is taken back where another needs it`` () =
    Assert.Equal<int list>([ 1; 0 ], assign [ [ 1; 2 ]; [ 1 ] ] [ 1; 2 ])
    Assert.Equal<int list>([ 2; 1; 0 ], assign [ [ 1; 2; 3 ]; [ 1; 2 ]; [ 1 ] ] [ 1; 2; 3 ])

[<Fact>]
let ``two of the same need two`` () =
    Assert.Equal<int list>([ 0; -1 ], assign [ [ 1 ]; [ 1 ] ] [ 1; 2 ])

// The most that can be served, by trying every choice.
let rec private most (expected: int list list) (items: int list) : int =
    match expected with
    | [] -> 0
    | first :: rest ->
        let served =
            items
            |> List.filter (fun item -> List.contains item first)
            |> List.map (fun item -> 1 + most rest (List.except [ item ] items))

        List.max (most rest items :: served)

[<Fact>]
let ``as many as can be are served, each by a thing of its own that fits`` () =
    let expectation = Gen.elements [ 1..5 ] |> Gen.listOf |> Gen.map List.distinct

    let expectations =
        Gen.choose (0, 5) |> Gen.bind (fun count -> Gen.listOfLength count expectation)

    check (
        Prop.forAll (Arb.fromGen expectations) (fun expected ->
            let items = [ 1..5 ]
            let assigned = assign expected items
            let served = assigned |> List.filter (fun item -> item >= 0)

            List.distinct served = served
            && served.Length = most expected items
            && List.zip expected assigned
               |> List.forall (fun (fitting, item) -> item < 0 || List.contains items[item] fitting))
    )
