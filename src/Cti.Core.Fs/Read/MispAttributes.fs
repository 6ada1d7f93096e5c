// One attribute of a MISP event as a record of the standard fields, and as an object that is kept. Knows attributes and what surrounds them, not
// how documents are built.
namespace Cti.Core

open System
open System.Text

/// Writes attributes into batches. One per reader.
[<Sealed; AllowNullLiteral(false)>]
type internal MispAttributes(detection: MispDetection, fields: MispFields, losses: MispLosses, context: MispContext) =
    // An attachment's content is part of its attribute.
    static let mostKept = 1_048_576
    static let notMarked = "misp:ids=\"false\""B
    static let expiration = '2'B
    static let falsePositive = '1'B

    let tree = fields.Tree
    let record = StandardRecord()
    let values = MispValues(detection, fields, losses, record)
    let tags = MispTagSet()
    let kind = Utf8Writer 64
    let value = Utf8Writer 256
    let joined = Utf8Writer 64
    let words = Utf8Writer 256

    let lose (batch: RawBatch) (part: string) (node: int) (reason: LossReason) =
        losses.OfAttribute(batch, kind.Written, part, node, reason)

    /// The last time it was seen and the time it is said to expire; either may be none.
    let readSightings (batch: RawBatch) (list: int) : struct (Timestamp * Timestamp) =
        let mutable seen = Timestamp.none
        let mutable expires = Timestamp.none

        if fields.HasItems list then
            let mutable child = list + 1

            while child < tree.After list do
                let kind = fields.TextOf(child, MispName.kind)
                let code = if kind.Length = 1 then kind[0] else '0'B

                if code = falsePositive then
                    losses.Add(batch, "Event.Attribute.Sighting.false_positive", child, LossReason.KeptVerbatim)
                else
                    let at =
                        context.Time(
                            batch,
                            "Event.Attribute.Sighting.date_sighting",
                            tree.Member(child, MispName.dateSighting)
                        )

                    if code = expiration then
                        expires <- MispTime.later expires at
                    else
                        seen <- MispTime.later seen at

                child <- tree.After child

        struct (seen, expires)

    // Lines of the comment that are addresses are references, the others are said in words, behind the event's title.
    let describe (comment: int) =
        words.Clear()
        let mutable rest = fields.Text comment

        while rest.Length > 0 do
            let stop = rest.IndexOf '\n'B

            let line =
                (if stop < 0 then rest else rest.Slice(0, stop)).Trim(ReadOnlySpan<byte>(" \r"B))

            rest <-
                if stop < 0 then
                    ReadOnlySpan<byte>.Empty
                else
                    rest.Slice(stop + 1)

            if line.Length > 0 && not (record.Refer line) then
                if words.Length > 0 then
                    words.Byte '\n'B

                words.Bytes line

        let info = context.Info

        if words.Length = 0 then
            record.Describe info
        elif info.Length = 0 || words.Written.StartsWith info then
            record.Describe words.Written
        else
            joined.Clear()
            joined.Bytes info
            joined.Bytes(ReadOnlySpan<byte> ": "B)
            joined.Bytes words.Written
            record.Describe joined.Written

    let addLabels (batch: RawBatch) (node: int) (isMarked: bool) =
        let mutable fits = true

        for index in 0 .. tags.Count - 1 do
            fits <- record.Label(tags.Label index) && fits

        for index in 0 .. context.Tags.Count - 1 do
            fits <- record.Label(context.Tags.Label index) && fits

        if context.ThreatLevel.Length > 0 then
            fits <- record.Label(ReadOnlySpan<byte> context.ThreatLevel) && fits

        if not isMarked then
            fits <- record.Label(ReadOnlySpan<byte> notMarked) && fits

        if not fits then
            losses.Add(batch, "Event.Attribute.Tag", node, LossReason.TooLarge)

    /// The strictest of what the attribute and its event say.
    let marking () : Tlp voption =
        match tags.Tlp, context.Tags.Tlp with
        | ValueSome own, ValueSome around -> ValueSome(if Tlp.code own >= Tlp.code around then own else around)
        | ValueSome own, ValueNone -> ValueSome own
        | ValueNone, around -> around

    let readTimes (batch: RawBatch) (members: MispMembers) (owner: int) (isDeleted: bool) (changed: Timestamp) =
        let time (path: string) node = context.Time(batch, path, node)
        let struct (sighted, expires) = readSightings batch members.Sighting

        let first =
            time "Event.Attribute.first_seen" members.FirstSeen
            |> MispTime.orElse (time "Event.Object.first_seen" (tree.Member(owner, MispName.firstSeen)))

        let last =
            time "Event.Attribute.last_seen" members.LastSeen
            |> MispTime.orElse (time "Event.Object.last_seen" (tree.Member(owner, MispName.lastSeen)))

        let last = MispTime.later last sighted |> MispTime.orElse changed

        let first =
            if Timestamp.isNone first && context.Date <= last then
                context.Date
            else
                first

        // What is last seen before it is first seen is a slip of the pen: the order is what was meant.
        record.FirstSeen <- (if Timestamp.isNone last then first else min first last)
        record.LastSeen <- MispTime.later first last

        if isDeleted then
            record.Ended <- changed
        elif not (Timestamp.isNone expires) && expires >= sighted then
            record.Ended <- expires

    let fill (batch: RawBatch) (members: MispMembers) (owner: int) isMarked isDeleted changed =
        readTimes batch members owner isDeleted changed
        addLabels batch members.Value isMarked

        for index in 0 .. context.ReferenceCount - 1 do
            record.Refer(context.Reference index) |> ignore

        describe members.Comment

        let sure =
            if tags.Confidence >= 0 then
                tags.Confidence
            else
                context.Tags.Confidence

        if sure >= 0 then
            record.Confidence <- byte sure

        match marking () with
        | ValueSome level -> record.Tlp <- level
        | ValueNone -> ()

        record.Report context.Reporter

    /// Begins the attributes of a MISP object: what one says of another is known before they are read.
    member _.Open(owner: int) : unit = values.Open owner

    /// Adds what an attribute comes to: a record, an object, or both. `owner`: the MISP object it belongs to, -1 for none.
    member _.Add(batch: RawBatch, node: int, owner: int) : unit =
        let members = MispMembers.Of(tree, node)
        kind.Clear()
        kind.Bytes(fields.Text members.Kind)
        value.Clear()
        value.Bytes(fields.Text members.Value)
        let id = fields.Uuid members.Uuid
        let start = tree.Start node
        let finish = tree.End node
        let isKept = id.IsSome && finish - start <= mostKept

        let reason =
            if isKept then
                LossReason.KeptVerbatim
            else
                LossReason.NoPlace

        let isMarked = fields.IsTrue members.ToIds

        let isDeleted =
            fields.IsTrue members.Deleted
            || fields.IsTrue(tree.Member(owner, MispName.deleted))

        let changed =
            context.Time(batch, "Event.Attribute.timestamp", members.Timestamp)
            |> MispTime.orElse (context.Time(batch, "Event.Object.timestamp", tree.Member(owner, MispName.timestamp)))
            |> MispTime.orElse context.Timestamp
            |> MispTime.orElse context.Date

        tags.Clear()
        context.ReadTags(batch, node, "Event.Attribute.Tag", tags)
        record.Clear()

        if value.Length = 0 then
            lose batch ".value" node LossReason.UnusableValue
        else
            values.Add(batch, members, kind.Written, value.Written, reason)

        if fields.HasItems members.Shadow then
            losses.Add(batch, "Event.Attribute.ShadowAttribute", members.Shadow, reason)

        let first = batch.Count

        if record.Values > 0 then
            fill batch members owner isMarked isDeleted changed

            match id with
            | ValueSome id ->
                words.Clear()
                words.Text(MispKind.Attribute + ":" + id)
                record.Object(words.Written, kind.Written)
            | ValueNone -> ()

            record.Write(batch, start, finish, tree.Line node) |> ignore

        match id with
        | ValueSome id when isKept ->
            batch.Keep(
                MispKind.Attribute + ":" + id,
                MispKind.Attribute,
                changed,
                marking (),
                first,
                start,
                finish,
                tree.Line node
            )
        | ValueSome _ -> losses.Add(batch, "Event.Attribute.data", node, LossReason.TooLarge)
        | ValueNone when members.Uuid >= 0 ->
            losses.Add(batch, "Event.Attribute.uuid", members.Uuid, LossReason.UnusableValue)
        | ValueNone -> ()
