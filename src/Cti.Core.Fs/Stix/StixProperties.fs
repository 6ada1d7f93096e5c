// The properties of STIX objects that are read, and one object as the places of its properties. Knows no meaning.
namespace Cti.Core

open System
open System.Text

/// A property by its place in a `StixObject`. Codes are for this program only.
type internal StixProperty =
    | Type = 0
    | Id = 1
    | SpecVersion = 2
    | Created = 3
    | Modified = 4
    | CreatedByRef = 5
    | Revoked = 6
    | Labels = 7
    | Confidence = 8
    | Lang = 9
    | ExternalReferences = 10
    | ObjectMarkingRefs = 11
    | GranularMarkings = 12
    | Extensions = 13
    | Name = 14
    | Description = 15
    | IndicatorTypes = 16
    | Pattern = 17
    | PatternType = 18
    | PatternVersion = 19
    | ValidFrom = 20
    | ValidUntil = 21
    | KillChainPhases = 22
    | FirstObserved = 23
    | LastObserved = 24
    | NumberObserved = 25
    | Objects = 26
    | ObjectRefs = 27
    | RelationshipType = 28
    | SourceRef = 29
    | TargetRef = 30
    | SightingOfRef = 31
    | FirstSeen = 32
    | LastSeen = 33
    | Count = 34
    | DefinitionType = 35
    | Definition = 36

/// One object: where in its JSON its properties stand. Reused object by object.
[<Sealed; AllowNullLiteral(false)>]
type internal StixObject() =
    static let names: byte[][] =
        [|
            "type"
            "id"
            "spec_version"
            "created"
            "modified"
            "created_by_ref"
            "revoked"
            "labels"
            "confidence"
            "lang"
            "external_references"
            "object_marking_refs"
            "granular_markings"
            "extensions"
            "name"
            "description"
            "indicator_types"
            "pattern"
            "pattern_type"
            "pattern_version"
            "valid_from"
            "valid_until"
            "kill_chain_phases"
            "first_observed"
            "last_observed"
            "number_observed"
            "objects"
            "object_refs"
            "relationship_type"
            "source_ref"
            "target_ref"
            "sighting_of_ref"
            "first_seen"
            "last_seen"
            "count"
            "definition_type"
            "definition"
        |]
        |> Array.map Encoding.ASCII.GetBytes

    // By length, so that a name is compared with three others at most, mostly.
    static let ofLength: int[][] =
        [|
            for length in 0..19 ->
                [|
                    for code in 0 .. names.Length - 1 do
                        if names[code].Length = length then
                            code
                |]
        |]

    let nodes: int[] = Array.create names.Length -1

    static let codeOf (name: ReadOnlySpan<byte>) : int =
        let mutable found = -1

        if name.Length < ofLength.Length then
            let candidates = ofLength[name.Length]
            let mutable index = 0

            while index < candidates.Length do
                if name.SequenceEqual(ReadOnlySpan<byte> names[candidates[index]]) then
                    found <- candidates[index]
                    index <- candidates.Length
                else
                    index <- index + 1

        found

    /// The property's name as it is written in JSON.
    static member NameOf(property: StixProperty) : string =
        Encoding.ASCII.GetString names[int property]

    /// The code of the property that a member of an object is, -1 where it is another.
    static member CodeOf(name: ReadOnlySpan<byte>) : int = codeOf name

    /// Begins with an object. Of a property given twice the last one counts.
    member _.Open(tree: JsonTree) : unit =
        Array.Fill(nodes, -1)
        let mutable child = 1

        while child < tree.After 0 do
            let code = codeOf (tree.Name child)

            if code >= 0 then
                nodes[code] <- child

            child <- tree.After child

    /// The value of a property, -1 where the object has none.
    member _.Item
        with get (property: StixProperty): int = nodes[int property]

    member _.Has(property: StixProperty) = nodes[int property] >= 0
