// An XML document as a tree of elements that know where they stand in its bytes. XML 1.0 with namespaces (W3C), without what makes foreign XML
// dangerous: no DTD, no entities but the five of the standard, nothing fetched, bounded depth and counts. Knows no format.
namespace Cti.Core

open System
open System.Collections.Generic
open System.IO
open System.Runtime.InteropServices
open System.Text
open System.Text.Unicode
open System.Xml

/// What a document may be at most.
type internal XmlLimits =
    {
        /// Elements inside each other.
        MaxDepth: int
        MaxElements: int
        /// Attributes of one element, namespaces included.
        MaxAttributes: int
    }

[<RequireQualifiedAccess>]
module internal XmlLimits =
    /// 128 deep, 2,000,000 elements, 256 attributes.
    let standard =
        {
            MaxDepth = 128
            MaxElements = 2_000_000
            MaxAttributes = 256
        }

/// Why a document is not read, and where.
[<Struct>]
type internal XmlFault =
    {
        Error: ReadError
        Line: int64
        /// Byte of the document, from 0.
        Offset: int
    }

/// Follows lines and columns, which `XmlReader` counts in UTF-16 code units, through the UTF-8 bytes from `start` on: only forward, so that a
/// document costs one pass whatever the length of its lines.
[<Sealed; AllowNullLiteral(false)>]
type private XmlPlace(bytes: ReadOnlyMemory<byte>, start: int) =
    let mutable at = start
    let mutable line = 1
    let mutable column = 1

    /// The byte at a line and column (both from 1) that do not lie before those asked for last; no further than the end.
    member _.Seek(wantedLine: int, wantedColumn: int) : int =
        let span = bytes.Span

        while line < wantedLine && at < span.Length do
            let ending = span.Slice(at).IndexOfAny('\n'B, '\r'B)

            if ending < 0 then
                at <- span.Length
            else
                at <- at + ending + 1

                if span[at - 1] = '\r'B && at < span.Length && span[at] = '\n'B then
                    at <- at + 1

                line <- line + 1
                column <- 1

        while column < wantedColumn && at < span.Length do
            let first = span[at]

            if first < 0x80uy then
                at <- at + 1
                column <- column + 1
            elif first >= 0xF0uy then
                at <- at + 4
                column <- column + 2
            else
                at <- at + (if first >= 0xE0uy then 3 else 2)
                column <- column + 1

        min at span.Length

