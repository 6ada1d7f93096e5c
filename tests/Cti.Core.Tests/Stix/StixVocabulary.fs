// What the specification's tables say (STIX 2.1 §6, §10): properties of types, hashes, markings. The rules of StixRules look things up here.
module Cti.Core.Tests.StixVocabulary

open System.Text.Json.Nodes
open System.Text.RegularExpressions
open Cti.Core.Tests.StixReader

/// The properties that make up the id of a cyber-observable object (STIX 2.1 §6, "ID Contributing Properties").
let contributing (item: JsonObject) =
    match typeOf item with
    | "file" -> [ "hashes"; "name"; "extensions"; "parent_directory_ref" ]
    | "network-traffic" ->
        [
            "start"
            "end"
            "src_ref"
            "dst_ref"
            "src_port"
            "dst_port"
            "protocols"
            "extensions"
        ]
    | "autonomous-system" -> [ "number" ]
    | "directory" -> [ "path" ]
    | "mutex" -> [ "name" ]
    | "windows-registry-key" -> [ "key"; "values" ]
    | "x509-certificate" -> [ "hashes"; "serial_number" ]
    | _ -> [ "value" ]

let private hashLengths =
    dict [ "MD5", 32; "SHA-1", 40; "SHA-256", 64; "SHA-512", 128 ]

// As OASIS' own library (cti-python-stix2) checks the fuzzy ones.
let private fuzzy =
    dict [ "SSDEEP", "^[A-Za-z0-9/+:.]{1,128}$"; "TLSH", "^[A-Fa-f0-9]{70}$" ]

/// What is wrong with a hash under its key.
let hashError (key: string) (value: string) =
    match hashLengths.TryGetValue key with
    | true, length when Regex.IsMatch(value, $"^[0-9a-f]{{%d{length}}}$") -> []
    | _ when fuzzy.ContainsKey key && Regex.IsMatch(value, fuzzy[key]) -> []
    | _ -> [ $"hash %s{key} %s{value}" ]

/// OASIS' extension for TLP 2.0, and the ids of its marking definitions.
let tlpExtension = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"

let tlpIds =
    dict
        [
            "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487", "clear"
            "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb", "green"
            "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421", "amber"
            "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003", "amber+strict"
            "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1", "red"
        ]

/// The properties that each type of object may have here.
let allowed =
    let common = [ "type"; "spec_version"; "id"; "object_marking_refs"; "extensions" ]

    let domain =
        common
        @ [ "created_by_ref"; "created"; "modified"; "revoked"; "labels"; "confidence" ]

    dict
        [
            "indicator",
            domain
            @ [
                "name"
                "description"
                "indicator_types"
                "pattern"
                "pattern_type"
                "pattern_version"
                "valid_from"
                "valid_until"
            ]
            "identity", domain @ [ "name"; "description"; "identity_class" ]
            "extension-definition", domain @ [ "name"; "description"; "schema"; "version"; "extension_types" ]
            "marking-definition", common @ [ "created"; "name" ]
            "observed-data", domain @ [ "first_observed"; "last_observed"; "number_observed"; "object_refs" ]
            "relationship", domain @ [ "relationship_type"; "source_ref"; "target_ref" ]
            "file", common @ [ "hashes"; "name"; "parent_directory_ref" ]
            "directory", common @ [ "path" ]
            "autonomous-system", common @ [ "number" ]
            "mutex", common @ [ "name" ]
            "windows-registry-key", common @ [ "key" ]
            "x509-certificate", common @ [ "hashes" ]
            "mac-addr", common @ [ "value" ]
            "vulnerability", domain @ [ "name"; "external_references" ]
            "attack-pattern", domain @ [ "name"; "external_references" ]
            "intrusion-set", domain @ [ "name"; "external_references" ]
            "course-of-action", domain @ [ "name"; "external_references" ]
            "campaign", domain @ [ "name"; "external_references" ]
            "network-traffic", common @ [ "dst_ref"; "dst_port"; "protocols" ]
            "ipv4-addr", common @ [ "value" ]
            "ipv6-addr", common @ [ "value" ]
            "domain-name", common @ [ "value" ]
            "url", common @ [ "value" ]
            "email-addr", common @ [ "value" ]
        ]
