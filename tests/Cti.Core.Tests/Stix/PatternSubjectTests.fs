// Patterns and rules in outputs: STIX has them under their language, lists and zones refuse them.
module Cti.Core.Tests.Stix.PatternSubjectTests

open System
open System.Text
open System.Text.Json
open Xunit
open Cti.Core
open Cti.Core.Tests.Support

let private batchOf kind (value: string) =
    let batch = IndicatorBatch 1
    let row = batch.Add()

    batch.Id[row] <- Identity.subject { Type = kind; Value = value }

    batch.Type[row] <- kind
    batch.Value.Add(ReadOnlySpan<byte>(Encoding.UTF8.GetBytes value))
    batch.FirstSeen[row] <- day 0
    batch.LastSeen[row] <- day 0
    batch.Created[row] <- day 1
    batch.Modified[row] <- day 1
    batch.ValidUntil[row] <- Timestamp.none
    batch

let private text = "rule \"a\" {\n  condition: 'b' \\ c\n}"

[<Theory>]
[<InlineData("stix_pattern", "stix")>]
[<InlineData("yara_rule", "yara")>]
[<InlineData("sigma_rule", "sigma")>]
[<InlineData("suricata_rule", "suricata")>]
[<InlineData("snort_rule", "snort")>]
let ``a pattern is an indicator in its language, as it is`` (name: string, language: string) =
    let kind = (ObservableType.tryParse name).Value
    use document = JsonDocument.Parse(StixJson.ofRow true (batchOf kind text) 0)
    let indicator = document.RootElement
    let get (name: string) = indicator.GetProperty(name).GetString()
    Assert.Equal("indicator", get "type")
    Assert.Equal(text, get "pattern")
    Assert.Equal(language, get "pattern_type")
    Assert.Equal("rule \"a\" {", get "name")
    let version = ref (JsonElement())
    Assert.Equal((language = "stix"), indicator.TryGetProperty("pattern_version", version))

    let expected = if language = "stix" then ValueSome text else ValueNone

    Assert.Equal(expected, StixPattern.ofSubject { Type = kind; Value = text })

[<Fact>]
let ``a long first line names a pattern by its beginning`` () =
    let value = String('ä', 300)

    use document =
        JsonDocument.Parse(StixJson.ofRow false (batchOf ObservableType.YaraRule value) 0)

    Assert.Equal(String('ä', 128), document.RootElement.GetProperty("name").GetString())

[<Fact>]
let ``lists and zones do not hold patterns`` () =
    for kind in ObservableType.all |> Array.filter ObservableType.isPattern do
        for spec in [ RenderSpec.PlainList; RenderSpec.Rpz Rpz.defaults ] do
            let renderer = RenderSpec.create spec
            let value = ReadOnlySpan<byte>("alert ip any any -> any any (sid:1;)"B)
            Assert.Equal(ValueSome RenderReason.TypeNotHeld, renderer.CanHold(kind, value))
            let writer = Utf8Writer 64
            let selected = [| 0 |]
            renderer.Rows(batchOf kind "alert", ReadOnlySpan<int> selected, writer)
            Assert.Equal(0, writer.Length)

        for spec in
            [
                RenderSpec.Lines ChangeFormat.Ndjson
                RenderSpec.StixBundle
                    {|
                        Observables = false
                        Objects = false
                    |}
            ] do
            Assert.Equal(ValueNone, (RenderSpec.create spec).CanHold(kind, ReadOnlySpan<byte>("alert"B)))
