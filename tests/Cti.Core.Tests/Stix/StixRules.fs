// A judge of STIX 2.1 bundles: one function per rule that producers get wrong, each giving the violations it finds.
module Cti.Core.Tests.StixRules

open System
open System.Collections.Generic
open System.Text.Json.Nodes
open System.Text.RegularExpressions
open Cti.Core.Tests.StixReader
open Cti.Core.Tests.StixVocabulary

/// 1. A cyber-observable object's id is the UUIDv5 of its contributing properties, of `hashes` the first in order.
let scoIds (bundle: JsonObject) =
    bundle
    |> each (fun item ->
        if not (isSco item) then
            []
        else
            let name = JsonObject()

            for key in contributing item do
                match item[key] with
                | null -> ()
                | value when key = "hashes" ->
                    let hashes = value.AsObject()

                    let first =
                        [ "MD5"; "SHA-1"; "SHA-256"; "SHA-512"; "SSDEEP"; "TLSH" ]
                        |> List.tryFind hashes.ContainsKey

                    match first with
                    | Some hash ->
                        let chosen = JsonObject()
                        chosen[hash] <- JsonValue.Create(get hash hashes)
                        name[key] <- chosen
                    | None -> ()
                | value -> name[key] <- value.DeepClone()

            let wanted =
                typeOf item
                + "--"
                + uuid5 "00abedb4-aa42-466c-9c01-fed23315a9b7" (canonical name)

            if get "id" item = wanted then
                []
            else
                [ $"id should be %s{wanted}" ])

/// 2. Ids are `type--uuid`, and no UUID serves objects of two types (STIX 2.1 §2.9).
let ids (bundle: JsonObject) =
    let pattern =
        Regex("^[a-z0-9-]+--[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")

    let all = bundle :: objects bundle

    let malformed =
        all
        |> List.filter (fun item ->
            not (pattern.IsMatch(get "id" item))
            || not ((get "id" item).StartsWith(typeOf item + "--", StringComparison.Ordinal)))
        |> List.map (fun item -> "malformed id " + get "id" item + " of a " + typeOf item)

    let shared =
        all
        |> List.groupBy (fun item -> get "id" item |> fun id -> id.Substring(max 0 (id.Length - 36)))
        |> List.filter (fun (_, items) -> items |> List.map typeOf |> List.distinct |> List.length > 1)
        |> List.map (fun (uuid, _) -> $"%s{uuid} serves two types")

    malformed @ shared

let private timestamp = Regex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,6}Z$")

let private times =
    [
        "created"
        "modified"
        "valid_from"
        "valid_until"
        "first_observed"
        "last_observed"
        "start_time"
        "stop_time"
    ]

/// 3. Timestamps have milliseconds and `Z`, and intervals run forward.
let timestamps (bundle: JsonObject) =
    bundle
    |> each (fun item ->
        [
            for name in times do
                if has name item && not (timestamp.IsMatch(get name item)) then
                    $"%s{name} is %s{get name item}"

            let order (early: string) (late: string) strict =
                if has early item && has late item then
                    let compared = String.CompareOrdinal(get early item, get late item)

                    if compared > 0 || (strict && compared = 0) then
                        [ $"%s{late} before %s{early}" ]
                    else
                        []
                else
                    []

            yield! order "created" "modified" false
            yield! order "valid_from" "valid_until" true
            yield! order "first_observed" "last_observed" false
            yield! order "start_time" "stop_time" true
        ])

/// 4. `spec_version` is 2.1 on objects and absent from the bundle.
let specVersions (bundle: JsonObject) =
    (if has "spec_version" bundle then
         [ "the bundle has one" ]
     else
         [])
    @ (bundle
       |> each (fun item ->
           if (isSco item && not (has "spec_version" item)) || get "spec_version" item = "2.1" then
               []
           else
               [ "spec_version is not 2.1" ]))

/// 5. An indicator has what it must have, and what strict checkers want.
let indicators (bundle: JsonObject) =
    bundle
    |> each (fun item ->
        if typeOf item <> "indicator" then
            []
        else
            [
                "pattern"
                "pattern_type"
                "valid_from"
                "name"
                "description"
                "indicator_types"
                "created"
                "modified"
            ]
            |> List.filter (fun name -> get name item = "")
            |> List.map (fun name -> $"lacks %s{name}"))

