// What stands on an address: a block of addresses (CIDR, RFC 4632) and an address with a port.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module internal Cidr =
    // The bits of a mask of 0 to 64 ones at the top.
    let private mask (ones: int) : uint64 =
        if ones <= 0 then 0UL
        elif ones >= 64 then UInt64.MaxValue
        else ~~~(UInt64.MaxValue >>> ones)

    // A prefix length without leading zeros, at most `most`; -1 when it is none.
    let private readPrefix (value: ReadOnlySpan<byte>) (most: int) : int =
        let prefix = Text.readNumber value 3

        if prefix > most || (value.Length > 1 && value[0] = '0'B) then
            -1
        else
            prefix

    let private writePrefix (prefix: int) (length: int) (target: Span<byte>) : Written =
        target[length] <- '/'B
        Written.ok (length + 1 + Text.writeNumber prefix (target.Slice(length + 1)))

    /// Writes `network/prefix` with the host bits cleared. A bare address is the block of itself (/32, /128).
    let normalise (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        let slash = value.IndexOf '/'B
        let address = if slash < 0 then value else value.Slice(0, slash)
        let isV6 = address.Contains ':'B
        let most = if isV6 then 128 else 32

        let prefix =
            if slash < 0 then
                most
            else
                readPrefix (value.Slice(slash + 1)) most

        if isV6 then
            let mutable high = 0UL
            let mutable low = 0UL
            let error = Ipv6.read (Ipv6.withoutBrackets address) &high &low

            if not error.IsNone then
                Written.fail error
            elif prefix < 0 then
                Written.fail NormaliseError.InvalidPrefix
            else
                let length = Ipv6.write (high &&& mask prefix) (low &&& mask (prefix - 64)) target
                writePrefix prefix length target
        else
            let mutable number = 0u
            let error = Ipv4.read address &number

            if not error.IsNone then
                Written.fail error
            elif prefix < 0 then
                Written.fail NormaliseError.InvalidPrefix
            else
                let length = Ipv4.write (number &&& uint32 (mask prefix >>> 32)) target
                writePrefix prefix length target

[<RequireQualifiedAccess>]
module internal IpPort =
    let private withPort (length: int) (port: int) (target: Span<byte>) : Written =
        target[length] <- ':'B
        Written.ok (length + 1 + Text.writeNumber port (target.Slice(length + 1)))

    /// Writes `192.0.2.1:443` or `[2001:db8::1]:443`.
    let normalise (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        if value[0] = '['B then
            let close = value.IndexOf ']'B

            if close < 0 then
                Written.fail NormaliseError.InvalidIpv6
            else
                let mutable high = 0UL
                let mutable low = 0UL
                let error = Ipv6.read (value.Slice(1, close - 1)) &high &low

                if not error.IsNone then
                    Written.fail error
                elif close + 1 >= value.Length || value[close + 1] <> ':'B then
                    Written.fail NormaliseError.MissingPort
                else
                    let port = Text.readPort (value.Slice(close + 2))

                    if port < 0 then
                        Written.fail NormaliseError.InvalidPort
                    else
                        target[0] <- '['B
                        let length = 1 + Ipv6.write high low (target.Slice 1)
                        target[length] <- ']'B
                        withPort (length + 1) port target
        else
            let colon = value.IndexOf ':'B
            let address = if colon < 0 then value else value.Slice(0, colon)
            let written = Ipv4.normalise address target

            if not (Written.isOk written) then
                written
            elif colon < 0 then
                Written.fail NormaliseError.MissingPort
            else
                let port = Text.readPort (value.Slice(colon + 1))

                if port < 0 then
                    Written.fail NormaliseError.InvalidPort
                else
                    withPort written.Length port target
