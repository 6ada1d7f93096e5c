// What was found in one document, in the order of the file.
namespace Cti.Core

open System
open System.Text

/// Findings of one document: columns, so that a list of a million costs no objects.
[<Sealed; AllowNullLiteral(false)>]
type Findings
    internal
    (
        types: ObservableType[],
        roles: FindingRole[],
        defanged: bool[],
        offsets: int[],
        lengths: int[],
        lines: int64[],
        values: TextColumn,
        headings: TextColumn,
        headingOf: int[],
        items: FeedItem[],
        source: byte[],
        pages: int[],
        unreadPages: int list
    ) =
    member _.Count = types.Length
    member _.Type(index: int) = types[index]
    member _.Role(index: int) = roles[index]
    /// Written so that nobody clicks on it.
    member _.IsDefanged(index: int) = defanged[index]
    /// What offsets and lines count in: the document as it came, or the text that was taken from a PDF.
    member _.Source = source
    /// First byte in the source, from 0.
    member _.Offset(index: int) = offsets[index]
    /// Bytes of the source from `Offset` on that are the value as written.
    member _.Length(index: int) = lengths[index]
    /// Line of the first byte, from 1.
    member _.Line(index: int) = lines[index]

    /// The page it stands on, from 1; 0 where the document has no pages.
    member _.Page(index: int) : int =
        let found = Array.BinarySearch(pages, offsets[index])
        // Pages without text begin where the next one does.
        let mutable page = if found >= 0 then found + 1 else ~~~found

        while found >= 0 && page < pages.Length && pages[page] = offsets[index] do
            page <- page + 1

        if pages.Length = 0 then 0 else page

    /// Pages that could not be read, from 1.
    member _.UnreadPages = unreadPages
    /// The canonical value, as UTF-8.
    member _.Value(index: int) : ReadOnlySpan<byte> = values[index]
    member _.ValueText(index: int) : string = Encoding.UTF8.GetString values[index]

    /// The heading under which it stands, as UTF-8; empty where there is none.
    member _.Heading(index: int) : ReadOnlySpan<byte> =
        if headingOf[index] < 0 then
            ReadOnlySpan<byte>.Empty
        else
            headings[headingOf[index]]

    /// Items of a feed, in the order of the file; empty in any other document.
    member internal _.Items = items
