// Text that software chose and compares byte by byte (mutexes, user agents, the parts of paths): kept as it is, or refused.
namespace Cti.Core

open System
open System.Text.Unicode

[<RequireQualifiedAccess>]
module internal FreeText =
    // Characters above ASCII that end a line (U+0085, U+2028, U+2029) or turn text around (U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to
    // U+2069), the C1 controls, and U+FEFF. They would break lists and deceive readers.
    let private isUnsafeAt (value: ReadOnlySpan<byte>) (at: int) : bool =
        let second = if at + 1 < value.Length then value[at + 1] else 0uy
        let third = if at + 2 < value.Length then value[at + 2] else 0uy

        match value[at] with
        | 0xC2uy -> second < 0xA0uy
        | 0xD8uy -> second = 0x9Cuy
        | 0xE2uy when second = 0x80uy -> third = 0x8Euy || third = 0x8Fuy || (third >= 0xA8uy && third <= 0xAEuy)
        | 0xE2uy when second = 0x81uy -> third >= 0xA6uy && third <= 0xA9uy
        | 0xEFuy -> second = 0xBBuy && third = 0xBFuy
        | _ -> false

    let private isUnsafe (value: ReadOnlySpan<byte>) : bool =
        let mutable at = value.IndexOfAnyInRange(0x80uy, 0xFFuy)
        let mutable isFound = false

        while at >= 0 && at < value.Length && not isFound do
            isFound <- value[at] >= 0x80uy && isUnsafeAt value at
            at <- at + 1

        isFound

    /// Why a text cannot stand in an output as it is; `None` when it can.
    let check (value: ReadOnlySpan<byte>) : NormaliseError =
        if value.ContainsAnyInRange(0uy, 0x1Fuy) || value.Contains 0x7Fuy then
            NormaliseError.ControlCharacter
        elif not (Utf8.IsValid value) then
            NormaliseError.InvalidUtf8
        elif isUnsafe value then
            NormaliseError.UnsafeText
        else
            NormaliseError.None

    /// Writes the text as it is. No Unicode normal form is applied: Windows and Linux compare names code unit by code unit, so composing
    /// would make another name of it.
    let normalise (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        let error = check value

        if error.IsNone then
            value.CopyTo target
            Written.ok value.Length
        else
            Written.fail error
