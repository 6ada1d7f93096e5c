// The predicate language by example: what selects what, how NULL behaves, how it prints, what its errors say and where.
module Cti.Core.Tests.PredicateTests

open System
open Xunit
open FsCheck.FSharp
open Cti.Core
open Cti.Core.Predicates
open Cti.Core.Tests.Support

let private row: IRow =
    FieldRow()
        .With(TextField.Type, "url")
        .With(TextField.Value, "http://Bücher.example/100%_off?x='1'")
        .With(TextField.Tlp, "green")
        .With(NumberField.Score, 59L)
        .With(NumberField.Confidence, 80L)
        .With(TimeField.FirstSeen, Timestamp.ofDateTimeOffset (DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)))
        .With(ListField.Labels, [ "c2"; "träge" ])

let private answer (text: string) =
    match Predicate.parse text with
    | Ok predicate -> Evaluator(predicate).Answer row
    | Error errors -> invalidOp $"%s{text}: %A{errors}"

[<Theory>]
[<InlineData("type = 'url'", Truth.True)>]
[<InlineData("TYPE <> 'url'", Truth.False)>]
[<InlineData("type != 'domain'", Truth.True)>]
[<InlineData("score >= 59 and score < 60", Truth.True)>]
[<InlineData("score > 58.5", Truth.True)>]
[<InlineData("score = 59.0", Truth.True)>]
[<InlineData("score > -1", Truth.True)>]
[<InlineData("score BETWEEN 0 AND 58 OR confidence = 80", Truth.True)>]
[<InlineData("score NOT BETWEEN 0 AND 58", Truth.True)>]
[<InlineData("not type = 'url'", Truth.False)>]
[<InlineData("NOT NOT type = 'url'", Truth.True)>]
[<InlineData("type in ('domain', 'url')", Truth.True)>]
[<InlineData("type not in ('domain', 'url')", Truth.False)>]
[<InlineData("value LIKE 'http://%'", Truth.True)>]
[<InlineData("value LIKE 'HTTP://%'", Truth.False)>]
[<InlineData("value LIKE 'http://B_cher.%'", Truth.True)>]
[<InlineData(@"value LIKE '%100\%\_off%' ESCAPE '\'", Truth.True)>]
[<InlineData(@"value LIKE '%100x_off%'", Truth.False)>]
[<InlineData("contains(value, '=''1''')", Truth.True)>]
[<InlineData("starts_with(value, 'http')", Truth.True)>]
[<InlineData("ends_with(lower(value), 'X=''1''')", Truth.False)>]
[<InlineData("lower(value) LIKE '%bücher%'", Truth.True)>]
[<InlineData("length(value) = 36", Truth.True)>]
[<InlineData("length('é😀') = 2", Truth.True)>]
[<InlineData("has(labels, 'träge')", Truth.True)>]
[<InlineData("has(labels, 'trage')", Truth.False)>]
[<InlineData("first_seen = TIMESTAMP '2026-01-01T00:00:00Z'", Truth.True)>]
[<InlineData("first_seen < timestamp '2026-01-01 00:00:00.000001'", Truth.True)>]
[<InlineData("first_seen IN (TIMESTAMP '2026-01-01')", Truth.True)>]
[<InlineData("source_count > 1", Truth.Unknown)>]
[<InlineData("NOT source_count > 1", Truth.Unknown)>]
[<InlineData("source_count > 1 AND type = 'domain'", Truth.False)>]
[<InlineData("source_count > 1 AND type = 'url'", Truth.Unknown)>]
[<InlineData("source_count > 1 OR type = 'url'", Truth.True)>]
[<InlineData("source_count IN (1, 2)", Truth.Unknown)>]
[<InlineData("source_count IS NULL", Truth.True)>]
[<InlineData("source_count IS NOT NULL", Truth.False)>]
[<InlineData("has(sources, 'x')", Truth.Unknown)>]
[<InlineData("last_seen BETWEEN TIMESTAMP '2026-01-01' AND TIMESTAMP '2026-02-01'", Truth.Unknown)>]
[<InlineData("type = 'url' OR type = 'domain' AND score > 60", Truth.True)>]
[<InlineData("(type = 'url' OR type = 'domain') AND score > 60", Truth.False)>]
let ``a predicate answers`` (text: string, expected: Truth) = Assert.Equal(expected, answer text)

