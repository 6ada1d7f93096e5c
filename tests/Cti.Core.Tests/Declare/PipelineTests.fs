// A pipeline's file: what it means, its defaults, its cross-checks, its schema.
module Cti.Core.Tests.PipelineTests

open System
open System.Text.Json
open System.Text.RegularExpressions
open Xunit
open Cti.Core
open Cti.Core.Declare
open Cti.Core.Predicates

let private sample =
    """{ pipeline: urlhaus, description: URLs that distribute malware, store: ../out/cti.duckdb,
  sources: [ { name: urlhaus,
    from: { type: file, path: [ 'a.csv', "b/*.csv.gz" ], compression: gzip },
    read: { type: csv, comment: '#', header: in_comment, separator: ';', quote: none, skip: 2 },
    mode: snapshot,
    map: [ { value: { field: url }, type: url,
             first_seen: { field: dateadded, format: 'yyyy-MM-dd HH:mm:ss', zone: '-02:30' },
             last_seen: { column: 3, format: unix },
             labels: [ { field: tags, split: ',' }, { const: malicious-activity } ],
             confidence: { const: 90 }, tlp: { field: marking }, source: { field: reporter } },
           { value: { column: 4 }, type: auto } ],
    trust: { reliability: B, credibility: 2, confidence: 80, tlp: amber+strict, group: abuse.ch, license: CC0-1.0 },
    expect: { records: 100..500000, max_age: 1d, max_rejected: 5% } } ],
  screen: { warninglists: [ '../lists/*.json' ], allow: [ ours.txt ], min_prefix: { ipv4: 20 }, private: keep },
  score: { lifetime: { url: 10d }, decay_speed: { url: 2.5 } },
  sinks: [ { name: blocklist, render: { type: plain_list }, to: { type: file, path: urls.txt },
             where: "type = 'url' and score >= 60", max_tlp: green, apply: manual, max_change: 30%, min_entries: 10 },
           { name: zone, render: { type: rpz, zone: rpz.example, ttl: 1h, action: drop, subdomains: false }, to: { type: file, path: z.zone } },
           { name: bundle, render: { type: stix_bundle, observables: true }, to: { type: file, path: b.json } },
           { name: stream, render: { type: ndjson }, to: { type: file, path: s.ndjson } } ],
  tests: [ { name: it holds, source: urlhaus, now: 2026-01-01T00:00:00Z, given: text, expect: { indicators: [] } } ] }"""

let private decode (text: string) =
    match PipelineDecoder.decode (Flow.read text) with
    | Ok pipeline -> pipeline
    | Error diagnostics -> diagnostics |> List.map Diagnostic.print |> String.concat "\n" |> invalidOp

let private problems (text: string) =
    match PipelineDecoder.decode (Flow.read text) with
    | Ok _ -> []
    | Error diagnostics -> diagnostics |> List.map (fun diagnostic -> diagnostic.Code, diagnostic.Path)

