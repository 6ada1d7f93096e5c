// Where bytes come from, as declared: defaults, what cannot stand, and references that stay references.
module Cti.Core.Tests.OriginTests

open System
open FsCheck
open FsCheck.FSharp
open Xunit
open Cti.Core
open Cti.Core.Declare

let private document (from: string) =
    "{ pipeline: p, sources: [ { name: a, from: "
    + from
    + ", read: { type: lines }, map: [ { value: { field: line }, type: auto } ] } ],
  sinks: [ { name: l, render: { type: plain_list }, to: { type: file, path: l.txt } } ] }"

let private origin (from: string) =
    match PipelineDecoder.decode (Flow.read (document from)) with
    | Ok pipeline -> pipeline.Sources.Head.From
    | Error diagnostics -> diagnostics |> List.map Diagnostic.print |> String.concat "\n" |> invalidOp

let private problems (from: string) =
    match PipelineDecoder.decode (Flow.read (document from)) with
    | Ok _ -> []
    | Error diagnostics -> diagnostics |> List.map (fun diagnostic -> diagnostic.Code, diagnostic.Path)

let private template (text: string) =
    match Template.tryParse text with
    | Ok found -> found
    | Error error -> invalidOp error.Problem

[<Fact>]
let ``a URL alone gets every limit`` () =
    match origin "{ type: http, url: 'https://feed.example/list' }" with
    | Origin.Http http ->
        Assert.Equal("https://feed.example/list", http.Url.ToString())
        Assert.Equal(HttpMethod.Get, http.Method)
        Assert.Equal(TimeSpan.FromMinutes 5.0, http.Timeout)
        Assert.Equal(TimeSpan.FromSeconds 15.0, http.Connection.ConnectTimeout)
        Assert.Equal(TimeSpan.FromSeconds 30.0, http.StallTimeout)
        Assert.Equal(256_000_000L, http.MaxBytes)
        Assert.Equal(5, http.MaxRedirects)
        Assert.Equal(4, http.Retries)
        Assert.Equal(ProxyRule.Environment, http.Connection.Proxy)
        Assert.Empty http.ContentTypes
    | other -> invalidOp $"%A{other}"