[<Fact>]
let ``texts compare by code point and not by UTF-16 unit`` () =
    // U+FFEE comes before U+1F600, whose surrogates come before it.
    Assert.Equal(Truth.True, answer "'\uFFEE' < '😀'")

[<Theory>]
[<InlineData("scor >= 60", 0, 4, "CTI-PRED-003", "did you mean `score`?")>]
[<InlineData("type = 'ulr'", 7, 5, "CTI-PRED-007", "did you mean `url`?")>]
[<InlineData("tlp IN ('green', 'grean')", 17, 7, "CTI-PRED-007", "did you mean `green`?")>]
[<InlineData("tlp <= 'green'", 0, 14, "CTI-PRED-005", "tlp IN")>]
[<InlineData("score >= '60'", 0, 13, "CTI-PRED-005", "write 60 without quotes")>]
[<InlineData("value = 5", 0, 9, "CTI-PRED-005", "text stands in single quotes")>]
[<InlineData("first_seen > '2026-01-01'", 0, 25, "CTI-PRED-005", "TIMESTAMP '2026-01-01'")>]
[<InlineData("first_seen > TIMESTAMP 'soon'", 13, 16, "CTI-PRED-008", "TIMESTAMP '2026-01-01T00:00:00Z'")>]
[<InlineData("labels = 'c2'", 0, 13, "CTI-PRED-005", "has(labels, 'x')")>]
[<InlineData("labels LIKE 'c2'", 0, 6, "CTI-PRED-005", "has(labels, 'x')")>]
[<InlineData("has(value, 'c2')", 4, 5, "CTI-PRED-005", "contains")>]
[<InlineData("startswith(value, 'x')", 0, 22, "CTI-PRED-004", "did you mean `starts_with`?")>]
[<InlineData("lower(value, 'x') = 'x'", 0, 17, "CTI-PRED-006", "write lower(text)")>]
[<InlineData("value = NULL", 8, 4, "CTI-PRED-001", "IS NULL")>]
[<InlineData("value = \"x\"", 8, 1, "CTI-PRED-001", "single quotes")>]
[<InlineData("value = 'x", 8, 2, "CTI-PRED-001", "close it")>]
[<InlineData("score + 1 > 5", 6, 1, "CTI-PRED-001", "no arithmetic")>]
[<InlineData("score > 1 && score < 5", 10, 1, "CTI-PRED-001", "AND")>]
[<InlineData("score", 0, 5, "CTI-PRED-010", "compare it")>]
[<InlineData("", 0, 1, "CTI-PRED-001", "")>]
[<InlineData("score > 1 score", 10, 5, "CTI-PRED-001", "")>]
[<InlineData("(score > 1", 10, 1, "CTI-PRED-001", "")>]
[<InlineData("score > 1234567890123456789", 8, 19, "CTI-PRED-008", "18 digits")>]
[<InlineData(@"value LIKE 'x\' ESCAPE '\'", 11, 4, "CTI-PRED-009", "")>]
[<InlineData("value LIKE type", 11, 4, "CTI-PRED-009", "")>]
[<InlineData("value NOT = 'x'", 10, 1, "CTI-PRED-001", "")>]
let ``an error says where, what and what to do`` (text: string, offset: int, length: int, code: string, hint: string) =
    match Predicate.parse text with
    | Ok predicate -> invalidOp (Predicate.print predicate)
    | Error errors ->
        let error = Assert.Single errors
        Assert.Equal((offset, length, code), (error.Offset, error.Length, error.Code))
        Assert.Contains(hint, error.Hint)

[<Fact>]
let ``all errors of meaning are said at once`` () =
    match Predicate.parse "scor > 1 AND valu = 'x' AND type = 'ulr' OR score = 'x'" with
    | Ok predicate -> invalidOp (Predicate.print predicate)
    | Error errors -> Assert.Equal<int list>([ 0; 13; 35; 44 ], errors |> List.map (fun error -> error.Offset))

