// The fields that every rich format has (STIX, MISP, OpenIOC, reports, rules, vulnerabilities): what its reader says of a subject stands in the same
// columns whatever the format, so one mapping serves them all. Knows no format.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module StandardFields =
    let private types = ObservableType.all.Length

    /// Column of the values of a type; several are a list (`RawBatch.ListSeparator`).
    let ofType (observable: ObservableType) : int =
        int (ObservableType.code observable) - 1

    /// When the source says it saw it first and last: RFC 3339, UTC.
    let firstSeen = types
    let lastSeen = types + 1
    /// Since when it is so no longer, in the words of the source (revoked, deleted, no longer valid): RFC 3339, UTC.
    let ended = types + 2
    /// A list.
    let labels = types + 3
    /// 0 to 100.
    let confidence = types + 4
    /// A name of TLP 2.0.
    let tlp = types + 5
    /// Who is said to have reported it.
    let reporter = types + 6
    let description = types + 7
    /// A list of addresses of http or https.
    let references = types + 8
    /// The foreign object it was said in, and that one's type.
    let objectId = types + 9
    let objectType = types + 10

    /// The names of all columns, in order.
    let columns: string[] =
        Array.append
            (ObservableType.all |> Array.map ObservableType.name)
            [|
                "first_seen"
                "last_seen"
                "ended"
                "labels"
                "confidence"
                "tlp"
                "reporter"
                "description"
                "references"
                "object_id"
                "object_type"
            |]

