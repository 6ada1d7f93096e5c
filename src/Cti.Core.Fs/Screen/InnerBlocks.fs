// Blocks of never-lists, asked the other way round than PrefixTable: which of them lies inside a network that is to be blocked?
namespace Cti.Core

open System
open System.Collections.Generic

/// Blocks of one family, sorted by their first address.
[<Sealed; AllowNullLiteral(false)>]
type internal InnerBlocks(blocks: List<PrefixNode>) =
    let nodes =
        blocks.ToArray()
        |> Array.sortWith (fun left right ->
            match left.Low.CompareTo right.Low with
            | 0 ->
                match left.List.CompareTo right.List with
                | 0 -> left.Entry.CompareTo right.Entry
                | order -> order
            | order -> order)

    let lows = nodes |> Array.map (fun node -> node.Low)

    member _.Node(index: int) : byref<PrefixNode> = &nodes[index]

    /// The first block that begins inside the first `length` bits of `address` (both at the top of 128 bits); -1 when none does. A block that
    /// begins inside and is no wider lies inside; a wider one is for PrefixTable to find.
    member _.Find(address: UInt128, length: int) : int =
        let high =
            if length <= 0 then UInt128.MaxValue
            elif length >= 128 then address
            else address ||| (UInt128.MaxValue >>> length)

        let mutable low = 0
        let mutable finish = lows.Length

        while low < finish do
            let middle = (low + finish) >>> 1

            if UInt128.op_LessThan (lows[middle], address) then
                low <- middle + 1
            else
                finish <- middle

        if low < lows.Length && UInt128.op_LessThanOrEqual (lows[low], high) then
            low
        else
            -1
