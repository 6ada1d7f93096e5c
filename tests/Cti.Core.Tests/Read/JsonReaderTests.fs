// JSON documents and NDJSON: where records and fields are found, and what a fault costs.
module Cti.Core.Tests.Read.JsonReaderTests

open System
open System.Text
open FsCheck
open FsCheck.FSharp
open Xunit
open Cti.Core
open Cti.Core.Tests.Read.Feeding

let private path text =
    match JsonPath.tryParse text with
    | Ok path -> path
    | Error problem -> invalidArg (nameof text) problem

let private json (records: string) (fields: string list) =
    ReaderSpec.Json
        { JsonDialect.standard with
            Records = (if records = "" then [] else path records)
            Fields = fields
        }

let private ndjson (fields: string list) =
    ReaderSpec.Ndjson
        { JsonDialect.standard with
            Fields = fields
        }

let private us = string (char RawBatch.ListSeparator)

/// The reader behind a whole reading, and what came out.
let private readWith (spec: ReaderSpec) (bytes: byte[]) =
    let reader = ReaderSpec.reader spec ReaderStart.beginning

    let seen = feedWith reader bytes (fun () -> max 1 bytes.Length) (fun () -> 1000)

    reader, seen

let private faultOf (spec: ReaderSpec) (text: string) =
    let reader, _ = readWith spec (utf8 text)
    reader.Fault |> ValueOption.map _.Error.code

[<Theory>]
[<InlineData("", """[{"v":"a"},{"v":"b"}]""", "a|b")>]
[<InlineData("", """{"v":"a"}""", "a")>]
[<InlineData("data", """{"n":2,"data":[{"v":"a"},{"v":"b"}],"more":{"data":[{"v":"no"}]}}""", "a|b")>]
[<InlineData("data", """{"data":{"v":"a"}}""", "a")>]
[<InlineData("data.*", """{"data":{"x":{"v":"a"},"y":{"v":"b"}}}""", "a|b")>]
[<InlineData("*", """{"x":{"v":"a"},"y":{"v":"b"}}""", "a|b")>]
[<InlineData("*.*", """{"7":[{"v":"a"}],"8":[{"v":"b"},{"v":"c"}]}""", "a|b|c")>]
[<InlineData("*", """{"7":[{"v":"a"}],"8":[{"v":"b"},{"v":"c"}]}""", "a|b|c")>]
[<InlineData("a.b", """{"b":[{"v":"no"}],"a":{"x":0,"b":[{"v":"a"}]}}""", "a")>]
[<InlineData("*.list", """[{"list":[{"v":"a"}]},{"no":1},{"list":[{"v":"b"}]}]""", "a|b")>]
[<InlineData("1", """[{"v":"no"},{"v":"a"}]""", "a")>]
[<InlineData(@"a\.b", """{"a.b":[{"v":"a"}]}""", "a")>]
[<InlineData("é", """{"\u00e9":[{"v":"a"}]}""", "a")>]
[<InlineData("data", """{"data":[]}""", "")>]
[<InlineData("data", """{"data":null}""", "")>]
[<InlineData("data.*", """{"data":{}}""", "")>]
[<InlineData("", """[ {"v":"a",} , ]""", "a")>]
[<InlineData("", "", "")>]
[<InlineData("", "\uFEFF[{\"v\":\"a\"}]\n", "a")>]
let ``Records are what stands at the path, an array there opened`` (records: string, text: string, expected: string) =
    let reader, seen = readWith (json records [ "v" ]) (utf8 text)
    Assert.Equal(ValueNone, reader.Fault |> ValueOption.map _.Error)
    Assert.Equal(expected, cells seen |> List.concat |> String.concat "|")