[<Fact>]
let ``a full pipeline decodes to what it says`` () =
    let pipeline = decode sample
    let source = Assert.Single pipeline.Sources
    Assert.Equal("urlhaus", source.Name.Value)

    Assert.Equal(
        Origin.File
            {
                Paths = [ Template.ofText "a.csv"; Template.ofText "b/*.csv.gz" ]
                Compression = Compression.Gzip
                Member = None
            },
        source.From
    )

    Assert.Equal(
        ReaderSpec.Csv
            {
                Separator = CsvSeparator.Text ";"
                Quote = ValueNone
                Escape = CsvEscape.Doubled
                Comments = [ "#" ]
                Skip = 2
                Header = CsvHeader.InComment
                Columns = []
                Limits = ReadLimits.standard
            },
        source.Read
    )

    Assert.Equal(SourceMode.Snapshot, source.Mode)
    Assert.Equal(2, source.Map.Templates.Length)
    let first = source.Map.Templates.Head
    Assert.Equal(ValueRule.ofField (FieldRef.Name "url"), first.Value)
    Assert.Equal(TypeRule.Fixed ObservableType.Url, first.Type)

    match first.FirstSeen with
    | ValueSome rule ->
        // Half past two hours west of Greenwich: noon there is 14:30 in UTC.
        Assert.Equal(
            TimeOutcome.Time(Timestamp.ofDateTimeOffset (DateTimeOffset(2026, 1, 1, 14, 30, 0, TimeSpan.Zero))),
            TimeFormat.parse rule.Format (ReadOnlySpan<byte> "2026-01-01 12:00:00"B)
        )
    | ValueNone -> invalidOp "no first_seen"

    Assert.Equal<LabelRule list>(
        [
            LabelRule.Field(FieldRef.Name "tags", [ "," ])
            LabelRule.Const "malicious-activity"
        ],
        first.Labels
    )

    Assert.Equal(ConfidenceRule.Const 90uy, first.Confidence)
    Assert.Equal(TlpRule.Field(FieldRef.Name "marking", []), first.Tlp)
    Assert.Equal(ValueSome(FieldRef.Name "reporter"), first.Source)
    Assert.Equal(Reliability.B, source.Trust.Reliability)
    Assert.Equal(Credibility.Two, source.Trust.Credibility)
    Assert.Equal(Tlp.AmberStrict, source.Trust.Tlp)
    Assert.Equal(Some 0.05, source.Expect.MaxRejected)
    Assert.Equal((20, 32), (pipeline.Screen.MinPrefixV4, pipeline.Screen.MinPrefixV6))
    Assert.Equal(PrivateSpace.Keep, pipeline.Screen.Private)
    let code = int (ObservableType.code ObservableType.Url)
    Assert.Equal(10L * Timestamp.day, pipeline.Score.Lifetime[code])
    Assert.Equal(2.5, pipeline.Score.DecaySpeed[code])

    match pipeline.Sinks with
    | [ Sink.State list; Sink.State zone; Sink.State bundle; Sink.Stream stream ] ->
        Assert.Equal(Some "type = 'url' AND score >= 60", list.Where |> Option.map Predicate.print)
        Assert.Equal(Tlp.Green, list.MaxTlp)
        Assert.Equal(ApplyMode.Manual, list.Apply)

        Assert.Equal(
            {
                MaxChange = 0.3
                MaxChanged = ValueNone
                MinEntries = 10L
            },
            list.Limits
        )

        Assert.Equal(
            RenderSpec.Rpz
                {
                    Zone = "rpz.example"
                    Action = RpzAction.Drop
                    Subdomains = false
                    Ttl = 3600
                },
            zone.Render
        )

        Assert.Equal(
            RenderSpec.StixBundle
                {|
                    Observables = true
                    Objects = false
                |},
            bundle.Render
        )

        Assert.Equal(Target.File "s.ndjson", stream.To)
    | other -> invalidOp $"%A{other}"

let private minimal =
    "{ pipeline: p, sources: [ { name: s, from: { type: file, path: a.txt }, read: { type: lines }, map: [ { value: { field: line }, type: auto } ] } ], "
    + "sinks: [ { name: k, render: { type: plain_list }, to: { type: file, path: o.txt } } ] }"

[<Fact>]
let ``what is left out has its documented default`` () =
    let pipeline = decode minimal
    Assert.Equal("../out/cti.duckdb", pipeline.Store)

    Assert.Equal(
        {
            Warninglists = []
            Allow = []
            Never = []
            MinPrefixV4 = 16
            MinPrefixV6 = 32
            Private = PrivateSpace.Screen
        },
        pipeline.Screen
    )

    let trust = pipeline.Sources.Head.Trust

    Assert.Equal(
        (Reliability.F, Credibility.Six, 50uy, Tlp.Clear),
        (trust.Reliability, trust.Credibility, trust.Confidence, trust.Tlp)
    )

    let days (kind: ObservableType) =
        pipeline.Score.Lifetime[int (ObservableType.code kind)] / Timestamp.day

    Assert.Equal<int64 list>(
        [ 30L; 90L; 30L; 180L; 365L; 365L; 180L; 3650L ],
        [
            ObservableType.Ipv4
            ObservableType.Domain
            ObservableType.Url
            ObservableType.Email
            ObservableType.Sha256
            ObservableType.CryptoAddress
            ObservableType.Mutex
            ObservableType.Cve
        ]
        |> List.map days
    )

    match pipeline.Sinks with
    | [ Sink.State sink ] ->
        Assert.Equal((Tlp.Clear, ApplyMode.Auto, None), (sink.MaxTlp, sink.Apply, sink.Where))

        Assert.Equal(
            {
                MaxChange = 1.0
                MaxChanged = ValueNone
                MinEntries = 0L
            },
            sink.Limits
        )
    | other -> invalidOp $"%A{other}"

