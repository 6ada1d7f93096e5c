// A PDF as text with blocks: a line for each paragraph, cell, item and line of a listing, with what headings, labels and columns say of it. Places
// are places in that text, since a PDF has no text of its own (docs/extract.md).
namespace Cti.Core

open System
open System.Collections.Generic
open System.Text

[<Sealed; AllowNullLiteral(false)>]
type internal PdfReader(view: ReportView, out: Utf8Writer) =
    static let longestHeading = 120
    let made = BlockMaker view
    // Columns of the table that is being read: where each begins, what its heading says, and whether it holds SHA-256 hashes.
    let columns = List<struct (float * Meaning * bool)>()
    let mutable rowMeaning = Meaning.None
    // Links have rows behind those of the text.
    let mutable linkRow = 0

    let written (start: int) (finish: int) =
        out.Written.Slice(start, finish - start)

    let add kind meaning start finish row =
        made.Add(kind, meaning, start, finish, start, row)

    // Appends a block's text; `from`: characters in front that are no part of it.
    let write (block: PdfBlock) (from: int) : struct (int * int) =
        let start = out.Length
        let text = block.Text.AsSpan from
        let room = out.Reserve(Encoding.UTF8.GetMaxByteCount text.Length)
        out.Advance(Encoding.UTF8.GetBytes(text, room))
        let finish = out.Length
        out.Byte '\n'B

        if not block.IsMono then
            for pair in Seq.chunkBySize 2 block.Mono do
                if pair.Length = 2 && pair[0] >= from then
                    let first =
                        start + Encoding.UTF8.GetByteCount(block.Text.AsSpan(from, pair[0] - from))

                    let length =
                        Encoding.UTF8.GetByteCount(block.Text.AsSpan(pair[0], pair[1] - pair[0]))

                    view.CodeMarks.Add first
                    view.CodeMarks.Add(first + length)

        struct (start, finish)

    let labelled kind (block: PdfBlock) (start: int) (finish: int) =
        made.AddLabelled(kind, written start finish, start, block.Row, Meaning.None)
        |> ignore

    // The column that a cell stands in: the last one that begins left of its end and not behind its start.
    let columnOf (block: PdfBlock) : int =
        let mutable best = -1

        for index in 0 .. columns.Count - 1 do
            let struct (left, _, _) = columns[index]

            if left < block.Left + 0.8 * block.Size then
                best <- index

        if best < 0 && columns.Count > 0 then 0 else best

    let isSha256 (text: string) =
        text.Length <= 60
        && (text.Contains("SHA-256", StringComparison.OrdinalIgnoreCase)
            || text.Contains("SHA256", StringComparison.OrdinalIgnoreCase))

    let isHalf (text: string) =
        text.Length = 32
        && not (text.AsSpan().ContainsAnyExcept "0123456789abcdefABCDEF")

    let isColumnName (block: PdfBlock) =
        let text = block.Text

        text.Length <= 48
        && not (text.Length > 24 && text.AsSpan().ContainsAnyInRange('0', '9'))
        && not (text.Contains '.' && not (text.Contains ' '))
        && not (text.Contains '/' && text.Length > 24)
        && not (text.Contains "[.")

    // The first row of a table whose cells could all be headings of columns.
    let isHeader (cells: List<PdfBlock>) =
        (columns.Count = 0 || cells.TrueForAll(fun cell -> cell.IsBold))
        && cells.TrueForAll(fun cell -> isColumnName cell)
        && (cells.TrueForAll(fun cell -> cell.IsBold)
            || cells.Exists(fun cell ->
                let bytes = Encoding.UTF8.GetBytes cell.Text
                made.Announced(ReadOnlySpan<byte> bytes) <> Meaning.None))

    // Halves of hashes that look like two shorter ones: one below the other, where the column or the row says that they are not.
    let joinHalves (cells: List<PdfBlock>) : List<PdfBlock> =
        let joined = List<PdfBlock>()

        let says (cell: PdfBlock) =
            isSha256 cells[0].Text
            || (let column = columnOf cell in

                column >= 0 && (let struct (_, _, isSha256) = columns[column] in isSha256))

        for cell in cells do
            let last = joined.Count - 1

            if
                last >= 0
                && isHalf cell.Text
                && isHalf joined[last].Text
                && abs (cell.Left - joined[last].Left) < 1.0
                && says cell
            then
                joined[last] <-
                    { joined[last] with
                        Text = joined[last].Text + cell.Text
                        Mono = []
                        IsMono = joined[last].IsMono && cell.IsMono
                    }
            else
                joined.Add cell

        joined

    let tableRow (all: List<PdfBlock>) =
        let isHeader = isHeader all
        let cells = joinHalves all

        if isHeader then
            columns.Clear()

        rowMeaning <- Meaning.None

        for index in 0 .. cells.Count - 1 do
            let cell = cells[index]
            let struct (start, finish) = write cell 0
            let isShort = cell.Text.Length <= 60

            let own =
                if isHeader || (index = 0 && isShort) then
                    made.Announced(written start finish)
                else
                    Meaning.None

            if isHeader then
                columns.Add(struct (cell.Left, own, isSha256 cell.Text))
                add BlockKind.Cell Meaning.None start finish cell.Row
            else
                if index = 0 && isShort then
                    rowMeaning <- own

                let column = columnOf cell

                let below =
                    if column < 0 then
                        Meaning.None
                    else
                        (let struct (_, meaning, _) = columns[column] in meaning)

                add BlockKind.Cell (made.OfCell(rowMeaning, below, index)) start finish cell.Row

    // Larger than the text of the document, or bold and alone: 1 to 6; 0: no heading.
    let headingLevel (block: PdfBlock) (body: float) (next: PdfBlock voption) : int =
        let text = block.Text
        let last = text[text.Length - 1]

        if
            block.IsMono
            || text.Length > longestHeading
            || last = ','
            || last = ';'
            || (block.IsItem || PdfBlocks.markLength text > 0)
               && not (block.Size > 1.12 * body || block.IsBold)
        then
            0
        elif block.Size > 1.7 * body then
            1
        elif block.Size > 1.35 * body then
            2
        elif block.Size > 1.12 * body then
            3
        elif
            block.IsBold
            && last <> '.'
            && (block.IsApart
                || (match next with
                    | ValueSome next -> not next.IsBold
                    | ValueNone -> false))
        then
            if block.Size > 1.04 * body then 4 else 5
        else
            0

    let single (block: PdfBlock) (body: float) (next: PdfBlock voption) =
        let level = headingLevel block body next

        if level > 0 then
            let struct (start, finish) = write block 0
            made.Sections.Heading(level, written start finish)
            add BlockKind.Heading Meaning.None start finish block.Row
            columns.Clear()
        else
            let mark = PdfBlocks.markLength block.Text
            let isItem = block.IsItem || mark > 0
            let struct (start, finish) = write block mark

            if block.IsMono && not isItem then
                labelled BlockKind.Code block start finish
            elif isItem then
                labelled BlockKind.Item block start finish
            elif columns.Count > 1 && not block.IsApart then
                // The rest of a table's row.
                add BlockKind.Cell Meaning.None start finish block.Row
            else
                if block.IsApart then
                    columns.Clear()

                labelled BlockKind.Prose block start finish

    // The size in which most of the document is set.
    let bodySize (blocks: List<PdfBlock>) : float =
        let counts = Dictionary<float, int>()

        for block in blocks do
            let size = Math.Round(block.Size, 1)

            match counts.TryGetValue size with
            | true, count -> counts[size] <- count + block.Text.Length
            | false, _ -> counts[size] <- block.Text.Length

        if counts.Count = 0 then
            1.0
        else
            (counts |> Seq.maxBy _.Value).Key

    // Targets of a page's links, each on a line and in a row of its own behind its text.
    let targets (links: string list) =
        for link in links do
            let start = out.Length
            out.Text link
            linkRow <- linkRow + 1
            add BlockKind.Link Meaning.Reference start out.Length linkRow
            out.Byte '\n'B

    // Begins every page up to one, with the links of the page before each.
    let upTo (links: string list[]) (next: int) =
        while view.Pages.Count < next do
            if view.Pages.Count > 0 then
                targets links[view.Pages.Count - 1]

            view.Pages.Add out.Length

    /// Appends what the pages hold to the view: their blocks, and behind those of each page the targets of its links.
    member _.Read(blocks: List<PdfBlock>, links: string list[]) =
        let body = bodySize blocks
        let mutable index = 0

        if blocks.Count > 0 then
            linkRow <- blocks[blocks.Count - 1].Row

        while index < blocks.Count do
            let block = blocks[index]
            upTo links block.Page

            if block.IsChrome then
                let struct (start, finish) = write block 0
                add BlockKind.Chrome Meaning.None start finish block.Row
                index <- index + 1
            elif block.HasNeighbours then
                let cells = List<PdfBlock>()

                while index < blocks.Count && blocks[index].Row = block.Row do
                    cells.Add blocks[index]
                    index <- index + 1

                tableRow cells
            else
                let next =
                    if index + 1 < blocks.Count then
                        ValueSome blocks[index + 1]
                    else
                        ValueNone

                single block body next
                index <- index + 1

        upTo links links.Length
        targets links[links.Length - 1]