[<Theory>]
[<InlineData("a", """{"a":"x"}""", "x")>]
[<InlineData("a", """{"b":{"a":"no"},"a":17}""", "17")>]
[<InlineData("a", """{"a":-1.5e3}""", "-1.5e3")>]
[<InlineData("a", """{"a":true}""", "true")>]
[<InlineData("a", """{"a":null}""", "")>]
[<InlineData("a", """{}""", "")>]
[<InlineData("a", """{"a":"1","a":"2"}""", "2")>]
[<InlineData("a", """{"a":"1","a":null}""", "")>]
[<InlineData("a", """{"a":"q\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"}""", "q\"\\/\b\012\n\r\té😀")>]
[<InlineData("a.b.c", """{"a":{"x":[1,{"c":3}],"b":{"c":"deep"}}}""", "deep")>]
[<InlineData("a.1", """{"a":["x","y"]}""", "y")>]
[<InlineData("a.0.b", """{"a":[{"b":"x"},{"b":"y"}]}""", "x")>]
[<InlineData("a.*", """{"a":["x","y",3,null,"z\t"]}""", "x^y^3^z\t")>]
[<InlineData("a", """{"a":["x","y",{"no":1},["no"]]}""", "x^y")>]
[<InlineData("a", """{"a":[]}""", "")>]
[<InlineData("a.*.b", """{"a":[{"b":"x"},{"c":"no"},{"b":"y"}]}""", "x^y")>]
[<InlineData("a.*", """{"a":{"p":"x","q":"y"}}""", "x^y")>]
[<InlineData("a", """{"a":{"p": 1}}""", """{"p": 1}""")>]
[<InlineData(@"\@key", """{"@key":"x"}""", "x")>]
[<InlineData("@id", """{"@id":"x"}""", "x")>]
[<InlineData(@"a\.b", """{"a.b":"x","a":{"b":"no"}}""", "x")>]
[<InlineData(".", "\"x\"", "x")>]
[<InlineData("a", "{\"a\":\"tab\there\"}", "tab\there")>]
let ``A field is what stands at its path in the record`` (field: string, record: string, expected: string) =
    let expected = [ [ expected.Replace("^", us) ] ]
    Assert.Equal<string list list>(expected, cells (feed (ndjson [ field ]) (utf8 record)))
    Assert.Equal<string list list>(expected, cells (feed (json "" [ field ]) (utf8 $"[%s{record}]")))

[<Fact>]
let ``Several fields are given in the order asked for, whatever the order they stand in`` () =
    let fields = [ "b"; "a.x"; "a.*"; "b"; "c.*.d"; "c.*.e" ]

    let text = """{"c":[{"d":1,"e":2},{"e":4,"d":3}],"b":"B","a":{"x":"X","y":"Y"}}"""

    Assert.Equal<string list list>(
        [ [ "B"; "X"; $"X%s{us}Y"; "B"; $"1%s{us}3"; $"2%s{us}4" ] ],
        cells (feed (json "" fields) (utf8 text))
    )

[<Fact>]
let ``Stars give the names they matched`` () =
    let text =
        """{"g1":{"77":[{"v":"a"},{"v":"b"}],"k\u0031":[{"v":"c"}]},"g2":{"79":[{"v":"d"}]}}"""

    Assert.Equal<string list list>(
        [
            [ "a"; "77"; "g1"; "77" ]
            [ "b"; "77"; "g1"; "77" ]
            [ "c"; "k1"; "g1"; "k1" ]
            [ "d"; "79"; "g2"; "79" ]
        ],
        cells (feed (json "*.*.*" [ "v"; "@key"; "@key1"; "@key2" ]) (utf8 text))
    )

[<Fact>]
let ``Positions name the line and byte at which a record begins`` () =
    let text =
        "\uFEFF{\n  \"data\": [\n    {\"v\":\n\"a\"}, {\"v\":\"b\"}\r\n,\n{\"v\":\"c\"}]}\n"

    let at (part: string) =
        int64 (Encoding.UTF8.GetByteCount(text.Substring(0, text.IndexOf part)))

    Assert.Equal<Seen list>(
        [
            Cells(3L, at "{\"v\":\n\"a\"", [ "a" ])
            Cells(4L, at "{\"v\":\"b\"", [ "b" ])
            Cells(6L, at "{\"v\":\"c\"", [ "c" ])
        ],
        feed (json "data" [ "v" ]) (utf8 text)
    )

