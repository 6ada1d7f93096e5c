// Indicators to STIX 2.1 JSON, one object per line. Puts values between constant pieces (StixWire) into a reused buffer: no
// strings and no allocation per row, which is what makes it fast (bench: Stix).
namespace Cti.Core

open System
open System.Collections.Generic
open System.Text

/// Prints a stream of indicator batches as the objects of one bundle. Remembers what the stream held so far; one per output,
/// not thread-safe. `observables` adds to every indicator its cyber-observable object, observed data and a relationship.
[<Sealed; AllowNullLiteral(false)>]
type StixPrinter(observables: bool) =
    // Types by label set: there are few sets, held once (NameSet), so that their identity is enough of a key.
    let types = Dictionary<NameSet, NameSet>(HashIdentity.Reference)
    let mutable lastLabels = NameSet.Empty
    let mutable lastTypes = Stix.typesOf NameSet.Empty
    // Times repeat over rows (all that one run publishes share one): the last one printed of each kind is copied.
    let lastTime = Array.create 4 Timestamp.none
    let lastText = Array.init 4 (fun _ -> Array.zeroCreate<byte> 24)
    let clock = Utf8Writer 32
    // From behind an object's id to its `modified`, for the pair of times in the first two places of `lastTime`.
    let history = Utf8Writer 256
    let mutable first = true
    // Between two objects; a change is a line of its own.
    let mutable between = StixWire.separator
    let tlps = Array.zeroCreate<bool> Tlp.all.Length
    let mutable hasFacts = false
    // Of a change: how much later its version is than the row says, and whether it ends what still holds for others.
    let mutable later: Timestamp = 0L<us>
    let mutable isTakenBack = false

    let ids = StixObservableIds()
    // An address may be an indicator itself and the end of several network services, and a directory hold several files; it is printed once.
    // Sixteen bytes each: this is the one part of the printer that grows with the data.
    let shared = HashSet<Uuid>()
    let mutable lastOwn = Uuid.MinValue

    let maxName = 256

    let typesOf (labels: NameSet) =
        if not (Object.ReferenceEquals(labels, lastLabels)) then
            lastLabels <- labels

            lastTypes <-
                match types.TryGetValue labels with
                | true, known -> known
                | _ ->
                    if types.Count >= 4096 then
                        types.Clear()

                    let known = Stix.typesOf labels
                    types[labels] <- known
                    known

        lastTypes

    let piece (bytes: byte[]) (writer: Utf8Writer) = writer.Bytes(ReadOnlySpan<byte> bytes)

    let writeTime (kind: int) (time: Timestamp) (writer: Utf8Writer) =
        if time <> lastTime[kind] then
            clock.Clear()
            Timestamp.writeMillis time clock
            clock.Written.CopyTo(Span<byte> lastText[kind])
            lastTime[kind] <- time

        writer.Bytes(ReadOnlySpan<byte> lastText[kind])

    let separate (writer: Utf8Writer) =
        if first then first <- false else piece between writer

    /// Id to modified of an object that says facts too, whose dates are their tables'.
    let writeDated (id: Uuid) (created: Timestamp) (modified: Timestamp) (writer: Utf8Writer) =
        Uuid.write id writer
        piece StixWire.created writer
        writeTime 2 created writer
        piece StixWire.modified writer
        writeTime 3 modified writer

    /// Id to modified, which all our objects begin with alike.
    let writeCommon (id: Uuid) (batch: IndicatorBatch) (row: int) (writer: Utf8Writer) =
        let modified = batch.Modified[row] + later

        let created =
            if Timestamp.isNone batch.Created[row] then
                modified
            else
                batch.Created[row]

        if history.Length = 0 || created <> lastTime[0] || modified <> lastTime[1] then
            history.Clear()
            piece StixWire.created history
            writeTime 0 created history
            piece StixWire.modified history
            writeTime 1 modified history

        Uuid.write id writer
        writer.Bytes history.Written

    /// From revoked to the end, which indicators and references have alike.
    let writeEnd (batch: IndicatorBatch) (row: int) (writer: Utf8Writer) =
        let labels = batch.Labels[row]
        let sources = batch.Sources[row]
        let tlp = int (Tlp.code batch.Tlp[row])

        if batch.Status[row] = IndicatorStatus.Revoked then
            piece StixWire.revoked writer

        if labels.Count > 0 then
            piece StixWire.labels writer
            writer.Bytes labels.Json

        piece StixWire.confidence writer
        writer.Int(int64 (min 100uy batch.Confidence[row]))
        tlps[tlp] <- true
        piece StixWire.markings[tlp] writer

        let isDated = not (Timestamp.isNone (ObjectFacts.asOf batch row))

        if sources.Count > 0 then
            piece StixWire.sources writer
            writer.Bytes sources.Json
            piece StixWire.sourcesEnd writer

        if isDated then
            hasFacts <- true

            piece
                (if sources.Count > 0 then
                     StixWire.comma
                 else
                     StixWire.extensions)
                writer

            piece StixWire.facts writer
            ObjectFacts.write batch row writer
            piece StixWire.factsEnd writer

        if isDated || sources.Count > 0 then
            piece StixWire.extensionsEnd writer
        else
            piece StixWire.objectEnd writer

    // A pattern may be long and have many lines: a rule is called by its name, another by its first line.
    let writeName (observable: ObservableType) (pattern: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        match RuleIdentity.ofRule observable pattern with
        | ValueSome rule ->
            let name = Encoding.UTF8.GetBytes rule.Name
            Json.writeEscaped (Utf8Text.cut (ReadOnlySpan<byte> name) maxName) writer
        | ValueNone ->
            let line =
                match pattern.IndexOf '\n'B with
                | -1 -> pattern
                | at -> pattern.Slice(0, at)

            Json.writeEscaped (Utf8Text.cut line maxName) writer

    let writeIndicator (batch: IndicatorBatch) (row: int) (parts: StixParts) (writer: Utf8Writer) =
        let value = batch.Value[row]
        let observable = batch.Type[row]
        let labels = batch.Labels[row]

        let status =
            if isTakenBack && batch.Status[row] = IndicatorStatus.Active then
                IndicatorStatus.Withdrawn
            else
                batch.Status[row]

        let struct (from, until) =
            Stix.validity status batch.FirstSeen[row] (batch.Modified[row] + later) batch.ValidUntil[row]

        separate writer
        piece StixWire.indicator writer
        writeCommon batch.Id[row] batch row writer
        piece StixWire.name writer

        if parts.Kind = StixKind.Pattern then
            writeName observable value writer
        else
            Json.writeEscaped value writer

        let description = batch.Remarks.Description row

        if description.Length = 0 then
            piece StixWire.description[int (ObservableType.code observable)] writer
        else
            piece StixWire.descriptionStart writer
            Json.writeEscaped description writer
            piece StixWire.indicatorTypes writer

        writer.Bytes (typesOf labels).Json
        piece StixWire.pattern writer
        StixPattern.writeInJson observable parts value writer
        piece StixWire.validFrom[int (ObservableType.code observable)] writer
        writeTime 2 from writer

        if not (Timestamp.isNone until) then
            piece StixWire.validUntil writer
            writeTime 3 until writer

        writer.Byte '"'B

        let lead = ExternalReferences.techniques StixWire.references batch row writer
        ExternalReferences.items lead batch row writer

        if
            Object.ReferenceEquals(lead, StixWire.nextReference)
            || not (batch.Remarks.References(row).IsEmpty)
        then
            piece StixWire.referencesEnd writer

        writeEnd batch row writer

    /// A domain object that refers to a catalogue: its number there is the value, its name too where the catalogue is not known.
    let writeReference (batch: IndicatorBatch) (row: int) (kind: StixKind) (writer: Utf8Writer) =
        let value = batch.Value[row]
        separate writer
        piece StixWire.objectType writer
        piece (StixWire.kind kind) writer
        piece StixWire.scoId writer
        piece (StixWire.kind kind) writer
        piece StixWire.idSeparator writer

        if Timestamp.isNone (ObjectFacts.asOf batch row) then
            writeCommon batch.Id[row] batch row writer
        else
            writeDated
                batch.Id[row]
                batch.Created[row]
                (max (ObjectFacts.modified batch row) (batch.Modified[row] + later))
                writer

        piece StixWire.name writer
        Json.writeEscaped (ObjectFacts.nameOr value batch row) writer
        let description = batch.Remarks.Description row

        if description.Length > 0 then
            piece StixWire.descriptionStart writer
            Json.writeEscaped description writer

        piece (StixWire.catalogue kind) writer
        Json.writeEscaped value writer
        ExternalReferences.items StixWire.nextReference batch row writer
        piece StixWire.referencesEnd writer
        ObjectFacts.writePhases batch row kind writer
        writeEnd batch row writer

    let writeObject (kind: StixKind) (id: Uuid) (tlp: int) (writer: Utf8Writer) =
        separate writer
        piece StixWire.objectType writer
        piece (StixWire.kind kind) writer
        piece StixWire.scoId writer
        StixObservable.writeId kind id writer
        piece StixWire.quote writer
        piece StixWire.markings[tlp] writer
        writer.Byte ','B

    let writeObservables (batch: IndicatorBatch) (row: int) (at: int) (parts: StixParts) (writer: Utf8Writer) =
        let tlp = int (Tlp.code batch.Tlp[row])
        let isOuter = StixObservable.isOuter parts
        let ownKind = StixObservable.ownKind parts

        let isShared =
            ownKind = StixKind.Ipv4Addr
            || ownKind = StixKind.Ipv6Addr
            || ownKind = StixKind.Directory

        // A subject with several episodes has one object; its rows stand side by side.
        let isNew =
            if isShared then
                shared.Add ids.Own[at]
            else
                ids.Own[at] <> lastOwn

        if isNew then
            writeObject ownKind ids.Own[at] tlp writer
            StixObservable.writeOwn batch.Type[row] (batch.Value[row].Slice(parts.Start, parts.Length)) writer
            piece StixWire.objectEnd writer

        if not isShared then
            lastOwn <- ids.Own[at]

        if isOuter && ids.Outer[at] <> lastOwn then
            writeObject parts.Kind ids.Outer[at] tlp writer
            StixObservable.writeOuter parts batch.Value[row] ids.Own[at] writer
            piece StixWire.objectEnd writer
            lastOwn <- ids.Outer[at]

        let struct (seen, _) =
            Stix.validity batch.Status[row] batch.FirstSeen[row] batch.Modified[row] batch.ValidUntil[row]

        // Observed once, when first seen: later sightings make no new version of the indicator, so they must not change
        // what stands under the same `modified` here either.
        separate writer
        piece StixWire.observedData writer
        writeCommon ids.Observed[at] batch row writer
        piece StixWire.firstObserved writer
        writeTime 2 seen writer
        piece StixWire.lastObserved writer
        writeTime 2 seen writer
        piece StixWire.numberObserved writer

        if isOuter then
            StixObservable.writeId parts.Kind ids.Outer[at] writer
            piece StixWire.nextRef writer

        StixObservable.writeId ownKind ids.Own[at] writer
        piece StixWire.refsEnd writer
        piece StixWire.markings[tlp] writer
        piece StixWire.objectEnd writer

        separate writer
        piece StixWire.relationship writer
        writeCommon ids.Related[at] batch row writer
        piece StixWire.basedOn writer
        Uuid.write batch.Id[row] writer
        piece StixWire.target writer
        Uuid.write ids.Observed[at] writer
        piece StixWire.quote writer
        piece StixWire.markings[tlp] writer
        piece StixWire.objectEnd writer

    /// The objects every bundle begins with: the producer and our extension definition.
    member _.Start(writer: Utf8Writer) =
        separate writer
        piece StixWire.producer writer
        separate writer
        piece StixWire.extension writer

    /// The objects of the selected rows. Rows whose value has no form in STIX (`Stix.parts`) are left out.
    member _.Rows(batch: IndicatorBatch, selected: ReadOnlySpan<int>, writer: Utf8Writer) =
        if observables then
            ids.Hash(batch, selected)

        for index in 0 .. selected.Length - 1 do
            let row = selected[index]

            match Stix.parts batch.Type[row] batch.Value[row] with
            | ValueNone -> ()
            | ValueSome parts when Stix.isReference parts.Kind -> writeReference batch row parts.Kind writer
            | ValueSome parts ->
                writeIndicator batch row parts writer

                if observables && Stix.isObservable parts.Kind then
                    writeObservables batch row index parts writer

    /// One change of a row, behind all that it refers to: the producer, definitions, its marking. What is withdrawn has an end, also where it still holds
    /// for others. Each revision is a version of its own: several of one run share a time, and a receiver takes one id and `modified` for one content
    /// (STIX 2.1 §3.6), so that each counts a millisecond more than the one before.
    member this.Change(batch: IndicatorBatch, row: int, op: ChangeOp, writer: Utf8Writer) =
        between <- StixWire.comma
        this.Start writer
        hasFacts <- not (Timestamp.isNone (ObjectFacts.asOf batch row))
        this.Mark batch.Tlp[row]
        this.Markings writer

        later <-
            min (int64 (batch.Revision[row] - 1) * Stix.millisecond) (max 0L<us> (Stix.latest - batch.Modified[row]))

        isTakenBack <- op = ChangeOp.Withdrawn
        this.Rows(batch, ReadOnlySpan<int> [| row |], writer)

    /// Somebody else's object, word for word.
    member _.Foreign(text: ReadOnlySpan<byte>, writer: Utf8Writer) =
        separate writer
        writer.Bytes text

    /// Notes that an object refers to the marking definition of a TLP label.
    member _.Mark(tlp: Tlp) = tlps[int (Tlp.code tlp)] <- true

    /// That an object of ours, of a kind, was made of somebody else's. `derived-from` is for objects of one type (STIX 2.1 §3.7 and appendix B); what is of
    /// another type is `related-to` it.
    member this.Derived(kind: StixKind, id: Uuid, objectId: string, tlp: Tlp, at: Timestamp, writer: Utf8Writer) =
        let ownType =
            if Stix.isReference kind then
                StixWire.kind kind
            else
                StixWire.indicatorType

        let target = Encoding.UTF8.GetBytes objectId

        let isSameType =
            target.Length > ownType.Length + 2
            && ReadOnlySpan<byte>(target, 0, ownType.Length).SequenceEqual(ReadOnlySpan<byte> ownType)
            && target[ownType.Length] = '-'B
            && target[ownType.Length + 1] = '-'B

        let word =
            if isSameType then
                StixWire.derivedFrom
            else
                StixWire.relatedTo

        separate writer

        StixRelationship.write
            {
                Word = word
                SourceType = ownType
                Source = id
                Target = target
                Tlp = tlp
                Created = at
                Modified = at
            }
            writer

        this.Mark tlp

    /// That an indicator points to a technique: the object of ATT&CK `target`, ours or somebody else's (STIX 2.1 §4.7.2, `indicates`).
    member this.Indicates
        (id: Uuid, target: byte[], tlp: Tlp, created: Timestamp, modified: Timestamp, writer: Utf8Writer)
        =
        separate writer

        StixRelationship.write
            {
                Word = StixWire.indicates
                SourceType = StixWire.indicatorType
                Source = id
                Target = target
                Tlp = tlp
                Created = created
                Modified = modified
            }
            writer

        this.Mark tlp

    /// The definitions the rows so far refer to: our extension of facts, markings.
    member _.Markings(writer: Utf8Writer) =
        if hasFacts then
            separate writer
            piece StixWire.factExtension writer

        for tlp in Tlp.all do
            if tlps[int (Tlp.code tlp)] then
                separate writer
                piece (StixWire.marking tlp) writer
