// A CVE record of format 5 (github.com/CVEProject/cve-schema, versions 5.0 and 5.1): what of it says how severe a vulnerability is, and what is said of
// it. Reads one object; knows no file.
namespace Cti.Core

open System
open System.Collections.Generic

/// Finds one's way in a record. Reused record by record; values are numbers of the tree and valid as long as it is.
[<Sealed; AllowNullLiteral(false)>]
type internal Cve5Record() =
    static let cveMetadata = "cveMetadata"B
    static let cveId = "cveId"B
    static let state = "state"B
    static let rejected = "REJECTED"B
    static let containers = "containers"B
    static let cna = "cna"B
    static let adp = "adp"B
    static let metrics = "metrics"B
    static let dateUpdated = "dateUpdated"B
    static let problemTypes = "problemTypes"B
    static let descriptions = "descriptions"B
    static let cweId = "cweId"B
    static let description = "description"B
    static let other = "other"B
    static let kind = "type"B
    static let kev = "kev"B

    static let versions =
        [|
            struct ("cvssV4_0"B, CvssVersion.V40)
            struct ("cvssV3_1"B, CvssVersion.V31)
            struct ("cvssV3_0"B, CvssVersion.V30)
            struct ("cvssV2_0"B, CvssVersion.V2)
        |]

    let score = ScoreChoice()
    let weaknesses = List<string>()
    let scratch = Utf8Writer 256
    let mutable meta = -1
    let mutable own = -1
    let mutable others = -1
    let mutable isExploited = false
    let badScores = List<int>()

    let readMetric (tree: JsonTree) (isOwn: bool) (metric: int) =
        for struct (name, version) in versions do
            let offered = tree.Member(metric, name)

            if offered >= 0 && not (score.Offer(tree, offered, version, isOwn)) then
                badScores.Add offered

        // CISA's vulnrichment container says that its catalogue lists it.
        if tree.Is(tree.Member(tree.Member(metric, other), kind), kev) then
            isExploited <- true

    let addWeakness (text: ReadOnlySpan<byte>) =
        let found = VulnerabilityText.weakness text

        if found <> "" && weaknesses.Count < 64 && not (weaknesses.Contains found) then
            weaknesses.Add found

        found <> ""

    let readProblem (tree: JsonTree) (problem: int) =
        VulnerabilityText.each tree (tree.Member(problem, descriptions)) (fun entry ->
            if not (addWeakness (tree.Text(tree.Member(entry, cweId), scratch))) then
                addWeakness (tree.Text(tree.Member(entry, description), scratch)) |> ignore)

    let readContainer (tree: JsonTree) (isOwn: bool) (container: int) =
        VulnerabilityText.each tree (tree.Member(container, metrics)) (readMetric tree isOwn)
        VulnerabilityText.each tree (tree.Member(container, problemTypes)) (readProblem tree)

    /// Looks at an object. False: it is no such record.
    member _.Read(tree: JsonTree, node: int) : bool =
        score.Clear()
        weaknesses.Clear()
        isExploited <- false
        badScores.Clear()
        meta <- tree.Member(node, cveMetadata)
        let parts = tree.Member(node, containers)
        own <- tree.Member(parts, cna)
        others <- tree.Member(parts, adp)
        let isRecord = meta >= 0 && tree.Member(meta, cveId) >= 0

        if isRecord then
            readContainer tree true own
            VulnerabilityText.each tree others (readContainer tree false)

        isRecord

    /// The value of the CVE id.
    member _.Id(tree: JsonTree) = tree.Member(meta, cveId)
    /// `cveMetadata`.
    member _.Meta = meta
    /// The container of the authority that numbered it; -1 where there is none.
    member _.Own = own
    /// The list of containers of those who added to it; -1 where there is none.
    member _.Others = others
    member _.Score = score
    /// Each once, in order of appearance.
    member _.Weaknesses = weaknesses
    /// A container says that CISA lists it.
    member _.IsExploited = isExploited
    /// What should give a score and gives none from 0 to 10.
    member _.BadScores = badScores

    /// The number was given and taken back.
    member _.IsRejected(tree: JsonTree) =
        tree.Is(tree.Member(meta, state), rejected)

    member _.Updated(tree: JsonTree) =
        VulnerabilityText.time tree (tree.Member(meta, dateUpdated))
