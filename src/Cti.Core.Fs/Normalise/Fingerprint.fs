// Certificate fingerprints and MAC addresses: bytes in hexadecimal, which people part with colons, hyphens, dots or blanks.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module internal Fingerprint =
    let private isSeparator (value: byte) =
        value = ':'B || value = '-'B || value = ' 'B

    /// Writes the digits of a certificate's fingerprint in lower case, without what parts them and without a label in front
    /// (`SHA1 Fingerprint=AA:BB:…`, as openssl prints it).
    let certificate (digits: int) (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        let label = value.LastIndexOf '='B
        let rest = value.Slice(label + 1)
        let mutable error = NormaliseError.None
        let mutable write = 0

        for at in 0 .. rest.Length - 1 do
            if Text.isHex rest[at] then
                target[write] <- Text.lower rest[at]
                write <- write + 1
            elif not (isSeparator rest[at]) then
                error <- NormaliseError.HashCharacter

        if not error.IsNone then
            Written.fail error
        elif write <> digits then
            Written.fail NormaliseError.HashLength
        else
            Written.ok digits

[<RequireQualifiedAccess>]
module internal Mac =
    let private octets = 6

    let private hexLower = "0123456789abcdef"B

    // Six octets of one or two digits between colons or hyphens (`0:1a:…` as BSD prints it).
    let private readOctets (value: ReadOnlySpan<byte>) (separator: byte) (target: Span<byte>) : bool =
        let mutable at = 0
        let mutable octet = 0
        let mutable isGood = true

        while isGood && octet < octets do
            let rest = value.Slice at
            let found = rest.IndexOf separator
            let size = if found < 0 then rest.Length else found

            isGood <-
                (size = 1 || size = 2)
                && Text.isHex rest[0]
                && Text.isHex rest[size - 1]
                && (found >= 0) = (octet < octets - 1)

            if isGood then
                let low = Text.hexValue rest[size - 1]
                let high = if size = 2 then Text.hexValue rest[0] else 0uy
                target[octet * 3] <- hexLower[int high]
                target[octet * 3 + 1] <- hexLower[int low]
                at <- at + size + 1
                octet <- octet + 1

        isGood

    // Twelve digits, or three groups of four (`aabb.ccdd.eeff`, `aabb-ccdd-eeff`).
    let private readDigits (value: ReadOnlySpan<byte>) (target: Span<byte>) : bool =
        let isGrouped =
            value.Length = 14
            && value[4] = value[9]
            && (value[4] = '.'B || value[4] = '-'B || value[4] = ':'B)

        let mutable isGood = isGrouped || value.Length = 12
        let mutable write = 0

        for at in 0 .. value.Length - 1 do
            if isGood && not (isGrouped && (at = 4 || at = 9)) then
                isGood <- Text.isHex value[at]
                target[write / 2 * 3 + write % 2] <- Text.lower value[at]
                write <- write + 1

        isGood

    /// Whether the value has the usual length of a MAC address and one separator all through.
    let isSpelled (value: ReadOnlySpan<byte>) : bool =
        value.Length = 17
        && (value[2] = ':'B || value[2] = '-'B)
        && value[5] = value[2]
        && value[8] = value[2]

    /// Writes six octets in lower case with colons between (IEEE 802 MAC-48; STIX 2.1 §6.9).
    let normalise (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        let separator = if value.Contains ':'B then ':'B else '-'B

        if readDigits value target || readOctets value separator target then
            for octet in 1 .. octets - 1 do
                target[octet * 3 - 1] <- ':'B

            Written.ok (octets * 3 - 1)
        else
            Written.fail NormaliseError.MacMalformed
