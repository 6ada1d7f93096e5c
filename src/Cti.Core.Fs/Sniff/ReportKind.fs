// Whether a source is a report: a document for people with indicators in it. Pages and feeds without any, and text that reads as a list or a table,
// are none.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module internal ReportKind =
    /// The reader that tells the format of a report by itself.
    let format: RichFormat = ReportReading ReportSettings.standard

    let private holds (test: Findings -> int -> bool) (head: Head) (format: ReportFormat) : bool =
        let found = Extractor().Document(format, head.Bytes)
        Seq.exists (fun index -> found.Role index = FindingRole.Ioc && test found index) (seq { 0 .. found.Count - 1 })

    /// A page or a feed that warns of something. Others are log-in pages and messages of servers more often than reports.
    let isPage (head: Head) : bool =
        match ReportFormat.guess (ReadOnlySpan<byte> head.Bytes) with
        | ReportFormat.Html
        | ReportFormat.Feed as format -> holds (fun _ _ -> true) head format
        | ReportFormat.Text
        | ReportFormat.Markdown
        | ReportFormat.AsciiDoc -> false

    /// A text in which something is written so that nobody clicks on it. Asked when nothing else fits.
    let isText (head: Head) : bool =
        match ReportFormat.guess (ReadOnlySpan<byte> head.Bytes) with
        | ReportFormat.Html
        | ReportFormat.Feed -> false
        | format -> holds (fun found index -> found.IsDefanged index) head format
