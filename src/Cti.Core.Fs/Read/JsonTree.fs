// One JSON value as a flat list of its values: parsed once, walked as often as a format needs, kept between values so that nothing is
// allocated for one. Checks the whole value (RFC 8259, except that a comma before a closing bracket is passed over). Knows no format.
namespace Cti.Core

open System
open System.Buffers

/// What a JSON value is.
[<Struct; RequireQualifiedAccess>]
type JsonKind =
    | Object
    | Array
    | Text
    | Number
    | True
    | False
    | Null

[<Struct>]
type private JsonToken =
    {
        Kind: JsonKind
        /// The name under which it stands, between the quotes; empty in an array.
        NameStart: int
        NameEnd: int
        /// Of a text what stands between the quotes.
        Start: int
        mutable End: int
        /// Holds backslashes, which have to be undone.
        IsEscaped: bool
        /// The value behind it and all that stands in it.
        mutable After: int
    }

[<Struct; RequireQualifiedAccess>]
type private JsonExpected =
    | Value
    | Member
    | Element
    | After

/// A parsed value. Values are numbered in the order in which they are written: 0 is the whole, its first child 1. Children of `parent` are
/// walked from `parent + 1` by `After` while they are below `After parent`. Valid while the bytes are. Not thread-safe; one per reader.
[<Sealed; AllowNullLiteral(false)>]
type JsonTree() =
    static let maxDepth = 64

    // 24 bytes each and more: a value of commas and zeros must not take a multiple of its size for long.
    static let maxTokens = 4_194_304
    static let trueWord = "true"B
    static let falseWord = "false"B
    static let nullWord = "null"B

    static let textStops =
        SearchValues.Create(
            ReadOnlySpan<byte>(Array.append [| for control in 0uy .. 31uy -> control |] [| '"'B; '\\'B |])
        )

    let scanner = JsonScanner()
    // Mutable state of one parse; kept between parses to save the arrays.
    let mutable tokens: JsonToken[] = Array.zeroCreate 64
    let mutable count = 0
    let opened: int[] = Array.zeroCreate maxDepth
    let mutable bytes: byte[] = [||]
    let mutable start = 0
    // How far the bytes have moved since the parse.
    let mutable shift = 0
    let mutable line = 1L
    let mutable lineAt = 0
    let mutable nameStart = 0
    let mutable nameEnd = 0
    let mutable refusal: ReadError voption = ValueNone

    let refuse (error: ReadError) : int =
        refusal <- ValueSome error
        -2

    let add (kind: JsonKind) (from: int) (until: int) (escaped: bool) =
        if count = tokens.Length then
            Array.Resize(&tokens, count * 2)

        tokens[count] <-
            {
                Kind = kind
                NameStart = nameStart
                NameEnd = nameEnd
                Start = from
                End = until
                IsEscaped = escaped
                After = count + 1
            }

        count <- count + 1

    /// Behind the quote that closes the text at `at`; -1: not whole. Checks escapes and controls.
    let textEnd (at: int) (escaped: byref<bool>) : int =
        let mutable at = at
        let mutable reached = 0

        while reached = 0 do
            let stop =
                if at >= scanner.Finish then
                    -1
                else
                    scanner.Span(at, scanner.Finish).IndexOfAny textStops

            if stop < 0 then
                reached <- -1
            else
                at <- at + stop

                match scanner[at] with
                | '"'B -> reached <- at + 1
                | '\\'B ->
                    escaped <- true

                    if at + 1 < scanner.Finish then
                        match scanner[at + 1] with
                        | '"'B
                        | '\\'B
                        | '/'B
                        | 'b'B
                        | 'f'B
                        | 'n'B
                        | 'r'B
                        | 't'B -> ()
                        | 'u'B ->
                            if at + 6 <= scanner.Finish && not (JsonText.isUnit (scanner.Span(at + 2, at + 6))) then
                                scanner.Spoil ReadError.BadJsonText
                        | _ -> scanner.Spoil ReadError.BadJsonText

                    at <- at + 2
                | _ ->
                    scanner.Spoil ReadError.BadJsonText
                    at <- at + 1

        reached

    let addWord (from: int) (until: int) =
        let word = scanner.Span(from, until)

        if word.SequenceEqual(ReadOnlySpan<byte> trueWord) then
            add JsonKind.True from until false
        elif word.SequenceEqual(ReadOnlySpan<byte> falseWord) then
            add JsonKind.False from until false
        elif word.SequenceEqual(ReadOnlySpan<byte> nullWord) then
            add JsonKind.Null from until false
        else
            if not (JsonNumber.isValid word) then
                scanner.Spoil(ReadError.BadJsonWord(RawBatch.TextOf(word, 64)))

            add JsonKind.Number from until false

    /// The value at `at`, a container only begun; gives the place behind what was read, -1 and -2 as `Parse`.
    let value (at: int) (depth: byref<int>) : int =
        match scanner[at] with
        | _ when count = maxTokens -> refuse (ReadError.TooManyCells(count, maxTokens))
        | '"'B ->
            let mutable escaped = false
            let ending = textEnd (at + 1) &escaped

            if ending >= 0 then
                add JsonKind.Text (at + 1) (ending - 1) escaped

            ending
        | '{'B
        | '['B as bracket ->
            if depth = maxDepth then
                refuse (ReadError.TooDeep maxDepth)
            else
                opened[depth] <- count
                depth <- depth + 1
                add (if bracket = '{'B then JsonKind.Object else JsonKind.Array) at at false
                at + 1
        | _ ->
            let ending = scanner.WordEnd at

            if ending >= 0 then
                addWord at ending

            ending

    /// The name of a member at `at` and the colon behind it; gives where its value begins.
    let memberName (at: int) : int =
        let mutable escaped = false
        let ending = textEnd (at + 1) &escaped

        if ending < 0 then
            -1
        else
            nameStart <- at + 1
            nameEnd <- ending - 1
            let colon = scanner.SkipBlanks ending

            if colon = scanner.Finish then
                -1
            elif scanner[colon] <> ':'B then
                scanner.Break(colon, "`:` between a name and its value")
            else
                colon + 1

    let isArrayOpen (depth: int) =
        tokens[opened[depth - 1]].Kind = JsonKind.Array

    /// Parses the value at `at`, where no blank stands, of bytes that end at `until`; `final`: nothing follows there. Gives the place behind
    /// it, -1 when it is not whole, -2 when it is no JSON (`BrokenAt`, `Expected`) or more than is taken (`Refusal`).
    member internal _.Parse(block: byte[], at: int, until: int, final: bool, lineNumber: int64) : int =
        scanner.Begin(block, until, final)
        bytes <- block
        start <- at
        shift <- 0
        line <- lineNumber
        lineAt <- at
        count <- 0
        nameStart <- at
        nameEnd <- at
        refusal <- ValueNone
        let mutable depth = 0
        let mutable at = at
        let mutable expected = JsonExpected.Value
        let mutable reached = 0

        while reached = 0 do
            at <- scanner.SkipBlanks at

            if at = scanner.Finish then
                reached <- -1
            else
                let here = scanner[at]
                let isClosing = here = '}'B || here = ']'B

                match expected with
                | JsonExpected.After
                | JsonExpected.Member
                | JsonExpected.Element when isClosing && (here = ']'B) = isArrayOpen depth ->
                    depth <- depth - 1
                    let container = opened[depth]
                    tokens[container].End <- at + 1
                    tokens[container].After <- count
                    at <- at + 1
                    expected <- JsonExpected.After

                    if depth = 0 then
                        reached <- at
                | JsonExpected.After when here = ','B ->
                    expected <-
                        if isArrayOpen depth then
                            JsonExpected.Element
                        else
                            JsonExpected.Member

                    nameStart <- at
                    nameEnd <- at
                    at <- at + 1
                | JsonExpected.After ->
                    reached <- scanner.Break(at, (if isArrayOpen depth then "`,` or `]`" else "`,` or `}`"))
                | JsonExpected.Member when here = '"'B ->
                    let ending = memberName at

                    if ending < 0 then
                        reached <- ending
                    else
                        at <- ending
                        expected <- JsonExpected.Value
                | JsonExpected.Member -> reached <- scanner.Break(at, "a name in quotes, or `}`")
                | JsonExpected.Element
                | JsonExpected.Value ->
                    let outside = depth
                    let ending = value at &depth

                    if ending < 0 then
                        reached <- ending
                    elif depth > outside then
                        at <- ending
                        nameStart <- at
                        nameEnd <- at

                        expected <-
                            if here = '['B then
                                JsonExpected.Element
                            else
                                JsonExpected.Member
                    else
                        at <- ending
                        expected <- JsonExpected.After

                        if depth = 0 then
                            reached <- at

        reached

    /// The same value now begins at `at` of `block`.
    member internal _.Move(block: byte[], at: int) =
        bytes <- block
        lineAt <- lineAt + (at - start - shift)
        shift <- at - start

    /// What is wrong with the value although its end is known.
    member _.Fault: ReadError voption = scanner.Fault

    member internal _.Refusal = refusal

    member internal _.BrokenAt = scanner.BrokenAt
    member internal _.Expected = scanner.Expected

    /// The value behind `node` and all that stands in it.
    member _.After(node: int) = tokens[node].After
    member _.Kind(node: int) = tokens[node].Kind
    /// Place of the value in the block; of a text of what stands between the quotes.
    member _.Start(node: int) = tokens[node].Start + shift
    member _.End(node: int) = tokens[node].End + shift
    member _.IsEscaped(node: int) = tokens[node].IsEscaped

    /// The value's bytes as they are written; of a text what stands between the quotes.
    member _.Raw(node: int) : ReadOnlySpan<byte> =
        ReadOnlySpan<byte>(bytes, tokens[node].Start + shift, tokens[node].End - tokens[node].Start)

    /// The name of a member as it is written (escapes not undone: a name that formats know holds none).
    member _.Name(node: int) : ReadOnlySpan<byte> =
        ReadOnlySpan<byte>(bytes, tokens[node].NameStart + shift, tokens[node].NameEnd - tokens[node].NameStart)

    /// The member of this name, -1 where `node` is no object or has none. Of a name given twice the last one counts.
    member this.Member(node: int, name: byte[]) : int =
        let mutable found = -1

        if node >= 0 && tokens[node].Kind = JsonKind.Object then
            let mutable child = node + 1

            while child < tokens[node].After do
                if this.Name(child).SequenceEqual(ReadOnlySpan<byte> name) then
                    found <- child

                child <- tokens[child].After

        found

    /// Whether there is such a value, and it is a text.
    member _.IsText(node: int) =
        node >= 0 && tokens[node].Kind = JsonKind.Text

    /// Whether `node` is a text with exactly these bytes.
    member this.Is(node: int, text: byte[]) : bool =
        node >= 0
        && tokens[node].Kind = JsonKind.Text
        && this.Raw(node).SequenceEqual(ReadOnlySpan<byte> text)

    /// Writes a text, escapes undone, to `target`. False, with nothing written, where it is no text, or its escapes give half a surrogate
    /// pair or NUL.
    member this.WriteText(node: int, target: Utf8Writer) : bool =
        if node < 0 || tokens[node].Kind <> JsonKind.Text then
            false
        elif not tokens[node].IsEscaped then
            target.Bytes(this.Raw node)
            true
        else
            let from = target.Length
            let good = JsonText.unescape (this.Raw node) target

            if not good then
                target.Truncate from

            good

    /// The text's bytes, escapes undone into `scratch` (cleared) where there are any; empty where `WriteText` says false.
    member this.Text(node: int, scratch: Utf8Writer) : ReadOnlySpan<byte> =
        if node >= 0 && tokens[node].Kind = JsonKind.Text && not tokens[node].IsEscaped then
            this.Raw node
        else
            scratch.Clear()
            this.WriteText(node, scratch) |> ignore
            scratch.Written

    /// The line of the source on which a value begins. Asked in the order of the values it costs one pass over the bytes.
    member _.Line(node: int) : int64 =
        let at = tokens[node].Start + shift

        if at >= lineAt then
            line <-
                line
                + int64 (MemoryExtensions.Count(ReadOnlySpan<byte>(bytes, lineAt, at - lineAt), '\n'B))
        else
            line <-
                line
                - int64 (MemoryExtensions.Count(ReadOnlySpan<byte>(bytes, at, lineAt - at), '\n'B))

        lineAt <- at
        line