/// One record of the standard fields, filled by a reader and written to its batch; reused record by record. Texts are UTF-8; what would part
/// the items of a list (US) or the fields of a record (NUL) becomes SUB, so that no text of a source can do either.
[<Sealed; AllowNullLiteral(false)>]
type StandardRecord() =
    static let separators =
        Buffers.SearchValues.Create(ReadOnlySpan<byte>([| 0uy; RawBatch.ListSeparator |]))

    static let tlpNames =
        Tlp.all |> Array.map (fun tlp -> Text.Encoding.ASCII.GetBytes(Tlp.name tlp))

    // SUB: refused in every value, a blank in a description.
    static let replacement = 0x1Auy
    // What the mapping takes as a label (Map/MapMemory.fs): one that is none would cost the whole record.
    static let maxLabels = 128
    static let maxLabelBytes = 256

    // The texts of all columns as they came; those of one column are chained.
    let texts = Utf8Writer 1024
    let mutable ends: int[] = Array.zeroCreate 32
    let mutable next: int[] = Array.zeroCreate 32
    let mutable count = 0
    let heads: int[] = Array.create StandardFields.columns.Length -1
    let tails: int[] = Array.create StandardFields.columns.Length -1
    let mutable values = 0
    let mutable labelCount = 0

    let write (text: ReadOnlySpan<byte>) =
        let mutable rest = text
        let mutable at = rest.IndexOfAny separators

        while at >= 0 do
            texts.Bytes(rest.Slice(0, at))
            texts.Byte replacement
            rest <- rest.Slice(at + 1)
            at <- rest.IndexOfAny separators

        texts.Bytes rest

    /// Makes what was written behind the last entry the next one of a column.
    let commit column =
        if count = ends.Length then
            Array.Resize(&ends, count * 2)
            Array.Resize(&next, count * 2)

        ends[count] <- texts.Length
        next[count] <- -1

        if tails[column] < 0 then
            heads[column] <- count
        else
            next[tails[column]] <- count

        tails[column] <- count
        count <- count + 1

    let addText column (text: ReadOnlySpan<byte>) =
        if text.Length > 0 then
            write text
            commit column

    // A column of one text: the last one said counts.
    let setText column (text: ReadOnlySpan<byte>) =
        heads[column] <- -1
        tails[column] <- -1
        addText column text

    let setTime column (time: Timestamp) =
        heads[column] <- -1
        tails[column] <- -1

        if not (Timestamp.isNone time) then
            Timestamp.writeExact time texts
            commit column

    // C0, DEL and C1 (C2 80 to C2 9F).
    static let isControl (text: ReadOnlySpan<byte>) =
        let mutable found = text.ContainsAnyInRange(0uy, 0x1Fuy) || text.Contains 0x7Fuy
        let mutable at = 0

        while not found && at < text.Length - 1 do
            found <- text[at] = 0xC2uy && text[at + 1] < 0xA0uy
            at <- at + 1

        found

    /// Forgets everything.
    member _.Clear() : unit =
        texts.Clear()
        count <- 0
        values <- 0
        labelCount <- 0
        Array.Fill(heads, -1)
        Array.Fill(tails, -1)

    /// Values added since `Clear`.
    member _.Values = values

    /// Adds a value as written; it is normalised by the rules of its type later. Blank ones are none.
    member _.Add(observable: ObservableType, value: ReadOnlySpan<byte>) : unit =
        if value.IndexOfAnyExcept(" \t\r\n"B) >= 0 then
            addText (StandardFields.ofType observable) value
            values <- values + 1

    /// Adds a label. False: it cannot be one (blank, longer than 256 bytes, a control character, the 129th), which is the caller's loss to tell.
    member _.Label(label: ReadOnlySpan<byte>) : bool =
        let text = label.Trim ' 'B

        if
            text.Length = 0
            || text.Length > maxLabelBytes
            || labelCount = maxLabels
            || isControl text
        then
            false
        else
            addText StandardFields.labels text
            labelCount <- labelCount + 1
            true

    /// Adds a reference. False: it is no address of http or https, which is the caller's loss to tell.
    member _.Refer(address: ReadOnlySpan<byte>) : bool =
        let text = address.Trim ' 'B
        let isAddress = References.isAddress text

        if isAddress then
            addText StandardFields.references text

        isAddress

    /// Sets what is said of it in words; it is made printable and cut at 4,096 bytes by the mapping.
    member _.Describe(text: ReadOnlySpan<byte>) : unit = setText StandardFields.description text

    /// Sets who is said to have reported it.
    member _.Report(name: ReadOnlySpan<byte>) : unit = setText StandardFields.reporter name

    /// Sets the foreign object it was said in.
    member _.Object(id: ReadOnlySpan<byte>, kind: ReadOnlySpan<byte>) : unit =
        setText StandardFields.objectId id
        setText StandardFields.objectType kind

    /// `Timestamp.none`: not said. Years 1 to 9999.
    member _.FirstSeen
        with set (time: Timestamp) = setTime StandardFields.firstSeen time

    /// The same.
    member _.LastSeen
        with set (time: Timestamp) = setTime StandardFields.lastSeen time

    /// Since when it is so no longer; `Timestamp.none`: it is so, or nothing is said.
    member _.Ended
        with set (time: Timestamp) = setTime StandardFields.ended time

    /// How sure the source is, 0 to 100.
    member _.Confidence
        with set (confidence: byte) =
            heads[StandardFields.confidence] <- -1
            tails[StandardFields.confidence] <- -1
            texts.Int(int64 (min 100uy confidence))
            commit StandardFields.confidence

    /// How far it may travel; where it is not set, as declared by the source's trust.
    member _.Tlp
        with set (tlp: Tlp) = setText StandardFields.tlp (ReadOnlySpan<byte> tlpNames[int (Tlp.code tlp)])

    /// Adds the record's fields to the record being cut of a batch. False where there is no value, and then nothing is added.
    member _.WriteFields(batch: RawBatch) : bool =
        if values > 0 then
            let written = texts.Written

            for column in 0 .. heads.Length - 1 do
                if heads[column] < 0 then
                    batch.AddField(0, 0)
                else
                    let from = batch.Scratch.Length
                    let mutable entry = heads[column]

                    while entry >= 0 do
                        let first = if entry = 0 then 0 else ends[entry - 1]
                        batch.Scratch.Bytes(written.Slice(first, ends[entry] - first))
                        entry <- next[entry]

                        if entry >= 0 then
                            batch.Scratch.Byte RawBatch.ListSeparator

                    batch.AddScratch from

        values > 0

    /// Writes the record to a batch: `[start, finish)` of its `Bytes`, which begins on a line of the source, is where it stands. False where
    /// there is no value, and then nothing is written: what says nothing of a subject is no record. The record stays as it is.
    member this.Write(batch: RawBatch, start: int, finish: int, line: int64) : bool =
        let isWritten = this.WriteFields batch

        if isWritten then
            batch.EndRecord(start, finish, line)

        isWritten
