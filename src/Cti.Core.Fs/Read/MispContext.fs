// What an event says of everything in it: title, author, times, markings, links to pages that say more. Read once, before its attributes.
namespace Cti.Core

open System
open System.Collections.Generic
open System.Text

/// Tells what was not carried over, of one reader. Paths name members and the type of what they belong to, never its number.
[<Sealed; AllowNullLiteral(false)>]
type internal MispLosses(fields: MispFields) =
    /// Notes a loss of the value `node`.
    member _.Add(batch: RawBatch, path: string, node: int, reason: LossReason) : unit =
        if batch.Losses.HasRoom then
            let tree = fields.Tree
            let position = batch.PositionAt(tree.Start node, tree.Line node)

            match tree.Kind node with
            | JsonKind.Object
            | JsonKind.Array -> batch.Lose(path, tree.Raw node, reason, position)
            | _ -> batch.Lose(path, fields.Text node, reason, position)
        else
            batch.Losses.AddCount(reason, 1L)

    /// The same, of an attribute of a type: `Event.Attribute.text.value`. No text is made where the loss is only counted.
    member this.OfAttribute
        (batch: RawBatch, kind: ReadOnlySpan<byte>, part: string, node: int, reason: LossReason)
        : unit =
        if batch.Losses.HasRoom then
            this.Add(batch, $"Event.Attribute.%s{RawBatch.TextOf(kind, 64)}%s{part}", node, reason)
        else
            batch.Losses.AddCount(reason, 1L)

