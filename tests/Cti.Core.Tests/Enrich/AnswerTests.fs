// What is taken of services' answers, and how predicates and lines see it.
module Cti.Core.Tests.Enrich.AnswerTests

open System
open System.Text
open Cti.Core
open Cti.Core.Declare
open Cti.Core.Predicates
open Cti.Core.Tests
open Xunit

let private asked (name: string) (kind: FactKind) (path: string) : AskedFact =
    match JsonPath.tryParse path with
    | Ok path ->
        {
            Fact = { Name = name; Kind = kind }
            Path = path
        }
    | Error problem -> invalidOp problem

let private read (kind: FactKind) (path: string) (answer: string) =
    match AnswerReading.tryRead [ asked "a" kind path ] (ReadOnlyMemory(Encoding.UTF8.GetBytes answer)) with
    | ValueSome [| FactValue.Unknown |] -> "unknown"
    | ValueSome [| FactValue.Text text |] -> "text " + Encoding.UTF8.GetString text
    | ValueSome [| FactValue.Number number |] -> $"number %d{number}"
    | ValueSome [| FactValue.Flag flag |] -> $"flag %b{flag}"
    | ValueSome _ -> "several"
    | ValueNone -> "no JSON"

[<Theory>]
[<InlineData("text", "a", """{"a":"x"}""", "text x")>]
[<InlineData("text", "a", """{"a":7}""", "text 7")>]
[<InlineData("text", "a", """{"a":true}""", "text true")>]
[<InlineData("text", "a", """{"a":""}""", "unknown")>]
[<InlineData("text", "a", """{"a":null}""", "unknown")>]
[<InlineData("text", "a", """{"a":{"b":1}}""", "unknown")>]
[<InlineData("text", "a", "{\"a\":\"\\ud800\"}", "unknown")>]
[<InlineData("text", "data.items.1.name", """{"data":{"items":[{"name":"x"},{"name":"y"}]}}""", "text y")>]
[<InlineData("text", "data.items.2.name", """{"data":{"items":[]}}""", "unknown")>]
[<InlineData("number", "a", """{"a":7}""", "number 7000000")>]
[<InlineData("number", "a", """{"a":-0.5}""", "number -500000")>]
[<InlineData("number", "a", """{"a":"1e3"}""", "number 1000000000")>]
[<InlineData("number", "a", """{"a":0.0000001}""", "number 0")>]
[<InlineData("number", "a", """{"a":1e30}""", "unknown")>]
[<InlineData("number", "a", """{"a":1e400}""", "unknown")>]
[<InlineData("number", "a", """{"a":"many"}""", "unknown")>]
[<InlineData("number", "a", """{"a":true}""", "unknown")>]
[<InlineData("flag", "a", """{"a":false}""", "flag false")>]
[<InlineData("flag", "a", """{"a":"true"}""", "unknown")>]
[<InlineData("text", "a", "[1,2]", "unknown")>]
[<InlineData("text", "a", "<html>", "no JSON")>]
[<InlineData("text", "a", "", "no JSON")>]
let ``an answer gives a fact of its kind or nothing`` (kind: string, path: string, answer: string, expected: string) =
    let kind =
        match kind with
        | "text" -> FactKind.Text
        | "number" -> FactKind.Number
        | _ -> FactKind.Flag

    Assert.Equal(expected, read kind path answer)

[<Fact>]
let ``an answer that is nested without end is none`` () =
    Assert.Equal("no JSON", read FactKind.Text "a" (String('[', 100_000)))

[<Fact>]
let ``a long text is cut between two characters`` () =
    match FactValue.ofText (String('\u00e9', 600)) with
    | FactValue.Text text -> Assert.Equal(1024, text.Length)
    | other -> invalidOp $"%A{other}"

    match FactValue.ofText ("x" + String('\u00e9', 600)) with
    | FactValue.Text text -> Assert.Equal(1023, text.Length)
    | other -> invalidOp $"%A{other}"

