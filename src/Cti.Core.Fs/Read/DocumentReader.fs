// The reader of every format that has to be seen whole (XML, HTML, PDF): collects the document, then has its cutter make records of it, some at a time.
// Knows how much a document may be; knows no format.
namespace Cti.Core

open System

/// What is particular to a format that is read as a whole. One per document.
[<AbstractClass; AllowNullLiteral(false)>]
type DocumentCutter() =
    /// The names of the fields.
    abstract Columns: string[]
    default _.Columns = StandardFields.columns

    /// Looks at the document, all of it as it came but for UTF-16, which is UTF-8 by now. An error: it cannot be read at all, and `Next` is not
    /// called.
    abstract Open: document: ReadOnlyMemory<byte> -> ReadError voption

    /// The line (from 1) and the byte at which a document that `Open` refused is at fault; none: not known.
    abstract FaultPlace: struct (int64 * int) voption
    default _.FaultPlace = ValueNone

    /// Adds what the document's next part yields: records, rejections, objects and losses, or nothing at all; a part should be small. False:
    /// that was the last one. `batch.Bytes` is the document; a cutter whose records stand in a text of its own sets it, always to the same array.
    abstract Next: batch: RawBatch -> bool

[<Struct; RequireQualifiedAccess>]
type private DocumentPhase =
    | Collecting
    | Cutting
    | Done

/// Reads a document of at most `limit` bytes. It is gone on with from its beginning only: what grew is another document.
[<Sealed; AllowNullLiteral(false)>]
type DocumentReader(cutter: DocumentCutter, limit: int, start: ReaderStart) =
    inherit Reader()

    static let maxRejectedBytes = ReadLimits.standard.MaxRejectedBytes

    let mutable document: byte[] = Array.zeroCreate 65_536
    let mutable length = 0
    let mutable phase = DocumentPhase.Collecting
    let mutable fault: ReaderFault voption = ValueNone
    let mutable lines = 0L

    let collect (block: byte[]) (at: int) (size: int) =
        if document.Length - length < size then
            Array.Resize(&document, max (length + size) (document.Length * 2))

        Array.Copy(block, at, document, length, size)
        length <- length + size

    let stopAt (error: ReadError) (line: int64) (offset: int) =
        phase <- DocumentPhase.Done

        fault <-
            ValueSome
                {
                    Error = error
                    Line = line
                    Offset = int64 offset
                }

    let stop (error: ReadError) = stopAt error (1L + lines) length

    // Where the place is known one byte is rejected, for the dead letters to show it.
    let refuse (error: ReadError) (batch: RawBatch) =
        match cutter.FaultPlace with
        | ValueSome(struct (line, offset)) ->
            stopAt error line offset
            batch.Bytes <- document
            batch.BaseOffset <- 0L
            batch.RejectBytes(offset, min length (offset + 1), line, error.code, error.message)
        | ValueNone -> stop error

    let openDocument (batch: RawBatch) =
        // What was read before and has not grown is not read again.
        if length = 0 || int64 length = start.Offset then
            phase <- DocumentPhase.Done
        else
            match cutter.Open(ReadOnlyMemory<byte>(document, 0, length)) with
            | ValueSome error -> refuse error batch
            | ValueNone -> phase <- DocumentPhase.Cutting

    let cut (maxRecords: int) (batch: RawBatch) =
        batch.Bytes <- document
        batch.BaseOffset <- 0L
        let mutable rejected = 0
        let mutable rejectedBytes = 0

        while phase = DocumentPhase.Cutting
              && batch.Items < maxRecords
              && rejectedBytes < maxRejectedBytes do
            if not (cutter.Next batch) then
                phase <- DocumentPhase.Done

            while rejected < batch.Rejections.Count do
                rejectedBytes <- rejectedBytes + batch.Rejections[rejected].Original.Length
                rejected <- rejected + 1

    /// Bytes a document may have where nothing else is said.
    static member MaxBytes = 67_108_864

    override _.Offset = int64 length
    override _.Line = 1L + lines
    override _.Columns = cutter.Columns
    override _.HeaderPending = phase <> DocumentPhase.Done
    override _.Discarding = false
    override _.MaxRecordBytes = ReadLimits.standard.MaxRecordBytes
    override _.Fault = fault
    override _.FromBeginningOnly = true

    override _.Read(block, at, size, isFinal, maxRecords, batch) =
        match phase with
        | DocumentPhase.Collecting when size > limit - length -> stop (ReadError.DocumentTooLong limit)
        | DocumentPhase.Collecting ->
            collect block at size

            lines <-
                lines
                + int64 (MemoryExtensions.Count(ReadOnlySpan<byte>(block, at, size), '\n'B))

            if isFinal then
                openDocument batch
        | DocumentPhase.Cutting
        | DocumentPhase.Done -> ()

        if phase = DocumentPhase.Cutting then
            cut maxRecords batch

        {
            Consumed = size
            NeedMore = phase <> DocumentPhase.Cutting
        }
