// What STIX objects of all types say in the same properties: times, markings, confidence; and what they are called by others.
namespace Cti.Core

open System
open System.Text

/// The facts of one object after the other; writes to `record`. Not thread-safe; one per reader.
[<Sealed; AllowNullLiteral(false)>]
type internal StixFacts(stix: StixObject, memory: StixMemory, record: StandardRecord, losses: StixLosses) =
    static let time = TimeFormat.Iso8601 0
    static let markingRef = "marking_ref"B
    static let tlpName = "tlp"B
    static let tlp2Name = "tlp_2_0"B

    static let tlpPrefix = "tlp:"B

    static let isTlp (text: ReadOnlySpan<byte>) =
        text.Length > 4
        && Ascii.EqualsIgnoreCase(text.Slice(0, 4), ReadOnlySpan<byte> tlpPrefix)

    // Mutable state: facts of the object being read.
    let scratch = Utf8Writer 1024
    let label = Utf8Writer 256
    let mutable modified = Timestamp.none
    let mutable ended = Timestamp.none
    let mutable objectTlp: Tlp voption = ValueNone
    let mutable recordTlp: Tlp voption = ValueNone
    let mutable confidence: byte voption = ValueNone

    let readTime (tree: JsonTree) (node: int) : Timestamp =
        if not (tree.IsText(node)) then
            Timestamp.none
        else
            match TimeFormat.parse time (tree.Text(node, scratch)) with
            | TimeOutcome.Time found -> found
            | TimeOutcome.Malformed
            | TimeOutcome.OutOfRange -> Timestamp.none

    /// The time of a property; a loss where it has one that is no time, or none from 1970 up to 2100.
    let checkedTime (tree: JsonTree) (batch: RawBatch) (property: StixProperty) : Timestamp =
        let node = stix[property]
        let found = readTime tree node

        if node >= 0 && Timestamp.isNone found then
            losses.Add(tree, batch, StixObject.NameOf property, node, LossReason.UnusableValue)

        found

    let later (one: Timestamp) (other: Timestamp) : Timestamp =
        if Timestamp.isNone one then other
        elif Timestamp.isNone other then one
        else max one other

    /// The marking that a reference names: a loss where it is not known, or is no TLP.
    let marking (tree: JsonTree) (batch: RawBatch) (name: string) (reference: int) : Tlp voption =
        let mutable found: Tlp voption = ValueNone

        if not (tree.IsText(reference)) then
            ValueNone
        elif memory.Markings.TryFind(StixMemory.Key(tree.Raw reference), &found) then
            if found.IsNone then
                losses.Add(tree, batch, name, reference, LossReason.KeptVerbatim)

            found
        else
            losses.Add(tree, batch, name, reference, LossReason.Unresolved)
            ValueNone

    let markings (tree: JsonTree) (batch: RawBatch) =
        let references = stix[StixProperty.ObjectMarkingRefs]

        if references >= 0 && tree.Kind references = JsonKind.Array then
            let mutable child = references + 1

            while child < tree.After references do
                objectTlp <- StixTlp.stricter objectTlp (marking tree batch "object_marking_refs" child)
                child <- tree.After child

    /// Markings of parts hold for the whole: a record is one line of a list, and the stricter one is the safe side.
    let granular (tree: JsonTree) (batch: RawBatch) =
        let parts = stix[StixProperty.GranularMarkings]

        if parts >= 0 && tree.Kind parts = JsonKind.Array then
            let mutable child = parts + 1

            while child < tree.After parts do
                let reference = tree.Member(child, markingRef)

                if reference >= 0 then
                    objectTlp <- StixTlp.stricter objectTlp (marking tree batch "granular_markings" reference)

                child <- tree.After child

            losses.Add(tree, batch, "granular_markings", parts, LossReason.Approximated)

    /// A label may say it too: `tlp:amber`.
    let labelMarkings (tree: JsonTree) =
        let list = stix[StixProperty.Labels]

        if list >= 0 && tree.Kind list = JsonKind.Array then
            let mutable child = list + 1

            while child < tree.After list do
                let text = tree.Text(child, scratch)

                if isTlp text then
                    objectTlp <- StixTlp.stricter objectTlp (StixTlp.ofName text)

                child <- tree.After child

    let readConfidence (tree: JsonTree) (batch: RawBatch) =
        let node = stix[StixProperty.Confidence]

        if node >= 0 then
            let mutable value = 0
            let mutable length = 0

            if
                tree.Kind node = JsonKind.Number
                && Buffers.Text.Utf8Parser.TryParse(tree.Raw node, &value, &length)
                && length = tree.Raw(node).Length
                && value >= 0
                && value <= 100
            then
                confidence <- ValueSome(byte value)
            else
                losses.Add(tree, batch, "confidence", node, LossReason.UnusableValue)

    /// When the object was changed last; `Timestamp.none` where it has no versions.
    member _.Modified = modified
    /// Since when what it says is so no longer.
    member _.Ended = ended
    /// How far the object may travel as a whole.
    member _.ObjectTlp = objectTlp
    /// How far what is taken of it may travel, together with what it refers to.
    member _.RecordTlp = StixTlp.stricter objectTlp recordTlp
    member _.Confidence = confidence

    /// Begins with an object.
    member _.Begin(tree: JsonTree, batch: RawBatch) : unit =
        objectTlp <- ValueNone
        recordTlp <- ValueNone
        confidence <- ValueNone
        modified <- later (checkedTime tree batch StixProperty.Modified) (readTime tree stix[StixProperty.Created])
        let until = checkedTime tree batch StixProperty.ValidUntil
        let revoked = stix[StixProperty.Revoked]

        ended <-
            if revoked >= 0 && tree.Kind revoked = JsonKind.True then
                later modified (checkedTime tree batch StixProperty.Created)
            else
                until

        markings tree batch
        granular tree batch
        labelMarkings tree
        readConfidence tree batch

    /// The time of a property; none where it has none.
    member _.Time(tree: JsonTree, property: StixProperty) : Timestamp = readTime tree stix[property]

    /// What is taken may not travel further than this.
    member _.Raise(tlp: Tlp voption) : unit =
        recordTlp <- StixTlp.stricter recordTlp tlp

    /// Writes times, marking and confidence: seen first at `from` or when it was made, last at `until` or when it was changed.
    member _.Times(tree: JsonTree, batch: RawBatch, from: StixProperty, until: StixProperty) : unit =
        let created = checkedTime tree batch StixProperty.Created

        let said =
            if from = StixProperty.Created then
                created
            else
                checkedTime tree batch from

        let first = if Timestamp.isNone said then created else said

        let last =
            if until = StixProperty.Modified then
                modified
            else
                checkedTime tree batch until

        record.FirstSeen <- first
        // What says of a time to come is said now.
        record.LastSeen <- later first (if Timestamp.isNone last then modified else last)
        record.Ended <- ended

    /// Writes what an indicator said that this object is about.
    member _.Inherit(subject: StixSubject) : unit =
        if confidence.IsNone then
            confidence <- subject.Confidence

        record.Ended <- subject.Ended

    /// Writes when observed data saw it.
    member _.Seen(seen: StixSeen) : unit =
        record.FirstSeen <- seen.First
        record.LastSeen <- seen.Last

        if confidence.IsNone then
            confidence <- seen.SeenConfidence

    /// Writes marking and confidence, and notes what of the object the record does not carry. Called last.
    member this.Close(tree: JsonTree, batch: RawBatch) : unit =
        match this.RecordTlp with
        | ValueSome tlp -> record.Tlp <- tlp
        | ValueNone -> ()

        match confidence with
        | ValueSome value -> record.Confidence <- value
        | ValueNone -> ()

        losses.AddUncarried(tree, batch)

    /// Remembers what the object is called: by its id in a catalogue, else by its name.
    member this.Name(tree: JsonTree, catalogued: SubjectValues voption) : unit =
        let name =
            match catalogued with
            | ValueSome values -> values.First
            | ValueNone ->
                label.Clear()
                tree.WriteText(stix[StixProperty.Name], label) |> ignore
                label.Written.ToArray()

        if name.Length > 0 then
            memory.Names.Set(StixMemory.Key(tree.Raw stix[StixProperty.Id]), { Label = name; NameTlp = objectTlp })

    /// Remembers a marking definition. Of TLP 2.0 the level stands in an extension, of TLP 1 in the definition.
    member _.Define(tree: JsonTree) : unit =
        let mutable tlp =
            StixTlp.ofName (tree.Text(tree.Member(stix[StixProperty.Definition], tlpName), scratch))

        let extensions = stix[StixProperty.Extensions]

        if extensions >= 0 && tree.Kind extensions = JsonKind.Object then
            let mutable child = extensions + 1

            while child < tree.After extensions do
                tlp <- StixTlp.stricter tlp (StixTlp.ofName (tree.Text(tree.Member(child, tlp2Name), scratch)))
                child <- tree.After child

        let text = tree.Text(stix[StixProperty.Name], scratch)

        if tlp.IsNone && isTlp text then
            tlp <- StixTlp.ofName text

        let key = StixMemory.Key(tree.Raw stix[StixProperty.Id])
        let mutable known: Tlp voption = ValueNone

        // What the standard says of its own ids no document changes.
        if not (memory.Markings.TryFind(key, &known) && known.IsSome) then
            memory.Markings.Set(key, tlp)
