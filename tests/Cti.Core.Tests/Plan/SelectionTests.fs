// Which entries of a set stay where there is room for few, and which are said already by larger ones.
module Cti.Core.Tests.SelectionTests

open System
open Xunit
open FsCheck.FSharp
open Cti.Core
open Cti.Core.Tests.Support

let private rank =
    Gen.zip3 (Gen.choose (0, 5)) (Gen.choose (0, 3)) (Gen.choose (0, 1_000_000))
    |> Gen.map (fun (score, seen, id) ->
        {
            Score = score * 1_000
            LastSeen = day seen
            Id = UInt128.op_Implicit (uint32 id)
        })

let private ranks = Gen.listOf rank |> Gen.map (List.distinctBy _.Id)

let private admitted (capacity: int) (all: Rank list) =
    let ranking = Ranking capacity
    all |> List.iter ranking.Add
    all |> List.filter ranking.Admits |> List.map _.Id |> Set.ofList

[<Fact>]
let ``the best by score, then recency, then id stay, as many as there is room for`` () =
    checkMany
        1000
        (Prop.forAll (Gen.zip (Gen.choose (0, 12)) ranks |> Arb.fromGen) (fun (capacity, all) ->
            let expected =
                all
                |> List.sortBy (fun rank -> -rank.Score, -(Timestamp.toMicroseconds rank.LastSeen), rank.Id)
                |> List.truncate capacity
                |> List.map _.Id
                |> Set.ofList

            admitted capacity all = expected))

[<Fact>]
let ``the order in which entries come changes nothing`` () =
    check (
        Prop.forAll (Gen.zip (Gen.choose (0, 12)) ranks |> Arb.fromGen) (fun (capacity, all) ->
            admitted capacity all = admitted capacity (List.rev all))
    )

[<Fact>]
let ``more room never shuts out who had a place`` () =
    check (
        Prop.forAll (Gen.zip (Gen.choose (0, 12)) ranks |> Arb.fromGen) (fun (capacity, all) ->
            Set.isSubset (admitted capacity all) (admitted (capacity + 1) all))
    )

let private covering (rule: CoverageRule) (entries: (ObservableType * string) list) =
    let coverage = Coverage rule

    for kind, value in entries do
        coverage.Add(kind, ReadOnlySpan<byte>(Samples.utf8 value))

    coverage.Close()
    fun kind (value: string) -> coverage.Of(kind, ReadOnlySpan<byte>(Samples.utf8 value))

let private everything = { Names = true; Ranges = true }

let private isCovered (cover: Cover) =
    match cover with
    | Cover.Nothing -> false
    | Cover.Name _
    | Cover.Range _ -> true

[<Theory>]
[<InlineData("evil.example", false)>]
[<InlineData("a.evil.example", true)>]
[<InlineData("x.y.a.evil.example", true)>]
[<InlineData("notevil.example", false)>]
[<InlineData("example", false)>]
let ``a listed name covers the names under it`` (name: string, covered: bool) =
    let cover = covering everything [ ObservableType.Domain, "evil.example" ]
    Assert.Equal(covered, isCovered (cover ObservableType.Domain name))

[<Fact>]
let ``the nearest name above is told`` () =
    let cover =
        covering
            everything
            [
                ObservableType.Domain, "evil.example"
                ObservableType.Domain, "a.evil.example"
            ]

    Assert.Equal(Cover.Name "a.evil.example".Length, cover ObservableType.Domain "b.a.evil.example")

[<Theory>]
[<InlineData("192.0.2.0/24", false)>]
[<InlineData("192.0.2.0/25", true)>]
[<InlineData("192.0.2.7/32", true)>]
[<InlineData("192.0.3.0/24", false)>]
[<InlineData("192.0.0.0/16", false)>]
[<InlineData("2001:db8::/48", true)>]
[<InlineData("2001:db8::/32", false)>]
let ``a listed range covers the ranges in it and not itself`` (range: string, covered: bool) =
    let cover =
        covering
            everything
            [
                ObservableType.Cidr, "192.0.2.0/24"
                ObservableType.Cidr, "192.0.2.0/25"
                ObservableType.Cidr, "2001:db8::/32"
            ]

    Assert.Equal(covered, isCovered (cover ObservableType.Cidr range))

[<Theory>]
[<InlineData("192.0.2.0", true)>]
[<InlineData("192.0.2.255", true)>]
[<InlineData("192.0.1.255", false)>]
[<InlineData("192.0.3.0", false)>]
let ``a listed range covers the addresses in it`` (address: string, covered: bool) =
    let cover = covering everything [ ObservableType.Cidr, "192.0.2.0/24" ]
    Assert.Equal(covered, isCovered (cover ObservableType.Ipv4 address))

[<Fact>]
let ``an address is no range, and covers nothing`` () =
    let cover = covering everything [ ObservableType.Ipv4, "192.0.2.1" ]
    Assert.Equal(Cover.Nothing, cover ObservableType.Ipv4 "192.0.2.1")

[<Fact>]
let ``a format whose entries stand for themselves covers nothing`` () =
    let cover =
        covering CoverageRule.nothing [ ObservableType.Domain, "evil.example"; ObservableType.Cidr, "192.0.2.0/24" ]

    Assert.Equal(Cover.Nothing, cover ObservableType.Domain "a.evil.example")
    Assert.Equal(Cover.Nothing, cover ObservableType.Ipv4 "192.0.2.1")

[<Fact>]
let ``what is left without the covered entries still covers all of them`` () =
    let range =
        Gen.zip (Gen.choose (0, 255)) (Gen.choose (24, 32))
        |> Gen.map (fun (last, length) ->
            let first = last &&& (0xFF <<< (32 - length)) &&& 0xFF
            ObservableType.Cidr, $"198.51.100.%d{first}/%d{length}")

    check (
        Prop.forAll (Gen.listOf range |> Gen.map List.distinct |> Arb.fromGen) (fun ranges ->
            let cover = covering everything ranges

            let kept =
                ranges |> List.filter (fun (kind, value) -> not (isCovered (cover kind value)))

            let after = covering everything kept

            ranges
            |> List.forall (fun (kind, value) -> List.contains (kind, value) kept || isCovered (after kind value)))
    )
