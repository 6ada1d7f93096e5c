// What the readers of XML formats share: the document as a tree, its parts one after the other, and the standard record they fill. Knows no format.
namespace Cti.Core

open System
open System.Collections.Generic
open System.Text

/// Adds one part of a document to a batch.
type internal XmlStep = RawBatch -> unit

/// Fills a standard record with .NET texts, and tells what does not fit where it stood.
[<Sealed; AllowNullLiteral(false)>]
type internal XmlRecord() =
    let record = StandardRecord()

    let bytesOf (text: string) =
        ReadOnlySpan<byte>(Encoding.UTF8.GetBytes text)

    member _.Clear() = record.Clear()
    member _.Add(observable: ObservableType, value: string) = record.Add(observable, bytesOf value)

    /// Notes a loss at an element.
    member _.Lose(batch: RawBatch, path: string, value: string, reason: LossReason, at: MarkupElement) : unit =
        batch.Lose(path, bytesOf value, reason, batch.PositionAt(at.Offset, at.Line))

    member this.Label(batch: RawBatch, path: string, label: string, at: MarkupElement) : unit =
        let label = label.Trim()

        if label <> "" && not (record.Label(bytesOf label)) then
            this.Lose(batch, path, label, LossReason.UnusableValue, at)

    member this.Refer(batch: RawBatch, path: string, address: string, at: MarkupElement) : unit =
        let address = address.Trim()

        if address <> "" && not (record.Refer(bytesOf address)) then
            this.Lose(batch, path, address, LossReason.UnusableValue, at)

    member _.Describe(text: string) =
        if text <> "" then
            record.Describe(bytesOf text)

    member _.Report(name: string) =
        if name <> "" then
            record.Report(bytesOf name)

    member _.Object(id: string, kind: string) = record.Object(bytesOf id, bytesOf kind)

    member _.FirstSeen
        with set (time: Timestamp) = record.FirstSeen <- time

    member _.LastSeen
        with set (time: Timestamp) = record.LastSeen <- time

    member _.Ended
        with set (time: Timestamp) = record.Ended <- time

    member _.Confidence
        with set (confidence: byte) = record.Confidence <- confidence

    member _.Tlp
        with set (tlp: Tlp) = record.Tlp <- tlp

    /// Writes what was said of the element `at`; nothing where there is no value.
    member _.Write(batch: RawBatch, at: MarkupElement) : unit =
        record.Write(batch, at.Offset, at.End, at.Line) |> ignore

    /// Keeps an element word for word, from which no record was made, and says so.
    member this.Keep
        (batch: RawBatch, path: string, id: string, kind: string, modified: Timestamp, at: MarkupElement)
        : unit =
        batch.Keep(id, kind, modified, ValueNone, batch.Count, at.Offset, at.End, at.Line)
        this.Lose(batch, path, id, LossReason.KeptVerbatim, at)

/// Cuts a document that is XML. `format`: its name, for a person.
[<AbstractClass; AllowNullLiteral(false)>]
type internal XmlCutter(format: string) =
    inherit DocumentCutter()

    let mutable steps: IEnumerator<XmlStep> = Seq.empty<XmlStep>.GetEnumerator()
    let mutable place = ValueNone

    /// What a document of this root yields, part by part; none where it is of another format.
    abstract Steps: root: MarkupElement -> XmlStep seq voption

    override _.FaultPlace = place

    override this.Open(document) =
        match XmlTree.parse XmlLimits.standard document with
        | Error fault ->
            place <- ValueSome(struct (fault.Line, fault.Offset))
            ValueSome fault.Error
        | Ok root ->
            match this.Steps root with
            | ValueSome found ->
                steps <- found.GetEnumerator()
                ValueNone
            | ValueNone ->
                place <- ValueSome(struct (root.Line, root.Offset))
                ValueSome(ReadError.BrokenDocument(format, $"its root is <%s{root.Name}>; declare the format it has"))

    override _.Next(batch) =
        let isPart = steps.MoveNext()

        if isPart then
            steps.Current batch

        isPart