[<Fact>]
let ``everything a request may carry decodes to what it says`` () =
    let written =
        "{ type: http, url: 'https://feed.example/?k=${env:KEY}', method: POST, body: '{}', headers: { Auth-Key: '${file:keys/a}', Accept: text/csv },
           basic: { user: me, password: '${env:PASSWORD}' }, client_certificate: { certificate: c.pem, key: '${env:HOME}/k.pem' }, ca: root.pem,
           proxy: 'socks5://proxy.example:1080', timeout: 60s, max_bytes: 1MB, content_types: [ text/* ], retries: 0, every: 5m, compression: gzip }"

    match origin written with
    | Origin.Http http ->
        Assert.Equal<Reference list>([ Reference.Env "KEY" ], http.Url.References)

        Assert.Equal<(string * string) list>(
            [ "Auth-Key", "${file:keys/a}"; "Accept", "text/csv" ],
            http.Connection.Headers
            |> List.map (fun (name, value) -> name, value.ToString())
        )

        Assert.Equal(
            Some(template "${env:PASSWORD}"),
            http.Connection.Basic |> Option.map (fun basic -> basic.Password)
        )

        Assert.Equal(
            Some(template "${env:HOME}/k.pem"),
            http.Connection.Tls.ClientCertificate |> Option.map (fun files -> files.Key)
        )

        Assert.Equal(ProxyRule.Address(template "socks5://proxy.example:1080"), http.Connection.Proxy)
        Assert.Equal(Some(TimeSpan.FromMinutes 5.0), http.Every)
        Assert.Equal<string list>([ "text/*" ], http.ContentTypes)
    | other -> invalidOp $"%A{other}"

[<Theory>]
[<InlineData("{ type: http, url: feed.example/list }", "CTI-CFG-009", "url")>]
[<InlineData("{ type: http, url: 'ftp://feed.example/list' }", "CTI-CFG-009", "url")>]
[<InlineData("{ type: http, url: 'https://' }", "CTI-CFG-009", "url")>]
[<InlineData("{ type: http, url: 'https://me:secret@feed.example/' }", "CTI-CFG-014", "url")>]
[<InlineData("{ type: http, url: 'https://a.example', body: x }", "CTI-CFG-014", "body")>]
[<InlineData("{ type: http, url: 'https://a.example', headers: { Content-Type: a/b } }", "CTI-CFG-014", "headers")>]
[<InlineData("{ type: http, url: 'https://a.example', headers: { Host: b } }", "CTI-CFG-014", "headers.Host")>]
[<InlineData("{ type: http, url: 'https://a.example', headers: { 'a b': c } }", "CTI-CFG-009", "headers.a b")>]
[<InlineData("{ type: http, url: 'https://a.example', basic: { user: a, password: b }, headers: { authorization: c } }",
             "CTI-CFG-014",
             "basic")>]
[<InlineData("{ type: http, url: 'https://a.example', timeout: 0s }", "CTI-CFG-010", "timeout")>]
[<InlineData("{ type: http, url: 'https://a.example', max_bytes: 0B }", "CTI-CFG-010", "max_bytes")>]
[<InlineData("{ type: http, url: 'https://a.example', content_types: [ html ] }", "CTI-CFG-009", "content_types[0]")>]
[<InlineData("{ type: http, url: 'https://a.example', proxy: 'ftp://b.example' }", "CTI-CFG-009", "proxy")>]
[<InlineData("{ type: http, url: 'https://a.example/${env:1A}' }", "CTI-CFG-036", "url")>]
[<InlineData("{ type: http, url: 'https://a.example/${KEY}' }", "CTI-CFG-036", "url")>]
[<InlineData("{ type: http, url: 'https://a.example', ca: '${file:x}' }", "CTI-CFG-037", "ca")>]
[<InlineData("{ type: command, run: [] }", "CTI-CFG-011", "run")>]
[<InlineData("{ type: command, run: [ a, '${file:secret}' ] }", "CTI-CFG-037", "run[1]")>]
[<InlineData("{ type: command, run: [ a ], environment: { 'A=B': c } }", "CTI-CFG-009", "environment.A=B")>]
[<InlineData("{ type: file, path: '${file:x}/y' }", "CTI-CFG-037", "path")>]
let ``what cannot stand is told at its place`` (from: string, code: string, path: string) =
    Assert.Equal<(string * string) list>([ code, "sources[0].from." + path ], problems from)

[<Fact>]
let ``a TAXII server's URL alone gets every limit, and is read as STIX`` () =
    let text =
        "{ pipeline: p, sources: [ { name: a, from: { type: taxii, url: 'https://taxii.example/taxii2/' } } ],
           sinks: [ { name: l, render: { type: plain_list }, to: { type: file, path: l.txt } } ] }"

    match PipelineDecoder.decode (Flow.read text) with
    | Ok pipeline ->
        let source = pipeline.Sources.Head

        match source.From, source.Read with
        | Origin.Taxii taxii, ReaderSpec.Rich format ->
            Assert.IsType<StixFormat> format |> ignore
            Assert.Equal<MapTemplate list>(StandardMap.templates, source.Map.Templates)
            Assert.Equal("https://taxii.example/taxii2/", taxii.Page.Url.ToString())
            Assert.Equal((1000, 1_000_000_000L, 4), (taxii.Limit, taxii.Page.MaxBytes, taxii.Page.Retries))
            Assert.Equal((None, None), (taxii.Collection, taxii.AddedAfter))

            Assert.Equal(
                {
                    Types = []
                    Ids = []
                    SpecVersions = []
                    Versions = []
                },
                taxii.Match
            )
        | other -> invalidOp $"%A{other}"
    | Error diagnostics -> diagnostics |> List.map Diagnostic.print |> String.concat "\n" |> invalidOp

[<Fact>]
let ``everything a TAXII source may ask for decodes to what it says`` () =
    let written =
        "{ type: taxii, url: 'https://taxii.example/api1/', collection: High Value, added_after: '2026-01-01T00:00:00Z', limit: 100, max_bytes: 1MB,
           match: { type: [ indicator, x-ours ], id: 'indicator--1', spec_version: '2.1', version: [ first, '2026-01-02T00:00:00Z' ] } }"

    match origin written with
    | Origin.Taxii taxii ->
        Assert.Equal(Some "High Value", taxii.Collection)
        Assert.Equal(Some(DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)), taxii.AddedAfter)
        Assert.Equal((100, 1_000_000L), (taxii.Limit, taxii.Page.MaxBytes))

        Assert.Equal(
            {
                Types = [ "indicator"; "x-ours" ]
                Ids = [ "indicator--1" ]
                SpecVersions = [ "2.1" ]
                Versions =
                    [
                        TaxiiVersion.First
                        TaxiiVersion.At(DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero))
                    ]
            },
            taxii.Match
        )
    | other -> invalidOp $"%A{other}"

[<Theory>]
[<InlineData("url: 'ftp://a.example'", "CTI-CFG-009", "url")>]
[<InlineData("url: 'https://me:secret@a.example/'", "CTI-CFG-014", "url")>]
[<InlineData("url: 'https://a.example', limit: 0", "CTI-CFG-010", "limit")>]
[<InlineData("url: 'https://a.example', limit: many", "CTI-CFG-009", "limit")>]
[<InlineData("url: 'https://a.example', max_bytes: 0B", "CTI-CFG-010", "max_bytes")>]
[<InlineData("url: 'https://a.example', added_after: yesterday", "CTI-CFG-009", "added_after")>]
[<InlineData("url: 'https://a.example', match: { type: Indicator }", "CTI-CFG-009", "match.type")>]
[<InlineData("url: 'https://a.example', match: { type: [ indicator, 'a,b' ] }", "CTI-CFG-009", "match.type[1]")>]
[<InlineData("url: 'https://a.example', match: { type: [] }", "CTI-CFG-011", "match.type")>]
[<InlineData("url: 'https://a.example', match: { spec_version: '3' }", "CTI-CFG-008", "match.spec_version")>]
[<InlineData("url: 'https://a.example', match: { version: newest }", "CTI-CFG-009", "match.version")>]
[<InlineData("url: 'https://a.example', match: { version: [ all, last ] }", "CTI-CFG-014", "match.version")>]
[<InlineData("url: 'https://a.example', match: { name: x }", "CTI-CFG-004", "match.name")>]
[<InlineData("url: 'https://a.example', method: POST", "CTI-CFG-004", "method")>]
[<InlineData("url: 'https://a.example', content_types: [ text/* ]", "CTI-CFG-004", "content_types")>]
[<InlineData("url: 'https://a.example', basic: { user: a, password: b }, headers: { Authorization: c }",
             "CTI-CFG-014",
             "basic")>]
[<InlineData("url: 'https://a.example', client_certificate: { certificate: c.pem, key: '${file:k}' }",
             "CTI-CFG-037",
             "client_certificate.key")>]
let ``what no TAXII source can say is told at its place`` (rest: string, code: string, path: string) =
    Assert.Equal<(string * string) list>([ code, "sources[0].from." + path ], problems $"{{ type: taxii, %s{rest} }}")

[<Fact>]
let ``a TAXII source has a URL, and only its reader may be left out`` () =
    Assert.Equal<(string * string) list>([ "CTI-CFG-006", "sources[0].from.url" ], problems "{ type: taxii }")

    let unread = (document "{ type: stdin }").Replace(", read: { type: lines }", "")

    match PipelineDecoder.decode (Flow.read unread) with
    | Error [ problem ] -> Assert.Equal(("CTI-CFG-006", "sources[0].read"), (problem.Code, problem.Path))
    | other -> invalidOp $"%A{other}"

[<Fact>]
let ``standard input feeds one source`` () =
    let text =
        "{ pipeline: p, sources: [
  { name: a, from: { type: stdin }, read: { type: lines }, map: [ { value: { field: line }, type: auto } ] },
  { name: b, from: { type: stdin }, read: { type: lines }, map: [ { value: { field: line }, type: auto } ] } ],
  sinks: [ { name: l, render: { type: plain_list }, to: { type: file, path: l.txt } } ] }"

    match PipelineDecoder.decode (Flow.read text) with
    | Error [ problem ] ->
        Assert.Equal(("CTI-CFG-038", 3), (problem.Code, problem.Line))
        Assert.Contains("line 2", problem.Message)
    | other -> invalidOp $"%A{other}"

[<Fact>]
let ``a reference where nobody resolves it is refused, but not in what a test brings`` () =
    let with' (rest: string) =
        "{ pipeline: p, sources: [ { name: a, from: { type: file, path: x }, read: { type: lines }, map: [ { value: { field: line }, type: auto } ] } ],
           sinks: [ { name: l, render: { type: plain_list }, to: { type: file, path: l.txt } } ], "
        + rest
        + " }"

    let codes (text: string) =
        match PipelineDecoder.decode (Flow.read text) with
        | Ok _ -> []
        | Error diagnostics -> diagnostics |> List.map (fun diagnostic -> diagnostic.Code)

    Assert.Equal<string list>([ "CTI-CFG-037" ], codes (with' "description: 'of ${env:USER}'"))

    Assert.Equal<string list>(
        [],
        codes (
            with' "tests: [ { name: t, source: a, now: 2026-01-01, given: '${env:X}', expect: { indicators: [] } } ]"
        )
    )

    Assert.Empty(PlacedReference.find (Flow.read (with' "tests: [ { given: '${env:X}' } ]")))

[<Fact>]
let ``every reference is found where it stands`` () =
    let found =
        PlacedReference.find (Flow.read (document "{ type: http, url: 'https://a.example/?a=${env:A}&b=${file:b c}' }"))

    Assert.Equal<(string * int * string) list>(
        [
            "${env:A}", 85, "sources[0].from.url"
            "${file:b c}", 96, "sources[0].from.url"
        ],
        found
        |> List.map (fun placed -> placed.Reference.ToString(), placed.Span.Start.Column, Path.print placed.Path)
    )

[<Theory>]
[<InlineData("plain", "plain")>]
[<InlineData("a${env:X}b", "a<X>b")>]
[<InlineData("${env:X}${file:/run/y}", "<X></run/y>")>]
[<InlineData("$${env:X}", "${env:X}")>]
[<InlineData("$$${env:X}", "$${env:X}")>]
[<InlineData("$ 5 {a}", "$ 5 {a}")>]
[<InlineData("a$", "a$")>]
let ``a text resolves to what its references stand for`` (text: string, resolved: string) =
    let lookup =
        Func<Reference, string>(fun reference ->
            match reference with
            | Reference.Env name -> $"<%s{name}>"
            | Reference.File path -> $"<%s{path}>")

    Assert.Equal(resolved, (template text).Resolve lookup)

[<Theory>]
[<InlineData("a${env:X", 1)>]
[<InlineData("${}", 0)>]
[<InlineData("${env:}", 0)>]
[<InlineData("ab${env:A-B}", 2)>]
[<InlineData("${file: }", 0)>]
[<InlineData("${ENV:A}", 0)>]
let ``what only looks like a reference is refused at its place`` (text: string, offset: int) =
    match Template.tryParse text with
    | Error error -> Assert.Equal(offset, error.Offset)
    | Ok found -> invalidOp (found.ToString())

[<Fact>]
let ``any text comes back when its references are escaped`` () =
    let piece = Gen.elements [ "$"; "${"; "{"; "}"; "env:X"; "file:y"; "a"; " "; "é" ]

    Prop.forAll (Arb.fromGen (Gen.listOf piece |> Gen.map (String.concat ""))) (fun text ->
        let found = template (text.Replace("${", "$${"))
        not found.HasReferences && found.ToString() = text)
    |> Check.QuickThrowOnFailure