/// 6. Cyber-observable objects have no properties of domain objects.
let scoProperties (bundle: JsonObject) =
    bundle
    |> each (fun item ->
        [
            "created"
            "modified"
            "labels"
            "confidence"
            "external_references"
            "created_by_ref"
        ]
        |> List.filter (fun name -> isSco item && has name item)
        |> List.map (fun name -> $"has %s{name}"))

/// 7. Patterns can be parsed, escape only quotes and backslashes, and ask for one object type.
let patterns (bundle: JsonObject) =
    bundle
    |> each (fun item ->
        if typeOf item <> "indicator" || get "pattern_type" item <> "stix" then
            []
        else
            match PatternReader.read (get "pattern" item) with
            | Error message -> [ message ]
            | Ok comparisons ->
                if comparisons |> List.map _.ObjectType |> List.distinct |> List.length = 1 then
                    []
                else
                    [ "two object types in one observation" ])

/// 8. Hash keys are those of the vocabulary and lengths are the algorithm's, in objects and patterns.
let hashes (bundle: JsonObject) =
    bundle
    |> each (fun item ->
        [
            match item["hashes"] with
            | null -> ()
            | node ->
                for pair in node.AsObject() do
                    yield! hashError pair.Key ((nonNull pair.Value).GetValue<string>())

            match PatternReader.read (get "pattern" item) with
            | Ok comparisons ->
                for comparison in comparisons do
                    if comparison.Path.StartsWith("hashes.", StringComparison.Ordinal) then
                        match comparison.Value with
                        | PatternReader.Text value -> yield! hashError (comparison.Path.Substring 7) value
                        | PatternReader.Number _ -> yield "a number as hash"
            | Error _ -> ()
        ])

let private valueErrors (kind: string) (value: string) =
    [
        if Regex.IsMatch(value, @"^hxxp|\[\.\]|\[:\]|\(dot\)|\[at\]", RegexOptions.IgnoreCase) then
            $"defanged %s{value}"

        if kind = "ipv4-addr" && Regex.IsMatch(value, @"(^|\.)0\d") then
            $"leading zero in %s{value}"

        if
            kind = "mac-addr"
            && not (Regex.IsMatch(value, "^([0-9a-f]{2}:){5}[0-9a-f]{2}$"))
        then
            $"MAC address %s{value}"

        if kind = "url" && not (Regex.IsMatch(value, "^[a-z][a-z0-9+.-]*:")) then
            $"no scheme in %s{value}"
    ]

/// 9. Values are never defanged, IPv4 addresses have no leading zeros, URLs have a scheme.
let values (bundle: JsonObject) =
    bundle
    |> each (fun item ->
        [
            if isSco item && has "value" item then
                yield! valueErrors (typeOf item) (get "value" item)

            match PatternReader.read (get "pattern" item) with
            | Ok comparisons ->
                for comparison in comparisons do
                    match comparison.Value with
                    | PatternReader.Text value -> yield! valueErrors comparison.ObjectType value
                    | PatternReader.Number _ -> ()
            | Error _ -> ()
        ])

/// 10. There is no empty list, empty object or null, at any depth.
let empties (bundle: JsonObject) =
    let rec search (path: string) (node: JsonNode | null) : string list =
        match node with
        | null -> [ $"null at %s{path}" ]
        | :? JsonObject as item when item.Count = 0 -> [ $"empty object at %s{path}" ]
        | :? JsonArray as list when list.Count = 0 -> [ $"empty list at %s{path}" ]
        | :? JsonObject as item ->
            [
                for pair in item do
                    yield! search $"%s{path}.%s{pair.Key}" pair.Value
            ]
        | :? JsonArray as list ->
            [
                for child in list do
                    yield! search path child
            ]
        | _ -> []

    search "bundle" bundle

/// 11. TLP 2.0 marking definitions are OASIS' objects, to the letter.
let tlp (bundle: JsonObject) =
    bundle
    |> each (fun item ->
        if typeOf item <> "marking-definition" then
            []
        else
            match tlpIds.TryGetValue(get "id" item) with
            | true, label ->
                let wanted =
                    $"""{{"created":"2022-10-01T00:00:00.000Z","extensions":{{"%s{tlpExtension}":{{"extension_type":"property-extension","tlp_2_0":"%s{label}"}}}},"id":"%s{get "id" item}","name":"TLP:%s{label.ToUpperInvariant()}","spec_version":"2.1","type":"marking-definition"}}"""

                if canonical item = wanted then
                    []
                else
                    [ $"is not %s{wanted}" ]
            | _ -> [ "is no TLP 2.0 marking" ])

