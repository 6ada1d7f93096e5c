// URLs in text: scheme in any defanged spelling, host, and the rest up to what ends a URL in prose, markup and tables.
namespace Cti.Core

open System

[<Sealed; AllowNullLiteral(false)>]
type internal UrlScan(state: ScanState, run: DotRun) =
    static let schemes =
        NameTable.ofTexts
            [
                "http https ftp ftps sftp ssh ws wss tcp udp tls smb ldap ldaps rmi telnet tftp irc ircs mqtt rtsp git"
            ]

    // How people spell `http` so that it is none, each with what it stands for.
    static let spelled: struct (byte[] * byte[])[] =
        [|
            for spelling in
                [
                    "hxxp"
                    "hxtp"
                    "htxp"
                    "hzzp"
                    "hyyp"
                    "hpp"
                    "htp"
                    "meow"
                    "xxxx"
                    "h__p"
                    "ht_p"
                    "h--p"
                ] do
                struct (System.Text.Encoding.ASCII.GetBytes spelling, "http"B)

            struct ("fxp"B, "ftp"B)
            struct ("fxxp"B, "ftp"B)
        |]

    static let plainEnd = "://"B
    static let stars = "h**"B
    static let begun = "htt"B
    static let assumed = "http://"B
    static let word: byte = 1uy

    // The length of the end of a scheme at `at` in any spelling; 0: none. `isPlain`: spelled as the standard has it.
    member private _.SchemeEnd(at: int, isPlain: byref<bool>) : int =
        isPlain <- false

        if state.Follows(at, plainEnd) then
            isPlain <- true
            3
        elif Bracketed.isOpening (state.At at) then
            let struct (size, meant) = Bracketed.read state at

            if size > 0 && meant = word then
                size
            elif
                size > 0
                && meant = ':'B
                && state.At(at + size) = '/'B
                && state.At(at + size + 1) = '/'B
            then
                size + 2
            elif size > 0 && meant = ':'B then
                // `http[:][/][/]host`
                let struct (first, one) = Bracketed.read state (at + size)
                let struct (second, two) = Bracketed.read state (at + size + first)

                if first > 0 && one = '/'B && second > 0 && two = '/'B then
                    size + first + second
                else
                    0
            else
                0
        elif state.At at = ':'B && Bracketed.isOpening (state.At(at + 1)) then
            let struct (first, one) = Bracketed.read state (at + 1)
            let struct (second, two) = Bracketed.read state (at + 1 + first)

            if first > 0 && one = '/'B && second > 0 && two = '/'B then
                1 + first + second
            elif
                state.At(at + 2) = '/'B
                && state.At(at + 3) = '/'B
                && Bracketed.isClosing (state.At(at + 4))
            then
                5
            else
                0
        elif state.At at = ':'B && state.At(at + 1) = '\\'B && state.At(at + 2) = '\\'B then
            3
        else
            0

    // Appends the scheme that a word names, in plain spelling, and `://`. False: the word names none.
    member private _.Scheme(start: int, finish: int, isDefanged: byref<bool>) : bool =
        state.Clear()
        state.Copy(start, finish)
        let length = state.Length

        if length < 2 || length > 7 then
            false
        else
            let lower = Array.zeroCreate<byte> length
            let written = state.Clean(0, length)

            for at in 0 .. length - 1 do
                lower[at] <- Text.lower written[at]

            if schemes.Contains(ReadOnlySpan<byte> lower) then
                true
            else
                let last = lower[length - 1]
                let isSecure = last = 's'B
                let stem = ReadOnlySpan<byte>(lower, 0, (if isSecure then length - 1 else length))
                let mutable index = 0
                let mutable isFound = false

                while not isFound && index < spelled.Length do
                    let struct (spelling, plain) = spelled[index]

                    if stem.SequenceEqual(ReadOnlySpan<byte> spelling) then
                        isFound <- true
                        isDefanged <- true
                        state.Clear()
                        state.Append plain

                        if isSecure then
                            state.Append 's'B

                    index <- index + 1

                isFound

    // `h**p`, whose stars are no part of a word: where the scheme really begins.
    member private _.Stars(start: int) : int =
        if
            start - 3 >= state.Start
            && state.At start = 'p'B
            && state.Follows(start - 3, stars)
        then
            start - 3
        else
            -1

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
        let size = this.SchemeEnd(finish, &isPlain)

        if size = 0 then
            -1
        else
            let stars = this.Stars start
            let mutable isDefanged = not isPlain

            let isScheme =
                if stars >= 0 then
                    isDefanged <- true
                    state.Clear()
                    state.Append begun
                    state.Copy(start, finish)
                    true
                else
                    this.Scheme(start, finish, &isDefanged)

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
