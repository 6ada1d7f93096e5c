// How a mapping is written: every shape of it, and what is told of those that cannot be meant.
module Cti.Core.Tests.MapDecoderTests

open System
open Xunit
open Cti.Core
open Cti.Core.Declare

let private pipeline (read: string) (template: string) =
    "{ pipeline: p, sources: [ { name: s, from: { type: file, path: a.txt }, read: "
    + read
    + ", map: [ "
    + template
    + " ] } ], sinks: [ { name: k, render: { type: plain_list }, to: { type: file, path: o.txt } } ] }"

let private csv = "{ type: csv }"

let private decode (template: string) =
    match PipelineDecoder.decode (Flow.read (pipeline csv template)) with
    | Ok pipeline -> pipeline.Sources.Head.Map.Templates.Head
    | Error diagnostics -> diagnostics |> List.map Diagnostic.print |> String.concat "\n" |> invalidOp

let private problems read template =
    match PipelineDecoder.decode (Flow.read (pipeline read template)) with
    | Ok _ -> []
    | Error diagnostics -> diagnostics

let private name = FieldRef.Name

[<Fact>]
let ``every rule decodes to what it says`` () =
    let template =
        decode
            """{ value: { field: iocs, split: [ ',', ' and ' ], item: 2, strip_prefix: 'SHA1: ', strip_suffix: [ ';' ] },
    when: "status = 'online'",
    type_from: { field: kind, table: { 'ip:port': ip_port, field: domain, any: auto, note: skip }, otherwise: skip },
    labels: [ { field: tags, split: [ ',', '/' ] } ],
    confidence: { field: level, table: { high: 90, low: 30 } },
    tlp: { field: marking, table: { internal: amber } },
    description: { field: comment },
    references: [ { field: links, split: ' ' }, { const: 'https://feed.example/' } ] }"""

    Assert.Equal(
        {
            Field = name "iocs"
            Append = []
            Split = [ ","; " and " ]
            Item = ValueSome 2
            StripPrefix = [ "SHA1: " ]
            StripSuffix = [ ";" ]
        },
        template.Value
    )

    Assert.Equal(ValueSome "status = 'online'", template.When |> ValueOption.map _.Text)

    Assert.Equal(
        TypeRule.Field
            {
                Field = name "kind"
                Table =
                    [
                        "ip:port", TypeChoice.Take(TypeHint.Fixed ObservableType.IpPort)
                        "field", TypeChoice.Take(TypeHint.Fixed ObservableType.Domain)
                        "any", TypeChoice.Take TypeHint.Auto
                        "note", TypeChoice.Skip
                    ]
                Otherwise = OtherType.Skip
            },
        template.Type
    )

    Assert.Equal<LabelRule list>([ LabelRule.Field(name "tags", [ ","; "/" ]) ], template.Labels)
    Assert.Equal(ConfidenceRule.Field(name "level", [ "high", 90uy; "low", 30uy ]), template.Confidence)
    Assert.Equal(TlpRule.Field(name "marking", [ "internal", Tlp.Amber ]), template.Tlp)
    Assert.Equal(ValueSome(DescriptionRule.Field(name "comment")), template.Description)

    Assert.Equal<ReferenceRule list>(
        [
            ReferenceRule.Field(name "links", [ " " ])
            ReferenceRule.Const "https://feed.example/"
        ],
        template.References
    )

    Assert.Equal<FieldRef list>(
        [ "iocs"; "status"; "kind"; "tags"; "level"; "marking"; "comment"; "links" ]
        |> List.map name,
        MapTemplate.fields template
    )

[<Fact>]
let ``one value stands for a list of one`` () =
    let template =
        decode "{ value: { field: a, split: ',' }, first_seen: { field: d, format: unix }, description: { const: x } }"

    Assert.Equal<string list>([ "," ], template.Value.Split)
    Assert.Equal(ValueSome(DescriptionRule.Const "x"), template.Description)
    Assert.Equal(ValueSome "unix", template.FirstSeen |> ValueOption.map (fun rule -> TimeFormat.text rule.Format))

[<Fact>]
let ``the parts of a value keep their order`` () =
    let template =
        decode "{ value: { field: Start, append: [ { const: ' /' }, { field: Netmask }, { column: 3 } ] } }"

    Assert.Equal<ValuePart list>(
        [
            ValuePart.Const " /"
            ValuePart.Field(name "Netmask")
            ValuePart.Field(FieldRef.Column 3)
        ],
        template.Value.Append
    )

