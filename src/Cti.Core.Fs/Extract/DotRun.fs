// Labels with dots between, in every spelling people give a dot so that nobody clicks on it. One pass: a run is read to its end whatever comes of
// it, so that text made of dots costs no more than other text.
namespace Cti.Core

open System

/// Spellings of single characters in brackets: `[.]`, `(dot)`, `{at}`, `[:]`, `[ . ]`.
[<RequireQualifiedAccess>]
module internal Bracketed =
    let private dot = "dot"B
    let private at = "at"B
    let private schemeEnd = "://"B

    let isOpening (value: byte) =
        value = '['B || value = '('B || value = '{'B

    let isClosing (value: byte) =
        value = ']'B || value = ')'B || value = '}'B

    /// What stands in brackets at `start`: its bytes, and the character meant (1: `://`); 0 bytes when it is nothing of the kind.
    let read (state: ScanState) (start: int) : struct (int * byte) =
        let mutable next = start + 1

        if state.At next = ' 'B then
            next <- next + 1

        let struct (size, meant) =
            match state.At next with
            | '.'B -> struct (1, '.'B)
            | ':'B when state.Follows(next, schemeEnd) -> struct (3, 1uy)
            | ':'B -> struct (1, ':'B)
            | '@'B -> struct (1, '@'B)
            | '/'B -> struct (1, '/'B)
            | _ when state.Follows(next, dot) -> struct (3, '.'B)
            | _ when state.Follows(next, at) -> struct (2, '@'B)
            | _ -> struct (0, 0uy)

        if size = 0 then
            struct (0, 0uy)
        else
            next <- next + size

            if state.At next = ' 'B then
                next <- next + 1

            if isClosing (state.At next) then
                struct (next + 1 - start, meant)
            else
                struct (0, 0uy)

/// The run that was read last.
[<Sealed; AllowNullLiteral(false)>]
type internal DotRun(state: ScanState) =
    static let dotWord = "dot "B

    /// The byte behind the run.
    member val End = 0 with get, set
    member val Labels = 0 with get, set
    /// All labels are decimal digits.
    member val IsNumeric = false with get, set
    member val IsDefanged = false with get, set
    /// A dot was written as the word between blanks, which may be prose.
    member val HasDotWord = false with get, set
    /// Where in the candidate the last label begins.
    member val LastLabel = 0 with get, set
    /// The byte behind the first label, in the text.
    member val FirstEnd = 0 with get, set

    // Bytes of a bracketed dot at `at` with a word behind it; 0: none.
    member private _.BracketedDot(at: int, mayBlank: bool) : int =
        let struct (size, meant) = Bracketed.read state at

        if size > 0 && meant = '.'B then
            if state.IsWord(at + size) then
                size
            elif mayBlank && state.At(at + size) = ' 'B && state.IsWord(at + size + 1) then
                size + 1
            else
                0
        elif
            size = 0
            && state.At at = '['B
            && state.At(at + 1) = '.'B
            && state.IsWord(at + 2)
        then
            2
        else
            0

    // Bytes of a dot in any spelling at `at`, with a word behind it; 0: none.
    member private this.Dot(at: int, isDefanged: byref<bool>, isDotWord: byref<bool>) : int =
        match state.At at with
        | '.'B ->
            if state.IsWord(at + 1) then
                1
            elif (state.At(at + 1) = ']'B || state.At(at + 1) = '}'B) && state.IsWord(at + 2) then
                isDefanged <- true
                2
            else
                0
        | '['B
        | '('B
        | '{'B ->
            let size = this.BracketedDot(at, false)
            isDefanged <- isDefanged || size > 0
            size
        | '\\'B when state.At(at + 1) = '.'B && state.IsWord(at + 2) ->
            isDefanged <- true
            2
        | ' 'B ->
            if Bracketed.isOpening (state.At(at + 1)) then
                let size = this.BracketedDot(at + 1, true)
                isDefanged <- isDefanged || size > 0
                if size > 0 then size + 1 else 0
            elif state.Follows(at + 1, dotWord) && state.IsWord(at + 5) then
                isDefanged <- true
                isDotWord <- true
                5
            else
                0
        | _ -> 0

    /// Whether a dot of any spelling stands at `at` with a word behind it.
    member this.IsDot(at: int) : bool =
        let mutable ignored = false
        let mutable alsoIgnored = false
        this.Dot(at, &ignored, &alsoIgnored) > 0

    /// Reads the run whose first label begins at `start`, and appends it to the candidate with plain dots.
    member this.Read(start: int) =
        let mutable at = start
        let mutable labels = 0
        let mutable isNumeric = true
        let mutable isDefanged = false
        let mutable isDotWord = false
        let mutable more = true
        this.LastLabel <- state.Length

        while more do
            let mutable flags = 0uy
            let finish = state.WordEnd(at, &flags)
            this.LastLabel <- state.Length
            state.Copy(at, finish)
            isNumeric <- isNumeric && flags &&& ByteClass.Digit <> 0uy
            labels <- labels + 1

            if labels = 1 then
                this.FirstEnd <- finish

            let size = this.Dot(finish, &isDefanged, &isDotWord)

            if size = 0 then
                at <- finish
                more <- false
            else
                state.Append '.'B
                at <- finish + size

        // `example.com` with a sentence behind it, in a script without blanks.
        let last = state.Clean(this.LastLabel, state.Length)

        if last.Length > 0 && last[0] < 0x80uy && not state.IsFull then
            let behind = last.IndexOfAnyInRange(0xE3uy, 0xEDuy)

            if behind > 0 && not (last.Slice(0, behind).ContainsAnyInRange(0x80uy, 0xFFuy)) then
                at <- at - (last.Length - behind)
                state.Truncate(this.LastLabel + behind)

        this.End <- at
        this.Labels <- labels
        this.IsNumeric <- isNumeric
        this.IsDefanged <- isDefanged
        this.HasDotWord <- isDotWord
