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

    // How many findings of the first bytes pass a test; none where they cannot be read.
    let private count (head: Head) (format: ReportFormat) (test: Findings -> int -> bool) : int =
        match Extractor().Document(format, head.Bytes) with
        | Error _ -> 0
        | Ok found -> seq { 0 .. found.Count - 1 } |> Seq.filter (test found) |> Seq.length

    /// A PDF, of which the first bytes show no more; or a page or a feed that warns of something. Others are log-in pages and messages of servers
    /// more often than reports.
    let isPage (head: Head) : bool =
        match ReportFormat.guess (ReadOnlySpan<byte> head.Bytes) with
        | ReportFormat.Html
        | ReportFormat.Feed as format -> count head format isIoc > 0
        | ReportFormat.Pdf -> true
        | ReportFormat.Text
        | ReportFormat.Markdown
        | ReportFormat.AsciiDoc -> false

    /// A text in which something is written so that nobody clicks on it, or which gives sums of several files. Asked when nothing else fits.
    let isText (head: Head) : bool =
        match ReportFormat.guess (ReadOnlySpan<byte> head.Bytes) with
        | ReportFormat.Html
        | ReportFormat.Feed
        | ReportFormat.Pdf -> false
        | format ->
            count head format (fun found index -> isIoc found index && found.IsDefanged index) > 0
            || count head format isSum > 1
