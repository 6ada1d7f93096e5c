// The scheme of a URL in any spelling that people use so that nobody clicks on it: `hxxp`, `h**p`, `http[:]//`.
namespace Cti.Core

open System

[<Sealed; AllowNullLiteral(false)>]
type internal SchemeScan(state: ScanState) =
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
    static let word: byte = 1uy

    /// The length of the end of a scheme at `at` in any spelling; 0: none. `isPlain`: spelled as the standard has it.
    member _.EndAt(at: int, isPlain: byref<bool>) : int =
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

    /// Appends the scheme that a word names, in plain spelling, and `://`. False: the word names none.
    member _.Read(start: int, finish: int, isDefanged: byref<bool>) : bool =
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

    /// `h**p`, whose stars are no part of a word: where the scheme really begins; -1: no such.
    member _.Stars(start: int) : int =
        if
            start - 3 >= state.Start
            && state.At start = 'p'B
            && state.Follows(start - 3, stars)
        then
            start - 3
        else
            -1
