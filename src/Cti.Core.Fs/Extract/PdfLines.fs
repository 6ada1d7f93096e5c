// Characters of a page to pieces of lines: what stands beside each other without a gap. In the order in which the page draws them, which is that of
// reading in what the usual programs write, columns and tables included; pages that draw in no order are read from top to bottom.
namespace Cti.Core

open System
open System.Collections.Generic
open System.Text

/// A piece of a line.
[<NoComparison; NoEquality>]
type internal PdfLine =
    {
        Text: string
        Page: int
        Left: float
        Right: float
        Base: float
        Size: float
        /// The width of its first word.
        FirstWidth: float
        IsBold: bool
        /// Slices of the text set in characters of one width: starts and ends in turn.
        Mono: int list
    }

    /// All of it is set in characters of one width.
    member this.IsMono =
        match this.Mono with
        | [ 0; finish ] -> finish = this.Text.Length
        | _ -> false

    /// The mean width of a character.
    member this.CharWidth = (this.Right - this.Left) / float (max 1 this.Text.Length)

[<RequireQualifiedAccess>]
module internal PdfLines =
    // Shares of the size of the characters. A word's blank is a quarter wide, and a fifth where lines are justified tightly.
    let private blank = 0.16
    let private gap = 1.3
    let private rise = 0.4
    let private overlap = 0.6
    // Blanks in a row that part columns, where characters are not of one width.
    let private parting = "   "

    // The piece that is being put together.
    type private Piece() =
        let text = StringBuilder()
        let mono = List<int>()

        member val Left = 0.0 with get, set
        member val Right = 0.0 with get, set
        member val Base = 0.0 with get, set
        member val Size = 0.0 with get, set
        member val FirstRight = 0.0 with get, set
        member val HasBlank = false with get, set
        member val Bold = 0 with get, set
        member val Count = 0 with get, set
        member _.Text = text

        member this.Add(glyph: inref<PdfGlyph>) =
            let isMono = glyph.Style.HasFlag PdfStyle.Mono

            if isMono then
                if mono.Count > 0 && mono[mono.Count - 1] = text.Length then
                    mono[mono.Count - 1] <- text.Length + glyph.Text.Length
                else
                    mono.Add text.Length
                    mono.Add(text.Length + glyph.Text.Length)

            if glyph.Style.HasFlag PdfStyle.Bold then
                this.Bold <- this.Bold + 1

            this.Count <- this.Count + 1
            text.Append glyph.Text |> ignore
            this.Right <- max this.Right glyph.Right

            if glyph.Text = " " then
                this.HasBlank <- true
            elif not this.HasBlank then
                this.FirstRight <- glyph.Right

        /// Ends in a row of blanks that is no part of a listing.
        member _.IsParted =
            text.Length > parting.Length
            && (mono.Count = 0 || mono[mono.Count - 1] < text.Length)
            && text.ToString(text.Length - parting.Length, parting.Length) = parting

        member this.Blank() =
            this.HasBlank <- true

            // Blanks between two words in one width are of it, too.
            if mono.Count > 0 && mono[mono.Count - 1] = text.Length then
                mono[mono.Count - 1] <- text.Length + 1

            text.Append ' ' |> ignore

        member this.Take(page: int, lines: List<PdfLine>) =
            let all = text.ToString().TrimEnd ' '

            if all.Length > 0 then
                lines.Add
                    {
                        Text = all
                        Page = page
                        Left = this.Left
                        Right = this.Right
                        Base = this.Base
                        Size = this.Size
                        FirstWidth = max 0.0 (this.FirstRight - this.Left)
                        IsBold = this.Bold * 2 > this.Count
                        Mono = [ for at in mono -> min at all.Length ]
                    }

            text.Clear() |> ignore
            mono.Clear()
            this.HasBlank <- false
            this.Bold <- 0
            this.Count <- 0

    let private cut (page: int) (turn: int) (glyphs: List<PdfGlyph>) (lines: List<PdfLine>) =
        let piece = Piece()

        for index in 0 .. glyphs.Count - 1 do
            let glyph = glyphs[index]

            if glyph.Turn = turn then
                let distance = glyph.Left - piece.Right
                let size = max piece.Size glyph.Size

                let goesOn =
                    piece.Text.Length > 0
                    && abs (glyph.Base - piece.Base) <= rise * size
                    && distance < gap * size
                    && distance > -overlap * size
                    && not (piece.IsParted && glyph.Text <> " ")

                if not goesOn then
                    piece.Take(page, lines)

                if piece.Text.Length > 0 then
                    if
                        distance > blank * size
                        && glyph.Text <> " "
                        && piece.Text[piece.Text.Length - 1] <> ' '
                    then
                        piece.Blank()

                    piece.Add &glyph
                elif glyph.Text <> " " then
                    piece.Left <- glyph.Left
                    piece.Right <- glyph.Right
                    piece.Base <- glyph.Base
                    piece.Size <- glyph.Size
                    piece.FirstRight <- glyph.Right
                    piece.Add &glyph

        piece.Take(page, lines)

    // Words that are moved apart so that their line reaches the margin have equal gaps; columns have not.
    let private rejoined (lines: List<PdfLine>) : List<PdfLine> =
        let all = List<PdfLine>(lines.Count)
        let mutable first = 0

        while first < lines.Count do
            let mutable last = first

            while last + 1 < lines.Count
                  && abs (lines[last + 1].Base - lines[last].Base) < 0.1 * lines[last].Size
                  && lines[last + 1].Left > lines[last].Right do
                last <- last + 1

            let gaps =
                [ for index in first + 1 .. last -> lines[index].Left - lines[index - 1].Right ]

            if gaps.Length >= 3 && List.max gaps - List.min gaps < 0.12 * List.max gaps then
                let text = StringBuilder()
                let mono = List<int>()

                for index in first..last do
                    if index > first then
                        text.Append ' ' |> ignore

                    for at in lines[index].Mono do
                        mono.Add(text.Length + at)

                    text.Append lines[index].Text |> ignore

                all.Add
                    { lines[first] with
                        Text = text.ToString()
                        Right = lines[last].Right
                        Mono = List.ofSeq mono
                    }
            else
                for index in first..last do
                    all.Add lines[index]

            first <- last + 1

        all

    // Lines that are drawn upwards more often than downwards are in no order.
    let private ordered (lines: List<PdfLine>) : PdfLine[] =
        let mutable ups = 0

        for index in 1 .. lines.Count - 1 do
            if lines[index].Base > lines[index - 1].Base + lines[index].Size then
                ups <- ups + 1

        if ups * 2 > lines.Count then
            let rows = lines.ToArray()
            let height = rows |> Array.averageBy _.Size |> max 1.0
            // Stable: what stands on one line stays beside each other.
            Array.sortBy (fun line -> struct (Math.Round(-line.Base / (height * 0.5)), line.Left)) rows
        else
            lines.ToArray()

    /// The pieces of a page, from 1.
    let ofPage (page: int) (glyphs: List<PdfGlyph>) : PdfLine[] =
        [|
            for turn in 0..3 do
                if glyphs.Exists(fun glyph -> glyph.Turn = turn) then
                    let lines = List<PdfLine>()
                    cut page turn glyphs lines
                    yield! ordered (rejoined lines)
        |]
