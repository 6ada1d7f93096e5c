// Elements of JSON documents: where they are found, what a fault costs, and that nothing depends on how the bytes arrive.
module Cti.Core.Tests.Read.JsonElementsTests

open System
open System.Text
open System.Text.Json
open FsCheck
open FsCheck.FSharp
open Xunit
open Cti.Core
open Cti.Core.Tests.Support
open Cti.Core.Tests.Read.Feeding

/// A record for each element with its `id`; where it has `items`, one for each of those instead: numbers among them are refused.
type private IdCutter() =
    inherit ElementCutter()
    let mutable item = -1

    let add (element: JsonTree) (node: int) (batch: RawBatch) =
        let from = batch.Scratch.Length
        element.WriteText(element.Member(node, "id"B), batch.Scratch) |> ignore
        batch.AddScratch from
        batch.EndRecord(element.Start node, element.End node, element.Line node)
        ElementStep.Record

    override _.Columns = [| "id" |]
    override _.Open _ = item <- -1

    override _.Next(element, batch) =
        let items = element.Member(0, "items"B)

        if items < 0 && item < 0 then
            item <- 0
            add element 0 batch
        elif items < 0 then
            ElementStep.Done
        else
            item <- if item < 0 then items + 1 else element.After item

            if item >= element.After items then
                ElementStep.Done
            elif element.Kind item = JsonKind.Object then
                add element item batch
            else
                ElementStep.Refused(item, ReadError.NotAnObject)

let private limits = ReadLimits.standard

let private readerOf (limits: ReadLimits) : Reader =
    JsonElements(
        [
            [ JsonStep.Key "objects" ]
            [ JsonStep.Key "response" ]
            [ JsonStep.Key "response"; JsonStep.Key "list" ]
        ],
        IdCutter(),
        limits,
        ReaderStart.beginning
    )

let private readWith (limits: ReadLimits) (bytes: byte[]) =
    let reader = readerOf limits

    let seen = feedWith reader bytes (fun () -> max 1 bytes.Length) (fun () -> 1000)

    reader, seen

let private read (text: string) = readWith limits (utf8 text)

let private ids (seen: Seen list) =
    cells seen |> List.concat |> String.concat "|"

[<Theory>]
[<InlineData("""[{"id":"a"},{"id":"b"}]""", "a|b")>]
[<InlineData("""{"id":"a"}""", "a")>]
[<InlineData("""{"type":"bundle","objects":[{"id":"a"},{"id":"b"}],"more":{"objects":[{"id":"no"}]}}""", "a|b")>]
[<InlineData("""{"objects":[]}""", "")>]
[<InlineData("""{"objects":{"0":{"id":"no"}},"id":"a"}""", "a")>]
[<InlineData("""{"response":[{"id":"a"},{"id":"b"}]}""", "a|b")>]
[<InlineData("""{"response":{"x":[1],"list":[{"id":"a"},{"id":"b"}],"y":{}},"z":[[]]}""", "a|b")>]
[<InlineData("""[{"objects":[{"id":"a"}]},{"id":"b"},{"objects":[{"id":"c"}]}]""", "a|b|c")>]
[<InlineData("""{"id":"a"}{0}{"id":"b"}{0}""", "a|b")>]
[<InlineData("""{"objects":[{"id":"a"}]}{0}{0}{"objects":[{"id":"b"},{"id":"c"}]}""", "a|b|c")>]
[<InlineData("""{{0}"id":"a"{0}}{0}{{0}"id":"b"{0}}""", "a|b")>]
[<InlineData("""{"objects":[{"items":[{"id":"a"},{"id":"b"}]},{"items":[]},{"id":"c"}]}""", "a|b|c")>]
[<InlineData("""[ {"id":"a",} , ]""", "a")>]
[<InlineData("\uFEFF[{\"id\":\"a\"}]\n", "a")>]
[<InlineData("""{"id":"q\"\\\u00e9\ud83d\ude00"}""", "q\"\\é😀")>]
[<InlineData("", "")>]
[<InlineData("{0}[]", "")>]
let ``Elements are found in an array, at one of the places, as the document itself and one a line``
    (text: string, expected: string)
    =
    let reader, seen = read (text.Replace("{0}", "\n"))
    Assert.Equal(ValueNone, reader.Fault |> ValueOption.map _.Error)
    Assert.Empty(codes seen)
    Assert.Equal(expected, ids seen)

