// Blocks of addresses from many lists in one sorted table: which of them hold an address? Knows numbers, no text and no list.
namespace Cti.Core

open System
open System.Collections.Generic

/// A block: the first `Length` bits of `Low`, which stands at the top of 128 bits whatever the family.
[<Struct; NoComparison; NoEquality>]
type internal PrefixNode =
    {
        Low: UInt128
        Length: int
        List: int
        Entry: int
        Types: uint16
        /// The block around this one, -1 when there is none.
        Parent: int
    }

/// What a lookup needs of a block, in 16 bytes.
[<Struct; NoComparison; NoEquality>]
type internal CoverNode =
    {
        Parent: int
        Entry: int
        List: uint16
        Types: uint16
        Length: byte
    }

[<RequireQualifiedAccess>]
module internal CoverNode =
    let ofPrefix (node: PrefixNode) : CoverNode =
        {
            Parent = node.Parent
            Entry = node.Entry
            List = uint16 node.List
            Types = node.Types
            Length = byte node.Length
        }

/// Blocks either nest or are disjoint, so that they form trees. Their ends cut the addresses into intervals, each of which knows its
/// innermost block. A directory over the first 16 bits leaves a handful of intervals to search.
[<Sealed; AllowNullLiteral(false)>]
type internal PrefixTable(blocks: List<PrefixNode>, isIpv4: bool) =
    static let one = UInt128.One

    // The operators of F# would box numbers of this size.
    static let isBelow (left: UInt128) (right: UInt128) : bool = UInt128.op_LessThan (left, right)

    static let isSame (left: UInt128) (right: UInt128) : bool = UInt128.op_Equality (left, right)

    static let high (node: PrefixNode) : UInt128 =
        // A shift by all 128 bits would be one by none.
        if node.Length = 0 then
            UInt128.MaxValue
        elif node.Length = 128 then
            node.Low
        else
            node.Low ||| (UInt128.MaxValue >>> node.Length)

    // Sorted by low end, outer before inner, earlier list before later.
    static let sorted (blocks: List<PrefixNode>) : PrefixNode[] =
        let keys = Array.init blocks.Count (fun index -> blocks[index].Low)
        let order = Array.init blocks.Count id
        Array.Sort(keys, order)
        let nodes = Array.init blocks.Count (fun index -> blocks[order[index]])
        let mutable start = 0

        // Runs of one low end are short: insertion sort by length, list and entry.
        while start < nodes.Length do
            let mutable finish = start + 1

            while finish < nodes.Length && isSame nodes[finish].Low nodes[start].Low do
                finish <- finish + 1

            if finish - start > 1 then
                Array.Sort(
                    nodes,
                    start,
                    finish - start,
                    Comparer.Create(
                        Comparison(fun (left: PrefixNode) (right: PrefixNode) ->
                            let byLength = compare left.Length right.Length
                            let byList = compare left.List right.List

                            if byLength <> 0 then byLength
                            elif byList <> 0 then byList
                            else compare left.Entry right.Entry)
                    )
                )

            start <- finish

        nodes

    let nodes = sorted blocks
    let starts = List<UInt128>(nodes.Length * 2 + 1)
    let inner = List<int>(nodes.Length * 2 + 1)

    let cut (start: UInt128) (node: int) =
        if starts.Count > 0 && isSame starts[starts.Count - 1] start then
            inner[inner.Count - 1] <- node
        else
            starts.Add start
            inner.Add node

    // Leaves every open block that ends before `low`; past its end its parent is the innermost one.
    let rec leave (opened: int) (low: UInt128) : int =
        if opened >= 0 && isBelow (high nodes[opened]) low then
            let parent = nodes[opened].Parent
            let finish = high nodes[opened]

            if isBelow finish UInt128.MaxValue then
                cut (finish + one) parent

            leave parent low
        else
            opened

    do
        cut UInt128.Zero -1
        let mutable opened = -1

        for index in 0 .. nodes.Length - 1 do
            let node = nodes[index]
            opened <- leave opened node.Low
            nodes[index] <- { node with Parent = opened }
            cut node.Low index
            opened <- index

        while opened >= 0 do
            let finish = high nodes[opened]
            opened <- nodes[opened].Parent

            if isBelow finish UInt128.MaxValue then
                cut (finish + one) opened

    let startArray = starts.ToArray()
    let innerArray = inner.ToArray()
    let covers = nodes |> Array.map CoverNode.ofPrefix
    // IPv4 needs only the top 32 bits of each start: a quarter of the bytes, so that they stay in the cache.
    let shortStarts: uint32[] =
        if isIpv4 then
            startArray |> Array.map (fun start -> uint32 (start >>> 96))
        else
            [||]

    let top (address: UInt128) : int = int (uint64 (address >>> 112))

    // directory[t]: the first interval that begins at or above t << 112.
    let directory: int[] =
        let table = Array.zeroCreate 65537
        let mutable prefix = 0

        for at in 0 .. startArray.Length - 1 do
            let first = top startArray[at]

            while prefix <= first do
                table[prefix] <- at
                prefix <- prefix + 1

        while prefix <= 65536 do
            table[prefix] <- startArray.Length
            prefix <- prefix + 1

        table

    // From the innermost block outward: the earliest list (then entry) with a block long enough and of a type asked for.
    let earliest (innermost: int) (length: int) (types: uint16) : int =
        let mutable node = innermost
        let mutable best = -1

        while node >= 0 do
            let candidate = &covers[node]

            if int candidate.Length <= length && candidate.Types &&& types <> 0us then
                if
                    best < 0
                    || candidate.List < covers[best].List
                    || (candidate.List = covers[best].List && candidate.Entry < covers[best].Entry)
                then
                    best <- node

            node <- candidate.Parent

        best

    member _.Count = covers.Length
    member _.Cover(index: int) : byref<CoverNode> = &covers[index]

    /// The block of the earliest list (then entry) that holds the block `address`/`length` and applies to one of the types; -1 when
    /// none does.
    member _.Find(address: UInt128, length: int, types: uint16) : int =
        let prefix = top address
        let mutable low = directory[prefix]
        let mutable high = directory[prefix + 1]

        // The last interval that begins at or below the address.
        while low < high do
            let middle = (low + high) >>> 1

            if isBelow address startArray[middle] then
                high <- middle
            else
                low <- middle + 1

        earliest innerArray[low - 1] length types

    /// The same for a table of IPv4 blocks.
    member _.FindIpv4(address: uint32, length: int, types: uint16) : int =
        let prefix = int (address >>> 16)
        let mutable low = directory[prefix]
        let mutable high = directory[prefix + 1]

        while low < high do
            let middle = (low + high) >>> 1

            if address < shortStarts[middle] then
                high <- middle
            else
                low <- middle + 1

        earliest innerArray[low - 1] length types