let private facts =
    [
        {
            Name = "rep_score"
            Kind = FactKind.Number
        }
        {
            Name = "rep_label"
            Kind = FactKind.Text
        }
        {
            Name = "rep_bad"
            Kind = FactKind.Flag
        }
    ]

let private row (values: FactValue list) =
    let batch = IndicatorBatch 1
    batch.Facts <- FactColumns 1
    batch.Add() |> ignore
    batch.Type[0] <- ObservableType.Domain
    batch.Value.Add(ReadOnlySpan<byte>("a.example"B))

    match batch.Facts with
    | null -> ()
    | columns -> columns.Answers[0] <- AnswerFacts.Of(Array.ofList facts, Array.ofList values)

    let row = IndicatorRow()
    row.MoveTo(batch, 0)
    row

let private holds (text: string) (values: FactValue list) =
    match Predicate.parseWith facts text with
    | Ok predicate -> Evaluator(predicate).Selects(row values)
    | Error errors -> invalidOp $"%A{errors}"

let private known =
    [ FactValue.ofNumber 7.25m; FactValue.ofText "it's"; FactValue.Flag true ]

let private unknown = [ FactValue.Unknown; FactValue.Unknown; FactValue.Unknown ]

[<Theory>]
[<InlineData("rep_score > 7.2", true, false)>]
[<InlineData("rep_score = 7.25", true, false)>]
[<InlineData("rep_score < 0", false, false)>]
[<InlineData("REP_SCORE IS NULL", false, true)>]
[<InlineData("rep_label = 'it''s'", true, false)>]
[<InlineData("rep_label LIKE 'it%'", true, false)>]
[<InlineData("rep_bad", true, false)>]
[<InlineData("NOT rep_bad", false, false)>]
let ``predicates ask named facts, and what is not known selects nothing``
    (text: string, isKnown: bool, isUnknown: bool)
    =
    Assert.Equal(isKnown, holds text known)
    Assert.Equal(isUnknown, holds text unknown)

[<Fact>]
let ``negative numbers compare as numbers`` () =
    Assert.True(holds "rep_score = -12.5" [ FactValue.ofNumber -12.5m; FactValue.Unknown; FactValue.Unknown ])

[<Fact>]
let ``a predicate over named facts prints as it parses`` () =
    let text = "rep_score > 7 AND (rep_bad OR rep_label = 'x')"

    match Predicate.parseWith facts text with
    | Ok predicate -> Assert.Equal(Ok predicate, Predicate.parseWith facts (Predicate.print predicate))
    | Error errors -> invalidOp $"%A{errors}"

[<Fact>]
let ``known facts are members of a line, each escaped`` () =
    Assert.Equal(
        ",\"rep_score\":7.25,\"rep_label\":\"it's\",\"rep_bad\":true",
        Encoding.UTF8.GetString(AnswerFacts.Of(Array.ofList facts, Array.ofList known).Members)
    )

