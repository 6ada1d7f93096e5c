// Finds observables in text: one pass from left to right, every byte looked at a bounded number of times whatever it is
// (docs/decisions/0022-extraction.md). Knows text and values; what a document's structure says of them is not its question.
namespace Cti.Core

open System

/// Not thread-safe; one per worker.
[<Sealed; AllowNullLiteral(false)>]
type internal TextScanner(found: Matches) =
    let state = ScanState found
    let run = DotRun state
    let urls = UrlScan(state, run)
    let hosts = HostScan(state, run, urls)
    let hex = HexScan state
    let words = WordScan state
    let paths = PathScan state

    // What begins at a byte that is no word's: the byte behind it, or behind the byte.
    let special (at: int) (value: byte) : int =
        let until =
            match value with
            | '\\'B when state.At(at + 1) = '\\'B -> paths.Share at
            | '%'B -> paths.Variable at
            | '/'B
            | '~'B -> paths.Unix at
            | ':'B when state.At(at + 1) = ':'B && Text.isHex (state.At(at + 2)) -> hex.Run at
            | _ -> -1

        if until > at then until else at + 1

    // Where a word goes on in ASCII behind ideographs, or its start.
    let asciiStart (start: int) (finish: int) : int =
        let mutable at = start

        while at < finish && ByteClass.isIdeograph (state.At at) do
            at <- at + 3

        if at < finish then at else start

    let colon (first: int) (finish: int) (flags: byte) : int =
        let start = asciiStart first finish
        let url = urls.Try(start, finish)

        if url > 0 then
            url
        else
            let path =
                if finish - start = 1 then
                    paths.Drive start
                else
                    paths.Registry(start, finish)

            if path > 0 then
                path
            elif flags &&& ByteClass.Digit <> 0uy && finish - start <= 9 then
                let fuzzy = hex.Ssdeep(start, finish)

                if fuzzy > 0 then fuzzy
                elif finish - start <= 4 then hex.Run start
                else finish + 1
            elif flags &&& ByteClass.Hex <> 0uy && finish - start <= 4 then
                hex.Run start
            else
                words.Word(start, finish, flags)
                finish + 1

    // What a word with brackets, a dot, a blank or an at sign behind it may begin.
    let dotted (start: int) (finish: int) (flags: byte) : int =
        let url =
            if Bracketed.isOpening (state.At finish) then
                urls.Try(start, finish)
            else
                -1

        if url > 0 then
            url
        else
            let struct (size, meant) =
                if Bracketed.isOpening (state.At finish) then
                    Bracketed.read state finish
                else
                    struct (0, 0uy)

            if
                size > 0
                && meant = ':'B
                && flags &&& ByteClass.Hex <> 0uy
                && finish - start <= 4
            then
                hex.Run start
            elif run.IsDot finish || (size > 0 && meant = '@'B) then
                hosts.Run start
            else
                words.Word(start, finish, flags)
                finish

    let afterWord (start: int) (finish: int) (flags: byte) : int =
        match state.At finish with
        | '.'B
        | '['B
        | '('B
        | '{'B -> dotted start finish flags
        | ':'B -> colon start finish flags
        | '@'B -> hosts.Run start
        | '\\'B ->
            let key = paths.Registry(start, finish)
            if key > 0 then key else dotted start finish flags
        | ' 'B ->
            // ` [.] `, ` (at) `, ` dot `: rare, so one look at the next byte decides.
            let next = state.At(finish + 1)

            if Bracketed.isOpening next || next = 'd'B || next = 'D'B then
                let struct (size, meant) =
                    if Bracketed.isOpening next then
                        Bracketed.read state (finish + 1)
                    else
                        struct (0, 0uy)

                if run.IsDot finish || (size > 0 && meant = '@'B) then
                    hosts.Run start
                else
                    words.Word(start, finish, flags)
                    finish
            else
                words.Word(start, finish, flags)
                finish
        | _ ->
            words.Word(start, finish, flags)
            finish

    /// What a bare hash of the next segment is.
    member _.Meaning
        with get () = state.Meaning
        and set value = state.Meaning <- value

    /// Whether names that could be a file's are hosts in the next segment.
    member _.ExpectsHosts
        with get () = state.ExpectsHosts
        and set value = state.ExpectsHosts <- value

    /// Keeps what stands in `[start, finish)` of the text as a value of a type that only the words around announce.
    member _.Take(text: byte[], start: int, finish: int, observable: ObservableType) : bool =
        state.Open(text, start, finish)
        state.Clear()
        state.Copy(start, finish)
        state.Emit(observable, start, finish, MatchTraits.Announced)

    /// Finds what stands in `[start, finish)` of the text, which begins and ends between words. Any bytes are taken.
    member _.Scan(text: byte[], start: int, finish: int) =
        state.Open(text, start, finish)
        let table = ByteClass.table
        let mutable at = start

        while at < finish do
            let flags = table[int text[at]]

            if flags &&& ByteClass.Idle <> 0uy then
                at <- at + 1
            elif flags &&& ByteClass.Word = 0uy then
                at <- special at text[at]
            else
                let mutable all = 0uy
                let until = state.WordEnd(at, &all)

                if until = at then
                    // Punctuation that is not ASCII.
                    at <- min finish (at + ByteClass.runeLength text[at])
                else
                    at <- max until (afterWord at until all)
