// The stage's door: a document's bytes to what they warn of and what they cite. Pure; documents are as large as an array may be, callers bound them.
namespace Cti.Core

open System
open System.IO.Hashing

/// How a document is written.
[<Struct; RequireQualifiedAccess>]
type ReportFormat =
    | Text
    | Markdown
    | AsciiDoc
    | Html
    /// RSS or Atom.
    | Feed
    | Pdf

[<RequireQualifiedAccess>]
module ReportFormat =
    /// The name in YAML and on the command line.
    let name (format: ReportFormat) : string =
        match format with
        | ReportFormat.Text -> "text"
        | ReportFormat.Markdown -> "markdown"
        | ReportFormat.AsciiDoc -> "asciidoc"
        | ReportFormat.Html -> "html"
        | ReportFormat.Feed -> "feed"
        | ReportFormat.Pdf -> "pdf"

    let all =
        [|
            ReportFormat.Text
            ReportFormat.Markdown
            ReportFormat.AsciiDoc
            ReportFormat.Html
            ReportFormat.Feed
            ReportFormat.Pdf
        |]

    let private has (mark: byte[]) (head: ReadOnlySpan<byte>) : bool =
        let mutable found = false
        let mutable rest = head
        let mutable more = true

        while more do
            let at = rest.IndexOf '<'B

            if at < 0 then
                more <- false
            elif Text.startsWithLower (rest.Slice at) mark then
                found <- true
                more <- false
            else
                rest <- rest.Slice(at + 1)

        found

    let private pdf = "%PDF-"B
    let private feeds = [| "<rss"B; "<feed"B; "<rdf:rdf"B |]

    let private pages =
        [| "<html"B; "<!doctype html"B; "<body"B; "<div"B; "<p"B; "<table"B |]

    let private hasAny (marks: byte[][]) (head: ReadOnlySpan<byte>) : bool =
        let mutable found = false

        for index in 0 .. marks.Length - 1 do
            found <- found || has marks[index] head

        found

    /// What a document is written in, from its first bytes. Never fails: what is nothing else is text.
    let guess (document: ReadOnlySpan<byte>) : ReportFormat =
        let head = Text.trim (document.Slice(0, min document.Length 4096))

        if head.StartsWith(ReadOnlySpan<byte> pdf) then
            ReportFormat.Pdf
        elif head.Length > 0 && head[0] = '<'B then
            if hasAny feeds head then ReportFormat.Feed
            elif hasAny pages head then ReportFormat.Html
            else ReportFormat.Text
        else
            match TextDialect.guess document with
            | TextDialect.AsciiDoc -> ReportFormat.AsciiDoc
            | TextDialect.Markdown -> ReportFormat.Markdown
            | TextDialect.Plain -> ReportFormat.Text

[<RequireQualifiedAccess>]
module internal ReportViews =
    let private ofText (bytes: byte[]) (dialect: TextDialect) : ReportView =
        let view = ReportView(bytes, bytes.Length)
        TextBlocks(view, dialect).Cut(0, bytes.Length)
        view

    // A view whose text is written while its blocks are made.
    let private written (size: int) (write: ReportView -> Utf8Writer -> unit) : ReportView =
        let view = ReportView(Array.empty, 0)
        let out = Utf8Writer(max 256 size)
        write view out
        view.Text <- out.Written.ToArray()
        view.Length <- view.Text.Length
        view

    let private ofPdf (file: PdfFile) : ReportView =
        let blocks =
            file.Pages
            |> Array.mapi (fun index glyphs -> PdfLines.ofPage (index + 1) glyphs)
            |> PdfPageBreaks.ofPages

        let view =
            written 65_536 (fun view out -> PdfReader(view, out).Read(blocks, file.Links))

        view.UnreadPages <- file.Unread
        view

    /// The view of a document. An error: it is a PDF that cannot be read.
    let create (format: ReportFormat) (bytes: byte[]) : Result<ReportView, ReadError> =
        match format with
        | ReportFormat.Text -> Ok(ofText bytes TextDialect.Plain)
        | ReportFormat.Markdown -> Ok(ofText bytes TextDialect.Markdown)
        | ReportFormat.AsciiDoc -> Ok(ofText bytes TextDialect.AsciiDoc)
        | ReportFormat.Html ->
            written (bytes.Length / 2) (fun view out -> HtmlReader(view, out).Read(bytes, 0, bytes.Length, ValueNone))
            |> Ok
        | ReportFormat.Feed ->
            let mutable feed: FeedReader voption = ValueNone

            let view =
                written (bytes.Length / 2) (fun view out ->
                    let reader = FeedReader(view, out, bytes, bytes.Length)
                    reader.Read()
                    feed <- ValueSome reader)

            feed |> ValueOption.iter _.Finish()
            Ok view
        | ReportFormat.Pdf -> PdfFile.read bytes |> Result.map ofPdf

