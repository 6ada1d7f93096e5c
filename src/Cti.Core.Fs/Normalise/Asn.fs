// Autonomous system numbers (RFC 6793): asplain and asdot (RFC 5396), printed as `AS` and the number in asplain.
namespace Cti.Core

open System
open System.Buffers.Text

[<RequireQualifiedAccess>]
module internal Asn =
    let private prefix = "AS"B
    let private spelledPrefixes = [| "asn"B; "as"B |]

    // Blanks and the marks people put between `AS` and the number: `AS 64496`, `ASN: 64496`, `AS#64496`, `AS-64496`.
    let private isSeparator (value: byte) =
        value = ' 'B || value = ':'B || value = '#'B || value = '-'B || value = '_'B

    /// Whether the value is `AS64496` and nothing else can be: capital letters and a digit behind them.
    let isSpelled (value: ReadOnlySpan<byte>) : bool =
        value.Length > 2
        && value.StartsWith(ReadOnlySpan<byte> prefix)
        && (Text.isDigit value[2] || value[2] = 'N'B)

    let private withoutPrefix (value: ReadOnlySpan<byte>) : ReadOnlySpan<byte> =
        let length =
            if Text.startsWithLower value spelledPrefixes[0] then 3
            elif Text.startsWithLower value spelledPrefixes[1] then 2
            else 0

        let mutable rest = value.Slice length

        while length > 0 && rest.Length > 0 && isSeparator rest[0] do
            rest <- rest.Slice 1

        rest

    // A decimal number of up to ten digits, -1 when it is none; leading zeros are taken, they mean nothing here.
    let private readNumber (value: ReadOnlySpan<byte>) : int64 =
        let mutable number = if value.Length >= 1 && value.Length <= 10 then 0L else -1L
        let mutable at = 0

        while number >= 0L && at < value.Length do
            number <-
                if Text.isDigit value[at] then
                    number * 10L + int64 (value[at] - '0'B)
                else
                    -1L

            at <- at + 1

        number

    let private read (value: ReadOnlySpan<byte>) : int64 =
        let dot = value.IndexOf '.'B

        if dot < 0 then
            readNumber value
        else
            let high = readNumber (value.Slice(0, dot))
            let low = readNumber (value.Slice(dot + 1))

            if high >= 0L && high <= 65535L && low >= 0L && low <= 65535L then
                high * 65536L + low
            else
                -1L

    /// Writes `AS` and the number, 1 to 4294967295. AS 0 names no network (RFC 7607).
    let normalise (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        let number = read (withoutPrefix value)

        if number < 1L || number > 4_294_967_295L then
            Written.fail NormaliseError.AsnMalformed
        else
            let mutable digits = 0
            prefix.AsSpan().CopyTo target
            Utf8Formatter.TryFormat(number, target.Slice 2, &digits) |> ignore
            Written.ok (2 + digits)
