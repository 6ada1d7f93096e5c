// Foreign objects in a bundle: word for word, each once, with what was made of them, and what they refer to that is not there.
module Cti.Core.Tests.ForeignObjectTests

open System
open System.Text
open System.Text.Json
open Xunit
open Cti.Core
open Cti.Core.Tests
open Cti.Core.Tests.Support

let private uuid (number: int) =
    $"00000000-0000-4000-8000-%012d{number}"

let private render objects (add: IObjectRenderer -> IndicatorBatch -> Utf8Writer -> unit) =
    let batch = IndicatorBatch 4
    Samples.add batch ObservableType.Domain "a.example" |> ignore
    Samples.add batch ObservableType.Cve "CVE-2024-0001" |> ignore
    let renderer = StixBundleRenderer(false, objects)
    let output = renderer :> IObjectRenderer
    let writer = Utf8Writer 64
    let selected = [| 0; 1 |]
    output.Header(Samples.context, writer)
    output.Rows(batch, ReadOnlySpan<int> selected, writer)
    add output batch writer
    output.Footer({ Rows = 2L }, writer)
    writer.ToString(), output.Losses

let private addObject (output: IObjectRenderer) writer (id: string) (text: string) =
    let bytes = Encoding.UTF8.GetBytes text
    output.AddObject(id, day 1, Tlp.Clear, ReadOnlySpan<byte> bytes, writer)

let private malware = $"malware--%s{uuid 1}"
let private indicator = $"indicator--%s{uuid 2}"

let private malwareText =
    $"{{\n  \"type\" : \"malware\", \"id\": \"%s{malware}\", \"x\": 1.50 , \"created_by_ref\": \"identity--%s{uuid 9}\"}}"

let private indicatorText =
    $"{{\"type\":\"indicator\",\"id\":\"%s{indicator}\",\"object_marking_refs\":[\"marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487\",\"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9\"],\"e\":{{\"some_refs\":[\"%s{malware}\",\"tool--%s{uuid 8}\"]}}}}"

[<Fact>]
let ``objects stand in the bundle as they are, once, and it is JSON`` () =
    let text, losses =
        render true (fun output _ writer ->
            addObject output writer malware malwareText
            addObject output writer indicator indicatorText
            addObject output writer malware "{}")

    Assert.Contains(malwareText, text)
    Assert.Contains(indicatorText, text)
    use bundle = JsonDocument.Parse text

    let ids =
        [
            for item in bundle.RootElement.GetProperty("objects").EnumerateArray() ->
                string (item.GetProperty("id").GetString())
        ]

    Assert.Equal<string list>(List.distinct ids, ids)
    Assert.Contains("marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487", ids)

    Assert.Equal<(string * string) list>(
        [
            "indicator.some_refs", $"tool--%s{uuid 8}"
            "malware.created_by_ref", $"identity--%s{uuid 9}"
        ],
        [
            for loss in losses.Kept do
                if loss.Reason = LossReason.Unresolved then
                    loss.Path, loss.Value
        ]
        |> List.sort
    )

[<Fact>]
let ``what was made of an object says so, where both are there`` () =
    let text, _ =
        render true (fun output batch writer ->
            addObject output writer malware malwareText
            addObject output writer indicator indicatorText
            output.AddDerivation(batch.Id[0], indicator, Tlp.Amber, day 3, writer)
            output.AddDerivation(batch.Id[0], malware, Tlp.Clear, day 3, writer)
            output.AddDerivation(batch.Id[1], indicator, Tlp.Clear, day 3, writer)
            output.AddDerivation(batch.Id[0], $"tool--%s{uuid 8}", Tlp.Clear, day 3, writer)
            output.AddDerivation(Uuid.MaxValue, malware, Tlp.Clear, day 3, writer))

    use bundle = JsonDocument.Parse text

    let relationships =
        [
            for item in bundle.RootElement.GetProperty("objects").EnumerateArray() do
                if item.GetProperty("type").GetString() = "relationship" then
                    let get (name: string) =
                        string (item.GetProperty(name).GetString())

                    (get "source_ref").Split('-')[0], get "relationship_type", get "target_ref"
        ]

    Assert.Equal<(string * string * string) list>(
        [
            "indicator", "derived-from", indicator
            "indicator", "related-to", malware
            "vulnerability", "related-to", indicator
        ],
        relationships
    )

[<Fact>]
let ``without objects: true nothing of others is in it, and the id follows from objects too`` () =
    let add output _ writer =
        addObject output writer malware malwareText

    let without, _ = render false add
    Assert.DoesNotContain("malware--", without)
    let plain, _ = render true (fun _ _ _ -> ())
    let full, _ = render true add

    let id (text: string) =
        text.Substring(text.IndexOf("\"id\":\"bundle--", StringComparison.Ordinal))

    Assert.Equal(id without, id plain)
    Assert.NotEqual<string>(id plain, id full)
