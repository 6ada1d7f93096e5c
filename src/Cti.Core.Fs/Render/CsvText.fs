// Cells of CSV (RFC 4180 §2): the one place that escapes for it. Spreadsheets run cells that begin like a formula, so no cell of ours does.
namespace Cti.Core

open System
open System.Buffers

[<RequireQualifiedAccess>]
module CsvText =
    let private special = SearchValues.Create(ReadOnlySpan<byte> "\",\r\n"B)
    let private formula = SearchValues.Create(ReadOnlySpan<byte> "=+-@\t\r\n"B)

    /// Whether a spreadsheet would run it: of ASCII, and the wide forms of = + - @ (U+FF1D, U+FF0B, U+FF0D, U+FF20), which spreadsheets take for them.
    let isFormula (text: ReadOnlySpan<byte>) : bool =
        text.Length > 0
        && (formula.Contains text[0]
            || text.Length >= 3
               && text[0] = 0xEFuy
               && text[1] = 0xBCuy
               && (text[2] = 0x9Duy || text[2] = 0x8Buy || text[2] = 0x8Duy || text[2] = 0xA0uy))

    /// Why a value cannot stand in a cell: any other spelling of it would be another value.
    let check (value: ReadOnlySpan<byte>) : RenderReason voption =
        if value.IsEmpty then
            ValueSome RenderReason.NotCanonical
        elif isFormula value then
            ValueSome RenderReason.ReservedWord
        else
            ValueNone

    /// Writes a cell. A text that begins like a formula gets an apostrophe in front, which the caller tells as a loss.
    let write (text: ReadOnlySpan<byte>) (writer: Utf8Writer) : unit =
        let isDangerous = isFormula text

        if isDangerous || text.ContainsAny special then
            writer.Byte '"'B

            if isDangerous then
                writer.Byte '\''B

            let mutable rest = text
            let mutable at = rest.IndexOf '"'B

            while at >= 0 do
                writer.Bytes(rest.Slice(0, at + 1))
                writer.Byte '"'B
                rest <- rest.Slice(at + 1)
                at <- rest.IndexOf '"'B

            writer.Bytes rest
            writer.Byte '"'B
        else
            writer.Bytes text
