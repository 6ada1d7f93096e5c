// Times as feeds write them.
module Cti.Core.Tests.Map.TimeFormatTests

open System
open System.Globalization
open System.Text
open FsCheck
open FsCheck.FSharp
open Xunit
open Cti.Core

let private formatOf pattern zone =
    match TimePattern.tryParse pattern zone with
    | Ok format -> format
    | Error error -> invalidOp error

let private parse pattern (text: string) =
    match TimeFormat.parse (formatOf pattern 0) (ReadOnlySpan<byte>(Encoding.UTF8.GetBytes text)) with
    | TimeOutcome.Time time -> Timestamp.toText time
    | TimeOutcome.Malformed -> "malformed"
    | TimeOutcome.OutOfRange -> "out of range"

[<Theory>]
[<InlineData("yyyy-MM-dd HH:mm:ss", "2026-01-02 03:04:05", "2026-01-02T03:04:05.000Z")>]
[<InlineData("yyyy-MM-dd HH:mm:ss", " 2026-01-02 03:04:05 ", "2026-01-02T03:04:05.000Z")>]
[<InlineData("yyyy-MM-dd HH:mm:ss", "2026-01-02 03:04", "malformed")>]
[<InlineData("yyyy-MM-dd HH:mm:ss", "2026-01-02 03:04:05Z", "malformed")>]
[<InlineData("yyyy-MM-dd HH:mm:ss", "2026-01-02 24:00:00", "malformed")>]
[<InlineData("yyyy-MM-dd HH:mm:ss.FFFFFF", "2026-01-02 03:04:05", "2026-01-02T03:04:05.000Z")>]
[<InlineData("yyyy-MM-dd HH:mm:ss.FFFFFF", "2026-01-02 03:04:05.25", "2026-01-02T03:04:05.250Z")>]
[<InlineData("yyyy-MM-dd HH:mm:ss.fff", "2026-01-02 03:04:05.123456789", "2026-01-02T03:04:05.123Z")>]
[<InlineData("yyyy-MM-dd HH:mm:ss 'UTC'", "2026-01-02 03:04:05 UTC", "2026-01-02T03:04:05.000Z")>]
[<InlineData("yyyy-MM-ddTHH:mm:ssZ", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z")>]
[<InlineData("yyyy-MM-dd HH:mm:ss zzz", "2026-01-02 03:04:05 +02:00", "2026-01-02T01:04:05.000Z")>]
[<InlineData("yyyy-MM-dd", "2024-02-29", "2024-02-29T00:00:00.000Z")>]
[<InlineData("yyyy-MM-dd", "2023-02-29", "malformed")>]
[<InlineData("yyyy-MM-dd", "2023-04-31", "malformed")>]
[<InlineData("yyyy-MM-dd", "2023-13-01", "malformed")>]
[<InlineData("yyyy-MM-dd", "0001-01-01", "out of range")>]
[<InlineData("yyyy-MM-dd", "0000-01-01", "out of range")>]
[<InlineData("yyyy-MM-dd", "9999-12-31", "out of range")>]
[<InlineData("yyyy-MM-dd", "1969-12-31", "out of range")>]
[<InlineData("yyyy-MM-dd", "1970-01-01", "1970-01-01T00:00:00.000Z")>]
[<InlineData("yyyy-MM-dd", "2099-12-31", "2099-12-31T00:00:00.000Z")>]
[<InlineData("yyyy-MM-dd", "2100-01-01", "out of range")>]
[<InlineData("yyyy-MM-dd", "26-01-01", "malformed")>]
[<InlineData("yyyy-MM-dd", "2026/01/01", "malformed")>]
[<InlineData("dd/MM/yyyy", "31/12/2025", "2025-12-31T00:00:00.000Z")>]
[<InlineData("M/d/yy HH:mm", "10/8/18 07:38", "2018-10-08T07:38:00.000Z")>]
[<InlineData("M/d/yy", "1/2/70", "1970-01-02T00:00:00.000Z")>]
[<InlineData("dd MMM yyyy", "05 Sep 2020", "2020-09-05T00:00:00.000Z")>]
[<InlineData("MMMM d, yyyy", "september 5, 2020", "2020-09-05T00:00:00.000Z")>]
[<InlineData("ddd, dd MMM yyyy HH:mm:ss zzz", "Sat, 22 Aug 2026 03:00:29 +0200", "2026-08-22T01:00:29.000Z")>]
[<InlineData("M/d/yyyy h:mm tt", "1/2/2026 12:05 AM", "2026-01-02T00:05:00.000Z")>]
[<InlineData("M/d/yyyy h:mm tt", "1/2/2026 1:05 pm", "2026-01-02T13:05:00.000Z")>]
[<InlineData("M/d/yyyy h:mm tt", "1/2/2026 13:05 PM", "malformed")>]
[<InlineData("iso8601", "2026-01-02", "2026-01-02T00:00:00.000Z")>]
[<InlineData("iso8601", "2026-01-02T03:04", "2026-01-02T03:04:00.000Z")>]
[<InlineData("iso8601", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z")>]
[<InlineData("iso8601", "2026-01-02 03:04:05.678901+00:00", "2026-01-02T03:04:05.678Z")>]
[<InlineData("iso8601", "2026-01-02T03:04:05-0530", "2026-01-02T08:34:05.000Z")>]
[<InlineData("iso8601", "2026-01-02 03:04:05 UTC", "2026-01-02T03:04:05.000Z")>]
[<InlineData("iso8601", "2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z")>]
[<InlineData("iso8601", "2026-01-02T", "malformed")>]
[<InlineData("iso8601", "2026-01-02T03:04:05.", "malformed")>]
[<InlineData("iso8601", "2026-01-02T03:04:05+99:00", "malformed")>]
[<InlineData("iso8601", "20260102", "malformed")>]
[<InlineData("iso8601", "9999-12-31T23:59:59Z", "out of range")>]
[<InlineData("iso8601", "", "malformed")>]
[<InlineData("iso8601", "2026-01-02 03:04:05 gmt", "2026-01-02T03:04:05.000Z")>]
[<InlineData("iso8601", "2026-01-02T03:04:05 UTC+02:00", "2026-01-02T01:04:05.000Z")>]
[<InlineData("iso8601", "2026-01-02T03:04:05 EST", "malformed")>]
[<InlineData("ddd, dd MMM yyyy HH:mm:ss K", "Thu, 14 Mar 2024 10:00:00 GMT", "2024-03-14T10:00:00.000Z")>]
[<InlineData("yyyy-MM-dd HH:mm:ss K", "2024-03-14 10:00:00 UTC", "2024-03-14T10:00:00.000Z")>]
[<InlineData("yyyy-MM-dd HH:mm:ss K", "2024-03-14 10:00:00 UT", "malformed")>]
[<InlineData("MMM d, yyyy", "Mar 14, 2024", "2024-03-14T00:00:00.000Z")>]
[<InlineData("d MMM yyyy", "14 Mar 2024", "2024-03-14T00:00:00.000Z")>]
[<InlineData("unix", "1767323045", "2026-01-02T03:04:05.000Z")>]
[<InlineData("unix", "1767323045.5", "2026-01-02T03:04:05.500Z")>]
[<InlineData("unix", "0", "1970-01-01T00:00:00.000Z")>]
[<InlineData("unix", "-1", "out of range")>]
[<InlineData("unix", "99999999999999", "out of range")>]
[<InlineData("unix", "99999999999999999999", "malformed")>]
[<InlineData("unix", "x", "malformed")>]
[<InlineData("unix_ms", "1767323045678", "2026-01-02T03:04:05.678Z")>]
[<InlineData("unix_ms", "1767323045678.1", "malformed")>]
let ``A time is read as its format says`` (pattern: string, text: string, expected: string) =
    Assert.Equal(expected, parse pattern text)

[<Theory>]
[<InlineData("2026-01-02 03:04:05", "2026-01-02T02:04:05.000Z")>]
[<InlineData("1/2/26", "2026-01-01T23:00:00.000Z")>]
[<InlineData("1767323045", "2026-01-02T03:04:05.000Z")>]
[<InlineData("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z")>]
[<InlineData("9999-12-31 00:00:00", "out of range")>]
[<InlineData("-5", "out of range")>]
[<InlineData("soon", "malformed")>]
let ``Of several formats the first that fits counts`` (text: string, expected: string) =
    let formats =
        [ "yyyy-MM-dd HH:mm:ss"; "M/d/yy"; "iso8601"; "unix" ]
        |> List.map (fun pattern -> formatOf pattern 0)
        |> TimeFormat.anyOf
        |> TimeFormat.inZone 60

    let found =
        match TimeFormat.parse formats (ReadOnlySpan<byte>(Encoding.UTF8.GetBytes text)) with
        | TimeOutcome.Time time -> Timestamp.toText time
        | TimeOutcome.Malformed -> "malformed"
        | TimeOutcome.OutOfRange -> "out of range"

    Assert.Equal(expected, found)
    Assert.Equal("yyyy-MM-dd HH:mm:ss, M/d/yy, iso8601, unix", TimeFormat.text formats)

[<Fact>]
let ``The order of formats decides what two could read`` () =
    let read formats =
        match
            formats
            |> List.map (fun pattern -> formatOf pattern 0)
            |> TimeFormat.anyOf
            |> fun format -> TimeFormat.parse format (ReadOnlySpan<byte> "02/03/2026"B)
        with
        | TimeOutcome.Time time -> Timestamp.toText time
        | _ -> "bad"

    Assert.Equal("2026-02-03T00:00:00.000Z", read [ "MM/dd/yyyy"; "dd/MM/yyyy" ])
    Assert.Equal("2026-03-02T00:00:00.000Z", read [ "dd/MM/yyyy"; "MM/dd/yyyy" ])

[<Theory>]
[<InlineData("yyyy-MM-dd hour")>]
[<InlineData("HH:mm:ss")>]
[<InlineData("yyyy-MM")>]
[<InlineData("yyyy-dd")>]
[<InlineData("yyyy-MM-dd 'UTC")>]
[<InlineData("yyyy-MM-dd hh:mm")>]
[<InlineData("yyyyy-MM-dd")>]
[<InlineData("")>]
let ``A pattern that cannot name a day is refused`` (pattern: string) =
    Assert.True((TimePattern.tryParse pattern 0).IsError)

[<Fact>]
let ``A zone is applied to texts that name none`` () =
    let time pattern (text: string) =
        match TimeFormat.parse (formatOf pattern 120) (ReadOnlySpan<byte>(Encoding.UTF8.GetBytes text)) with
        | TimeOutcome.Time time -> Timestamp.toText time
        | _ -> "bad"

    Assert.Equal("2026-01-01T22:00:00.000Z", time "yyyy-MM-dd" "2026-01-02")
    Assert.Equal("2026-01-01T22:00:00.000Z", time "iso8601" "2026-01-02T00:00:00")
    Assert.Equal("2026-01-02T00:00:00.000Z", time "iso8601" "2026-01-02T00:00:00Z")
    Assert.True((TimePattern.tryParse "iso8601" 841).IsError)

[<Fact>]
let ``What the framework prints is read back`` () =
    let patterns =
        [
            "yyyy-MM-dd HH:mm:ss"
            "dd/MM/yyyy HH:mm:ss"
            "M/d/yy H:m:s"
            "MMM d yyyy h:mm:ss tt"
            "dddd, dd MMMM yyyy HH:mm:ss"
            "yyyy-MM-dd'T'HH:mm:ss.FFFFFF"
        ]

    Check.One(
        Config.QuickThrowOnFailure.WithMaxTest 1000,
        Prop.forAll (Arb.fromGen (Gen.choose (0, 2_000_000_000))) (fun seconds ->
            // Two-digit years reach to 2069; more seconds would not fit the generator anyway.
            let time = DateTime.UnixEpoch.AddSeconds(float seconds)

            patterns
            |> List.forall (fun pattern ->
                parse pattern (time.ToString(pattern, CultureInfo.InvariantCulture)) =
                    Timestamp.toText (Timestamp.ofDateTimeOffset (DateTimeOffset time))))
    )
