// Text as UTF-8 bytes: the growable writer every printer writes to, and the column that holds many texts back to back.
// Knows nothing of threat intelligence. The mutation inside buys allocation-free stages (bench: Stages).
namespace Cti.Core

open System
open System.Buffers.Text
open System.Text

[<RequireQualifiedAccess>]
module Utf8Text =
    /// At most `limit` bytes of UTF-8 text; cut at a character's border.
    let cut (text: ReadOnlySpan<byte>) (limit: int) : ReadOnlySpan<byte> =
        if text.Length <= limit then
            text
        else
            let mutable length = limit

            // Not into the middle of a character: 10xxxxxx continues one.
            while length > 0 && limit - length < 3 && text[length] &&& 0xC0uy = 0x80uy do
                length <- length - 1

            text.Slice(0, length)

/// A growable UTF-8 buffer. Not thread-safe; reuse one per worker.
[<Sealed; AllowNullLiteral(false)>]
type Utf8Writer(capacity: int) =
    let mutable bytes: byte[] = Array.zeroCreate (max 16 capacity)
    let mutable length = 0

    // Apart from the test whether it is needed, so that the writing methods stay small enough to be inlined.
    let grow size =
        Array.Resize(&bytes, max (length + size) (bytes.Length * 2))

    /// What has been written, valid until the next write.
    member _.Written = ReadOnlySpan<byte>(bytes, 0, length)
    /// The same as memory, for asynchronous writers; valid until the next write.
    member _.WrittenMemory = ReadOnlyMemory<byte>(bytes, 0, length)
    /// Bytes written so far.
    member _.Length = length
    /// Forget everything written, keep the buffer.
    member _.Clear() = length <- 0
    /// Keep only the first `count` bytes.
    member _.Truncate(count: int) = length <- min length (max 0 count)

    /// Room for at least `size` more bytes; follow with `Advance`.
    member _.Reserve(size: int) : Span<byte> =
        if bytes.Length - length < size then
            grow size

        Span<byte>(bytes, length, bytes.Length - length)

    /// Count `size` bytes of the reserved room as written.
    member _.Advance(size: int) = length <- length + size

    member _.Byte(value: byte) =
        if bytes.Length = length then
            grow 1

        bytes[length] <- value
        length <- length + 1

    member _.Bytes(value: ReadOnlySpan<byte>) =
        if bytes.Length - length < value.Length then
            grow value.Length

        value.CopyTo(Span<byte>(bytes, length, value.Length))
        length <- length + value.Length

    /// Any .NET text, encoded as UTF-8; lone surrogates become U+FFFD.
    member this.Text(value: string) =
        let room = this.Reserve(Encoding.UTF8.GetMaxByteCount value.Length)
        length <- length + Encoding.UTF8.GetBytes(value.AsSpan(), room)

    /// A decimal integer.
    member this.Int(value: int64) =
        let room = this.Reserve 20
        let mutable written = 0
        Utf8Formatter.TryFormat(value, room, &written) |> ignore
        length <- length + written

    override _.ToString() =
        Encoding.UTF8.GetString(bytes, 0, length)

/// Many texts back to back in one buffer: text i is `Bytes[Start i .. End i)`. Cleared and filled again batch after batch.
[<Sealed; AllowNullLiteral(false)>]
type TextColumn(rows: int, bytesPerRow: int) =
    let mutable bytes: byte[] = Array.zeroCreate (max 64 (rows * bytesPerRow))
    let mutable ends: int[] = Array.zeroCreate (max 4 rows)
    let mutable count = 0

    /// How many texts the column holds.
    member _.Count = count
    /// The buffer all texts lie in (for bulk readers; longer than what is used).
    member _.Buffer = bytes
    /// End offset of each text; its start is the end of the one before.
    member _.Ends = ends
    member _.Start(row: int) = if row = 0 then 0 else ends[row - 1]
    member this.Length(row: int) = ends[row] - this.Start row

    member this.Item
        with get (row: int): ReadOnlySpan<byte> =
            let start = this.Start row
            ReadOnlySpan<byte>(bytes, start, ends[row] - start)

    member this.Text(row: int) = Encoding.UTF8.GetString(this[row])

    /// Room for a text of at most `size` bytes at the end; follow with `Commit`.
    member _.Reserve(size: int) : Span<byte> =
        let used = if count = 0 then 0 else ends[count - 1]

        if bytes.Length - used < size then
            Array.Resize(&bytes, max (used + size) (bytes.Length * 2))

        Span<byte>(bytes, used, bytes.Length - used)

    /// Makes the first `size` bytes of the reserved room the next text.
    member _.Commit(size: int) =
        if count = ends.Length then
            Array.Resize(&ends, count * 2)

        let used = if count = 0 then 0 else ends[count - 1]
        ends[count] <- used + size
        count <- count + 1

    member this.Add(value: ReadOnlySpan<byte>) =
        value.CopyTo(this.Reserve value.Length)
        this.Commit value.Length

    /// Takes the last text back.
    member _.RemoveLast() = count <- count - 1

    member _.Clear() = count <- 0
