// What of a set is said already by something larger in it: a name under a listed name, an address or range within a listed range. Tools with little room
// need no second entry for it.
namespace Cti.Core

open System
open System.Collections.Generic
open System.IO.Hashing

/// Which entries of a format stand for others.
[<Struct>]
type CoverageRule =
    {
        /// A name stands for all names under it.
        Names: bool
        /// A range stands for the addresses and ranges in it.
        Ranges: bool
    }

[<RequireQualifiedAccess>]
module CoverageRule =
    let nothing = { Names = false; Ranges = false }

/// What covers a value.
[<Struct; RequireQualifiedAccess>]
type Cover =
    | Nothing
    /// A name: the last so many bytes of the value.
    | Name of length: int
    /// A range, by its first and last address (as `AddressRange` counts them).
    | Range of first: UInt128 * last: UInt128

/// First all entries are added, then it is closed, then asked. Does not depend on the order in which they are added. 16 bytes a name, 32 a range.
[<Sealed; AllowNullLiteral(false)>]
type Coverage(rule: CoverageRule) =
    // By hash: of a million names two share one of 128 bits with a chance of 1 in 10^26.
    let names = HashSet<UInt128>()
    let ranges = List<struct (UInt128 * UInt128)>()

    static let order =
        Comparer.Create(
            Comparison(fun (struct (first, last): struct (UInt128 * UInt128)) (struct (otherFirst, otherLast)) ->
                match first.CompareTo otherFirst with
                | 0 -> otherLast.CompareTo last
                | order -> order)
        )

    let rangeOf (first: UInt128) : Cover =
        // The last range that begins at or before the address; ranges that are left do not overlap.
        let mutable low = 0
        let mutable high = ranges.Count

        while low < high do
            let middle = (low + high) >>> 1
            let struct (start, _) = ranges[middle]

            if UInt128.op_LessThan (first, start) then
                high <- middle
            else
                low <- middle + 1

        if low = 0 then
            Cover.Nothing
        else
            let struct (start, finish) = ranges[low - 1]
            Cover.Range(start, finish)

    let nameOf (value: ReadOnlySpan<byte>) : Cover =
        // The longest: the nearest name above.
        let mutable found = Cover.Nothing
        let mutable at = value.IndexOf '.'B

        while at >= 0 do
            let above = value.Slice(at + 1)

            if names.Contains(XxHash128.HashToUInt128 above) then
                found <- Cover.Name above.Length
                at <- -1
            else
                let next = above.IndexOf '.'B
                at <- if next < 0 then -1 else at + 1 + next

        found

    /// Adds an entry of canonical form; entries that stand for nothing else are passed over.
    member _.Add(observable: ObservableType, value: ReadOnlySpan<byte>) : unit =
        match observable with
        | ObservableType.Domain when rule.Names -> names.Add(XxHash128.HashToUInt128 value) |> ignore
        | ObservableType.Cidr when rule.Ranges ->
            let mutable first = UInt128.Zero
            let mutable last = UInt128.Zero
            AddressRange.Of(observable, value, &first, &last)
            ranges.Add(struct (first, last))
        | _ -> ()

    /// All entries are added: keeps the ranges that are in no other.
    member _.Close() : unit =
        ranges.Sort order
        let mutable kept = 0

        for index in 0 .. ranges.Count - 1 do
            let struct (_, last) = ranges[index]

            let isInner =
                kept > 0
                && (let struct (_, before) = ranges[kept - 1]
                    UInt128.op_LessThanOrEqual (last, before))

            if not isInner then
                ranges[kept] <- ranges[index]
                kept <- kept + 1

        ranges.RemoveRange(kept, ranges.Count - kept)

    /// What covers a value, other than the value itself. A name is not covered by a range, nor the other way round.
    member _.Of(observable: ObservableType, value: ReadOnlySpan<byte>) : Cover =
        match observable with
        | ObservableType.Domain when rule.Names -> nameOf value
        | ObservableType.Ipv4
        | ObservableType.Ipv6
        | ObservableType.Cidr when rule.Ranges ->
            let mutable first = UInt128.Zero
            let mutable last = UInt128.Zero
            AddressRange.Of(observable, value, &first, &last)

            match rangeOf first with
            | Cover.Range(start, finish) as cover when UInt128.op_LessThanOrEqual (last, finish) ->
                if
                    observable = ObservableType.Cidr
                    && UInt128.op_Equality (start, first)
                    && UInt128.op_Equality (finish, last)
                then
                    Cover.Nothing
                else
                    cover
            | _ -> Cover.Nothing
        | _ -> Cover.Nothing
