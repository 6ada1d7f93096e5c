// The reader of every format in which a line is a record: finds the lines, passes over blank ones and comments, and hands each of the
// others to the format's cutter. Knows line ends, limits and the check of the bytes; knows no format.
namespace Cti.Core

open System

/// What a cutter made of a line.
[<Struct; RequireQualifiedAccess>]
type internal Line =
    /// The open fields of the batch are its record.
    | Record
    /// It belongs to the format but lists nothing: as little a record as a comment.
    | Structure
    | Faulty of ReadError

/// What is particular to a line-oriented format. One per source: it may remember what earlier lines said.
type internal ILineCutter =
    /// The names of the fields, in the order in which `Cut` adds them.
    abstract Columns: string[]
    /// What a cutter has to be told that goes on behind the last line cut.
    abstract Resume: string[]
    /// Cuts the line at `start`, whose visible part is `[first, last)` of the batch's block, not empty and no comment, into
    /// fields of the batch. The bytes may be anything but line ends and NUL.
    abstract Cut: batch: RawBatch * start: int * first: int * last: int -> Line

/// Lines end with LF, CRLF or CR; blanks around them are not part of a record.
[<Sealed; AllowNullLiteral(false)>]
type internal LineReader(cutter: ILineCutter, comments: string list, limits: ReadLimits, start: ReaderStart) =
    inherit Reader()

    let limit = limits.MaxRecordBytes
    let marks = CommentMarks comments
    let state = ReaderState(start, limits)

    let cut (batch: RawBatch) (at: int) (ending: int) (first: int) (last: int) (fault: ReadError voption) =
        match cutter.Cut(batch, at, first, last) with
        | Line.Record ->
            match fault with
            | ValueSome error when not (state.FieldsAreText batch) ->
                batch.DropOpenFields()
                state.Reject(batch, at, ending, error)
            | _ -> batch.EndRecord(at, ending, state.Line)
        | Line.Structure -> batch.DropOpenFields()
        | Line.Faulty error ->
            batch.DropOpenFields()
            state.Reject(batch, at, ending, error)

    /// Takes the line `[at, ending)`: a record, a rejection, or nothing (blank, comment, structure).
    let take (batch: RawBatch) (at: int) (ending: int) (finish: int) =
        let block = batch.Bytes
        let mutable first = at
        let mutable last = ending

        while first < last && CommentMarks.IsBlank block[first] do
            first <- first + 1

        while first < last && CommentMarks.IsBlank block[last - 1] do
            last <- last - 1

        if first < last && marks.MarkAt(ReadOnlySpan<byte>(block, first, last - first)) = 0 then
            match state.Check(batch, at, ending, finish) with
            | ValueSome(ReadError.NulByte _ as error) -> state.Reject(batch, at, ending, error)
            | fault -> cut batch at ending first last fault

    /// Rejects the line at `at`, of which at least `limit` + 1 bytes are there, unless it is a comment.
    let rejectLong (batch: RawBatch) (at: int) =
        let seen = ReadOnlySpan<byte>(batch.Bytes, at, limit)
        let mutable first = 0

        while first < seen.Length && CommentMarks.IsBlank seen[first] do
            first <- first + 1

        if marks.MarkAt(seen.Slice first) = 0 then
            state.Reject(batch, at, at + limit, ReadError.TooLong limit)

    override _.Offset = state.Offset
    override _.Line = state.Line
    override _.Columns = cutter.Columns
    override _.Resume = cutter.Resume
    override _.HeaderPending = false
    override _.Discarding = state.Discarding
    override _.MaxRecordBytes = limit

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
                // The rest of the line may not be here: nothing of this block may be needed any more when it comes.
                if stop < 0 && batch.Count > 0 then
                    go <- false
                else
                    rejectLong batch at
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
