// Texts inside of SQL that tools run (SQL-92 §5.3, and what SQLite makes of it): the one place that escapes for it.
namespace Cti.Core

open System
open System.Buffers

[<RequireQualifiedAccess>]
module SqlText =
    let private controls =
        SearchValues.Create(ReadOnlySpan<byte>(Array.append [| for control in 0uy .. 31uy -> control |] [| 127uy |]))

    /// Whether a literal can hold a text: SQLite ends a statement at a NUL, and no value of ours has a control character in it.
    let canHold (value: ReadOnlySpan<byte>) : bool = not (value.ContainsAny controls)

    /// Writes a text that `canHold` allows as a literal, quotes included. In SQL a backslash is no more than itself.
    let write (value: ReadOnlySpan<byte>) (writer: Utf8Writer) : unit =
        writer.Byte '\''B
        let mutable rest = value
        let mutable at = rest.IndexOf '\''B

        while at >= 0 do
            writer.Bytes(rest.Slice(0, at + 1))
            writer.Byte '\''B
            rest <- rest.Slice(at + 1)
            at <- rest.IndexOf '\''B

        writer.Bytes rest
        writer.Byte '\''B
