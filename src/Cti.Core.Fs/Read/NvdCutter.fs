// Records of NVD 2.0 as raw records; vendors and products are taken out of its CPE names.
namespace Cti.Core

open System.Collections.Generic

/// CVEs of NVD's API 2.0 and of the files made of its answers.
[<Sealed; AllowNullLiteral(false)>]
type internal NvdCutter() =
    inherit VulnerabilityCutter()

    static let url = "url"B
    static let references = "references"B
    static let descriptions = "descriptions"B
    static let published = "published"B
    static let lastModified = "lastModified"B
    static let sourceIdentifier = "sourceIdentifier"B
    static let configurations = "configurations"B
    static let nodes = "nodes"B
    static let cpeMatch = "cpeMatch"B
    static let criteria = "criteria"B
    static let cveTags = "cveTags"B
    static let tags = "tags"B

    static let carried =
        [|
            "id"B
            "vulnStatus"B
            lastModified
            "weaknesses"B
            // The enricher's.
            "metrics"B
            references
            descriptions
            published
            sourceIdentifier
            configurations
            cveTags
        |]

    let record = NvdRecord()
    let mutable isDone = false

    // `cpe:2.3:a:vendor:product:…`: a colon inside a part is written `\:`.
    static let part (cpe: string) (number: int) : string =
        let mutable at = 0
        let mutable skipped = 0
        let mutable start = 0

        while skipped < number && at < cpe.Length do
            if cpe[at] = '\\' then
                at <- at + 2
            else
                if cpe[at] = ':' then
                    skipped <- skipped + 1
                    start <- at + 1

                at <- at + 1

        let mutable finish = start

        while finish < cpe.Length && cpe[finish] <> ':' do
            finish <- finish + (if cpe[finish] = '\\' then 2 else 1)

        if skipped < number then
            ""
        else
            cpe.Substring(start, min finish cpe.Length - start).Replace("\\", "")

    let vendors = HashSet<string>()
    let products = HashSet<string>()

    member private this.Product(tree: JsonTree, batch: RawBatch, matched: int) =
        let text = tree.Member(matched, criteria)
        let cpe = RawBatch.TextOf(tree.Text(text, this.Scratch), 1024)

        let add (seen: HashSet<string>) (prefix: string) (name: string) =
            if name <> "" && name <> "*" && name <> "-" then
                if seen.Count < VulnerabilityText.MostNames then
                    seen.Add name |> ignore
                    this.Label(prefix + name)
                elif not (seen.Contains name) then
                    this.Lose(tree, batch, text, "cve.configurations.nodes.cpeMatch.criteria", LossReason.TooLarge)

        if text >= 0 then
            add vendors "vendor:" (part cpe 3)
            add products "product:" (part cpe 4)

    member private this.WriteRecord(tree: JsonTree, batch: RawBatch) : ElementStep =
        this.Begin()
        vendors.Clear()
        products.Clear()
        let body = record.Body
        this.Record.FirstSeen <- this.Time(tree, batch, tree.Member(body, published), "cve.published")

        let updated =
            this.Time(tree, batch, tree.Member(body, lastModified), "cve.lastModified")

        this.Record.LastSeen <- updated

        if record.IsRejected tree then
            this.Record.Ended <- updated

        this.Describe(tree, -1, VulnerabilityText.inEnglish tree (tree.Member(body, descriptions)))
        this.Record.Report(tree.Text(tree.Member(body, sourceIdentifier), this.Scratch))

        for index in 0 .. record.Weaknesses.Count - 1 do
            this.Label record.Weaknesses[index]

        if record.IsExploited tree then
            this.Label "kev"

        VulnerabilityText.each tree (tree.Member(body, cveTags)) (fun group ->
            VulnerabilityText.each tree (tree.Member(group, tags)) (fun tag -> this.NameLabel(tree, tag, "") |> ignore))

        this.Refer(tree, batch, tree.Member(body, references), url, "cve.references.url")

        VulnerabilityText.each tree (tree.Member(body, configurations)) (fun configuration ->
            VulnerabilityText.each tree (tree.Member(configuration, nodes)) (fun node ->
                VulnerabilityText.each tree (tree.Member(node, cpeMatch)) (fun matched ->
                    this.Product(tree, batch, matched))))

        this.LoseOthers(tree, batch, body, "cve.", carried)
        this.LoseScores(tree, batch, record.BadScores, "cve.metrics.cvssData")

        if this.Write(tree, batch, record.Id tree, body) then
            ElementStep.Record
        else
            ElementStep.Refused(0, ReadError.Syntax SyntaxError.VulnerabilityRecord)

    override _.Open(_) = isDone <- false

    override this.Next(tree, batch) =
        if isDone then
            ElementStep.Done
        else
            isDone <- true

            if record.Read(tree, 0) then
                this.WriteRecord(tree, batch)
            else
                ElementStep.Refused(0, ReadError.Syntax SyntaxError.VulnerabilityRecord)
