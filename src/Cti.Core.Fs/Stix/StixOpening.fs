// How our objects begin: what stands between two of them, then id, created and modified. Remembers the times it printed last, because times repeat over
// rows (all that one run publishes share one).
namespace Cti.Core

open System

/// One per output; not thread-safe.
[<Sealed; AllowNullLiteral(false)>]
type internal StixOpening() =
    let mutable isFirst = true
    let mutable between = StixWire.separator
    let mutable later: Timestamp = 0L<us>
    // The last time printed of each kind is copied: created, modified, and two others.
    let lastTime = Array.create 4 Timestamp.none
    let lastText = Array.init 4 (fun _ -> Array.zeroCreate<byte> 24)
    let clock = Utf8Writer 32
    // From behind an object's id to its `modified`, for the pair of times in the first two places of `lastTime`.
    let history = Utf8Writer 256

    let piece (bytes: byte[]) (writer: Utf8Writer) = writer.Bytes(ReadOnlySpan<byte> bytes)

    let writeTime (kind: int) (time: Timestamp) (writer: Utf8Writer) =
        if time <> lastTime[kind] then
            clock.Clear()
            Timestamp.writeMillis time clock
            clock.Written.CopyTo(Span<byte> lastText[kind])
            lastTime[kind] <- time

        writer.Bytes(ReadOnlySpan<byte> lastText[kind])

    /// Objects stand on one line from here on: a change is a line of its own.
    member _.OnOneLine() = between <- StixWire.comma

    /// How much later the version of a change is than its row says.
    member _.Later
        with set (value: Timestamp) = later <- value

    /// When the version that is printed of a row came to be.
    member _.Modified(batch: IndicatorBatch, row: int) : Timestamp = batch.Modified[row] + later

    /// What stands before the next object.
    member _.Separate(writer: Utf8Writer) : unit =
        if isFirst then isFirst <- false else piece between writer

    /// A time from which something holds.
    member _.WriteFrom(time: Timestamp, writer: Utf8Writer) : unit = writeTime 2 time writer

    /// A time until which something holds.
    member _.WriteUntil(time: Timestamp, writer: Utf8Writer) : unit = writeTime 3 time writer

    /// Id to modified of an object that says facts too, whose dates are their tables'.
    member _.WriteDated(id: Uuid, created: Timestamp, modified: Timestamp, writer: Utf8Writer) : unit =
        Uuid.write id writer
        piece StixWire.created writer
        writeTime 2 created writer
        piece StixWire.modified writer
        writeTime 3 modified writer

    /// Id to modified of any other object, whose dates are its row's.
    member this.WriteOwn(id: Uuid, batch: IndicatorBatch, row: int, writer: Utf8Writer) : unit =
        let modified = this.Modified(batch, row)

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