[<Theory>]
[<InlineData("""[{"id":"a"},{"id":tru},{"id":"b"}]""", "CTI-READ-043")>]
[<InlineData("""[{"id":"a"},{"id":01},{"id":"b"}]""", "CTI-READ-043")>]
[<InlineData("""[{"id":"a"},{"id" "x"},{"id":"b"}]""", "CTI-READ-040")>]
[<InlineData("""[{"id":"a"},{"x":[1 2]},{"id":"b"}]""", "CTI-READ-040")>]
[<InlineData("""[{"id":"a"},17,{"id":"b"}]""", "CTI-READ-049")>]
[<InlineData("""[{"id":"a"},[{}],{"id":"b"}]""", "CTI-READ-049")>]
[<InlineData("""[{"id":"a"},{"id":"\q"},{"id":"b"}]""", "CTI-READ-042")>]
[<InlineData("""[{"id":"a"},{"id":"x{1}"},{"id":"b"}]""", "CTI-READ-042")>]
[<InlineData("""{"items":[{"id":"a"},17,{"id":"b"}]}""", "CTI-READ-049")>]
[<InlineData("""{"id":"a"}{0}{"id":{0}{"id":"b"}""", "CTI-READ-046")>]
[<InlineData("""{"id":"a"}{0}<html>{0}{"id":"b"}""", "CTI-READ-040")>]
[<InlineData("""{"id":"a"}{0}{"objects":[{"id":0,{0}{"id":"b"}""", "CTI-READ-046")>]
[<InlineData("""{"objects":[{"id":"a"}]}{0}{"objects":[],"x":[{0}{"id":"b"}""", "CTI-READ-046")>]
let ``A broken element costs itself, a broken line its line`` (text: string, code: string) =
    let reader, seen = read (text.Replace("{0}", "\n").Replace("{1}", "\001"))
    Assert.Equal(ValueNone, reader.Fault |> ValueOption.map _.Error)
    Assert.Equal<string list>([ code ], codes seen)
    Assert.Equal("a|b", ids seen)

[<Theory>]
[<InlineData("""[{"id":"a"},{"id":"b" """, "a", "CTI-READ-044")>]
[<InlineData("""{"objects":[{"id":"a"}""", "a", "CTI-READ-044")>]
[<InlineData("""{"objects":[{"id":"a"}],"more":""", "a", "CTI-READ-044")>]
[<InlineData("""[{"id":"a"}""", "a", "CTI-READ-044")>]
[<InlineData("""[{"id":"a"} {"id":"b"}]""", "a", "CTI-READ-040")>]
[<InlineData("""{"id":"a"} {"id":"b"}""", "a", "CTI-READ-047")>]
[<InlineData("<html></html>", "", "CTI-READ-040")>]
[<InlineData("17", "", "CTI-READ-040")>]
let ``A broken document ends the reading, what stands before it stands`` (text: string, before: string, code: string) =
    let reader, seen = read text
    Assert.Equal(ValueSome code, reader.Fault |> ValueOption.map _.Error.code)
    Assert.Equal(before, ids seen)

[<Fact>]
let ``Depth is bounded, and 50,000 brackets cost the element only`` () =
    let deep = String('[', 50_000) + String(']', 50_000)
    let reader, seen = read ("""[{"id":"a"},{"x":""" + deep + """},{"id":"b"}]""")
    Assert.Equal(ValueNone, reader.Fault |> ValueOption.map _.Error)
    Assert.Equal<string list>([ "CTI-READ-041" ], codes seen)
    Assert.Equal("a|b", ids seen)

[<Fact>]
let ``An element that is too long costs itself`` () =
    let small = { limits with MaxRecordBytes = 40 }
    let long = String('x', 200)

    let reader, seen =
        readWith small (utf8 ("""{"objects":[{"id":"a"},{"id":"b","x":"{""" + long + """]"},{"id":"c"}]}"""))

    Assert.Equal(ValueNone, reader.Fault |> ValueOption.map _.Error)
    Assert.Equal<string list>([ "CTI-READ-001" ], codes seen)
    Assert.Equal("a|c", ids seen)

