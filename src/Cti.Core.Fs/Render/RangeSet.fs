// Listed addresses and ranges (RFC 4632): which lie within others, and which fill a larger one together. Blocks of addresses never overlap by halves: of two one
// holds the other, or they have nothing in common.
namespace Cti.Core

open System
open System.Collections.Generic

/// A listed block.
[<Struct; NoComparison>]
type private ListedRange =
    {
        First: UInt128
        Last: UInt128
        /// Listed as a range, though it may be one of a single address.
        IsRange: bool
    }

/// First all are added, then it is closed, and filled where that is wanted, then asked. Addresses count as `AddressRange` counts them.
[<Sealed; AllowNullLiteral(false)>]
type internal RangeSet() =
    // From closing on the outermost only, in order.
    let listed = List<ListedRange>()
    // Unlisted blocks that listed ones fill, in order, each as large as can be.
    let filled = List<struct (UInt128 * UInt128)>()

    static let ipv4 = UInt128.op_Implicit 0xFFFFUL

    static let outermostFirst =
        Comparer.Create(
            Comparison(fun (left: ListedRange) (right: ListedRange) ->
                match left.First.CompareTo right.First with
                | 0 ->
                    match right.Last.CompareTo left.Last with
                    | 0 -> right.IsRange.CompareTo left.IsRange
                    | order -> order
                | order -> order)
        )

    // Two halves of one block. Never of all addresses of a family: no format holds those.
    static let areHalves (struct (first, last): struct (UInt128 * UInt128)) (struct (nextFirst, nextLast)) =
        let size = last - first + UInt128.One
        let most = if (first >>> 32) = ipv4 then 31 else 127

        UInt128.op_LessThan (size, UInt128.One <<< most)
        && UInt128.op_Equality (nextFirst, last + UInt128.One)
        && UInt128.op_Equality (nextLast - nextFirst + UInt128.One, size)
        && UInt128.op_Equality (first &&& size, UInt128.Zero)

    // The last place whose block begins at or before an address; -1: none.
    static let find (count: int) (firstOf: int -> UInt128) (address: UInt128) : int =
        let mutable low = 0
        let mutable high = count

        while low < high do
            let middle = (low + high) >>> 1

            if UInt128.op_LessThan (address, firstOf middle) then
                high <- middle
            else
                low <- middle + 1

        low - 1

    let firstListed = fun place -> listed[place].First

    let firstFilled =
        fun place ->
            let struct (first, _) = filled[place]
            first

    member _.Add(first: UInt128, last: UInt128, isRange: bool) : unit =
        listed.Add
            {
                First = first
                Last = last
                IsRange = isRange
            }

    /// All are added: keeps those that lie in no other.
    member _.Close() : unit =
        listed.Sort outermostFirst
        let mutable kept = 0

        for index in 0 .. listed.Count - 1 do
            if kept = 0 || UInt128.op_GreaterThan (listed[index].Last, listed[kept - 1].Last) then
                listed[kept] <- listed[index]
                kept <- kept + 1

        listed.RemoveRange(kept, listed.Count - kept)

    /// Finds what those that are kept fill.
    member _.Fill() : unit =
        // Blocks in order, the last ones possibly halves of what comes; whether one is made of several.
        let blocks = List<struct (UInt128 * UInt128)>()
        let isMade = List<bool>()

        for range in listed do
            let mutable block = struct (range.First, range.Last)
            let mutable made = false

            while blocks.Count > 0 && areHalves blocks[blocks.Count - 1] block do
                let struct (first, _) = blocks[blocks.Count - 1]
                let struct (_, last) = block
                block <- struct (first, last)
                made <- true
                blocks.RemoveAt(blocks.Count - 1)
                isMade.RemoveAt(isMade.Count - 1)

            blocks.Add block
            isMade.Add made

        for index in 0 .. blocks.Count - 1 do
            if isMade[index] then
                filled.Add blocks[index]

    /// The outermost listed block that holds another, or is it; -1: none.
    member _.Listed(first: UInt128, last: UInt128) : int =
        let place = find listed.Count firstListed first

        if place >= 0 && UInt128.op_LessThanOrEqual (last, listed[place].Last) then
            place
        else
            -1

    /// Whether a listed block is this one. An address that is listed as a range, too, is not: the range stands for it.
    member _.Is(place: int, first: UInt128, last: UInt128, isRange: bool) : bool =
        UInt128.op_Equality (listed[place].First, first)
        && UInt128.op_Equality (listed[place].Last, last)
        && listed[place].IsRange = isRange

    member _.Bounds(place: int) : struct (UInt128 * UInt128) =
        struct (listed[place].First, listed[place].Last)

    member _.FilledCount = filled.Count

    /// The unlisted block that a listed one helps to fill; -1: none.
    member _.Filled(first: UInt128, last: UInt128) : int =
        let place = find filled.Count firstFilled first

        if place >= 0 then
            let struct (_, finish) = filled[place]

            if UInt128.op_LessThanOrEqual (last, finish) then
                place
            else
                -1
        else
            -1

    /// Whether a block that begins at an address and helps to fill another is the first to do so.
    member _.Leads(place: int, first: UInt128) : bool =
        let struct (start, _) = filled[place]
        UInt128.op_Equality (start, first)

    /// Writes a filled block in canonical form; gives its length.
    member _.Write(place: int, target: Span<byte>) : int =
        let struct (first, last) = filled[place]
        AddressRange.Write(first, last, target)