// One edit of the small pipeline, what it must be called, and where.
[<Theory>]
[<InlineData("type: lines", "type: lnies", "CTI-CFG-008", "sources[0].read.type")>]
[<InlineData("type: lines", "typ: lines", "CTI-CFG-006", "sources[0].read.type")>]
[<InlineData("field: line", "field: url", "CTI-CFG-015", "sources[0].map[0].value.field")>]
[<InlineData("field: line", "column: 2", "CTI-CFG-014", "sources[0].map[0].value.column")>]
[<InlineData("field: line", "field: line, column: 1", "CTI-CFG-013", "sources[0].map[0].value")>]
[<InlineData("type: lines", "type: csv, header: none", "CTI-CFG-014", "sources[0].map[0].value.field")>]
[<InlineData("type: lines", "type: csv, header: none, columns: [lin]", "CTI-CFG-015", "sources[0].map[0].value.field")>]
[<InlineData("type: lines", "type: csv, columns: [line]", "CTI-CFG-014", "sources[0].read.columns")>]
[<InlineData("type: lines",
             "type: csv, header: first_row, columns: [lin]",
             "CTI-CFG-015",
             "sources[0].map[0].value.field")>]
[<InlineData("type: lines",
             "type: csv, header: in_comment, comment: '#', columns: [line]",
             "CTI-CFG-014",
             "sources[0].read.columns")>]
[<InlineData("type: lines", "type: csv, separator: 'a| '", "CTI-CFG-009", "sources[0].read.separator")>]
[<InlineData("type: lines", "type: csv, separator: '|\"'", "CTI-CFG-014", "sources[0].read.quote")>]
[<InlineData("type: lines", "type: csv, escape: backslashes", "CTI-CFG-008", "sources[0].read.escape")>]
[<InlineData("type: lines", "type: lines, encoding: utf8", "CTI-CFG-008", "sources[0].read.encoding")>]
[<InlineData("type: lines", "type: host", "CTI-CFG-008", "sources[0].read.type")>]
[<InlineData("type: lines", "type: hosts", "CTI-CFG-015", "sources[0].map[0].value.field")>]
[<InlineData("path: a.txt", "path: a.txt, compression: gzip, member: x", "CTI-CFG-014", "sources[0].from.member")>]
[<InlineData("path: a.txt", "path: a.txt, compression: zstd", "CTI-CFG-008", "sources[0].from.compression")>]
[<InlineData("type: lines", "type: csv, header: in_comment", "CTI-CFG-014", "sources[0].read.header")>]
[<InlineData("type: lines", "type: csv, quote: ','", "CTI-CFG-014", "sources[0].read.quote")>]
[<InlineData("type: lines", "type: csv, separator: '§'", "CTI-CFG-009", "sources[0].read.separator")>]
[<InlineData("type: auto",
             "type: auto, first_seen: { field: line, format: YYYY-MM-DD }",
             "CTI-CFG-014",
             "sources[0].map[0].first_seen.format")>]
[<InlineData("type: auto",
             "type: auto, first_seen: { field: line, zone: Europe/Berlin }",
             "CTI-CFG-009",
             "sources[0].map[0].first_seen.zone")>]
[<InlineData("type: auto",
             "type: auto, labels: [ { const: a, split: b } ]",
             "CTI-CFG-014",
             "sources[0].map[0].labels[0].split")>]
[<InlineData("map: [ { value: { field: line }, type: auto } ]", "map: []", "CTI-CFG-011", "sources[0].map")>]
[<InlineData("type: plain_list }", "type: plain_list }, where: \"score > \"", "CTI-PRED-001", "sinks[0].where")>]
[<InlineData("type: plain_list }", "type: ndjson }, max_change: 5%", "CTI-CFG-014", "sinks[0].max_change")>]
[<InlineData("type: plain_list", "type: rpz, ttl: 500ms", "CTI-CFG-010", "sinks[0].render.ttl")>]
[<InlineData("type: plain_list", "type: rpz, zone: RPZ.local.", "CTI-CFG-009", "sinks[0].render.zone")>]
[<InlineData("type: plain_list", "type: plain_list, zone: x", "CTI-CFG-004", "sinks[0].render.zone")>]
[<InlineData("pipeline: p", "pipeline: p, score: { lifetime: { ulr: 1d } }", "CTI-CFG-008", "score.lifetime.ulr")>]
[<InlineData("pipeline: p", "pipeline: p, score: { decay_speed: { url: 11 } }", "CTI-CFG-010", "score.decay_speed.url")>]
[<InlineData("pipeline: p", "pipeline: p, delivery: []", "CTI-CFG-004", "delivery")>]
[<InlineData("pipeline: p",
             "pipeline: p, tests: [ { name: t, source: x, now: 2026-01-01, given: g, expect: { indicators: [] } } ]",
             "CTI-CFG-015",
             "tests[0].source")>]
