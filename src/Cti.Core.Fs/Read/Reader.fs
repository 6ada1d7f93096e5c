// What every reader promises, and what all of them share: the place in the source, byte order marks, over-long lines and
// the check of the bytes. Push readers: they are handed blocks of bytes and never fetch any.
namespace Cti.Core

open System
open System.Text.Unicode

/// What a call of `Reader.Read` did.
[<Struct>]
type ReadProgress =
    {
        /// Bytes of the block that are done with: the next block begins behind them.
        Consumed: int
        /// No whole record is left in the block: append bytes to what was not consumed (or say that none follow) and call again.
        NeedMore: bool
    }

/// Where a reader begins: a border between records.
type ReaderStart =
    {
        /// Bytes before it, after decompression.
        Offset: int64
        /// Number of its line, from 1.
        Line: int64
        /// What `Reader.Resume` gave there; empty where the header has yet to be read, or there is nothing to know.
        Columns: string[]
    }

[<RequireQualifiedAccess>]
module ReaderStart =
    /// The first byte of a source.
    let beginning =
        {
            Offset = 0L
            Line = 1L
            Columns = [||]
        }

/// Why a source cannot be read any further.
type ReaderFault =
    {
        Error: ReadError
        /// Line of the byte at which reading ended, from 1.
        Line: int64
        /// Bytes before it, after decompression.
        Offset: int64
    }

/// What a reader that was told the names of its fields found of them so far.
type FieldCensus =
    {
        /// Whether there was any record.
        AnyRecord: bool
        /// Fields that no record had.
        Missing: string list
        /// Fields that the first records had, asked for or not.
        Known: string list
    }

/// Cuts records out of the bytes of one source, block by block, into a batch. Not thread-safe; one per source.
///
/// - Blocks follow each other without gaps: each begins with the byte behind what the last call consumed.
/// - What is cut depends neither on the blocks' borders nor on `maxRecords`.
/// - Every record is accounted for: `batch.Count` accepted + `batch.Rejections.Count` rejected. Blank and comment lines,
///   and the header, are no records. Neither is a part of a rich format that says nothing of a subject: it is kept among
///   `batch.Objects`, or is a loss.
/// - A block longer than `MaxRecordBytes` + 8 is always consumed in part, so a buffer of that size is enough for any source:
///   the rest of an over-long line is passed over call by call (`Discarding`).
[<AbstractClass; AllowNullLiteral(false)>]
type Reader() =
    /// Cuts records from `block[start .. start + length)` until the batch holds `maxRecords` items (records, rejections and objects;
    /// at least 1) or no whole record is left. What one element yields stays together, so a batch may hold a few more. `isFinal`: no bytes follow, so a last line without a line end is whole.
    /// The batch refers to `block`, which must stay as it is until the batch has been used. The batch must be clear, or hold
    /// nothing but rejections.
    abstract Read:
        block: byte[] * start: int * length: int * isFinal: bool * maxRecords: int * batch: RawBatch -> ReadProgress

    /// Bytes consumed so far, counted from the source's beginning.
    abstract Offset: int64
    /// Line of the next byte.
    abstract Line: int64
    /// The columns' names, empty when there are none or they have not been read yet.
    abstract Columns: string[]
    /// What a reader that goes on from here has to be told: the columns' names, unless the format needs something else.
    abstract Resume: string[]
    default this.Resume = this.Columns
    /// Header or lines to be skipped have not been passed: reading can be resumed from the source's beginning only.
    abstract HeaderPending: bool
    /// In the middle of an over-long line: not a border between records, call again.
    abstract Discarding: bool
    abstract MaxRecordBytes: int
    /// What ended the reading before the source's end: what follows is consumed and yields nothing. The records before it stand,
    /// the source as a whole is incomplete.
    abstract Fault: ReaderFault voption
    default _.Fault = ValueNone
    /// Where it stands does not follow from offset and line: reading is resumed by handing over what was read before, from the
    /// first byte on and without its records being used, to a reader whose `ReaderStart` says how much that will be.
    abstract FromBeginningOnly: bool
    default _.FromBeginningOnly = false
    /// Nothing where the source itself says which fields there are.
    abstract Census: FieldCensus voption
    default _.Census = ValueNone
    /// What a source of which nothing was declared was taken for, once that is decided.
    abstract Recognition: Recognition voption
    default _.Recognition = ValueNone

