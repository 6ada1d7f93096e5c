// A report as the scanner reads it: its text, where each byte of it stands in the file, and the blocks that structure tells apart. Formats make
// views; nothing here knows any of them.
namespace Cti.Core

open System
open System.Collections.Generic

/// What part of a document a block is.
[<Struct; RequireQualifiedAccess>]
type internal BlockKind =
    | Heading
    | Prose
    /// An item of a list.
    | Item
    /// A line of a listing.
    | Code
    /// A cell of a table.
    | Cell
    /// The target of a link, which the reader does not see.
    | Link
    /// Navigation, header and footer of a site.
    | Chrome
    /// The title of an item of a feed.
    | Title

/// A line, a cell, a paragraph: what is scanned at once. Blocks of one row stand beside each other.
[<Struct; NoComparison; NoEquality>]
type internal Block =
    {
        Start: int
        End: int
        /// The byte behind a label (`File name:`) and its blanks; `Start` where there is none.
        ValueStart: int
        Kind: BlockKind
        /// What label, column or row say of it.
        Meaning: Meaning
        Section: SectionKind
        Row: int
    }

/// Where the bytes of a text stand in the file it was taken from: runs that were copied, and characters that were spelled otherwise there.
[<Sealed; AllowNullLiteral(false)>]
type internal SourceMap() =
    let texts = List<int>()
    let sources = List<int>()
    // Length in the file of a run that was not copied; -1: copied.
    let sizes = List<int>()

    /// The text from `text` on is copied from `source`.
    member _.Copied(text: int, source: int) =
        if
            texts.Count > 0
            && sizes[sizes.Count - 1] < 0
            && source - sources[sources.Count - 1] = text - texts[texts.Count - 1]
        then
            ()
        else
            texts.Add text
            sources.Add source
            sizes.Add -1

    /// The text from `text` up to the next run stands in the file as `size` bytes from `source` on.
    member _.Spelled(text: int, source: int, size: int) =
        texts.Add text
        sources.Add source
        sizes.Add size

    /// The text from `text` on is a copy of `[from, until)` of a text that has a map of its own.
    member this.Composed(text: int, above: SourceMap, from: int, until: int) =
        let mutable at = from

        while at < until do
            let struct (stop, source, size) = above.RunFrom at

            if size < 0 then
                this.Copied(text + (at - from), source)
            else
                this.Spelled(text + (at - from), source, size)

            at <- min until stop

    // The run that byte `text` lies in: the byte behind it, where `text` stands in the file, and the size there (-1: copied).
    member private this.RunFrom(text: int) : struct (int * int * int) =
        if texts.Count = 0 then
            struct (Int32.MaxValue, text, -1)
        else
            let run = this.Run text

            let stop =
                if run + 1 < texts.Count then
                    texts[run + 1]
                else
                    Int32.MaxValue

            let source =
                if sizes[run] < 0 then
                    sources[run] + (text - texts[run])
                else
                    sources[run]

            struct (stop, source, sizes[run])

    member private _.Run(text: int) =
        let mutable low = 0
        let mutable high = texts.Count - 1

        while low < high do
            let middle = (low + high + 1) / 2

            if texts[middle] <= text then
                low <- middle
            else
                high <- middle - 1

        low

    /// Whether text and file are the same bytes.
    member _.IsIdentity = texts.Count = 0

    /// Where byte `text` begins in the file.
    member this.Start(text: int) : int =
        if texts.Count = 0 then
            text
        else
            let run = this.Run text

            if sizes[run] < 0 then
                sources[run] + (text - texts[run])
            else
                sources[run]

    /// Where the byte before `text` ends in the file.
    member this.End(text: int) : int =
        if texts.Count = 0 then
            text
        else
            let run = this.Run(text - 1)

            if sizes[run] < 0 then
                sources[run] + (text - texts[run])
            else
                sources[run] + sizes[run]

