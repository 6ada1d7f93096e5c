// The patterns that nearly all indicators have, `[path = 'value']` and alternatives of such, read from bytes without building anything: the same
// as PatternMeaning says of them. Whatever is any different is left to the parser.
namespace Cti.Core

open System

/// Not thread-safe; one per reader, reused pattern by pattern.
[<Sealed; AllowNullLiteral(false)>]
type internal PatternScan() =
    let mutable kinds: ObservableType[] = Array.zeroCreate 8
    let mutable starts: int[] = Array.zeroCreate 8
    let mutable ends: int[] = Array.zeroCreate 8
    let mutable count = 0
    let key: byte[] = Array.zeroCreate PatternSubject.longest

    let add kind start finish =
        if count = kinds.Length then
            Array.Resize(&kinds, count * 2)
            Array.Resize(&starts, count * 2)
            Array.Resize(&ends, count * 2)

        kinds[count] <- kind
        starts[count] <- start
        ends[count] <- finish
        count <- count + 1

    static let isBlank (value: byte) =
        value = ' 'B || (value >= '\t'B && value <= '\r'B)

    static let skipBlanks (text: ReadOnlySpan<byte>) (at: int) : int =
        let mutable at = at

        while at < text.Length && isBlank text[at] do
            at <- at + 1

        at

    /// `path = 'value'` at `at`; the place behind it, -1 where anything else stands there.
    let test (text: ReadOnlySpan<byte>) (at: int) : int =
        let mutable last = at

        while last < text.Length
              && text[last] > ' 'B
              && text[last] <> '='B
              && text[last] < 0x7Fuy do
            last <- last + 1

        let length = last - at
        let equal = skipBlanks text last

        if length = 0 || length > key.Length || equal >= text.Length || text[equal] <> '='B then
            -1
        else
            for index in 0 .. length - 1 do
                let letter = text[at + index]

                key[index] <-
                    if letter >= 'A'B && letter <= 'Z'B then
                        letter ||| 0x20uy
                    else
                        letter

            match PatternSubject.tryFind (ReadOnlySpan<byte>(key, 0, length)) with
            | ValueNone -> -1
            | ValueSome field ->
                let quote = skipBlanks text (equal + 1)

                if quote >= text.Length || text[quote] <> '\''B then
                    -1
                else
                    let rest = text.Slice(quote + 1)
                    let closing = rest.IndexOfAny('\''B, '\\'B)

                    if closing < 0 || rest[closing] = '\\'B then
                        -1
                    else
                        let kind = PatternSubject.typeOf field (rest.Slice(0, closing))

                        // A number stands without quotes.
                        if kind = ObservableType.Asn then
                            -1
                        else
                            add kind (quote + 1) (quote + 1 + closing)
                            skipBlanks text (quote + closing + 2)

    static let isOr (text: ReadOnlySpan<byte>) (at: int) =
        at + 2 < text.Length
        && text[at] = 'O'B
        && text[at + 1] = 'R'B
        && (isBlank text[at + 2] || text[at + 2] = '['B)

    /// Whether the pattern is one of these; then its observables are `Count`, `Kind`, `Start` and `End`.
    member _.Read(text: ReadOnlySpan<byte>) : bool =
        count <- 0
        let mutable at = skipBlanks text 0
        let mutable good = true
        let mutable inside = false
        let mutable going = true

        while going do
            if not inside then
                good <- at < text.Length && text[at] = '['B
                at <- skipBlanks text (at + 1)
                inside <- true

            if good then
                at <- test text at
                good <- at >= 0 && at < text.Length

            if not good then
                going <- false
            elif isOr text at then
                at <- skipBlanks text (at + 2)
                good <- text.Length > at && text[at] <> '['B
                going <- good
            elif text[at] = ']'B then
                at <- skipBlanks text (at + 1)
                inside <- false

                if at = text.Length then
                    going <- false
                elif isOr text at then
                    at <- skipBlanks text (at + 2)
                else
                    good <- false
                    going <- false
            else
                good <- false
                going <- false

        good

    member _.Count = count
    member _.Kind(index: int) = kinds[index]
    /// Where the value stands in the pattern.
    member _.Start(index: int) = starts[index]
    member _.End(index: int) = ends[index]
