// Values that a record spreads over several fields: `append` puts them together.
module Cti.Core.Tests.Map.JoinedValueTests

open System.Text
open FsCheck.FSharp
open Xunit
open Cti.Core
open Cti.Core.Tests.Support
open Cti.Core.Tests.Map.MapFixture

let private joined (parts: ValuePart list) =
    MapTemplate.ofValue (name "a")
    |> fun template ->
        { template with
            Value =
                { ValueRule.ofField (name "a") with
                    Append = parts
                }
        }

let private text = ValuePart.Const
let private field = name >> ValuePart.Field
let private network = joined [ text "/"; field "b" ]

/// One record `a,b` of these cells, mapped by the template.
let private cells (template: MapTemplate) (a: string) (b: string) =
    let quoted (cell: string) = cell.Replace("\"", "\"\"")
    map [ template ] $"a,b\n\"%s{quoted a}\",\"%s{quoted b}\"\n"

[<Theory>]
[<InlineData("192.0.2.0", "24", "192.0.2.0/24")>]
[<InlineData(" 192.0.2.0\t", "\t24  ", "192.0.2.0/24")>]
[<InlineData("\n192.0.2.0", "24\r\n", "192.0.2.0/24")>]
[<InlineData("a \"quoted\" b", "\"", "a \"quoted\" b/\"")>]
[<InlineData("é", "ü", "é/ü")>]
let ``the field's text is followed by each part, blanks around taken off`` (a: string, b: string, expected: string) =
    Assert.Equal<string list>([ $"auto %s{expected}" ], cells network a b |> valuesOf)

[<Fact>]
let ``constants stand as they are written, and a field may stand twice or be a number`` () =
    let template =
        joined
            [
                text " : "
                field "b"
                field "a"
                ValuePart.Field(FieldRef.Column 2)
                text "/x"
            ]

    Assert.Equal<string list>([ "auto 1 : 212/x" ], cells template "1" "2" |> valuesOf)

[<Theory>]
[<InlineData("192.0.2.0", "", "CTI-MAP-013", "b")>]
[<InlineData("192.0.2.0", " \t", "CTI-MAP-013", "b")>]
[<InlineData("", "24", "CTI-MAP-001", "a")>]
[<InlineData("\n", "24", "CTI-MAP-013", "a")>]
[<InlineData("192.0.2.0\u001f192.0.2.1", "24", "CTI-MAP-014", "a")>]
[<InlineData("192.0.2.0", "24\u001f25", "CTI-MAP-014", "b")>]
let ``a field that is empty or a list rejects the record and is named`` (a: string, b: string, code, field: string) =
    let _, target, rejections, _ = cells network a b
    let rejection = Assert.Single rejections
    Assert.Equal(0, target.Count)
    Assert.Equal((code, field), (rejection.Code, rejection.Field))

[<Fact>]
let ``a record shorter than its header lacks the field`` () =
    let bound =
        match MapPlan.bind (specOf [ joined [ field "b" ] ]) [| "a"; "b" |] with
        | Ok bound -> bound
        | Error errors -> invalidOp $"%A{errors}"

    let raw = RawBatch 1
    raw.Bytes <- Encoding.UTF8.GetBytes "192.0.2.1"
    raw.AddField(0, 9)
    raw.EndRecord(0, 9, 1L)
    let target = CandidateBatch 1
    let rejections = System.Collections.Generic.List<Rejection>()

    let counts =
        bound.Apply(raw, target, rejections, MapMemory(specOf [ joined [ field "b" ] ]))

    Assert.Equal(0L, StageCounts.missing counts)
    Assert.Equal(("CTI-MAP-013", "b"), (rejections[0].Code, rejections[0].Field))

[<Fact>]
let ``what is wrong with one template leaves the others their values`` () =
    let raw, target, rejections, counts =
        map [ network; MapTemplate.ofValue (name "b"); network ] "a,b\nx,1\ny,\nz,3\n"

    Assert.Equal<string list>(
        [ "auto x/1"; "auto 1"; "auto x/1"; "auto z/3"; "auto 3"; "auto z/3" ],
        valuesOf (raw, target, rejections, counts)
    )

    Assert.Equal<string list>([ "CTI-MAP-013"; "CTI-MAP-013" ], rejections |> List.map _.Code)

[<Fact>]
let ``a hash whose type stands in a column of its own is understood`` () =
    let template = joined [ text ":"; field "b" ]
    Assert.Equal<string list>([ "sha1 0a4d" ], cells template "SHA1" "0a4d" |> valuesOf)

    let fixedType =
        { template with
            Type = TypeRule.Fixed ObservableType.Md5
        }

    Assert.Equal<string list>([ "CTI-MAP-011" ], cells fixedType "SHA1" "0a4d" |> codesOf)

