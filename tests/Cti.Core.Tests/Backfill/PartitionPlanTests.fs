// Which files make which partitions, where a series has holes, and what is left to do.
module Cti.Core.Tests.Backfill.PartitionPlanTests

open FsCheck
open FsCheck.FSharp
open Xunit
open Cti.Core
open Cti.Core.Tests.Support

let private time text =
    match Timestamp.tryParse text with
    | ValueSome time -> time
    | ValueNone -> failwith text

let private range (from: string | null) (until: string | null) : PartitionRange =
    match PartitionPlan.tryRange PartitionZone.utc from until with
    | Ok range -> range
    | Error error -> failwith error

let private berlin =
    PartitionZone.Place(System.TimeZoneInfo.FindSystemTimeZoneById "Europe/Berlin")

[<Theory>]
[<InlineData("2026-01-30", "2026-01-31", "2026-01-30T00:00:00.000Z", "2026-02-01T00:00:00.000Z")>]
[<InlineData("2026-01-30", "2026-01-30", "2026-01-30T00:00:00.000Z", "2026-01-31T00:00:00.000Z")>]
[<InlineData("2026-01-30T06:00:00Z", "2026-01-30T07:00:00Z", "2026-01-30T06:00:00.000Z", "2026-01-30T07:00:00.000Z")>]
[<InlineData("2026-01-30T06:00:00+02:00", "2026-01-30T07:00", "2026-01-30T04:00:00.000Z", "2026-01-30T07:00:00.000Z")>]
let ``days count whole, instants begin at themselves and end before themselves``
    (from: string, until: string, first: string, last: string)
    =
    let window: PartitionRange = range from until
    Assert.Equal<string>(first, Timestamp.toText window.From)
    Assert.Equal<string>(last, Timestamp.toText window.Until)

[<Fact>]
let ``days are those of the zone`` () =
    match PartitionPlan.tryRange berlin "2026-03-29" "2026-03-29" with
    | Ok range ->
        Assert.Equal("2026-03-28T23:00:00.000Z", Timestamp.toText range.From)
        // Twenty-three hours: summer time begins.
        Assert.Equal("2026-03-29T22:00:00.000Z", Timestamp.toText range.Until)
    | Error error -> failwith error

[<Theory>]
[<InlineData("yesterday", "2026-01-01")>]
[<InlineData("2026-01-01", "2026-02-30")>]
[<InlineData("2026-01-02", "2026-01-01")>]
[<InlineData("2026-01-02T00:00:00Z", "2026-01-02T00:00:00Z")>]
let ``a range that is none is refused`` (from: string, until: string) =
    Assert.True((PartitionPlan.tryRange PartitionZone.utc from until).IsError)

let private file source path at =
    {
        PartitionFile.Source = source
        Path = path
        At = time at
    }

[<Fact>]
let ``files of one time and source are one partition, and partitions stand in order of time`` () =
    let partitions =
        PartitionPlan.partitions
            (range "2026-01-01" "2026-01-02")
            [
                file 1 "b-02" "2026-01-02T00:00:00Z"
                file 0 "a-02.2" "2026-01-02T00:00:00Z"
                file 0 "a-02.1" "2026-01-02T00:00:00Z"
                file 0 "a-02.1" "2026-01-02T00:00:00Z"
                file 0 "a-03" "2026-01-03T00:00:00Z"
                file 0 "a-01" "2026-01-01T12:00:00Z"
                file 0 "a-00" "2025-12-31T23:59:59Z"
            ]

    Assert.Equal<string list list>([ [ "a-01" ]; [ "a-02.1"; "a-02.2" ]; [ "b-02" ] ], partitions |> List.map _.Paths)

[<Fact>]
let ``the order in which files are found does not matter`` () =
    let files =
        [
            for number in 0..40 -> file (number % 2) $"f%d{number}" $"2026-01-%02d{number % 20 + 1}T00:00:00Z"
        ]

    let expected = PartitionPlan.partitions (range null null) files

    Prop.forAll (Arb.fromGen (Gen.shuffle files)) (fun shuffled ->
        PartitionPlan.partitions (range null null) shuffled = expected)
    |> check

let private days numbers = numbers |> List.map day

[<Fact>]
let ``a daily series tells the days it lacks`` () =
    let times = days [ 0; 1; 2; 5; 6; 7; 8; 10; 11; 12; 13; 14; 15; 16 ]

    Assert.Equal<string list>(
        [
            "2 days without a file: 2023-11-17 to 2023-11-18"
            "1 day without a file: 2023-11-23"
        ],
        PartitionPlan.holes times |> List.map PartitionPlan.sentence
    )

[<Fact>]
let ``an hourly series whose files are some seconds late has holes too`` () =
    let late = Timestamp.ofMicroseconds 5_000_000L

    let times =
        [ 0; 1; 2; 3; 4; 6; 7; 8 ]
        |> List.map (fun hour ->
            time "2026-01-01T00:00:00Z"
            + (Timestamp.day / 24L) * int64 hour
            + late * int64 (hour % 3))

    Assert.Equal<string list>(
        [ "1 hour without a file: 2026-01-01T05:00Z" ],
        PartitionPlan.holes times |> List.map PartitionPlan.sentence
    )

[<Fact>]
let ``a series without a beat has no holes`` () =
    Assert.Empty(PartitionPlan.holes (days [ 0; 1; 4; 9; 11; 20; 21; 35; 36; 50 ]))

[<Fact>]
let ``a whole series has no holes, and taking days out of it tells exactly those`` () =
    let gen =
        gen {
            let! count = Gen.choose (20, 60)

            let! missing =
                Gen.choose (1, count - 2) |> Gen.listOfLength 2 |> Gen.map List.distinct

            return struct (count, missing)
        }

    Prop.forAll (Arb.fromGen gen) (fun (struct (count, missing)) ->
        let whole = [ 0 .. count - 1 ]
        let told = PartitionPlan.holes (days (List.except missing whole))

        let times =
            told
            |> List.collect (fun hole ->
                [ for number in 0 .. hole.Missing - 1 -> hole.First + hole.Step * int64 number ])

        PartitionPlan.holes (days whole) = [] && times = days (List.sort missing))
    |> check

let private known status content config =
    ValueSome
        {
            Status = status
            ContentHash = content
            ConfigHash = config
        }

[<Fact>]
let ``what is done and has not changed is skipped`` () =
    let step = PartitionPlan.step
    Assert.Equal(PartitionStep.Read, step ValueNone "c" "p")
    Assert.Equal(PartitionStep.Skip, step (known PartitionStatus.Done "c" "p") "c" "p2")
    Assert.Equal(PartitionStep.ReadAgain, step (known PartitionStatus.Done "c" "p") "c2" "p")
    Assert.Equal(PartitionStep.Read, step (known PartitionStatus.Reading "c" "p") "c" "p")
    Assert.Equal(PartitionStep.Read, step (known PartitionStatus.Failed "c" "p") "c" "p")
    Assert.Equal(PartitionStep.Skip, step (known PartitionStatus.Suspect "c" "p") "c" "p")
    Assert.Equal(PartitionStep.JudgeAgain, step (known PartitionStatus.Suspect "c" "p") "c" "p2")
    Assert.Equal(PartitionStep.ReadAgain, step (known PartitionStatus.Suspect "c" "p") "c2" "p")

[<Fact>]
let ``names of statuses are read back`` () =
    for status in PartitionStatus.all do
        Assert.Equal(status, PartitionStatus.parse (PartitionStatus.name status))
