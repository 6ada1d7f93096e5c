// Patterns and rules: text of several lines in a language of detection, carried as it is but for line ends. Knows no such language.
namespace Cti.Core

open System
open System.Text.Unicode

[<RequireQualifiedAccess>]
module internal PatternText =
    /// The longest text, in bytes, after trimming.
    [<Literal>]
    let MaxLength = 65_536

    // Control characters but tab and line end: none of these languages has a use for them, and terminals do.
    let private isForeign (value: byte) =
        value < 0x20uy && value <> '\t'B && value <> '\n'B || value = 0x7Fuy

    /// Writes the text with LF at its lines' ends (CRLF and CR become one), without blanks around.
    let normalise (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        if value.Length = 0 then
            Written.fail NormaliseError.Empty
        elif value.Length > MaxLength then
            Written.fail NormaliseError.PatternTooLong
        elif not (Utf8.IsValid value) then
            Written.fail NormaliseError.InvalidUtf8
        else
            let mutable length = 0
            let mutable at = 0
            let mutable good = true

            while good && at < value.Length do
                let byte = value[at]

                if byte = '\r'B then
                    target[length] <- '\n'B

                    if at + 1 < value.Length && value[at + 1] = '\n'B then
                        at <- at + 1
                else
                    good <- not (isForeign byte)
                    target[length] <- byte

                length <- length + 1
                at <- at + 1

            if good then
                Written.ok length
            else
                Written.fail NormaliseError.ControlCharacter