[<Fact>]
let ``a record that is refused shows the value it would have had, or its own field where there is none`` () =
    let template =
        { network with
            When = condition "b > 24"
        }

    let raw, target, rejections, _ =
        map [ template ] "a,b\n192.0.2.0,20\n192.0.2.0,\n192.0.2.0,25\n"

    Assert.Empty rejections
    Assert.Equal("192.0.2.0/25", valueOf raw target 0)

    Assert.Equal<string list>(
        [ "192.0.2.0/20"; "192.0.2.0" ],
        [
            for refused in target.Refused -> Encoding.UTF8.GetString(raw.Slice(refused.ValueStart, refused.ValueEnd))
        ]
    )

[<Theory>]
[<InlineData(1, 4_095, true)>]
[<InlineData(1, 4_096, false)>]
[<InlineData(65, 63, true)>]
[<InlineData(65, 64, false)>]
let ``a value put together is no longer than the longest that is taken`` (times: int, length: int, isTaken: bool) =
    let template = joined (List.replicate times (field "b"))
    let raw, target, rejections, _ = cells template "a" (String.replicate length "x")

    if isTaken then
        Assert.Equal(Normalise.MaxLength, (valueOf raw target 0).Length)
    else
        Assert.Equal(0, target.Count)
        Assert.Equal(("CTI-MAP-015", "b"), (rejections[0].Code, rejections[0].Field))
        Assert.Equal(0, raw.Scratch.Length)

[<Theory>]
[<InlineData(4_095, "")>]
[<InlineData(4_096, "CTI-MAP-015")>]
let ``constants count`` (length: int, code: string) =
    let found = cells (joined [ text (String.replicate length "x") ]) "a" "" |> codesOf
    Assert.Equal<string list>((if code = "" then [] else [ code ]), found)

[<Fact>]
let ``putting values together allocates nothing once the buffers have grown`` () =
    let spec = specOf [ network ]
    let rows = String.replicate 1_000 "192.0.2.0,24\n"
    let raw, columns = read ("a,b\n" + rows)

    match MapPlan.bind spec columns with
    | Error errors -> invalidOp $"%A{errors}"
    | Ok bound ->
        let target = CandidateBatch 1_000
        let rejections = System.Collections.Generic.List<Rejection>()
        let memory = MapMemory spec

        let apply () =
            bound.Apply(raw, target, rejections, memory) |> ignore
            raw.Scratch.Truncate 0

        for _ in 1..3 do
            apply ()

        let before = System.GC.GetAllocatedBytesForCurrentThread()
        apply ()
        let allocated = System.GC.GetAllocatedBytesForCurrentThread() - before
        Assert.Equal(1_000, target.Count)
        // The account of the batch, and nothing by record.
        Assert.InRange(allocated, 0L, 1_000L)

[<Fact>]
let ``every field of the parts is told to readers that cut only what they are asked for`` () =
    Assert.Equal<string list>(
        [ "a"; "b"; "c.d" ],
        MapTemplate.fieldNames [ joined [ field "b"; text "/"; field "c.d" ] ]
    )

[<Fact>]
let ``a part that names no column is an error of the mapping`` () =
    match MapPlan.bind (specOf [ joined [ field "c" ] ]) [| "a"; "b" |] with
    | Error [ error ] -> Assert.Equal("CTI-MAP-101", error.code)
    | other -> invalidOp $"%A{other}"

[<Fact>]
let ``putting parts together gives their concatenation, record after record, or one rejection where it is too long``
    ()
    =
    let word =
        Gen.elements [ "a"; "bc"; " "; "\t"; "\""; "é"; "/"; "," ]
        |> Gen.nonEmptyListOf
        |> Gen.map (fun pieces -> "x" + String.concat "" pieces)

    let part = Gen.oneof [ word |> Gen.map text; Gen.elements [ field "a"; field "b" ] ]

    let cases =
        Gen.zip (Gen.nonEmptyListOf part) (Gen.nonEmptyListOf (Gen.zip word word))

    check (
        Prop.forAll (Arb.fromGen cases) (fun (parts, rows) ->
            let quoted (cell: string) =
                "\"" + cell.Replace("\"", "\"\"") + "\""

            let table =
                rows
                |> List.map (fun (a, b) -> quoted a + "," + quoted b + "\n")
                |> String.concat ""

            let expected =
                rows
                |> List.map (fun (a, b) ->
                    parts
                    |> List.map (fun part ->
                        match part with
                        | ValuePart.Const text -> text
                        | ValuePart.Field field when field = name "a" -> a.Trim()
                        | ValuePart.Field _ -> b.Trim())
                    |> String.concat ""
                    |> fun rest -> a.Trim() + rest)

            let short, long =
                expected
                |> List.partition (fun value -> Encoding.UTF8.GetByteCount value <= 4096)

            let outcome = map [ joined parts ] ("a,b\n" + table)

            valuesOf outcome = (short |> List.map (fun value -> "auto " + value))
            && codesOf outcome = (long |> List.map (fun _ -> "CTI-MAP-015")))
    )
