// Text in another encoding becomes the UTF-8 that readers read, block by block. Pushed bytes in, UTF-8 out; keeps no bytes itself.
namespace Cti.Core

open System
open System.Text

/// What a call of `Transcoder.Decode` did.
[<Struct>]
type Transcoded =
    {
        /// Bytes of the source that are done with: the next call begins behind them.
        Consumed: int
        /// Bytes of the target that were written.
        Written: int
    }

[<RequireQualifiedAccess>]
module Transcoder =
    /// The longest UTF-8 a single character becomes: a target of this size is enough to go on.
    [<Literal>]
    let MaxCharacterBytes = 4

    // The upper halves of the one-byte encodings. 0x81, 0x8D, 0x8F, 0x90 and 0x9D are not used in Windows-1252 and stay control
    // characters, as in the WHATWG's encoding standard; 0xF0 of Mac OS Roman is Apple's logo, in private use.
    let private latin1 = Array.init 128 (fun index -> Rune(128 + index))

    let private windows1252 =
        "\u20AC\u0081\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\u008D\u017D\u008F\u0090\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\u009D\u017E\u0178"
        |> Seq.map (fun letter -> Rune letter)
        |> Seq.toArray
        |> fun head -> Array.append head latin1[32..]

    let private macintosh =
        "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø¿¡¬√ƒ≈∆«»…\u00A0ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\uF8FFÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ"
        |> Seq.map (fun letter -> Rune letter)
        |> Seq.toArray

    let private copy (source: ReadOnlySpan<byte>) (target: Span<byte>) : Transcoded =
        let length = min source.Length target.Length
        source.Slice(0, length).CopyTo target

        { Consumed = length; Written = length }

    let private ofTable (upper: Rune[]) (source: ReadOnlySpan<byte>) (target: Span<byte>) : Transcoded =
        let mutable consumed = 0
        let mutable written = 0
        let mutable going = true

        while going && consumed < source.Length do
            let room = min (source.Length - consumed) (target.Length - written)
            let run = source.Slice(consumed, room)
            let upperAt = run.IndexOfAnyInRange(0x80uy, 0xFFuy)
            let length = if upperAt < 0 then run.Length else upperAt
            run.Slice(0, length).CopyTo(target.Slice written)
            consumed <- consumed + length
            written <- written + length

            if upperAt < 0 then
                going <- room > 0
            elif target.Length - written < MaxCharacterBytes then
                going <- false
            else
                let letter = upper[int source[consumed] - 128]
                written <- written + letter.EncodeToUtf8(target.Slice written)
                consumed <- consumed + 1

        {
            Consumed = consumed
            Written = written
        }

    let private unitAt (source: ReadOnlySpan<byte>) (at: int) (littleEndian: bool) : int =
        if littleEndian then
            int source[at] ||| (int source[at + 1] <<< 8)
        else
            (int source[at] <<< 8) ||| int source[at + 1]

    // What is no character becomes bytes that no UTF-8 has, so that its record is rejected like any other broken one.
    let private writeBroken (target: Span<byte>) =
        target[0] <- 0xFFuy
        1

    let private isHigh unit' = unit' >= 0xD800 && unit' <= 0xDBFF
    let private isLow unit' = unit' >= 0xDC00 && unit' <= 0xDFFF

    let private ofUtf16
        (littleEndian: bool)
        (source: ReadOnlySpan<byte>)
        (target: Span<byte>)
        (isFinal: bool)
        : Transcoded =
        let mutable consumed = 0
        let mutable written = 0
        let mutable going = true

        while going && target.Length - written >= MaxCharacterBytes do
            let left = source.Length - consumed

            if left < 2 then
                going <- false

                if left = 1 && isFinal then
                    written <- written + writeBroken (target.Slice written)
                    consumed <- consumed + 1
            else
                let first = unitAt source consumed littleEndian

                if first < 0x80 then
                    target[written] <- byte first
                    written <- written + 1
                    consumed <- consumed + 2
                elif not (isHigh first || isLow first) then
                    written <- written + (Rune first).EncodeToUtf8(target.Slice written)
                    consumed <- consumed + 2
                elif isHigh first && left < 4 && not isFinal then
                    going <- false
                else
                    let second =
                        if left < 4 then
                            0
                        else
                            unitAt source (consumed + 2) littleEndian

                    if isHigh first && isLow second then
                        let letter = Rune(char first, char second)
                        written <- written + letter.EncodeToUtf8(target.Slice written)
                        consumed <- consumed + 4
                    else
                        written <- written + writeBroken (target.Slice written)
                        consumed <- consumed + 2

        {
            Consumed = consumed
            Written = written
        }

    /// Whether text in this encoding is read as it stands.
    let isNeeded (encoding: TextEncoding) : bool =
        encoding <> TextEncoding.Utf8 && encoding <> TextEncoding.Auto

    /// Decodes as much of `source` as there is, and as fits into `target` (at least `MaxCharacterBytes`), to UTF-8. `isFinal`: no bytes follow.
    /// What is consumed and written depends only on the bytes, wherever the blocks' borders are; a byte order mark is a character like any
    /// other. `encoding` is what `TextEncoding.settle` gave. Total: broken UTF-16 becomes the byte FF, which is never UTF-8; bytes declared
    /// UTF-8 are not looked at.
    let decode (encoding: TextEncoding) (source: ReadOnlySpan<byte>) (target: Span<byte>) (isFinal: bool) : Transcoded =
        match encoding with
        | TextEncoding.Auto
        | TextEncoding.Utf8 -> copy source target
        | TextEncoding.Latin1 -> ofTable latin1 source target
        | TextEncoding.Windows1252 -> ofTable windows1252 source target
        | TextEncoding.Macintosh -> ofTable macintosh source target
        | TextEncoding.Utf16Le -> ofUtf16 true source target isFinal
        | TextEncoding.Utf16Be -> ofUtf16 false source target isFinal