/// One item of a feed, as slices of the file.
[<Struct>]
type internal FeedItem =
    {
        Start: int
        End: int
        /// The publication time as the feed writes it.
        DateStart: int
        DateEnd: int
        TitleStart: int
        TitleEnd: int
        LinkStart: int
        LinkEnd: int
    }

/// A document ready to be scanned.
[<Sealed; AllowNullLiteral(false)>]
type internal ReportView(text: byte[], length: int) =
    member val Text = text with get, set
    member val Length = length with get, set
    member val Map = SourceMap()
    member val Blocks = List<Block>()
    /// Items of a feed, in the order of the file.
    member val Items = List<FeedItem>()
    /// Where in the text each page begins; none where a document has no pages.
    member val Pages = List<int>()
    /// Pages that could not be read, from 1.
    member val UnreadPages: int list = [] with get, set
    /// Slices of the text that are links: starts and ends in turn, ascending.
    member val LinkMarks = List<int>()
    /// Slices of the text set as code inside of a sentence: starts and ends in turn, ascending.
    member val CodeMarks = List<int>()

/// The headings above a place, each with what it says.
[<Sealed; AllowNullLiteral(false)>]
type internal SectionStack() =
    let sections: SectionKind[] = Array.create 10 SectionKind.Neutral
    let meanings: Meaning[] = Array.create 10 Meaning.None
    let scratch: byte[] = Array.zeroCreate 64
    let mutable level = 0

    let announces (meaning: Meaning) =
        match meaning with
        | Meaning.FileName
        | Meaning.Mutex
        | Meaning.UserAgent
        | Meaning.Certificate
        | Meaning.Ja3
        | Meaning.OtherHash
        | Meaning.Tlsh
        | Meaning.Wallet -> true
        | _ -> false

    /// A heading of a level, from 1 (the highest).
    member _.Heading(newLevel: int, heading: ReadOnlySpan<byte>) =
        let own = max 1 (min 9 newLevel)
        let mutable above = own - 1

        while above > level do
            above <- above - 1

        let kind = Meaning.ofHeading heading scratch
        let meaning = Meaning.ofLabel heading scratch

        for between in above + 1 .. own do
            sections[between] <- sections[above]
            meanings[between] <- Meaning.None

        sections[own] <- (if kind = SectionKind.Neutral then sections[above] else kind)
        meanings[own] <- (if announces meaning then meaning else Meaning.None)
        level <- own

    member _.Section = sections[level]
    /// What the items of the section are; `None`: nothing in particular.
    member _.Meaning = meanings[level]

/// Labels at the start of a line: `File name: …`, `commonName=…`.
[<RequireQualifiedAccess>]
module internal Label =
    let private longest = 60

    /// The byte behind a label at the start of a line and the blanks behind it, 0 when there is none; `finish`: where the label's words end.
    let find (line: ReadOnlySpan<byte>) (finish: byref<int>) : int =
        let limit = min line.Length longest
        let mutable at = 0
        let mutable found = -1
        let mutable isOver = false

        while found < 0 && not isOver && at < limit do
            let value = line[at]

            if ByteClass.isWordByte value then
                at <- at + 1
            else
                let next = if at + 1 < line.Length then line[at + 1] else ' 'B

                if value = ':'B && (next = ' 'B || next = '\t'B || next = '*'B || next = '`'B) then
                    found <- at
                elif value = '='B && at > 0 then
                    found <- at
                elif value = ' 'B && next = ' 'B && at > 0 then
                    found <- at
                else
                    isOver <- value = '`'B || value = '/'B || value = '"'B || (value = '('B && at = 0)

                    at <- at + 1

        if found < 0 then
            0
        else
            finish <- found
            let mutable value = found + 1

            while value < line.Length
                  && (line[value] = ' 'B
                      || line[value] = '\t'B
                      || line[value] = '*'B
                      || line[value] = '='B) do
                value <- value + 1

            value
