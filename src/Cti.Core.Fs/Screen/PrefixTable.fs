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
        Types: uint32
        /// The block around this one, -1 when there is none.
        Parent: int
    }

/// What a lookup needs of a block, in 16 bytes.
[<Struct; NoComparison; NoEquality>]
type internal CoverNode =
    {
        Parent: int
        Entry: int
        Types: uint32
        List: uint16
        Length: byte
    }

[<RequireQualifiedAccess>]
module internal CoverNode =
    let ofPrefix (node: PrefixNode) : CoverNode =
        {
            Parent = node.Parent
            Entry = node.Entry
            Types = node.Types
            List = uint16 node.List
            Length = byte node.Length
        }

/// Blocks either nest or are disjoint, so that they form trees. Their ends cut the addresses into intervals, each of which knows its
/// innermost block. Lives while a table is built.
[<Sealed; AllowNullLiteral(false)>]
type private PrefixTree(blocks: List<PrefixNode>) =
    static let high (node: PrefixNode) : UInt128 =
        // A shift by all 128 bits would be one by none.
        if node.Length = 0 then UInt128.MaxValue
        elif node.Length = 128 then node.Low
        else node.Low ||| (UInt128.MaxValue >>> node.Length)

    static let order =
        Comparer.Create(
            Comparison(fun (left: PrefixNode) (right: PrefixNode) ->
                let byLow = left.Low.CompareTo right.Low
                let byLength = left.Length.CompareTo right.Length
                let byList = left.List.CompareTo right.List

                if byLow <> 0 then byLow
                elif byLength <> 0 then byLength
                elif byList <> 0 then byList
                else left.Entry.CompareTo right.Entry)
        )

    // Sorted by low end, outer before inner, earlier list before later. By the upper half of the low end first: a number the machine has, and runs of
    // one are short.
    static let sorted (blocks: List<PrefixNode>) : PrefixNode[] =
        let nodes = blocks.ToArray()
        let keys = nodes |> Array.map (fun node -> uint64 (node.Low >>> 64))
        Array.Sort(keys, nodes)
        let mutable start = 0

        while start < nodes.Length do
            let mutable finish = start + 1

            while finish < nodes.Length && keys[finish] = keys[start] do
                finish <- finish + 1

            if finish - start > 1 then
                Array.Sort(nodes, start, finish - start, order)

            start <- finish

        nodes

    let nodes = sorted blocks
    let starts = List<UInt128>(nodes.Length * 2 + 1)
    let inner = List<int>(nodes.Length * 2 + 1)

    let cut (start: UInt128) (node: int) =
        if starts.Count > 0 && UInt128.op_Equality (starts[starts.Count - 1], start) then
            inner[inner.Count - 1] <- node
        else
            starts.Add start
            inner.Add node

    // Behind the end of an opened block its parent is the innermost one.
    let leave (opened: int) : int =
        let finish = high nodes[opened]
        let parent = nodes[opened].Parent

        if UInt128.op_LessThan (finish, UInt128.MaxValue) then
            cut (finish + UInt128.One) parent

        parent

    // An earlier list already answers for the same block and types.
    let isAnswered (opened: int) (node: PrefixNode) : bool =
        opened >= 0
        && nodes[opened].Length = node.Length
        && UInt128.op_Equality (nodes[opened].Low, node.Low)
        && nodes[opened].Types &&& node.Types = node.Types

    do
        cut UInt128.Zero -1
        let mutable opened = -1

        for index in 0 .. nodes.Length - 1 do
            let node = nodes[index]

            while opened >= 0 && UInt128.op_LessThan (high nodes[opened], node.Low) do
                opened <- leave opened

            if not (isAnswered opened node) then
                nodes[index] <- { node with Parent = opened }
                cut node.Low index
                opened <- index

        while opened >= 0 do
            opened <- leave opened

    /// Where each interval begins; the first at zero.
    member _.Starts = starts
    /// The innermost block of each interval, -1 where there is none.
    member _.Inner = inner
    member _.Nodes = nodes

/// Blocks to be looked up. A directory over the first 16 bits of an address leaves a handful of intervals to search.
[<Sealed; AllowNullLiteral(false)>]
type internal PrefixTable
    private (directory: int[], starts: UInt128[], shortStarts: uint64[], inner: int[], covers: CoverNode[]) =
    static let top (address: UInt128) : int = int (uint64 (address >>> 112))

    // table[t]: the first interval that begins at or above t << 112.
    static let directoryOf (starts: List<UInt128>) : int[] =
        let table = Array.zeroCreate 65537
        let mutable prefix = 0

        for at in 0 .. starts.Count - 1 do
            let first = top starts[at]

            while prefix <= first do
                table[prefix] <- at
                prefix <- prefix + 1

        while prefix <= 65536 do
            table[prefix] <- starts.Count
            prefix <- prefix + 1

        table

    // From the innermost block outward: the earliest list (then entry) with a block long enough and of a type asked for.
    let earliest (innermost: int) (length: int) (types: uint32) : int =
        let mutable node = innermost
        let mutable best = -1

        while node >= 0 do
            let candidate = &covers[node]

            if int candidate.Length <= length && candidate.Types &&& types <> 0u then
                if
                    best < 0
                    || candidate.List < covers[best].List
                    || (candidate.List = covers[best].List && candidate.Entry < covers[best].Entry)
                then
                    best <- node

            node <- candidate.Parent

        best

    /// A table of IPv6 blocks, or of IPv4 blocks, whose starts need 32 bits only: start and innermost block are then one number each,
    /// a third of the bytes, so that they stay in the cache.
    static member Build(blocks: List<PrefixNode>, isIpv4: bool) : PrefixTable =
        let tree = PrefixTree blocks
        let directory = directoryOf tree.Starts
        let covers = tree.Nodes |> Array.map CoverNode.ofPrefix

        if isIpv4 then
            let packed =
                Array.init tree.Starts.Count (fun index ->
                    (uint64 (tree.Starts[index] >>> 64) &&& 0xFFFFFFFF00000000UL)
                    ||| uint64 (uint32 tree.Inner[index]))

            PrefixTable(directory, [||], packed, [||], covers)
        else
            PrefixTable(directory, tree.Starts.ToArray(), [||], tree.Inner.ToArray(), covers)

    member _.Count = covers.Length
    member _.Cover(index: int) : byref<CoverNode> = &covers[index]

    /// The block of the earliest list (then entry) that holds the block `address`/`length` and applies to one of the types; -1 when
    /// none does.
    member _.Find(address: UInt128, length: int, types: uint32) : int =
        let prefix = top address
        let mutable low = directory[prefix]
        let mutable high = directory[prefix + 1]

        // The last interval that begins at or below the address.
        while low < high do
            let middle = (low + high) >>> 1

            if UInt128.op_LessThan (address, starts[middle]) then
                high <- middle
            else
                low <- middle + 1

        earliest inner[low - 1] length types

    /// The same for a table of IPv4 blocks.
    member _.FindIpv4(address: uint32, length: int, types: uint32) : int =
        let prefix = int (address >>> 16)
        let mutable low = directory[prefix]
        let mutable high = directory[prefix + 1]

        while low < high do
            let middle = (low + high) >>> 1

            if address < uint32 (shortStarts[middle] >>> 32) then
                high <- middle
            else
                low <- middle + 1

        earliest (int (uint32 shortStarts[low - 1])) length types
