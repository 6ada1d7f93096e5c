// Hexadecimal digits with colons between: IPv6 addresses, MAC addresses, fingerprints of certificates; and ssdeep, which begins with a number and a
// colon. Runs are read to their end whatever comes of them.
namespace Cti.Core

open System

[<Sealed; AllowNullLiteral(false)>]
type internal HexScan(state: ScanState) =
    // The longest of them, a SHA-512 fingerprint with colons.
    static let longest = 200

    let groupsOfTwo (value: ReadOnlySpan<byte>) : int =
        let mutable isGood = value.Length % 3 = 2
        let mutable at = 0

        while isGood && at < value.Length do
            isGood <-
                if at % 3 = 2 then
                    value[at] = ':'B
                else
                    Text.isHex value[at]

            at <- at + 1

        if isGood then (value.Length + 1) / 3 else 0

    let count (value: ReadOnlySpan<byte>) (byte: byte) =
        let mutable found = 0

        for at in 0 .. value.Length - 1 do
            if value[at] = byte then
                found <- found + 1

        found

    static let twoColons = "::"B

    // An address and nothing else: a name with `::` (C++, Rust) and a time of day have the same bytes.
    let isAddressLike (value: ReadOnlySpan<byte>) : bool =
        let colons = count value ':'B
        let isShort = value.IndexOf(ReadOnlySpan<byte> twoColons) >= 0
        let digits = value.Length - colons

        colons <= 8
        && (isShort || colons >= 6)
        && digits >= 3
        && value.ContainsAnyInRange('0'B, '9'B)
        && (colons > 2 || digits >= 5)

    member private _.Emit(start: int, finish: int, isDefanged: bool) : bool =
        let value = state.Candidate

        let traits =
            if isDefanged then
                MatchTraits.Defanged
            else
                MatchTraits.None

        match groupsOfTwo value with
        | 6 -> state.Emit(ObservableType.Mac, start, finish, traits)
        | 20 -> state.Emit(ObservableType.CertificateSha1, start, finish, traits)
        | 32 -> state.Emit(ObservableType.CertificateSha256, start, finish, traits)
        | _ -> isAddressLike value && state.Emit(ObservableType.Ipv6, start, finish, traits)

    // A prefix length behind an address: the byte behind it, or -1.
    member private _.Prefix(finish: int) : int =
        if state.At finish <> '/'B then
            -1
        else
            let mutable at = finish + 1

            while at - finish < 5 && Text.isDigit (state.At at) do
                at <- at + 1

            if
                at > finish + 1
                && at - finish <= 4
                && not (state.IsWord at)
                && state.At at <> '/'B
            then
                at
            else
                -1

    /// Reads the run that begins at `start` with a hexadecimal digit or a colon; gives the byte behind what is done with.
    member this.Run(start: int) : int =
        state.Clear()
        let mutable at = start
        let mutable lastColon = start
        let mutable colons = 0
        let mutable isDefanged = false
        let mutable more = true

        while more do
            let value = state.At at

            if Text.isHex value || value = '.'B then
                if state.Length <= longest then
                    state.Append value

                at <- at + 1
            elif value = ':'B then
                if state.Length <= longest then
                    state.Append value

                colons <- colons + 1
                lastColon <- at
                at <- at + 1
            elif value = '['B && colons > 0 || (value = '['B && state.At(at + 1) = ':'B) then
                let struct (size, meant) = Bracketed.read state at

                if size > 0 && (meant = ':'B || meant = '.'B) then
                    isDefanged <- true
                    state.Append meant
                    colons <- colons + (if meant = ':'B then 1 else 0)
                    at <- at + size
                    lastColon <- at - 1
                else
                    more <- false
            else
                more <- false

        let finish = at
        // A full stop or colon of the sentence.
        let mutable last = finish

        while last > start
              && not isDefanged
              && (state.At(last - 1) = '.'B || state.At(last - 1) = ':'B)
              && not (state.At(last - 1) = ':'B && state.At(last - 2) = ':'B) do
            last <- last - 1
            state.Truncate(min state.Length (max 0 (state.Length - 1)))

        if state.Length > longest || state.IsWord finish || colons < 2 then
            // The word behind the last colon is somebody else's.
            if colons = 0 then
                finish
            else
                max (start + 1) (lastColon + 1)
        else
            let prefix = this.Prefix last
            let length = state.Length

            if prefix >= 0 && isAddressLike state.Candidate then
                state.Copy(last, prefix)

                let traits =
                    if isDefanged then
                        MatchTraits.Defanged
                    else
                        MatchTraits.None

                if not (state.Emit(ObservableType.Cidr, start, prefix, traits)) then
                    state.Emit(ObservableType.Ipv6, 0, length, start, last, traits) |> ignore

                prefix
            else
                this.Emit(start, last, isDefanged) |> ignore
                finish

    // The byte behind base64 digits at `at`, 64 at most.
    member private _.Base64(at: int) : int =
        let mutable finish = at

        while finish - at <= 64
              && (Text.isLetter (state.At finish)
                  || Text.isDigit (state.At finish)
                  || state.At finish = '+'B
                  || state.At finish = '/'B) do
            finish <- finish + 1

        finish

    /// An ssdeep hash whose block size is the number `[start, colon)`; the byte behind it, or -1.
    member this.Ssdeep(start: int, colon: int) : int =
        let first = this.Base64(colon + 1)

        if colon - start > 9 || first - colon < 4 || state.At first <> ':'B then
            -1
        else
            let second = this.Base64(first + 1)

            if second - start < 20 || second - first < 3 || state.IsWord second then
                -1
            else
                state.Clear()
                state.Copy(start, second)

                if state.Emit(ObservableType.Ssdeep, start, second, MatchTraits.None) then
                    second
                else
                    -1
