// The structure of plain text, Markdown and AsciiDoc, line by line: headings, lists, listings, tables, labels. One pass; no line is looked at twice.
namespace Cti.Core

open System

/// How a text is marked up.
[<Struct; RequireQualifiedAccess>]
type internal TextDialect =
    | Plain
    | Markdown
    | AsciiDoc

[<RequireQualifiedAccess>]
module internal TextDialect =
    let private title = "\n= "B
    let private table = "|==="B
    let private attribute = "\n[options"B
    let private toc = "\n:toc:"B
    let private fence = "```"B
    let private link = "](http"B
    let private hash = "\n# "B
    let private hashes = "\n## "B

    let private has (mark: byte[]) (head: ReadOnlySpan<byte>) : bool =
        head.IndexOf(ReadOnlySpan<byte> mark) >= 0

    // Whether the text begins with a mark, which has a line end in front elsewhere.
    let private starts (mark: byte[]) (head: ReadOnlySpan<byte>) : bool =
        head.StartsWith(ReadOnlySpan<byte>(mark, 1, mark.Length - 1))

    /// What a text is marked up as, from its first 64 KiB.
    let guess (text: ReadOnlySpan<byte>) : TextDialect =
        let head = text.Slice(0, min text.Length 65_536)

        if
            starts title head
            || starts toc head
            || has table head
            || has attribute head
            || has title head
        then
            TextDialect.AsciiDoc
        elif
            has fence head
            || has link head
            || starts hash head
            || has hash head
            || has hashes head
        then
            TextDialect.Markdown
        else
            TextDialect.Plain