[<InlineData("sinks: [",
             "sinks: [ { name: k, render: { type: ndjson }, to: { type: file, path: x } }, ",
             "CTI-CFG-012",
             "sinks[1].name")>]
[<InlineData("sinks: [",
             "sinks: [ { name: j, render: { type: ndjson }, to: { type: file, path: o.txt } }, ",
             "CTI-CFG-012",
             "sinks[1].to.path")>]
[<InlineData("name: s", "name: ../s", "CTI-CFG-009", "sources[0].name")>]
let ``each mistake is one diagnostic at its place`` (from: string, into: string, code: string, path: string) =
    Assert.Contains(from, minimal)
    Assert.Equal<(string * string) list>([ code, path ], problems (minimal.Replace(from, into)))

[<Fact>]
let ``an error in a predicate points into its text`` () =
    let text =
        minimal.Replace("type: plain_list }", "type: plain_list }, where: \"type = 'ulr'\"")

    match PipelineDecoder.decode (Flow.read text) with
    | Error [ diagnostic ] ->
        Assert.Equal(text.IndexOf("'ulr'", StringComparison.Ordinal) + 1, diagnostic.Column)
        Assert.Equal(5, diagnostic.Length)
        Assert.Contains("did you mean `url`?", diagnostic.Hint)
    | other -> invalidOp $"%A{other}"

[<Fact>]
let ``the schema is JSON and names every key that a full pipeline uses`` () =
    let json = PipelineSchema.json ()
    use document = JsonDocument.Parse json
    Assert.Equal(JsonValueKind.Object, document.RootElement.ValueKind)

    let rec keys (path: string) (node: Node) : string list =
        match node with
        | Node.Mapping mapping ->
            mapping.Entries
            |> List.collect (fun entry -> entry.Key.Text :: keys entry.Key.Text entry.Value)
        | Node.Sequence sequence -> sequence.Items |> List.collect (keys path)
        | Node.Scalar _ -> []

    for key in keys "" (Flow.read sample) do
        // What a test expects is free, and not described.
        if key <> "indicators" then
            Assert.Contains($"\"%s{key}\"", json)

[<Fact>]
let ``every key of the reference has a doc, and every link leads to a heading`` () =
    let lines = (PipelineSchema.markdown ()).Split '\n'
    let rows = lines |> Array.filter (fun line -> line.StartsWith "| `")
    Assert.True(rows.Length > 60)

    for row in rows do
        let doc = (row.TrimEnd([| ' '; '|' |]).Split " | ") |> Array.last
        Assert.True(doc.Length > 5, row)
        Assert.False(doc.EndsWith '.', row)

    // As GitHub makes anchors of headings.
    let anchors =
        lines
        |> Array.filter (fun line -> line.StartsWith '#')
        |> Array.map (fun line ->
            Regex.Replace(line.TrimStart('#', ' ').ToLowerInvariant(), @"[^\w\- ]", "").Replace(' ', '-'))

    Assert.Equal(anchors.Length, (Array.distinct anchors).Length)

    for link in Regex.Matches(String.concat "\n" lines, @"\]\(#([^)]*)\)") do
        Assert.Contains(link.Groups[1].Value, anchors)

[<Fact>]
let ``a default written out means the same as a default left out`` () =
    let written =
        """{ pipeline: p, store: ../out/cti.duckdb,
  sources: [ { name: s, from: { type: file, path: a.txt, compression: auto },
    read: { type: lines, comment: '#', trailing_comment: true }, mode: append,
    map: [ { value: { field: line }, type: auto, labels: [] } ],
    trust: { reliability: F, credibility: 6, confidence: 50, tlp: clear }, expect: {} } ],
  screen: { warninglists: [], allow: [], min_prefix: { ipv4: 16, ipv6: 32 }, private: screen },
  score: { lifetime: { ipv4: 30d, ipv6: 30d, cidr: 30d, ip_port: 30d, domain: 90d, url: 30d, email: 180d, md5: 365d, sha1: 365d,
                       sha256: 365d, sha512: 365d }, decay_speed: { url: 1.0 } },
  sinks: [ { name: k, render: { type: plain_list }, to: { type: file, path: o.txt }, max_tlp: clear, apply: auto, max_change: 100%,
             min_entries: 0 } ], tests: [] }"""

    Assert.Equal(decode minimal, decode written)
