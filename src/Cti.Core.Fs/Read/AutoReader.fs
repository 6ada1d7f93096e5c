// The reader of a source of which nothing was declared: waits for the first bytes, has them recognised, and hands over to the reader that
// fits. Decides once: later bytes change nothing.
namespace Cti.Core

open System

/// A reader that was chosen, and why.
[<NoEquality; NoComparison>]
type internal Choice =
    {
        Reader: Reader
        Recognition: Recognition
    }

[<Sealed; AllowNullLiteral(false)>]
type internal AutoReader(choose: ReadOnlyMemory<byte> -> bool -> Result<Choice, ReadError>, start: ReaderStart) =
    inherit Reader()

    static let headBytes = 65_536

    // A source that is gone on with has grown, perhaps: the decision is made on what there was when it was first read.
    let head =
        if start.Offset > 0L then
            int (min (int64 headBytes) start.Offset)
        else
            headBytes

    let mutable chosen: Choice voption = ValueNone
    let mutable fault: ReaderFault voption = ValueNone

    let decide (block: byte[]) (at: int) (length: int) (isFinal: bool) =
        let isWhole = (isFinal && length <= head) || head < headBytes

        match choose (ReadOnlyMemory<byte>(block, at, min length head)) isWhole with
        | Ok choice -> chosen <- ValueSome choice
        | Error error ->
            fault <-
                ValueSome
                    {
                        Error = error
                        Line = 1L
                        Offset = 0L
                    }

    override _.Offset =
        match chosen with
        | ValueSome choice -> choice.Reader.Offset
        | ValueNone -> 0L

    override _.Line =
        match chosen with
        | ValueSome choice -> choice.Reader.Line
        | ValueNone -> 1L

    override _.Columns =
        match chosen with
        | ValueSome choice -> choice.Reader.Columns
        | ValueNone -> [||]

    override _.HeaderPending =
        match chosen with
        | ValueSome choice -> choice.Reader.HeaderPending
        | ValueNone -> true

    override _.Discarding =
        match chosen with
        | ValueSome choice -> choice.Reader.Discarding
        | ValueNone -> false

    override _.MaxRecordBytes =
        match chosen with
        | ValueSome choice -> choice.Reader.MaxRecordBytes
        | ValueNone -> ReadLimits.standard.MaxRecordBytes

    override _.Fault =
        match chosen with
        | ValueSome choice -> choice.Reader.Fault
        | ValueNone -> fault

    override _.FromBeginningOnly = true

    override _.Census =
        match chosen with
        | ValueSome choice -> choice.Reader.Census
        | ValueNone -> ValueNone

    override _.Recognition =
        match chosen with
        | ValueSome choice -> ValueSome choice.Recognition
        | ValueNone -> ValueNone

    override _.Read(block, start, length, isFinal, maxRecords, batch) =
        if chosen.IsNone && fault.IsNone && (isFinal || length >= head) then
            decide block start length isFinal

        match chosen with
        | ValueSome choice -> choice.Reader.Read(block, start, length, isFinal, maxRecords, batch)
        | ValueNone ->
            {
                Consumed = if fault.IsSome then length else 0
                NeedMore = true
            }
