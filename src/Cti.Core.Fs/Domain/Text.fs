// Bytes of text as readers and normalising rules see them: classes, trimming, small numbers. ASCII only; knows no observable.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module internal Text =
    /// The longest value, in bytes: as written, after trimming, and in canonical form.
    [<Literal>]
    let MaxLength = 4096

    let inline isDigit (value: byte) = value - '0'B <= 9uy

    let inline isLetter (value: byte) = (value ||| 0x20uy) - 'a'B <= 25uy

    let inline lower (value: byte) =
        if value - 'A'B <= 25uy then value ||| 0x20uy else value

    let private hexTable: byte[] =
        Array.init 256 (fun index ->
            let value = byte index
            let letter = (value ||| 0x20uy) - 'a'B

            if isDigit value then value - '0'B
            elif letter <= 5uy then letter + 10uy
            else 255uy)

    /// The value of a hexadecimal digit, 255 for any other byte. A table: addresses mix digits and letters, so branches guess wrong.
    let hexValue (value: byte) : byte = hexTable[int value]

    let inline isHex (value: byte) = hexValue value <> 255uy

    /// A control character of ASCII (C0 or DEL).
    let inline isControl (value: byte) = value < 0x20uy || value = 0x7Fuy

    /// Whether `value` begins with the lower-case ASCII text `prefix`, in any case.
    let startsWithLower (value: ReadOnlySpan<byte>) (prefix: byte[]) : bool =
        let mutable at = 0

        if value.Length >= prefix.Length then
            while at < prefix.Length && lower value[at] = prefix[at] do
                at <- at + 1

        at = prefix.Length

    // Length of the blank at the start: white space, NBSP (C2 A0), U+200B..D (E2 80 8B..8D), U+2060 (E2 81 A0), BOM (EF BB BF).
    let private blankAtStart (value: ReadOnlySpan<byte>) : int =
        if value.Length = 0 then
            0
        elif value[0] = ' 'B || value[0] - 9uy <= 4uy then
            1
        elif value.Length >= 2 && value[0] = 0xC2uy && value[1] = 0xA0uy then
            2
        elif value.Length < 3 then
            0
        elif value[0] = 0xE2uy && value[1] = 0x80uy && value[2] - 0x8Buy <= 2uy then
            3
        elif value[0] = 0xE2uy && value[1] = 0x81uy && value[2] = 0xA0uy then
            3
        elif value[0] = 0xEFuy && value[1] = 0xBBuy && value[2] = 0xBFuy then
            3
        else
            0

    let private blankAtEnd (value: ReadOnlySpan<byte>) : int =
        let length = value.Length

        if length = 0 then
            0
        elif value[length - 1] = ' 'B || value[length - 1] - 9uy <= 4uy then
            1
        elif length >= 2 && blankAtStart (value.Slice(length - 2)) = 2 then
            2
        elif length >= 3 && blankAtStart (value.Slice(length - 3)) = 3 then
            3
        else
            0

    let private isPlain (value: byte) = value > ' 'B && value < 0x80uy

    /// Without white space, NBSP, zero-width characters and byte order marks at both ends.
    let trim (value: ReadOnlySpan<byte>) : ReadOnlySpan<byte> =
        if value.Length > 0 && isPlain value[0] && isPlain value[value.Length - 1] then
            value
        else
            let mutable rest = value
            let mutable blank = blankAtStart rest

            while blank > 0 do
                rest <- rest.Slice blank
                blank <- blankAtStart rest

            blank <- blankAtEnd rest

            while blank > 0 do
                rest <- rest.Slice(0, rest.Length - blank)
                blank <- blankAtEnd rest

            rest

    /// A decimal number of 1 to `digits` digits (at most 9), or -1.
    let readNumber (value: ReadOnlySpan<byte>) (digits: int) : int =
        if value.Length = 0 || value.Length > digits then
            -1
        else
            let mutable number = 0
            let mutable at = 0

            while at < value.Length && isDigit value[at] do
                number <- number * 10 + int (value[at] - '0'B)
                at <- at + 1

            if at = value.Length then number else -1

    /// A port, 1 to 65535, leading zeros allowed; -1 when it is none.
    let readPort (value: ReadOnlySpan<byte>) : int =
        let port = readNumber value 9
        if port >= 1 && port <= 65535 then port else -1

    /// Writes a number from 0 to 999,999,999 in decimal and gives the count of digits.
    let writeNumber (value: int) (target: Span<byte>) : int =
        let mutable size = 1
        let mutable rest = value / 10

        while rest > 0 do
            size <- size + 1
            rest <- rest / 10

        rest <- value

        for at = size - 1 downto 0 do
            target[at] <- '0'B + byte (rest % 10)
            rest <- rest / 10

        size