/// Cuts a text into blocks. Mutable: one per document.
[<Sealed; AllowNullLiteral(false)>]
type internal TextBlocks(view: ReportView, dialect: TextDialect) =
    static let schemeEnd = "://"B
    static let ticks = "```"B
    static let tildes = "~~~"B
    static let separators = "|-: \t\r"B
    let text = view.Text
    let blocks = BlockMaker view
    let sections = blocks.Sections
    let columns: Meaning[] = Array.create 64 Meaning.None
    let mutable row = 0
    let mutable isCode = false
    let mutable inTable = false
    let mutable isFirstRow = false
    let mutable carried = Meaning.None
    // A plain heading ends with the next one; lines of prose below it are its own.
    let mutable lastLineStart = 0
    let mutable lastLineEnd = 0

    let span start finish =
        ReadOnlySpan<byte>(text, start, finish - start)

    let add kind meaning start finish =
        blocks.Add(kind, meaning, start, finish, start, row)

    let rec skip (at: int) (finish: int) : int =
        if at < finish && (text[at] = ' 'B || text[at] = '\t'B) then
            skip (at + 1) finish
        else
            at

    let isRunOf (value: byte) (start: int) (finish: int) =
        finish - start >= 3 && not ((span start finish).ContainsAnyExcept value)

    // Bytes of a list's mark at `at`, with the blank behind it; 0: none.
    let bullet (at: int) (finish: int) : int =
        let value = text[at]

        if value = '-'B || value = '*'B || value = '+'B || value = '.'B || value = '>'B then
            let mutable last = at

            while last < finish && (text[last] = value || text[last] = '>'B) do
                last <- last + 1

            if last < finish && text[last] = ' 'B && last - at <= 5 then
                last + 1 - at
            else
                0
        elif Text.isDigit value then
            let mutable last = at

            while last < finish && last - at < 4 && Text.isDigit text[last] do
                last <- last + 1

            if
                last + 1 < finish
                && (text[last] = '.'B || text[last] = ')'B)
                && text[last + 1] = ' 'B
            then
                last + 2 - at
            else
                0
        elif
            value = 0xE2uy
            && at + 3 < finish
            && text[at + 1] = 0x80uy
            && text[at + 2] = 0xA2uy
        then
            3
        else
            0

    let headingLevel (mark: byte) (start: int) (finish: int) : int =
        let mutable level = 0

        while start + level < finish && level < 8 && text[start + level] = mark do
            level <- level + 1

        if level >= 1 && level <= 6 && start + level < finish && text[start + level] = ' 'B then
            level
        else
            0

    // `EMOTET TRAFFIC:`: a line of plain text that ends in a colon and is short.
    let isPlainHeading (start: int) (finish: int) : bool =
        let line = span start finish

        line.Length > 3
        && line.Length <= 100
        && line[line.Length - 1] = ':'B
        && not (line.Contains '|'B)
        && line.IndexOf(ReadOnlySpan<byte> schemeEnd) < 0

    let isCapitals (start: int) (finish: int) =
        let line = span start finish
        not (line.ContainsAnyInRange('a'B, 'z'B)) && line.ContainsAnyInRange('A'B, 'Z'B)

    // A cell that could be the heading of a column.
    let isColumnName (start: int) (finish: int) =
        let cell = Text.trim (span start finish)

        cell.Length <= 48
        && not (cell.Contains '`'B)
        && not (cell.ContainsAnyInRange('0'B, '9'B) && cell.Length > 24)
        && not (cell.Contains '.'B && not (cell.Contains ' 'B))

    // Cells of a row: parted by bars, trimmed.
    let cells (start: int) (finish: int) (isHeader: bool) =
        let mutable at = if text[start] = '|'B then start + 1 else start
        let mutable column = 0
        let mutable rowMeaning = Meaning.None

        while at <= finish do
            let rest = span at finish
            let bar = rest.IndexOf '|'B
            let stop = if bar < 0 then finish else at + bar
            let first = skip at stop
            let mutable last = stop

            while last > first
                  && (text[last - 1] = ' 'B || text[last - 1] = '\t'B || text[last - 1] = '\r'B) do
                last <- last - 1

            if isHeader then
                if column < columns.Length then
                    columns[column] <- blocks.Announced(span first last)
            elif last > first then
                let own =
                    if column < columns.Length then
                        columns[column]
                    else
                        Meaning.None

                if column = 0 && last - first <= 60 then
                    rowMeaning <- blocks.Announced(span first last)

                add BlockKind.Cell (blocks.OfCell(rowMeaning, own, column)) first last

            column <- column + 1
            at <- if bar < 0 then finish + 1 else stop + 1

    let forgetColumns () =
        Array.fill columns 0 columns.Length Meaning.None

    let hasHeaderCells (start: int) (finish: int) =
        let mutable at = start + 1
        let mutable isHeader = true
        let mutable count = 0

        while at <= finish do
            let bar = (span at finish).IndexOf '|'B
            let stop = if bar < 0 then finish else at + bar
            let first = skip at stop
            isHeader <- isHeader && isColumnName first stop
            count <- count + 1
            at <- if bar < 0 then finish + 1 else stop + 1

        isHeader && count > 1

    let isSeparatorRow (start: int) (finish: int) =
        (span start finish).Contains '-'B
        && not ((span start finish).ContainsAnyExcept(ReadOnlySpan<byte> separators))

    // A line with a label, in a list or not.
    let labelled kind (start: int) (finish: int) (isIndented: bool) =
        carried <-
            blocks.AddLabelled(kind, span start finish, start, row, (if isIndented then carried else Meaning.None))

    let listing (start: int) (finish: int) =
        let first = skip start finish

        if finish > first then
            labelled BlockKind.Code first finish false

    let tableLine (start: int) (finish: int) =
        if text[start] = '|'B then
            if isSeparatorRow start finish then
                ()
            elif
                isFirstRow
                && hasHeaderCells start finish
                && (dialect <> TextDialect.AsciiDoc || (span start finish).Slice(1).Contains '|'B)
                && not (isRunOf '='B (start + 1) finish)
            then
                forgetColumns ()
                cells start finish true
                // What the header itself names (`Winword.exe`) is scanned too.
                isFirstRow <- false
            else
                isFirstRow <- false
                cells start finish false
        else
            add BlockKind.Cell Meaning.None start finish

    let plainLine (start: int) (finish: int) =
        let first = skip start finish
        let isIndented = first > start
        let mark = bullet first finish

        if mark > 0 then
            labelled BlockKind.Item (skip (first + mark) finish) finish false
        elif dialect <> TextDialect.AsciiDoc && text[first] = '|'B then
            if not inTable then
                inTable <- true
                isFirstRow <- true
                forgetColumns ()

            tableLine first finish
        elif dialect = TextDialect.Plain && not isIndented && isPlainHeading first finish then
            sections.Heading((if isCapitals first finish then 1 else 2), span first finish)
            add BlockKind.Heading Meaning.None first finish
            carried <- Meaning.None
        else
            labelled BlockKind.Prose first finish isIndented

    // In AsciiDoc a heading behind an empty line, or the start of a table: the listing before it was not closed, or closed twice.
    let isStray (first: int) (finish: int) =
        dialect = TextDialect.AsciiDoc
        && lastLineEnd = lastLineStart
        && (headingLevel '='B first finish > 1
            || (text[first] = '|'B && isRunOf '='B (first + 1) finish))

    let line (start: int) (finish: int) =
        row <- row + 1
        let first = skip start finish

        if first = finish then
            carried <- Meaning.None

            if dialect <> TextDialect.AsciiDoc then
                inTable <- false
        elif
            dialect <> TextDialect.AsciiDoc
            && (span first finish).StartsWith(ReadOnlySpan<byte> ticks)
            || (dialect = TextDialect.Markdown
                && (span first finish).StartsWith(ReadOnlySpan<byte> tildes))
            || (dialect = TextDialect.AsciiDoc
                && (isRunOf '-'B first finish && finish - first >= 4
                    || isRunOf '.'B first finish && finish - first >= 4
                    || (span first finish).StartsWith(ReadOnlySpan<byte> ticks)))
        then
            isCode <- not isCode
        elif isCode && not (isStray first finish) then
            listing start finish
        elif
            dialect = TextDialect.AsciiDoc
            && text[first] = '|'B
            && isRunOf '='B (first + 1) finish
        then
            isCode <- false
            inTable <- not inTable
            isFirstRow <- inTable
            forgetColumns ()
        elif dialect = TextDialect.AsciiDoc && inTable then
            tableLine first finish
        else
            let level =
                match dialect with
                | TextDialect.AsciiDoc -> headingLevel '='B first finish
                | TextDialect.Markdown -> headingLevel '#'B first finish
                | TextDialect.Plain -> headingLevel '#'B first finish

            if level > 0 then
                isCode <- false
                sections.Heading(level, span (first + level) finish)
                add BlockKind.Heading Meaning.None (skip (first + level) finish) finish
                carried <- Meaning.None
            elif
                dialect <> TextDialect.AsciiDoc
                && isRunOf '='B first finish
                && lastLineEnd > lastLineStart
            then
                // The line above was a heading.
                sections.Heading(1, span lastLineStart lastLineEnd)
            else
                plainLine start finish

        lastLineStart <- first
        lastLineEnd <- finish

    /// Cuts `[start, finish)` of the view's text.
    member _.Cut(start: int, finish: int) =
        let mutable at = start

        while at < finish do
            let found = (span at finish).IndexOfAny('\n'B, '\r'B)
            let stop = if found < 0 then finish else at + found
            line at stop
            at <- stop + 1
