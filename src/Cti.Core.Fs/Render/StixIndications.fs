// Which techniques of ATT&CK the indicators of a bundle point to: labels name them by number, objects in the bundle are them. Writes a relationship only
// where both ends are there, so that none leads to nothing.
namespace Cti.Core

open System
open System.Collections.Generic
open System.Text

/// An indicator whose labels name techniques, until all objects are known.
[<Struct; NoComparison; NoEquality>]
type private StixIndication =
    {
        Indicator: Uuid
        Labels: NameSet
        IndicatorTlp: Tlp
        Created: Timestamp
        Modified: Timestamp
    }

/// The object of a technique: its id, in UTF-8, and how far it may travel.
[<Struct; NoComparison; NoEquality>]
type private StixTechnique = { Object: byte[]; ObjectTlp: Tlp }

/// Gathers indicators and techniques of one bundle, then writes what leads from the ones to the others. Grows with the indicators whose labels name
/// techniques; not thread-safe.
[<Sealed; AllowNullLiteral(false)>]
type internal StixIndications(printer: StixPrinter) =
    // As many indicators are written at once before the writer may be emptied.
    static let most = 1_024
    static let prefix = "attack-pattern--"
    static let externalReferences = "external_references"B
    static let sourceName = "source_name"B
    static let externalId = "external_id"B
    static let revoked = "revoked"B
    static let mitre = "mitre-"B

    let pending = Queue<StixIndication>()
    // By number. Somebody else's object counts before ours of the same number: it is the one that others know.
    let own = Dictionary<string, StixTechnique>(StringComparer.Ordinal)
    let foreign = Dictionary<string, StixTechnique>(StringComparer.Ordinal)
    let tree = JsonTree()
    let scratch = Utf8Writer 64
    let mutable buffer: byte[] = Array.zeroCreate 4096
    // There are few sets of labels, held once, so that rows side by side mostly have the same.
    let mutable lastLabels = NameSet.Empty
    let mutable lastNames = false

    let namesTechnique (labels: NameSet) =
        if not (Object.ReferenceEquals(labels, lastLabels)) then
            lastLabels <- labels
            lastNames <- false

            for index in 0 .. labels.Count - 1 do
                lastNames <- lastNames || ExternalReferences.isTechnique (labels.Utf8 index)

        lastNames

    let find (number: string) : StixTechnique voption =
        match foreign.TryGetValue number with
        | true, technique -> ValueSome technique
        | _ ->
            match own.TryGetValue number with
            | true, technique -> ValueSome technique
            | _ -> ValueNone

    let stricter (left: Tlp) (right: Tlp) =
        if Tlp.code left >= Tlp.code right then left else right

    let write (item: StixIndication) (writer: Utf8Writer) =
        for index in 0 .. item.Labels.Count - 1 do
            if ExternalReferences.isTechnique (item.Labels.Utf8 index) then
                match find item.Labels.Names[index] with
                | ValueSome technique ->
                    printer.Indicates(
                        item.Indicator,
                        technique.Object,
                        stricter item.IndicatorTlp technique.ObjectTlp,
                        item.Created,
                        item.Modified,
                        writer
                    )
                | ValueNone -> ()

    // The number that a catalogue of ATT&CK gives an object; empty where none does.
    let numberOf () : string =
        let mutable number = ""

        VulnerabilityText.each tree (tree.Member(0, externalReferences)) (fun reference ->
            let source = tree.Member(reference, sourceName)

            if
                number = ""
                && tree.IsText source
                && (tree.Raw source).StartsWith(ReadOnlySpan<byte> mitre)
            then
                let id = tree.Text(tree.Member(reference, externalId), scratch)

                if ExternalReferences.isTechnique id then
                    number <- Encoding.UTF8.GetString id)

        number

    /// Notes a row of the bundle: an indicator, or a technique of ours.
    member _.Add(batch: IndicatorBatch, row: int, kind: StixKind) : unit =
        if kind = StixKind.AttackPattern then
            own[Encoding.UTF8.GetString(batch.Value[row])] <-
                {
                    Object = Encoding.UTF8.GetBytes(prefix + Uuid.toText batch.Id[row])
                    ObjectTlp = batch.Tlp[row]
                }
        elif not (Stix.isReference kind) && namesTechnique batch.Labels[row] then
            pending.Enqueue
                {
                    Indicator = batch.Id[row]
                    Labels = batch.Labels[row]
                    IndicatorTlp = batch.Tlp[row]
                    Created = batch.Created[row]
                    Modified = batch.Modified[row]
                }

    /// Notes somebody else's object where it is a technique that holds.
    member _.AddObject(id: string, tlp: Tlp, text: ReadOnlySpan<byte>) : unit =
        if id.StartsWith(prefix, StringComparison.Ordinal) then
            if buffer.Length < text.Length then
                buffer <- Array.zeroCreate (max text.Length (buffer.Length * 2))

            text.CopyTo(Span<byte> buffer)

            if tree.Parse(buffer, 0, text.Length, true, 1L) >= 0 then
                let isRevoked =
                    match tree.Member(0, revoked) with
                    | -1 -> false
                    | node -> tree.Kind node = JsonKind.True

                match (if isRevoked then "" else numberOf ()) with
                | "" -> ()
                | number ->
                    foreign.TryAdd(
                        number,
                        {
                            Object = Encoding.UTF8.GetBytes id
                            ObjectTlp = tlp
                        }
                    )
                    |> ignore

    /// Writes what some of the indicators point to, once all rows and objects are noted; false: nothing was left.
    member _.Write(writer: Utf8Writer) : bool =
        let mutable left = most

        if own.Count = 0 && foreign.Count = 0 then
            pending.Clear()

        while left > 0 && pending.Count > 0 do
            write (pending.Dequeue()) writer
            left <- left - 1

        left < most
