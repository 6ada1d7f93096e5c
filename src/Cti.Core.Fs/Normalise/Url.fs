// URLs (RFC 3986): canonical scheme, host and port; the rest is escaped where it must be and never decoded.
namespace Cti.Core

open System
open System.Buffers

[<RequireQualifiedAccess>]
module internal Url =
    // The schemes taken, with their default ports (0: none). Names as in the IANA registry; tcp, udp and tls as feeds write them.
    let private schemes: struct (byte[] * int)[] =
        [|
            struct ("http"B, 80)
            struct ("https"B, 443)
            struct ("ftp"B, 21)
            struct ("ftps"B, 990)
            struct ("sftp"B, 22)
            struct ("ssh"B, 22)
            struct ("ws"B, 80)
            struct ("wss"B, 443)
            struct ("tcp"B, 0)
            struct ("udp"B, 0)
            struct ("tls"B, 0)
            struct ("smb"B, 445)
            struct ("ldap"B, 389)
            struct ("ldaps"B, 636)
            struct ("rmi"B, 1099)
            struct ("telnet"B, 23)
            struct ("tftp"B, 69)
            struct ("irc"B, 6667)
            struct ("ircs"B, 6697)
            struct ("mqtt"B, 1883)
            struct ("rtsp"B, 554)
            struct ("git"B, 9418)
        |]

    let private isEqualLower (value: ReadOnlySpan<byte>) (name: byte[]) : bool =
        value.Length = name.Length && Text.startsWithLower value name

    // The index of a scheme in any case, -1 when it is not known.
    let private findScheme (value: ReadOnlySpan<byte>) : int =
        let mutable index = 0

        while index < schemes.Length
              && (let struct (name, _) = schemes[index] in not (isEqualLower value name)) do
            index <- index + 1

        if index < schemes.Length then index else -1

    let private authorityEnd = SearchValues.Create(ReadOnlySpan<byte> "/?#\\"B)

    // What path, query and fragment may hold as it is. Brackets are not in RFC 3986's list, but every client sends them as they
    // are, and a block rule must match what is sent.
    let private plain: SearchValues<byte> =
        SearchValues.Create(
            ReadOnlySpan<byte> "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@/?#[]"B
        )

    // User information: the same without what would end it or read as a host.
    let private plainUser: SearchValues<byte> =
        SearchValues.Create(
            ReadOnlySpan<byte> "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:"B
        )

    let private hex = "0123456789ABCDEF"B

    let private upperHex (value: byte) : byte = hex[int (Text.hexValue value)]

    // Copies the text, escapes what is not plain, and writes existing escapes in upper case. Control characters end it.
    let private escape (value: ReadOnlySpan<byte>) (allowed: SearchValues<byte>) (target: Span<byte>) : Written =
        let mutable read = 0
        let mutable write = 0
        let mutable error = NormaliseError.None

        while error.IsNone && read < value.Length do
            let rest = value.Slice read
            let found = rest.IndexOfAnyExcept allowed
            let run = if found < 0 then rest.Length else found
            rest.Slice(0, run).CopyTo(target.Slice write)
            read <- read + run
            write <- write + run

            if found >= 0 then
                let current = value[read]

                if Text.isControl current then
                    error <- NormaliseError.ControlCharacter
                elif current = '%'B then
                    target[write] <- '%'B

                    if
                        read + 2 < value.Length
                        && Text.isHex value[read + 1]
                        && Text.isHex value[read + 2]
                    then
                        target[write + 1] <- upperHex value[read + 1]
                        target[write + 2] <- upperHex value[read + 2]
                        read <- read + 3
                        write <- write + 3
                    else
                        read <- read + 1
                        write <- write + 1
                else
                    target[write] <- '%'B
                    target[write + 1] <- hex[int (current >>> 4)]
                    target[write + 2] <- hex[int (current &&& 15uy)]
                    read <- read + 1
                    write <- write + 3

        if error.IsNone then
            Written.ok write
        else
            Written.fail error

    // The host of an authority: an address in brackets, an IPv4 address, or a name.
    let private host (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        if value.Length = 0 then
            Written.fail NormaliseError.UrlMalformed
        elif value[0] = '['B then
            let written = Ipv6.normalise value (target.Slice 1)

            if Written.isOk written then
                target[0] <- '['B
                target[written.Length + 1] <- ']'B
                Written.ok (written.Length + 2)
            else
                written
        elif Text.isDigit value[value.Length - 1] && Ipv4.endsInNumber value then
            Ipv4.normalise value target
        else
            let written = DomainName.normalise value target

            // `0x7f.0x1` and full-width digits end in a number too, once they are read.
            if written.Error = NormaliseError.NumericTld then
                Ipv4.normalise value target
            else
                written

    // Writes `host[:port]` of an authority without user information.
    let private hostAndPort (value: ReadOnlySpan<byte>) (defaultPort: int) (target: Span<byte>) : Written =
        let close = value.LastIndexOf ']'B
        let colon = value.Slice(close + 1).IndexOf ':'B
        let hostEnd = if colon < 0 then value.Length else close + 1 + colon
        let written = host (value.Slice(0, hostEnd)) target

        if not (Written.isOk written) || hostEnd + 1 >= value.Length then
            written
        else
            let port = Text.readPort (value.Slice(hostEnd + 1))

            if port < 0 then
                Written.fail NormaliseError.InvalidPort
            elif port = defaultPort then
                written
            else
                target[written.Length] <- ':'B
                let digits = Text.writeNumber port (target.Slice(written.Length + 1))
                Written.ok (written.Length + 1 + digits)

    let private authority (value: ReadOnlySpan<byte>) (defaultPort: int) (target: Span<byte>) : Written =
        let at = value.LastIndexOf '@'B

        if at < 0 then
            hostAndPort value defaultPort target
        else
            let user = escape (value.Slice(0, at)) plainUser target

            if not (Written.isOk user) then
                user
            else
                target[user.Length] <- '@'B

                let host =
                    hostAndPort (value.Slice(at + 1)) defaultPort (target.Slice(user.Length + 1))

                if Written.isOk host then
                    Written.ok (user.Length + 1 + host.Length)
                else
                    host

    // U+2026.
    let private ellipsis = [| 0xE2uy; 0x80uy; 0xA6uy |]

    // Everything from the authority on, behind `start` bytes of scheme already in the target.
    let private afterScheme (value: ReadOnlySpan<byte>) (defaultPort: int) (start: int) (target: Span<byte>) : Written =
        let found = value.IndexOfAny authorityEnd
        let size = if found < 0 then value.Length else found
        let written = authority (value.Slice(0, size)) defaultPort (target.Slice start)

        if not (Written.isOk written) then
            written
        elif found >= 0 && value[found] = '\\'B then
            Written.fail NormaliseError.UrlMalformed
        elif value.EndsWith(ReadOnlySpan<byte> ellipsis) then
            Written.fail NormaliseError.Truncated
        else
            let mutable write = start + written.Length

            if found < 0 || value[found] <> '/'B then
                target[write] <- '/'B
                write <- write + 1

            let rest = escape (value.Slice size) plain (target.Slice write)

            if not (Written.isOk rest) then
                rest
            // Escapes make it longer. What is longer than a value may be would be refused when it comes back.
            elif write + rest.Length > Text.MaxLength then
                Written.fail NormaliseError.TooLong
            else
                Written.ok (write + rest.Length)

    /// Where a `scheme://` at the start of the value ends (the index of its colon); -1 when the value has none.
    let schemeEnd (value: ReadOnlySpan<byte>) : int =
        let colon = value.IndexOf ':'B
        let mutable at = 0

        while at < colon
              && (Text.isLetter value[at]
                  || (at > 0
                      && (Text.isDigit value[at]
                          || value[at] = '+'B
                          || value[at] = '-'B
                          || value[at] = '.'B))) do
            at <- at + 1

        if
            colon > 0
            && at = colon
            && colon + 2 < value.Length
            && value[colon + 1] = '/'B
            && value[colon + 2] = '/'B
        then
            colon
        else
            -1

    let private assumed = "http://"B
    let private colonSlashes = "://"B

    /// Writes the canonical URL. A value without a scheme is read as http. The target needs three bytes per byte of the value
    /// and `DomainName.room` on top.
    let normalise (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        let colon = schemeEnd value

        if colon < 0 then
            assumed.AsSpan().CopyTo target
            afterScheme value 80 7 target
        else
            let index = findScheme (value.Slice(0, colon))

            if index < 0 then
                Written.fail NormaliseError.UrlScheme
            else
                let struct (name, port) = schemes[index]
                name.AsSpan().CopyTo target
                colonSlashes.AsSpan().CopyTo(target.Slice name.Length)
                afterScheme (value.Slice(colon + 3)) port (name.Length + 3) target