[<RequireQualifiedAccess>]
module internal XmlTree =
    let private settings () =
        XmlReaderSettings(
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            MaxCharactersFromEntities = 1024L,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
            ConformanceLevel = ConformanceLevel.Document,
            CheckCharacters = true,
            Async = false
        )

    // The byte behind the `>` that closes the tag at `from`; a `>` inside of quotes closes nothing.
    let private behindTag (bytes: ReadOnlySpan<byte>) (from: int) : int =
        let mutable at = from
        let mutable quote = 0uy
        let mutable closed = false

        while not closed && at < bytes.Length do
            let letter = bytes[at]

            if quote <> 0uy then
                (if letter = quote then
                     quote <- 0uy)
            elif letter = '"'B || letter = '\''B then
                quote <- letter
            elif letter = '>'B then
                closed <- true

            at <- at + 1

        at

    let private attributesOf (reader: XmlReader) : MarkupAttribute[] =
        let found = Array.zeroCreate reader.AttributeCount
        let mutable index = 0

        while reader.MoveToNextAttribute() do
            found[index] <-
                {
                    Name = reader.LocalName
                    Namespace = reader.NamespaceURI
                    Value = reader.Value
                }

            index <- index + 1

        reader.MoveToElement() |> ignore
        found

    let private broken (fault: string) = ReadError.BrokenDocument("XML", fault)

    let private cutOff = broken "it ends before its elements do; fetch it again"

    // Where a document type declaration stands before the first start tag; -1 where none does.
    let private dtdAt (bytes: ReadOnlySpan<byte>) : int =
        let at = bytes.IndexOf(ReadOnlySpan<byte> "<!DOCTYPE"B)
        let mutable tag = bytes.IndexOf '<'B

        while tag >= 0 && tag < at && not (Char.IsAsciiLetter(char bytes[tag + 1])) do
            let next = bytes.Slice(tag + 1).IndexOf '<'B
            tag <- if next < 0 then -1 else tag + 1 + next

        if tag = at then at else -1

    // What is wrong at a byte. What `XmlReader` says in words is not for us to repeat: it depends on how the program was built.
    let private refusal (bytes: ReadOnlySpan<byte>) (at: int) : ReadError =
        if at < bytes.Length && bytes[at] = 0uy then
            ReadError.NulByte at
        elif bytes.Slice(min at bytes.Length).Trim(ReadOnlySpan<byte> " \t\r\n"B).IsEmpty then
            cutOff
        else
            broken
                $"what stands at byte %d{at} is not well-formed: a tag that is not closed, an entity that is not defined, or a character that XML forbids"

    let private hasDtd =
        broken
            "it has a document type declaration (<!DOCTYPE …>), which can make a parser fetch or build anything, and is refused; have the source leave it out"

    // `start`: the first byte the reader was given; `lines`: line ends before it.
    let private build
        (limits: XmlLimits)
        (reader: XmlReader)
        (info: IXmlLineInfo)
        (bytes: ReadOnlyMemory<byte>)
        (start: int)
        (lines: int)
        : Result<MarkupElement, XmlFault> =
        let place = XmlPlace(bytes, start)
        let around = Stack<struct (MarkupElement * StringBuilder | null)>()
        let mutable root: MarkupElement voption = ValueNone
        let mutable fault: XmlFault voption = ValueNone
        let mutable elements = 0

        let refuse error =
            fault <-
                ValueSome
                    {
                        Error = error
                        Line = int64 info.LineNumber
                        Offset = place.Seek(info.LineNumber, info.LinePosition)
                    }

        let close (element: MarkupElement) (text: StringBuilder | null) (finish: int) =
            element.End <- finish

            match text with
            | null -> ()
            | text -> element.SetText(text.ToString())

        let addText (value: string) =
            if around.Count > 0 then
                let struct (element, text) = around.Pop()

                let text =
                    match text with
                    | null -> StringBuilder()
                    | text -> text

                around.Push(struct (element, text.Append value))

        let begin' () =
            elements <- elements + 1

            if elements > limits.MaxElements then
                refuse (broken $"it has more than %d{limits.MaxElements} elements")
            elif reader.AttributeCount > limits.MaxAttributes then
                refuse (broken $"an element has more than %d{limits.MaxAttributes} attributes")
            elif around.Count >= limits.MaxDepth then
                refuse (broken $"its elements stand inside each other more than %d{limits.MaxDepth} deep")
            else
                // The reader stands on the name; the bracket is before it.
                let line = info.LineNumber
                let offset = place.Seek(line, info.LinePosition) - 1
                let isEmpty = reader.IsEmptyElement
                let name = reader.LocalName
                let space = reader.NamespaceURI

                let element =
                    MarkupElement(name, space, attributesOf reader, int64 (line + lines), offset)

                if around.Count > 0 then
                    let struct (parent, _) = around.Peek()
                    parent.AddChild element
                else
                    root <- ValueSome element

                if isEmpty then
                    close element null (behindTag bytes.Span offset)
                else
                    around.Push(struct (element, null))

        while fault.IsNone && reader.Read() do
            match reader.NodeType with
            | XmlNodeType.Element -> begin' ()
            | XmlNodeType.EndElement ->
                let struct (element, text) = around.Pop()
                close element text (behindTag bytes.Span (place.Seek(info.LineNumber, info.LinePosition)))
            | XmlNodeType.Text
            | XmlNodeType.CDATA
            | XmlNodeType.SignificantWhitespace -> addText reader.Value
            | _ -> ()

        match fault, root with
        | ValueSome fault, _ -> Error fault
        | ValueNone, ValueSome root -> Ok root
        | ValueNone, ValueNone ->
            Error
                {
                    Error = cutOff
                    Line = 1L
                    Offset = 0
                }

    // The first byte that is no UTF-8; -1 where all is.
    let private invalidAt (bytes: ReadOnlySpan<byte>) : int =
        if Utf8.IsValid bytes then
            -1
        else
            let mutable at = 0
            let mutable found = -1
            let mutable letter = Rune()
            let mutable length = 0

            while found < 0 do
                let plain = bytes.Slice(at).IndexOfAnyInRange(0x80uy, 0xFFuy)
                at <- at + max 0 plain

                if
                    Rune.DecodeFromUtf8(bytes.Slice at, &letter, &length)
                    <> Buffers.OperationStatus.Done
                then
                    found <- at
                else
                    at <- at + length

            found

    let private mark = [| 0xEFuy; 0xBBuy; 0xBFuy |]

    let private linesIn (bytes: ReadOnlySpan<byte>) = MemoryExtensions.Count(bytes, '\n'B)

    let private textOf (bytes: ReadOnlyMemory<byte>) : TextReader =
        let mutable segment = ArraySegment<byte>()

        let stream =
            match MemoryMarshal.TryGetArray(bytes, &segment), segment.Array with
            | true, NonNull array -> new MemoryStream(array, segment.Offset, segment.Count, false)
            | _ -> new MemoryStream(bytes.ToArray(), false)

        new StreamReader(stream, UTF8Encoding(false, true), false, 65_536) :> TextReader

    // The byte order mark and blanks, which a document that was copied by hand has in front of its declaration.
    let private startOf (bytes: ReadOnlySpan<byte>) : int =
        let behind =
            if bytes.StartsWith(ReadOnlySpan<byte> mark) then
                mark.Length
            else
                0

        let first = bytes.Slice(behind).IndexOfAnyExcept(ReadOnlySpan<byte> " \t\r\n"B)
        if first < 0 then bytes.Length else behind + first

    /// The document's root. `bytes` are UTF-8, whatever the declaration says: other encodings have been dealt with before. A byte order mark and
    /// blanks before the declaration are passed over. Total.
    let parse (limits: XmlLimits) (bytes: ReadOnlyMemory<byte>) : Result<MarkupElement, XmlFault> =
        let invalid = invalidAt bytes.Span
        let start = startOf bytes.Span

        if invalid >= 0 then
            Error
                {
                    Error = ReadError.InvalidUtf8 invalid
                    Line = int64 (linesIn (bytes.Span.Slice(0, invalid)) + 1)
                    Offset = invalid
                }
        else
            let lines = linesIn (bytes.Span.Slice(0, start))
            use text = textOf (bytes.Slice start)
            use reader = XmlReader.Create(text, settings ())

            try
                match box reader with
                | :? IXmlLineInfo as info -> build limits reader info bytes start lines
                | _ -> invalidOp "readers of text know their lines"
            with :? XmlException as error ->
                match dtdAt bytes.Span with
                | -1 ->
                    let place = XmlPlace(bytes, start)
                    let at = place.Seek(max 1 error.LineNumber, max 1 error.LinePosition)

                    Error
                        {
                            Error = refusal bytes.Span at
                            Line = int64 (max 1 error.LineNumber + lines)
                            Offset = at
                        }
                | at ->
                    Error
                        {
                            Error = hasDtd
                            Line = int64 (linesIn (bytes.Span.Slice(0, at)) + 1)
                            Offset = at
                        }
