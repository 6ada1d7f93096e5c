// A CVE of the National Vulnerability Database (NVD, API 2.0): what of it says how severe a vulnerability is. Reads one object; knows no file.
namespace Cti.Core

open System
open System.Collections.Generic

/// Finds one's way in a record. Reused record by record; values are numbers of the tree and valid as long as it is.
[<Sealed; AllowNullLiteral(false)>]
type internal NvdRecord() =
    static let cve = "cve"B
    static let id = "id"B
    static let published = "published"B
    static let vulnStatus = "vulnStatus"B
    static let rejected = "Rejected"B
    static let metrics = "metrics"B
    static let cvssData = "cvssData"B
    static let kind = "type"B
    static let primary = "Primary"B
    static let weaknessList = "weaknesses"B
    static let description = "description"B
    static let value = "value"B
    static let lastModified = "lastModified"B
    static let cisaExploitAdd = "cisaExploitAdd"B

    static let versions =
        [|
            struct ("cvssMetricV40"B, CvssVersion.V40)
            struct ("cvssMetricV31"B, CvssVersion.V31)
            struct ("cvssMetricV30"B, CvssVersion.V30)
            struct ("cvssMetricV2"B, CvssVersion.V2)
        |]

    let score = ScoreChoice()
    let weaknesses = List<string>()
    let scratch = Utf8Writer 256
    let mutable body = -1
    let badScores = List<int>()

    let readMetric (tree: JsonTree) (version: CvssVersion) (metric: int) =
        let isOwn = tree.Is(tree.Member(metric, kind), primary)

        let offered = tree.Member(metric, cvssData)

        if offered >= 0 && not (score.Offer(tree, offered, version, isOwn)) then
            badScores.Add offered

    let readWeakness (tree: JsonTree) (weakness: int) =
        VulnerabilityText.each tree (tree.Member(weakness, description)) (fun entry ->
            let found =
                VulnerabilityText.weakness (tree.Text(tree.Member(entry, value), scratch))

            if found <> "" && weaknesses.Count < 64 && not (weaknesses.Contains found) then
                weaknesses.Add found)

    /// Looks at an object: an element of `vulnerabilities`, or what it holds in `cve`. False: it is no such record.
    member _.Read(tree: JsonTree, node: int) : bool =
        score.Clear()
        weaknesses.Clear()
        badScores.Clear()
        let inner = tree.Member(node, cve)
        body <- if inner >= 0 then inner else node
        let isRecord = tree.Member(body, id) >= 0 && tree.Member(body, published) >= 0

        if isRecord then
            let all = tree.Member(body, metrics)

            for struct (name, version) in versions do
                VulnerabilityText.each tree (tree.Member(all, name)) (readMetric tree version)

            VulnerabilityText.each tree (tree.Member(body, weaknessList)) (readWeakness tree)

        isRecord

    /// The object with the id.
    member _.Body = body
    member _.Id(tree: JsonTree) = tree.Member(body, id)
    member _.Score = score
    /// Each once, in order of appearance.
    member _.Weaknesses = weaknesses
    /// CISA's catalogue lists it.
    member _.IsExploited(tree: JsonTree) = tree.Member(body, cisaExploitAdd) >= 0
    /// What should give a score and gives none from 0 to 10.
    member _.BadScores = badScores

    /// The number was given and taken back.
    member _.IsRejected(tree: JsonTree) =
        tree.Is(tree.Member(body, vulnStatus), rejected)

    member _.Updated(tree: JsonTree) =
        VulnerabilityText.time tree (tree.Member(body, lastModified))
