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
    let separator = dialect.Separator
    let quoting = dialect.Quote.IsSome
    let quote = ValueOption.defaultValue 0uy dialect.Quote
    let mutable rowEnd = 0
    let mutable nextRow = 0
    let mutable quoted = false
    let mutable cells = 0

    let isBlank (value: byte) =
        CommentMarks.IsBlank value && value <> separator

    /// Adds a quoted cell's inside; undoes doubled quotes in the batch's scratch buffer.
    let addQuoted (batch: RawBatch) (first: int) (last: int) (doubled: bool) =
        if not doubled then
            batch.AddField(first, last)
        else
            let from = batch.Scratch.Length
            let mutable at = first

            while at < last do
                let rest = ReadOnlySpan<byte>(batch.Bytes, at, last - at)
                let next = rest.IndexOf quote
                let length = if next < 0 then rest.Length else next + 1
                batch.Scratch.Bytes(rest.Slice(0, length))
                at <- at + length + 1

            batch.AddScratch from

    /// End of the quoted cell whose inside begins at `first`: the place of its closing quote, or -1 when it is not in the block.
    /// Sets `doubled` when quotes inside have to be undone.
    let closingQuote (block: byte[]) (first: int) (finish: int) (isFinal: bool) (doubled: byref<bool>) : int =
        let mutable at = first
        let mutable found = -2

        while found = -2 do
            let next = ReadOnlySpan<byte>(block, at, finish - at).IndexOf quote

            if next < 0 then
                found <- -1
            else
                let place = at + next

                if place + 1 = finish then
                    found <- if isFinal then place else -1
                elif block[place + 1] = quote then
                    doubled <- true
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

        while going do
            let mutable first = place

            if quoting then
                while first < finish && isBlank block[first] do
                    first <- first + 1

            cells <- cells + 1

            if quoting && first < finish && block[first] = quote then
                quoted <- true
                let mutable doubled = false
                let closing = closingQuote block (first + 1) finish isFinal &doubled

                if closing < 0 then
                    going <- false

                    if isFinal then
                        result <- Cut.Faulty(ReadError.UnterminatedQuote cells)
                else
                    if cells <= maxCells then
                        addQuoted batch (first + 1) closing doubled

                    place <- closing + 1

                    while place < finish && isBlank block[place] do
                        place <- place + 1

                    if place = finish then
                        going <- false

                        if isFinal then
                            ending <- finish
                    elif block[place] = separator then
                        place <- place + 1
                    else
                        going <- false

                        if block[place] = '\n'B || block[place] = '\r'B then
                            ending <- place
                        elif place - at < limit then
                            result <- Cut.Faulty(ReadError.TextAfterQuote cells)
            else
                let stop =
                    ReadOnlySpan<byte>(block, place, finish - place).IndexOfAny(separator, '\n'B, '\r'B)

                if stop < 0 && not isFinal then
                    going <- false
                else
                    let mutable last = if stop < 0 then finish else place + stop
                    let behind = last
                    first <- place

                    while first < last && isBlank block[first] do
                        first <- first + 1

                    while first < last && isBlank block[last - 1] do
                        last <- last - 1

                    if cells <= maxCells then
                        batch.AddField(first, last)

                    if behind < finish && block[behind] = separator then
                        place <- behind + 1
                    else
                        going <- false
                        ending <- behind

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
