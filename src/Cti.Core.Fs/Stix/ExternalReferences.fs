// External references (STIX 2.1 §2.5) of our objects: addresses that sources give, and techniques of ATT&CK that labels name.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module internal ExternalReferences =
    let private piece (bytes: byte[]) (writer: Utf8Writer) = writer.Bytes(ReadOnlySpan<byte> bytes)

    /// Whether a label names a technique of ATT&CK: `T1059`, `T1059.001`.
    let isTechnique (label: ReadOnlySpan<byte>) =
        let mutable good =
            (label.Length = 5 || (label.Length = 9 && label[5] = '.'B)) && label[0] = 'T'B

        let mutable at = 1

        while good && at < label.Length do
            good <- at = 5 || Text.isDigit label[at]
            at <- at + 1

        good

    /// The techniques among the labels as references to ATT&CK's catalogue (STIX 2.1 §2.5); gives what stands before the next reference.
    let techniques (lead: byte[]) (batch: IndicatorBatch) (row: int) (writer: Utf8Writer) : byte[] =
        let labels = batch.Labels[row]
        let mutable lead = lead

        for index in 0 .. labels.Count - 1 do
            let label = labels.Utf8 index

            if isTechnique label then
                piece lead writer
                piece StixWire.attackNumber writer
                writer.Bytes label
                lead <- StixWire.nextReference

        lead

    /// The references of the sources (STIX 2.1 §2.5), each with the name of the source that gives it. `lead` stands before the first one.
    let items (lead: byte[]) (batch: IndicatorBatch) (row: int) (writer: Utf8Writer) =
        let mutable rest = batch.Remarks.References row
        let mutable lead = lead

        while rest.Length > 0 do
            let one = References.first rest
            let border = one.IndexOf '\t'B
            piece lead writer
            Json.writeEscaped (one.Slice(0, border)) writer
            piece StixWire.referenceUrl writer
            Json.writeEscaped (one.Slice(border + 1)) writer
            lead <- StixWire.nextReference
            rest <- References.behind rest
