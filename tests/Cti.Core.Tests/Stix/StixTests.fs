// STIX: every rule over rendered bundles, and a broken sample for every rule.
module Cti.Core.Tests.StixTests

open System
open System.Text.Json.Nodes
open Cti.Core
open Xunit

let private parse (text: string) =
    (JsonNode.Parse text |> nonNull).AsObject()

let private bundles =
    lazy
        [
            for seed in 1..8 do
                for observables in [ false; true ] do
                    Samples.render
                        (RenderSpec.StixBundle
                            {|
                                Observables = observables
                                Objects = false
                            |})
                        (Samples.batch seed (40 * seed))
            Samples.render
                (RenderSpec.StixBundle
                    {|
                        Observables = true
                        Objects = false
                    |})
                (IndicatorBatch 1)
        ]

let private holds (rule: JsonObject -> string list) =
    for bundle in bundles.Value do
        Assert.Empty(rule (parse bundle))

let private find (kind: string) (bundle: JsonObject) =
    StixReader.objects bundle
    |> List.find (fun item -> StixReader.get "type" item = kind)

/// The rule accepts a bundle as rendered, and refuses it once `damage` is done.
let private refuses (rule: JsonObject -> string list) (damage: JsonObject -> unit) =
    let bundle =
        parse (
            Samples.render
                (RenderSpec.StixBundle
                    {|
                        Observables = true
                        Objects = false
                    |})
                (Samples.batch 99 120)
        )

    Assert.Empty(rule bundle)
    damage bundle
    Assert.NotEmpty(rule bundle)

let private set (name: string) (value: string) (item: JsonObject) = item[name] <- JsonValue.Create value

[<Fact>]
let ``rule 1: observable ids are UUIDv5 of their contributing properties`` () =
    holds StixRules.scoIds
    refuses StixRules.scoIds (find "url" >> set "value" "https://other.example/")
    refuses StixRules.scoIds (fun bundle -> (find "network-traffic" bundle)["dst_port"] <- JsonValue.Create 1)

[<Fact>]
let ``rule 2: ids are well formed and no UUID serves two types`` () =
    holds StixRules.ids

    refuses StixRules.ids (fun bundle ->
        let indicator = StixReader.get "id" (find "indicator" bundle)

        find "relationship" bundle
        |> set "id" (indicator.Replace("indicator", "relationship")))

[<Fact>]
let ``rule 3: timestamps have milliseconds and Z, and intervals run forward`` () =
    holds StixRules.timestamps
    refuses StixRules.timestamps (find "indicator" >> set "created" "2026-01-01T00:00:00Z")
    refuses StixRules.timestamps (find "indicator" >> set "modified" "2026-01-01T00:00:00.000+00:00")
    refuses StixRules.timestamps (find "indicator" >> set "modified" "1999-01-01T00:00:00.000Z")

    refuses StixRules.timestamps (fun bundle ->
        let indicator = find "indicator" bundle
        indicator |> set "valid_until" (StixReader.get "valid_from" indicator))

[<Fact>]
let ``rule 4: spec_version stands on objects and not on the bundle`` () =
    holds StixRules.specVersions
    refuses StixRules.specVersions (set "spec_version" "2.1")
    refuses StixRules.specVersions (fun bundle -> (find "indicator" bundle).Remove "spec_version" |> ignore)

[<Fact>]
let ``rule 5: an indicator has all that strict checkers want`` () =
    holds StixRules.indicators
    refuses StixRules.indicators (fun bundle -> (find "indicator" bundle).Remove "description" |> ignore)

[<Fact>]
let ``rule 6: observables have no properties of domain objects`` () =
    holds StixRules.scoProperties
    refuses StixRules.scoProperties (find "file" >> set "created" "2026-01-01T00:00:00.000Z")

[<Fact>]
let ``rule 7: patterns parse and escape only quotes and backslashes`` () =
    holds StixRules.patterns
    refuses StixRules.patterns (find "indicator" >> set "pattern" "[url:value = 'http://a.example/\\n']")
    refuses StixRules.patterns (find "indicator" >> set "pattern" "[url:value = 'http://a.example/'']")

    refuses
        StixRules.patterns
        (find "indicator"
         >> set "pattern" "[url:value = 'http://a.example/' AND ipv4-addr:value = '192.0.2.1']")

[<Fact>]
let ``rule 8: hash keys and lengths are the algorithm's`` () =
    holds StixRules.hashes
    refuses StixRules.hashes (find "indicator" >> set "pattern" "[file:hashes.'SHA-1' = 'abc']")

    refuses StixRules.hashes (fun bundle ->
        let file =
            StixReader.objects bundle
            |> List.find (fun item -> StixReader.get "type" item = "file" && item.ContainsKey "hashes")

        (nonNull file["hashes"]).AsObject() |> set "SHA256" "00")

[<Fact>]
let ``rule 9: values are never defanged`` () =
    holds StixRules.values
    refuses StixRules.values (find "url" >> set "value" "hxxp://a.example/")
    refuses StixRules.values (find "ipv4-addr" >> set "value" "010.0.0.1")
    refuses StixRules.values (find "indicator" >> set "pattern" "[url:value = 'a.example/x']")

[<Fact>]
let ``rule 10: nothing is empty or null`` () =
    holds StixRules.empties
    refuses StixRules.empties (fun bundle -> (find "indicator" bundle)["labels"] <- JsonArray())
    refuses StixRules.empties (fun bundle -> (find "indicator" bundle)["extensions"] <- JsonObject())
    refuses StixRules.empties (fun bundle -> (find "indicator" bundle)["confidence"] <- null)

[<Fact>]
let ``rule 11: TLP markings are OASIS' objects`` () =
    holds StixRules.tlp
    refuses StixRules.tlp (find "marking-definition" >> set "definition_type" "tlp")
    refuses StixRules.tlp (find "marking-definition" >> set "created" "2022-10-01T00:00:00Z")

[<Fact>]
let ``rule 12: references point to the right kind of object, in the bundle`` () =
    holds StixRules.references

    refuses StixRules.references (fun bundle ->
        find "indicator" bundle
        |> set "created_by_ref" (StixReader.get "id" (find "url" bundle)))

    refuses StixRules.references (fun bundle ->
        (nonNull bundle["objects"]).AsArray().Remove(find "marking-definition" bundle)
        |> ignore)

[<Fact>]
let ``rule 13: what is ours stands in our extension`` () =
    holds StixRules.custom
    refuses StixRules.custom (find "indicator" >> set "x_source" "feed")

    refuses StixRules.custom (fun bundle ->
        (nonNull bundle["objects"]).AsArray().Remove(find "extension-definition" bundle)
        |> ignore)

[<Fact>]
let ``rule 14: based-on leads to observed data, and nothing stands twice`` () =
    holds StixRules.relationships

    refuses StixRules.relationships (fun bundle ->
        find "relationship" bundle
        |> set "target_ref" (StixReader.get "id" (find "url" bundle)))

    refuses StixRules.relationships (fun bundle ->
        let again = (find "indicator" bundle).DeepClone().AsObject()
        again |> set "name" "other"
        (nonNull bundle["objects"]).AsArray().Add(again))

[<Fact>]
let ``rule 15: vulnerabilities and entries of ATT&CK refer to their catalogues`` () =
    holds StixRules.catalogues
    refuses StixRules.catalogues (fun bundle -> (find "vulnerability" bundle).Remove "external_references" |> ignore)

    refuses StixRules.catalogues (fun bundle ->
        let item = find "attack-pattern" bundle

        for reference in (nonNull item["external_references"]).AsArray() do
            (nonNull reference).AsObject() |> set "source_name" "attack")
