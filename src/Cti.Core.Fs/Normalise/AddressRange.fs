// Addresses as numbers, so that a database can ask which block holds which address.
namespace Cti.Core

open System

/// The first and last address of an observable that is or holds addresses. IPv4 counts as its IPv6 form `::ffff:a.b.c.d` does (RFC 4291
/// §2.5.5.2), so that both families lie in one number space and never overlap.
[<AbstractClass; Sealed>]
type AddressRange private () =
    static let ipv4Prefix = UInt128.op_Implicit 0xFFFF_0000_0000UL

    static let tryAddress (text: ReadOnlySpan<byte>) (address: byref<UInt128>) : bool =
        if text.IndexOf ':'B >= 0 then
            let mutable high = 0UL
            let mutable low = 0UL
            let error = Ipv6.read text &high &low
            address <- UInt128(high, low)
            error.IsNone
        else
            let mutable value = 0u
            let error = Ipv4.read text &value
            address <- ipv4Prefix ||| UInt128.op_Implicit value
            error.IsNone

    /// The range of a canonical value; both numbers are 0 for types and values that hold no address.
    static member Of
        (observable: ObservableType, value: ReadOnlySpan<byte>, low: byref<UInt128>, high: byref<UInt128>)
        : unit =
        low <- UInt128.Zero
        high <- UInt128.Zero

        match observable with
        | ObservableType.Ipv4
        | ObservableType.Ipv6 ->
            if tryAddress value &low then
                high <- low
        | ObservableType.Cidr ->
            let slash = value.IndexOf '/'B

            if slash > 0 && tryAddress (value.Slice(0, slash)) &low then
                let bits = if value.Slice(0, slash).IndexOf ':'B >= 0 then 128 else 32
                let prefix = Text.readNumber (value.Slice(slash + 1)) 3
                let free = bits - prefix

                high <-
                    if prefix < 0 || free <= 0 then low
                    elif free >= 128 then UInt128.MaxValue
                    else low ||| ((UInt128.One <<< free) - UInt128.One)
        | _ -> ()

    /// Writes a block in canonical form, `192.0.2.0/24`; gives its length, at most 43 bytes. The inverse of `Of` for ranges: `low` to `high` is a
    /// block, that is as many addresses as a power of two, beginning at a multiple of it.
    static member Write(low: UInt128, high: UInt128, target: Span<byte>) : int =
        let free = 128 - int (UInt128.LeadingZeroCount(low ^^^ high))
        let isV4 = free <= 32 && (low >>> 32) = (ipv4Prefix >>> 32)

        let length =
            if isV4 then
                Ipv4.write (uint32 (low &&& UInt128.op_Implicit 0xFFFF_FFFFUL)) target
            else
                Ipv6.write (uint64 (low >>> 64)) (uint64 (low &&& UInt128.op_Implicit UInt64.MaxValue)) target

        target[length] <- '/'B
        let prefix = (if isV4 then 32 else 128) - free
        length + 1 + Text.writeNumber prefix (target.Slice(length + 1))
