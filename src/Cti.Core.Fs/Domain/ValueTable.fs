// A hash table of texts over bytes that others keep: no string, no object per entry. Knows hosts from whole values, and no list.
namespace Cti.Core

open System
open System.Buffers.Binary

/// One entry: where its text is, what it stands for, and whom it belongs to.
[<Struct; NoComparison; NoEquality>]
type internal ValueSlot =
    {
        Hash: uint32
        /// The buffer the text lies in.
        Buffer: byte[]
        Start: int
        Length: int
        Entry: int
        Types: uint32
        List: uint16
        /// See `ValueKind`.
        Kind: byte
    }

[<RequireQualifiedAccess>]
module internal ValueKind =
    /// The text is a whole value (a URL, a hash, …).
    [<Literal>]
    let Value = 1uy

    /// The text is a host, matched in full.
    [<Literal>]
    let Host = 2uy

    /// The text is a domain, matched below it too.
    [<Literal>]
    let Suffix = 4uy

    /// The text is a domain above an entry of a never-list, matched in full.
    [<Literal>]
    let Above = 8uy

/// Open addressing with linear probing. Beside the slots stand one-byte tags, which stay in the cache: a text that is not
/// listed, the usual case, is turned away by them without touching the slots. Entries with one text stay in order of insertion.
[<Sealed; AllowNullLiteral(false)>]
type internal ValueTable(expected: int) =
    let mutable size =
        int (Numerics.BitOperations.RoundUpToPowerOf2(uint32 (max 16 expected * 2)))

    let mutable tags: byte[] = Array.zeroCreate size
    // Index into `entries`, read only where the tag matches.
    let mutable slots: int[] = Array.zeroCreate size
    let mutable entries: ValueSlot[] = Array.zeroCreate (max 16 expected)
    let mutable count = 0
    let mutable kinds = 0uy
    let mutable valueTypes = 0u
    // One bit for each of 64 kinds of TLD that are listed with all below them.
    let mutable labels = 0UL

    static let mix (value: uint64) =
        let product = value * 0x9E3779B97F4A7C15UL
        product ^^^ (product >>> 32)

    /// A hash of the bytes, eight at a time.
    static member Hash(text: ReadOnlySpan<byte>) : uint32 =
        let length = text.Length
        let mutable hash = uint64 length

        if length >= 8 then
            let mutable at = 0

            while at + 8 < length do
                hash <- mix (hash ^^^ BinaryPrimitives.ReadUInt64LittleEndian(text.Slice at))
                at <- at + 8

            hash <- mix (hash ^^^ BinaryPrimitives.ReadUInt64LittleEndian(text.Slice(length - 8)))
        elif length >= 4 then
            let first = uint64 (BinaryPrimitives.ReadUInt32LittleEndian text)
            let last = uint64 (BinaryPrimitives.ReadUInt32LittleEndian(text.Slice(length - 4)))
            hash <- mix (hash ^^^ (first ||| (last <<< 32)))
        elif length > 0 then
            hash <-
                mix (
                    (uint64 text[0] <<< 24)
                    ^^^ (uint64 text[length / 2] <<< 16)
                    ^^^ (uint64 text[length - 1] <<< 8)
                    ^^^ hash
                )

        uint32 (hash >>> 16)

    static member inline private Tag(hash: uint32) : byte = byte (hash >>> 24) ||| 1uy

    member private _.Place(entry: int) =
        let hash = entries[entry].Hash
        let mutable at = int hash &&& (size - 1)

        while tags[at] <> 0uy do
            at <- (at + 1) &&& (size - 1)

        tags[at] <- byte (hash >>> 24) ||| 1uy
        slots[at] <- entry

    member private this.Grow() =
        size <- size * 2
        tags <- Array.zeroCreate size
        slots <- Array.zeroCreate size

        for entry in 0 .. count - 1 do
            this.Place entry

    member _.Count = count
    /// The types of which whole values are listed.
    member _.ValueTypes = valueTypes

    member _.HasHosts =
        kinds &&& (ValueKind.Host ||| ValueKind.Suffix ||| ValueKind.Above) <> 0uy

    member _.Entry(index: int) : byref<ValueSlot> = &entries[index]

    static member private LabelBit(label: ReadOnlySpan<byte>) : uint64 =
        if label.Length = 0 then
            0UL
        else
            1UL
            <<< ((int label[0] * 7 + int label[label.Length - 1] * 3 + label.Length) &&& 63)

    /// False when this domain of one label is certainly not listed with all below it: the answer for nearly every TLD.
    member _.MayHaveLabel(label: ReadOnlySpan<byte>) : bool =
        labels &&& ValueTable.LabelBit label <> 0UL

    /// The first entry with this text, one of the types and one of the kinds; -1 when there is none.
    member _.Find(text: ReadOnlySpan<byte>, hash: uint32, types: uint32, kind: byte) : int =
        let tag = ValueTable.Tag hash
        let mutable at = int hash &&& (size - 1)
        let mutable found = -1

        while found < 0 && tags[at] <> 0uy do
            if tags[at] = tag then
                let entry = &entries[slots[at]]

                if
                    entry.Hash = hash
                    && entry.Types &&& types <> 0u
                    && entry.Kind &&& kind <> 0uy
                    && text.SequenceEqual(ReadOnlySpan<byte>(entry.Buffer, entry.Start, entry.Length))
                then
                    found <- slots[at]

            at <- (at + 1) &&& (size - 1)

        found

    /// Adds an entry. One that an earlier entry already answers for is left out.
    member this.Add(buffer: byte[], start: int, length: int, list: int, entry: int, types: uint32, kind: byte) =
        let text = ReadOnlySpan<byte>(buffer, start, length)
        let hash = ValueTable.Hash text
        let earlier = this.Find(text, hash, types, kind)

        let isAnswered =
            earlier >= 0
            && entries[earlier].Types &&& types = types
            && entries[earlier].Kind &&& kind = kind

        if not isAnswered then
            if (count + 1) * 2 > size then
                this.Grow()

            if count = entries.Length then
                Array.Resize(&entries, count * 2)

            entries[count] <-
                {
                    Hash = hash
                    Buffer = buffer
                    Start = start
                    Length = length
                    Entry = entry
                    Types = types
                    List = uint16 list
                    Kind = kind
                }

            this.Place count
            count <- count + 1
            kinds <- kinds ||| kind

            if kind &&& ValueKind.Suffix <> 0uy && not (text.Contains '.'B) then
                labels <- labels ||| ValueTable.LabelBit text

            if kind &&& ValueKind.Value <> 0uy then
                valueTypes <- valueTypes ||| types