/// The mutable state all readers share; mutation here is what makes a reader one pass without allocation.
[<Sealed; AllowNullLiteral(false)>]
type internal ReaderState(start: ReaderStart, limits: ReadLimits) =
    // Checking bytes record by record costs 10 ns each, so whole windows are checked at once; a record is checked by
    // itself only in a window that has a fault somewhere.
    static let window = 32_768
    let mutable offset = start.Offset
    let mutable line = start.Line
    let mutable cleanUntil = 0L
    let mutable dirtyUntil = 0L
    let mutable discarding = false
    let mutable rejectedBytes = 0

    static let isEdge (value: byte) =
        value = 0xA0uy || value = ' 'B || value = '\t'B

    static let isMark (block: byte[]) at count =
        let mark = [| 0xEFuy; 0xBBuy; 0xBFuy |]
        ReadOnlySpan<byte>(block, at, count).SequenceEqual(ReadOnlySpan<byte>(mark, 0, count))

    static let faultOf (record: ReadOnlySpan<byte>) : ReadError voption =
        let nul = record.IndexOf 0uy

        if nul >= 0 then
            ValueSome(ReadError.NulByte nul)
        elif Utf8.IsValid record then
            ValueNone
        else
            // Rare: find where, by bisection over prefixes (a prefix that ends inside a character is invalid too, so the
            // answer may point up to three bytes early).
            let mutable valid = 0
            let mutable invalid = record.Length

            while invalid - valid > 1 do
                let middle = valid + (invalid - valid) / 2

                if Utf8.IsValid(record.Slice(0, middle)) then
                    valid <- middle
                else
                    invalid <- middle

            ValueSome(ReadError.InvalidUtf8 valid)

    member _.Offset = offset

    member _.Line
        with get () = line
        and set value = line <- value

    member _.Discarding = discarding
    member _.RejectedBytes = rejectedBytes

    /// Begins a call: names the block to the batch.
    member _.Begin(block: byte[], at: int, batch: RawBatch) =
        batch.Bytes <- block
        batch.BaseOffset <- offset - int64 at
        rejectedBytes <- 0

    /// Ends a call: `at` is the first byte not consumed.
    member _.End(start: int, at: int, needMore: bool) : ReadProgress =
        offset <- offset + int64 (at - start)

        {
            Consumed = at - start
            NeedMore = needMore
        }

    /// Length of the byte order mark at the beginning of the source, 0 when there is none; -1: more bytes needed to know.
    member _.MarkLength(block: byte[], at: int, finish: int, isFinal: bool) : int =
        if offset > 0L then
            0
        elif finish - at >= 3 then
            if isMark block at 3 then 3 else 0
        elif isFinal || not (isMark block at (finish - at)) then
            0
        else
            -1

    /// From here to the next line end nothing is a record.
    member _.StartDiscarding() = discarding <- true

    /// Passes over the rest of an over-long line; gives the first byte behind what was passed over.
    member _.Discard(block: byte[], at: int, finish: int, isFinal: bool) : int =
        let stop = ReadOnlySpan<byte>(block, at, finish - at).IndexOfAny('\n'B, '\r'B)

        if stop < 0 then
            if isFinal then
                discarding <- false

            finish
        else
            let ending = at + stop
            let next = ReaderState.After(block, ending, finish, isFinal)

            if next < 0 then
                ending
            else
                discarding <- false
                line <- line + 1L
                next

    /// First byte behind the line end at `ending`; -1: it may be half of a CRLF, more bytes needed to know.
    static member After(block: byte[], ending: int, finish: int, isFinal: bool) : int =
        if block[ending] = '\n'B then
            ending + 1
        elif ending + 1 < finish then
            if block[ending + 1] = '\n'B then ending + 2 else ending + 1
        elif isFinal then
            ending + 1
        else
            -1

    /// The fault in the bytes of a record, if any: NUL or not UTF-8. `finish` is the end of the block.
    member _.Check(batch: RawBatch, recordStart: int, recordEnd: int, finish: int) : ReadError voption =
        let place = batch.BaseOffset + int64 recordEnd

        if place <= cleanUntil then
            ValueNone
        elif place <= dirtyUntil then
            faultOf (ReadOnlySpan<byte>(batch.Bytes, recordStart, recordEnd - recordStart))
        else
            let ahead =
                ReadOnlySpan<byte>(batch.Bytes, recordStart, min window (finish - recordStart))

            // Up to a line end: a window that ended inside a character would be invalid.
            let length = max (recordEnd - recordStart) (ahead.LastIndexOf '\n'B)
            let checkedBytes = ReadOnlySpan<byte>(batch.Bytes, recordStart, length)

            if checkedBytes.IndexOf 0uy < 0 && Utf8.IsValid checkedBytes then
                cleanUntil <- batch.BaseOffset + int64 (recordStart + length)
                ValueNone
            else
                dirtyUntil <- batch.BaseOffset + int64 (recordStart + length)
                faultOf (ReadOnlySpan<byte>(batch.Bytes, recordStart, recordEnd - recordStart))

    /// Whether the record being cut, which is not UTF-8 as a whole, can be used all the same: its fields are. A lone byte A0
    /// at a field's end is the no-break space of every ISO 8859 alphabet and Windows code page: a blank, so no part of it.
    member _.FieldsAreText(batch: RawBatch) : bool =
        let mutable good = true
        let mutable field = 0

        while good && field < batch.OpenFields do
            let text = batch.OpenField field
            good <- Utf8.IsValid text

            if not good then
                let mutable first = 0
                let mutable last = text.Length

                while first < last && isEdge text[first] do
                    first <- first + 1

                while first < last && isEdge text[last - 1] do
                    last <- last - 1

                good <- Utf8.IsValid(text.Slice(first, last - first))

                if good then
                    batch.NarrowOpenField(field, first, last)

            field <- field + 1

        good

    /// Counts the lines of the bytes `[from, until)`, which are done with.
    member _.Pass(batch: RawBatch, from: int, until: int) =
        line <-
            line
            + int64 (MemoryExtensions.Count(ReadOnlySpan<byte>(batch.Bytes, from, until - from), '\n'B))

    /// Rejects the bytes `[recordStart, recordEnd)`, which begin on `line`.
    member _.Reject(batch: RawBatch, recordStart: int, recordEnd: int, error: ReadError) =
        rejectedBytes <- rejectedBytes + min (recordEnd - recordStart) 65_536
        batch.RejectBytes(recordStart, recordEnd, line, error.code, error.message)

    /// The batch can take another record.
    member _.HasRoom(batch: RawBatch, maxRecords: int) =
        batch.Items < maxRecords && rejectedBytes < limits.MaxRejectedBytes
