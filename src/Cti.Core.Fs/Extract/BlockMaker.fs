// Blocks with what labels, columns and headings say of them: the same for every format, whatever tells it where a block begins. Knows no format.
namespace Cti.Core

open System

/// Adds blocks to a view. One per document; not thread-safe.
[<Sealed; AllowNullLiteral(false)>]
type internal BlockMaker(view: ReportView) =
    let sections = SectionStack()
    let scratch: byte[] = Array.zeroCreate 64

    /// The headings passed so far.
    member _.Sections = sections

    /// What a label or the heading of a column announces.
    member _.Announced(words: ReadOnlySpan<byte>) : Meaning = Meaning.ofLabel words scratch

    /// Adds `[start, finish)` of the text; `value`: where it begins behind its label.
    member _.Add(kind: BlockKind, meaning: Meaning, start: int, finish: int, value: int, row: int) : unit =
        view.Blocks.Add
            {
                Start = start
                End = finish
                ValueStart = value
                Kind = kind
                Meaning = meaning
                Section = sections.Section
                Row = row
            }

    /// Adds a line or paragraph at `start`, and gives what is said of it: by its own label, else by one before it (`carried`; `None`: none), else, unless
    /// it is a sentence, by the section's heading.
    member this.AddLabelled
        (kind: BlockKind, line: ReadOnlySpan<byte>, start: int, row: int, carried: Meaning)
        : Meaning =
        let mutable labelEnd = 0
        let value = Label.find line &labelEnd

        let own =
            if value > 0 then
                Meaning.ofLabel (line.Slice(0, labelEnd)) scratch
            else
                Meaning.None

        let meaning =
            if own <> Meaning.None then
                own
            elif carried <> Meaning.None then
                carried
            elif kind = BlockKind.Prose || kind = BlockKind.Chrome then
                Meaning.None
            else
                sections.Meaning

        let isLabelled = value > 0 && meaning <> Meaning.None
        this.Add(kind, meaning, start, start + line.Length, (if isLabelled then start + value else start), row)
        meaning

    /// What is said of a cell: by its row's first cell, where that says legitimate or the cell stands behind it; by its column; by the section's heading.
    member _.OfCell(row: Meaning, column: Meaning, number: int) : Meaning =
        if row = Meaning.Legitimate then Meaning.Legitimate
        elif column <> Meaning.None then column
        elif number > 0 then row
        else sections.Meaning