[<Theory>]
[<InlineData("""{"v":"\ud83d"}""", "CTI-READ-042")>]
[<InlineData("""{"v":"\ude00\ud83d"}""", "CTI-READ-042")>]
[<InlineData("""{"v":"\u0000"}""", "CTI-READ-042")>]
[<InlineData("""{"v":"\x41"}""", "CTI-READ-042")>]
[<InlineData("""{"v":"\u00"}""", "CTI-READ-042")>]
[<InlineData("""{"v":NaN}""", "CTI-READ-043")>]
[<InlineData("{\"v\":\"\000\"}", "CTI-READ-007")>]
let ``A fault in a field costs its record only, in a document as in a line`` (record: string, code: string) =
    let document, seen =
        readWith (json "" [ "v" ]) (utf8 $"[{{\"v\":\"a\"}},%s{record},{{\"v\":\"b\"}}]")

    Assert.Equal(ValueNone, document.Fault |> ValueOption.map _.Error)
    Assert.Equal<string list list>([ [ "a" ]; [ "b" ] ], cells seen)
    Assert.Equal<string list>([ code ], codes seen)

    let seen =
        feed (ndjson [ "v" ]) (utf8 $"{{\"v\":\"a\"}}\n%s{record}\n{{\"v\":\"b\"}}\n")

    Assert.Equal<string list list>([ [ "a" ]; [ "b" ] ], cells seen)
    Assert.Equal<string list>([ code ], codes seen)

[<Fact>]
let ``What is not UTF-8 costs its record only`` () =
    let bytes =
        Array.concat [ utf8 "[{\"v\":\""; [| 0xE9uy |]; utf8 "\"},\n{\"v\":\"b\"}]" ]

    let seen = feed (json "" [ "v" ]) bytes
    Assert.Equal<string list list>([ [ "b" ] ], cells seen)
    Assert.Equal<string list>([ "CTI-READ-006" ], codes seen)

[<Theory>]
[<InlineData("""[{"v":"a"},{"v":"b" "w":1},{"v":"c"}]""", "a", "CTI-READ-040")>]
[<InlineData("""[{"v":"a"},{v:"b"}]""", "a", "CTI-READ-040")>]
[<InlineData("""[{"v":"a"};{"v":"b"}]""", "a", "CTI-READ-040")>]
[<InlineData("""[{"v":"a"},,{"v":"b"}]""", "a", "CTI-READ-040")>]
[<InlineData("""[{"v":"a"}, // comment""", "a", "CTI-READ-040")>]
[<InlineData("""[{"v":"a"},{"v":"b""", "a", "CTI-READ-044")>]
[<InlineData("""[{"v":"a"},""", "a", "CTI-READ-044")>]
[<InlineData("""[{"v":"a"}""", "a", "CTI-READ-044")>]
[<InlineData("""[{"v":"a"}}""", "a", "CTI-READ-040")>]
[<InlineData("{\"v\":\"a\"}\n{\"v\":\"b\"}\n", "a", "CTI-READ-047")>]
[<InlineData("<!DOCTYPE html><html>", "", "CTI-READ-040")>]
[<InlineData("v,w\n1,2", "", "CTI-READ-040")>]
let ``What is no JSON ends the reading, and the records before it stand``
    (text: string, expected: string, code: string)
    =
    let reader, seen = readWith (json "" [ "v" ]) (utf8 text)
    Assert.Equal(expected, cells seen |> List.concat |> String.concat "|")

    match reader.Fault with
    | ValueSome fault -> Assert.Equal(code, fault.Error.code)
    | ValueNone -> Assert.Fail "no fault"

