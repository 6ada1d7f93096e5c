// Which properties STIX 2.1 asks of an object by its type: §4 (domain objects), §5 (relationships), §6 (observables), §7 (meta objects). What an object may
// hold beside them is open.
namespace Cti.Core

open System.Text

/// What every object of a type's family has.
[<Struct; RequireQualifiedAccess>]
type StixFamily =
    /// Domain objects, relationships and most meta objects (§3.2): `spec_version`, `created` and `modified`.
    | Versioned
    /// Marking definitions (§7.2): `spec_version` and `created`, and no versions.
    | Marking
    /// Observables (§6): nothing but `type` and `id`.
    | Observable
    /// Types of others (§7.3, extensions): of which family is for them to say.
    | Custom

[<RequireQualifiedAccess>]
module StixRequired =
    let private versioned =
        [
            "attack-pattern", [ "name" ]
            "campaign", [ "name" ]
            "course-of-action", [ "name" ]
            "grouping", [ "context"; "object_refs" ]
            "identity", [ "name" ]
            "incident", [ "name" ]
            "indicator", [ "pattern"; "pattern_type"; "valid_from" ]
            "infrastructure", [ "name" ]
            "intrusion-set", [ "name" ]
            "location", []
            "malware", [ "is_family" ]
            "malware-analysis", [ "product" ]
            "note", [ "content"; "object_refs" ]
            "observed-data", [ "first_observed"; "last_observed"; "number_observed" ]
            "opinion", [ "opinion"; "object_refs" ]
            "report", [ "name"; "published"; "object_refs" ]
            "threat-actor", [ "name" ]
            "tool", [ "name" ]
            "vulnerability", [ "name" ]
            "relationship", [ "relationship_type"; "source_ref"; "target_ref" ]
            "sighting", [ "sighting_of_ref" ]
            "extension-definition", [ "created_by_ref"; "name"; "schema"; "version"; "extension_types" ]
            "language-content", [ "object_ref"; "contents" ]
        ]

    let private observables =
        [
            "artifact", []
            "autonomous-system", [ "number" ]
            "directory", [ "path" ]
            "domain-name", [ "value" ]
            "email-addr", [ "value" ]
            "email-message", [ "is_multipart" ]
            "file", []
            "ipv4-addr", [ "value" ]
            "ipv6-addr", [ "value" ]
            "mac-addr", [ "value" ]
            "mutex", [ "name" ]
            "network-traffic", [ "protocols" ]
            "process", []
            "software", [ "name" ]
            "url", [ "value" ]
            "user-account", []
            "windows-registry-key", []
            "x509-certificate", []
        ]

    let private entries (family: StixFamily) (types: (string * string list) list) =
        types
        |> List.map (fun (kind, names) ->
            kind, struct (family, names |> List.map (fun name -> struct (name, Encoding.UTF8.GetBytes name))))

    let private table =
        entries StixFamily.Versioned versioned
        @ entries StixFamily.Observable observables
        @ entries StixFamily.Marking [ "marking-definition", [] ]
        |> Map.ofList

    /// The family of a type, and the properties it asks for beside those of the family.
    let ofType (kind: string) : struct (StixFamily * struct (string * byte[]) list) =
        Map.tryFind kind table |> Option.defaultValue (struct (StixFamily.Custom, []))
