// What four numbers with dots are: an address, with a port, a prefix or a path behind it, the first of a range, or a version.
namespace Cti.Core

open System

[<Sealed; AllowNullLiteral(false)>]
type internal AddressScan(state: ScanState, run: DotRun, urls: UrlScan) =
    // Words before four numbers that make them a version.
    static let versionWords =
        NameTable.ofTexts
            [
                "version versions ver v v. release build firmware update patch rv sdk api exim postfix nginx apache php openssl chrome firefox"
            ]

    let word: byte[] = Array.zeroCreate 16

    // The word before `start` on the same line, if one blank or colon parts them, in lower case.
    let wordBefore (start: int) : ReadOnlySpan<byte> =
        let mutable finish = start

        while finish > state.Start
              && start - finish < 2
              && (state.At(finish - 1) = ' 'B
                  || state.At(finish - 1) = ':'B
                  || state.At(finish - 1) = '/'B) do
            finish <- finish - 1

        let mutable from = finish

        while from > state.Start
              && finish - from < 16
              && (Text.isLetter (state.At(from - 1)) || state.At(from - 1) = '.'B) do
            from <- from - 1

        for at in from .. finish - 1 do
            word[at - from] <- Text.lower (state.At at)

        ReadOnlySpan<byte>(word, 0, finish - from)

    /// A port behind a host: bytes with its colon, 0 when there is none.
    member _.PortLength(at: int) : int =
        let colon =
            if state.At at = ':'B then
                1
            elif Bracketed.isOpening (state.At at) then
                let struct (size, meant) = Bracketed.read state at
                if meant = ':'B then size else 0
            else
                0

        if colon = 0 || not (Text.isDigit (state.At(at + colon))) then
            0
        else
            let mutable finish = at + colon

            while finish - at - colon < 6 && Text.isDigit (state.At finish) do
                finish <- finish + 1

            if finish - at - colon > 5 || state.IsWord finish then
                0
            else
                finish - at

    /// Whether a path begins at `at`, behind a host.
    member _.HasPath(at: int) : bool =
        state.At at = '/'B
        && (state.IsWord(at + 1)
            || state.At(at + 1) = '?'B
            || state.At(at + 1) = '<'B
            || state.At(at + 1) = '%'B
            || state.At(at + 1) = '~'B)

    /// Keeps the four numbers at `[start, finish)` as what they are; gives the byte behind it.
    member this.Read(start: int, finish: int) : int =
        let length = state.Length

        let isVersion =
            not run.IsDefanged
            && start > state.Start
            && (let before = wordBefore start in

                versionWords.Contains before
                || (state.At(start - 1) = '/'B && Text.isLetter (state.At(start - 2)))
                || state.At(start - 1) = '@'B
                || state.At(start - 1) = '.'B)

        let traits = MatchTraits.ofSpelling run.IsDefanged
        let port = this.PortLength finish

        let struct (slash, meant) =
            if state.At finish = '/'B then
                struct (1, '/'B)
            elif Bracketed.isOpening (state.At finish) then
                Bracketed.read state finish
            else
                struct (0, 0uy)

        let mutable digits = finish + slash

        while digits - finish - slash < 3 && Text.isDigit (state.At digits) do
            digits <- digits + 1

        let hasPrefix =
            slash > 0
            && meant = '/'B
            && digits > finish + slash
            && digits - finish - slash <= 2
            && not (state.IsWord digits)
            && not (state.At digits = '/'B)
            && not (state.At digits = '.'B && state.IsWord(digits + 1))

        if isVersion then
            finish
        elif this.HasPath(finish + port) && not hasPrefix then
            urls.WithoutScheme start
        elif port > 0 then
            let mutable from = finish + port

            while Text.isDigit (state.At(from - 1)) do
                from <- from - 1

            state.Append ':'B
            state.Copy(from, finish + port)

            let seen =
                if from - finish > 1 then
                    traits ||| MatchTraits.Defanged
                else
                    traits

            if not (state.Emit(ObservableType.IpPort, start, finish + port, seen)) then
                state.Emit(ObservableType.Ipv4, 0, length, start, finish, traits) |> ignore

            finish + port
        elif hasPrefix then
            state.Append '/'B
            state.Copy(finish + slash, digits)

            if not (state.Emit(ObservableType.Cidr, start, digits, traits)) then
                state.Emit(ObservableType.Ipv4, 0, length, start, finish, traits) |> ignore

            digits
        else
            state.Emit(ObservableType.Ipv4, start, finish, traits) |> ignore
            finish

    /// `192.0.2.1-192.0.2.9`: where the first address of a range ends; -1: no range.
    member _.RangeEnd(start: int) : int =
        let mutable at = start
        let mutable dots = 0

        while at - start < 16 && (Text.isDigit (state.At at) || state.At at = '.'B) do
            if state.At at = '.'B then
                dots <- dots + 1

            at <- at + 1

        if dots = 3 && state.At at = '-'B && Text.isDigit (state.At(at + 1)) then
            let mutable next = at + 1

            while next - at < 5 && Text.isDigit (state.At next) do
                next <- next + 1

            if state.At next = '.'B && Text.isDigit (state.At(next + 1)) then
                at
            else
                -1
        else
            -1
