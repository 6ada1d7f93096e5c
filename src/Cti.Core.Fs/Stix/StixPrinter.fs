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
    let opening = StixOpening()
    let tlps = Array.zeroCreate<bool> Tlp.all.Length
    let mutable hasFacts = false
    // Of a change: whether it ends what still holds for others.
    let mutable isTakenBack = false

    let beside =
        if observables then
            ValueSome(StixObservablePrinter opening)
        else
            ValueNone

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
            Stix.validity status batch.FirstSeen[row] (opening.Modified(batch, row)) batch.ValidUntil[row]

        opening.Separate writer
        piece StixWire.indicator writer
        opening.WriteOwn(batch.Id[row], batch, row, writer)
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
        opening.WriteFrom(from, writer)

        if not (Timestamp.isNone until) then
            piece StixWire.validUntil writer
            opening.WriteUntil(until, writer)

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
        opening.Separate writer
        piece StixWire.objectType writer
        piece (StixWire.kind kind) writer
        piece StixWire.scoId writer
        piece (StixWire.kind kind) writer
        piece StixWire.idSeparator writer

        if Timestamp.isNone (ObjectFacts.asOf batch row) then
            opening.WriteOwn(batch.Id[row], batch, row, writer)
        else
            opening.WriteDated(
                batch.Id[row],
                batch.Created[row],
                max (ObjectFacts.modified batch row) (opening.Modified(batch, row)),
                writer
            )

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

    /// The objects every bundle begins with: the producer and our extension definition.
    member _.Start(writer: Utf8Writer) =
        opening.Separate writer
        piece StixWire.producer writer
        opening.Separate writer
        piece StixWire.extension writer

    /// The objects of the selected rows. Rows whose value has no form in STIX (`Stix.parts`) are left out.
    member _.Rows(batch: IndicatorBatch, selected: ReadOnlySpan<int>, writer: Utf8Writer) =
        match beside with
        | ValueSome beside -> beside.Begin(batch, selected)
        | ValueNone -> ()

        for index in 0 .. selected.Length - 1 do
            let row = selected[index]

            match Stix.parts batch.Type[row] batch.Value[row] with
            | ValueNone -> ()
            | ValueSome parts when Stix.isReference parts.Kind -> writeReference batch row parts.Kind writer
            | ValueSome parts ->
                writeIndicator batch row parts writer

                match beside with
                | ValueSome beside when Stix.isObservable parts.Kind -> beside.Write(batch, row, index, parts, writer)
                | _ -> ()

    /// One change of a row, behind all that it refers to: the producer, definitions, its marking. What is withdrawn has an end, also where it still holds
    /// for others. Each revision is a version of its own: several of one run share a time, and a receiver takes one id and `modified` for one content
    /// (STIX 2.1 §3.6), so that each counts a millisecond more than the one before.
    member this.Change(batch: IndicatorBatch, row: int, op: ChangeOp, writer: Utf8Writer) =
        opening.OnOneLine()
        this.Start writer
        hasFacts <- not (Timestamp.isNone (ObjectFacts.asOf batch row))
        this.Mark batch.Tlp[row]
        this.Markings writer

        opening.Later <-
            min (int64 (batch.Revision[row] - 1) * Stix.millisecond) (max 0L<us> (Stix.latest - batch.Modified[row]))

        isTakenBack <- op = ChangeOp.Withdrawn
        this.Rows(batch, ReadOnlySpan<int> [| row |], writer)

    /// Somebody else's object, word for word.
    member _.Foreign(text: ReadOnlySpan<byte>, writer: Utf8Writer) =
        opening.Separate writer
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

        opening.Separate writer

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
        opening.Separate writer

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
            opening.Separate writer
            piece StixWire.factExtension writer

        for tlp in Tlp.all do
            if tlps[int (Tlp.code tlp)] then
                opening.Separate writer
                piece (StixWire.marking tlp) writer
