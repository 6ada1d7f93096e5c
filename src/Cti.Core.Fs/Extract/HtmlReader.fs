// HTML as text with blocks: a tokenizer that keeps the place of every byte, knows which elements part words and which do not, and passes over what
// nobody reads (scripts, styles, comments). Never looks back: time grows with the length whatever the markup is. No tree is built and no script run.
namespace Cti.Core

open System
open System.Collections.Generic

[<Sealed; AllowNullLiteral(false)>]
type internal HtmlReader(view: ReportView, out: Utf8Writer) =
    static let closing = "</"B
    static let comment = "<!--"B
    static let commentEnd = "-->"B
    static let href = "href"B
    static let http = "http"B

    let blocks = BlockMaker view
    let name: byte[] = Array.zeroCreate 16
    let columns: Meaning[] = Array.create 64 Meaning.None
    // Targets of links, in turn: first and last byte of the input.
    let links = List<struct (int * int)>()
    let mutable input: byte[] = Array.empty
    let mutable above: SourceMap voption = ValueNone
    let mutable row = 0
    let mutable blockStart = 0
    let mutable pre = 0
    let mutable heading = 0
    let mutable items = 0
    let mutable cell = false
    let mutable isHeaderCell = false
    let mutable column = -1
    let mutable rowMeaning = Meaning.None
    let mutable outer = 0
    let mutable hasColumns = false
    let mutable codes = 0
    let mutable anchors = 0

    let written start finish =
        out.Written.Slice(start, finish - start)

    let byteAt (position: int) : byte = out.Written[position]

    let place (text: int) (from: int) (until: int) =
        match above with
        | ValueSome above -> view.Map.Composed(text, above, from, until)
        | ValueNone -> view.Map.Copied(text, from)

    let add kind meaning start finish =
        blocks.Add(kind, meaning, start, finish, start, row)

    let isBlank (value: byte) = value <= ' 'B

    let kindHere () =
        if outer > 0 then BlockKind.Chrome
        elif pre > 0 then BlockKind.Code
        elif cell then BlockKind.Cell
        elif items > 0 then BlockKind.Item
        else BlockKind.Prose

    // One block or line: `[start, finish)` without blanks around.
    let close (start: int) (finish: int) =
        let mutable first = start
        let mutable last = finish

        while first < last && isBlank (byteAt first) do
            first <- first + 1

        while last > first && isBlank (byteAt (last - 1)) do
            last <- last - 1

        if last > first then
            if heading > 0 then
                blocks.Sections.Heading(heading, written first last)
                add (if outer > 0 then BlockKind.Chrome else BlockKind.Heading) Meaning.None first last
            elif cell && outer = 0 then
                let own =
                    if isHeaderCell || (column = 0 && last - first <= 60) then
                        blocks.Announced(written first (min last (first + 60)))
                    else
                        Meaning.None

                if isHeaderCell && column < columns.Length then
                    columns[column] <- own
                    hasColumns <- true
                    add BlockKind.Cell Meaning.None first last
                else
                    if column = 0 && last - first <= 60 then
                        rowMeaning <- own

                    let below =
                        if column < columns.Length && column >= 0 then
                            columns[column]
                        else
                            Meaning.None

                    add BlockKind.Cell (blocks.OfCell(rowMeaning, below, column)) first last
            else
                blocks.AddLabelled(kindHere (), written first last, first, row, Meaning.None)
                |> ignore

    let flush () =
        let finish = out.Length

        if pre > 0 then
            let mutable at = blockStart

            while at < finish do
                let found = (written at finish).IndexOf '\n'B
                let stop = if found < 0 then finish else at + found
                row <- row + 1
                close at stop
                at <- stop + 1
        else
            if not cell then
                row <- row + 1

            close blockStart finish

        if out.Length > 0 && byteAt (out.Length - 1) <> '\n'B then
            out.Byte '\n'B

        blockStart <- out.Length

    // Text between tags, references decoded.
    let text (from: int) (until: int) =
        let mutable at = from

        while at < until do
            let rest = ReadOnlySpan<byte>(input, at, until - at)

            let mark =
                if pre > 0 then
                    rest.IndexOf '&'B
                else
                    rest.IndexOfAny('&'B, '\n'B, '\r'B)

            let size = if mark < 0 then rest.Length else mark

            if size > 0 then
                place out.Length at (at + size)
                out.Bytes(rest.Slice(0, size))
                at <- at + size

            if mark >= 0 then
                if rest[mark] = '&'B then
                    let mutable length = 0
                    let spelled = HtmlEntities.read (rest.Slice mark) (out.Reserve 4) &length

                    if spelled > 0 then
                        let source, size =
                            match above with
                            | ValueSome above -> above.Start at, above.End(at + spelled) - above.Start at
                            | ValueNone -> at, spelled

                        view.Map.Spelled(out.Length, source, size)
                        out.Advance length
                        at <- at + spelled
                    else
                        place out.Length at (at + 1)
                        out.Byte '&'B
                        at <- at + 1
                else
                    place out.Length at (at + 1)
                    out.Byte ' 'B
                    at <- at + 1

    // Where the tag that begins at `start` ends: the byte behind its `>`. Notes the value of `href` on the way.
    let tagEnd (start: int) (until: int) (isLink: bool) : int =
        let mutable at = start
        let mutable more = true

        while more && at < until do
            let rest = ReadOnlySpan<byte>(input, at, until - at)
            let found = rest.IndexOfAny('>'B, '"'B, '\''B)

            if found < 0 then
                at <- until
                more <- false
            elif rest[found] = '>'B then
                at <- at + found + 1
                more <- false
            else
                let quote = at + found
                // A quote opens a value only behind an equals sign.
                let mutable before = quote - 1

                while before > at && isBlank input[before] do
                    before <- before - 1

                if input[before] <> '='B then
                    at <- quote + 1
                else
                    let value = ReadOnlySpan<byte>(input, quote + 1, until - quote - 1)
                    let close = value.IndexOf input[quote]
                    let finish = if close < 0 then until else quote + 1 + close

                    if isLink then
                        let mutable last = before - 1

                        while last > at && isBlank input[last] do
                            last <- last - 1

                        if
                            last - 3 >= start
                            && Text.startsWithLower (ReadOnlySpan<byte>(input, last - 3, 4)) href
                            && Text.startsWithLower (value.Slice(0, min value.Length 8)) http
                        then
                            links.Add(struct (quote + 1, finish))

                    at <- min until (finish + 1)

        at

    let nameAt (start: int) (until: int) : int =
        let mutable size = 0

        while start + size < until
              && size < name.Length
              && (Text.isLetter input[start + size] || Text.isDigit input[start + size]) do
            name[size] <- Text.lower input[start + size]
            size <- size + 1

        size

    // Counts an element that opens or closes.
    let count (value: int) (isClosing: bool) =
        if isClosing then max 0 (value - 1) else value + 1

    let structure (kind: HtmlTag) (isClosing: bool) =
        match kind with
        | HtmlTag.Heading -> heading <- if isClosing then 0 else int (name[1] - '0'B)
        | HtmlTag.Item -> items <- count items isClosing
        | HtmlTag.Pre -> pre <- count pre isClosing
        | HtmlTag.Cell
        | HtmlTag.HeaderCell ->
            cell <- not isClosing
            isHeaderCell <- kind = HtmlTag.HeaderCell

            if not isClosing then
                column <- column + 1
        | HtmlTag.Row ->
            column <- -1
            cell <- false
            rowMeaning <- Meaning.None
            row <- row + 1
        | HtmlTag.Table ->
            cell <- false

            if hasColumns then
                Array.fill columns 0 columns.Length Meaning.None
                hasColumns <- false
        | HtmlTag.Chrome -> outer <- count outer isClosing
        | _ -> ()

    let mark (marks: List<int>) (depth: int) (isClosing: bool) : int =
        let now = count depth isClosing

        if depth = 0 && now = 1 then
            marks.Add out.Length
        elif depth = 1 && now = 0 then
            marks.Add out.Length

        now

    let element (start: int) (until: int) : int =
        let isClosing = input[start + 1] = '/'B
        let from = if isClosing then start + 2 else start + 1
        let size = nameAt from until
        let kind = HtmlTag.ofName (ReadOnlySpan<byte>(name, 0, size))
        let finish = tagEnd (from + size) until (kind = HtmlTag.Anchor && not isClosing)

        match kind with
        | HtmlTag.Inline -> ()
        | HtmlTag.Anchor -> anchors <- mark view.LinkMarks (min 1 anchors) isClosing
        | HtmlTag.Code ->
            if pre = 0 then
                codes <- mark view.CodeMarks codes isClosing
        | _ ->
            flush ()
            structure kind isClosing

        if
            not isClosing
            && kind = HtmlTag.Raw
            && input[finish - 1] = '>'B
            && input[finish - 2] <> '/'B
        then
            // Up to the closing tag of the same name.
            let mutable at = finish
            let mutable more = true

            while more do
                let rest = ReadOnlySpan<byte>(input, at, until - at)
                let found = rest.IndexOf(ReadOnlySpan<byte> closing)

                if found < 0 then
                    at <- until
                    more <- false
                elif Text.startsWithLower (rest.Slice(found + 2)) (name.AsSpan(0, size).ToArray()) then
                    at <- at + found
                    more <- false
                else
                    at <- at + found + 2

            at
        else
            finish

    /// Reads `[from, until)` of `bytes` and appends it to the view. `map`: where the bytes stand in the file, when they are not the file.
    member _.Read(bytes: byte[], from: int, until: int, map: SourceMap voption) =
        input <- bytes
        above <- map
        blockStart <- out.Length
        let mutable at = from

        while at < until do
            let found = ReadOnlySpan<byte>(bytes, at, until - at).IndexOf '<'B
            let stop = if found < 0 then until else at + found
            text at stop
            at <- stop

            if at < until then
                let next = if at + 1 < until then bytes[at + 1] else 0uy

                if ReadOnlySpan<byte>(bytes, at, until - at).StartsWith(ReadOnlySpan<byte> comment) then
                    let close =
                        ReadOnlySpan<byte>(bytes, at + 4, until - at - 4).IndexOf(ReadOnlySpan<byte> commentEnd)

                    at <- if close < 0 then until else at + 4 + close + 3
                elif next = '!'B || next = '?'B then
                    let close = ReadOnlySpan<byte>(bytes, at, until - at).IndexOf '>'B
                    at <- if close < 0 then until else at + close + 1
                elif
                    Text.isLetter next
                    || (next = '/'B && at + 2 < until && Text.isLetter bytes[at + 2])
                then
                    at <- element at until
                else
                    place out.Length at (at + 1)
                    out.Byte '<'B
                    at <- at + 1

        flush ()

        if view.LinkMarks.Count % 2 = 1 then
            view.LinkMarks.Add out.Length

        if view.CodeMarks.Count % 2 = 1 then
            view.CodeMarks.Add out.Length

        anchors <- 0
        codes <- 0

        // Targets of links, each on a line of its own behind the text.
        let isPre = pre
        pre <- 1

        for struct (first, last) in links do
            let start = out.Length
            text first last
            row <- row + 1
            add BlockKind.Link Meaning.Reference start out.Length
            view.Map.Spelled(out.Length, 0, 0)
            out.Byte '\n'B

        links.Clear()
        pre <- isPre

    /// The row that the next block gets is behind this one.
    member _.Row
        with get () = row
        and set value = row <- value
