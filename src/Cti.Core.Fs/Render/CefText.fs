// Text in the Common Event Format (ArcSight Common Event Format, version 27: "Character encoding"): the one place that escapes for it.
namespace Cti.Core

open System
open System.Buffers

[<RequireQualifiedAccess>]
module CefText =
    let private headerSpecial = SearchValues.Create(ReadOnlySpan<byte> "|\\"B)
    let private valueSpecial = SearchValues.Create(ReadOnlySpan<byte> "=\\\n\r"B)

    // A line end stands as two characters in the value of a field, and nowhere else. Other control characters have no form.
    let private unsafe =
        SearchValues.Create(
            ReadOnlySpan<byte>
                [|
                    for control in 0uy .. 31uy do
                        if control <> 9uy && control <> '\n'B && control <> '\r'B then
                            control
                    127uy
                |]
        )

    /// Whether the format has a form for a text.
    let canHold (text: ReadOnlySpan<byte>) : bool = not (text.ContainsAny unsafe)

    let private writeEscaped (special: SearchValues<byte>) (text: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        let mutable rest = text
        let mutable at = rest.IndexOfAny special

        while at >= 0 do
            writer.Bytes(rest.Slice(0, at))
            writer.Byte '\\'B

            writer.Byte(
                match rest[at] with
                | '\n'B -> 'n'B
                | '\r'B -> 'r'B
                | other -> other
            )

            rest <- rest.Slice(at + 1)
            at <- rest.IndexOfAny special

        writer.Bytes rest

    /// A field of the header: `|` and `\` are escaped. `text` holds no line end.
    let writeHeader (text: ReadOnlySpan<byte>) (writer: Utf8Writer) : unit = writeEscaped headerSpecial text writer

    /// A value of the extension: `=`, `\` and line ends are escaped. `canHold` is true of `text`.
    let writeValue (text: ReadOnlySpan<byte>) (writer: Utf8Writer) : unit = writeEscaped valueSpecial text writer
