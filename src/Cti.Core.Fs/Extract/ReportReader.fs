// Reports as a source: what they warn of becomes records of the standard fields, one for each value of a document or of an item of a feed. Knows the
// records; what is found is the extractor's business.
namespace Cti.Core

open System
open System.Collections.Generic

/// Which findings become records.
[<Struct; RequireQualifiedAccess>]
type ReportRoles =
    /// What the report warns of.
    | Ioc
    /// What it cites too; such records have the label `context`.
    | All

/// How reports are read.
type ReportSettings =
    {
        /// Nothing: told from the first bytes.
        Format: ReportFormat voption
        Roles: ReportRoles
    }

[<RequireQualifiedAccess>]
module ReportSettings =
    /// Any format, indicators only.
    let standard =
        {
            Format = ValueNone
            Roles = ReportRoles.Ioc
        }

[<RequireQualifiedAccess>]
module private FeedTime =
    let private formats =
        [ "iso8601"; "ddd, d MMM yyyy HH:mm:ss K"; "d MMM yyyy HH:mm:ss K" ]
        |> List.choose (fun text ->
            match TimePattern.tryParse text 0 with
            | Ok format -> Some format
            | Error _ -> None)
        |> TimeFormat.anyOf

    /// The point in time of an item, as RSS (RFC 822) or Atom (RFC 3339) writes it; none where it is written otherwise.
    let read (text: ReadOnlySpan<byte>) : Timestamp =
        match TimeFormat.parse formats (Text.trim text) with
        | TimeOutcome.Time time -> time
        | TimeOutcome.Malformed
        | TimeOutcome.OutOfRange -> Timestamp.none

/// Makes records of one document.
[<Sealed; AllowNullLiteral(false)>]
type internal ReportCutter(settings: ReportSettings) =
    inherit DocumentCutter()

    // Findings that are turned into records by one call.
    static let step = 512
    static let context = "context"B
    static let cdata = "<![CDATA["B
    static let cdataEnd = "]]>"B
    let record = StandardRecord()
    let decoded = Utf8Writer 256
    // Values that are records already, of the item that is being read.
    let seen = HashSet<struct (ObservableType * string)>()
    let mutable document: byte[] = Array.empty
    let mutable findings: Findings voption = ValueNone
    let mutable at = 0
    let mutable item = -1
    let mutable areUnreadTold = false

    // The text of an element: without CDATA's marks, references decoded.
    let plain (start: int) (finish: int) : ReadOnlySpan<byte> =
        decoded.Clear()
        let mutable rest = Text.trim (ReadOnlySpan<byte>(document, start, finish - start))

        if
            rest.StartsWith(ReadOnlySpan<byte> cdata)
            && rest.EndsWith(ReadOnlySpan<byte> cdataEnd)
        then
            rest <- rest.Slice(cdata.Length, rest.Length - cdata.Length - cdataEnd.Length)

        while rest.Length > 0 do
            let mutable size = 0

            let spelled =
                if rest[0] = '&'B then
                    HtmlEntities.read rest (decoded.Reserve 4) &size
                else
                    0

            if spelled > 0 then
                decoded.Advance size
                rest <- rest.Slice spelled
            else
                decoded.Byte rest[0]
                rest <- rest.Slice 1

        decoded.Written

    // Moves on to the item that a finding lies in; -1: it lies in none.
    let itemOf (items: FeedItem[]) (offset: int) : int =
        let mutable index = max 0 item

        while index < items.Length && items[index].End <= offset do
            index <- index + 1

        if index < items.Length && items[index].Start <= offset then
            index
        else
            -1

    let describe (found: Findings) (index: int) (items: FeedItem[]) =
        if item >= 0 then
            let entry = items[item]
            record.Describe(plain entry.TitleStart entry.TitleEnd)
            record.Refer(plain entry.LinkStart entry.LinkEnd) |> ignore

            let time =
                FeedTime.read (ReadOnlySpan<byte>(document, entry.DateStart, entry.DateEnd - entry.DateStart))

            record.FirstSeen <- time
            record.LastSeen <- time
        else
            record.Describe(found.Heading index)

    let add (found: Findings) (index: int) (batch: RawBatch) =
        let role = found.Role index

        if role = FindingRole.Ioc || settings.Roles = ReportRoles.All then
            let own = itemOf found.Items (found.Offset index)

            if own <> item then
                item <- own
                seen.Clear()

            if seen.Add(struct (found.Type index, found.ValueText index)) then
                record.Clear()
                record.Add(found.Type index, found.Value index)
                describe found index found.Items

                if role = FindingRole.Context then
                    record.Label(ReadOnlySpan<byte> context) |> ignore

                let offset = found.Offset index

                record.Write(batch, offset, offset + found.Length index, found.Line index)
                |> ignore

    // Pages that could not be read are rejected by their numbers; there are no bytes of theirs to show.
    let rejectUnread (found: Findings) (batch: RawBatch) =
        for page in found.UnreadPages do
            let error = ReadError.BrokenPart($"page %d{page}", "the PDF is damaged there")
            batch.RejectBytes(0, 0, 1L, error.code, error.message)

        areUnreadTold <- true

    override _.Open(whole) =
        document <- whole.ToArray()

        let format =
            match settings.Format with
            | ValueSome format -> format
            | ValueNone -> ReportFormat.guess whole.Span

        match Extractor().Document(format, document) with
        | Ok found ->
            document <- found.Source
            findings <- ValueSome found
            ValueNone
        | Error error -> ValueSome error

    override _.Next(batch) =
        match findings with
        | ValueNone -> false
        | ValueSome found ->
            batch.Bytes <- document

            if not areUnreadTold then
                rejectUnread found batch

            let stop = min found.Count (at + step)

            for index in at .. stop - 1 do
                add found index batch

            at <- stop
            at < found.Count

/// `read: { type: report }`.
[<Sealed; AllowNullLiteral(false)>]
type ReportReading(settings: ReportSettings) =
    inherit RichFormat("report")

    override _.Reader start =
        DocumentReader(ReportCutter settings, DocumentReader.MaxBytes, start) :> Reader
