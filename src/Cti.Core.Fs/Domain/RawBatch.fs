// Raw records: what a reader cut out of a source, as slices of the bytes that were read.
// Columns of offsets instead of objects: one batch is reused for a whole run (docs/decisions/0003).
namespace Cti.Core

open System
open System.Text

/// A foreign object that a reader keeps word for word.
[<Struct>]
type ForeignObject =
    {
        /// What its format calls it by: `indicator--…`, a UUID. Never empty.
        Id: string
        /// Its kind in the words of its format: `indicator`, `misp-event`.
        Type: string
        /// When this version of it was made; `Timestamp.none` where the format has no versions.
        Modified: Timestamp
        /// How far it may travel; none: as declared by the source's trust.
        Tlp: Tlp voption
        /// The records `[FirstRecord, EndRecord)` of the batch were made of it; what they come to is derived from it.
        FirstRecord: int
        EndRecord: int
        /// Slice of the raw batch: the object, valid UTF-8.
        Start: int
        End: int
        /// Line of the source on which it begins, from 1.
        Line: int64
    }

/// Raw records of one source, with their fields and positions. A slice that begins at a negative number lies in `Scratch`
/// (a cell whose doubled quotes had to be undone); `Slice` hides that.
[<Sealed; AllowNullLiteral(false)>]
type RawBatch(records: int) =
    let mutable recordStart: int[] = Array.zeroCreate records
    let mutable recordEnd: int[] = Array.zeroCreate records
    let mutable line: int64[] = Array.zeroCreate records
    let mutable firstField: int[] = Array.zeroCreate (records + 1)
    let mutable fieldStart: int[] = Array.zeroCreate (records * 4)
    let mutable fieldEnd: int[] = Array.zeroCreate (records * 4)
    let mutable count = 0
    let mutable fields = 0

    /// The bytes read; the batch does not own them: they are valid until the reader's next call.
    member val Bytes: byte[] = Array.empty with get, set
    /// Texts that do not stand in `Bytes` as they are meant.
    member val Scratch = Utf8Writer 256
    /// What was read, for positions.
    member val Uri = "" with get, set
    /// Where `Bytes[0]` stands in the source, after decompression.
    member val BaseOffset = 0L with get, set
    /// Rejected records are kept here until the batch is cleared.
    member val Rejections = Collections.Generic.List<Rejection>()
    /// Foreign objects kept word for word, in the order of their records.
    member val Objects = Collections.Generic.List<ForeignObject>()
    /// What of the source was not carried over.
    member val Losses = LossList()

    /// Parts the items of a field that is a list (a JSON array of plain values): US of ASCII, which no text of a feed holds.
    static member ListSeparator = 0x1Fuy

    member _.Count = count
    /// What fills the batch: records, rejections and objects.
    member this.Items = count + this.Rejections.Count + this.Objects.Count
    member _.Line(record: int) = line[record]

    member this.Offset(record: int) =
        this.BaseOffset + int64 recordStart[record]

    /// The record as it stands in the source, without its line end.
    member this.Record(record: int) =
        ReadOnlySpan<byte>(this.Bytes, recordStart[record], recordEnd[record] - recordStart[record])

    member _.FieldCount(record: int) =
        firstField[record + 1] - firstField[record]

    member _.FieldStart(record: int, field: int) = fieldStart[firstField[record] + field]
    member _.FieldEnd(record: int, field: int) = fieldEnd[firstField[record] + field]

    /// The bytes of a slice of this batch.
    member this.Slice(start: int, finish: int) : ReadOnlySpan<byte> =
        if start >= 0 then
            ReadOnlySpan<byte>(this.Bytes, start, finish - start)
        else
            this.Scratch.Written.Slice(~~~start, finish - start)

    /// Where the part of a slice begins that stands `offset` bytes behind the slice's `start`; it ends as many bytes further as it is long.
    static member Within(start: int, offset: int) =
        if start >= 0 then start + offset else start - offset

    /// Field `field` (from 0) of a record; a field the record lacks is empty.
    member this.Field(record: int, field: int) : ReadOnlySpan<byte> =
        let at = firstField[record] + field

        if at < firstField[record + 1] then
            this.Slice(fieldStart[at], fieldEnd[at])
        else
            ReadOnlySpan<byte>.Empty

    /// At most `limit` bytes of UTF-8 text as a string; cut at a character's border, invalid bytes become U+FFFD.
    static member TextOf(bytes: ReadOnlySpan<byte>, limit: int) : string =
        Encoding.UTF8.GetString(Utf8Text.cut bytes limit)

    /// The rejection of a record of this batch, `Value` and `Original` cut as `Rejection` says. Builds it; the caller keeps it.
    member this.Reject
        (record: int, stage: Stage, code: string, message: string, field: string, value: ReadOnlySpan<byte>)
        : Rejection =
        let original = this.Record record

        {
            Stage = stage
            Code = code
            Message = message
            Field = field
            Value = RawBatch.TextOf(value, 1024)
            Position = this.Position record
            Original = original.Slice(0, min original.Length 65_536).ToArray()
        }

    /// Keeps an object whose text stands in the slice `[start, finish)`. The records from `firstRecord` on, to the last one added so far,
    /// were made of it: `batch.Count` as it was before them. Objects are kept in the order of their records.
    member this.Keep
        (
            id: string,
            kind: string,
            modified: Timestamp,
            tlp: Tlp voption,
            firstRecord: int,
            start: int,
            finish: int,
            lineNumber: int64
        ) : unit =
        this.Objects.Add
            {
                Id = id
                Type = kind
                Modified = modified
                Tlp = tlp
                FirstRecord = firstRecord
                EndRecord = count
                Start = start
                End = finish
                Line = lineNumber
            }

    /// Where byte `start` of `Bytes` stands in the source.
    member this.PositionAt(start: int, lineNumber: int64) : Position =
        {
            Uri = this.Uri
            Line = lineNumber
            Offset = this.BaseOffset + int64 start
        }

    /// Notes a loss; see `Loss` for what a path looks like.
    member this.Lose(path: string, value: ReadOnlySpan<byte>, reason: LossReason, position: Position) : unit =
        if this.Losses.HasRoom then
            this.Losses.Add
                {
                    Path = path
                    Value = RawBatch.TextOf(value, Loss.MostValueBytes)
                    Reason = reason
                    Position = position
                }
        else
            this.Losses.AddCount(reason, 1L)

    /// Rejects the bytes `[start, finish)` of `Bytes`, which begin on a line, before they became a record.
    member this.RejectBytes(start: int, finish: int, lineNumber: int64, code: string, message: string) : unit =
        let record = ReadOnlySpan<byte>(this.Bytes, start, finish - start)

        this.Rejections.Add
            {
                Stage = Stage.Read
                Code = code
                Message = message
                Field = ""
                Value = RawBatch.TextOf(record, 1024)
                Position = this.PositionAt(start, lineNumber)
                Original = record.Slice(0, min record.Length 65_536).ToArray()
            }

    member this.Position(record: int) : Position =
        {
            Uri = this.Uri
            Line = line[record]
            Offset = this.Offset record
        }

    /// Adds a field to the record being cut; `EndRecord` closes it. `finish - start` is its length.
    member _.AddField(start: int, finish: int) =
        if fields = fieldStart.Length then
            Array.Resize(&fieldStart, fields * 2)
            Array.Resize(&fieldEnd, fields * 2)

        fieldStart[fields] <- start
        fieldEnd[fields] <- finish
        fields <- fields + 1

    member _.EndRecord(start: int, finish: int, lineNumber: int64) =
        if count = recordStart.Length then
            Array.Resize(&recordStart, count * 2)
            Array.Resize(&recordEnd, count * 2)
            Array.Resize(&line, count * 2)
            Array.Resize(&firstField, count * 2 + 1)

        recordStart[count] <- start
        recordEnd[count] <- finish
        line[count] <- lineNumber
        count <- count + 1
        firstField[count] <- fields

    /// Forgets the fields added since the last `EndRecord`.
    member _.DropOpenFields() = fields <- firstField[count]

    /// Fields added since the last `EndRecord`.
    member _.OpenFields = fields - firstField[count]

    /// Field `field` (from 0) of the record being cut.
    member this.OpenField(field: int) : ReadOnlySpan<byte> =
        let at = firstField[count] + field
        this.Slice(fieldStart[at], fieldEnd[at])

    /// Keeps only the bytes `[first, last)` of a field of the record being cut.
    member _.NarrowOpenField(field: int, first: int, last: int) =
        let at = firstField[count] + field
        let start = fieldStart[at]
        fieldStart[at] <- if start >= 0 then start + first else ~~~(~~~start + first)
        fieldEnd[at] <- fieldStart[at] + (last - first)

    /// Adds what was written to `Scratch` from `from` on as a field.
    member this.AddScratch(from: int) =
        this.AddField(~~~from, ~~~from + (this.Scratch.Length - from))

    member this.Clear() =
        count <- 0
        fields <- 0
        this.Scratch.Clear()
        this.Rejections.Clear()
        this.Objects.Clear()
        this.Losses.Clear()
