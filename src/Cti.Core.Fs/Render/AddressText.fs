// Addresses and ranges as firewalls, proxies and lists of addresses read them: the canonical form and nothing else, so that nothing has to be escaped.
namespace Cti.Core

open System

/// Which addresses an entry speaks of.
[<Struct; RequireQualifiedAccess>]
type internal AddressFamily =
    | V4
    | V6

[<RequireQualifiedAccess>]
module internal AddressFamily =
    /// Of a canonical address or range.
    let ofValue (value: ReadOnlySpan<byte>) : AddressFamily =
        if value.Contains ':'B then
            AddressFamily.V6
        else
            AddressFamily.V4

/// Judges addresses and ranges, and knows which were written last. One for each output; not thread-safe.
[<Sealed; AllowNullLiteral(false)>]
type internal AddressText() =
    // A canonical value is what the normaliser writes; written here, it is compared.
    let scratch: byte[] = Array.zeroCreate 64
    let lastAddress = Utf8Writer 64
    let lastRange = Utf8Writer 64

    static let longest = 43
    static let mapped = "::ffff:"B
    static let wholeRange = "/0"B
    static let wholeIpv4 = "/32"B
    static let wholeIpv6 = "/128"B

    static let isNew (last: Utf8Writer) (value: ReadOnlySpan<byte>) =
        if last.Written.SequenceEqual value then
            false
        else
            last.Clear()
            last.Bytes value
            true

    /// Why a value is no entry: not of these types, not canonical, an IPv4 address in IPv6's clothes (RFC 4291 §2.5.5.2: no packet bears one), or the whole Internet.
    member _.Check(observable: ObservableType, value: ReadOnlySpan<byte>) : RenderReason voption =
        let isKnown =
            match observable with
            | ObservableType.Ipv4
            | ObservableType.Ipv6
            | ObservableType.Cidr -> true
            | _ -> false

        if not isKnown then
            ValueSome RenderReason.TypeNotHeld
        elif value.IsEmpty || value.Length > longest then
            ValueSome RenderReason.NotCanonical
        else
            let target = Span<byte> scratch

            let written =
                match observable with
                | ObservableType.Ipv4 -> Ipv4.normalise value target
                | ObservableType.Ipv6 -> Ipv6.normalise value target
                | _ -> Cidr.normalise value target

            let isCanonical =
                Written.isOk written
                && value.SequenceEqual(ReadOnlySpan<byte>(scratch, 0, written.Length))
                && not (value.StartsWith(ReadOnlySpan<byte> mapped))

            if not isCanonical then
                ValueSome RenderReason.NotCanonical
            elif value.EndsWith(ReadOnlySpan<byte> wholeRange) then
                ValueSome RenderReason.ReservedWord
            else
                ValueNone

    /// The value as it is written: a range of one address as that address.
    static member Shortest(value: ReadOnlySpan<byte>) : ReadOnlySpan<byte> =
        if value.EndsWith(ReadOnlySpan<byte> wholeIpv6) then
            value.Slice(0, value.Length - wholeIpv6.Length)
        elif value.EndsWith(ReadOnlySpan<byte> wholeIpv4) && not (value.Contains ':'B) then
            value.Slice(0, value.Length - wholeIpv4.Length)
        else
            value

    /// Notes a value in its shortest form as written; false when it was written already. In canonical order equal ones stand side by side, or (an
    /// address and the range of that one address) have only ranges between them.
    member _.IsNew(shortest: ReadOnlySpan<byte>) : bool =
        isNew (if shortest.Contains '/'B then lastRange else lastAddress) shortest
