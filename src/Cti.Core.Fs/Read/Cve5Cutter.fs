// Records of CVE 5, and the lists of changes beside them, as raw records.
namespace Cti.Core

open System

/// Records of CVE 5: bare, in an array, one a line; and the lists of changes of cvelistV5 (`delta.json`, `deltaLog.json`), whose entries name records
/// that changed and say no more.
[<Sealed; AllowNullLiteral(false)>]
type internal Cve5Cutter() =
    inherit VulnerabilityCutter()

    static let url = "url"B
    static let references = "references"B
    static let affected = "affected"B
    static let vendor = "vendor"B
    static let product = "product"B
    static let packageName = "packageName"B
    static let title = "title"B
    static let tags = "tags"B
    static let descriptions = "descriptions"B
    static let rejectedReasons = "rejectedReasons"B
    static let datePublished = "datePublished"B
    static let dateRejected = "dateRejected"B
    static let dateUpdated = "dateUpdated"B
    static let assignerShortName = "assignerShortName"B
    static let cveId = "cveId"B
    static let cveOrgLink = "cveOrgLink"B

    static let carriedMeta =
        [|
            cveId
            "state"B
            datePublished
            dateRejected
            dateUpdated
            assignerShortName
            "assignerOrgId"B
        |]

    // `metrics` is the enricher's.
    static let carriedHere =
        [|
            references
            affected
            title
            tags
            descriptions
            rejectedReasons
            "problemTypes"B
            "providerMetadata"B
            "metrics"B
        |]

    static let carriedOfProduct = [| vendor; product; packageName |]

    // The lists of a delta, in the order of their records.
    static let changes = [| "new"B; "updated"B |]

    let record = Cve5Record()
    // Of a delta: the list and the entry that are next.
    let mutable isDelta = false
    let mutable list = 0
    let mutable entry = -1
    let mutable isDone = false

    member private this.Products(tree: JsonTree, batch: RawBatch, container: int, path: string) =
        let mutable vendors = 0
        let mutable products = 0

        VulnerabilityText.each tree (tree.Member(container, affected)) (fun item ->
            let named = tree.Member(item, product)
            let named = if named >= 0 then named else tree.Member(item, packageName)
            let maker = tree.Member(item, vendor)

            if maker >= 0 && vendors < VulnerabilityText.MostNames then
                if this.NameLabel(tree, maker, "vendor:") then
                    vendors <- vendors + 1

            if named >= 0 && products < VulnerabilityText.MostNames then
                if this.NameLabel(tree, named, "product:") then
                    products <- products + 1
            elif named >= 0 then
                this.Lose(tree, batch, named, path + "affected.product", LossReason.TooLarge)

            this.LoseOthers(tree, batch, item, path + "affected.", carriedOfProduct))

    member private this.Container(tree: JsonTree, batch: RawBatch, container: int, path: string) =
        this.Refer(tree, batch, tree.Member(container, references), url, path + "references.url")

        VulnerabilityText.each tree (tree.Member(container, tags)) (fun tag -> this.NameLabel(tree, tag, "") |> ignore)

        this.Products(tree, batch, container, path)
        this.LoseOthers(tree, batch, container, path, carriedHere)

    member private this.WriteRecord(tree: JsonTree, batch: RawBatch) : ElementStep =
        this.Begin()
        let meta = record.Meta
        let own = record.Own
        let isRejected = record.IsRejected tree
        this.Record.FirstSeen <- this.Time(tree, batch, tree.Member(meta, datePublished), "cveMetadata.datePublished")

        let updated =
            this.Time(tree, batch, tree.Member(meta, dateUpdated), "cveMetadata.dateUpdated")

        this.Record.LastSeen <- updated

        if isRejected then
            let since =
                this.Time(tree, batch, tree.Member(meta, dateRejected), "cveMetadata.dateRejected")

            this.Record.Ended <- (if Timestamp.isNone since then updated else since)

        let said = tree.Member(own, (if isRejected then rejectedReasons else descriptions))

        this.Describe(tree, tree.Member(own, title), VulnerabilityText.inEnglish tree said)
        this.Record.Report(tree.Text(tree.Member(meta, assignerShortName), this.Scratch))

        for index in 0 .. record.Weaknesses.Count - 1 do
            this.Label record.Weaknesses[index]

        if record.IsExploited then
            this.Label "kev"

        if own >= 0 then
            this.Container(tree, batch, own, "containers.cna.")

        VulnerabilityText.each tree record.Others (fun other -> this.Container(tree, batch, other, "containers.adp."))

        this.LoseOthers(tree, batch, meta, "cveMetadata.", carriedMeta)
        this.LoseScores(tree, batch, record.BadScores, "containers.metrics")

        if this.Write(tree, batch, record.Id tree, 0) then
            ElementStep.Record
        else
            ElementStep.Refused(0, ReadError.Syntax SyntaxError.VulnerabilityRecord)

    // The next entry of a delta; -1 behind the last.
    member private _.NextEntry(tree: JsonTree) : int =
        let mutable found = -1

        while found < 0 && list < changes.Length do
            let all = tree.Member(0, changes[list])

            let next =
                if entry >= 0 then tree.After entry
                elif all >= 0 then all + 1
                else -1

            if all >= 0 && tree.Kind all = JsonKind.Array && next < tree.After all then
                entry <- next
                found <- next
            else
                list <- list + 1
                entry <- -1

        found

    member private this.WriteChange(tree: JsonTree, batch: RawBatch) : ElementStep =
        let found = this.NextEntry tree

        if found < 0 then
            ElementStep.Done
        else
            this.Begin()
            this.Record.LastSeen <- this.Time(tree, batch, tree.Member(found, dateUpdated), "dateUpdated")
            let link = tree.Member(found, cveOrgLink)

            if link >= 0 then
                this.Record.Refer(tree.Text(link, this.Scratch)) |> ignore

            if this.Write(tree, batch, tree.Member(found, cveId), found) then
                ElementStep.Record
            else
                ElementStep.Refused(found, ReadError.Syntax SyntaxError.VulnerabilityRecord)

    override _.Open(tree) =
        list <- 0
        entry <- -1
        isDone <- false

        isDelta <-
            not (record.Read(tree, 0))
            && Array.exists (fun name -> tree.Member(0, name) >= 0) changes

    override this.Next(tree, batch) =
        if isDone then
            ElementStep.Done
        elif isDelta then
            this.WriteChange(tree, batch)
        else
            isDone <- true

            if record.Read(tree, 0) then
                this.WriteRecord(tree, batch)
            else
                ElementStep.Refused(0, ReadError.Syntax SyntaxError.VulnerabilityRecord)