[<Theory>]
[<InlineData("append: []", "CTI-CFG-011", "append")>]
[<InlineData("append: [ { const: x, field: Netmask } ]", "CTI-CFG-013", "append[0]")>]
[<InlineData("append: [ { const: x, split: ',' } ]", "CTI-CFG-004", "append[0].split")>]
[<InlineData("append: [ { const: x } ], split: ','", "CTI-CFG-014", "split")>]
[<InlineData("append: [ { const: x } ], item: 1", "CTI-CFG-014", "item")>]
[<InlineData("append: [ { const: x } ], strip_prefix: y", "CTI-CFG-014", "strip_prefix")>]
[<InlineData("append: [ { const: x } ], strip_suffix: y", "CTI-CFG-014", "strip_suffix")>]
[<InlineData("append: [ { field: Netmaks } ]", "CTI-CFG-015", "append[0].field")>]
[<InlineData("append: [ { column: 3 } ]", "CTI-CFG-010", "append[0].column")>]
let ``each mistake in the parts of a value is one diagnostic at its place`` (rest: string, code: string, path: string) =
    let read = "{ type: csv, header: none, columns: [ Start, Netmask ] }"

    let diagnostic =
        Assert.Single(problems read ("{ value: { field: Start, " + rest + " } }"))

    Assert.Equal((code, "sources[0].map[0].value." + path), (diagnostic.Code, diagnostic.Path))

    match code with
    | "CTI-CFG-014" -> Assert.Contains($"remove `%s{path}`", diagnostic.Hint)
    | "CTI-CFG-015" -> Assert.Contains("did you mean `Netmask`?", diagnostic.Hint)
    | _ -> ()

[<Fact>]
let ``formats share the zone`` () =
    let template =
        decode
            "{ value: { field: a }, last_seen: { field: d, format: [ 'yyyy-MM-dd', 'd MMM yyyy' ], zone: '+02:00' } }"

    for text in [ "2026-01-02"; "2 Jan 2026" ] do
        match template.LastSeen with
        | ValueSome rule ->
            Assert.Equal(
                TimeOutcome.Time(Timestamp.ofDateTimeOffset (DateTimeOffset(2026, 1, 1, 22, 0, 0, TimeSpan.Zero))),
                TimeFormat.parse rule.Format (ReadOnlySpan<byte>(Text.Encoding.UTF8.GetBytes text))
            )
        | ValueNone -> invalidOp "no last_seen"

let private lines = "{ type: lines }"

let private ofLine (rest: string) =
    "{ value: { field: line }" + rest + " }"

[<Theory>]
[<InlineData(", type_from: { field: line, table: { field: domain, column: url } }", "", "")>]
[<InlineData(", when: \"line LIKE 'a%'\"", "", "")>]
[<InlineData(", when: \"url = 'a'\"", "CTI-CFG-015", "map[0].when")>]
[<InlineData(", when: \"url = 'a' OR url = 'b'\"", "CTI-CFG-015", "map[0].when")>]
[<InlineData(", when: \"line = \"", "CTI-PRED-001", "map[0].when")>]
[<InlineData(", description: { field: url }", "CTI-CFG-015", "map[0].description.field")>]
[<InlineData(", references: [ { field: url } ]", "CTI-CFG-015", "map[0].references[0].field")>]
[<InlineData(", references: [ { const: url } ]", "CTI-CFG-009", "map[0].references[0].const")>]
[<InlineData(", references: [ { const: 'https://a.example/', split: ',' } ]",
             "CTI-CFG-014",
             "map[0].references[0].split")>]
[<InlineData(", confidence: { const: 5, table: { a: 1 } }", "CTI-CFG-014", "map[0].confidence.table")>]
[<InlineData(", confidence: { field: line, table: { a: 101 } }", "CTI-CFG-010", "map[0].confidence.table.a")>]
[<InlineData(", tlp: { const: red, table: { a: red } }", "CTI-CFG-014", "map[0].tlp.table")>]
[<InlineData(", tlp: { field: line, table: { a: white } }", "CTI-CFG-008", "map[0].tlp.table.a")>]
[<InlineData(", type_from: { field: line, table: { a: ulr } }", "CTI-CFG-008", "map[0].type_from.table.a")>]
[<InlineData(", type_from: { field: line, table: { a: url, A: md5 } }", "CTI-CFG-014", "map[0].type_from.table.A")>]
[<InlineData(", type_from: { field: line, otherwise: drop }", "CTI-CFG-008", "map[0].type_from.otherwise")>]
[<InlineData(", type: url, type_from: { field: line }", "CTI-CFG-014", "map[0].type_from")>]
[<InlineData(", first_seen: { field: line, format: [ unix, hour ] }", "CTI-CFG-014", "map[0].first_seen.format[1]")>]
let ``each mistake in a mapping is one diagnostic at its place`` (rest: string, code: string, path: string) =
    let expected = if code = "" then [] else [ code, "sources[0]." + path ]

    Assert.Equal<(string * string) list>(
        expected,
        problems lines (ofLine rest)
        |> List.map (fun diagnostic -> diagnostic.Code, diagnostic.Path)
    )

[<Fact>]
let ``a column that is not there is pointed at inside the condition`` () =
    let read = "{ type: csv, header: none, columns: [ url, status ] }"
    let template = "{ value: { field: url }, when: \"url <> 'x' AND statsu = 'y'\" }"
    let diagnostic = Assert.Single(problems read template)
    let text = pipeline read template
    Assert.Equal(text.IndexOf("statsu", StringComparison.Ordinal) + 1, diagnostic.Column)
    Assert.Equal(6, diagnostic.Length)
    Assert.Contains("did you mean `status`?", diagnostic.Hint)
