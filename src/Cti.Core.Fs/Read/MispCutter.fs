// MISP documents as records: events with or without their wrapper, answers of the REST search for events and for attributes, manifests of feeds,
// galaxies and taxonomies. Knows how documents are built; what an attribute says is MispAttributes'.
namespace Cti.Core

open System
open System.Text

/// What is being cut.
[<Struct; RequireQualifiedAccess>]
type private MispPhase =
    /// The event itself has yet to be kept.
    | Head
    | Attributes
    /// MISP objects: what is kept of one, then its attributes.
    | Objects
    | ObjectAttributes
    /// Clusters of a galaxy, predicates of a taxonomy, entries of a manifest: kept as they are.
    | Items
    | Done
    /// It is no MISP document.
    | Foreign

/// The reader's parts, bound to the tree its elements are parsed into.
[<Sealed; AllowNullLiteral(false)>]
type private MispWork(detection: MispDetection, tree: JsonTree) =
    let fields = MispFields tree
    let losses = MispLosses fields
    let context = MispContext(fields, losses)
    member _.Tree = tree
    member _.Fields = fields
    member _.Losses = losses
    member _.Context = context
    member val Attributes = MispAttributes(detection, fields, losses, context)

/// Cuts MISP. One per source.
[<Sealed; AllowNullLiteral(false)>]
type internal MispCutter(dialect: MispDialect) =
    inherit ElementCutter()

    static let mostKept = 1_048_576
    let tags = MispTagSet()
    // Mutable state of the pass over one element: numbers of values, as the tree gives them.
    let mutable work: MispWork voption = ValueNone
    let mutable phase = MispPhase.Done
    let mutable event = -1
    let mutable next = 0
    let mutable last = 0
    let mutable nextObject = 0
    let mutable lastObject = 0
    let mutable owner = -1
    let mutable itemKind = ""
    let mutable itemSpace = ""

    let isArray (tree: JsonTree) node =
        node >= 0 && tree.Kind node = JsonKind.Array

    let isObject (tree: JsonTree) node =
        node >= 0 && tree.Kind node = JsonKind.Object

    let enter (tree: JsonTree) (list: int) =
        next <- list + 1
        last <- if isArray tree list then tree.After list else list + 1

    // A manifest's members are named by the UUIDs of events.
    let isManifest (tree: JsonTree) (node: int) =
        let mutable id = Guid.Empty
        let mutable used = 0

        tree.After node > node + 1
        && isObject tree (node + 1)
        && Buffers.Text.Utf8Parser.TryParse(tree.Name(node + 1), &id, &used, 'D')
        && used = (tree.Name(node + 1)).Length

    let openItems (work: MispWork) (kind: string) (list: int) =
        itemKind <- kind
        itemSpace <- Encoding.UTF8.GetString(work.Fields.TextOf(0, MispName.space))
        next <- list + 1
        last <- work.Tree.After list
        phase <- MispPhase.Items

    let openEvent (node: int) =
        event <- node
        phase <- MispPhase.Head

    let rec openDocument (work: MispWork) (node: int) =
        let tree = work.Tree
        let inner = tree.Member(node, MispName.event)
        let response = tree.Member(node, MispName.response)
        let has name = tree.Member(node, name) >= 0

        if isObject tree inner && not (has MispName.value) then
            openEvent inner
        elif isObject tree response then
            openDocument work response
        elif has MispName.value && has MispName.kind then
            // An attribute that stands alone, with its event in it.
            event <- -1
            work.Attributes.Open -1
            next <- node
            last <- node + 1
            nextObject <- 0
            lastObject <- 0
            phase <- MispPhase.Attributes
        elif
            isArray tree (tree.Member(node, MispName.attribute))
            || isArray tree (tree.Member(node, MispName.object))
            || (has MispName.info && has MispName.date)
        then
            openEvent node
        elif isArray tree (tree.Member(node, MispName.predicates)) && has MispName.space then
            openItems work MispKind.Predicate (tree.Member(node, MispName.predicates))
        elif isArray tree (tree.Member(node, MispName.values)) && has MispName.authors then
            openItems work MispKind.Cluster (tree.Member(node, MispName.values))
        elif isManifest tree node then
            openItems work MispKind.ManifestEntry node
        elif tree.After node = node + 1 then
            phase <- MispPhase.Done
        else
            phase <- MispPhase.Foreign

    let writeValue (tree: JsonTree) (node: int) (target: Utf8Writer) =
        if tree.Kind node = JsonKind.Text then
            target.Byte '"'B
            target.Bytes(tree.Raw node)
            target.Byte '"'B
        else
            target.Bytes(tree.Raw node)

    /// Keeps an event or a MISP object without what is kept by itself.
    let keepHead
        (work: MispWork)
        (batch: RawBatch)
        (node: int)
        (kind: string)
        (modified: Timestamp)
        (tlp: Tlp voption)
        =
        let tree = work.Tree

        match work.Fields.Uuid(tree.Member(node, MispName.uuid)) with
        | ValueNone -> ()
        | ValueSome id ->
            let target = batch.Scratch
            let from = target.Length
            target.Byte '{'B
            let mutable child = node + 1

            while child < tree.After node do
                let name = tree.Name child

                if
                    not (name.SequenceEqual(ReadOnlySpan<byte> MispName.attribute))
                    && not (name.SequenceEqual(ReadOnlySpan<byte> MispName.object))
                then
                    if target.Length > from + 1 then
                        target.Byte ','B

                    target.Byte '"'B
                    target.Bytes name
                    target.Byte '"'B
                    target.Byte ':'B
                    writeValue tree child target

                child <- tree.After child

            target.Byte '}'B

            if target.Length - from > mostKept then
                target.Truncate from
                work.Losses.Add(batch, kind, node, LossReason.TooLarge)
            else
                batch.Keep(
                    kind + ":" + id,
                    kind,
                    modified,
                    tlp,
                    batch.Count,
                    ~~~from,
                    ~~~from + (target.Length - from),
                    tree.Line node
                )

    let keepEvent (work: MispWork) (batch: RawBatch) =
        let context = work.Context
        context.Read(batch, event)
        keepHead work batch event MispKind.Event (MispTime.orElse context.Date context.Timestamp) context.Tags.Tlp
        work.Attributes.Open -1
        enter work.Tree (work.Tree.Member(event, MispName.attribute))

        match work.Tree.Member(event, MispName.object) with
        | list when isArray work.Tree list ->
            nextObject <- list + 1
            lastObject <- work.Tree.After list
        | _ ->
            nextObject <- 0
            lastObject <- 0

        phase <- MispPhase.Attributes

    let addAttribute (work: MispWork) (batch: RawBatch) (owner: int) =
        let tree = work.Tree
        let node = next
        next <- tree.After node

        if tree.Kind node <> JsonKind.Object then
            work.Losses.Add(batch, "Event.Attribute", node, LossReason.UnusableValue)
        else
            if event < 0 then
                work.Context.Read(batch, tree.Member(node, MispName.event))

            work.Attributes.Add(batch, node, owner)

    let openObject (work: MispWork) (batch: RawBatch) =
        let tree = work.Tree
        owner <- nextObject
        nextObject <- tree.After owner

        if tree.Kind owner <> JsonKind.Object then
            work.Losses.Add(batch, "Event.Object", owner, LossReason.UnusableValue)
        else
            let modified =
                work.Context.Time(batch, "Event.Object.timestamp", tree.Member(owner, MispName.timestamp))
                |> MispTime.orElse work.Context.Timestamp

            keepHead work batch owner MispKind.Object modified work.Context.Tags.Tlp
            work.Attributes.Open owner
            enter tree (tree.Member(owner, MispName.attribute))
            phase <- MispPhase.ObjectAttributes

    let keepItem (work: MispWork) (batch: RawBatch) =
        let tree = work.Tree
        let fields = work.Fields
        let node = next
        next <- tree.After node

        let id =
            match itemKind, fields.Uuid(tree.Member(node, MispName.uuid)) with
            | MispKind.ManifestEntry, _ -> RawBatch.TextOf(tree.Name node, 64)
            | _, ValueSome id -> id
            | _, ValueNone ->
                match RawBatch.TextOf(fields.TextOf(node, MispName.value), 200) with
                | "" -> ""
                | name -> itemSpace + ":" + name

        if id = "" || tree.Kind node <> JsonKind.Object then
            work.Losses.Add(batch, itemKind, node, LossReason.UnusableValue)
        elif tree.End node - tree.Start node > mostKept then
            work.Losses.Add(batch, itemKind, node, LossReason.TooLarge)
        else
            tags.Clear()
            work.Context.ReadTags(batch, node, itemKind + ".Tag", tags)

            let modified =
                work.Context.Time(batch, itemKind + ".timestamp", tree.Member(node, MispName.timestamp))

            batch.Keep(
                itemKind + ":" + id,
                itemKind,
                modified,
                tags.Tlp,
                batch.Count,
                tree.Start node,
                tree.End node,
                tree.Line node
            )

    let rec step (work: MispWork) (batch: RawBatch) : ElementStep =
        match phase with
        | MispPhase.Head ->
            keepEvent work batch
            ElementStep.Record
        | MispPhase.Attributes when next < last ->
            addAttribute work batch -1
            ElementStep.Record
        | MispPhase.Attributes ->
            phase <- MispPhase.Objects
            step work batch
        | MispPhase.Objects when nextObject < lastObject ->
            openObject work batch
            ElementStep.Record
        | MispPhase.ObjectAttributes when next < last ->
            addAttribute work batch owner
            ElementStep.Record
        | MispPhase.ObjectAttributes ->
            phase <- MispPhase.Objects
            step work batch
        | MispPhase.Items when next < last ->
            keepItem work batch
            ElementStep.Record
        | MispPhase.Foreign ->
            phase <- MispPhase.Done
            ElementStep.Refused(0, ReadError.NotMisp)
        | MispPhase.Objects
        | MispPhase.Items
        | MispPhase.Done -> ElementStep.Done

    override _.Columns = StandardFields.columns

    override _.Open tree =
        let bound =
            match work with
            | ValueSome known when Object.ReferenceEquals(known.Tree, tree) -> known
            | _ -> MispWork(dialect.Detection, tree)

        work <- ValueSome bound
        openDocument bound 0

    override _.Next(_, batch) =
        match work with
        | ValueSome work -> step work batch
        | ValueNone -> ElementStep.Done
