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

/// Whether a record may take more than one line.
[<Struct; RequireQualifiedAccess>]
type internal LineEnd =
    | Always
    /// A backslash at a line's end, also with blanks behind it, says that the record goes on in the next line. Comments do not go on.
    | NotBehindBackslash

/// What is particular to a line-oriented format. One per source: it may remember what earlier lines said.
type internal ILineCutter =
    /// The names of the fields, in the order in which `Cut` adds them.
    abstract Columns: string[]
    /// What a cutter has to be told that goes on behind the last line cut.
    abstract Resume: string[]
    /// Cuts the line at `start`, whose visible part is `[first, last)` of the batch's block, not empty and no comment, into
    /// fields of the batch. The bytes may be anything but NUL, and line ends where no backslash stands before them.
    abstract Cut: batch: RawBatch * start: int * first: int * last: int -> Line

/// Lines end with LF, CRLF or CR; blanks around them are not part of a record.
[<Sealed; AllowNullLiteral(false)>]
type internal LineReader
    (cutter: ILineCutter, comments: string list, lineEnd: LineEnd, limits: ReadLimits, start: ReaderStart) =
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

    // Whether the record at `at` goes on behind the line `[from, ending)`.
    let goesOn (block: byte[]) (at: int) (from: int) (ending: int) =
        let mutable last = ending

        while last > from && CommentMarks.IsBlank block[last - 1] do
            last <- last - 1

        last > from
        && block[last - 1] = '\\'B
        && (let mutable first = at

            while CommentMarks.IsBlank block[first] do
                first <- first + 1

            marks.MarkAt(ReadOnlySpan<byte>(block, first, last - first)) = 0)

    /// Where the record that begins at `at` ends, where the next begins, and how many line ends lie in it. The next at -1: not all of it is here.
    /// A record that gets longer than `limit` is followed up to where that is sure.
    let extent (block: byte[]) (at: int) (finish: int) (isFinal: bool) : struct (int * int * int) =
        let mutable from = at
        let mutable ending = finish
        let mutable next = -1
        let mutable lines = 0
        let mutable going = true

        while going do
            let stop = ReadOnlySpan<byte>(block, from, finish - from).IndexOfAny('\n'B, '\r'B)

            going <- false

            if stop < 0 then
                ending <- finish
                next <- if isFinal then finish else -1
            else
                ending <- from + stop
                next <- ReaderState.After(block, ending, finish, isFinal)

                going <-
                    lineEnd = LineEnd.NotBehindBackslash
                    && next >= 0
                    && next - at <= limit
                    && not (isFinal && next = finish)
                    && goesOn block at from ending

                if going then
                    lines <- lines + 1
                    from <- next

        struct (ending, next, lines)

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
            let struct (ending, next, lines) = extent block at finish isFinal

            if ending - at > limit then
                // The rest of the line may not be here: nothing of this block may be needed any more when it comes.
                if next < 0 && batch.Count > 0 then
                    go <- false
                else
                    rejectLong batch at
                    state.Line <- state.Line + int64 lines
                    state.StartDiscarding()
                    at <- state.Discard(block, at + limit, finish, isFinal)

                    if state.Discarding then
                        needMore <- true
                        go <- false
            elif next < 0 || next = at then
                needMore <- true
                go <- false
            else
                if ending > at then
                    take batch at ending finish

                state.Line <- state.Line + int64 (if next > ending then lines + 1 else lines)
                at <- next

        state.End(start, at, needMore)
