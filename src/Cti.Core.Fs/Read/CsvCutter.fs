// Cuts one row of delimited text into cells, without copying them. The one hot loop of the csv reader; knows no lines,
// headers or comments.
namespace Cti.Core

open System

/// What became of an attempt to cut one row.
[<Struct; RequireQualifiedAccess>]
type internal Cut =
    /// `RowEnd`, `NextRow` and the open fields of the batch hold it.
    | Whole
    /// Its end is not in the block.
    | Unfinished
    /// It is longer than the limit.
    | Overflow
    | Faulty of ReadError

/// Cuts rows. Its mutable fields are the results of the last cut: a tuple per row would cost as much as the cut.
[<Sealed; AllowNullLiteral(false)>]
type internal CsvCutter(dialect: CsvDialect) =
    let limit = dialect.Limits.MaxRecordBytes
    let maxCells = dialect.Limits.MaxCells

    let separatorText =
        match dialect.Separator with
        | CsvSeparator.Text text -> Text.Encoding.ASCII.GetBytes text
        | CsvSeparator.Whitespace -> [| ' 'B |]

    // The first byte of a separator; of white space one of two.
    let separator = separatorText[0]
    let whitespace = dialect.Separator = CsvSeparator.Whitespace
    let single = separatorText.Length = 1 && not whitespace
    let quoting = dialect.Quote.IsSome
    let quote = ValueOption.defaultValue 0uy dialect.Quote
    let backslash = dialect.Escape = CsvEscape.Backslash
    let mutable rowEnd = 0
    let mutable nextRow = 0
    let mutable quoted = false
    let mutable cells = 0

    static let lineEndsAndBlanks =
        Buffers.SearchValues.Create(ReadOnlySpan<byte> [| ' 'B; '\t'B; 11uy; 12uy; '\n'B; '\r'B |])

    let isBlank (value: byte) =
        CommentMarks.IsBlank value && (value <> separator || whitespace)

    /// Length of the separator at `place` of the block, all blanks of a run together; 0: there is none; -1: more bytes needed to know.
    let separatorAt (block: byte[]) (place: int) (finish: int) (isFinal: bool) : int =
        if single then
            if block[place] = separator then 1 else 0
        elif whitespace then
            let mutable at = place

            while at < finish && CommentMarks.IsBlank block[at] do
                at <- at + 1

            if at = finish && at > place && not isFinal then
                -1
            else
                at - place
        else
            let rest =
                ReadOnlySpan<byte>(block, place, min separatorText.Length (finish - place))

            if not (ReadOnlySpan<byte>(separatorText, 0, rest.Length).SequenceEqual rest) then
                0
            elif rest.Length = separatorText.Length then
                rest.Length
            elif isFinal then
                0
            else
                -1

    /// The end of the unquoted cell at `place`: its separator or line end, `finish` where the source ends; -1: not in the block.
    let cellEnd (block: byte[]) (place: int) (finish: int) (isFinal: bool) : int =
        let mutable at = place
        let mutable found = -2

        while found = -2 do
            let rest = ReadOnlySpan<byte>(block, at, finish - at)

            let stop =
                if whitespace then
                    rest.IndexOfAny(lineEndsAndBlanks)
                else
                    rest.IndexOfAny(separator, '\n'B, '\r'B)

            if stop < 0 then
                found <- if isFinal then finish else -1
            elif single || rest[stop] = '\n'B || rest[stop] = '\r'B then
                found <- at + stop
            else
                match separatorAt block (at + stop) finish isFinal with
                | 0 -> at <- at + stop + 1
                | -1 -> found <- -1
                | _ -> found <- at + stop

        found

    /// Adds a quoted cell's inside; undoes escaped quotes in the batch's scratch buffer.
    let addQuoted (batch: RawBatch) (first: int) (last: int) (escaped: bool) =
        if not escaped then
            batch.AddField(first, last)
        else
            let from = batch.Scratch.Length
            let mark = if backslash then '\\'B else quote
            let mutable at = first

            while at < last do
                let rest = ReadOnlySpan<byte>(batch.Bytes, at, last - at)
                let next = rest.IndexOf mark

                if next < 0 then
                    batch.Scratch.Bytes rest
                    at <- last
                elif backslash then
                    // `\"` and `\\` are escapes; a backslash before anything else is one.
                    let escapes =
                        next + 1 < rest.Length && (rest[next + 1] = quote || rest[next + 1] = mark)

                    batch.Scratch.Bytes(rest.Slice(0, next))
                    batch.Scratch.Byte(if escapes then rest[next + 1] else mark)
                    at <- at + next + (if escapes then 2 else 1)
                else
                    batch.Scratch.Bytes(rest.Slice(0, next + 1))
                    at <- at + next + 2

            batch.AddScratch from

    /// End of the quoted cell whose inside begins at `first`: the place of its closing quote, or -1 when it is not in the block.
    /// Sets `escaped` when quotes inside have to be undone.
    let closingQuote (block: byte[]) (first: int) (finish: int) (isFinal: bool) (escaped: byref<bool>) : int =
        let mutable at = first
        let mutable found = -2

        while found = -2 do
            let rest = ReadOnlySpan<byte>(block, at, finish - at)

            let next =
                if backslash then
                    rest.IndexOfAny(quote, '\\'B)
                else
                    rest.IndexOf quote

            if next < 0 then
                found <- -1
            else
                let place = at + next

                if backslash && block[place] <> quote then
                    escaped <- true
                    at <- min finish (place + 2)
                    // What the backslash stands before is not in the block.
                    if place + 1 = finish then
                        found <- -1
                elif backslash then
                    found <- place
                elif place + 1 = finish then
                    found <- if isFinal then place else -1
                elif block[place + 1] = quote then
                    escaped <- true
                    at <- place + 2
                else
                    found <- place

        found

    /// First byte behind the cells of the row just cut.
    member _.RowEnd = rowEnd
    /// First byte behind its line end.
    member _.NextRow = nextRow
    /// Cells of the row, also those beyond the limit, which were not added.
    member _.Cells = cells

    /// A blank that is not the separator.
    member _.IsBlank(value: byte) = isBlank value

    /// Cuts the row at `at` of the batch's block. Its cells become open fields of the batch.
    member _.Cut(batch: RawBatch, at: int, finish: int, isFinal: bool) : Cut =
        let block = batch.Bytes
        let mutable place = at
        let mutable going = true
        let mutable result = Cut.Unfinished
        let mutable ending = -1
        cells <- 0
        quoted <- false

        // Blanks before the first cell of a row parted by blanks part nothing.
        if whitespace then
            while place < finish && CommentMarks.IsBlank block[place] do
                place <- place + 1

        while going do
            let mutable first = place

            if quoting then
                while first < finish && isBlank block[first] do
                    first <- first + 1

            cells <- cells + 1

            // The place behind the cell, -1 where it is not in the block.
            let mutable behind = -1

            if quoting && first < finish && block[first] = quote then
                quoted <- true
                let mutable escaped = false
                let closing = closingQuote block (first + 1) finish isFinal &escaped

                if closing < 0 then
                    if isFinal then
                        result <- Cut.Faulty(ReadError.UnterminatedQuote cells)
                else
                    if cells <= maxCells then
                        addQuoted batch (first + 1) closing escaped

                    behind <- closing + 1

                    while not whitespace && behind < finish && isBlank block[behind] do
                        behind <- behind + 1

                    if behind = finish then
                        if not isFinal then
                            behind <- -1
                    elif
                        block[behind] <> '\n'B
                        && block[behind] <> '\r'B
                        && separatorAt block behind finish isFinal = 0
                    then
                        if behind - at < limit then
                            result <- Cut.Faulty(ReadError.TextAfterQuote cells)

                        behind <- -1
            else
                behind <- cellEnd block place finish isFinal

                if behind >= 0 then
                    let mutable last = behind
                    first <- place

                    while first < last && isBlank block[first] do
                        first <- first + 1

                    while first < last && isBlank block[last - 1] do
                        last <- last - 1

                    if cells <= maxCells then
                        batch.AddField(first, last)

            if behind < 0 then
                going <- false
            elif behind = finish || block[behind] = '\n'B || block[behind] = '\r'B then
                going <- false
                ending <- behind
            else
                match separatorAt block behind finish isFinal with
                | length when length > 0 ->
                    place <- behind + length

                    // Blanks at the end of the row part nothing either.
                    if whitespace && (place = finish || block[place] = '\n'B || block[place] = '\r'B) then
                        going <- false
                        ending <- place
                | _ -> going <- false

        match result with
        | Cut.Faulty(ReadError.TextAfterQuote _) -> result
        | _ when (if ending >= 0 then ending else finish) - at > limit -> Cut.Overflow
        | _ when ending < 0 -> result
        | _ ->
            rowEnd <- ending

            nextRow <-
                if ending = finish then
                    finish
                else
                    ReaderState.After(block, ending, finish, isFinal)

            if nextRow < 0 then Cut.Unfinished else Cut.Whole

    /// Line ends inside the row just cut: only quoted cells can hold any.
    member _.InnerLines(batch: RawBatch, at: int) : int64 =
        let mutable rest = ReadOnlySpan<byte>(batch.Bytes, at, rowEnd - at)
        let mutable lines = 0L
        let mutable next = if quoted then rest.IndexOfAny('\n'B, '\r'B) else -1

        while next >= 0 do
            lines <- lines + 1L

            let length =
                if rest[next] = '\r'B && next + 1 < rest.Length && rest[next + 1] = '\n'B then
                    2
                else
                    1

            rest <- rest.Slice(next + length)
            next <- rest.IndexOfAny('\n'B, '\r'B)

        lines
