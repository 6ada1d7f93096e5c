// Paths of files and registry keys in text. Both may hold blanks, so where they end is a question of what follows: a path goes on over a blank when
// a separator or the end of a file's name comes within a few words.
namespace Cti.Core

open System

[<Sealed; AllowNullLiteral(false)>]
type internal PathScan(state: ScanState) =
    static let roots =
        NameTable.ofTexts
            [
                "tmp var usr etc home opt root bin sbin lib lib64 dev proc sys run boot srv mnt media data system sdcard private library"
                "users applications volumes"
            ]

    static let hives =
        NameTable.ofTexts
            [
                "hklm hkcu hkcr hku hkcc hkpd hkey_local_machine hkey_current_user hkey_classes_root hkey_users hkey_current_config"
            ]

    // Bytes that are looked at to decide whether a path goes on.
    static let lookAhead = 60
    static let bits = "(x86)"B
    let lower: byte[] = Array.zeroCreate 64

    let lowered (from: int) (until: int) : ReadOnlySpan<byte> =
        let size = min (until - from) 63

        for at in 0 .. size - 1 do
            lower[at] <- Text.lower (state.At(from + at))

        ReadOnlySpan<byte>(lower, 0, size)

    let isPathEnd (value: byte) =
        value < ' 'B
        || value = '"'B
        || value = '<'B
        || value = '>'B
        || value = '|'B
        || value = '*'B
        || value = '?'B
        || value = '`'B
        || value = ';'B
        || value = 0x7Fuy

    // Whether the last component of `[start, finish)` ends in a known extension.
    let hasExtension (start: int) (finish: int) : bool =
        let mutable dot = finish - 1

        while dot > start
              && finish - dot < 12
              && state.At dot <> '.'B
              && state.At dot <> '\\'B
              && state.At dot <> '/'B do
            dot <- dot - 1

        state.At dot = '.'B
        && FileExtensions.kindOf (lowered (dot + 1) finish) <> ExtensionKind.Unknown

    // Whether a path that has come to the blank at `blank` goes on behind it.
    let goesOn (start: int) (blank: int) (separator: byte) : bool =
        if state.Follows(blank + 1, bits) then
            true
        elif hasExtension start blank then
            false
        else
            let limit = min state.Finish (blank + lookAhead)
            let mutable at = blank + 1
            let mutable words = 1
            let mutable answer = 0

            while answer = 0 && at < limit do
                let value = state.At at

                if value = separator then
                    answer <- if at > blank + 1 then 1 else -1
                elif
                    isPathEnd value
                    || value = ':'B
                    || value = '='B
                    || value = ','B
                    || (value = '('B && not (state.Follows(at, bits)))
                    || value = '%'B
                    || value = '\''B
                    || not (value < 0x80uy || state.IsWord at || value < 0xC0uy)
                then
                    answer <- -1
                elif value = ' 'B then
                    words <- words + 1

                    if words > 4 || state.At(at + 1) = ' 'B || state.At(at + 1) = '-'B then
                        answer <- -1
                elif value = '.'B && state.IsWord(at + 1) then
                    let mutable flags = 0uy
                    let finish = state.WordEnd(at + 1, &flags)

                    if FileExtensions.kindOf (lowered (at + 1) finish) <> ExtensionKind.Unknown then
                        answer <- 1

                if answer = 0 && at + 1 >= limit then
                    answer <- -1

                at <- at + 1

            answer = 1

    // Reads a path from `at` on, verbatim. Gives the byte behind it; `isCut`: a placeholder or wildcard ends it, so it is not whole.
    member private _.Read(start: int, from: int, separator: byte, isCut: byref<bool>) : int =
        let mutable at = from
        let mutable square = 0
        let mutable more = true

        while more do
            let value = state.At at

            if value >= 0x80uy then
                if state.IsWord at || value < 0xC0uy then
                    at <- at + 1
                else
                    more <- false
            elif isPathEnd value then
                isCut <- value = '<'B || value = '*'B || value = '?'B
                more <- false
            elif value = ' 'B then
                // `[random characters]` is one placeholder.
                if square > 0 || goesOn start at separator then
                    at <- at + 1
                else
                    more <- false
            elif
                value = '\''B
                || value = ','B && (state.At(at + 1) = ' 'B || state.At(at + 1) = 0uy)
            then
                more <- false
            elif value = ':'B && at > from then
                more <- false
            elif value = ')'B && not (state.Follows(at - 4, bits)) then
                more <- false
            else
                if value = '['B then
                    square <- at
                elif value = ']'B then
                    square <- 0
                elif square > 0 && at - square > 40 then
                    square <- 0

                at <- at + 1

        // The sentence's full stop and the like.
        while at > from
              && (match state.At(at - 1) with
                  | '.'B
                  | ','B
                  | ':'B
                  | '!'B
                  | '='B
                  | ' 'B -> true
                  | _ -> false) do
            at <- at - 1

        at

    // Keeps the path `[start, finish)`; a hash as its last name is what matters.
    member private _.Keep(start: int, finish: int, isCut: bool) =
        let mutable name = finish

        while name > start && state.At(name - 1) <> '\\'B && state.At(name - 1) <> '/'B do
            name <- name - 1

        let last = ReadOnlySpan<byte>(state.Text, name, finish - name)

        match Hash.ofLength last.Length with
        | ValueSome kind when not isCut && Hash.isHexadecimal last ->
            state.Clear()
            state.Copy(name, finish)
            state.Emit(kind, name, finish, MatchTraits.None) |> ignore
        | _ ->
            if not isCut && finish - start > 3 then
                state.Clear()
                state.Copy(start, finish)
                state.Emit(ObservableType.FilePath, start, finish, MatchTraits.None) |> ignore

    /// A path on a drive, whose letter stands at `start`; the byte behind it, or -1.
    member this.Drive(start: int) : int =
        let isWindows = state.At(start + 2) = '\\'B

        let isSlashed =
            state.At(start + 2) = '/'B
            && Text.isLetter (state.At(start + 3))
            && state.At(start + 3) <> '/'B

        if not (Text.isLetter (state.At start)) || not (isWindows || isSlashed) then
            -1
        else
            let mutable isCut = false
            let separator = if isWindows then '\\'B else '/'B
            let finish = this.Read(start, start + 2, separator, &isCut)
            this.Keep(start, finish, isCut)
            max finish (start + 3)

    /// A path below a variable, whose first `%` stands at `start`; the byte behind it, or -1.
    member this.Variable(start: int) : int =
        let mutable at = start + 1

        while at - start < 34
              && (Text.isLetter (state.At at)
                  || Text.isDigit (state.At at)
                  || state.At at = '_'B
                  || state.At at = '('B
                  || state.At at = ')'B) do
            at <- at + 1

        if
            at - start < 3
            || state.At at <> '%'B
            || state.At(at + 1) <> '\\'B
            || not (
                state.IsWord(at + 2)
                || state.At(at + 2) = '['B
                || state.At(at + 2) = '\\'B
                || state.At(at + 2) = '.'B
            )
        then
            -1
        else
            let mutable isCut = false
            let finish = this.Read(start, at + 1, '\\'B, &isCut)
            this.Keep(start, finish, isCut)
            finish

    /// A share, whose two backslashes stand at `start`; the byte behind it, or -1.
    member this.Share(start: int) : int =
        let mutable flags = 0uy

        if not (state.IsWord(start + 2)) then
            -1
        else
            let mutable at = state.WordEnd(start + 2, &flags)

            while state.At at = '.'B && state.IsWord(at + 1) do
                at <- state.WordEnd(at + 1, &flags)

            if at - start < 5 || state.At at <> '\\'B || not (state.IsWord(at + 1)) then
                -1
            else
                let mutable isCut = false
                let finish = this.Read(start, at, '\\'B, &isCut)
                this.Keep(start, finish, isCut)
                finish

    /// A path on Unix, whose slash or tilde stands at `start`; the byte behind it, or -1.
    member this.Unix(start: int) : int =
        let isHome = state.At start = '~'B
        let first = if isHome then start + 2 else start + 1
        let before = if start > state.Start then state.At(start - 1) else ' 'B

        let isStart =
            not (ByteClass.isWordByte before)
            && before <> '/'B
            && before <> '.'B
            && before <> '~'B
            && before <> '\\'B
            && before <> '>'B
            && before <> '%'B
            && before <> '}'B
            && before <> ']'B

        if
            not isStart
            || (isHome && state.At(start + 1) <> '/'B)
            || not (state.IsWord first || state.At first = '.'B)
        then
            -1
        else
            let mutable flags = 0uy

            let finish =
                if state.At first = '.'B then
                    first
                else
                    state.WordEnd(first, &flags)

            let isRoot = roots.Contains(lowered first finish)

            if
                not isHome
                && not (
                    isRoot
                    && state.At finish = '/'B
                    && (state.IsWord(finish + 1) || state.At(finish + 1) = '.'B)
                )
            then
                -1
            else
                let mutable at = first
                let mutable more = true

                while more do
                    let value = state.At at

                    if
                        value <= ' 'B
                        || isPathEnd value
                        || value = ','B
                        || value = '\''B
                        || value = ')'B
                        || value = '('B
                        || value = '['B
                        || value = ']'B
                        || value = '\\'B
                        || value = ':'B
                    then
                        more <- false
                    elif value >= 0xC0uy && not (state.IsWord at) then
                        more <- false
                    else
                        at <- at + 1

                let isCut = state.At at = '<'B || state.At at = '*'B || state.At at = '?'B
                let scanned = at

                while at > first
                      && (state.At(at - 1) = '.'B || state.At(at - 1) = '_'B || state.At(at - 1) = '!'B) do
                    at <- at - 1

                this.Keep(start, at, isCut)
                max scanned (start + 1)

    /// A registry key whose hive is the word `[start, finish)`; the byte behind it, or -1.
    member this.Registry(start: int, finish: int) : int =
        let after = if state.At finish = ':'B then finish + 1 else finish

        if state.At after <> '\\'B || not (hives.Contains(lowered start finish)) then
            -1
        else
            let mutable isCut = false
            let last = this.Read(start, after, '\\'B, &isCut)

            if not isCut then
                state.Clear()
                state.Copy(start, last)
                state.Emit(ObservableType.RegistryKey, start, last, MatchTraits.None) |> ignore

            max last (after + 1)
