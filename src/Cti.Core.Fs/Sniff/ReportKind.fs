// Whether a source is a report: a document for people with indicators in it. Pages and feeds without any, and text that reads as a list or a table,
// are none.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module internal ReportKind =
    /// The reader that tells the format of a report by itself.
    let format: RichFormat = ReportReading ReportSettings.standard

    let private isIoc (found: Findings) (index: int) = found.Role index = FindingRole.Ioc

    let private isSum (found: Findings) (index: int) =
        match found.Type index with
        | ObservableType.Md5
        | ObservableType.Sha1
        | ObservableType.Sha256
        | ObservableType.Sha512 -> isIoc found index
        | _ -> false

    /// A page or a feed that warns of something. Others are log-in pages and messages of servers more often than reports.
    let isPage (head: Head) : bool =
        match ReportFormat.guess (ReadOnlySpan<byte> head.Bytes) with
        | ReportFormat.Html
        | ReportFormat.Feed as format ->
            let found = Extractor().Document(format, head.Bytes)
            Seq.exists (isIoc found) (seq { 0 .. found.Count - 1 })
        | ReportFormat.Text
        | ReportFormat.Markdown
        | ReportFormat.AsciiDoc -> false

    /// A text in which something is written so that nobody clicks on it, or which gives sums of several files. Asked when nothing else fits.
    let isText (head: Head) : bool =
        match ReportFormat.guess (ReadOnlySpan<byte> head.Bytes) with
        | ReportFormat.Html
        | ReportFormat.Feed -> false
        | format ->
            let found = Extractor().Document(format, head.Bytes)

            Seq.exists (fun index -> isIoc found index && found.IsDefanged index) (seq { 0 .. found.Count - 1 })
            || Seq.length (Seq.filter (isSum found) (seq { 0 .. found.Count - 1 })) > 1
