// DNS names and addresses as a zone file writes them (RFC 1035 §5.1) and as a response policy zone keys them
// (draft-vixie-dnsop-dns-rpz §4.2, §4.3). The one place that escapes for zone files.
namespace Cti.Core

open System
open System.Buffers
open System.Net
open System.Text

[<RequireQualifiedAccess>]
module ZoneText =
    /// RFC 1035 §2.3.4: a whole name, lengths and root included.
    let private longestName = 255
    let private longestLabel = 63

    // Names under these are triggers of other kinds to a resolver, not host names (draft §4).
    let private reserved =
        [| "rpz-ip"; "rpz-nsip"; "rpz-nsdname"; "rpz-client-ip" |]
        |> Array.map Encoding.UTF8.GetBytes

    /// Length on the wire of a name written without a trailing dot, root included.
    let wireLength (name: ReadOnlySpan<byte>) =
        if name.IsEmpty then 1 else name.Length + 2

    /// Why a domain cannot be an owner name relative to a zone whose name takes `zoneLength` bytes on the wire; `prefix` is
    /// what a wildcard label adds (2), or 0.
    let checkName (name: ReadOnlySpan<byte>) (zoneLength: int) (prefix: int) : RenderReason voption =
        let mutable result = ValueNone
        let mutable start = 0
        let mutable more = true

        while more do
            let dot = name.Slice(start).IndexOf '.'B
            let length = if dot < 0 then name.Length - start else dot
            let label = name.Slice(start, length)

            if length = 0 then
                result <- ValueSome RenderReason.NotCanonical
            elif length > longestLabel then
                result <- ValueSome RenderReason.TooLong
            elif length = 1 && label[0] = '*'B then
                result <- ValueSome RenderReason.ReservedWord
            elif label.IndexOfAnyInRange(0uy, 32uy) >= 0 || label.Contains 127uy then
                result <- ValueSome RenderReason.UnsafeText
            elif dot < 0 then
                for word in reserved do
                    if Ascii.EqualsIgnoreCase(label, ReadOnlySpan<byte> word) then
                        result <- ValueSome RenderReason.ReservedWord

            more <- result.IsNone && dot >= 0
            start <- start + length + 1

        if result.IsNone && name.Length + 1 + prefix + zoneLength > longestName then
            ValueSome RenderReason.TooLong
        else
            result

    // What RFC 1035 §5.1 and BIND escape by a backslash. Not `[`: `\[` begins a bit-string label to BIND.
    let private isQuoted (value: byte) =
        match value with
        | '"'B
        | '$'B
        | '('B
        | ')'B
        | ';'B
        | '@'B
        | '\\'B -> true
        | _ -> false

    let private plain =
        SearchValues.Create(ReadOnlySpan<byte> "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"B)

    let private zeros = "zz"B
    let private addressEnd = ".rpz-ip"B

    /// Writes a name, dots between labels; what a zone file could misread is written `\X` or `\DDD` (RFC 1035 §5.1).
    let writeName (name: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        let mutable start = 0
        let mutable at = name.IndexOfAnyExcept plain

        while at >= 0 do
            writer.Bytes(name.Slice(start, at))
            let value = name[start + at]
            start <- start + at + 1
            at <- name.Slice(start).IndexOfAnyExcept plain

            if isQuoted value then
                writer.Byte '\\'B
                writer.Byte value
            else
                writer.Byte '\\'B
                writer.Byte(byte '0' + value / 100uy)
                writer.Byte(byte '0' + value / 10uy % 10uy)
                writer.Byte(byte '0' + value % 10uy)

        writer.Bytes(name.Slice start)

    /// An address or range as 16 bytes (IPv4 in the last four) and a prefix length; none unless canonical, host bits zero.
    let private tryRange (value: ReadOnlySpan<byte>) : struct (byte[] * int * bool) voption =
        let slash = value.IndexOf '/'B

        let addressText =
            Encoding.ASCII.GetString(if slash < 0 then value else value.Slice(0, slash))

        let mutable address = IPAddress.None

        if addressText.Contains '%' || not (IPAddress.TryParse(addressText, &address)) then
            ValueNone
        else
            let bytes = address.GetAddressBytes()
            let v6 = (bytes.Length = 16)
            let bits = bytes.Length * 8

            let prefix =
                if slash < 0 then
                    bits
                else
                    match
                        Int32.TryParse(
                            value.Slice(slash + 1),
                            Globalization.NumberStyles.None,
                            Globalization.CultureInfo.InvariantCulture
                        )
                    with
                    | true, prefix -> prefix
                    | _ -> -1

            let mutable clean =
                prefix >= 1
                && prefix <= bits
                && (v6 || address.ToString() = addressText)
                && not address.IsIPv4MappedToIPv6

            if clean then
                for bit in prefix .. bits - 1 do
                    if (bytes[bit / 8] >>> (7 - bit % 8)) &&& 1uy = 1uy then
                        clean <- false

            if clean then
                ValueSome(struct (bytes, prefix, v6))
            else
                ValueNone

    /// Writes the owner name of an address or range, `32.4.2.0.192.rpz-ip` or `128.1.zz.db8.2001.rpz-ip`. False, with nothing
    /// written, when the value is no canonical address or range (a mapped IPv4 address and the whole Internet are none).
    let tryWriteAddress (value: ReadOnlySpan<byte>) (writer: Utf8Writer) : bool =
        match tryRange value with
        | ValueNone -> false
        | ValueSome(struct (bytes, prefix, false)) ->
            writer.Int(int64 prefix)

            for index in 3..-1..0 do
                writer.Byte '.'B
                writer.Int(int64 bytes[index])

            writer.Bytes(ReadOnlySpan<byte> addressEnd)
            true
        | ValueSome(struct (bytes, prefix, true)) ->
            let groups =
                Array.init 8 (fun index -> (int bytes[2 * index] <<< 8) ||| int bytes[2 * index + 1])

            // The longest run of two or more zero groups, the first of equals, is written `zz`: BIND refuses other choices.
            let mutable bestStart = -1
            let mutable bestLength = 1
            let mutable length = 0

            for index in 0..7 do
                length <- if groups[index] = 0 then length + 1 else 0

                if length > bestLength then
                    bestLength <- length
                    bestStart <- index - length + 1

            writer.Int(int64 prefix)
            let mutable index = 7

            while index >= 0 do
                writer.Byte '.'B

                if bestStart >= 0 && index = bestStart + bestLength - 1 then
                    writer.Bytes(ReadOnlySpan<byte> zeros)
                    index <- bestStart - 1
                else
                    writer.Text(groups[index].ToString("x", Globalization.CultureInfo.InvariantCulture))
                    index <- index - 1

            writer.Bytes(ReadOnlySpan<byte> addressEnd)
            true
