// Name-based UUIDs, version 5 (RFC 9562 §5.5): one at a time, and a batch at a time by multi-buffer SHA-1.
namespace Cti.Core

open System
open System.Buffers.Binary
open System.Runtime.InteropServices
open System.Runtime.Intrinsics

/// How many messages are hashed at once. All paths give the same UUIDs.
[<Struct; RequireQualifiedAccess>]
type Sha1Path =
    | Scalar
    /// Needs 256-bit vectors.
    | Lanes8
    /// Needs 512-bit vectors.
    | Lanes16

[<RequireQualifiedAccess>]
module Sha1Path =
    /// Messages hashed at once.
    let width (path: Sha1Path) =
        match path with
        | Sha1Path.Scalar -> 1
        | Sha1Path.Lanes8 -> 8
        | Sha1Path.Lanes16 -> 16

    /// Whether this machine runs the path in hardware; the others still give right results, slowly.
    let isFast (path: Sha1Path) =
        match path with
        | Sha1Path.Scalar -> true
        | Sha1Path.Lanes8 -> Vector256.IsHardwareAccelerated
        | Sha1Path.Lanes16 -> Vector512.IsHardwareAccelerated

    /// The widest path this machine runs in hardware.
    let best () =
        if isFast Sha1Path.Lanes16 then Sha1Path.Lanes16
        elif isFast Sha1Path.Lanes8 then Sha1Path.Lanes8
        else Sha1Path.Scalar

[<RequireQualifiedAccess>]
module Uuid5 =
    /// The UUID of `name` in the namespace `space`. For single values; batches go through `Uuid5Hasher`.
    let ofName (space: Uuid) (name: ReadOnlySpan<byte>) : Uuid =
        let message = Array.zeroCreate<byte>(16 + name.Length)
        Uuid.toBytes space (Span<byte> message)
        name.CopyTo(Span<byte>(message, 16, name.Length))
        let digest = Array.zeroCreate<byte> 20
        Sha1.hash (ReadOnlySpan<byte> message) (Span<byte> digest)
        Uuid.version5 (ReadOnlySpan<byte> digest)

    /// The same for a .NET text, as UTF-8.
    let ofText (space: Uuid) (name: string) : Uuid =
        let bytes = Text.Encoding.UTF8.GetBytes name
        ofName space (ReadOnlySpan<byte> bytes)

