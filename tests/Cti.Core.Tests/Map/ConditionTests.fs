// `when`: which records a template is for, and what becomes of those that none is for.
module Cti.Core.Tests.Map.ConditionTests

open System
open System.Collections.Generic
open FsCheck.FSharp
open Xunit
open Cti.Core
open Cti.Core.Predicates
open Cti.Core.Tests.Support
open Cti.Core.Tests.Map.MapFixture

let private holds (text: string) (record: string) =
    let _, target, rejections, counts =
        map [ { byValue with When = condition text } ] $"value,status,score,First seen,tags\n%s{record}\n"

    Assert.Empty rejections
    Assert.Equal(1L, counts.Out + counts.Screened)
    target.Count = 1

[<Theory>]
[<InlineData("status = 'online'", true)>]
[<InlineData("status = 'Online'", false)>]
[<InlineData("lower(status) IN ('online', 'up')", true)>]
[<InlineData("status <> 'offline' AND score >= 50", true)>]
[<InlineData("score > 75", false)>]
[<InlineData("score = 75.0", true)>]
[<InlineData("75 = score", true)>]
[<InlineData("score BETWEEN 70 AND 80", true)>]
[<InlineData("score IN (74, 75)", true)>]
[<InlineData("score IN ('75')", true)>]
[<InlineData("score NOT IN (75)", false)>]
[<InlineData("score < '8'", true)>]
[<InlineData("status > 5", false)>]
[<InlineData("NOT status > 5", false)>]
[<InlineData("status LIKE 'on%'", true)>]
[<InlineData("\"First seen\" IS NULL", true)>]
[<InlineData("\"First seen\" > 0 OR status = 'online'", true)>]
[<InlineData("has(tags, 'b')", true)>]
[<InlineData("has(tags, 'a b')", false)>]
[<InlineData("starts_with(value, '192.') AND length(value) = 9", true)>]
let ``a condition looks at the record's columns as text, and as numbers beside numbers``
    (text: string, expected: bool)
    =
    Assert.Equal(expected, holds text "192.0.2.1, online ,75,,a\u001fb\u001fc")

[<Fact>]
let ``a column that is no number is no number`` () =
    for cell in
        [
            ""
            "n/a"
            "1e2"
            "1,5"
            "0x10"
            "--1"
            "12345678901234567890123456789012345"
        ] do
        Assert.False(holds "score >= 0" $"v,,\"%s{cell}\",,")
        Assert.False(holds "NOT score >= 0" $"v,,\"%s{cell}\",,")

    for cell in [ "0"; " 7 "; "+7"; "3.25"; "007" ] do
        Assert.True(holds "score >= 0" $"v,,%s{cell},,")

[<Fact>]
let ``a record no template is for is screened once, by the first condition`` () =
    let text = "value,status\na,online\nb,offline\nc,\n,offline\n"

    let _, target, rejections, counts =
        map
            [
                { byValue with
                    When = condition "status = 'online'"
                }
                { byValue with
                    When = condition "status = 'up'"
                }
            ]
            text

    Assert.Empty rejections
    Assert.Equal(1, target.Count)
    Assert.Equal(3L, counts.Screened)
    Assert.Equal<int list>([ 1; 2; 3 ], [ for refused in target.Refused -> refused.Record ])

    for refused in target.Refused do
        Assert.Equal(Refusal.Condition "status = 'online'", refused.Refusal)
        Assert.Equal("CTI-SCREEN-006", refused.Refusal.code)

[<Fact>]
let ``templates with conditions share a record's rows between them`` () =
    let _, target, _, counts =
        map
            [
                { byValue with
                    When = condition "kind = 'hash'"
                    Type = TypeRule.Fixed ObservableType.Md5
                }
                { byValue with
                    When = condition "kind <> 'hash'"
                    Type = TypeRule.Fixed ObservableType.Url
                }
            ]
            "kind,value\nhash,a\nurl,b\n,c\n"

    Assert.Equal<TypeHint list>(
        [ TypeHint.Fixed ObservableType.Md5; TypeHint.Fixed ObservableType.Url ],
        [ target.Hint[0]; target.Hint[1] ]
    )

    // Neither condition is true of an empty column.
    Assert.Equal(1L, counts.Screened)

