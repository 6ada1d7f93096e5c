// Bytes as a person can see them: what would steer a terminal, or not show at all, is written as an escape.
namespace Cti.Core.Trials

open System
open System.Globalization
open System.Text

[<RequireQualifiedAccess>]
module VisibleText =
    let private isHidden (rune: Rune) =
        match Rune.GetUnicodeCategory rune with
        | UnicodeCategory.Control
        | UnicodeCategory.Format
        | UnicodeCategory.LineSeparator
        | UnicodeCategory.ParagraphSeparator
        | UnicodeCategory.Surrogate
        | UnicodeCategory.PrivateUse
        | UnicodeCategory.OtherNotAssigned -> true
        | UnicodeCategory.SpaceSeparator -> rune.Value <> 32
        | _ -> false

    let private escape (rune: Rune) =
        match rune.Value with
        | 9 -> "\\t"
        | 10 -> "\\n"
        | 13 -> "\\r"
        | value when value < 128 -> $"\\x%02x{value}"
        | value -> $"\\u{{%x{value}}}"

    /// UTF-8 as text on one line; bytes that are none, characters that do not show and a space at the end as escapes (`\r`, `\xff`, `\u{202e}`).
    let ofBytes (bytes: ReadOnlySpan<byte>) : string =
        let text = StringBuilder(bytes.Length)
        let mutable at = 0

        while at < bytes.Length do
            let mutable rune = Rune()
            let mutable width = 0

            if
                Rune.DecodeFromUtf8(bytes.Slice at, &rune, &width)
                <> Buffers.OperationStatus.Done
            then
                for index in at .. at + width - 1 do
                    text.Append("\\x").Append(bytes[index].ToString("x2", CultureInfo.InvariantCulture))
                    |> ignore
            elif isHidden rune then
                text.Append(escape rune) |> ignore
            elif rune.Value = 32 && at + 1 = bytes.Length then
                text.Append "\\x20" |> ignore
            else
                text.Append(rune.ToString()) |> ignore

            at <- at + width

        text.ToString()

    /// The same of a text.
    let ofText (text: string) : string =
        ofBytes (ReadOnlySpan<byte>(Encoding.UTF8.GetBytes text))

    /// At most `limit` characters of it, with `…` where something was cut off.
    let cut (limit: int) (text: string) : string =
        if text.Length <= limit then
            text
        else
            text.Substring(0, limit - 1) + "…"
