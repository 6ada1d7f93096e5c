// Dates in names of files, as archives of feeds have them.
module Cti.Core.Tests.Backfill.PartitionNameTests

open System
open System.Globalization
open FsCheck
open FsCheck.FSharp
open Xunit
open Cti.Core
open Cti.Core.Tests.Support

let private told outcome =
    match outcome with
    | Ok named ->
        let text = (Timestamp.toText named.Time).Replace(".000Z", "")
        if named.IsAbsolute then text + "Z" else text
    | Error PartitionNameError.NoDate -> "no date"
    | Error(PartitionNameError.SeveralDates texts) -> "several: " + String.Join(" ", texts)

[<Theory>]
// A day
[<InlineData("2026-01-31", "2026-01-31T00:00:00")>]
[<InlineData("feed-2026-01-31.csv.gz", "2026-01-31T00:00:00")>]
[<InlineData("2026_01_31.csv", "2026-01-31T00:00:00")>]
[<InlineData("feed.2026.01.31.txt", "2026-01-31T00:00:00")>]
[<InlineData("20260131.csv.zst", "2026-01-31T00:00:00")>]
[<InlineData("urlhaus20260131.zip", "2026-01-31T00:00:00")>]
[<InlineData("2026-01-31.7z", "2026-01-31T00:00:00")>]
[<InlineData("2024-02-29.csv", "2024-02-29T00:00:00")>]
// A time of day
[<InlineData("2026-01-31T06.csv", "2026-01-31T06:00:00")>]
[<InlineData("2026-01-31-06.csv", "2026-01-31T06:00:00")>]
[<InlineData("2026-01-31T0600.csv", "2026-01-31T06:00:00")>]
[<InlineData("2026-01-31_060708.csv", "2026-01-31T06:07:08")>]
[<InlineData("2026-01-31-06-07-08.csv", "2026-01-31T06:07:08")>]
[<InlineData("2026-01-31 06:07.csv", "2026-01-31T06:07:00")>]
[<InlineData("20260131T060708.csv", "2026-01-31T06:07:08")>]
[<InlineData("20260131-0607.csv", "2026-01-31T06:07:00")>]
[<InlineData("2026013106.csv", "2026-01-31T06:00:00")>]
[<InlineData("202601310607.csv", "2026-01-31T06:07:00")>]
[<InlineData("20260131060708.csv", "2026-01-31T06:07:08")>]
[<InlineData("000_2023-11-01T110005_a49e81b695.lst.gz", "2023-11-01T11:00:05")>]
[<InlineData("042_2022-03-12T001117_1234567890.txt.gz", "2022-03-12T00:11:17")>]
// With a zone
[<InlineData("2026-01-31T060708Z.csv", "2026-01-31T06:07:08Z")>]
[<InlineData("20260131T060708Z.csv", "2026-01-31T06:07:08Z")>]
[<InlineData("20260131060708Z.csv", "2026-01-31T06:07:08Z")>]
[<InlineData("2026-01-31T06:07:08+02:00.csv", "2026-01-31T04:07:08Z")>]
[<InlineData("2026-01-31T060708+0530.csv", "2026-01-31T00:37:08Z")>]
[<InlineData("feed-1769839628.csv", "2026-01-31T06:07:08Z")>]
[<InlineData("1769839628000.json", "2026-01-31T06:07:08Z")>]
// What is no time of day
[<InlineData("2026-01-31_9999.csv", "2026-01-31T00:00:00")>]
[<InlineData("2026-01-31-v2.csv", "2026-01-31T00:00:00")>]
[<InlineData("2026-01-31_123.csv", "2026-01-31T00:00:00")>]
// In folders
[<InlineData("a/2026/01/31.csv", "2026-01-31T00:00:00")>]
[<InlineData("a/2026/01/31/feed.csv", "2026-01-31T00:00:00")>]
[<InlineData("a/2026/01/31/06.csv", "2026-01-31T06:00:00")>]
[<InlineData("a/2026/01/31/0607.csv", "2026-01-31T06:07:00")>]
[<InlineData("a/2026/01/31/06/07.csv", "2026-01-31T06:07:00")>]
[<InlineData("year=2026/month=01/day=31/part-0001.csv", "2026-01-31T00:00:00")>]
[<InlineData("dt=2026-01-31/part.csv", "2026-01-31T00:00:00")>]
[<InlineData("2026-01-31/060708.csv", "2026-01-31T06:07:08")>]
[<InlineData("2026-01-31/T06.csv", "2026-01-31T06:00:00")>]
[<InlineData("copied-2026-11-24/feed-2025-01-02.csv", "2025-01-02T00:00:00")>]
[<InlineData("2025-05-05/2026-01-31/feed.csv", "2026-01-31T00:00:00")>]
// The same twice, or a day and a time on it
[<InlineData("2026-01-31_20260131.csv", "2026-01-31T00:00:00")>]
[<InlineData("20260131_2026-01-31T06.csv", "2026-01-31T06:00:00")>]
// None, or several
[<InlineData("feed.csv", "no date")>]
[<InlineData("", "no date")>]
[<InlineData("2026-02-30.csv", "no date")>]
[<InlineData("2026-13-01.csv", "no date")>]
[<InlineData("1969-12-31.csv", "no date")>]
[<InlineData("2100-01-01.csv", "no date")>]
[<InlineData("a20260131b.csv", "no date")>]
[<InlineData("120260131.csv", "no date")>]
[<InlineData("10.2026.01.csv", "no date")>]
[<InlineData("v1.2.3/feed.csv", "no date")>]
[<InlineData("2026/feed.csv", "no date")>]
[<InlineData("2026-01-01_2026-01-31.csv", "several: 2026-01-01 2026-01-31")>]
[<InlineData("20260131T06_20260131T07.csv", "several: 20260131T06 20260131T07")>]
let ``a name tells its time`` (path: string, expected: string) =
    Assert.Equal(expected, told (PartitionName.recognise path))

