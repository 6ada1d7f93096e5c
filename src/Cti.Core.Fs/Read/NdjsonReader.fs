// NDJSON, also called JSON Lines: one JSON value a line. Whatever is wrong with a line costs that line only.
namespace Cti.Core

open System

/// Reads NDJSON. A line holds an object or a plain value; blank lines are no records. Lines end with LF, CRLF or CR.
[<Sealed; AllowNullLiteral(false)>]
type NdjsonReader(dialect: JsonDialect, start: ReaderStart) =
    inherit Reader()

    let limit = dialect.Limits.MaxRecordBytes
    let columns = List.toArray dialect.Fields
    let cutter = JsonCutter dialect
    let keys = JsonKeys 0
    let state = ReaderState(start, dialect.Limits)

    /// Cuts the line whose visible part is `[first, last)`; what is wrong with it, if anything is.
    let cut (batch: RawBatch) (first: int) (last: int) : ReadError voption =
        if batch.Bytes[first] = '['B then
            ValueSome ReadError.ArrayLine
        else
            match cutter.Cut(batch, first, last, true, keys) with
            | -1 -> ValueSome ReadError.OpenLine
            | -2 -> ValueSome(ReadError.NotJson(cutter.BrokenAt - first, cutter.Expected))
            | ending when ending < last -> ValueSome(ReadError.NotJson(ending - first, "the end of the line"))
            | _ -> cutter.Fault

    let take (batch: RawBatch) (at: int) (ending: int) (finish: int) =
        let block = batch.Bytes
        let mutable first = at
        let mutable last = ending

        while first < last && CommentMarks.IsBlank block[first] do
            first <- first + 1

        while first < last && CommentMarks.IsBlank block[last - 1] do
            last <- last - 1

        if first < last then
            let fault =
                match state.Check(batch, at, ending, finish) with
                | ValueSome error -> ValueSome error
                | ValueNone -> cut batch first last

            match fault with
            | ValueSome error ->
                batch.DropOpenFields()
                state.Reject(batch, at, ending, error)
            | ValueNone -> batch.EndRecord(at, ending, state.Line)

    override _.Offset = state.Offset
    override _.Line = state.Line
    override _.Columns = columns
    override _.HeaderPending = false
    override _.Discarding = state.Discarding
    override _.MaxRecordBytes = limit

    override _.Census =
        ValueSome
            {
                AnyRecord = cutter.AnyRecord
                Missing = cutter.Missing
                Known = cutter.Known
            }

    override _.Read(block, start, length, isFinal, maxRecords, batch) =
        let finish = start + length
        state.Begin(block, start, batch)
        let mark = state.MarkLength(block, start, finish, isFinal)
        let mutable at = start + max 0 mark
        let mutable needMore = mark < 0
        let mutable go = not needMore

        if go && state.Discarding then
            at <- state.Discard(block, at, finish, isFinal)

            if state.Discarding then
                needMore <- true
                go <- false

        while go && state.HasRoom(batch, maxRecords) do
            let rest = ReadOnlySpan<byte>(block, at, finish - at)
            let stop = rest.IndexOfAny('\n'B, '\r'B)

            if stop > limit || (stop < 0 && rest.Length > limit) then
                if stop < 0 && batch.Count > 0 then
                    go <- false
                else
                    state.Reject(batch, at, at + limit, ReadError.TooLong limit)
                    state.StartDiscarding()
                    at <- state.Discard(block, at + limit, finish, isFinal)

                    if state.Discarding then
                        needMore <- true
                        go <- false
            elif stop < 0 then
                if isFinal && rest.Length > 0 then
                    take batch at finish finish
                    at <- finish

                needMore <- true
                go <- false
            else
                let ending = at + stop
                let next = ReaderState.After(block, ending, finish, isFinal)

                if next < 0 then
                    needMore <- true
                    go <- false
                else
                    if stop > 0 then
                        take batch at ending finish

                    state.Line <- state.Line + 1L
                    at <- next

        state.End(start, at, needMore)
