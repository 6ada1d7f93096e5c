// Descriptions and references as fields write them, made usable.
namespace Cti.Core

open System
open System.Text
open System.Text.Unicode

[<RequireQualifiedAccess>]
module internal RemarkText =
    /// Bytes of a description that are kept.
    let maxDescription = 4096
    let private listSeparator = "; "B

    // Cuts to `maxDescription` bytes, at a character's border.
    let private cut (from: int) (target: Utf8Writer) =
        if target.Length - from > maxDescription then
            let mutable length = from + maxDescription

            // 10xxxxxx continues a character.
            while length > from && target.Written[length] &&& 0xC0uy = 0x80uy do
                length <- length - 1

            target.Truncate length

    /// Writes a description: without blanks around, items of a list parted by `; `, other control characters but line ends and tabs as
    /// blanks, at most 4,096 bytes.
    let description (field: ReadOnlySpan<byte>) (target: Utf8Writer) : unit =
        let from = target.Length
        let mutable rest = field.Slice(CellText.leading field)
        rest <- rest.Slice(0, CellText.trailing rest)

        if not (Utf8.IsValid rest) then
            target.Text(Encoding.UTF8.GetString(rest.Slice(0, min rest.Length maxDescription)))
        else
            while rest.Length > 0 && target.Length - from <= maxDescription do
                match rest.IndexOfAnyInRange(0uy, 0x1Fuy) with
                | -1 ->
                    target.Bytes(rest.Slice(0, min rest.Length (maxDescription + 1)))
                    rest <- ReadOnlySpan<byte>.Empty
                | at ->
                    target.Bytes(rest.Slice(0, min at (maxDescription + 1)))

                    match rest[at] with
                    | '\n'B
                    | '\t'B -> target.Byte rest[at]
                    | '\r'B -> ()
                    | control when control = RawBatch.ListSeparator -> target.Bytes(ReadOnlySpan<byte> listSeparator)
                    | _ -> target.Byte ' 'B

                    rest <- rest.Slice(at + 1)

        cut from target