[<Fact>]
let ``nesting is bounded, length is bounded, long chains are not deep`` () =
    let code text =
        match Predicate.parse text with
        | Ok _ -> "ok"
        | Error errors -> errors.Head.Code

    let nested count =
        String('(', count) + "score > 1" + String(')', count)

    Assert.Equal("ok", code (nested 90))
    Assert.Equal("CTI-PRED-002", code (nested 30_000))
    Assert.Equal("CTI-PRED-002", code (String.replicate 10_000 "NOT " + "score > 1"))
    Assert.Equal("CTI-PRED-002", code (String.replicate 10_000 "lower("))
    Assert.Equal("CTI-PRED-002", code (String(' ', 70_000) + "score > 1"))
    Assert.Equal("ok", code (String.replicate 4_000 "score > 1 OR " + "score > 1"))

[<Fact>]
let ``printing and parsing are inverse`` () =
    Prop.forAll (Arb.fromGen PredicateGen.predicate) (fun predicate ->
        Predicate.parse (Predicate.print predicate) = Ok predicate)
    |> checkMany 3_000

[<Fact>]
let ``no text makes the parser fail otherwise than with an error`` () =
    let pieces =
        [
            "("
            ")"
            ","
            "NOT"
            "AND"
            "OR"
            "IN"
            "LIKE"
            "BETWEEN"
            "IS"
            "NULL"
            "TIMESTAMP"
            "ESCAPE"
            "value"
            "labels"
            "'x'"
            "'"
            "1"
            "-"
            "<="
            "lower"
            "has"
            "\000"
            "é"
        ]

    let text = Gen.elements pieces |> Gen.listOf |> Gen.map (String.concat " ")

    Prop.forAll (Arb.fromGen text) (fun text ->
        match Predicate.parse text with
        | Ok predicate -> Predicate.parse (Predicate.print predicate) = Ok predicate
        | Error errors ->
            errors
            |> List.forall (fun error -> error.Offset >= 0 && error.Offset <= text.Length && error.Length >= 1))
    |> checkMany 3_000

[<Fact>]
let ``asking allocates nothing`` () =
    match
        Predicate.parse
            "lower(value) LIKE '%bücher%' AND score BETWEEN 10 AND 60.5 AND has(labels, 'träge') AND type IN ('url', 'domain')"
    with
    | Error errors -> invalidOp $"%A{errors}"
    | Ok predicate ->
        let evaluator = Evaluator predicate
        let mutable selected = 0

        for _ in 1..1_000 do
            if evaluator.Selects row then
                selected <- selected + 1

        let before = GC.GetAllocatedBytesForCurrentThread()

        for _ in 1..10_000 do
            if evaluator.Selects row then
                selected <- selected + 1

        Assert.Equal(0L, GC.GetAllocatedBytesForCurrentThread() - before)
        Assert.Equal(11_000, selected)

[<Fact>]
let ``a row of an indicator batch answers as its columns say`` () =
    let batch = IndicatorBatch 1
    let at = batch.Add()
    batch.Type[at] <- ObservableType.Domain
    batch.Value.Add(ReadOnlySpan<byte> "example.com"B)
    batch.Score[at] <- 5_999
    batch.Confidence[at] <- 80uy
    batch.Tlp[at] <- Tlp.AmberStrict
    batch.Labels[at] <- NameSet.Of [ "c2" ]
    batch.Sources[at] <- NameSet.Of [ "one"; "two" ]
    batch.FirstSeen[at] <- Timestamp.none
    batch.LastSeen[at] <- day 0
    let row = IndicatorRow()
    row.MoveTo(batch, at)

    let holds text =
        match Predicate.parse text with
        | Ok predicate -> Evaluator(predicate).Selects row
        | Error errors -> invalidOp $"%A{errors}"

    Assert.True(
        holds
            "type = 'domain' AND value = 'example.com' AND score = 59 AND confidence = 80 AND tlp = 'amber+strict' AND
             has(labels, 'c2') AND has(sources, 'two') AND source_count = 2 AND first_seen IS NULL AND last_seen IS NOT NULL"
    )
