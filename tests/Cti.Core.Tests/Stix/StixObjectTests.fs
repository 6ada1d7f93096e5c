// Objects one by one: what each is known by, and a later version of it.
module Cti.Core.Tests.StixObjectTests

open System
open System.Collections.Generic
open System.Text
open System.Text.Json
open FsCheck
open FsCheck.FSharp
open Xunit
open Cti.Core
open Cti.Core.Tests
open Cti.Core.Tests.Support

type private Kept() =
    member val Objects = List<struct (StixObjectHead * string)>()

    interface IStixObjectTaker with
        member this.Take(head, text) =
            this.Objects.Add(struct (head, Encoding.UTF8.GetString text))

let private render observables =
    let batch = IndicatorBatch 4
    Samples.add batch ObservableType.Domain "a.example" |> ignore
    Samples.add batch ObservableType.IpPort "192.0.2.1:80" |> ignore
    Samples.add batch ObservableType.Cve "CVE-2024-0001" |> ignore

    let foreign =
        "{\n \"id\": \"tool--00000000-0000-4000-8000-000000000001\", \"type\":\"tool\", \"x\":\"}\" }"

    let whole (renderer: IObjectRenderer) (writer: Utf8Writer) =
        let bytes = Encoding.UTF8.GetBytes foreign
        renderer.Header(Samples.context, writer)
        renderer.Rows(batch, ReadOnlySpan<int>([| 0; 1; 2 |]), writer)

        renderer.AddObject(
            "tool--00000000-0000-4000-8000-000000000001",
            day 1,
            Tlp.Red,
            ReadOnlySpan<byte> bytes,
            writer
        )

        renderer.Footer({ Rows = 3L }, writer)

    let bundle = Utf8Writer 64
    whole (StixBundleRenderer(observables, true)) bundle
    let kept = Kept()
    let writer = Utf8Writer 64
    whole (StixObjectsRenderer(observables, true, kept)) writer
    Assert.Equal(0, writer.Length)
    bundle.ToString(), kept.Objects

[<Theory>]
[<InlineData(false)>]
[<InlineData(true)>]
let ``the objects are those of the bundle, in its order and word for word`` (observables: bool) =
    let bundle, objects = render observables
    use document = JsonDocument.Parse bundle

    Assert.Equal<string list>(
        [
            for item in document.RootElement.GetProperty("objects").EnumerateArray() -> item.GetRawText()
        ],
        [ for struct (_, text) in objects -> text ]
    )

    for struct (head, text) in objects do
        use item = JsonDocument.Parse text
        Assert.Equal(item.RootElement.GetProperty("id").GetString(), head.FullId)

[<Fact>]
let ``somebody else's object is as secret as its source says, whatever it says itself`` () =
    let _, objects = render false

    for struct (head, _) in objects do
        Assert.Equal((head.Type = "tool"), (head.Tlp = Tlp.Red))

let private january (date: int) =
    Timestamp.ofDateTimeOffset (DateTimeOffset(2026, 1, date, 0, 0, 0, TimeSpan.Zero))

let private version (text: string) at until =
    let writer = Utf8Writer 64

    if StixObjectReader().WriteVersion(ReadOnlySpan<byte>(Encoding.UTF8.GetBytes text), at, until, writer) then
        Some(writer.ToString())
    else
        None

[<Theory>]
[<InlineData("{\"modified\":\"x\",\"a\":1}",
             "{\"modified\":\"2026-01-02T00:00:00.000Z\",\"a\":1,\"valid_until\":\"2026-01-03T00:00:00.000Z\"}")>]
[<InlineData("{\"valid_until\":\"y\",\"modified\":\"x\"}",
             "{\"valid_until\":\"2026-01-03T00:00:00.000Z\",\"modified\":\"2026-01-02T00:00:00.000Z\"}")>]
[<InlineData("{\"modified\":\"x\", \"valid_until\" : \"y\" }",
             "{\"modified\":\"2026-01-02T00:00:00.000Z\", \"valid_until\" : \"2026-01-03T00:00:00.000Z\" }")>]
[<InlineData("{\"o\":{\"modified\":\"n\"},\"modified\":\"x\"}",
             "{\"o\":{\"modified\":\"n\"},\"modified\":\"2026-01-02T00:00:00.000Z\",\"valid_until\":\"2026-01-03T00:00:00.000Z\"}")>]
let ``a later version with an end changes two members and no other byte`` (text: string, expected: string) =
    Assert.Equal(Some expected, version text (january 2) (january 3))

[<Fact>]
let ``a later version without an end keeps the end it has`` () =
    Assert.Equal(
        Some "{\"valid_until\":\"y\",\"modified\":\"2026-01-02T00:00:00.000Z\"}",
        version "{\"valid_until\":\"y\",\"modified\":\"x\"}" (january 2) Timestamp.none
    )

[<Fact>]
let ``an end is later than the beginning, as STIX wants it`` () =
    let ended =
        version "{\"modified\":\"x\",\"valid_from\":\"2026-01-05T00:00:00Z\"}" (january 2) (january 3)

    Assert.Contains("\"valid_until\":\"2026-01-05T00:00:00.001Z\"", Option.get ended)

[<Fact>]
let ``what has no versions gets none`` () =
    Assert.Equal(None, version "{\"created\":\"x\"}" (january 2) (january 3))
    Assert.Equal(None, version "{" (january 2) (january 3))

[<Theory>]
[<InlineData("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z")>]
[<InlineData("2026-01-02T03:04:05.6Z", "2026-01-02T03:04:05.600Z")>]
[<InlineData("2024-02-29T00:00:00.123456789Z", "2024-02-29T00:00:00.123Z")>]
[<InlineData("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z")>]
[<InlineData("2026-02-29T00:00:00Z", "")>]
[<InlineData("2026-01-02T24:00:00Z", "")>]
[<InlineData("2026-01-02T03:04:60Z", "")>]
[<InlineData("2026-01-02T03:04:05.Z", "")>]
[<InlineData("2026-01-02T03:04:05+00:00", "")>]
[<InlineData("2026-01-02t03:04:05z", "")>]
[<InlineData("2026-1-02T03:04:05.00Z", "")>]
[<InlineData("0000-01-01T00:00:00Z", "")>]
let ``a time is read as STIX writes it`` (text: string, expected: string) =
    match StixTime.tryRead (ReadOnlySpan<byte>(Encoding.UTF8.GetBytes text)) with
    | ValueSome time -> Assert.Equal(expected, Timestamp.toText time)
    | ValueNone -> Assert.Equal(expected, "")

[<Fact>]
let ``what is written of a time is read back`` () =
    Check.One(
        Config.QuickThrowOnFailure,
        Prop.forAll (Arb.fromGen (Gen.choose64 (0L, 253_402_300_799_000_000L))) (fun micros ->
            let writer = Utf8Writer 32
            Timestamp.writeExact (Timestamp.ofMicroseconds micros) writer
            StixTime.tryRead writer.Written = ValueSome(Timestamp.ofMicroseconds micros))
    )
