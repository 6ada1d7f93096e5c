// Where a stream sink sends to, as declared: defaults, and what cannot stand.
module Cti.Core.Tests.TargetTests

open System
open Xunit
open Cti.Core.Declare

let private document (render: string) (target: string) (more: string) =
    "{ pipeline: p, sources: [ { name: a, from: { type: stdin }, read: { type: lines }, map: [ { value: { field: line }, type: auto } ] } ],
  sinks: [ { name: s, render: { type: "
    + render
    + " }, to: "
    + target
    + more
    + " } ] }"

let private decode (text: string) = PipelineDecoder.decode (Flow.read text)

let private target (written: string) =
    match decode (document "ndjson" written "") with
    | Ok pipeline -> pipeline.Sinks.Head.To
    | Error diagnostics -> diagnostics |> List.map Diagnostic.print |> String.concat "\n" |> invalidOp

let private problems (text: string) =
    match decode text with
    | Ok _ -> []
    | Error diagnostics -> diagnostics |> List.map (fun diagnostic -> diagnostic.Code, diagnostic.Path)

[<Fact>]
let ``a URL alone is posted lines`` () =
    match target "{ type: http, url: 'https://siem.example/in' }" with
    | Target.Http http ->
        Assert.Equal(SendMethod.Post, http.Method)
        Assert.Equal(BodyForm.Ndjson, http.Body)
        Assert.Equal(BodyPacking.None, http.Packing)
        Assert.Equal(None, http.SigningSecret)
        Assert.Equal(5, http.MaxRedirects)
        Assert.Equal(TimeSpan.FromSeconds 15.0, http.Connection.ConnectTimeout)
    | other -> invalidOp $"%A{other}"

[<Theory>]
[<InlineData("{ type: syslog, host: siem.example }", 6514, true)>]
[<InlineData("{ type: syslog, host: siem.example, protocol: tcp }", 601, false)>]
[<InlineData("{ type: syslog, host: siem.example, port: 1514, protocol: tcp }", 1514, false)>]
let ``syslog is TLS unless it is declared otherwise`` (written: string, port: int, isTls: bool) =
    match target written with
    | Target.Syslog syslog ->
        Assert.Equal(port, syslog.Port)
        Assert.Equal(isTls, syslog.Security <> SyslogSecurity.Plain)
        Assert.Equal((16, 5, "cti"), (syslog.Header.Facility, syslog.Header.Severity, syslog.Header.AppName))
    | other -> invalidOp $"%A{other}"

[<Fact>]
let ``a broker is reached as guest and by the default exchange unless it is declared otherwise`` () =
    match target "{ type: rabbitmq, url: 'amqps://broker.example/cti', routing_key: changes }" with
    | Target.RabbitMq broker ->
        Assert.Equal(("", "changes", None), (broker.Exchange, broker.RoutingKey, broker.Credentials))
    | other -> invalidOp $"%A{other}"

[<Fact>]
let ``a TAXII server is told changes of STIX, with the words of the source`` () =
    match
        decode (document "stix_changes" "{ type: taxii, url: 'https://tip.example/taxii2/', collection: Ours }" "")
    with
    | Ok pipeline ->
        match pipeline.Sinks.Head.To with
        | Target.Taxii taxii -> Assert.Equal((Some "Ours", 5), (taxii.Collection, taxii.MaxRedirects))
        | other -> invalidOp $"%A{other}"
    | Error diagnostics -> diagnostics |> List.map Diagnostic.print |> String.concat "\n" |> invalidOp

[<Theory>]
[<InlineData("ndjson", "{ type: taxii, url: 'https://tip.example/' }", "sinks[0].render.type")>]
[<InlineData("stix_bundle", "{ type: taxii, url: 'https://tip.example/' }", "sinks[0].render.type")>]
[<InlineData("stix_changes",
             "{ type: taxii, url: 'https://tip.example/', headers: { Accept: x } }",
             "sinks[0].to.headers.Accept")>]
let ``what a TAXII server would not understand is refused`` (render: string, written: string, path: string) =
    Assert.Equal<(string * string) list>([ "CTI-CFG-014", path ], problems (document render written ""))

[<Theory>]
[<InlineData("{ type: http, url: 'ftp://a.example' }", "CTI-CFG-009", "url")>]
[<InlineData("{ type: http, url: 'https://me:pass@a.example' }", "CTI-CFG-014", "url")>]
[<InlineData("{ type: http, url: 'https://a.example', headers: { Idempotency-Key: x } }",
             "CTI-CFG-014",
             "headers.Idempotency-Key")>]
[<InlineData("{ type: http, url: 'https://a.example', headers: { content-type: x } }",
             "CTI-CFG-014",
             "headers.content-type")>]
[<InlineData("{ type: http, url: 'https://a.example', compression: gzip, signing: { secret: x } }",
             "CTI-CFG-014",
             "compression")>]
[<InlineData("{ type: http, url: 'https://a.example', body: xml }", "CTI-CFG-008", "body")>]
[<InlineData("{ type: syslog, host: a.example, protocol: tcp, ca: a.pem }", "CTI-CFG-014", "ca")>]
[<InlineData("{ type: syslog, host: a.example, port: 70000 }", "CTI-CFG-010", "port")>]
[<InlineData("{ type: syslog, host: a.example, hostname: 'two words' }", "CTI-CFG-009", "hostname")>]
[<InlineData("{ type: syslog, host: a.example, facility: local9 }", "CTI-CFG-008", "facility")>]
[<InlineData("{ type: syslog, host: a.example, structured_data: { 'a=b': { c: d } } }",
             "CTI-CFG-009",
             "structured_data.a=b")>]
[<InlineData("{ type: command, run: [] }", "CTI-CFG-011", "run")>]
[<InlineData("{ type: command, run: [ a, '${file:secret}' ] }", "CTI-CFG-037", "run[1]")>]
[<InlineData("{ type: rabbitmq, url: 'https://a.example', routing_key: k }", "CTI-CFG-009", "url")>]
[<InlineData("{ type: rabbitmq, url: 'amqp://a.example', routing_key: k, heartbeat: 0s }", "CTI-CFG-010", "heartbeat")>]
[<InlineData("{ type: request_tracker, url: 'https://a.example', queue: a/b }", "CTI-CFG-009", "queue")>]
[<InlineData("{ type: request_tracker, url: 'https://a.example', queue: q, indicator_field: 'a}b' }",
             "CTI-CFG-009",
             "indicator_field")>]
[<InlineData("{ type: request_tracker, url: 'https://a.example', queue: q, state_field: '17' }",
             "CTI-CFG-009",
             "state_field")>]
[<InlineData("{ type: request_tracker, url: 'https://a.example', queue: q, state_field: CTI Indicator }",
             "CTI-CFG-014",
             "state_field")>]
[<InlineData("{ type: request_tracker, url: 'https://a.example', queue: q, token: x, basic: { user: a, password: b } }",
             "CTI-CFG-014",
             "token")>]
[<InlineData("{ type: request_tracker, url: 'https://a.example', queue: q, fields: { CTI State: score } }",
             "CTI-CFG-014",
             "fields.CTI State")>]
[<InlineData("{ type: request_tracker, url: 'https://a.example', queue: q, fields: { Points: scores } }",
             "CTI-CFG-015",
             "fields.Points")>]
let ``what cannot stand is told at its place`` (written: string, code: string, path: string) =
    Assert.Equal<(string * string) list>([ code, "sinks[0].to." + path ], problems (document "ndjson" written ""))

[<Fact>]
let ``a sink that holds a set sends nothing`` () =
    Assert.Equal<(string * string) list>(
        [ "CTI-CFG-014", "sinks[0].to" ],
        problems (document "plain_list" "{ type: http, url: 'https://a.example' }" "")
    )

[<Fact>]
let ``one record with each request is no batch`` () =
    Assert.Equal<(string * string) list>(
        [ "CTI-CFG-014", "sinks[0].batch.records" ],
        problems (document "ndjson" "{ type: http, url: 'https://a.example', body: single }" ", batch: { records: 10 }")
    )

[<Fact>]
let ``a ticket is made of ndjson, and written alone`` () =
    let target = "{ type: request_tracker, url: 'https://rt.example', queue: Threats }"

    Assert.Equal<(string * string) list>([ "CTI-CFG-014", "sinks[0].render" ], problems (document "cef" target ""))

    Assert.Equal<(string * string) list>(
        [ "CTI-CFG-014", "sinks[0].batch.records" ],
        problems (document "ndjson" target ", batch: { records: 10 }")
    )

    match Flow.read (document "ndjson" target "") |> PipelineDecoder.decode with
    | Ok pipeline ->
        match pipeline.Sinks.Head.To with
        | Target.RequestTracker tracker ->
            Assert.Equal(
                ("CTI Indicator", "CTI State", "resolved", "open"),
                (tracker.Rules.IndicatorField, tracker.Rules.StateField, tracker.Rules.Resolved, tracker.Rules.Reopened)
            )
        | other -> invalidOp $"%A{other}"
    | Error diagnostics -> invalidOp $"%A{diagnostics}"
