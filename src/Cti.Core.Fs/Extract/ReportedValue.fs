// What a canonical value says by itself, whatever a report says of it: addresses of no network in particular, what looks like a version, the host in an
// address. Knows no documents.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module internal ReportedValue =
    let private schemeEnd = "://"B
    let private linkLocal = "fe80:"B
    let private uniqueLocal = "fc"B
    let private uniqueToo = "fd"B
    let private loopback = "::1"B
    let private unspecified = "::"B
    let private multicast = "ff0"B

    let private indicators = "ndicators"B
    let private iocs = "ioc"B
    let private capitalIocs = "IOC"B

    // Public resolvers, which reports name as services.
    let private resolvers =
        NameTable.ofTexts
            [
                "8.8.8.8 8.8.4.4 1.1.1.1 1.0.0.1 9.9.9.9 208.67.222.222 208.67.220.220 4.2.2.1 4.2.2.2"
            ]

    let private plainPaths =
        NameTable.ofTexts
            [
                "/dev/null /bin/sh /bin/bash /usr/bin/env /etc/passwd /etc/shadow /etc/hosts /usr/bin/python /usr/bin/python3 /proc/self /bin/busybox"
            ]

    /// Four numbers that are small all are a version; one address in five thousand looks like that.
    let isVersionLike (value: ReadOnlySpan<byte>) : bool =
        let mutable isSmall = true
        let mutable rest = value

        while isSmall && rest.Length > 0 do
            let dot = rest.IndexOf '.'B
            let part = if dot < 0 then rest else rest.Slice(0, dot)
            isSmall <- part.Length < 3 && Text.readNumber part 3 <= 31

            rest <-
                if dot < 0 then
                    ReadOnlySpan<byte>.Empty
                else
                    rest.Slice(dot + 1)

        isSmall

    /// The host of a canonical value.
    let hostOf (observable: ObservableType) (value: ReadOnlySpan<byte>) : ReadOnlySpan<byte> =
        match observable with
        | ObservableType.Url ->
            let rest = value.Slice(value.IndexOf(ReadOnlySpan<byte> schemeEnd) + 3)
            let slash = rest.IndexOfAny('/'B, '?'B, '#'B)
            let authority = if slash < 0 then rest else rest.Slice(0, slash)
            let host = authority.Slice(authority.LastIndexOf '@'B + 1)
            let colon = host.IndexOf ':'B
            if colon < 0 then host else host.Slice(0, colon)
        | ObservableType.Email -> value.Slice(value.LastIndexOf '@'B + 1)
        | _ -> value

    let private number (value: ReadOnlySpan<byte>) : int = Text.readNumber value 3

    /// Addresses that mean something on one network or none; documentation prefixes are not among them, since samples use them as others.
    let isReserved (value: ReadOnlySpan<byte>) : bool =
        let dot = value.IndexOf '.'B

        if dot < 1 then
            value.StartsWith(ReadOnlySpan<byte> linkLocal)
            || value.StartsWith(ReadOnlySpan<byte> uniqueLocal)
            || value.StartsWith(ReadOnlySpan<byte> uniqueToo)
            || value.SequenceEqual(ReadOnlySpan<byte> loopback)
            || value.SequenceEqual(ReadOnlySpan<byte> unspecified)
            || value.StartsWith(ReadOnlySpan<byte> multicast)
        else
            let rest = value.Slice(dot + 1)
            let second = rest.Slice(0, max 0 (rest.IndexOf '.'B))
            let first = number (value.Slice(0, dot))
            let next = number second

            first = 10
            || first = 127
            || first = 0
            || first >= 224
            || (first = 192 && next = 168)
            || (first = 172 && next >= 16 && next <= 31)
            || (first = 169 && next = 254)

    /// A public resolver of names, which reports name as a service.
    let isResolver (value: ReadOnlySpan<byte>) : bool = resolvers.Contains value

    /// A path that is on every machine.
    let isPlainPath (value: ReadOnlySpan<byte>) : bool = plainPaths.Contains value

    // What stands behind the host of an address.
    let private behindHost (value: ReadOnlySpan<byte>) : ReadOnlySpan<byte> =
        let rest = value.Slice(value.IndexOf(ReadOnlySpan<byte> schemeEnd) + 3)
        let at = rest.IndexOfAny('/'B, '?'B, '#'B)

        if at < 0 then ReadOnlySpan<byte>.Empty else rest.Slice at

    /// A name, or an address that has nothing but a name in it: `github.com`, `https://github.com/`.
    let isNameOnly (observable: ObservableType) (value: ReadOnlySpan<byte>) : bool =
        match observable with
        | ObservableType.Domain -> true
        | ObservableType.Url -> (behindHost value).Length <= 1
        | _ -> false

    /// An address of somebody's indicators, as reports give it beside their own: `…/malware-ioc/…`, `…/indicators/…`.
    let namesIndicators (value: ReadOnlySpan<byte>) : bool =
        let path = behindHost value

        path.IndexOf(ReadOnlySpan<byte> indicators) >= 0
        || path.IndexOf(ReadOnlySpan<byte> iocs) >= 0
        || path.IndexOf(ReadOnlySpan<byte> capitalIocs) >= 0
