// Text strings of YARA (YARA documentation, "Writing YARA rules", "Text strings"): the one place that escapes for rules we make.
namespace Cti.Core

open System
open System.Buffers

[<RequireQualifiedAccess>]
module YaraRuleText =
    /// Most bytes of one text, before escapes: YARA's scanner takes 8,191 bytes of a string, and an escape takes four for one.
    [<Literal>]
    let Longest = 2_000

    let private hex = "0123456789abcdef"B

    let private special =
        SearchValues.Create(
            ReadOnlySpan<byte>(Array.append [| for control in 0uy .. 31uy -> control |] [| '"'B; '\\'B; 127uy |])
        )

    /// Writes a string with its quotes. `value` is UTF-8 of at most `Longest` bytes.
    let write (value: ReadOnlySpan<byte>) (writer: Utf8Writer) : unit =
        writer.Byte '"'B
        let mutable rest = value
        let mutable at = rest.IndexOfAny special

        while at >= 0 do
            writer.Bytes(rest.Slice(0, at))
            writer.Byte '\\'B

            match rest[at] with
            | '"'B
            | '\\'B -> writer.Byte rest[at]
            | control ->
                writer.Byte 'x'B
                writer.Byte hex[int (control >>> 4)]
                writer.Byte hex[int (control &&& 15uy)]

            rest <- rest.Slice(at + 1)
            at <- rest.IndexOfAny special

        writer.Bytes rest
        writer.Byte '"'B
