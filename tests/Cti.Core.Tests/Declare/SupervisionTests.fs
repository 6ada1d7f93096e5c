// How supervision is written, and what it decides.
module Cti.Core.Tests.SupervisionTests

open System
open Xunit
open Cti.Core
open Cti.Core.Declare
open Cti.Core.Tests

let private decode (source: string) =
    PipelineDecoder.decode (
        Flow.read
            $"{{pipeline: p, sources: [{{name: a, from: {{type: file, path: x}}, read: {{type: lines}}, map: [{{value: {{field: line}}, type: auto}}]%s{source}}}], sinks: [{{name: l, render: {{type: plain_list}}, to: {{type: file, path: x}}}}]}}"
    )

let private supervision (source: string) =
    match decode source with
    | Ok pipeline -> pipeline.Sources.Head.Supervision
    | Error diagnostics -> failwith $"%A{diagnostics}"

[<Fact>]
let ``whoever says nothing resumes everywhere`` () =
    Assert.Equal(Supervision.defaults, supervision "")

    for stage in [ Stage.Read; Stage.Map; Stage.Normalise; Stage.Screen; Stage.Store ] do
        Assert.Equal(RecordDirective.Resume, Supervision.ofStage Supervision.defaults stage)

[<Fact>]
let ``each stage has a decider of its own`` () =
    let told =
        supervision ", on_failure: {source: restart, restart: {attempts: 2, base: 2s}, map: stop}"

    Assert.Equal(RecordDirective.Stop, Supervision.ofStage told Stage.Map)
    Assert.Equal(RecordDirective.Resume, Supervision.ofStage told Stage.Read)

    match told.Source with
    | SourceDirective.Restart policy ->
        Assert.Equal(2, policy.Attempts)
        Assert.Equal(TimeSpan.FromSeconds 2.0, policy.Base)
        Assert.Equal(RetryPolicy.defaults.Max, policy.Max)
    | other -> Assert.Fail $"%A{other}"

    Assert.Equal(SourceDirective.Restart RetryPolicy.defaults, (supervision ", on_failure: {source: restart}").Source)

let private rejection (stage: Stage) (line: int64) : Rejection =
    {
        Stage = stage
        Code = "CTI-MAP-001"
        Message = ""
        Field = ""
        Value = ""
        Position = { Uri = "a"; Line = line; Offset = 0L }
        Original = [||]
    }

[<Fact>]
let ``the first record that a decider stops at is told, whatever was put aside before`` () =
    let rows =
        ResizeArray [ rejection Stage.Normalise 1L; rejection Stage.Map 2L; rejection Stage.Map 3L ]

    let lineOf supervision =
        Supervision.firstStop supervision rows
        |> ValueOption.map _.Position.Line
        |> ValueOption.defaultValue 0L

    Assert.Equal(0L, lineOf Supervision.defaults)

    Assert.Equal(
        2L,
        lineOf
            { Supervision.defaults with
                Map = RecordDirective.Stop
            }
    )

    Assert.Equal(
        0L,
        lineOf
            { Supervision.defaults with
                Read = RecordDirective.Stop
            }
    )

[<Theory>]
[<InlineData("{source: stop, restart: {attempts: 2}}", "CTI-CFG-014")>]
[<InlineData("{restart: {attempts: 2}}", "CTI-CFG-014")>]
[<InlineData("{map: restart}", "CTI-CFG-008")>]
[<InlineData("{screen: stop}", "CTI-CFG-004")>]
let ``what cannot be decided so is told`` (written: string) (code: string) =
    match decode $", on_failure: %s{written}" with
    | Error [ diagnostic ] -> Assert.Equal(code, diagnostic.Code)
    | other -> Assert.Fail $"%A{other}"
