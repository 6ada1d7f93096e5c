// Where the host stands in canonical values. Trusts their form (docs/observables.md) and reads nothing else.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module internal CanonicalHost =
    /// The address of a canonical `address:port`, or of a URL's host in brackets.
    let withoutPort (value: ReadOnlySpan<byte>) : ReadOnlySpan<byte> =
        if value.Length > 0 && value[0] = '['B then
            value.Slice(1, max 0 (value.IndexOf ']'B - 1))
        else
            let colon = value.IndexOf ':'B
            if colon < 0 then value else value.Slice(0, colon)

    /// The host of a canonical URL, without brackets, user and port; empty where it has none.
    let ofUrl (url: ReadOnlySpan<byte>) : ReadOnlySpan<byte> =
        let start = url.IndexOf '/'B + 2

        if start < 2 || start > url.Length then
            ReadOnlySpan<byte>.Empty
        else
            let rest = url.Slice start
            let finish = rest.IndexOf '/'B
            let authority = if finish < 0 then rest else rest.Slice(0, finish)
            withoutPort (authority.Slice(authority.LastIndexOf '@'B + 1))

    /// Whether a host is an address and no name.
    let isAddress (host: ReadOnlySpan<byte>) : bool =
        host.Contains ':'B
        || (host.Length > 0 && Text.isDigit host[host.Length - 1] && Ipv4.endsInNumber host)
