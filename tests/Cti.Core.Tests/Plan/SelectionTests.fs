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

let private everything =
    {
        Names = true
        Ranges = RangeRule.Cover
    }

let private isCovered (cover: Cover) =
    match cover with
    | Cover.Nothing
    | Cover.Part _ -> false
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

// What is written of a set in a format whose neighbours fill ranges: the entries as they are, and each filled range once.
let private filling (entries: (ObservableType * string) list) : string list =
    let coverage =
        Coverage
            {
                Names = false
                Ranges = RangeRule.Fill
            }

    for kind, value in entries do
        coverage.Add(kind, ReadOnlySpan<byte>(Samples.utf8 value))

    coverage.Close()

    entries
    |> List.choose (fun (kind, value) ->
        match coverage.Of(kind, ReadOnlySpan<byte>(Samples.utf8 value)) with
        | Cover.Nothing -> Some value
        | Cover.Part(filled, true) ->
            let text = Array.zeroCreate<byte> 43
            Some(Text.Encoding.UTF8.GetString(text, 0, coverage.Write(filled, Span<byte> text)))
        | Cover.Part(_, false)
        | Cover.Name _
        | Cover.Range _ -> None)

let private kindOf (value: string) =
    if value.Contains '/' then ObservableType.Cidr
    elif value.Contains ':' then ObservableType.Ipv6
    else ObservableType.Ipv4

[<Theory>]
[<InlineData("192.0.2.0 192.0.2.1", "192.0.2.0/31")>]
[<InlineData("192.0.2.1 192.0.2.2", "192.0.2.1 192.0.2.2")>]
[<InlineData("192.0.2.0 192.0.2.1 192.0.2.2", "192.0.2.0/31 192.0.2.2")>]
[<InlineData("192.0.2.0/25 192.0.2.128/26 192.0.2.192/26", "192.0.2.0/24")>]
[<InlineData("192.0.2.0/25 192.0.2.7 192.0.2.128/25", "192.0.2.0/24")>]
[<InlineData("192.0.2.0/24 192.0.2.7", "192.0.2.0/24")>]
[<InlineData("192.0.2.1 192.0.2.1/32", "192.0.2.1/32")>]
[<InlineData("192.0.2.0 192.0.2.0/32 192.0.2.1", "192.0.2.0/31")>]
[<InlineData("2001:db8::/33 2001:db8:8000::/33", "2001:db8::/32")>]
[<InlineData("2001:db8:: 2001:db8::1", "2001:db8::/127")>]
[<InlineData("0.0.0.0/1 128.0.0.0/1", "0.0.0.0/1 128.0.0.0/1")>]
[<InlineData("::/1 8000::/1", "::/1 8000::/1")>]
[<InlineData("255.255.255.254 255.255.255.255", "255.255.255.254/31")>]
let ``neighbours that fill a range are written as it`` (listed: string, written: string) =
    let entries =
        listed.Split ' ' |> Array.toList |> List.map (fun value -> kindOf value, value)

    Assert.Equal<string list>(written.Split ' ' |> Array.toList, filling entries)
    Assert.Equal<Set<string>>(set (written.Split ' '), set (filling (List.rev entries)))

// The fewest blocks that hold exactly some of 256 addresses, by halving.
let rec private fewest (addresses: Set<int>) (first: int) (length: int) : string list =
    let size = 1 <<< (32 - length)
    let held = Seq.init size (fun offset -> addresses.Contains(first + offset))

    if Seq.forall id held then
        [ $"198.51.100.%d{first}/%d{length}" ]
    elif Seq.exists id held then
        fewest addresses first (length + 1)
        @ fewest addresses (first + size / 2) (length + 1)
    else
        []

[<Fact>]
let ``what is written holds the same addresses in the fewest entries`` () =
    let entry =
        Gen.zip (Gen.choose (0, 255)) (Gen.frequency [ 4, Gen.constant 33; 3, Gen.choose (24, 32) ])
        |> Gen.map (fun (last, length) ->
            if length = 33 then
                ObservableType.Ipv4, $"198.51.100.%d{last}"
            else
                let first = last &&& (0xFF <<< (32 - length)) &&& 0xFF
                ObservableType.Cidr, $"198.51.100.%d{first}/%d{length}")

    let addressesOf (_, value: string) =
        let last = value.Substring(value.LastIndexOf '.' + 1).Split '/'
        let size = if last.Length = 1 then 1 else 1 <<< (32 - int last[1])
        Seq.init size (fun offset -> int last[0] + offset)

    let asBlock (value: string) =
        if value.Contains '/' then value else value + "/32"

    checkMany
        2000
        (Prop.forAll (Gen.listOf entry |> Gen.map List.distinct |> Arb.fromGen) (fun entries ->
            let addresses = entries |> Seq.collect addressesOf |> set
            let written = filling entries |> List.map asBlock
            List.sort written = List.sort (fewest addresses 0 24)))

[<Fact>]
let ``a block is written as it is read`` () =
    let block =
        Gen.zip3 (Gen.choose (0, Int32.MaxValue)) (Gen.choose (0, Int32.MaxValue)) (Gen.choose (0, 128))
        |> Gen.map (fun (high, low, length) ->
            let value =
                if length <= 32 then
                    $"%d{high % 256}.%d{low % 256}.%d{high / 256 % 256}.%d{low / 256 % 256}/%d{length}"
                else
                    $"2001:%x{high % 65536}:%x{low % 65536}:%x{high / 65536}::%x{low / 65536}/%d{length}"

            match Normalise.tryParse (TypeHint.Fixed ObservableType.Cidr) value with
            | Ok subject -> subject.Value
            | Error error -> failwith $"%s{value}: %A{error}")

    check (
        Prop.forAll (Arb.fromGen block) (fun value ->
            let mutable low = UInt128.Zero
            let mutable high = UInt128.Zero
            AddressRange.Of(ObservableType.Cidr, ReadOnlySpan<byte>(Samples.utf8 value), &low, &high)
            let text = Array.zeroCreate<byte> 43
            Text.Encoding.UTF8.GetString(text, 0, AddressRange.Write(low, high, Span<byte> text)) = value)
    )
