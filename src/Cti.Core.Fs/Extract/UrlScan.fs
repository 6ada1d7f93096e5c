// URLs in text: scheme in any defanged spelling, host, and the rest up to what ends a URL in prose, markup and tables.
namespace Cti.Core

open System

[<Sealed; AllowNullLiteral(false)>]
type internal UrlScan(state: ScanState, run: DotRun) =
    static let plainEnd = "://"B
    static let begun = "htt"B
    static let assumed = "http://"B
    static let word: byte = 1uy

    let schemes = SchemeScan state

    // Whether bytes before a slash, blank or end hold an at sign: what has been read so far was user information.
    member private _.HasUserInfo(at: int) : bool =
        let limit = min state.Finish (at + 64)
        let mutable index = at

        while index < limit
              && (let value = state.At index in

                  value > ' 'B
                  && value <> '/'B
                  && value <> '@'B
                  && value <> '?'B
                  && value <> '<'B
                  && value <> '"'B) do
            index <- index + 1

        index < limit && state.At index = '@'B

    // Reads path, query and fragment from `at` on; gives the byte behind them.
    member private _.Rest(start: int, isDefanged: byref<bool>) : int =
        let mutable at = start
        let mutable round = 0
        let mutable curly = 0
        let mutable more = true

        while more do
            let value = state.At at

            if value <= ' 'B || value = 0x7Fuy then
                more <- false
            elif value >= 0x80uy then
                // Text of a script without blanks that follows the address.
                let isText =
                    ByteClass.isIdeograph value
                    && at > start
                    && (Text.isLetter (state.At(at - 1)) || Text.isDigit (state.At(at - 1)))

                if state.IsWord at && not isText then
                    let size = ByteClass.runeLength value
                    let until = min state.Finish (at + size)
                    state.Copy(at, until)
                    at <- until
                else
                    more <- false
            else
                match value with
                | '"'B
                | '<'B
                | '>'B
                | '`'B
                | '|'B
                | '\\'B
                | '\''B
                | '^'B -> more <- false
                | '['B
                | '('B
                | '{'B ->
                    let struct (size, meant) = Bracketed.read state at

                    if size > 0 && meant <> word then
                        isDefanged <- true
                        state.Append meant
                        at <- at + size
                    elif value = '['B then
                        // `a[]=1` is a query, `https://host[text]` is a link of AsciiDoc.
                        if state.At(at + 1) = ']'B then
                            state.Copy(at, at + 2)
                            at <- at + 2
                        else
                            more <- false
                    else
                        if value = '('B then
                            round <- round + 1
                        else
                            curly <- curly + 1

                        state.Append value
                        at <- at + 1
                | ']'B -> more <- false
                | ')'B ->
                    if round = 0 then
                        more <- false
                    else
                        round <- round - 1
                        state.Append value
                        at <- at + 1
                | '}'B ->
                    if curly = 0 then
                        more <- false
                    else
                        curly <- curly - 1
                        state.Append value
                        at <- at + 1
                | _ ->
                    state.Append value
                    at <- at + 1

        at

    // Takes from the end what belongs to the sentence: full stops, commas, emphasis.
    member private _.Trim(finish: int, floor: int, isEmphasised: bool) : int =
        let mutable at = finish
        let mutable length = state.Length
        let mutable more = not state.IsFull

        while more && length > floor do
            let value = state.At(at - 1)

            more <-
                (match value with
                 | '.'B
                 | ','B
                 | ';'B
                 | ':'B
                 | '!'B
                 | '?'B
                 | '*'B -> true
                 | '_'B -> isEmphasised
                 | _ -> false)
                && state.Clean(length - 1, length)[0] = value

            if more then
                at <- at - 1
                length <- length - 1

        state.Truncate length
        at

    /// Reads the authority at `host` into the candidate behind `schemeLength` bytes of scheme, and the rest of the URL; keeps the URL, or its host
    /// where the URL is cut off by a placeholder. `first`: the byte at which it begins. Gives the byte behind it.
    member this.AfterScheme(first: int, host: int, defanged: bool) : int =
        let mutable isDefanged = defanged
        let mutable hostStart = host
        let mutable from = state.Length
        let mutable isLiteral = false

        if
            state.At host = '['B
            && (Text.isHex (state.At(host + 1)) || state.At(host + 1) = ':'B)
        then
            // An IPv6 address in brackets.
            isLiteral <- true
            let mutable close = host + 1

            while close < host + 50
                  && (Text.isHex (state.At close) || state.At close = ':'B || state.At close = '.'B) do
                close <- close + 1

            if state.At close = ']'B then
                close <- close + 1

            state.Copy(host, close)
            run.End <- close
        else
            run.Read host
            isDefanged <- isDefanged || run.IsDefanged

            if (state.At run.End = ':'B || state.At run.End = '@'B) && this.HasUserInfo run.End then
                let mutable at = run.End

                while state.At at <> '@'B do
                    at <- at + 1

                state.Copy(run.End, at + 1)
                from <- state.Length
                hostStart <- at + 1

                if state.IsWord hostStart then
                    run.Read hostStart
                    isDefanged <- isDefanged || run.IsDefanged
                else
                    run.End <- hostStart

        let hostEnd = run.End
        let hostLength = state.Length
        let mutable at = hostEnd

        // The port, its colon defanged or not.
        let colon =
            if state.At at = ':'B then
                1
            elif Bracketed.isOpening (state.At at) then
                let struct (size, meant) = Bracketed.read state at
                if meant = ':'B then size else 0
            else
                0

        if colon > 0 && Text.isDigit (state.At(at + colon)) then
            isDefanged <- isDefanged || colon > 1
            state.Append ':'B
            at <- at + colon

            while Text.isDigit (state.At at) do
                state.Append(state.At at)
                at <- at + 1

        let afterPort = state.Length

        let slash =
            match state.At at with
            | '/'B
            | '?'B
            | '#'B -> true
            | '['B -> let struct (_, meant) = Bracketed.read state at in meant = '/'B
            | _ -> false

        if slash then
            at <- this.Rest(at, &isDefanged)

        let stop = state.At at
        let isEmphasised = first > state.Start && state.At(first - 1) = '_'B

        let isCut =
            (stop = '<'B && slash)
            || (state.At(at - 1) = '.'B && state.At(at - 2) = '.'B && state.At(at - 3) = '.'B)
            || (state.At at = 0xE2uy && state.At(at + 1) = 0x80uy && state.At(at + 2) = 0xA6uy)

        let traits =
            if isDefanged then
                MatchTraits.Defanged
            else
                MatchTraits.None

        if isCut then
            // Only the host is known whole.
            if not isLiteral then
                let kind =
                    if run.IsNumeric then
                        ObservableType.Ipv4
                    else
                        ObservableType.Domain

                if run.Labels > 1 then
                    state.Emit(kind, from, hostLength, hostStart, hostEnd, traits) |> ignore

            at
        else
            let finish = this.Trim(at, afterPort, isEmphasised)

            if run.Labels > 1 || isLiteral then
                state.Emit(ObservableType.Url, first, finish, traits) |> ignore

            at

    /// A URL whose scheme is the word `[start, finish)`, if it is one; gives the byte behind it, or -1.
    member this.Try(from: int, finish: int) : int =
        let mutable isPlain = false
        // `_http://…_`: emphasis is a word's byte too.
        let start = if state.At from = '_'B then from + 1 else from
        let size = schemes.EndAt(finish, &isPlain)

        if size = 0 then
            -1
        else
            let stars = schemes.Stars start
            let mutable isDefanged = not isPlain

            let isScheme =
                if stars >= 0 then
                    isDefanged <- true
                    state.Clear()
                    state.Append begun
                    state.Copy(start, finish)
                    true
                else
                    schemes.Read(start, finish, &isDefanged)

            let host =
                if isDefanged && state.At(finish + size) = ' 'B then
                    finish + size + 1
                else
                    finish + size

            if not isScheme || not (state.IsWord host || state.At host = '['B) then
                -1
            else
                state.Append plainEnd
                this.AfterScheme((if stars >= 0 then stars else start), host, isDefanged)

    /// A URL without a scheme, whose host has been read as the candidate `[0, Length)` from `start` on; http is assumed.
    member this.WithoutScheme(start: int) : int =
        state.Clear()
        state.Append assumed
        this.AfterScheme(start, start, false)