[<Theory>]
[<InlineData("dd.MM.yyyy", "feed_31.01.2026.csv", "2026-01-31T00:00:00")>]
[<InlineData("yyyy-MM-dd", "2026-01-31_2025.csv", "2026-01-31T00:00:00")>]
[<InlineData("yyyyMMdd", "1202601310.csv", "no date")>]
[<InlineData("yyyy-MM-dd'_at_'HH", "x_2026-01-31_at_06.csv", "2026-01-31T06:00:00")>]
[<InlineData("d-MMM-yyyy", "blocklist-5-Jan-2026.txt", "2026-01-05T00:00:00")>]
[<InlineData("yyyy/MM/dd", "a/2026/01/31/feed.csv", "2026-01-31T00:00:00")>]
[<InlineData("yyyyMMdd", "20260131/20260201.csv", "2026-02-01T00:00:00")>]
[<InlineData("yyyy-MM-dd", "2026-01-01_2026-01-31.csv", "several: 2026-01-01 2026-01-31")>]
[<InlineData("'to_'yyyy-MM-dd", "2026-01-01_to_2026-01-31.csv", "2026-01-31T00:00:00")>]
[<InlineData("yyyyMMddTHHmmssZ", "20260131T060708Z.csv", "2026-01-31T06:07:08")>]
[<InlineData("yyyyMMddTHHmmzzz", "20260131T0607+0200.csv", "2026-01-31T04:07:00Z")>]
[<InlineData("unix", "feed-1769839628.csv", "2026-01-31T06:07:08Z")>]
[<InlineData("unix_ms", "feed-1769839628000.csv", "2026-01-31T06:07:08Z")>]
let ``a declared pattern is looked for`` (pattern: string, path: string, expected: string) =
    match TimePattern.tryParse pattern 0 with
    | Ok format -> Assert.Equal(expected, told (PartitionPattern.recognise format path))
    | Error error -> failwith error

let private moments =
    Gen.choose64 (0L, 4_102_444_799L)
    |> Gen.map (fun seconds -> DateTime.UnixEpoch.AddSeconds(float seconds))

/// Every way to write a time to the second that `recognise` knows, as .NET writes it.
let private forms =
    [
        for date in [ "yyyy-MM-dd"; "yyyy_MM_dd"; "yyyy.MM.dd"; "yyyyMMdd"; "yyyy'/'MM'/'dd'/x'" ] do
            if date.EndsWith "/x'" then
                "yyyy'/'MM'/'dd'/'HHmmss"
            else
                for separator in [ "'T'"; "'_'"; "'-'"; "'.'"; "' '" ] do
                    for clock in [ "HHmmss"; "HH-mm-ss"; "HH_mm_ss"; "HH.mm.ss"; "HH':'mm':'ss" ] do
                        date + separator + clock

                date + "'/'HHmmss"
        "yyyyMMddHHmmss"
    ]

