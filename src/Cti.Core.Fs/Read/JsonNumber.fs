// How JSON writes a number (RFC 8259 §6).
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module internal JsonNumber =
    let private afterDigits (word: ReadOnlySpan<byte>) (at: int) : int =
        let mutable last = at

        while last < word.Length && uint32 word[last] - 48u <= 9u do
            last <- last + 1

        last

    /// Whether a word is a number: `-? int frac? exp?`.
    let isValid (word: ReadOnlySpan<byte>) : bool =
        let mutable at = 0

        if at < word.Length && word[at] = '-'B then
            at <- at + 1

        let whole = afterDigits word at
        let mutable good = whole > at && (word[at] <> '0'B || whole = at + 1)
        at <- whole

        if good && at < word.Length && word[at] = '.'B then
            let fraction = afterDigits word (at + 1)
            good <- fraction > at + 1
            at <- fraction

        if good && at < word.Length && (word[at] ||| 0x20uy) = 'e'B then
            let signed =
                if at + 1 < word.Length && (word[at + 1] = '+'B || word[at + 1] = '-'B) then
                    at + 2
                else
                    at + 1

            let exponent = afterDigits word signed
            good <- exponent > signed
            at <- exponent

        good && at = word.Length