let private document (enrich: string) (where: string) =
    $"{{ pipeline: p, sources: [ {{ name: a, from: {{ type: stdin }}, read: {{ type: lines }}, map: [ {{ value: {{ field: line }}, type: auto }} ] }} ],
  enrich: [ %s{enrich} ],
  sinks: [ {{ name: l, render: {{ type: plain_list }}, to: {{ type: file, path: l.txt }}, where: \"%s{where}\" }} ] }}"

let private problems (enrich: string) (where: string) =
    match PipelineDecoder.decode (Flow.read (document enrich where)) with
    | Ok _ -> []
    | Error diagnostics -> diagnostics |> List.map (fun diagnostic -> diagnostic.Code)

let private service (more: string) =
    "{ type: http, name: rep, types: [ domain ], url: 'https://rep.example/v1/{value}', facts: { rep_score: { path: data.score, type: number } }"
    + more
    + " }"

[<Fact>]
let ``a named fact is a field of its pipeline`` () =
    Assert.Empty(problems (service "") "rep_score >= 5")
    Assert.NotEmpty(problems (service "") "rep_scroe >= 5")
    Assert.NotEmpty(problems (service "") "rep_score = 'high'")

[<Fact>]
let ``a service alone gets every limit`` () =
    match PipelineDecoder.decode (Flow.read (document (service "") "rep_score > 0")) with
    | Ok {
             Enrich = [ EnrichSettings.Http http ]
         } ->
        Assert.Equal((Tlp.Clear, None), (http.MaxTlp, http.Where))
        Assert.Equal((TimeSpan.FromDays 7.0, TimeSpan.FromDays 1.0), (http.Ttl, http.NegativeTtl))
        Assert.Equal((60, 1000, 4), (http.RequestsPerMinute, http.MaxRequests, http.Parallel))
        Assert.Equal((TimeSpan.FromMinutes 1.0, TimeSpan.FromSeconds 10.0), (http.MaxTime, http.Page.Timeout))
        Assert.Equal((1_000_000L, 2), (http.Page.MaxBytes, http.Page.Retries))
    | other -> invalidOp $"%A{other}"

[<Theory>]
[<InlineData(", types: []", "CTI-CFG-011", "types")>]
[<InlineData(", types: [ ip ]", "CTI-CFG-008", "types[0]")>]
[<InlineData(", facts: {}", "CTI-CFG-014", "facts")>]
[<InlineData(", facts: { a: { path: 'b.*' } }", "CTI-CFG-014", "facts.a.path")>]
[<InlineData(", facts: { a: { path: b, type: date } }", "CTI-CFG-008", "facts.a.type")>]
[<InlineData(", where: 'country = 1'", "CTI-PRED-005", "where")>]
[<InlineData(", where: kev", "CTI-CFG-070", "where")>]
[<InlineData(", max_tlp: secret", "CTI-CFG-008", "max_tlp")>]
[<InlineData(", parallel: 0", "CTI-CFG-010", "parallel")>]
[<InlineData(", max_time: 2h", "CTI-CFG-010", "max_time")>]
[<InlineData(", requests_per_minute: 0", "CTI-CFG-010", "requests_per_minute")>]
[<InlineData(", body: x", "CTI-CFG-014", "body")>]
let ``what no service can say is told at its place`` (more: string, code: string, path: string) =
    // A key of the test stands in the place of the same one that every service has.
    let key = more.Substring(2, more.IndexOf ':' - 2)

    let written =
        match key with
        | "types" -> (service more).Replace("types: [ domain ], ", "")
        | "facts" -> (service more).Replace(", facts: { rep_score: { path: data.score, type: number } }", "")
        | _ -> service more

    match PipelineDecoder.decode (Flow.read (document written "score > 0")) with
    | Error [ problem ] -> Assert.Equal((code, "enrich[0]." + path), (problem.Code, problem.Path))
    | other -> invalidOp $"%A{other}"

[<Theory>]
[<InlineData("url: 'https://{value}/v1'")>]
[<InlineData("url: 'https://rep.example:{value}/v1'")>]
[<InlineData("url: 'https://rep.example/v1'")>]
let ``a value chooses no host and must be asked about`` (url: string) =
    let written = (service "").Replace("url: 'https://rep.example/v1/{value}'", url)
    Assert.NotEmpty(problems written "score > 0")

[<Theory>]
[<InlineData("country")>]
[<InlineData("like")>]
[<InlineData("Rep")>]
[<InlineData("1st")>]
let ``a fact has a name of its own`` (name: string) =
    Assert.NotEmpty(problems ((service "").Replace("rep_score", name)) "score > 0")

[<Fact>]
let ``two services share neither names nor facts`` () =
    Assert.Equal<string list>([ "CTI-CFG-071"; "CTI-CFG-071" ], problems (service "" + ", " + service "") "score > 0")