[<Fact>]
let ``a condition may name columns of the source only, and is a reason to read them`` () =
    let template =
        { byValue with
            When = condition "statsu = 'x' AND \"First seen\" IS NULL"
        }

    Assert.Equal<FieldRef list>([ name "value"; name "statsu"; name "First seen" ], MapTemplate.fields template)

    match MapPlan.bind (specOf [ template ]) [| "value"; "status"; "First seen" |] with
    | Ok _ -> Assert.Fail "bound"
    | Error errors ->
        let error = Assert.Single errors
        Assert.Equal("CTI-MAP-101", error.code)
        Assert.Contains("did you mean 'status'?", error.message)

[<Theory>]
[<InlineData("status = 'online'", "status = 'online'")>]
[<InlineData("\"First seen\" IS NOT NULL AND score>=5", "\"First seen\" IS NOT NULL AND score >= 5")>]
[<InlineData("\"a\"\"b\" = 'x' OR \"NULL\" = 'y' OR \"1\" = 'z'", "\"a\"\"b\" = 'x' OR \"NULL\" = 'y' OR \"1\" = 'z'")>]
[<InlineData("has(tags, 'x')", "has(tags, 'x')")>]
let ``a condition prints and is the same again`` (text: string, printed: string) =
    match RecordPredicate.parse text with
    | Error errors -> invalidOp $"%A{errors}"
    | Ok parsed ->
        Assert.Equal(printed, Predicate.print parsed.Predicate)

        match RecordPredicate.parse printed with
        | Ok again -> Assert.Equal(parsed.Predicate, again.Predicate)
        | Error errors -> invalidOp $"%A{errors}"

[<Theory>]
[<InlineData("status", "CTI-PRED-010")>]
[<InlineData("status = ", "CTI-PRED-001")>]
[<InlineData("\"status = 'x'", "CTI-PRED-001")>]
[<InlineData("seen > TIMESTAMP '2026-01-01'", "CTI-PRED-005")>]
[<InlineData("size(status) = 1", "CTI-PRED-004")>]
let ``a bad condition says so`` (text: string, code: string) =
    match RecordPredicate.parse text with
    | Ok parsed -> invalidOp (Predicate.print parsed.Predicate)
    | Error errors -> Assert.Equal(code, errors.Head.Code)

[<Fact>]
let ``asking a record allocates nothing`` () =
    let spec =
        specOf
            [
                { byValue with
                    When = condition "lower(status) = 'online' AND score >= 50 AND has(tags, 'c')"
                }
            ]

    let raw, columns = read "value,status,score,tags\nv,ONLINE,51,a\u001fb\u001fc\n"

    match MapPlan.bind spec columns with
    | Error errors -> invalidOp $"%A{errors}"
    | Ok bound ->
        let memory = MapMemory spec
        let target = CandidateBatch 4
        let rejections = List<Rejection>()

        let mapMany count =
            for _ in 1..count do
                bound.Apply(raw, target, rejections, memory) |> ignore

        mapMany 1_000
        let before = GC.GetAllocatedBytesForCurrentThread()
        mapMany 10_000
        // One account per batch is made; nothing per question.
        Assert.True((GC.GetAllocatedBytesForCurrentThread() - before) / 10_000L <= 200L)
        Assert.Equal(1, target.Count)

[<Fact>]
let ``the books balance whatever the condition says`` () =
    let cell = Gen.elements [ ""; "online"; "5"; "50"; "a,b"; " " ]

    let condition =
        Gen.elements [ "a = 'online'"; "a > 10 OR b IS NULL"; "NOT (a = b)"; "value LIKE '%,%'" ]

    let cases = Gen.zip condition (cell |> Gen.listOfLength 3 |> Gen.listOf)

    check (
        Prop.forAll (Arb.fromGen cases) (fun (text, rows) ->
            let template =
                { byValue with
                    When = MapFixture.condition text
                    Value =
                        { ValueRule.ofField (name "value") with
                            Split = [ "," ]
                        }
                }

            let lines =
                rows
                |> List.map (fun row -> row |> List.map (sprintf "\"%s\"") |> String.concat ",")
                |> String.concat "\n"

            // `map` itself asserts the balance.
            let _, _, _, counts =
                map [ template; { byValue with When = template.When } ] ("value,a,b\n" + lines)

            counts.In = int64 rows.Length)
    )
