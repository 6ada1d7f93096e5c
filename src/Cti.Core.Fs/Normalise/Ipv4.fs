// IPv4 addresses: four decimal numbers with dots, and nothing else. Knows no prefix, port or host.
namespace Cti.Core

open System
open System.Buffers.Binary
open System.Numerics
open System.Runtime.Intrinsics

[<RequireQualifiedAccess>]
module Ipv4 =
    // One of the forms inet_aton reads: decimal, octal with a leading zero, hexadecimal with 0x.
    let private isNumber (part: ReadOnlySpan<byte>) : bool =
        let isHexadecimal =
            part.Length >= 2 && part[0] = '0'B && (part[1] ||| 0x20uy) = 'x'B

        let mutable at = if isHexadecimal then 2 else 0
        let first = at

        while at < part.Length
              && (if isHexadecimal then
                      Text.isHex part[at]
                  else
                      Text.isDigit part[at]) do
            at <- at + 1

        at = part.Length && (at > first || isHexadecimal)

    // Why a value is no address. Runs for rejected values only.
    let private explain (value: ReadOnlySpan<byte>) : NormaliseError =
        let mutable parts = 0
        let mutable numbers = 0
        let mutable leadingZero = false
        let mutable otherBase = false
        let mutable rest = value
        let mutable more = true

        while more do
            let dot = rest.IndexOf '.'B
            let part = if dot < 0 then rest else rest.Slice(0, dot)
            parts <- parts + 1

            if isNumber part then
                numbers <- numbers + 1

                if part.Length >= 2 && part[0] = '0'B then
                    if Text.isDigit part[1] then
                        leadingZero <- true
                    else
                        otherBase <- true

            if dot < 0 then
                more <- false
            else
                rest <- rest.Slice(dot + 1)

        if numbers < parts || parts > 4 then
            NormaliseError.InvalidIpv4
        elif leadingZero && not otherBase && parts = 4 then
            NormaliseError.Ipv4LeadingZero
        elif otherBase || parts < 4 then
            NormaliseError.Ipv4Form
        else
            NormaliseError.InvalidIpv4

    /// Whether the last label is a number, so that the value can only be an address or a mistake (WHATWG URL, "ends in a number").
    let internal endsInNumber (value: ReadOnlySpan<byte>) : bool =
        let dot = value.LastIndexOf '.'B
        isNumber (value.Slice(dot + 1))

    // The bytes of a text of 7 to 15 bytes, zeros behind.
    let private load (value: ReadOnlySpan<byte>) : Vector128<byte> =
        let length = value.Length

        if length >= 8 then
            let first = BinaryPrimitives.ReadUInt64LittleEndian value
            let last = BinaryPrimitives.ReadUInt64LittleEndian(value.Slice(length - 8))
            // The last eight bytes, moved so that they continue the first: none are left of exactly eight.
            let shift = (16 - length) * 8
            Vector128.Create(first, (if shift = 64 then 0UL else last >>> shift)).AsByte()
        else
            let first = uint64 (BinaryPrimitives.ReadUInt32LittleEndian value)
            let last = uint64 (BinaryPrimitives.ReadUInt32LittleEndian(value.Slice 3))
            Vector128.Create(first ||| (last <<< 24), 0UL).AsByte()

    /// Reads dotted decimal into `address` (first number in the top byte). Leading zeros, hexadecimal and short forms are errors.
    let read (value: ReadOnlySpan<byte>) (address: byref<uint32>) : NormaliseError =
        let length = value.Length
        let mutable valid = length >= 7 && length <= 15

        if valid then
            // All bytes at once: where the dots are, and whether the rest are digits. Lengths of numbers are too random to branch on.
            let bytes = load value

            let dots =
                Vector128.Equals(bytes, Vector128.Create '.'B).ExtractMostSignificantBits()

            let offsets = Vector128.Subtract(bytes, Vector128.Create '0'B)

            let digits =
                Vector128.LessThanOrEqual(offsets, Vector128.Create 9uy).ExtractMostSignificantBits()

            valid <- (dots ||| digits) = (1u <<< length) - 1u && BitOperations.PopCount dots = 3

            let mutable ends = dots ||| (1u <<< length)
            let mutable start = 0
            let mutable result = 0u

            while valid && ends <> 0u do
                let finish = BitOperations.TrailingZeroCount ends
                ends <- ends &&& (ends - 1u)
                let size = finish - start
                valid <- size >= 1 && size <= 3

                if valid then
                    let last = uint32 (value[finish - 1] - '0'B)
                    let second = if size >= 2 then uint32 (value[finish - 2] - '0'B) else 0u
                    let first = if size = 3 then uint32 (value[start] - '0'B) else 0u
                    let number = first * 100u + second * 10u + last
                    valid <- number <= 255u && (size = 1 || value[start] <> '0'B)
                    result <- (result <<< 8) ||| number
                    start <- finish + 1

            if valid then
                address <- result

        if valid then NormaliseError.None else explain value

    /// Writes the dotted decimal form (7 to 15 bytes) and gives its length. The inverse of `read`.
    let write (address: uint32) (target: Span<byte>) : int =
        let mutable at = 0
        let mutable shift = 24

        while shift >= 0 do
            let number = int ((address >>> shift) &&& 255u)
            at <- at + Text.writeNumber number (target.Slice at)

            if shift > 0 then
                target[at] <- '.'B
                at <- at + 1

            shift <- shift - 8

        at

    // The canonical text of a valid address is the text itself.
    let internal normalise (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        let mutable address = 0u
        let error = read value &address

        if error.IsNone then
            value.CopyTo target
            Written.ok value.Length
        else
            Written.fail error
