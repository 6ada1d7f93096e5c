// Pieces of lines of a PDF to paragraphs, cells and lines of listings: what goes on on the next line, what stands beside each other, what is
// repeated on every page. Geometry only; what the words mean is the reader's question.
namespace Cti.Core

open System
open System.Collections.Generic
open System.Text

/// What stands together.
[<NoComparison; NoEquality>]
type internal PdfBlock =
    {
        Text: string
        Page: int
        Left: float
        Right: float
        /// The size of its characters.
        Size: float
        IsBold: bool
        /// All of it is set in characters of one width.
        IsMono: bool
        /// Slices of the text set in such characters.
        Mono: int list
        /// A list's mark stands in front.
        IsItem: bool
        /// Blocks of one row have one number.
        Row: int
        /// Others stand in its row.
        HasNeighbours: bool
        /// Repeated on the pages: number, title, date.
        IsChrome: bool
        /// The blank below the block before it is wider than between its lines.
        IsApart: bool
    }

[<RequireQualifiedAccess>]
module internal PdfBlocks =
    let private bucket (left: float) = int (Math.Round left)

    // Where lines that begin at one place end at most, and where the text of the page does.
    type private Edges(lines: PdfLine[]) =
        let columns = Dictionary<int, struct (float * int)>()
        // Where the last piece of each line begins.
        let rows = Dictionary<int, float>()
        let height (at: float) = int (Math.Round at)
        let page = (0.0, lines) ||> Array.fold (fun edge line -> max edge line.Right)

        do
            for line in lines do
                let row = height line.Base

                match rows.TryGetValue row with
                | true, left when left >= line.Left -> ()
                | _ -> rows[row] <- line.Left

            for line in lines do
                let key = bucket line.Left

                match columns.TryGetValue key with
                | true, struct (edge, _) when line.Right <= edge -> ()
                | _ -> columns[key] <- struct (line.Right, 0)

            for line in lines do
                let struct (edge, near) = columns[bucket line.Left]

                if line.Right > edge - 0.12 * (edge - line.Left) && line.Text.Contains ' ' then
                    columns[bucket line.Left] <- struct (edge, near + 1)

        /// Whether something stands right of the line's end.
        member _.HasNeighbour(line: PdfLine) : bool =
            match rows.TryGetValue(height line.Base) with
            | true, edge -> edge > line.Right + line.Size
            | false, _ -> false

        member _.Room(line: PdfLine) : LineRoom =
            let edge, near =
                match columns.TryGetValue(bucket line.Left) with
                | true, struct (edge, near) -> edge, near
                | false, _ -> page, 0

            {
                Column = edge - line.Right
                // Lines that reach one edge several times end there because they have to.
                Margin = (if near >= 3 then edge else page) - line.Right
            }

    // The block that is being put together, line by line.
    type private Open(first: PdfLine, row: int, isApart: bool, isItem: bool) =
        let text = StringBuilder(first.Text)
        let mono = List<int>(first.Mono)

        member val Last = first with get, set
        member val Right = first.Right with get, set
        member val Bold = first.IsBold with get, set
        member val Lines = 1 with get, set
        member val Row = row with get, set
        member val HasNeighbours = false with get, set
        member _.First = first
        member _.IsApart = isApart
        member _.Text = text.ToString()

        member this.Add(line: PdfLine, seam: Seam) =
            if seam = Seam.Words then
                text.Append ' ' |> ignore
            elif PdfWrap.isHyphenated this.Last.Text then
                text.Length <- text.Length - 1

            for at in line.Mono do
                mono.Add(text.Length + at)

            text.Append line.Text |> ignore
            this.Last <- line
            this.Right <- max this.Right line.Right
            this.Bold <- this.Bold && line.IsBold
            this.Lines <- this.Lines + 1

        member this.Take(isChrome: bool) : PdfBlock =
            let all = text.ToString()

            {
                Text = all
                Page = first.Page
                Left = first.Left
                Right = this.Right
                Size = first.Size
                IsBold = this.Bold
                IsMono =
                    (let mutable covered = 0

                     for pair in Seq.chunkBySize 2 mono do
                         covered <- covered + pair[1] - pair[0]

                     covered >= all.Length - this.Lines)
                Mono = List.ofSeq mono
                IsItem = isItem
                Row = this.Row
                HasNeighbours = this.HasNeighbours
                IsChrome = isChrome
                IsApart = isApart
            }

    let private digitless (text: string) =
        String.map (fun value -> if Char.IsAsciiDigit value then '0' else value) text

    /// Lines at the head and the foot that are the same on several pages.
    let chrome (pages: PdfLine[][]) : HashSet<struct (string * int)> =
        let counts = Dictionary<struct (string * int), int>()

        let keyOf (line: PdfLine) =
            struct (digitless line.Text, bucket line.Base)

        for lines in pages do
            if lines.Length > 0 then
                let top = lines |> Array.maxBy _.Base
                let bottom = lines |> Array.minBy _.Base

                let outer =
                    lines
                    |> Array.filter (fun line ->
                        line.Base > top.Base - 2.5 * top.Size
                        || line.Base < bottom.Base + 2.5 * bottom.Size)
                    |> Array.map keyOf
                    |> Array.distinct

                for key in outer do
                    match counts.TryGetValue key with
                    | true, count -> counts[key] <- count + 1
                    | false, _ -> counts[key] <- 1

        let enough = max 2 (pages.Length / 3)
        HashSet(counts |> Seq.filter (fun pair -> pair.Value >= enough) |> Seq.map _.Key)

    /// Whether a line is one of those.
    let isRepeated (repeated: HashSet<struct (string * int)>) (line: PdfLine) : bool =
        repeated.Contains(struct (digitless line.Text, bucket line.Base))

    /// How much room a line of a page left.
    let room (lines: PdfLine[]) (line: PdfLine) : LineRoom = Edges(lines).Room line

    let private bullets = "•◦▪■●○‣∙·–*➢➤✓"

    /// The bytes of a list's mark at the start of a text, with blanks; 0: it has none.
    let markLength (text: string) : int =
        let digits = text.AsSpan().IndexOfAnyExcept "0123456789"

        let mark =
            if text.Length > 1 && (bullets.Contains text[0] || text[0] = '-') then
                1
            elif digits > 0 && digits < 4 && (text[digits] = '.' || text[digits] = ')') then
                digits + 1
            else
                0

        if mark > 0 && mark < text.Length && text[mark] = ' ' then
            text.Length - text.AsSpan(mark).TrimStart(' ').Length
        else
            0

    let private isLoneMark (text: string) =
        text.Length <= 3 && markLength (text + " x") > 0

    // Whether `line` stands right of what the row holds and not below all of it.
    let private isBeside (cells: List<Open>) (line: PdfLine) : bool =
        let last = cells[cells.Count - 1]
        let mutable top = last.First.Base
        let mutable bottom = last.Last.Base

        for cell in cells do
            top <- max top cell.First.Base
            bottom <- min bottom cell.Last.Base

        let slack = 0.6 * max last.First.Size line.Size

        line.Left > last.First.Left + last.First.Size
        && line.Left > last.Right - 0.3 * line.Size
        && line.Base < top + slack * 2.0
        && line.Base > bottom - slack
        && last.Lines <= 12

    let private isBelow (block: Open) (line: PdfLine) : bool =
        let last = block.Last
        let drop = last.Base - line.Base
        let size = max last.Size line.Size

        drop > 0.5 * size
        && drop < 2.1 * size
        && line.Left < block.Right
        && line.Right > block.First.Left
        // The first line may be indented, and the lines below a list's mark.
        && abs (line.Left - last.Left) < 3.0 * size
        && abs (last.Size - line.Size) < 0.15 * size

    // Lists' marks that are drawn by themselves, often behind all of the text: the lines they stand in front of, and the other lines.
    let private marked (lines: PdfLine[]) : struct (PdfLine[] * HashSet<PdfLine>) =
        let found = HashSet<PdfLine>(HashIdentity.Reference)
        let marks = lines |> Array.filter (fun line -> isLoneMark line.Text)

        if marks.Length = 0 then
            struct (lines, found)
        else
            let byBase =
                marks
                |> Array.map (fun mark -> struct (mark.Base, mark))
                |> Array.sortBy (fun struct (at, _) -> at)

            let bases = byBase |> Array.map (fun struct (at, _) -> at)
            let used = HashSet<PdfLine>(HashIdentity.Reference)

            for line in lines do
                let at = Array.BinarySearch(bases, line.Base - 0.4 * line.Size)
                let mutable index = if at < 0 then ~~~at else at

                while index < bases.Length && bases[index] <= line.Base + 0.4 * line.Size do
                    let struct (_, mark) = byBase[index]
                    let distance = line.Left - mark.Right

                    if distance > -1.0 && distance < 3.0 * line.Size && not (isLoneMark line.Text) then
                        found.Add line |> ignore
                        used.Add mark |> ignore

                    index <- index + 1

            struct (lines |> Array.filter (fun line -> not (used.Contains line)), found)

    /// The blocks of one page, in the order of reading. Rows are numbered from `row` on.
    let ofPage (all: PdfLine[]) (repeated: HashSet<struct (string * int)>) (row: byref<int>) =
        let blocks = List<PdfBlock>()
        let struct (lines, items) = marked all
        let edges = Edges lines
        let cells = List<Open>()

        let close () =
            for cell in cells do
                cell.HasNeighbours <- cells.Count > 1
                blocks.Add(cell.Take false)

            cells.Clear()

        let mutable previous: PdfLine voption = ValueNone

        for line in lines do
            if isRepeated repeated line then
                close ()
                row <- row + 1
                blocks.Add(Open(line, row, true, false).Take true)
            elif cells.Count = 0 then
                row <- row + 1
                cells.Add(Open(line, row, true, items.Contains line))
            else
                let block = cells[cells.Count - 1]

                let seam =
                    if items.Contains line || markLength line.Text > 0 || not (isBelow block line) then
                        Seam.Apart
                    else
                        let seam = PdfWrap.seam block.Text block.Last line (edges.Room block.Last)
                        // Lines of a listing stay what they are.
                        if seam = Seam.Words && block.Last.IsMono && line.IsMono then
                            Seam.Apart
                        else
                            seam

                if seam <> Seam.Apart then
                    block.Add(line, seam)
                elif isBeside cells line then
                    cells.Add(Open(line, row, false, items.Contains line))
                elif
                    isBelow block line
                    && (cells.Count > 1
                        || edges.HasNeighbour block.First
                           && not (block.Text.Contains ' ')
                           && not (line.Text.Contains ' '))
                then
                    // Another line of the last cell, in the same row: what stands beside the first is drawn later.
                    cells.Add(Open(line, row, false, items.Contains line))
                else
                    let isApart =
                        match previous with
                        | ValueSome before -> before.Base - line.Base > 1.7 * line.Size
                        | ValueNone -> true

                    close ()
                    row <- row + 1
                    cells.Add(Open(line, row, isApart, items.Contains line))

            previous <- ValueSome line

        close ()
        blocks
