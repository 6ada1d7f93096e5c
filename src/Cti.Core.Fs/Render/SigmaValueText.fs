// Values of Sigma rules that mean themselves (Sigma specification 2, "Escaping" and "Tags"): the one place that escapes for it.
namespace Cti.Core

open System
open System.Buffers

[<RequireQualifiedAccess>]
module SigmaValueText =
    let private special = SearchValues.Create(ReadOnlySpan<byte> "\\*?"B)

    /// Writes a value in which nothing is a wildcard. Inside of YAML it is escaped again, by `YamlText`.
    let write (value: ReadOnlySpan<byte>) (writer: Utf8Writer) : unit =
        let mutable rest = value
        let mutable at = rest.IndexOfAny special

        while at >= 0 do
            writer.Bytes(rest.Slice(0, at))
            writer.Byte '\\'B
            writer.Byte rest[at]
            rest <- rest.Slice(at + 1)
            at <- rest.IndexOfAny special

        writer.Bytes rest

    let private isDigits (text: ReadOnlySpan<byte>) =
        text.IndexOfAnyExceptInRange('0'B, '9'B) < 0

    /// Whether a label is a technique or sub-technique of ATT&CK, `T1059` or `T1059.001` in any case.
    let isTechnique (label: ReadOnlySpan<byte>) : bool =
        (label.Length = 5
         || label.Length = 9 && label[5] = '.'B && isDigits (label.Slice 6))
        && (label[0] = 'T'B || label[0] = 't'B)
        && isDigits (label.Slice(1, 4))
