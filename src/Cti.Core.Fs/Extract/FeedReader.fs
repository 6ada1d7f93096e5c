// RSS and Atom as text with blocks: titles, descriptions and contents of items, with HTML inside of them read as HTML; links are targets. No entity
// but those of XML is known and no DTD is read, so nothing can grow.
namespace Cti.Core

open System
open System.Collections.Generic

[<Sealed; AllowNullLiteral(false)>]
type internal FeedReader(view: ReportView, out: Utf8Writer, input: byte[], length: int) =
    static let texts =
        NameTable.ofTexts
            [
                "title description summary content content:encoded subtitle media:description itunes:summary"
            ]

    static let targets = NameTable.ofTexts [ "link guid id comments source" ]
    static let dates = NameTable.ofTexts [ "pubdate updated published dc:date" ]
    static let entries = NameTable.ofTexts [ "item entry" ]
    static let cdata = "<![CDATA["B
    static let cdataEnd = "]]>"B
    static let comment = "<!--"B
    static let commentEnd = "-->"B
    static let closing = "</"B
    static let href = "href=\""B
    static let titleName = "title"B
    static let linkName = "link"B
    static let longestName = 24

    let html = HtmlReader(view, out)
    // Regions of the text that are plain: read line by line when all of the text is there.
    let plain = List<struct (int * int * bool)>()
    let items = view.Items
    let tag: byte[] = Array.zeroCreate longestName
    let decoded = Utf8Writer 4096

    let span (from: int) (until: int) =
        ReadOnlySpan<byte>(input, from, until - from)

    // Decodes references of `[from, until)` into `decoded`, with the places in `map`; CDATA sections are copied.
    let decode (from: int) (until: int) (map: SourceMap) =
        decoded.Clear()
        let mutable at = from

        while at < until do
            let rest = span at until

            if rest.StartsWith(ReadOnlySpan<byte> cdata) then
                let close = rest.IndexOf(ReadOnlySpan<byte> cdataEnd)
                let stop = if close < 0 then until else at + close
                map.Copied(decoded.Length, at + cdata.Length)
                decoded.Bytes(span (at + cdata.Length) (max (at + cdata.Length) stop))
                at <- if close < 0 then until else stop + cdataEnd.Length
            else
                let mark = rest.Slice(1).IndexOfAny('&'B, '<'B)
                let isMark = rest[0] = '&'B
                let mutable size = 0

                let spelled =
                    if isMark then
                        HtmlEntities.read rest (decoded.Reserve 4) &size
                    else
                        0

                if spelled > 0 then
                    map.Spelled(decoded.Length, at, spelled)
                    decoded.Advance size
                    at <- at + spelled
                else
                    let run = if mark < 0 then rest.Length else mark + 1
                    map.Copied(decoded.Length, at)
                    decoded.Bytes(rest.Slice(0, run))
                    at <- at + run

    let hasMarkup (text: ReadOnlySpan<byte>) =
        let mutable found = false
        let mutable rest = text
        let mutable more = true

        while more do
            let at = rest.IndexOf '<'B

            if at < 0 || at + 2 >= rest.Length then
                more <- false
            elif Text.isLetter rest[at + 1] || rest[at + 1] = '/'B then
                found <- true
                more <- false
            else
                rest <- rest.Slice(at + 1)

        found

    let appendPlain (bytes: byte[]) (size: int) (map: SourceMap) (isTitle: bool) =
        let start = out.Length
        view.Map.Composed(start, map, 0, size)
        out.Bytes(ReadOnlySpan<byte>(bytes, 0, size))

        if isTitle then
            html.Row <- html.Row + 1

            view.Blocks.Add
                {
                    Start = start
                    End = out.Length
                    ValueStart = start
                    Kind = BlockKind.Title
                    Meaning = Meaning.None
                    Section = SectionKind.Neutral
                    Row = html.Row
                }
        else
            plain.Add(struct (start, out.Length, isTitle))

        view.Map.Spelled(out.Length, 0, 0)
        out.Byte '\n'B

    let content (from: int) (until: int) (isTitle: bool) =
        let map = SourceMap()
        decode from until map
        let bytes = decoded.Written.ToArray()

        if bytes.Length > 0 then
            if not isTitle && hasMarkup (ReadOnlySpan<byte> bytes) then
                html.Read(bytes, 0, bytes.Length, ValueSome map)
            else
                appendPlain bytes bytes.Length map isTitle

    let target (from: int) (until: int) =
        let map = SourceMap()
        decode from until map
        let start = out.Length
        view.Map.Composed(start, map, 0, decoded.Length)
        out.Bytes decoded.Written
        html.Row <- html.Row + 1

        view.Blocks.Add
            {
                Start = start
                End = out.Length
                ValueStart = start
                Kind = BlockKind.Link
                Meaning = Meaning.Reference
                Section = SectionKind.References
                Row = html.Row
            }

        view.Map.Spelled(out.Length, 0, 0)
        out.Byte '\n'B

    let nameAt (start: int) : int =
        let mutable size = 0

        while start + size < length
              && size < tag.Length
              && (Text.isLetter input[start + size]
                  || Text.isDigit input[start + size]
                  || input[start + size] = ':'B) do
            tag[size] <- Text.lower input[start + size]
            size <- size + 1

        size

    // The value of `href="…"` in a tag; empty slice when it has none.
    let hrefOf (from: int) (until: int) : struct (int * int) =
        let found = (span from until).IndexOf(ReadOnlySpan<byte> href)

        if found < 0 then
            struct (from, from)
        else
            let start = from + found + 6
            let close = (span start until).IndexOf '"'B
            struct (start, (if close < 0 then until else start + close))

    /// Reads the feed and appends it to the view; `Finish` follows, when the view has its text.
    member _.Read() =
        let mutable at = 0
        let mutable item = Unchecked.defaultof<FeedItem>
        let mutable inItem = false

        while at < length do
            let found = (span at length).IndexOf '<'B

            if found < 0 then
                at <- length
            else
                at <- at + found
                let rest = span at length

                if rest.StartsWith(ReadOnlySpan<byte> comment) then
                    let close = rest.IndexOf(ReadOnlySpan<byte> commentEnd)
                    at <- if close < 0 then length else at + close + 3
                else
                    let isClosing = at + 1 < length && input[at + 1] = '/'B
                    let size = nameAt (if isClosing then at + 2 else at + 1)
                    let element = ReadOnlySpan<byte>(tag, 0, size)
                    let close = rest.IndexOf '>'B
                    let inner = if close < 0 then length else at + close + 1
                    let isEmpty = inner >= 2 && input[inner - 2] = '/'B

                    if entries.Contains element then
                        if isClosing && inItem then
                            items.Add { item with End = inner }
                            inItem <- false
                        elif not isClosing then
                            inItem <- true

                            item <-
                                { Unchecked.defaultof<FeedItem> with
                                    Start = at
                                }

                        at <- inner
                    elif isClosing || size = 0 then
                        at <- inner
                    elif targets.Contains element || texts.Contains element || dates.Contains element then
                        if isEmpty then
                            let struct (first, last) = hrefOf at inner

                            if last > first then
                                target first last

                                if inItem && item.LinkEnd = 0 then
                                    item <-
                                        { item with
                                            LinkStart = first
                                            LinkEnd = last
                                        }

                            at <- inner
                        else
                            // Up to the closing tag of the same name.
                            let ending = Array.append closing ((span (at + 1) (at + 1 + size)).ToArray())
                            let stop = (span inner length).IndexOf(ReadOnlySpan<byte> ending)
                            let finish = if stop < 0 then length else inner + stop
                            let isTitle = element.SequenceEqual(ReadOnlySpan<byte> titleName)
                            let isDate = dates.Contains element

                            if targets.Contains element then
                                target inner finish

                                if inItem && item.LinkEnd = 0 && element.SequenceEqual(ReadOnlySpan<byte> linkName) then
                                    item <-
                                        { item with
                                            LinkStart = inner
                                            LinkEnd = finish
                                        }
                            elif isDate then
                                if inItem then
                                    item <-
                                        { item with
                                            DateStart = inner
                                            DateEnd = finish
                                        }
                            else
                                if inItem && isTitle then
                                    item <-
                                        { item with
                                            TitleStart = inner
                                            TitleEnd = finish
                                        }

                                content inner finish isTitle

                            at <- finish
                    else
                        at <- inner

    /// Cuts what is no HTML into lines, once the view has its text.
    member _.Finish() =
        let mutable row = html.Row

        for struct (start, finish, _) in plain do
            let before = view.Blocks.Count
            TextBlocks(view, TextDialect.Plain).Cut(start, finish)
            row <- row + 1
            let mutable last = row

            // Rows of this text follow those before it.
            for index in before .. view.Blocks.Count - 1 do
                let block = view.Blocks[index]
                last <- max last (row + block.Row)
                view.Blocks[index] <- { block with Row = row + block.Row }

            row <- last
