// What is printed beside an indicator: the cyber-observable objects of its value, observed data of them, and the indicator's relationship to those
// (STIX 2.1 §6, §4.14, §5.1). Remembers what it printed: an object that several rows name is printed once.
namespace Cti.Core

open System
open System.Collections.Generic

/// One per output; not thread-safe. `opening` is the output's.
[<Sealed; AllowNullLiteral(false)>]
type internal StixObservablePrinter(opening: StixOpening) =
    let ids = StixObservableIds()
    // An address may be an indicator itself and the end of several network services, and a directory hold several files; it is printed once.
    // Sixteen bytes each: this is the one part of the printer that grows with the data.
    let shared = HashSet<Uuid>()
    let mutable lastOwn = Uuid.MinValue

    let piece (bytes: byte[]) (writer: Utf8Writer) = writer.Bytes(ReadOnlySpan<byte> bytes)

    let writeObject (kind: StixKind) (id: Uuid) (tlp: int) (writer: Utf8Writer) =
        opening.Separate writer
        piece StixWire.objectType writer
        piece (StixWire.kind kind) writer
        piece StixWire.scoId writer
        StixObservable.writeId kind id writer
        piece StixWire.quote writer
        piece StixWire.markings[tlp] writer
        writer.Byte ','B

    /// The object that a value is, and the one around it where there are two.
    let writeObjects (batch: IndicatorBatch) (row: int) (at: int) (parts: StixParts) (tlp: int) (writer: Utf8Writer) =
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

        if StixObservable.isOuter parts && ids.Outer[at] <> lastOwn then
            writeObject parts.Kind ids.Outer[at] tlp writer
            StixObservable.writeOuter parts batch.Value[row] ids.Own[at] writer
            piece StixWire.objectEnd writer
            lastOwn <- ids.Outer[at]

    let writeObserved (batch: IndicatorBatch) (row: int) (at: int) (parts: StixParts) (tlp: int) (writer: Utf8Writer) =
        let struct (seen, _) =
            Stix.validity batch.Status[row] batch.FirstSeen[row] batch.Modified[row] batch.ValidUntil[row]

        // Observed once, when first seen: later sightings make no new version of the indicator, so they must not change
        // what stands under the same `modified` here either.
        opening.Separate writer
        piece StixWire.observedData writer
        opening.WriteOwn(ids.Observed[at], batch, row, writer)
        piece StixWire.firstObserved writer
        opening.WriteFrom(seen, writer)
        piece StixWire.lastObserved writer
        opening.WriteFrom(seen, writer)
        piece StixWire.numberObserved writer

        if StixObservable.isOuter parts then
            StixObservable.writeId parts.Kind ids.Outer[at] writer
            piece StixWire.nextRef writer

        StixObservable.writeId (StixObservable.ownKind parts) ids.Own[at] writer
        piece StixWire.refsEnd writer
        piece StixWire.markings[tlp] writer
        piece StixWire.objectEnd writer

    let writeRelationship (batch: IndicatorBatch) (row: int) (at: int) (tlp: int) (writer: Utf8Writer) =
        opening.Separate writer
        piece StixWire.relationship writer
        opening.WriteOwn(ids.Related[at], batch, row, writer)
        piece StixWire.basedOn writer
        Uuid.write batch.Id[row] writer
        piece StixWire.target writer
        Uuid.write ids.Observed[at] writer
        piece StixWire.quote writer
        piece StixWire.markings[tlp] writer
        piece StixWire.objectEnd writer

    /// Begins with the selected rows of a batch.
    member _.Begin(batch: IndicatorBatch, selected: ReadOnlySpan<int>) : unit = ids.Hash(batch, selected)

    /// What stands beside the indicator of a row, the `at`th of those selected, whose value is such an object (`Stix.isObservable`).
    member _.Write(batch: IndicatorBatch, row: int, at: int, parts: StixParts, writer: Utf8Writer) : unit =
        let tlp = int (Tlp.code batch.Tlp[row])
        writeObjects batch row at parts tlp writer
        writeObserved batch row at parts tlp writer
        writeRelationship batch row at tlp writer