/// 12. References point to objects of the right type, and to objects of this bundle.
let references (bundle: JsonObject) =
    let known = objects bundle |> List.map (get "id") |> HashSet

    bundle
    |> each (fun item ->
        let point (name: string) (prefixes: string list) (target: string) =
            if not (known.Contains target) then
                [ $"%s{name} points to nothing: %s{target}" ]
            elif
                prefixes
                |> List.exists (fun prefix -> target.StartsWith(prefix + "--", StringComparison.Ordinal))
            then
                []
            else
                [ $"%s{name} points to %s{target}" ]

        [
            if has "created_by_ref" item then
                yield! point "created_by_ref" [ "identity" ] (get "created_by_ref" item)

            for target in strings item["object_marking_refs"] do
                yield! point "object_marking_refs" [ "marking-definition" ] target

            for target in strings item["object_refs"] do
                yield! point "object_refs" (Set.toList scoTypes) target

            if has "dst_ref" item then
                yield! point "dst_ref" [ "ipv4-addr"; "ipv6-addr"; "domain-name" ] (get "dst_ref" item)

            if has "parent_directory_ref" item then
                yield! point "parent_directory_ref" [ "directory" ] (get "parent_directory_ref" item)
        ])

/// 13. Every property is the specification's, or stands in a property extension whose definition is in the bundle.
let custom (bundle: JsonObject) =
    let known = objects bundle |> List.map (get "id") |> HashSet

    bundle
    |> each (fun item ->
        [
            match allowed.TryGetValue(typeOf item) with
            | true, names ->
                for pair in item do
                    if not (List.contains pair.Key names) then
                        $"custom property %s{pair.Key}"
            | _ -> "custom type"

            match item["extensions"] with
            | null -> ()
            | extensions ->
                for pair in extensions.AsObject() do
                    if pair.Key <> tlpExtension && not (known.Contains pair.Key) then
                        $"extension %s{pair.Key} is not defined"

                    if get "extension_type" ((nonNull pair.Value).AsObject()) <> "property-extension" then
                        "no property-extension"
        ])

/// 14. `based-on` leads from an indicator to observed data, `indicates` to a technique; no id stands twice with one `modified` and two contents.
let relationships (bundle: JsonObject) =
    let known = objects bundle |> List.map (get "id") |> HashSet

    let twice =
        objects bundle
        |> List.groupBy (fun item -> get "id" item, get "modified" item)
        |> List.filter (fun (_, items) -> items.Length > 1)
        |> List.map (fun ((id, _), _) -> $"%s{id} stands twice")

    twice
    @ (bundle
       |> each (fun item ->
           let source = get "source_ref" item
           let target = get "target_ref" item

           if typeOf item <> "relationship" then
               []
           elif
               source.StartsWith("indicator--", StringComparison.Ordinal)
               && (match get "relationship_type" item with
                   | "based-on" -> target.StartsWith("observed-data--", StringComparison.Ordinal)
                   | "indicates" -> target.StartsWith("attack-pattern--", StringComparison.Ordinal)
                   | _ -> false)
               && known.Contains source
               && known.Contains target
           then
               []
           else
               [ $"from %s{source} to %s{target}" ]))

/// 15. What refers to a public catalogue does so by source and number (STIX 2.1 §2.5, §4.18), and is no indicator.
let catalogues (bundle: JsonObject) =
    let sources =
        dict
            [
                "vulnerability", ("cve", "^CVE-[0-9]{4}-[0-9]{4,}$")
                "attack-pattern", ("mitre-attack", @"^T[0-9]{4}(\.[0-9]{3})?$")
                "intrusion-set", ("mitre-attack", "^G[0-9]{4}$")
                "course-of-action", ("mitre-attack", "^M[0-9]{4}$")
                "campaign", ("mitre-attack", "^C[0-9]{4}$")
            ]

    bundle
    |> each (fun item ->
        match sources.TryGetValue(typeOf item), item["external_references"] with
        | (true, (source, form)), (:? JsonArray as references) ->
            [
                for reference in references do
                    let reference = (nonNull reference).AsObject()

                    let name = get "source_name" reference
                    let number = get "external_id" reference

                    if name <> source || not (Regex.IsMatch(number, form)) then
                        $"refers to %s{number} of %s{name}"
            ]
        | (true, _), _ -> [ "has no external_references" ]
        | _ -> [])
