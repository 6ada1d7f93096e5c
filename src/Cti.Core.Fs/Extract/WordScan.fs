// Words without dots, colons and slashes that are observables by themselves: hashes, CVE and ATT&CK identifiers, numbers of autonomous systems, MAC
// addresses with hyphens, addresses of coins.
namespace Cti.Core

open System

[<Sealed; AllowNullLiteral(false)>]
type internal WordScan(state: ScanState) =
    // Bytes before a hash that may say what it is.
    static let lookBack = 48

    static let cve = "cve-"B
    static let segwit = "bc1"B
    static let litecoin = "ltc1"B
    static let zeroX = "0x"B
    static let tlshMark = "T1"B
    let scratch: byte[] = Array.zeroCreate 64

    // What the label right before `start` says, on the same line.
    let meaningBefore (start: int) : Meaning =
        let mutable from = start
        let mutable words = 0

        while from > state.Start
              && start - from < lookBack
              && state.At(from - 1) <> '\n'B
              && state.At(from - 1) <> '|'B
              && state.At(from - 1) <> ','B
              && state.At(from - 1) <> ';'B
              && words < 6 do
            if state.At(from - 1) = ' 'B then
                words <- words + 1

            from <- from - 1

        if from = start then
            Meaning.None
        else
            Meaning.ofLabel (ReadOnlySpan<byte>(state.Text, from, start - from)) scratch

    // A hash has digits and letters mixed; a run of one character, a number or a date is none.
    let isMixed (word: ReadOnlySpan<byte>) : bool =
        let mutable seen = 0
        let mutable letters = 0

        for at in 0 .. word.Length - 1 do
            let value = int (Text.hexValue word[at])
            seen <- seen ||| (1 <<< value)

            if value >= 10 then
                letters <- letters + 1

        letters > 0 && Numerics.BitOperations.PopCount(uint32 seen) >= 6

    let emitHash (kind: ObservableType) (start: int) (finish: int) =
        let before = meaningBefore start

        let meaning =
            if
                before = Meaning.None
                || before = Meaning.Indicator
                || before = Meaning.Remark
                || before = Meaning.Reference
            then
                state.Meaning
            else
                before

        let observable =
            match meaning, kind with
            | Meaning.OtherHash, ObservableType.Md5 -> ValueNone
            | Meaning.Ja3, ObservableType.Md5 -> ValueSome ObservableType.Ja3
            | Meaning.Certificate, ObservableType.Sha1 -> ValueSome ObservableType.CertificateSha1
            | Meaning.Certificate, ObservableType.Sha256 -> ValueSome ObservableType.CertificateSha256
            | Meaning.OtherHash, _ -> ValueNone
            | _ -> ValueSome kind

        match observable with
        | ValueSome observable -> state.Emit(observable, start, finish, MatchTraits.None) |> ignore
        | ValueNone -> ()

    let hasAllKinds (word: ReadOnlySpan<byte>) =
        word.ContainsAnyInRange('0'B, '9'B)
        && word.ContainsAnyInRange('a'B, 'z'B)
        && (word.ContainsAnyInRange('A'B, 'Z'B)
            || Text.startsWithLower word segwit
            || Text.startsWithLower word litecoin)

    let isCoinStart (value: byte) =
        match value with
        | '1'B
        | '3'B
        | 'b'B
        | 'L'B
        | 'M'B
        | 'l'B
        | 'D'B
        | 'X'B
        | 't'B
        | 'T'B
        | 'r'B
        | '4'B
        | '8'B -> true
        | _ -> false

    let isDigits (word: ReadOnlySpan<byte>) =
        word.Length > 0 && not (word.ContainsAnyExceptInRange('0'B, '9'B))

    /// Keeps the word `[start, finish)` when it is an observable. `flags`: the classes that all of its bytes have.
    member _.Word(start: int, finish: int, flags: byte) =
        let length = finish - start
        let word = ReadOnlySpan<byte>(state.Text, start, length)
        let first = word[0]

        if flags &&& ByteClass.Hex <> 0uy && length >= 32 then
            match Hash.ofLength length with
            | ValueSome kind when isMixed word ->
                state.Clear()
                state.Copy(start, finish)
                emitHash kind start finish
            | _ when
                length = 70
                && (state.Meaning = Meaning.Tlsh || meaningBefore start = Meaning.Tlsh)
                ->
                state.Clear()
                state.Copy(start, finish)
                state.Emit(ObservableType.Tlsh, start, finish, MatchTraits.Announced) |> ignore
            | _ -> ()
        elif length <= 9 && (first = 'T'B || first = 'G'B || first = 'S'B) then
            // T1059, TA0001, G0016, S0154.
            let digits = word.Slice(if length = 6 && word[1] = 'A'B then 2 else 1)

            if
                digits.Length = 4
                && isDigits digits
                && (first = 'T'B || digits[0] = '0'B || digits[0] = '1'B)
            then
                state.Clear()
                state.Copy(start, finish)
                state.Emit(ObservableType.AttackId, start, finish, MatchTraits.None) |> ignore
        elif
            length >= 6
            && length <= 12
            && first = 'A'B
            && word[1] = 'S'B
            && isDigits (word.Slice 2)
        then
            state.Clear()
            state.Copy(start, finish)
            state.Emit(ObservableType.Asn, start, finish, MatchTraits.None) |> ignore
        elif length >= 13 && Text.startsWithLower word cve then
            state.Clear()
            state.Copy(start, finish)
            state.Emit(ObservableType.Cve, start, finish, MatchTraits.None) |> ignore
        elif length = 17 && Mac.isSpelled word then
            state.Clear()
            state.Copy(start, finish)
            state.Emit(ObservableType.Mac, start, finish, MatchTraits.None) |> ignore
        elif length = 72 && word.StartsWith(ReadOnlySpan<byte> tlshMark) then
            state.Clear()
            state.Copy(start, finish)
            state.Emit(ObservableType.Tlsh, start, finish, MatchTraits.None) |> ignore
        elif
            length = 42
            && word.StartsWith(ReadOnlySpan<byte> zeroX)
            && Hash.isHexadecimal (word.Slice 2)
        then
            // Digits in one case carry no checksum: the words around have to say that they are a wallet's.
            let body = word.Slice 2

            if
                (body.ContainsAnyInRange('a'B, 'f'B) && body.ContainsAnyInRange('A'B, 'F'B))
                || state.Meaning = Meaning.Wallet
                || meaningBefore start = Meaning.Wallet
            then
                state.Clear()
                state.Copy(start, finish)

                state.Emit(ObservableType.CryptoAddress, start, finish, MatchTraits.None)
                |> ignore
        elif length >= 26 && length <= 106 && isCoinStart first && hasAllKinds word then
            state.Clear()
            state.Copy(start, finish)
            // Only what a checksum proves: 43 and 44 digits, which are Solana's, carry none.
            if length <> 43 && length <> 44 then
                state.Emit(ObservableType.CryptoAddress, start, finish, MatchTraits.None)
                |> ignore
