// The tokens of one JSON value that lies in a block: where a text, a word, an array or an object ends. Knows no fields.
namespace Cti.Core

open System
open System.Buffers

/// Finds ends in a block. Places are indexes into it; -1: not whole, -2: no JSON. Not thread-safe; one per reader.
[<Sealed; AllowNullLiteral(false)>]
type internal JsonScanner() =
    static let maxDepth = 64
    static let quoteOrEscape = SearchValues.Create(ReadOnlySpan<byte> "\"\\"B)
    static let structure = SearchValues.Create(ReadOnlySpan<byte> "\"{}[]"B)
    static let blanks = SearchValues.Create(ReadOnlySpan<byte> " \n\r\t"B)

    // What a number and the three words are made of; also NaN and the like, so that they are found whole.
    static let wordBytes =
        SearchValues.Create(ReadOnlySpan<byte> "+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"B)

    let mutable block: byte[] = [||]
    let mutable finish = 0
    let mutable isFinal = false
    let mutable fault: ReadError voption = ValueNone
    let mutable brokenAt = 0
    let mutable expected = ""

    /// Begins with another value, which lies before `until`. `final`: nothing follows there.
    member _.Begin(bytes: byte[], until: int, final: bool) =
        block <- bytes
        finish <- until
        isFinal <- final
        fault <- ValueNone

    member _.Finish = finish

    member _.Item
        with get (at: int) = block[at]

    member _.Span(from: int, until: int) =
        ReadOnlySpan<byte>(block, from, until - from)

    /// What is wrong with the value although its end can be found: the first such fault.
    member _.Fault = fault

    member _.Spoil(error: ReadError) =
        if fault.IsNone then
            fault <- ValueSome error

    /// Where no JSON stands, and what should stand there.
    member _.BrokenAt = brokenAt

    member _.Expected = expected

    member _.Break(at: int, what: string) : int =
        brokenAt <- at
        expected <- what
        -2

    /// First byte from `at` on that is no blank; `Finish` when there is none.
    member this.SkipBlanks(at: int) : int =
        if at < finish && block[at] > ' 'B then
            at
        else
            let found = this.Span(at, finish).IndexOfAnyExcept blanks
            if found < 0 then finish else at + found

    /// Behind the quote that closes the string whose text begins at `at`.
    member this.TextEnd(at: int, escaped: byref<bool>) : int =
        let mutable at = at
        let mutable reached = 0

        while reached = 0 do
            let stop =
                if at >= finish then
                    -1
                else
                    this.Span(at, finish).IndexOfAny quoteOrEscape

            if stop < 0 then
                reached <- -1
            elif block[at + stop] = '"'B then
                reached <- at + stop + 1
            else
                escaped <- true
                at <- at + stop + 2

        reached

    /// Behind the number or word at `at`; not whole where it may go on behind this block.
    member this.WordEnd(at: int) : int =
        let stop = this.Span(at, finish).IndexOfAnyExcept wordBytes

        if stop = 0 then this.Break(at, "a value")
        elif stop > 0 then at + stop
        elif isFinal then finish
        else -1

    /// Behind the array or object at `at`, whatever stands in it; `depth`: how many are open around it.
    member this.ContainerEnd(at: int, depth: int) : int =
        let mutable depth = depth
        let outside = depth
        let mutable at = at
        let mutable reached = 0

        while reached = 0 do
            let stop =
                if at >= finish then
                    -1
                else
                    this.Span(at, finish).IndexOfAny structure

            if stop < 0 then
                reached <- -1
            else
                at <- at + stop + 1

                match block[at - 1] with
                | '"'B ->
                    let mutable escaped = false
                    at <- this.TextEnd(at, &escaped)

                    if at < 0 then
                        reached <- -1
                | '{'B
                | '['B ->
                    depth <- depth + 1

                    if depth > maxDepth then
                        this.Spoil(ReadError.TooDeep maxDepth)
                | _ ->
                    depth <- depth - 1

                    if depth = outside then
                        reached <- at

        reached
