// The pages of a PDF one after the other: blocks of each, and a value that the end of a page broke. Geometry only.
namespace Cti.Core

open System
open System.Collections.Generic

/// The lowest line of a page's text, with the room it left, and the highest one.
[<Struct; NoComparison; NoEquality>]
type private PageEnds =
    {
        Highest: PdfLine
        Lowest: PdfLine
        Room: LineRoom
    }

[<RequireQualifiedAccess>]
module internal PdfPageBreaks =
    let private endsOf (lines: PdfLine[]) (repeated: HashSet<struct (string * int)>) : PageEnds voption =
        let text =
            lines |> Array.filter (fun line -> not (PdfBlocks.isRepeated repeated line))

        if text.Length = 0 then
            ValueNone
        else
            let lowest = text |> Array.minBy _.Base

            ValueSome
                {
                    Highest = text |> Array.maxBy _.Base
                    Lowest = lowest
                    Room = PdfBlocks.room lines lowest
                }

    // Whether a value at the foot of a page goes on at the head of the next: the one block ends with its page's lowest line, the other begins with the
    // highest of the next, both are set alike at one edge, and a line below on the same page would go on there.
    let private goesOn (above: PageEnds) (block: PdfBlock) (below: PageEnds) (next: PdfBlock) : bool =
        not block.HasNeighbours
        && not next.HasNeighbours
        && not next.IsItem
        && PdfBlocks.markLength next.Text = 0
        && block.IsMono = next.IsMono
        && abs (above.Lowest.Left - below.Highest.Left) < 1.0
        && abs (above.Lowest.Size - below.Highest.Size) < 0.05 * above.Lowest.Size
        && block.Text.EndsWith(above.Lowest.Text, StringComparison.Ordinal)
        && next.Text.StartsWith(below.Highest.Text, StringComparison.Ordinal)
        && PdfWrap.seam block.Text above.Lowest below.Highest above.Room = Seam.Value

    let private joined (block: PdfBlock) (next: PdfBlock) : PdfBlock =
        let text =
            if PdfWrap.isHyphenated block.Text then
                block.Text.Substring(0, block.Text.Length - 1)
            else
                block.Text

        { block with
            Text = text + next.Text
            Right = max block.Right next.Right
            IsBold = block.IsBold && next.IsBold
            Mono = block.Mono @ [ for at in next.Mono -> text.Length + at ]
        }

    /// The blocks of all pages, in the order of reading. A value that is broken over two pages stands on the first.
    let ofPages (pages: PdfLine[][]) : List<PdfBlock> =
        let repeated =
            if pages.Length > 1 then
                PdfBlocks.chrome pages
            else
                HashSet()

        let all = List<PdfBlock>()
        let mutable row = 0
        let mutable above: PageEnds voption = ValueNone
        // Where the last block of text of the page before stands.
        let mutable last = -1

        for lines in pages do
            let blocks = PdfBlocks.ofPage lines repeated &row
            let below = endsOf lines repeated
            let first = blocks.FindIndex(fun block -> not block.IsChrome)

            match above, below with
            | ValueSome foot, ValueSome head when last >= 0 && first >= 0 && goesOn foot all[last] head blocks[first] ->
                all[last] <- joined all[last] blocks[first]
                blocks.RemoveAt first
            | _ -> ()

            let start = all.Count
            all.AddRange blocks
            let own = blocks.FindLastIndex(fun block -> not block.IsChrome)
            // A page of one value that began before leaves nothing of its own to go on from.
            last <- if own >= 0 then start + own else -1
            above <- below

        all