[<Fact>]
let ``Nothing at the path is told with what there is`` () =
    let reader, seen =
        readWith (json "data" [ "v" ]) (utf8 """{"query_status":"no_result","Data":[{"v":1}]}""")

    Assert.Empty seen

    match reader.Fault with
    | ValueSome fault ->
        Assert.Equal("CTI-READ-048", fault.Error.code)
        Assert.Contains("`query_status`, `Data`", fault.Error.message)
    | ValueNone -> Assert.Fail "no fault"

[<Theory>]
[<InlineData("[1,2]", "CTI-READ-045")>]
[<InlineData("""{"v":"a" """, "CTI-READ-046")>]
[<InlineData("""{"v":"a"} x""", "CTI-READ-040")>]
[<InlineData("""{"v":"a"}{"v":"b"}""", "CTI-READ-040")>]
[<InlineData("v,w", "CTI-READ-040")>]
let ``A bad line of NDJSON costs that line`` (line: string, code: string) =
    let seen =
        feed (ndjson [ "v" ]) (utf8 $"{{\"v\":\"a\"}}\r\n\r\n%s{line}\n  {{\"v\":\"b\"}}  ")

    Assert.Equal<string list list>([ [ "a" ]; [ "b" ] ], cells seen)
    Assert.Equal<string list>([ code ], codes seen)

