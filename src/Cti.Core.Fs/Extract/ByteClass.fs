// What each byte of UTF-8 text is to the scanner. Letters, digits, `_`, `-` and most of what is not ASCII make words; the rest parts them.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module internal ByteClass =
    [<Literal>]
    let Word = 1uy

    [<Literal>]
    let Digit = 2uy

    [<Literal>]
    let Hex = 4uy

    /// Begins a character that may be punctuation (quotes, dashes, blanks, arrows): ask `wordRune`.
    [<Literal>]
    let Lead = 8uy

    /// Neither a word's byte nor one that a candidate may begin with.
    [<Literal>]
    let Idle = 16uy

    let table: byte[] =
        Array.init 256 (fun index ->
            let value = byte index

            if value = 0xC2uy || value = 0xE2uy || value = 0xE3uy || value = 0xEFuy then
                Word ||| Lead
            elif value >= 0x80uy then
                Word
            elif Text.isDigit value then
                Word ||| Digit ||| Hex
            elif Text.isHex value then
                Word ||| Hex
            elif Text.isLetter value || value = '_'B || value = '-'B then
                Word
            elif value = '/'B || value = '\\'B || value = '%'B || value = '~'B || value = ':'B then
                0uy
            else
                Idle)

    let inline isWordByte (value: byte) = table[int value] &&& Word <> 0uy

    /// Begins an ideograph, kana or hangul (three bytes): scripts that put no blanks between words.
    let inline isIdeograph (lead: byte) = lead >= 0xE3uy && lead <= 0xEDuy

    /// Bytes of the character at the start of `rest`, which begins with a `Lead`, when it belongs to a word; 0 when it parts words.
    let wordRune (rest: ReadOnlySpan<byte>) : int =
        if rest.Length < 3 then
            0
        else
            let second = rest[1]
            let third = rest[2]

            match rest[0] with
            // U+2000 to 206F (General Punctuation) and U+2180 to 2BFF (arrows, boxes, pictures) part words.
            | 0xE2uy when second <= 0x81uy || (second >= 0x86uy && second <= 0xAFuy) -> 0
            // U+3000 to 303F: ideographic blanks, commas, brackets.
            | 0xE3uy when second = 0x80uy -> 0
            // Byte order mark, U+FFFD, and the wide forms of ASCII punctuation.
            | 0xEFuy when second = 0xBBuy || second = 0xBFuy -> 0
            | 0xEFuy when
                second = 0xBCuy
                && (third <= 0x8Fuy || (third >= 0x9Auy && third <= 0xA0uy) || third >= 0xBBuy)
                ->
                0
            | 0xEFuy when second = 0xBDuy && (third = 0x80uy || (third >= 0x9Buy && third <= 0xA5uy)) -> 0
            // U+0080 to 00BF: no-break blank, guillemets, section signs.
            | 0xC2uy -> 0
            | _ -> 3

    /// Bytes of the character that begins with `lead`, from 1.
    let runeLength (lead: byte) : int =
        if lead < 0xC0uy then 1
        elif lead < 0xE0uy then 2
        elif lead < 0xF0uy then 3
        else 4
