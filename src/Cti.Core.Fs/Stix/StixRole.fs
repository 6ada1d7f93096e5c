// How STIX objects are read, by their types.
namespace Cti.Core

open System
open System.Text

/// How an object is read, by its type.
[<Struct; RequireQualifiedAccess>]
type internal StixRole =
    | Indicator
    | ObservedData
    | Sighting
    | Relationship
    | Vulnerability
    | AttackPattern
    | MarkingDefinition
    /// Its name is a label of what indicates it.
    | Named
    | Identity
    | Observable
    /// Kept, and not understood further.
    | Other

[<RequireQualifiedAccess>]
module internal StixRole =
    let private roles =
        [
            "indicator", StixRole.Indicator
            "relationship", StixRole.Relationship
            "observed-data", StixRole.ObservedData
            "sighting", StixRole.Sighting
            "vulnerability", StixRole.Vulnerability
            "attack-pattern", StixRole.AttackPattern
            "marking-definition", StixRole.MarkingDefinition
            "identity", StixRole.Identity
            "malware", StixRole.Named
            "threat-actor", StixRole.Named
            "intrusion-set", StixRole.Named
            "campaign", StixRole.Named
            "tool", StixRole.Named
            "infrastructure", StixRole.Named
        ]
        |> List.map (fun (name, role) -> Encoding.ASCII.GetBytes name, role)
        |> List.toArray

    /// The role of a type.
    let ofType (kind: ReadOnlySpan<byte>) : StixRole =
        let mutable role = StixRole.Other
        let mutable index = 0

        while index < roles.Length do
            let name, known = roles[index]

            if kind.SequenceEqual(ReadOnlySpan<byte> name) then
                role <- known
                index <- roles.Length
            else
                index <- index + 1

        if role.IsOther && ObservedValues.IsType kind then
            StixRole.Observable
        else
            role
