// A bounded table from bytes to what was made of them: feeds repeat the same few labels and source names millions of times.
namespace Cti.Core

open System
open System.IO.Hashing

/// At most `most` entries, keyed by bytes; when it is full nothing more is kept. Open addressing over one arena: a hit makes
/// no string and follows one pointer (8 ns against 60 for building the string first). Not thread-safe.
[<Sealed; AllowNullLiteral(false)>]
type internal ByteCache<'T>(most: int) =
    let arena = Utf8Writer 1024
    let mutable slots: int[] = Array.zeroCreate 64
    let mutable hashes: uint64[] = Array.zeroCreate 16
    let mutable starts: int[] = Array.zeroCreate 17
    let mutable values: 'T[] = Array.zeroCreate 16
    let mutable count = 0
    // Rows of a feed come in runs: the last hit is asked first.
    let mutable last = -1

    let keyIs (entry: int) (key: ReadOnlySpan<byte>) =
        starts[entry + 1] - starts[entry] = key.Length
        && arena.Written.Slice(starts[entry], key.Length).SequenceEqual key

    let slotOf (hash: uint64) (key: ReadOnlySpan<byte>) =
        let mask = slots.Length - 1
        let mutable slot = int hash &&& mask

        while slots[slot] > 0
              && not (hashes[slots[slot] - 1] = hash && keyIs (slots[slot] - 1) key) do
            slot <- (slot + 1) &&& mask

        slot

    let grow () =
        slots <- Array.zeroCreate (slots.Length * 2)
        let mask = slots.Length - 1

        for entry in 0 .. count - 1 do
            let mutable slot = int hashes[entry] &&& mask

            while slots[slot] > 0 do
                slot <- (slot + 1) &&& mask

            slots[slot] <- entry + 1

    member _.Count = count
    member _.IsFull = count >= most

    /// Number of the entry with this key, -1 when there is none.
    member _.Find(key: ReadOnlySpan<byte>) : int =
        if last >= 0 && keyIs last key then
            last
        else
            let found = slots[slotOf (XxHash3.HashToUInt64 key) key] - 1

            if found >= 0 then
                last <- found

            found

    member _.Item(entry: int) = values[entry]

    /// Keeps a value for a key that is not there; does nothing when the cache is full.
    member this.Add(key: ReadOnlySpan<byte>, value: 'T) =
        if not this.IsFull then
            if count = values.Length then
                Array.Resize(&hashes, count * 2)
                Array.Resize(&starts, count * 2 + 1)
                Array.Resize(&values, count * 2)

            if count * 2 >= slots.Length then
                grow ()

            let hash = XxHash3.HashToUInt64 key
            let slot = slotOf hash key
            arena.Bytes key
            hashes[count] <- hash
            values[count] <- value
            count <- count + 1
            starts[count] <- arena.Length
            slots[slot] <- count
