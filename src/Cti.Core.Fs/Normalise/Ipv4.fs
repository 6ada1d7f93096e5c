// IPv4 addresses: four decimal numbers with dots, and nothing else. Knows no prefix, port or host.
namespace Cti.Core

open System

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

    /// Reads dotted decimal into `address` (first number in the top byte). Leading zeros, hexadecimal and short forms are errors.
    let read (value: ReadOnlySpan<byte>) (address: byref<uint32>) : NormaliseError =
        let mutable result = 0u
        let mutable number = 0u
        let mutable digits = 0
        let mutable dots = 0
        let mutable at = 0
        let mutable valid = value.Length <= 15

        while valid && at < value.Length do
            let digit = value[at] - '0'B

            if digit <= 9uy then
                // A second digit after a zero is a leading zero.
                valid <- not (digits > 0 && number = 0u)
                number <- number * 10u + uint32 digit
                digits <- digits + 1
                valid <- valid && number <= 255u
            elif value[at] = '.'B && digits > 0 && dots < 3 then
                result <- (result <<< 8) ||| number
                number <- 0u
                digits <- 0
                dots <- dots + 1
            else
                valid <- false

            at <- at + 1

        if valid && dots = 3 && digits > 0 then
            address <- (result <<< 8) ||| number
            NormaliseError.None
        else
            explain value

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