let private around =
    gen {
        let! before = Gen.elements [ ""; "feed-"; "a/b/list_"; "17_"; "v1.2/" ]
        let! after = Gen.elements [ ""; ".csv"; ".csv.gz"; "_a49e81b695.lst.zst"; ".zip" ]
        return struct (before, after)
    }

[<Fact>]
let ``what is printed in any form is recognised as what it was`` () =
    Prop.forAll
        (Arb.fromGen (Gen.zip3 moments (Gen.elements forms) around))
        (fun (time: DateTime, form: string, struct (before: string, after: string)) ->
            // A folder form has its date in folders: nothing else may stand in them.
            let before = if form.Contains '/' then "a/" else before

            let after =
                if form.Contains '/' && after.StartsWith '_' then
                    ".csv"
                else
                    after

            let path = before + time.ToString(form, CultureInfo.InvariantCulture) + after
            told (PartitionName.recognise path) = time.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture))
    |> checkMany 2000

[<Fact>]
let ``any text is told of without a fault`` () =
    let name =
        Gen.elements (List.ofSeq "0123456789-_.:/TZ+ax 2026")
        |> Gen.listOf
        |> Gen.map (fun letters -> String(List.toArray letters))

    Prop.forAll (Arb.fromGen name) (fun name ->
        match PartitionName.recognise name with
        | Ok named ->
            named.Time >= 0L<us>
            && named.Time < Timestamp.ofMicroseconds 4_102_444_800_000_000L
        | Error(PartitionNameError.SeveralDates texts) -> texts.Length > 1
        | Error PartitionNameError.NoDate -> true)
    |> checkMany 5000

let private berlin =
    PartitionZone.Place(TimeZoneInfo.FindSystemTimeZoneById "Europe/Berlin")

[<Theory>]
[<InlineData("UTC", "2026-01-31T06:00:00")>]
[<InlineData("Z", "2026-01-31T06:00:00")>]
[<InlineData("+02:00", "2026-01-31T04:00:00")>]
[<InlineData("-0330", "2026-01-31T09:30:00")>]
[<InlineData("+05", "2026-01-31T01:00:00")>]
let ``a fixed zone counts for names without one`` (zone: string, expected: string) =
    match PartitionName.recognise "2026-01-31T06.csv", PartitionZone.tryFixed zone with
    | Ok named, ValueSome zone -> Assert.Equal(expected + ".000Z", Timestamp.toText (PartitionZone.resolve zone named))
    | _ -> failwith "not read"

[<Theory>]
[<InlineData("")>]
[<InlineData("Europe/Berlin")>]
[<InlineData("+15:00")>]
[<InlineData("2")>]
let ``another word is no fixed zone`` (text: string) =
    Assert.True((PartitionZone.tryFixed text).IsNone)

[<Theory>]
[<InlineData("2026-01-31T06", "2026-01-31T05:00:00")>]
[<InlineData("2026-07-31T06", "2026-07-31T04:00:00")>]
// 02:30 was left out on 2026-03-29: half an hour behind the gap it is 03:30 of summer.
[<InlineData("2026-03-29T01-59", "2026-03-29T00:59:00")>]
[<InlineData("2026-03-29T02-30", "2026-03-29T01:30:00")>]
[<InlineData("2026-03-29T03-30", "2026-03-29T01:30:00")>]
// 02:30 was shown twice on 2026-10-25: the first.
[<InlineData("2026-10-25T02-30", "2026-10-25T00:30:00")>]
[<InlineData("2026-10-25T03-00", "2026-10-25T02:00:00")>]
// A zone in the name counts more.
[<InlineData("2026-07-31T060000Z", "2026-07-31T06:00:00")>]
let ``a place has summer times`` (name: string, expected: string) =
    match PartitionName.recognise name with
    | Ok named -> Assert.Equal(expected + ".000Z", Timestamp.toText (PartitionZone.resolve berlin named))
    | Error error -> failwith $"%A{error}"
