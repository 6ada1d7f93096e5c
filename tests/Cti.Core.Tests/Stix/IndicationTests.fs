// Which techniques the indicators of a bundle point to: by labels, and only where the technique's object is in the bundle.
module Cti.Core.Tests.IndicationTests

open System
open System.Text
open System.Text.Json
open Xunit
open Cti.Core
open Cti.Core.Tests
open Cti.Core.Tests.Support

let private pattern (number: int) =
    $"attack-pattern--00000000-0000-4000-8000-%012d{number}"

let private technique (id: string) (number: string) (more: string) =
    $"{{\"type\":\"attack-pattern\",\"id\":\"%s{id}\",\"external_references\":[{{\"source_name\":\"x\",\"url\":\"https://a.example\"}},{{\"source_name\":\"mitre-attack\",\"external_id\":\"%s{number}\"}}]%s{more}}}"

/// The bundle of two domains, of which the first has these labels, of techniques of ours, and of others' objects.
let private bundle objects (labels: string list) (own: string list) (foreign: (string * Tlp * string) list) =
    let batch = IndicatorBatch 4
    let first = Samples.add batch ObservableType.Domain "a.example"
    Samples.add batch ObservableType.Domain "b.example" |> ignore
    batch.Labels[first] <- NameSet.Of labels

    for number in own do
        Samples.add batch ObservableType.AttackId number |> ignore

    let output = StixBundleRenderer(false, objects) :> IObjectRenderer
    let writer = Utf8Writer 64
    output.Header(Samples.context, writer)
    output.Rows(batch, ReadOnlySpan<int>(Array.init batch.Count id), writer)

    for id, tlp, text in foreign do
        let bytes = Encoding.UTF8.GetBytes text
        output.AddObject(id, day 1, tlp, ReadOnlySpan<byte> bytes, writer)

    output.Footer({ Rows = int64 batch.Count }, writer)
    writer.ToString()

let private relationships (text: string) : JsonElement list =
    [
        for item in JsonDocument.Parse(text).RootElement.GetProperty("objects").EnumerateArray() do
            if item.GetProperty("type").GetString() = "relationship" then
                item
    ]

let private get (name: string) (item: JsonElement) =
    string (item.GetProperty(name).GetString())

let private targets (text: string) =
    relationships text |> List.map (get "target_ref")

let private ownId (observable: ObservableType) (value: string) =
    Uuid.toText (Identity.subject { Type = observable; Value = value })

[<Fact>]
let ``an indicator points to the techniques its labels name, where their objects are in the bundle`` () =
    let text =
        bundle
            true
            [ "T1059.001"; "T1071"; "T9999"; "attack" ]
            [ "T1071" ]
            [ pattern 1, Tlp.Clear, technique (pattern 1) "T1059.001" "" ]

    let found = relationships text

    Assert.Equal<string list>(
        [ pattern 1; "attack-pattern--" + ownId ObservableType.AttackId "T1071" ],
        found |> List.map (get "target_ref")
    )

    for item in found do
        Assert.Equal("indicates", get "relationship_type" item)
        Assert.Equal("indicator--" + ownId ObservableType.Domain "a.example", get "source_ref" item)

[<Fact>]
let ``no relationship leads to nothing`` () =
    Assert.Empty(targets (bundle true [ "T1059" ] [ "T1059.001"; "G0007" ] []))
    Assert.Empty(targets (bundle true [ "T1059" ] [] [ pattern 1, Tlp.Clear, technique (pattern 1) "T1059.001" "" ]))
    // Without `objects: true` others' objects are not in the bundle; ours are.
    Assert.Empty(targets (bundle false [ "T1059" ] [] [ pattern 1, Tlp.Clear, technique (pattern 1) "T1059" "" ]))
    Assert.Single(targets (bundle false [ "T1059" ] [ "T1059" ] [])) |> ignore

[<Fact>]
let ``somebody else's object of a technique counts before ours, one that is revoked does not count`` () =
    let old = pattern 1, Tlp.Clear, technique (pattern 1) "T1059" ",\"revoked\":true"
    let good = pattern 2, Tlp.Clear, technique (pattern 2) "T1059" ""
    let second = pattern 3, Tlp.Clear, technique (pattern 3) "T1059" ""
    Assert.Equal<string list>([ pattern 2 ], targets (bundle true [ "T1059" ] [ "T1059" ] [ old; good; second ]))

    Assert.Equal<string list>(
        [ "attack-pattern--" + ownId ObservableType.AttackId "T1059" ],
        targets (bundle true [ "T1059" ] [ "T1059" ] [ old ])
    )

[<Fact>]
let ``what leads there is marked as strictly as either end, and its marking is in the bundle`` () =
    let text =
        bundle true [ "T1059" ] [] [ pattern 1, Tlp.Amber, technique (pattern 1) "T1059" "" ]

    let amber = "marking-definition--" + Uuid.toText (Stix.marking Tlp.Amber)
    let item = Assert.Single(relationships text)
    Assert.Equal(amber, string (item.GetProperty("object_marking_refs").[0].GetString()))
    Assert.Contains($"\"type\":\"marking-definition\",\"spec_version\":\"2.1\",\"id\":\"%s{amber}\"", text)

[<Fact>]
let ``the same relationship has the same id, in any bundle, and two have two`` () =
    let idsOf own labels =
        bundle false labels own [] |> relationships |> List.map (get "id")

    let both = idsOf [ "T1059"; "T1071" ] [ "T1059"; "T1071" ]
    Assert.Equal(2, (List.distinct both).Length)
    Assert.Equal<string list>(idsOf [ "T1059" ] [ "T1059" ], [ both[0] ])

[<Fact>]
let ``what the relationships say is read again as the labels they came from`` () =
    let text = bundle false [ "T1059.001" ] [ "T1059.001" ] []
    let seen = Cti.Core.Tests.Stix.StixFixture.read text
    let related = seen.Objects |> List.filter (fun item -> item.Type = "relationship")
    Assert.Equal(1, (Assert.Single related).Records)
    Assert.DoesNotContain(seen.Losses, fun (_, reason) -> reason = "unresolved")
