// Cryptocurrency addresses: the coin is told by the form, and the checksum says whether every character arrived.
namespace Cti.Core

open System
open System.Text

[<RequireQualifiedAccess>]
module internal CryptoAddress =
    // Shorter or longer is no address of any coin below.
    let private shortest = 14
    let private longest = 128

    // Where rules work behind the text they write.
    let private workStart = 256

    // Schemes of payment links (`bitcoin:…?amount=…`, BIP-21 and its kin), which name the coin and are no part of the address. `bitcoincash:` is.
    let private schemes =
        [|
            "bitcoin:"B
            "litecoin:"B
            "dogecoin:"B
            "dash:"B
            "monero:"B
            "ethereum:"B
            "ripple:"B
            "tron:"B
        |]

    let private cash = "bitcoincash"B
    let private cashScheme = "bitcoincash:"B

    let private withoutLink (value: ReadOnlySpan<byte>) : ReadOnlySpan<byte> =
        let mutable index = 0

        while index < schemes.Length && not (Text.startsWithLower value schemes[index]) do
            index <- index + 1

        let length = if index < schemes.Length then schemes[index].Length else 0
        let rest = value.Slice length
        let query = rest.IndexOf '?'B

        if length > 0 && query >= 0 then
            rest.Slice(0, query)
        else
            rest

    let private copy (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        value.CopyTo target
        Written.ok value.Length

    // Ethereum (and every chain that took its addresses) ------------------------------------------------------------------------------------

    let private hexMark = "0x"B
    let private ethereumDigits = 40

    let private isEthereum (value: ReadOnlySpan<byte>) : bool =
        value.Length = ethereumDigits + 2
        && Text.startsWithLower value hexMark
        && Hash.isHexadecimal (value.Slice 2)

    // Digits a to f are in upper case where the digit of Keccak-256 over the lower-case digits is 8 or more (EIP-55).
    let private ethereum (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        let digits = value.Slice 2
        let mutable length = 0
        hexMark.AsSpan().CopyTo target
        Ascii.ToLower(digits, target.Slice 2, &length) |> ignore
        let work = target.Slice(workStart, Keccak.room)
        Keccak.hash (Span<byte>.op_Implicit(target.Slice(2, ethereumDigits))) work
        let mutable hasLower = false
        let mutable hasUpper = false

        for at in 0 .. ethereumDigits - 1 do
            let nibble = (work[at / 2] >>> (if at % 2 = 0 then 4 else 0)) &&& 15uy
            let digit = target[at + 2]

            if digit >= 'a'B then
                hasLower <- hasLower || digits[at] = digit
                hasUpper <- hasUpper || digits[at] <> digit

                if nibble >= 8uy then
                    target[at + 2] <- digit - 32uy

        let isMixed = hasLower && hasUpper

        if
            isMixed
            && not (digits.SequenceEqual(Span<byte>.op_Implicit(target.Slice(2, ethereumDigits))))
        then
            Written.fail NormaliseError.CryptoChecksum
        else
            Written.ok (ethereumDigits + 2)

    // Bitcoin and Litecoin with segregated witness, Bitcoin Cash ----------------------------------------------------------------------------

    let private witnessPrefixes = [| "bc"B; "ltc"B |]

    // The prefix of a segregated witness address, -1 when there is none.
    let private witnessPrefix (value: ReadOnlySpan<byte>) : int =
        let mutable index = 0

        while index < witnessPrefixes.Length
              && not (
                  value.Length > witnessPrefixes[index].Length
                  && Text.startsWithLower value witnessPrefixes[index]
                  && value[witnessPrefixes[index].Length] = '1'B
              ) do
            index <- index + 1

        if index < witnessPrefixes.Length then index else -1

    let private isMixedCase (value: ReadOnlySpan<byte>) : bool =
        value.ContainsAnyInRange('a'B, 'z'B) && value.ContainsAnyInRange('A'B, 'Z'B)

    // Both forms are in one case; lower case is the canonical one.
    let private witness (prefix: byte[]) (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        let mutable length = 0
        Ascii.ToLower(value, target, &length) |> ignore

        if
            not (isMixedCase value)
            && Bech32.isWitness prefix (Span<byte>.op_Implicit(target.Slice(0, value.Length)))
        then
            Written.ok value.Length
        else
            Written.fail NormaliseError.CryptoChecksum

    let private isCashData (value: ReadOnlySpan<byte>) : bool =
        value.Length = 42 && (Text.lower value[0] = 'q'B || Text.lower value[0] = 'p'B)

    let private cashAddress (data: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        let mutable length = 0
        cashScheme.AsSpan().CopyTo target
        let text = target.Slice(cashScheme.Length, data.Length)
        Ascii.ToLower(data, text, &length) |> ignore

        if not (isMixedCase data) && Bech32.isCash cash (Span<byte>.op_Implicit text) then
            Written.ok (cashScheme.Length + data.Length)
        else
            Written.fail NormaliseError.CryptoChecksum

    // Monero --------------------------------------------------------------------------------------------------------------------------------

    let private isMonero (value: ReadOnlySpan<byte>) : bool =
        (value.Length = 95 || value.Length = 106)
        && (value[0] = '4'B || value[0] = '8'B)
        && Base58.isText value

    // Network bytes of the main network: standard, integrated (with a payment id), sub-address.
    let private monero (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        let size = if value.Length = 95 then 69 else 77
        let bytes = target.Slice(workStart, size)
        let work = target.Slice(2 * workStart, Keccak.room)

        if not (Base58.readBlocks value bytes) then
            Written.fail NormaliseError.CryptoChecksum
        else
            let body = size - Base58.checksum
            Keccak.hash (Span<byte>.op_Implicit(bytes.Slice(0, body))) work

            let expected: ReadOnlySpan<byte> =
                Span<byte>.op_Implicit(work.Slice(0, Base58.checksum))

            let found: ReadOnlySpan<byte> = Span<byte>.op_Implicit(bytes.Slice body)
            let network = bytes[0]

            let isKnown =
                if size = 77 then
                    network = 19uy
                else
                    network = 18uy || network = 42uy

            if isKnown && found.SequenceEqual expected then
                copy value target
            else
                Written.fail NormaliseError.CryptoChecksum

    // Base58Check ---------------------------------------------------------------------------------------------------------------------------

    // Bitcoin (1…, 3…), Litecoin (L…, M…), Dogecoin (D…, 9… and A…), Dash (X…, 7…), Tron (T…). Test networks hold no money.
    let private versions = [| 0uy; 5uy; 48uy; 50uy; 30uy; 22uy; 76uy; 16uy; 65uy |]

    // Zcash's transparent addresses (t1…, t3…) have two bytes.
    let private zcash = 0x1Cuy
    let private zcashKinds = [| 0xB8uy; 0xBDuy |]

    let private isBase58 (value: ReadOnlySpan<byte>) : bool =
        value.Length >= 25 && value.Length <= 36 && Base58.isText value

    let private base58 (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        let work = target.Slice(2 * workStart, 64)
        let short = target.Slice(workStart, 25)
        let long = target.Slice(workStart, 26)

        if Base58.readChecked Base58Alphabet.Bitcoin value short work then
            if Array.IndexOf(versions, short[0]) >= 0 then
                copy value target
            else
                Written.fail NormaliseError.CryptoUnknown
        elif
            Base58.readChecked Base58Alphabet.Bitcoin value long work
            && long[0] = zcash
            && Array.IndexOf(zcashKinds, long[1]) >= 0
        then
            copy value target
        elif
            value[0] = 'r'B
            && Base58.readChecked Base58Alphabet.Ripple value short work
            && short[0] = 0uy
        then
            copy value target
        else
            Written.fail NormaliseError.CryptoChecksum

    // Solana's addresses are 32 bytes without a checksum, so only a mapping can say that a text is one.
    let private isSolana (value: ReadOnlySpan<byte>) (target: Span<byte>) : bool =
        (value.Length = 43 || value.Length = 44)
        && Base58.isText value
        && Base58.readExactly Base58Alphabet.Bitcoin value (target.Slice(workStart, 32))

    // What carries a checksum.
    let private proven (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        let prefix = witnessPrefix value

        if isEthereum value then
            ethereum value target
        elif prefix >= 0 then
            witness witnessPrefixes[prefix] value target
        elif Text.startsWithLower value cashScheme then
            cashAddress (value.Slice cashScheme.Length) target
        elif isMonero value then
            monero value target
        elif isCashData value then
            cashAddress value target
        elif isBase58 value then
            base58 value target
        else
            Written.fail NormaliseError.CryptoUnknown

    /// Writes the address of a coin in its one spelling: Ethereum with the checksum of EIP-55, Bech32 in lower case, Bitcoin Cash with its
    /// prefix, the others as they are, since case is part of them.
    let normalise (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        let address = withoutLink value

        if address.Length > longest then
            Written.fail NormaliseError.CryptoUnknown
        elif isSolana address target then
            copy address target
        else
            proven address target

    /// The same for a value of no declared type: only what a checksum proves. Ethereum's digits in one case prove nothing.
    let recognise (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        if
            value.Length < shortest
            || value.Length > longest
            || (isEthereum value && not (isMixedCase (value.Slice 2)))
        then
            Written.fail NormaliseError.CryptoUnknown
        else
            proven value target