/// Finds the observables of documents. Not thread-safe; one per worker, reused.
[<Sealed; AllowNullLiteral(false)>]
type Extractor() =
    let found = Matches()
    let scanner = TextScanner found
    let announced = AnnouncedValues scanner
    let mutable blockOf: int[] = Array.zeroCreate 64

    let isHash (observable: ObservableType) =
        match observable with
        | ObservableType.Md5
        | ObservableType.Sha1
        | ObservableType.Sha256
        | ObservableType.Sha512 -> true
        | _ -> false

    let scan (view: ReportView) =
        let blocks = view.Blocks

        for index in 0 .. blocks.Count - 1 do
            let block = blocks[index]
            let before = found.Count
            scanner.Meaning <- block.Meaning
            scanner.ExpectsHosts <- block.Section = SectionKind.Indicators && block.Meaning = Meaning.Indicator
            let mutable from = block.Start

            match block.Meaning with
            | Meaning.FileName
            | Meaning.Mutex
            | Meaning.UserAgent -> from <- announced.Take(view, block)
            | _ -> ()

            if from < block.End then
                scanner.Scan(view.Text, from, block.End)

            announced.BesideHash(view, block, found, before)

            if found.Count > blockOf.Length then
                Array.Resize(&blockOf, max found.Count (blockOf.Length * 2))

            for at in before .. found.Count - 1 do
                blockOf[at] <- index

    let company (view: ReportView) (rules: RoleRules) : Company[] =
        let mutable rows = 0

        for block in view.Blocks do
            rows <- max rows block.Row

        let company: Company[] = Array.zeroCreate (rows + 1)
        // Rows in which something was found.
        let isUsed: bool[] = Array.zeroCreate (rows + 1)

        for index in 0 .. found.Count - 1 do
            let row = view.Blocks[blockOf[index]].Row

            if isHash (found.Type index) then
                company[row] <- company[row] ||| Company.Hash

            if found.Has(index, MatchTraits.Defanged) then
                company[row] <- company[row] ||| Company.Defanged

            isUsed[row] <- true

        for block in view.Blocks do
            if isUsed[block.Row] && rules.Excuses block then
                company[block.Row] <- company[block.Row] ||| Company.Excused

        company

    // One key for a value of a type. A collision, made on purpose or not, could change a role and nothing else.
    let key (index: int) : uint64 =
        XxHash3.HashToUInt64(found.Values[index], int64 (ObservableType.code (found.Type index)))

    // A value that the report warns of anywhere is an indicator everywhere, unless the report calls it legitimate.
    let settle (view: ReportView) : Judgement[] =
        let rules = RoleRules(view, found)
        rules.Begin()
        let company = company view rules
        let judgements: Judgement[] = Array.zeroCreate found.Count
        let seen = Collections.Generic.Dictionary<uint64, Judgement>(found.Count)

        for index in 0 .. found.Count - 1 do
            let block = view.Blocks[blockOf[index]]
            let judgement = rules.Judge(block, company[block.Row], index)
            judgements[index] <- judgement

            match judgement with
            | Judgement.Nothing -> ()
            | _ ->
                let key = key index
                let mutable earlier = Judgement.Nothing

                if not (seen.TryGetValue(key, &earlier)) then
                    seen[key] <- judgement
                elif
                    judgement = Judgement.Legitimate
                    || (judgement = Judgement.Ioc && earlier = Judgement.Context)
                then
                    seen[key] <- judgement

        for index in 0 .. found.Count - 1 do
            let mutable all = Judgement.Nothing

            if judgements[index] <> Judgement.Nothing && seen.TryGetValue(key index, &all) then
                judgements[index] <- all

        judgements

    // The headings of a document, and for each block the one above it.
    let headings (view: ReportView) : struct (TextColumn * int[]) =
        let texts = TextColumn(16, 32)
        let above: int[] = Array.zeroCreate view.Blocks.Count

        for index in 0 .. view.Blocks.Count - 1 do
            let block = view.Blocks[index]

            if block.Kind = BlockKind.Heading then
                texts.Add(ReadOnlySpan<byte>(view.Text, block.Start, block.End - block.Start))

            above[index] <- texts.Count - 1

        struct (texts, above)

    let linesOf (source: byte[]) (starts: int[]) : int64[] =
        let lines: int64[] = Array.zeroCreate starts.Length
        let mutable line = 1L
        let mutable at = 0

        for index in 0 .. starts.Length - 1 do
            let passed = ReadOnlySpan<byte>(source, at, starts[index] - at)
            line <- line + int64 (MemoryExtensions.Count(passed, '\n'B))
            at <- starts[index]
            lines[index] <- line

        lines

    let collect (view: ReportView) (source: byte[]) (judgements: Judgement[]) : Findings =
        let kept =
            Array.init found.Count id
            |> Array.filter (fun index -> judgements[index] <> Judgement.Nothing)

        let starts = kept |> Array.map (fun index -> view.Map.Start(found.Start index))
        // Texts of links and of feeds are scanned behind the rest.
        Array.Sort(starts, kept)
        let values = TextColumn(max 1 kept.Length, 24)

        for index in kept do
            values.Add found.Values[index]

        let roleOf index =
            if judgements[index] = Judgement.Ioc then
                FindingRole.Ioc
            else
                FindingRole.Context

        let struct (headings, above) = headings view

        Findings(
            kept |> Array.map found.Type,
            kept |> Array.map roleOf,
            kept |> Array.map (fun index -> found.Has(index, MatchTraits.Defanged)),
            starts,
            kept
            |> Array.mapi (fun index kept -> view.Map.End(found.End kept) - starts[index]),
            linesOf source starts,
            values,
            headings,
            kept |> Array.map (fun index -> above[blockOf[index]]),
            view.Items.ToArray(),
            source,
            view.Pages.ToArray(),
            view.UnreadPages
        )

    /// What a document holds. Any bytes are taken; time grows with their number and nothing else. An error: it is a PDF that cannot be read.
    member _.Document(format: ReportFormat, document: byte[]) : Result<Findings, ReadError> =
        found.Clear()

        ReportViews.create format document
        |> Result.map (fun view ->
            scan view
            // A PDF has no text of its own to stand in.
            let source = if format = ReportFormat.Pdf then view.Text else document
            collect view source (settle view))

[<RequireQualifiedAccess>]
module Extract =
    /// What a text holds, for one text at a time.
    let text (format: ReportFormat) (document: string) : Result<Findings, ReadError> =
        Extractor().Document(format, Text.Encoding.UTF8.GetBytes document)

    /// The text of a document as a person reads it, one line for each paragraph, cell, item or line of a listing. Of a PDF it is the text in which
    /// findings have their places.
    let plainText (format: ReportFormat) (document: byte[]) : Result<string, ReadError> =
        ReportViews.create format document
        |> Result.map (fun view ->
            let text = Utf8Writer(max 64 view.Length)

            for block in view.Blocks do
                // Elsewhere targets of links stand in the file itself.
                if block.Kind <> BlockKind.Link || format = ReportFormat.Pdf then
                    text.Bytes(ReadOnlySpan<byte>(view.Text, block.Start, block.End - block.Start))
                    text.Byte '\n'B

            text.ToString())
