// What of a set is said already by something larger: a name under a listed name, an address or range within a listed range, or one of several that fill a
// range together. Tools with little room need no entry of its own for it.
namespace Cti.Core

open System
open System.Collections.Generic
open System.IO.Hashing

/// What a range is to the addresses and ranges in it.
[<Struct; RequireQualifiedAccess>]
type RangeRule =
    /// Nothing: every entry stands for itself.
    | Alone
    /// It stands for them.
    | Cover
    /// It stands for them, and those that fill one together may be written as that one.
    | Fill

/// Which entries of a format stand for others.
[<Struct>]
type CoverageRule =
    {
        /// A name stands for all names under it.
        Names: bool
        Ranges: RangeRule
    }

[<RequireQualifiedAccess>]
module CoverageRule =
    let nothing =
        {
            Names = false
            Ranges = RangeRule.Alone
        }

/// What covers a value.
[<Struct; RequireQualifiedAccess>]
type Cover =
    | Nothing
    /// A name: the last so many bytes of the value.
    | Name of length: int
    /// A listed range, by its first and last address (as `AddressRange` counts them).
    | Range of first: UInt128 * last: UInt128
    /// A range that is not listed, by its number: the value and others fill it. One of those leads: the range is written in its place.
    | Part of filled: int * leads: bool

/// First all entries are added, then it is closed, then asked. Does not depend on the order in which they are added. 16 bytes a name, 48 a range.
[<Sealed; AllowNullLiteral(false)>]
type Coverage(rule: CoverageRule) =
    // By hash: of a million names two share one of 128 bits with a chance of 1 in 10^26.
    let names = HashSet<UInt128>()
    let ranges = RangeSet()

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

    let rangeOf (observable: ObservableType) (value: ReadOnlySpan<byte>) : Cover =
        let mutable first = UInt128.Zero
        let mutable last = UInt128.Zero
        AddressRange.Of(observable, value, &first, &last)
        let listed = ranges.Listed(first, last)

        if listed < 0 then
            Cover.Nothing
        elif ranges.Is(listed, first, last, (observable = ObservableType.Cidr)) then
            match ranges.Filled(first, last) with
            | -1 -> Cover.Nothing
            | filled -> Cover.Part(filled, ranges.Leads(filled, first))
        else
            let struct (start, finish) = ranges.Bounds listed
            Cover.Range(start, finish)

    /// Adds an entry of canonical form; entries that stand for nothing else, alone or with others, are passed over.
    member _.Add(observable: ObservableType, value: ReadOnlySpan<byte>) : unit =
        let isRange = observable = ObservableType.Cidr

        match observable with
        | ObservableType.Domain when rule.Names -> names.Add(XxHash128.HashToUInt128 value) |> ignore
        | ObservableType.Ipv4
        | ObservableType.Ipv6
        | ObservableType.Cidr when rule.Ranges = RangeRule.Fill || (isRange && rule.Ranges = RangeRule.Cover) ->
            let mutable first = UInt128.Zero
            let mutable last = UInt128.Zero
            AddressRange.Of(observable, value, &first, &last)
            ranges.Add(first, last, isRange)
        | _ -> ()

    /// All entries are added.
    member _.Close() : unit =
        ranges.Close()

        if rule.Ranges = RangeRule.Fill then
            ranges.Fill()

    /// What covers a value, other than the value itself. A name is not covered by a range, nor the other way round.
    member _.Of(observable: ObservableType, value: ReadOnlySpan<byte>) : Cover =
        match observable with
        | ObservableType.Domain when rule.Names -> nameOf value
        | ObservableType.Ipv4
        | ObservableType.Ipv6
        | ObservableType.Cidr when rule.Ranges <> RangeRule.Alone -> rangeOf observable value
        | _ -> Cover.Nothing

    /// How many ranges there are that nobody lists and listed ones fill.
    member _.FilledCount = ranges.FilledCount

    /// Writes one of them, in canonical form; gives its length. At most 43 bytes.
    member _.Write(filled: int, target: Span<byte>) : int = ranges.Write(filled, target)
