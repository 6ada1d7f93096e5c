// Values that only the words around tell from other text: mutexes, user agents, names of files with blanks. Knows labels and quotes.
namespace Cti.Core

open System

[<Sealed; AllowNullLiteral(false)>]
type internal AnnouncedValues(scanner: TextScanner) =
    static let notInNames = Buffers.SearchValues.Create(ReadOnlySpan<byte> "/\\(<>|;"B)
    static let dot = "[.]"B
    static let longestName = 200
    static let longestAgent = 512
    let lower: byte[] = Array.zeroCreate 64

    let isMark (value: byte) =
        value <= ' 'B
        || value = '`'B
        || value = '"'B
        || value = '\''B
        || value = '*'B
        || value = '='B
        || value = ';'B

    let isClosing (value: byte) =
        value = '`'B || value = '"'B || value = '\''B

    // `[start, finish)` without blanks, quotes and emphasis around; a quote in front ends at its like.
    let bare (text: byte[]) (start: int) (finish: int) : struct (int * int) =
        let mutable first = start
        let mutable last = finish

        while first < last && isMark text[first] do
            first <- first + 1

        let quote = if first > start then text[first - 1] else 0uy

        if isClosing quote then
            let close = ReadOnlySpan<byte>(text, first, last - first).IndexOf quote

            if close > 0 then
                last <- first + close

        while last > first && (isMark text[last - 1] || text[last - 1] = ','B) do
            last <- last - 1

        struct (first, last)

    let extension (text: byte[]) (first: int) (last: int) : ExtensionKind =
        let dot = ReadOnlySpan<byte>(text, first, last - first).LastIndexOf '.'B
        let size = last - first - dot - 1

        if dot < 1 || size < 1 || size > 12 then
            ExtensionKind.Unknown
        else
            for at in 0 .. size - 1 do
                lower[at] <- Text.lower text[first + dot + 1 + at]

            FileExtensions.kindOf (ReadOnlySpan<byte>(lower, 0, size))

    // A name that ends as names do; one without blanks may have any ending.
    let isName (text: byte[]) (first: int) (last: int) : bool =
        let value = ReadOnlySpan<byte>(text, first, last - first)

        value.Length >= 4
        && value.Length <= longestName
        && not (value.ContainsAny notInNames)
        && (extension text first last <> ExtensionKind.Unknown
            || (not (value.Contains ' 'B)
                && value.IndexOf '.'B > 0
                && value.Length - value.LastIndexOf '.'B - 1 >= 2
                && value.Length - value.LastIndexOf '.'B - 1 <= 5
                && value.IndexOf(ReadOnlySpan<byte> dot) < 0))

    let isMutex (text: byte[]) (first: int) (last: int) : bool =
        let value = ReadOnlySpan<byte>(text, first, last - first)
        value.Length >= 3 && value.Length <= 128 && not (value.Contains ' 'B)

    /// Takes the value of a block whose label, column or section says what it is; gives the byte from which the block is still to be scanned.
    member _.Take(view: ReportView, block: Block) : int =
        let text = view.Text
        let struct (first, last) = bare text block.ValueStart block.End

        // Prose is none of it unless a label stands in front; headings only name what follows.
        if
            last <= first
            || block.Kind = BlockKind.Heading
            || (block.Kind = BlockKind.Prose && block.ValueStart = block.Start)
        then
            block.Start
        else
            let taken =
                match block.Meaning with
                | Meaning.FileName ->
                    isName text first last
                    && scanner.Take(text, first, last, ObservableType.FileName)
                | Meaning.Mutex ->
                    let space = ReadOnlySpan<byte>(text, first, last - first).IndexOf ' 'B
                    let until = if space > 0 then first + space else last

                    isMutex text first until
                    && scanner.Take(text, first, until, ObservableType.Mutex)
                | Meaning.UserAgent ->
                    last - first <= longestAgent
                    && last - first >= 3
                    && scanner.Take(text, first, last, ObservableType.UserAgent)
                | _ -> false

            if taken then last else block.Start

    /// `HASH  name of the file.doc`, as `sha256sum` and reports print it: a name with blanks behind a hash, up to the end of the line.
    member _.BesideHash(view: ReportView, block: Block, found: Matches, before: int) =
        if
            found.Count - before >= 1
            && block.Kind <> BlockKind.Cell
            && block.Kind <> BlockKind.Heading
        then
            let isFirstHash =
                match found.Type before with
                | ObservableType.Md5
                | ObservableType.Sha1
                | ObservableType.Sha256
                | ObservableType.Sha512 -> true
                | _ -> false

            let text = view.Text
            let finish = found.End before

            if isFirstHash && finish + 2 < block.End && text[finish] = ' 'B then
                let mutable first = finish

                while first < block.End
                      && (text[first] = ' 'B
                          || text[first] = '-'B
                          || text[first] = '*'B
                          || text[first] = ':'B) do
                    first <- first + 1

                let struct (first, last) = bare text first block.End

                // One finding behind the hash, which ends where the line does, and a blank before it: it is only the end of the name.
                if
                    first - finish >= 2
                    && last > first
                    && ReadOnlySpan<byte>(text, first, last - first).Contains ' 'B
                    && isName text first last
                    && found.Count - before = 2
                    && found.Type(before + 1) = ObservableType.FileName
                    && found.End(before + 1) = last
                then
                    found.RemoveLast()
                    scanner.Take(text, first, last, ObservableType.FileName) |> ignore
