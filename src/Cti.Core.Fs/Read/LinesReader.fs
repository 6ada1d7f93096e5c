// Plain lists: one value a line, with comments. The only field is `line`.
namespace Cti.Core

open System

/// How a plain list is written.
type LinesDialect =
    {
        /// Lines that begin with one of these (after blanks) are comments; none when empty.
        Comments: string list
        /// Cut off what follows a blank and a comment mark.
        TrailingComments: bool
        Limits: ReadLimits
    }

[<RequireQualifiedAccess>]
module LinesDialect =
    /// `#` comments, trailing ones kept as text.
    let standard =
        {
            Comments = [ "#" ]
            TrailingComments = false
            Limits = ReadLimits.standard
        }

/// Reads a plain list. Lines end with LF, CRLF or CR; blanks around a value are not part of it.
[<Sealed; AllowNullLiteral(false)>]
type LinesReader(dialect: LinesDialect, start: ReaderStart) =
    inherit Reader()

    static let columns = [| "line" |]
    let limit = dialect.Limits.MaxRecordBytes
    let marks = CommentMarks dialect.Comments
    let trailing = dialect.TrailingComments && marks.Longest > 0
    let state = ReaderState(start, dialect.Limits)

    /// Takes the line `[at, ending)`: a record, a rejection, or nothing (blank or comment).
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
            | ValueSome error -> state.Reject(batch, at, ending, error)
            | ValueNone ->
                if trailing then
                    last <- first + marks.BeforeTrailing(ReadOnlySpan<byte>(block, first, last - first))

                batch.AddField(first, last)
                batch.EndRecord(at, ending, state.Line)

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
    override _.Columns = columns
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
