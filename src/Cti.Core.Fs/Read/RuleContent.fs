// The texts inside an IDS rule: quoted, escaped, with hexadecimal bytes between bars (Suricata and Snort manuals, `content`).
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module internal RuleContent =
    let private hex (value: byte) =
        if value - '0'B <= 9uy then
            int (value - '0'B)
        else
            let letter = (value ||| 0x20uy) - 'a'B
            if letter <= 5uy then int letter + 10 else -1

    /// Writes the text between the quotes of a content: `\X` is X, `|41 42|` is AB. False when the bytes between bars are none, or a bar
    /// is not closed.
    let decode (text: ReadOnlySpan<byte>) (writer: Utf8Writer) : bool =
        let mutable at = 0
        let mutable good = true

        while good && at < text.Length do
            match text[at] with
            | '\\'B when at + 1 < text.Length ->
                writer.Byte text[at + 1]
                at <- at + 2
            | '|'B ->
                let length = text.Slice(at + 1).IndexOf '|'B
                good <- length >= 0

                if good then
                    let bytes = text.Slice(at + 1, length)
                    let mutable place = 0

                    while good && place < bytes.Length do
                        if bytes[place] = ' 'B then
                            place <- place + 1
                        elif place + 1 < bytes.Length && hex bytes[place] >= 0 && hex bytes[place + 1] >= 0 then
                            writer.Byte(byte (hex bytes[place] * 16 + hex bytes[place + 1]))
                            place <- place + 2
                        else
                            good <- false

                    at <- at + length + 2
            | value ->
                writer.Byte value
                at <- at + 1

        good

    /// The place behind the option that begins at `at`: behind its `;`, which stands outside quotes and escapes. -1 where there is none.
    let optionEnd (text: ReadOnlySpan<byte>) (at: int) : int =
        let mutable place = at
        let mutable quoted = false
        let mutable found = -1

        while found < 0 && place < text.Length do
            match text[place] with
            | '\\'B -> place <- place + 2
            | '"'B ->
                quoted <- not quoted
                place <- place + 1
            | ';'B when not quoted -> found <- place + 1
            | _ -> place <- place + 1

        found

    /// The text between the first quote and the one that closes it, as places; an unquoted text is itself without blanks around it.
    let quoted (text: ReadOnlySpan<byte>) : struct (int * int) =
        let first = text.IndexOf '"'B

        if first < 0 then
            let trimmed = text.TrimStart ' 'B
            let start = text.Length - trimmed.Length
            struct (start, start + trimmed.TrimEnd(' 'B).Length)
        else
            let mutable at = first + 1

            while at < text.Length && text[at] <> '"'B do
                at <- if text[at] = '\\'B then at + 2 else at + 1

            struct (first + 1, min at text.Length)

    /// The end of the header's word at `at`: blanks inside brackets do not end it.
    let headerWord (block: byte[]) (at: int) (last: int) : int =
        let mutable place = at
        let mutable depth = 0

        while place < last && (depth > 0 || not (CommentMarks.IsBlank block[place])) do
            if block[place] = '['B then
                depth <- depth + 1
            elif block[place] = ']'B then
                depth <- depth - 1

            place <- place + 1

        place

    /// Whether the header's word `[at, finish)` says from whom to whom: `->`, `<>`, `=>`.
    let isDirection (block: byte[]) (at: int) (finish: int) : bool =
        finish - at = 2 && (block[at + 1] = '>'B || block[at] = '<'B)