[<Fact>]
let ``An element in many pieces is not looked at anew at each of them`` () =
    // 16,384 pieces: parsed at every one they would be 256 GB of work.
    let text =
        "[{\"x\":["
        + String.Join(',', Array.create 1_600_000 "12345678901234567890")
        + "]}]"

    let bytes = utf8 text

    let reader =
        readerOf
            { limits with
                MaxRecordBytes = bytes.Length
            }

    let batch = RawBatch 4
    let clock = Diagnostics.Stopwatch.StartNew()
    let mutable consumed = 0
    let mutable handed = 0

    while handed < bytes.Length do
        handed <- min bytes.Length (handed + 2_048)
        batch.Clear()

        let progress =
            reader.Read(bytes, consumed, handed - consumed, (handed = bytes.Length), 10, batch)

        consumed <- consumed + progress.Consumed

    Assert.Equal(1, batch.Count)
    Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds 60.0)

[<Fact>]
let ``Positions are those of the values`` () =
    let _, seen =
        read
            "{\"objects\": [\n {\"id\":\"a\"},\n\n{\"items\":[\n{\"id\":\"b\"}, 1,\n\n{\"id\":\"c\"}]},\n{\"id\":\"d\"}]}"

    let lines =
        seen
        |> List.map (fun item ->
            match item with
            | Cells(line, _, _) -> line
            | Rejected(_, line, _, _) -> line)

    Assert.Equal<int64 list>([ 2L; 5L; 5L; 7L; 8L ], lines)

/// Documents, sound and broken ones.
let private document =
    let element =
        Gen.frequency
            [
                8, Gen.elements [ """{"id":"a"}"""; """{"id":"é\n","x":[1,{"y":null}]}"""; "{\"id\":\n\"b\"}" ]
                3, Gen.constant """{"items":[{"id":"c"},{"id":"d"},7,{"id":"e"}]}"""
                1, Gen.elements [ "17"; "{\"id\":nul}"; "{\"id\"}"; "[[}"; "{"; "\"" ]
            ]

    gen {
        let! elements = Gen.listOf element
        let! joint = Gen.elements [ ","; ",\n"; "\n"; "" ]

        let! opening, closing =
            Gen.elements [ "[", "]"; "{\"objects\":[", "],\"more\":false}\n"; "", ""; "", "\n" ]

        return opening + String.Join(joint, elements) + closing
    }

[<Fact>]
let ``What is cut depends neither on blocks nor on batches`` () =
    checkMany
        2000
        (Prop.forAll (Arb.fromGen (Gen.zip document (Gen.choose (0, Int32.MaxValue)))) (fun (text, seed) ->
            let small = { limits with MaxRecordBytes = 60 }
            let bytes = utf8 text
            let random = Random seed
            let largest = random.Next(1, 12)
            let reader = readerOf small

            let pieces =
                feedWith reader bytes (fun () -> random.Next(1, largest + 1)) (fun () -> random.Next(1, 4))

            let whole, seen = readWith small bytes
            pieces = seen && whole.Fault = reader.Fault))

[<Fact>]
let ``A value is sound where another reader of JSON says so`` () =
    let pieces =
        Gen.elements
            [
                "{"
                "}"
                "["
                "]"
                ","
                ":"
                "\"a\""
                "\"\\u00e9\""
                "\"\\u00g9\""
                "\"\\x\""
                "1"
                "-0"
                "01"
                "1.5e+3"
                "1."
                "-"
                "true"
                "null"
                "nul"
                " "
                "\"\t\""
            ]

    checkMany
        3000
        (Prop.forAll (Arb.fromGen (Gen.listOf pieces)) (fun pieces ->
            let inner = String.Concat pieces
            let text = "{\"x\":" + inner + "}"

            let isSound =
                try
                    use _ = JsonDocument.Parse(text, JsonDocumentOptions(AllowTrailingCommas = true))
                    true
                with :? JsonException ->
                    false

            let reader, seen = read text
            let taken = reader.Fault.IsNone && List.isEmpty (codes seen)
            taken = isSound))
