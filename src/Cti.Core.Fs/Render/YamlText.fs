// Texts inside of YAML, in double quotes (YAML 1.2.2 §5.1, §5.7, §7.3.1): the one place that escapes for it. What a parser of YAML 1.1 would not take,
// or would fold, is written by its number, so that both versions read the same.
namespace Cti.Core

open System
open System.Buffers
open System.Text

[<RequireQualifiedAccess>]
module YamlText =
    let private hex = "0123456789abcdef"B

    // Quote, backslash, C0 controls, DEL; and the first bytes of C1 controls (C2), of U+2028 and U+2029 (E2), of U+FEFF and non-characters (EF) and
    // of non-characters of other planes (F0 to F4).
    let private special =
        SearchValues.Create(
            ReadOnlySpan<byte>(
                Array.concat
                    [
                        [| for control in 0uy .. 31uy -> control |]
                        [|
                            '"'B
                            '\\'B
                            127uy
                            0xC2uy
                            0xE2uy
                            0xEFuy
                            0xF0uy
                            0xF1uy
                            0xF2uy
                            0xF3uy
                            0xF4uy
                        |]
                    ]
            )
        )

    let private digits (value: int) (count: int) (writer: Utf8Writer) =
        for place in count - 1 .. -1 .. 0 do
            writer.Byte hex[(value >>> (4 * place)) &&& 15]

    let private mustHide (code: int) =
        code < 0x20
        || code >= 0x7F && code < 0xA0
        || code = 0x2028
        || code = 0x2029
        || code = 0xFEFF
        || code &&& 0xFFFE = 0xFFFE

    /// Writes a string with its quotes, in one line; `value` is valid UTF-8.
    let write (value: ReadOnlySpan<byte>) (writer: Utf8Writer) : unit =
        writer.Byte '"'B
        let mutable rest = value
        let mutable at = rest.IndexOfAny special

        while at >= 0 do
            writer.Bytes(rest.Slice(0, at))
            rest <- rest.Slice at
            let mutable rune = Rune.ReplacementChar
            let mutable length = 0
            Rune.DecodeFromUtf8(rest, &rune, &length) |> ignore

            match rune.Value with
            | 0x22
            | 0x5C ->
                writer.Byte '\\'B
                writer.Byte rest[0]
            | code when mustHide code && code > 0xFFFF ->
                writer.Bytes(ReadOnlySpan<byte> "\\U"B)
                digits code 8 writer
            | code when mustHide code ->
                writer.Bytes(ReadOnlySpan<byte> "\\u"B)
                digits code 4 writer
            | _ -> writer.Bytes(rest.Slice(0, length))

            rest <- rest.Slice length
            at <- rest.IndexOfAny special

        writer.Bytes rest
        writer.Byte '"'B
