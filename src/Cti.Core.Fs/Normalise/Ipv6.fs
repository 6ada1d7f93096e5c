// IPv6 addresses: read as RFC 4291 §2.2 writes them, printed as RFC 5952 wants them. Knows no prefix, port or host.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module Ipv6 =
    /// Reads an address without brackets into its upper and lower 64 bits. All forms of RFC 4291 §2.2, embedded IPv4 included;
    /// a zone (RFC 4007 §11) is an error of its own.
    let read (value: ReadOnlySpan<byte>) (high: byref<uint64>) (low: byref<uint64>) : NormaliseError =
        // Groups are shifted into 128 bits; those before a gap are kept aside in `headHigh`, `headLow`.
        let mutable headHigh = 0UL
        let mutable headLow = 0UL
        let mutable tailHigh = 0UL
        let mutable tailLow = 0UL
        let mutable groups = 0
        let mutable gap = -1
        let mutable at = 0
        let mutable error = NormaliseError.None
        let mutable more = true

        if value.Length < 2 then
            error <- NormaliseError.InvalidIpv6
        elif value[0] = ':'B then
            if value[1] = ':'B then
                gap <- 0
                at <- 2
            else
                error <- NormaliseError.InvalidIpv6

        while error.IsNone && more do
            let start = at
            let mutable number = 0u

            while at < value.Length && at - start < 5 && Text.isHex value[at] do
                number <- (number <<< 4) ||| uint32 (Text.hexValue value[at])
                at <- at + 1

            let digits = at - start

            if at < value.Length && value[at] = '.'B && groups <= 6 then
                let mutable address = 0u
                let zone = value.Slice(start).IndexOf '%'B

                if zone >= 0 then
                    error <- NormaliseError.ZoneId
                else
                    error <- Ipv4.read (value.Slice start) &address

                tailHigh <- (tailHigh <<< 32) ||| (tailLow >>> 32)
                tailLow <- (tailLow <<< 32) ||| uint64 address
                groups <- groups + 2
                more <- false
            elif digits = 0 && at = value.Length && gap = groups then
                // `::` at the very end.
                more <- false
            elif digits = 0 || digits > 4 || groups = 8 then
                error <- NormaliseError.InvalidIpv6
            else
                tailHigh <- (tailHigh <<< 16) ||| (tailLow >>> 48)
                tailLow <- (tailLow <<< 16) ||| uint64 number
                groups <- groups + 1

                if at = value.Length then
                    more <- false
                elif value[at] = '%'B then
                    error <- NormaliseError.ZoneId
                elif value[at] <> ':'B || at + 1 = value.Length then
                    error <- NormaliseError.InvalidIpv6
                elif value[at + 1] = ':'B then
                    if gap >= 0 then
                        error <- NormaliseError.InvalidIpv6
                    else
                        headHigh <- tailHigh
                        headLow <- tailLow
                        tailHigh <- 0UL
                        tailLow <- 0UL
                        gap <- groups
                        at <- at + 2
                else
                    at <- at + 1

        if error.IsNone then
            if gap < 0 && groups = 8 then
                high <- tailHigh
                low <- tailLow
            elif gap >= 0 && groups <= 7 then
                for _ in gap..7 do
                    headHigh <- (headHigh <<< 16) ||| (headLow >>> 48)
                    headLow <- headLow <<< 16

                high <- headHigh ||| tailHigh
                low <- headLow ||| tailLow
            else
                error <- NormaliseError.InvalidIpv6

        error

    let inline private group (high: uint64) (low: uint64) (index: int) : int =
        if index < 4 then
            int ((high >>> (48 - 16 * index)) &&& 0xFFFFUL)
        else
            int ((low >>> (112 - 16 * index)) &&& 0xFFFFUL)

    let private digits = "0123456789abcdef"B

    let private writeGroup (value: int) (target: Span<byte>) : int =
        let size =
            if value > 0xFFF then 4
            elif value > 0xFF then 3
            elif value > 0xF then 2
            else 1

        for at in 0 .. size - 1 do
            target[at] <- digits[(value >>> (4 * (size - 1 - at))) &&& 15]

        size

    let private mapped = "::ffff:"B

    /// Writes the text of RFC 5952 (2 to 39 bytes, ::ffff:0:0/96 with dotted decimal at its end, §5) and gives its length.
    let write (high: uint64) (low: uint64) (target: Span<byte>) : int =
        if high = 0UL && (low >>> 32) = 0xFFFFUL then
            mapped.AsSpan().CopyTo target
            7 + Ipv4.write (uint32 low) (target.Slice 7)
        else
            // The longest run of two or more zero groups, the first of equals (§4.2).
            let mutable best = -1
            let mutable bestLength = 1
            let mutable start = 0

            while start < 8 do
                let mutable finish = start

                while finish < 8 && group high low finish = 0 do
                    finish <- finish + 1

                if finish - start > bestLength then
                    best <- start
                    bestLength <- finish - start

                start <- finish + 1

            let mutable at = 0
            let mutable index = 0

            while index < 8 do
                if index = best then
                    target[at] <- ':'B
                    target[at + 1] <- ':'B
                    at <- at + 2
                    index <- index + bestLength
                else
                    at <- at + writeGroup (group high low index) (target.Slice at)
                    index <- index + 1

                    if index < 8 && index <> best then
                        target[at] <- ':'B
                        at <- at + 1

            at

    // Without the brackets that URLs and reports put around an address.
    let internal withoutBrackets (value: ReadOnlySpan<byte>) : ReadOnlySpan<byte> =
        if value.Length > 2 && value[0] = '['B && value[value.Length - 1] = ']'B then
            value.Slice(1, value.Length - 2)
        else
            value

    let internal normalise (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        let mutable high = 0UL
        let mutable low = 0UL
        let error = read (withoutBrackets value) &high &low

        if error.IsNone then
            Written.ok (write high low target)
        else
            Written.fail error
