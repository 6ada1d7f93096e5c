// JSON text: the one place that escapes a string for JSON (RFC 8259 §7). Fast for what needs no escape, which is nearly everything.
namespace Cti.Core

open System
open System.Buffers
open System.Text

[<RequireQualifiedAccess>]
module Json =
    let private hex = "0123456789abcdef"B

    // Quote, backslash and the controls: RFC 8259 asks for no more, and DEL is printed as it is.
    let private special =
        SearchValues.Create(
            ReadOnlySpan<byte>(Array.append [| for control in 0uy .. 31uy -> control |] [| '"'B; '\\'B |])
        )

    let private escape (value: byte) (writer: Utf8Writer) =
        match value with
        | '"'B -> writer.Bytes(ReadOnlySpan<byte> "\\\""B)
        | '\\'B -> writer.Bytes(ReadOnlySpan<byte> "\\\\"B)
        | 8uy -> writer.Bytes(ReadOnlySpan<byte> "\\b"B)
        | 9uy -> writer.Bytes(ReadOnlySpan<byte> "\\t"B)
        | 10uy -> writer.Bytes(ReadOnlySpan<byte> "\\n"B)
        | 12uy -> writer.Bytes(ReadOnlySpan<byte> "\\f"B)
        | 13uy -> writer.Bytes(ReadOnlySpan<byte> "\\r"B)
        | control ->
            writer.Bytes(ReadOnlySpan<byte> "\\u00"B)
            writer.Byte hex[int (control >>> 4)]
            writer.Byte hex[int (control &&& 15uy)]

    /// Writes the inside of a JSON string: `value` is valid UTF-8; no quotes around.
    let writeEscaped (value: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        let mutable start = 0
        let mutable at = value.IndexOfAny special

        while at >= 0 do
            writer.Bytes(value.Slice(start, at))
            escape value[start + at] writer
            start <- start + at + 1
            at <- value.Slice(start).IndexOfAny special

        writer.Bytes(value.Slice start)

    /// Writes a JSON string, quotes included.
    let writeUtf8 (value: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        writer.Byte '"'B
        writeEscaped value writer
        writer.Byte '"'B

    /// Writes a .NET text as a JSON string; lone surrogates become U+FFFD.
    let writeText (value: string) (writer: Utf8Writer) =
        let bytes = Encoding.UTF8.GetBytes value
        writeUtf8 (ReadOnlySpan<byte> bytes) writer
