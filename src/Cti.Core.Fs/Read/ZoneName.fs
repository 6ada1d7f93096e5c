// Owner names of a response policy zone: escapes, and addresses written as labels (RFC 1035 §5.1, draft-vixie-dnsop-dns-rpz §4).
// The inverse of what the rpz renderer writes.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module internal ZoneName =
    let inline private isDigit (value: byte) = value - '0'B <= 9uy

    /// Writes a name with its escapes undone: `\X` is X, `\065` is A. False, with a part written, where an escape is none, or means a dot
    /// inside a label: no name that could be looked up has one.
    let unescape (name: ReadOnlySpan<byte>) (writer: Utf8Writer) : bool =
        let mutable at = 0
        let mutable good = true

        while good && at < name.Length do
            let backslash = name.Slice(at).IndexOf '\\'B
            let length = if backslash < 0 then name.Length - at else backslash
            writer.Bytes(name.Slice(at, length))
            at <- at + length

            if at < name.Length then
                if
                    at + 3 < name.Length
                    && isDigit name[at + 1]
                    && isDigit name[at + 2]
                    && isDigit name[at + 3]
                then
                    let value =
                        int (name[at + 1] - '0'B) * 100
                        + int (name[at + 2] - '0'B) * 10
                        + int (name[at + 3] - '0'B)

                    good <- value < 256 && value <> int '.'B
                    writer.Byte(byte value)
                    at <- at + 4
                elif at + 1 < name.Length && not (isDigit name[at + 1]) && name[at + 1] <> '.'B then
                    writer.Byte name[at + 1]
                    at <- at + 2
                else
                    good <- false

        good

    // A decimal number of one to three digits, at most `most`; -1 when it is none.
    let private number (text: ReadOnlySpan<byte>) (most: int) : int =
        let mutable value = 0
        let mutable at = 0

        while at < text.Length && at < 4 && isDigit text[at] do
            value <- value * 10 + int (text[at] - '0'B)
            at <- at + 1

        if at = text.Length && at > 0 && at < 4 && value <= most then
            value
        else
            -1

    let private isGroup (text: ReadOnlySpan<byte>) : bool =
        let mutable at = 0

        while at < text.Length && (isDigit text[at] || (text[at] ||| 0x20uy) - 'a'B <= 5uy) do
            at <- at + 1

        at = text.Length && at > 0 && at <= 4

    let private isZeros (text: ReadOnlySpan<byte>) : bool =
        text.Length = 2 && (text[0] ||| 0x20uy) = 'z'B && (text[1] ||| 0x20uy) = 'z'B

    let private writePrefix (prefix: int) (bits: int) (writer: Utf8Writer) =
        if prefix < bits then
            writer.Byte '/'B
            writer.Int(int64 prefix)

    let private lastLabel (labels: ReadOnlySpan<byte>) = labels.LastIndexOf '.'B + 1

    let private tryIpv4 (prefix: int) (labels: ReadOnlySpan<byte>) (writer: Utf8Writer) : bool =
        let mutable rest = labels
        let mutable count = 0
        let mutable good = prefix >= 1 && prefix <= 32

        while good && count < 4 do
            let start = lastLabel rest
            let value = number (rest.Slice start) 255
            good <- value >= 0 && (start = 0) = (count = 3)

            if good then
                if count > 0 then
                    writer.Byte '.'B

                writer.Int(int64 value)
                rest <- rest.Slice(0, max 0 (start - 1))

            count <- count + 1

        if good then
            writePrefix prefix 32 writer

        good

    let private tryIpv6 (prefix: int) (labels: ReadOnlySpan<byte>) (writer: Utf8Writer) : bool =
        let mutable rest = labels
        let mutable groups = 0
        let mutable zeros = false
        let mutable good = prefix >= 1 && prefix <= 128
        let mutable going = good

        while going do
            let start = lastLabel rest
            let label = rest.Slice start

            if isZeros label then
                good <- not zeros
                zeros <- true
                writer.Byte ':'B

                // The second colon is the next group's, where there is one.
                if start = 0 then
                    writer.Byte ':'B
            elif isGroup label then
                if groups > 0 || zeros then
                    writer.Byte ':'B

                writer.Bytes label
                groups <- groups + 1
            else
                good <- false

            going <- good && start > 0
            rest <- rest.Slice(0, max 0 (start - 1))

        good <- good && (if zeros then groups <= 7 else groups = 8)

        if good then
            writePrefix prefix 128 writer

        good

    /// Writes the address or range that the labels before `.rpz-ip` say, `32.1.2.0.192` or `128.1.zz.db8.2001`: one address without
    /// a prefix length. False, with a part written, where they say none.
    let tryAddress (labels: ReadOnlySpan<byte>) (writer: Utf8Writer) : bool =
        let dot = labels.IndexOf '.'B

        if dot < 0 then
            false
        else
            let prefix = number (labels.Slice(0, dot)) 128
            let rest = labels.Slice(dot + 1)
            let from = writer.Length

            tryIpv4 prefix rest writer
            || (writer.Truncate from
                tryIpv6 prefix rest writer)
