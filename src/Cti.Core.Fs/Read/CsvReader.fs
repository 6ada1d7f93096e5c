// Delimited text: cuts rows into cells without copying them, and finds its way back after rows that cannot be cut.
namespace Cti.Core

open System
open System.Collections.Generic

/// What a line is before it is cut.
[<Struct; RequireQualifiedAccess>]
type private LineKind =
    /// No record: blank, a comment, or one of the lines to skip.
    | Passed
    | Row
    /// More bytes needed to know.
    | Unknown

/// Reads delimited text. Cells a row lacks are empty; a row with text behind the last column is rejected. Blanks around unquoted cells are not
/// part of them. A quote counts at the beginning of a cell only (after blanks).
/// A row whose quotes do not come out is rejected up to the end of its first line; reading goes on with the next line, so
/// that good rows behind a stray quote survive.
[<Sealed; AllowNullLiteral(false)>]
type CsvReader(dialect: CsvDialect, start: ReaderStart) =
    inherit Reader()

    let limit = dialect.Limits.MaxRecordBytes
    let maxCells = dialect.Limits.MaxCells
    let cutter = CsvCutter dialect
    let marks = CommentMarks dialect.Comments
    let state = ReaderState(start, dialect.Limits)

    // Mutable state of the pass: how far the header has got.
    let mutable columns =
        if List.isEmpty dialect.Columns then
            start.Columns
        else
            List.toArray dialect.Columns

    let mutable toSkip = if start.Offset = 0L then dialect.Skip else 0

    let mutable hasHeader =
        dialect.Header = CsvHeader.NoHeader || start.Columns.Length > 0

    let mutable headerFailed = false
    // Comments before the first record: candidates for the header, the last `keptComments` of them.
    let comments = Queue<byte[]>()
    static let keptComments = 64
    static let maxCommentBytes = 65_536

    // What a header in a comment may be parted by where the rows' separator parts it into another number of names than they have cells.
    // Not white space: any remark has words.
    static let otherSeparators = [ ","; ";"; "\t"; "|" ] |> List.map CsvSeparator.Text

    /// The names a comment would give, parted by `separator`.
    let namesIn (separator: CsvSeparator) (comment: byte[]) : string[] =
        let reader =
            CsvReader(
                { dialect with
                    Separator = separator
                    Quote = ValueSome(ValueOption.defaultValue '"'B dialect.Quote)
                    Comments = []
                    Skip = 0
                    Header = CsvHeader.NoHeader
                },
                ReaderStart.beginning
            )

        let batch = RawBatch 1
        reader.Read(comment, 0, comment.Length, true, 1, batch) |> ignore

        Array.init (if batch.Count = 0 then 0 else batch.FieldCount 0) (fun cell ->
            RawBatch.TextOf(batch.Field(0, cell), 256))

    /// Chooses the header among the comments seen, now that the first record has `width` cells.
    let chooseComment (width: int) =
        let names (separator: CsvSeparator) =
            comments |> Seq.rev |> Seq.map (namesIn separator)

        let fits (names: string[]) = names.Length = width && width > 1

        let chosen =
            seq {
                yield! names dialect.Separator |> Seq.filter fits
                yield! otherSeparators |> Seq.collect names |> Seq.filter fits
                yield! names dialect.Separator |> Seq.filter (fun names -> names.Length > 1)
            }
            |> Seq.tryHead

        comments.Clear()
        hasHeader <- true

        match chosen with
        | Some names -> columns <- CsvDialect.columnNames names
        | None -> headerFailed <- true

    let keepComment (batch: RawBatch) (at: int) (ending: int) =
        if
            dialect.Header = CsvHeader.InComment
            && not hasHeader
            && ending - at <= min limit maxCommentBytes
        then
            let mutable text = ReadOnlySpan<byte>(batch.Bytes, at, ending - at)
            let mutable length = 1

            while length > 0 do
                text <- text.TrimStart(' 'B)
                length <- marks.MarkAt text
                text <- text.Slice length

            if comments.Count = keptComments then
                comments.Dequeue() |> ignore

            comments.Enqueue(text.ToArray())

    /// More cells than columns are tolerated when the surplus is empty: a trailing separator shifts nothing.
    let surplus (batch: RawBatch) : bool =
        let mutable found = false

        if columns.Length > 0 && cutter.Cells > columns.Length then
            let mutable cell = columns.Length

            while not found && cell < batch.OpenFields do
                found <- batch.OpenField(cell).Length > 0
                cell <- cell + 1

        found

    /// A row was rejected: when it was the one that should have held the names, there will be none.
    let failHeader () =
        if not hasHeader && dialect.Header = CsvHeader.FirstRow then
            hasHeader <- true
            headerFailed <- true

    /// Takes the row just cut, which begins at `at`: header, record or rejection.
    let take (batch: RawBatch) (at: int) (finish: int) =
        let reject error =
            batch.DropOpenFields()
            state.Reject(batch, at, cutter.RowEnd, error)

        let isHeader = not hasHeader && dialect.Header = CsvHeader.FirstRow

        match state.Check(batch, at, cutter.RowEnd, finish) with
        | ValueSome(ReadError.NulByte _ as error) ->
            failHeader ()
            reject error
        // A name with a stray byte is one all the same: its column can be numbered.
        | ValueSome error when not isHeader && not (state.FieldsAreText batch) -> reject error
        | _ ->
            if isHeader then
                hasHeader <- true

                if List.isEmpty dialect.Columns then
                    columns <-
                        CsvDialect.columnNames (
                            Array.init batch.OpenFields (fun cell -> RawBatch.TextOf(batch.OpenField cell, 256))
                        )

                batch.DropOpenFields()
            else
                if not hasHeader then
                    chooseComment cutter.Cells

                if headerFailed then
                    reject ReadError.NoHeader
                elif cutter.Cells > maxCells then
                    reject (ReadError.TooManyCells(cutter.Cells, maxCells))
                elif surplus batch then
                    reject (ReadError.MoreCellsThanColumns(cutter.Cells, columns.Length))
                else
                    batch.EndRecord(at, cutter.RowEnd, state.Line)

    /// Rejects the row at `at` as longer than the limit and passes over the rest of its line; gives the place reached, or -1
    /// when the batch refers to this block, which may not hold the whole line: it has to be used first.
    let rejectLong (batch: RawBatch) (at: int) (finish: int) (isFinal: bool) : int =
        batch.DropOpenFields()

        if batch.Count > 0 then
            -1
        else
            failHeader ()
            state.Reject(batch, at, at + limit, ReadError.TooLong limit)
            state.StartDiscarding()
            state.Discard(batch.Bytes, at + limit, finish, isFinal)

    /// Rejects the first line of a row whose quotes do not come out. Gives the place behind it, -1 when its end is not in the block.
    let rejectLine (batch: RawBatch) (at: int) (ending: int) (finish: int) (isFinal: bool) (error: ReadError) =
        batch.DropOpenFields()

        let next =
            if ending = finish then
                finish
            else
                ReaderState.After(batch.Bytes, ending, finish, isFinal)

        if next >= 0 then
            let error =
                match error with
                | ReadError.TextAfterQuote _ -> error
                // Which cell stays open at the end of the line, whatever the block holds behind it.
                | _ ->
                    match cutter.Cut(batch, at, ending, true) with
                    | Cut.Faulty found -> found
                    | _ -> error

            batch.DropOpenFields()
            failHeader ()
            state.Reject(batch, at, ending, error)

            if ending < finish then
                state.Line <- state.Line + 1L

        next

    /// Rejects the row at `at`, which cannot be cut: its first line where that ends within the limit, else as too long.
    let giveUp (batch: RawBatch) (at: int) (finish: int) (isFinal: bool) (error: ReadError) : int =
        let stop = ReadOnlySpan<byte>(batch.Bytes, at, finish - at).IndexOfAny('\n'B, '\r'B)

        if stop > limit || (stop < 0 && finish - at > limit) then
            rejectLong batch at finish isFinal
        elif stop >= 0 || isFinal then
            rejectLine batch at (if stop < 0 then finish else at + stop) finish isFinal error
        else
            batch.DropOpenFields()
            -1

    /// What the line at `at` is: only its first visible bytes decide.
    let kindOf (block: byte[]) (at: int) (finish: int) (isFinal: bool) : LineKind =
        let mutable first = at

        if toSkip > 0 then
            LineKind.Passed
        else
            while first < finish && cutter.IsBlank block[first] do
                first <- first + 1

            if first - at > limit then
                LineKind.Row
            elif first = finish then
                if isFinal then LineKind.Passed else LineKind.Unknown
            elif block[first] = '\n'B || block[first] = '\r'B then
                LineKind.Passed
            elif marks.Longest = 0 then
                LineKind.Row
            else
                let seen = ReadOnlySpan<byte>(block, first, finish - first)

                if marks.MarkAt seen > 0 then
                    LineKind.Passed
                elif seen.Length < marks.Longest && not isFinal && seen.IndexOfAny('\n'B, '\r'B) < 0 then
                    LineKind.Unknown
                else
                    LineKind.Row

    /// Passes over the line at `at`, which is no record; gives the place behind it, -1 when its end is not in the block.
    let pass (batch: RawBatch) (at: int) (finish: int) (isFinal: bool) : int =
        let stop = ReadOnlySpan<byte>(batch.Bytes, at, finish - at).IndexOfAny('\n'B, '\r'B)

        let ending = if stop < 0 then finish else at + stop

        let next =
            if stop >= 0 then
                ReaderState.After(batch.Bytes, ending, finish, isFinal)
            elif isFinal then
                finish
            else
                -1

        if next >= 0 then
            if toSkip > 0 then
                toSkip <- toSkip - 1
            else
                keepComment batch at ending

            if stop >= 0 then
                state.Line <- state.Line + 1L

            next
        elif stop < 0 && finish - at > limit then
            if batch.Count > 0 then
                -1
            else
                toSkip <- max 0 (toSkip - 1)
                state.StartDiscarding()
                finish
        else
            -1

    /// Takes the row at `at`; gives the place behind it, -1 when its end is not in the block (or see `rejectLong`).
    let row (batch: RawBatch) (at: int) (finish: int) (isFinal: bool) : int =
        match cutter.Cut(batch, at, finish, isFinal) with
        | Cut.Whole ->
            let lines = cutter.InnerLines(batch, at)
            take batch at finish
            state.Line <- state.Line + lines + (if cutter.RowEnd < finish then 1L else 0L)
            cutter.NextRow
        | Cut.Unfinished ->
            batch.DropOpenFields()
            -1
        | Cut.Overflow -> giveUp batch at finish isFinal (ReadError.UnterminatedQuote cutter.Cells)
        | Cut.Faulty error -> giveUp batch at finish isFinal error

    override _.Offset = state.Offset
    override _.Line = state.Line
    override _.Columns = columns
    override _.HeaderPending = toSkip > 0 || not hasHeader || headerFailed
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
            let reached =
                if at = finish then
                    -1
                else
                    match kindOf block at finish isFinal with
                    | LineKind.Passed -> pass batch at finish isFinal
                    | LineKind.Unknown -> -1
                    | LineKind.Row -> row batch at finish isFinal

            if reached < 0 then
                // A row too long for what may be held while the batch refers to this block: the batch goes first.
                needMore <- not (batch.Count > 0 && finish - at > limit)
                go <- false
            else
                at <- reached

                if state.Discarding then
                    needMore <- true
                    go <- false

        state.End(start, at, needMore)
