// How schedules are written, and which one holds for a source.
module Cti.Core.Tests.ScheduleTests

open System
open Xunit
open Cti.Core
open Cti.Core.Declare
open Cti.Core.Tests

let private document (top: string) (origin: string) (source: string) =
    $"{{pipeline: p, %s{top} sources: [{{name: a, from: %s{origin}, read: {{type: lines}}, map: [{{value: {{field: line}}, type: auto}}]%s{source}}}], sinks: [{{name: l, render: {{type: plain_list}}, to: {{type: file, path: x}}}}]}}"

let private file = "{type: file, path: x}"
let private page = "{type: http, url: 'http://feeds.example/x'}"
let private pageEvery = "{type: http, url: 'http://feeds.example/x', every: 5m}"

let private decode top origin source =
    PipelineDecoder.decode (Flow.read (document top origin source))

let private schedule top origin source =
    match decode top origin source with
    | Ok pipeline ->
        let schedule = SourceSchedule.ofDeclared pipeline pipeline.Sources.Head

        match schedule.Timetable with
        | Timetable.Every distance ->
            $"every %s{Literal.duration.Print distance}, jitter %s{Literal.duration.Print schedule.Jitter}"
        | Timetable.Cron(cron, zone) -> $"%s{cron.Text} in %s{zone}, jitter %s{Literal.duration.Print schedule.Jitter}"
    | Error diagnostics -> diagnostics |> List.map _.Message |> String.concat "; "

[<Fact>]
let ``what a source says holds before its page's every, that before the pipeline's, and then what it is`` () =
    let cron = "schedule: {cron: '0 */6 * * *', tz: Europe/Berlin, jitter: 30s}"
    Assert.Equal("every 5m, jitter 0d", schedule "" file "")
    Assert.Equal("every 1h, jitter 0d", schedule "" page "")
    Assert.Equal("0 */6 * * * in Europe/Berlin, jitter 30s", schedule (cron + ",") page "")
    Assert.Equal("every 5m, jitter 0d", schedule (cron + ",") pageEvery "")
    Assert.Equal("every 2h, jitter 0d", schedule (cron + ",") page ", schedule: {every: 2h}")
    Assert.Equal("30 2 * * 1 in UTC, jitter 0d", schedule "" page ", schedule: {cron: '30 2 * * 1'}")

let private code top origin source =
    match decode top origin source with
    | Ok _ -> ""
    | Error diagnostics -> diagnostics |> List.map _.Code |> String.concat " "

[<Theory>]
[<InlineData(", schedule: {every: 5m, cron: '* * * * *'}", "CTI-CFG-013")>]
[<InlineData(", schedule: {jitter: 5m}", "CTI-CFG-013")>]
[<InlineData(", schedule: {every: 0s}", "CTI-CFG-010")>]
[<InlineData(", schedule: {cron: '* * * *'}", "CTI-CFG-014")>]
[<InlineData(", schedule: {cron: '61 * * * *'}", "CTI-CFG-014")>]
[<InlineData(", schedule: {every: 5m, tz: UTC}", "CTI-CFG-014")>]
[<InlineData(", schedule: {cron: '0 0 * * *', tz: 'Europe Berlin'}", "CTI-CFG-009")>]
[<InlineData(", expect: {shrink: 110%}", "CTI-CFG-010")>]
[<InlineData(", expect: {growth: 50%}", "CTI-CFG-010")>]
let ``what makes no schedule and no expectation is refused`` (source: string) (expected: string) =
    Assert.Equal(expected, code "" file source)

[<Fact>]
let ``a page's every and a schedule beside it say two things`` () =
    Assert.Equal("CTI-CFG-014", code "" pageEvery ", schedule: {every: 2h}")

[<Fact>]
let ``growth and shrink are shares with defaults`` () =
    match decode "" file "", decode "" file ", expect: {shrink: 20%, growth: 300%, max_unchanged: 7d}" with
    | Ok plain, Ok told ->
        let expect = Expectation.ofDeclared plain.Sources.Head
        Assert.Equal(0.5, expect.Shrink)
        Assert.Equal(10.0, expect.Growth)
        Assert.Equal(ValueNone, expect.MaxUnchanged)
        let expect = Expectation.ofDeclared told.Sources.Head
        Assert.Equal(0.2, expect.Shrink, 6)
        Assert.Equal(3.0, expect.Growth, 6)
        Assert.Equal(ValueSome(TimeSpan.FromDays 7.0), expect.MaxUnchanged)
    | left, right -> Assert.Fail $"%A{left} %A{right}"