/// The event that is open. Cleared and read anew for each; not thread-safe.
[<Sealed; AllowNullLiteral(false)>]
type internal MispContext(fields: MispFields, losses: MispLosses) =
    // A claim keeps no more (`References.most`).
    static let mostReferences = References.most
    static let longestReporter = 64
    static let link = "link"B
    static let externalAnalysis = "External analysis"B
    static let url = "url"B

    // What is carried, or means nothing outside of the instance that wrote it.
    static let known =
        HashSet<string>(
            [
                "Attribute"
                "Galaxy"
                "Object"
                "Org"
                "Orgc"
                "RelatedEvent"
                "Tag"
                "attribute_count"
                "date"
                "disable_correlation"
                "event_creator_email"
                "id"
                "info"
                "locked"
                "org_id"
                "orgc_id"
                "proposal_email_lock"
                "publish_timestamp"
                "published"
                "sharing_group_id"
                "threat_level_id"
                "timestamp"
                "uuid"
            ],
            StringComparer.Ordinal
        )

    static let threats =
        [| "high"; "medium"; "low" |]
        |> Array.map (fun level -> Encoding.UTF8.GetBytes($"misp:threat-level=\"%s{level}-risk\""))

    let tree = fields.Tree
    let info = Utf8Writer 128
    let reporter = Utf8Writer 64
    let references = Utf8Writer 256
    let ends = List<int>()

    let tagFate (batch: RawBatch) (path: string) (node: int) (became: MispTagUse) =
        match became with
        | MispTagUse.Carried -> ()
        | MispTagUse.UnknownMarking -> losses.Add(batch, path, node, LossReason.Approximated)
        | MispTagUse.NoLabel -> losses.Add(batch, path, node, LossReason.UnusableValue)
        | MispTagUse.TooMany -> losses.Add(batch, path, node, LossReason.TooLarge)

    let addTag (batch: RawBatch) (path: string) (tags: MispTagSet) (node: int) =
        if node >= 0 then
            tagFate batch path node (tags.Add(fields.Text node))

    let isPage (attribute: int) =
        let kind = tree.Member(attribute, MispName.kind)

        tree.Is(kind, link)
        || (tree.Is(kind, url)
            && tree.Is(tree.Member(attribute, MispName.category), externalAnalysis))

    // Links that are not marked for detection say where more is to be read.
    let addReference (batch: RawBatch) (attribute: int) =
        if isPage attribute && not (fields.IsTrue(tree.Member(attribute, MispName.toIds))) then
            let value = tree.Member(attribute, MispName.value)
            let address = (fields.Text value).Trim ' 'B

            if not (References.isAddress address) then
                losses.Add(batch, "Event.Attribute.link.value", value, LossReason.UnusableValue)
            elif ends.Count = mostReferences then
                losses.Add(batch, "Event.Attribute.link.value", value, LossReason.TooLarge)
            else
                references.Bytes address
                ends.Add references.Length

    let readReferences (batch: RawBatch) (attributes: int) =
        if attributes >= 0 && tree.Kind attributes = JsonKind.Array then
            let mutable child = attributes + 1

            while child < tree.After attributes do
                addReference batch child
                child <- tree.After child

    let readReporter (batch: RawBatch) (node: int) =
        reporter.Clear()
        let name = fields.Text node

        if name.Length > longestReporter || name.ContainsAnyInRange(0uy, 0x1Fuy) then
            losses.Add(batch, "Event.Orgc.name", node, LossReason.TooLarge)
        else
            reporter.Bytes name

    // Members that are there, say something, and are not carried stand in the event as it is kept.
    let readOthers (batch: RawBatch) (event: int) =
        let mutable child = event + 1

        while child < tree.After event do
            let isSaid = fields.HasItems child || not (fields.Text child).IsEmpty

            if isSaid && batch.Losses.HasRoom then
                let name = Encoding.UTF8.GetString(tree.Name child)

                if not (known.Contains name) then
                    losses.Add(batch, "Event." + name, child, LossReason.KeptVerbatim)

            child <- tree.After child

    /// Tags of the event.
    member val Tags = MispTagSet()
    /// When the event was last changed; none where it does not say.
    member val Timestamp = Timestamp.none with get, set
    /// The day the event is of.
    member val Date = Timestamp.none with get, set
    /// `misp:threat-level="…"`; empty where it is undefined.
    member val ThreatLevel: byte[] = Array.empty with get, set
    member _.Info = info.Written
    member _.Reporter = reporter.Written
    member _.ReferenceCount = ends.Count

    /// Reference `index`, from 0.
    member _.Reference(index: int) : ReadOnlySpan<byte> =
        let from = if index = 0 then 0 else ends[index - 1]
        references.Written.Slice(from, ends[index] - from)

    /// A time in a member, and the loss where it is none.
    member _.Time(batch: RawBatch, path: string, node: int) : Timestamp =
        match fields.Time node with
        | MispMoment.At time -> time
        | MispMoment.Missing -> Timestamp.none
        | MispMoment.Unusable ->
            losses.Add(batch, path, node, LossReason.UnusableValue)
            Timestamp.none

    /// Adds the tags of a thing, and those of its galaxies' clusters.
    member _.ReadTags(batch: RawBatch, owner: int, path: string, tags: MispTagSet) : unit =
        let list = tree.Member(owner, MispName.tag)

        if fields.HasItems list then
            let mutable child = list + 1

            while child < tree.After list do
                addTag batch path tags (tree.Member(child, MispName.name))
                child <- tree.After child

        let galaxies = tree.Member(owner, MispName.galaxy)

        if fields.HasItems galaxies then
            let mutable galaxy = galaxies + 1

            while galaxy < tree.After galaxies do
                let clusters = tree.Member(galaxy, MispName.galaxyCluster)

                if fields.HasItems clusters then
                    let mutable cluster = clusters + 1

                    while cluster < tree.After clusters do
                        addTag batch path tags (tree.Member(cluster, MispName.tagName))
                        cluster <- tree.After cluster

                galaxy <- tree.After galaxy

    /// Reads an event; -1: there is none, as around attributes that stand alone.
    member this.Read(batch: RawBatch, event: int) : unit =
        this.Tags.Clear()
        info.Clear()
        reporter.Clear()
        references.Clear()
        ends.Clear()
        this.Timestamp <- Timestamp.none
        this.Date <- Timestamp.none
        this.ThreatLevel <- Array.empty

        if event >= 0 then
            info.Bytes((fields.TextOf(event, MispName.info)).Trim ' 'B)
            this.Timestamp <- this.Time(batch, "Event.timestamp", tree.Member(event, MispName.timestamp))
            this.Date <- this.Time(batch, "Event.date", tree.Member(event, MispName.date))
            let level = fields.TextOf(event, MispName.threatLevel)

            if level.Length = 1 && level[0] >= '1'B && level[0] <= '3'B then
                this.ThreatLevel <- threats[int (level[0] - '1'B)]

            readReporter batch (tree.Member(tree.Member(event, MispName.orgc), MispName.name))
            this.ReadTags(batch, event, "Event.Tag", this.Tags)
            readReferences batch (tree.Member(event, MispName.attribute))
            readOthers batch event