/// Hashes batches of names in one namespace. Not thread-safe; one per worker, so that its buffers are reused and no id costs
/// an allocation. Names are grouped by their number of SHA-1 blocks, so that no lane waits for a longer neighbour.
[<Sealed; AllowNullLiteral(false)>]
type Uuid5Hasher(path: Sha1Path) =
    // Names of more blocks than this are rare (over 423 bytes) and hashed one by one.
    static let longest = 7
    let width = Sha1Path.width path
    let state16: Vector512<uint32>[] = Array.zeroCreate 5
    let ring16: Vector512<uint32>[] = Array.zeroCreate 16
    let state8: Vector256<uint32>[] = Array.zeroCreate 5
    let ring8: Vector256<uint32>[] = Array.zeroCreate 16
    let state1: uint32[] = Array.zeroCreate 5
    let ring1: uint32[] = Array.zeroCreate 16
    // Rows in the order in which they are hashed, and where each group of equal block counts begins in it.
    let mutable order: int[] = Array.zeroCreate 256
    let groupEnd: int[] = Array.zeroCreate (longest + 2)

    // Namespace, name, one byte of padding mark and eight of length, rounded up to whole blocks.
    static let blocksOf (length: int) = (16 + length + 9 + 63) / 64

    member private _.State() : Span<uint32> =
        match path with
        | Sha1Path.Scalar -> Span<uint32> state1
        | Sha1Path.Lanes8 -> MemoryMarshal.Cast<Vector256<uint32>, uint32>(Span<Vector256<uint32>> state8)
        | Sha1Path.Lanes16 -> MemoryMarshal.Cast<Vector512<uint32>, uint32>(Span<Vector512<uint32>> state16)

    member private _.Ring() : Span<uint32> =
        match path with
        | Sha1Path.Scalar -> Span<uint32> ring1
        | Sha1Path.Lanes8 -> MemoryMarshal.Cast<Vector256<uint32>, uint32>(Span<Vector256<uint32>> ring8)
        | Sha1Path.Lanes16 -> MemoryMarshal.Cast<Vector512<uint32>, uint32>(Span<Vector512<uint32>> ring16)

    member private _.Compress() =
        match path with
        | Sha1Path.Scalar -> Sha1.compress (Span<uint32> state1) (Span<uint32> ring1)
        | Sha1Path.Lanes8 -> Sha1Lanes8.compress state8 ring8
        | Sha1Path.Lanes16 -> Sha1Lanes16.compress state16 ring16

    /// Writes block `block` of namespace + name + padding as big-endian words into a lane of the ring: transposed while loading.
    static member private Load
        (name: ReadOnlySpan<byte>, block: int, last: bool, lane: int, width: int, ring: Span<uint32>)
        =
        // The namespace fills the first four words of the first block, which the caller sets for all lanes at once.
        let first = if block = 0 then 4 else 0
        let text = name.Slice(min name.Length (block * 64 + first * 4 - 16))
        let words = min (16 - first) (text.Length / 4)
        let mutable at = first * width + lane
        let mutable word = 0

        while word < words do
            ring[at] <- BinaryPrimitives.ReadUInt32BigEndian(text.Slice(word * 4))
            at <- at + width
            word <- word + 1

        word <- word + first

        // The name ends in this block, or (on a word boundary) ended with the one before: the mark belongs to this one only
        // if the name's last byte or the place behind it does.
        if word < 16 then
            let rest = text.Slice(words * 4)

            if block * 64 - 16 <= name.Length then
                let mutable mark = 0x80000000u
                let mutable index = rest.Length - 1

                while index >= 0 do
                    mark <- (mark >>> 8) ||| (uint32 rest[index] <<< 24)
                    index <- index - 1

                ring[at] <- mark
            else
                ring[at] <- 0u

            at <- at + width
            word <- word + 1

            while word < 16 do
                ring[at] <- 0u
                at <- at + width
                word <- word + 1

        if last then
            let bits = uint64 (name.Length + 16) * 8UL
            ring[14 * width + lane] <- uint32 (bits >>> 32)
            ring[15 * width + lane] <- uint32 bits

    /// Orders the rows by block count (a counting sort) into `order` and `groupEnd`.
    member private _.Group(ends: ReadOnlySpan<int>) =
        if order.Length < ends.Length then
            order <- Array.zeroCreate (max ends.Length (order.Length * 2))

        Array.Clear groupEnd
        let mutable start = 0

        for row in 0 .. ends.Length - 1 do
            let blocks = min (longest + 1) (blocksOf (ends[row] - start))
            groupEnd[blocks] <- groupEnd[blocks] + 1
            start <- ends[row]

        // Counts become starts, and filling moves each start to its end.
        let mutable sum = 0

        for blocks in 1 .. longest + 1 do
            let size = groupEnd[blocks]
            groupEnd[blocks] <- sum
            sum <- sum + size

        start <- 0

        for row in 0 .. ends.Length - 1 do
            let blocks = min (longest + 1) (blocksOf (ends[row] - start))
            order[groupEnd[blocks]] <- row
            groupEnd[blocks] <- groupEnd[blocks] + 1
            start <- ends[row]

    /// The widest path of this machine.
    new() = Uuid5Hasher(Sha1Path.best ())

    member _.Path = path
    /// Room to write names into before hashing them: cleared by whoever uses it, valid until the next one does.
    member val Names = TextColumn(2048, 48)

    /// `target[i]` becomes the UUID of name i in the namespace `space`. Names lie back to back in `bytes`, name i between
    /// `ends[i - 1]` (0 for the first) and `ends[i]`, as in a `TextColumn`. `target` is at least as long as `ends`.
    member this.Hash(space: Uuid, bytes: ReadOnlySpan<byte>, ends: ReadOnlySpan<int>, target: Span<Uuid>) =
        this.Group ends
        let state = this.State()
        let ring = this.Ring()
        let high = Uuid.high space
        let low = Uuid.low space
        let mutable from = 0

        for blocks in 1..longest do
            while from < groupEnd[blocks] do
                let lanes = min width (groupEnd[blocks] - from)

                for word in 0..4 do
                    state.Slice(word * width, width).Fill Sha1.initial[word]

                for block in 0 .. blocks - 1 do
                    if block = 0 then
                        ring.Slice(0, width).Fill(uint32 (high >>> 32))
                        ring.Slice(width, width).Fill(uint32 high)
                        ring.Slice(2 * width, width).Fill(uint32 (low >>> 32))
                        ring.Slice(3 * width, width).Fill(uint32 low)

                    for lane in 0 .. lanes - 1 do
                        let row = order[from + lane]
                        let start = if row = 0 then 0 else ends[row - 1]
                        let name = bytes.Slice(start, ends[row] - start)
                        Uuid5Hasher.Load(name, block, (block = blocks - 1), lane, width, ring)

                    this.Compress()

                for lane in 0 .. lanes - 1 do
                    target[order[from + lane]] <-
                        Uuid.version5OfHalves
                            ((uint64 state[lane] <<< 32) ||| uint64 state[width + lane])
                            ((uint64 state[2 * width + lane] <<< 32) ||| uint64 state[3 * width + lane])

                from <- from + lanes

        while from < ends.Length do
            let row = order[from]
            let start = if row = 0 then 0 else ends[row - 1]
            target[row] <- Uuid5.ofName space (bytes.Slice(start, ends[row] - start))
            from <- from + 1

    /// The same for a column of names.
    member this.Hash(space: Uuid, names: TextColumn, target: Span<Uuid>) =
        this.Hash(space, ReadOnlySpan<byte> names.Buffer, ReadOnlySpan<int>(names.Ends, 0, names.Count), target)
