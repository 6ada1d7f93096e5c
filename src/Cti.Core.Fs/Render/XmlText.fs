// Text inside of XML: the one place that escapes for it (XML 1.0 §2.2, §2.4). What XML has no way to write is refused before.
namespace Cti.Core

open System
open System.Buffers

[<RequireQualifiedAccess>]
module XmlText =
    // Tab and line ends may stand in a text; a carriage return would be read as a line feed, so it is written by its number.
    let private forbidden =
        SearchValues.Create(
            ReadOnlySpan<byte>(
                [|
                    for control in 0uy .. 31uy do
                        if control <> 9uy && control <> 10uy && control <> 13uy then
                            control
                |]
            )
        )

    let private special = SearchValues.Create(ReadOnlySpan<byte> "&<>\"\r"B)

    let private ampersand = "&amp;"B
    let private less = "&lt;"B
    let private greater = "&gt;"B
    let private quote = "&quot;"B
    let private carriageReturn = "&#13;"B
    // U+FFFE and U+FFFF, the non-characters that XML names.
    let private notCharacters = [| 0xEFuy; 0xBFuy; 0xBEuy |]
    let private lastNotCharacter = [| 0xEFuy; 0xBFuy; 0xBFuy |]

    /// Whether XML 1.0 can hold a text, by its characters: `value` is valid UTF-8.
    let canHold (value: ReadOnlySpan<byte>) : bool =
        not (value.ContainsAny forbidden)
        && value.IndexOf(ReadOnlySpan<byte> notCharacters) < 0
        && value.IndexOf(ReadOnlySpan<byte> lastNotCharacter) < 0

    /// Writes a text that `canHold` allows, for an element's content or an attribute in double quotes.
    let write (value: ReadOnlySpan<byte>) (writer: Utf8Writer) : unit =
        let mutable rest = value
        let mutable at = rest.IndexOfAny special

        while at >= 0 do
            writer.Bytes(rest.Slice(0, at))

            writer.Bytes(
                ReadOnlySpan<byte>(
                    match rest[at] with
                    | '&'B -> ampersand
                    | '<'B -> less
                    | '>'B -> greater
                    | '"'B -> quote
                    | _ -> carriageReturn
                )
            )

            rest <- rest.Slice(at + 1)
            at <- rest.IndexOfAny special

        writer.Bytes rest
