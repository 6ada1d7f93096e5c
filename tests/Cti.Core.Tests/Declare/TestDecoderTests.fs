// Tests as they are written in a pipeline's file: what they mean, and what is refused because it could never say anything.
module Cti.Core.Tests.TestDecoderTests

open Xunit
open Cti.Core
open Cti.Core.Declare
open Cti.Core.Predicates

let private pipeline (tests: string) =
    $"""{{ pipeline: p, sources: [ {{ name: a, from: {{ type: file, path: x }}, read: {{ type: lines }},
    map: [ {{ value: {{ field: line }}, type: auto }} ], trust: {{ reliability: A, credibility: 1, confidence: 50, tlp: clear }} }} ],
  sinks: [ {{ name: k, render: {{ type: plain_list }}, to: {{ type: file, path: o.txt }} }} ],
  tests: [ %s{tests} ] }}"""

let private test (keys: string) =
    $"{{ name: t, source: a, now: 2026-01-01T00:00:00Z, %s{keys} }}"

let private decode (tests: string) =
    match PipelineDecoder.decode (Flow.read (pipeline tests)) with
    | Ok pipeline -> pipeline.Tests
    | Error diagnostics -> diagnostics |> List.map Diagnostic.print |> String.concat "\n" |> invalidOp

let private problems (tests: string) =
    match PipelineDecoder.decode (Flow.read (pipeline tests)) with
    | Ok _ -> []
    | Error diagnostics -> diagnostics |> List.map (fun diagnostic -> diagnostic.Code, diagnostic.Path)

[<Fact>]
let ``a test says what is given and what is expected, each at its place`` () =
    let test =
        test
            "given: '', also: [ { source: a, given_file: f.gz } ],
       expect: { indicators: [ { type: url, score: 60, confidence: ..50, labels: [ b, a, b ], last_seen: 2026-01-01T00:00:00Z, status: expired } ],
                 sinks: { k: '' }, files: { k: g.txt }, counts: { records: 1.. } }"
        |> decode
        |> Assert.Single

    match test.Inputs |> List.map (fun input -> input.Given) with
    | [ Given.Text given; Given.File path ] ->
        Assert.Equal("", given.Value)
        Assert.Equal("f.gz", path.Value)
    | other -> invalidOp $"%A{other}"

    let indicator = Assert.Single test.Expect.Indicators.Value.Value
    Assert.Equal(5, indicator.Span.Start.Line)
    Assert.Equal(Some IndicatorStatus.Expired, indicator.Value.Status)

    Assert.Equal<FieldTest list>(
        [
            FieldTest.Text(TextField.Type, "url")
            FieldTest.Number(
                NumberField.Score,
                {
                    Low = ValueSome 60L
                    High = ValueSome 60L
                }
            )
            FieldTest.Number(
                NumberField.Confidence,
                {
                    Low = ValueNone
                    High = ValueSome 50L
                }
            )
            FieldTest.Names(ListField.Labels, [ "a"; "b" ])
            FieldTest.Time(TimeField.LastSeen, Timestamp.ofMicroseconds 1_767_225_600_000_000L)
        ],
        indicator.Value.Fields
    )

    Assert.Equal("", (snd (Assert.Single test.Expect.Sinks)).Value)
    Assert.Equal("g.txt", (snd (Assert.Single test.Expect.Files)).Value)
    Assert.Equal(TestCount.Records, fst (Assert.Single test.Expect.Counts))

[<Theory>]
[<InlineData("given: x, expect: {}", "CTI-CFG-040", "tests[0].expect")>]
[<InlineData("given: x, expect: { sinks: {}, counts: {} }", "CTI-CFG-040", "tests[0].expect")>]
[<InlineData("given: x, expect: { indicators: [ {} ] }", "CTI-CFG-040", "tests[0].expect.indicators[0]")>]
[<InlineData("expect: { indicators: [] }", "CTI-CFG-013", "tests[0]")>]
[<InlineData("given: x, expect: { sinks: { kk: x } }", "CTI-CFG-015", "tests[0].expect.sinks.kk")>]
[<InlineData("given: x, expect: { files: { kk: x } }", "CTI-CFG-015", "tests[0].expect.files.kk")>]
[<InlineData("given: x, also: [ { source: b, given: x } ], expect: { indicators: [] }",
             "CTI-CFG-015",
             "tests[0].also[0].source")>]
[<InlineData("given: x, expect: { dead_letters: [ { code: CTI-NORM-8 } ] }",
             "CTI-CFG-009",
             "tests[0].expect.dead_letters[0].code")>]
[<InlineData("given: x, expect: { dead_letters: [ { code: CTI-NORM-008, line: 0 } ] }",
             "CTI-CFG-010",
             "tests[0].expect.dead_letters[0].line")>]
let ``each mistake is one diagnostic at its place`` (keys: string, code: string, path: string) =
    Assert.Equal<(string * string) list>([ code, path ], problems (test keys))

[<Fact>]
let ``two tests cannot share a golden file`` () =
    let keys = "given: x, expect: { files: { k: g.txt } }"

    Assert.Equal<(string * string) list>(
        [ "CTI-CFG-012", "tests[1].expect.files.k" ],
        problems (test keys + ", " + (test keys).Replace("name: t", "name: u"))
    )

[<Fact>]
let ``a list of expectations has an end`` () =
    let entries (count: int) =
        let entries = String.replicate count "{ type: url }, "
        test $"given: x, expect: {{ indicators: [ %s{entries}{{ type: url }} ] }}"

    Assert.Empty(problems (entries 1_999))
    Assert.Equal<(string * string) list>([ "CTI-CFG-010", "tests[0].expect.indicators" ], problems (entries 2_000))
