// MITRE ATT&CK's catalogue, out of the STIX 2.0 or 2.1 bundles that MITRE publishes: what a technique, group, software or mitigation is called, which
// tactics it serves, whether it still holds and what stands in its place. Never changes once read.
namespace Cti.Core

open System
open System.Collections.Generic
open System.Text

/// An entry as one object of a bundle says it.
[<NoComparison; NoEquality>]
type private AttackEntry =
    {
        /// The STIX object it is.
        Object: string
        Name: byte[]
        Tactics: NameSet
        Status: AttackStatus
        Modified: Timestamp
        /// Less is better where several objects have one number: a deprecated mitigation has its technique's.
        Rank: int
    }

[<Sealed; AllowNullLiteral(false)>]
type private AttackCollector() =
    inherit ElementCollector()

    static let kind = "type"B
    static let id = "id"B
    static let name = "name"B
    static let modified = "modified"B
    static let revoked = "revoked"B
    static let deprecated = "x_mitre_deprecated"B
    static let externalReferences = "external_references"B
    static let sourceName = "source_name"B
    static let externalId = "external_id"B
    static let killChainPhases = "kill_chain_phases"B
    static let phaseName = "phase_name"B
    static let relationship = "relationship"B
    static let relationshipType = "relationship_type"B
    static let revokedBy = "revoked-by"B
    static let sourceRef = "source_ref"B
    static let targetRef = "target_ref"B
    static let courseOfAction = "course-of-action"B
    static let bundle = "bundle"B

    static let catalogues = [| "mitre-attack"B; "mitre-mobile-attack"B; "mitre-ics-attack"B |]

    let scratch = Utf8Writer 256

    let textOf (tree: JsonTree) (node: int) =
        RawBatch.TextOf(tree.Text(node, scratch), 512)

    let isTrue (tree: JsonTree) (node: int) =
        node >= 0 && tree.Kind node = JsonKind.True

    // The number in ATT&CK; -1 where an object has none.
    let numberOf (tree: JsonTree) : int =
        let mutable found = -1

        VulnerabilityText.each tree (tree.Member(0, externalReferences)) (fun reference ->
            if found < 0 then
                let source = tree.Member(reference, sourceName)

                if Array.exists (fun catalogue -> tree.Is(source, catalogue)) catalogues then
                    found <- tree.Member(reference, externalId))

        found

    let tacticsOf (tree: JsonTree) : NameSet =
        let names = List<string>()

        VulnerabilityText.each tree (tree.Member(0, killChainPhases)) (fun phase ->
            names.Add(textOf tree (tree.Member(phase, phaseName))))

        NameSet.Of names

    /// By number.
    member val Entries = Dictionary<string, AttackEntry>(StringComparer.Ordinal)
    /// Numbers by object.
    member val Numbers = Dictionary<string, string>(StringComparer.Ordinal)
    /// Which object stands in which one's place, and since when.
    member val Successors = Dictionary<string, struct (string * Timestamp)>(StringComparer.Ordinal)

    override this.Take(tree) =
        let isNamed = tree.Member(0, kind) >= 0 && tree.Member(0, id) >= 0

        if isNamed && tree.Is(tree.Member(0, kind), relationship) then
            if tree.Is(tree.Member(0, relationshipType), revokedBy) then
                let since = VulnerabilityText.time tree (tree.Member(0, modified))

                this.Successors[textOf tree (tree.Member(0, sourceRef))] <-
                    struct (textOf tree (tree.Member(0, targetRef)), since)
        elif isNamed then
            let number = textOf tree (numberOf tree)

            if number <> "" then
                let status =
                    if isTrue tree (tree.Member(0, revoked)) then
                        AttackStatus.Revoked
                    elif isTrue tree (tree.Member(0, deprecated)) then
                        AttackStatus.Deprecated
                    else
                        AttackStatus.Current

                let rank =
                    match status with
                    | AttackStatus.Current -> 0
                    | AttackStatus.Deprecated -> 1
                    | AttackStatus.Revoked -> 2

                let isOdd =
                    tree.Is(tree.Member(0, kind), courseOfAction)
                    && number.StartsWith("T", StringComparison.Ordinal)

                let entry =
                    {
                        Object = textOf tree (tree.Member(0, id))
                        Name = Encoding.UTF8.GetBytes(textOf tree (tree.Member(0, name)))
                        Tactics = tacticsOf tree
                        Status = status
                        Modified = VulnerabilityText.time tree (tree.Member(0, modified))
                        Rank = (if isOdd then 10 else 0) + rank
                    }

                this.Numbers[entry.Object] <- number

                match this.Entries.TryGetValue number with
                | true, known when known.Rank <= entry.Rank -> ()
                | _ -> this.Entries[number] <- entry

        // A bundle without objects is an element itself.
        isNamed || tree.Is(tree.Member(0, kind), bundle)

/// ATT&CK's entries by number.
[<Sealed; AllowNullLiteral(false)>]
type AttackTable private (facts: Dictionary<string, AttackFacts>) =
    static let belongs = "an element is no STIX object."
    // Successors that are followed: a chain longer than this is a circle.
    static let mostSteps = 16

    static let limits =
        { ReadLimits.standard with
            MaxRecordBytes = 16_777_216
        }

    // What stands in a revoked entry's place, and the newest date on the way there.
    static let replacementOf (collector: AttackCollector) (entry: AttackEntry) : struct (byte[] * Timestamp) =
        let mutable current = entry.Object
        let mutable since = entry.Modified
        let mutable steps = 0

        while steps < mostSteps && collector.Successors.ContainsKey current do
            let struct (next, at) = collector.Successors[current]
            current <- next
            since <- max since at
            steps <- steps + 1

        match collector.Numbers.TryGetValue current with
        | true, number when current <> entry.Object && steps < mostSteps ->
            struct (Encoding.UTF8.GetBytes number, since)
        | _ -> struct (Array.empty, since)

    /// Reads one or several catalogues (enterprise, mobile, ICS). Where several objects have one number, the one that holds counts.
    static member Parse(files: struct (string * byte[]) list) : Result<AttackTable, TableError> =
        let collector = AttackCollector()

        let read (struct (file, text): struct (string * byte[])) =
            let before = collector.Numbers.Count

            let reader =
                JsonElements([ [ JsonStep.Key "objects" ] ], collector, limits, ReaderStart.beginning)

            match ElementTables.read file text reader belongs with
            | Ok() when collector.Numbers.Count = before ->
                Error(
                    TableError.NotSuchTable(
                        file,
                        "no object has a number in MITRE ATT&CK: this is none of its catalogues."
                    )
                )
            | result -> result

        let rec readAll rest =
            match rest with
            | [] -> Ok()
            | file :: others -> read file |> Result.bind (fun () -> readAll others)

        readAll files
        |> Result.map (fun () ->
            let facts = Dictionary<string, AttackFacts>(StringComparer.Ordinal)

            for KeyValue(number, entry) in collector.Entries do
                let struct (replacement, asOf) =
                    if entry.Status = AttackStatus.Revoked then
                        replacementOf collector entry
                    else
                        struct (Array.empty, entry.Modified)

                facts[number] <- AttackFacts(entry.Name, entry.Tactics, entry.Status, replacement, asOf)

            AttackTable facts)

    member _.Count = facts.Count

    /// What the catalogue says of a number (`T1059.001`); `AttackFacts.Unknown` where it has none.
    member _.Find(number: ReadOnlySpan<byte>) : AttackFacts =
        match facts.TryGetValue(RawBatch.TextOf(number, 32)) with
        | true, found -> found
        | _ -> AttackFacts.Unknown