[<Fact>]
let ``A hundred thousand arrays inside each other are one rejection`` () =
    let deep = String.replicate 100_000 "[" + String.replicate 100_000 "]"
    let seen = feed (json "" [ "v" ]) (utf8 $"[%s{deep},{{\"v\":\"b\"}}]")
    Assert.Equal<string list>([ "CTI-READ-041" ], codes seen)
    Assert.Equal<string list list>([ [ "b" ] ], cells seen)

    let reader, seen =
        readWith (json "data" [ "v" ]) (utf8 $"{{\"x\":%s{deep},\"data\":[{{\"v\":\"b\"}}]}}")

    Assert.Equal(ValueNone, reader.Fault |> ValueOption.map _.Error)
    Assert.Equal<string list list>([ [ "b" ] ], cells seen)
    let open' = String.replicate 2_000_000 "["
    Assert.Equal(ValueSome "CTI-READ-044", faultOf (json "" [ "v" ]) open')

[<Fact>]
let ``A record longer than the limit is one rejection, and the next one is read`` () =
    let limited =
        { JsonDialect.standard with
            Fields = [ "v" ]
            Limits =
                { ReadLimits.standard with
                    MaxRecordBytes = 20
                }
        }

    let long = String('x', 500)
    let text = $"[{{\"v\":\"a\"}},{{\"v\":\"%s{long}\\\"]\"}},{{\"v\":\"b\"}}]"

    for seed in 1..20 do
        let seen = feedRandomly seed (ReaderSpec.Json limited) (utf8 text)
        Assert.Equal<string list list>([ [ "a" ]; [ "b" ] ], cells seen)
        Assert.Equal<string list>([ "CTI-READ-001" ], codes seen)

[<Fact>]
let ``The census tells fields that no record has, and what there is`` () =
    let reader, _ =
        readWith (ndjson [ "v"; "first_sen"; "a.c" ]) (utf8 "{\"v\":1,\"first_seen\":2}\n{\"a\":{\"b\":1}}\n")

    match reader.Census with
    | ValueSome census ->
        Assert.True census.AnyRecord
        Assert.Equal<string list>([ "first_sen"; "a.c" ], census.Missing)
        Assert.Contains("first_seen", census.Known)
        Assert.Contains("a.b", census.Known)
    | ValueNone -> Assert.Fail "no census"

[<Theory>]
[<InlineData("a", "a")>]
[<InlineData("a.*.b", "a.*.b")>]
[<InlineData(@"a\.b.\*.\@key", @"a\.b.\*.\@key")>]
let ``Paths are read and written`` (text: string, printed: string) =
    Assert.Equal(printed, path text |> JsonPath.text)

[<Theory>]
[<InlineData("")>]
[<InlineData("a..b")>]
[<InlineData(".a")>]
[<InlineData("a.")>]
[<InlineData(@"a\b")>]
let ``What is no path is refused`` (text: string) =
    Assert.True(JsonPath.tryParse text |> Result.isError)

let private nameGen =
    Gen.elements [ "a"; "*"; "."; "\\"; "@key"; "@"; "é"; "a.b"; "0" ]
    |> Gen.nonEmptyListOf
    |> Gen.resize 3
    |> Gen.map (String.concat "")

[<Fact>]
let ``Any path printed is read as itself`` () =
    Cti.Core.Tests.Support.check (
        Prop.forAll
            (Gen.oneof [ Gen.constant JsonStep.Every; Gen.map JsonStep.Key nameGen ]
             |> Gen.nonEmptyListOf
             |> Gen.resize 6
             |> Arb.fromGen)
            (fun path -> JsonPath.tryParse (JsonPath.text path) = Ok path)
    )

let private tight =
    { ReadLimits.standard with
        MaxRecordBytes = 24
        MaxRejectedBytes = 64
    }

let private specs =
    [
        "", [ "a"; "b.*"; "." ]
        "a", [ "a.b"; "a" ]
        "*", [ "@key"; "a" ]
        "*.a", [ "0"; "@key1" ]
    ]
    |> List.map (fun (records, fields) ->
        { JsonDialect.standard with
            Records = (if records = "" then [] else path records)
            Fields = fields
            Limits = tight
        })

/// Bytes made of what the readers look at.
let private noise =
    Gen.elements
        [
            "["
            "]"
            "{"
            "}"
            "{\"a\":"
            "\"a\":"
            "\"b\""
            "\"\\\""
            ","
            ":"
            "1"
            "null"
            "NaN"
            "\\u00e9"
            "\n"
            "\r\n"
            " "
            "[{\"a\":\"x\"},"
            "{\"a\":[\"x\",2]}"
            "\"0123456789\""
            "é"
            "\000"
        ]
    |> Gen.listOf
    |> Gen.resize 40
    |> Gen.map (fun parts -> utf8 (String.concat "" parts))

[<Fact>]
let ``What is cut depends neither on block borders nor on batch sizes`` () =
    Cti.Core.Tests.Support.checkMany
        1000
        (Prop.forAll (Arb.fromGen (Gen.zip noise (Gen.choose (1, 1_000_000)))) (fun (bytes, seed) ->
            specs
            |> List.forall (fun dialect ->
                feedRandomly seed (ReaderSpec.Json dialect) bytes = feed (ReaderSpec.Json dialect) bytes
                && feedRandomly seed (ReaderSpec.Ndjson dialect) bytes = feed (ReaderSpec.Ndjson dialect) bytes)))

[<Fact>]
let ``A document handed over again up to any border goes on behind it`` () =
    Cti.Core.Tests.Support.checkMany
        500
        (Prop.forAll (Arb.fromGen (Gen.zip noise (Gen.choose (0, 6)))) (fun (bytes, stopAfter) ->
            specs
            |> List.forall (fun dialect ->
                let spec = ReaderSpec.Json dialect
                let whole = feed spec bytes
                let first = ReaderSpec.reader spec ReaderStart.beginning
                let batch = RawBatch 1
                let mutable at = 0
                let mutable taken = 0
                let mutable going = true

                while going && taken < stopAfter do
                    let progress = first.Read(bytes, at, bytes.Length - at, true, 1, batch)
                    going <- not progress.NeedMore
                    at <- at + progress.Consumed
                    taken <- taken + batch.Count + batch.Rejections.Count
                    batch.Clear()

                first.Fault.IsSome
                || (let second = ReaderSpec.reader spec ReaderStart.beginning
                    let again = second.Read(bytes, 0, at, false, Int32.MaxValue, batch)
                    let line = second.Line
                    let rest = feedWith second bytes[at..] (fun () -> 5) (fun () -> 2)

                    again.Consumed = at && line = first.Line && rest = List.skip taken whole))))
